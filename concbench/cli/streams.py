"""stdout and stderr that outlast their readers: a terminal that is closed, or a disk that is full, ends no run."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

NOBODY_READS = 141
"""What a shell says of a program that SIGPIPE ended."""
UNWRITTEN = 3
"""The output could not be written, as where the disk is full."""
AGAIN = 0.1
"""Seconds between two tries to write where the system can't say when there is room."""


class Outlasting(io.RawIOBase):
    """A stream that remembers the first error of writing, and from then on drops what is written.

    The command goes on and saves what it measured; what became of its output decides the exit status in the end, in
    one place. Where the other end takes no more for now (EAGAIN), it waits, as a blocking stream does.
    """

    def __init__(self, raw: io.RawIOBase) -> None:
        self.failure: OSError | None = None
        self.terminal = raw.isatty()
        self._raw = raw

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of it, or drop it where nothing can be written any more; returns how many bytes it is."""
        left = memoryview(data).cast("B")
        length = left.nbytes
        while left.nbytes and self.failure is None:
            try:
                written = self._raw.write(left)
                if written is None:
                    self._wait()
                else:
                    left = left[written:]
            except OSError as error:
                self.failure = error
        return length

    def _wait(self) -> None:
        import select  # here: hardly any stream needs it
        import time

        try:
            select.select([], [self._raw.fileno()], [])
        except (OSError, ValueError):  # Windows selects sockets only
            time.sleep(AGAIN)

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def fileno(self) -> int:
        """Return the number of the stream's file."""
        return self._raw.fileno()

    def isatty(self) -> bool:
        """Say whether it is a terminal, or was one until somebody closed it."""
        return self.terminal


def make_streams_last() -> None:
    """Replace `sys.stdout` and `sys.stderr`, which may be None, by streams that outlast their readers."""
    open_missing()
    sys.stdout = outlasting(sys.stdout, 1)
    sys.stderr = outlasting(sys.stderr, 2)
    # Who asks for the size of the terminal asks this one.
    sys.__stdout__ = sys.stdout  # type: ignore[misc, assignment]  # it is final for all who don't take its stream away


def open_missing() -> None:
    """Open what the caller has closed of stdin, stdout and stderr.

    Else the next file that is opened gets their number, and what is printed goes into it. Nothing can be written to
    this stdout, so that writing to it fails as it should; stderr takes what tasks print.
    """
    for number, flags in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, flags)  # the lowest free number, so this one, or none of the three is free
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)


def outlasting(stream: TextIO | None, number: int) -> TextIO:
    """Return a stream with the encoding and the habits of another, or a new one where there is none."""
    if stream is None:
        lasting = Outlasting(io.FileIO(number, "wb", closefd=False))
        return io.TextIOWrapper(io.BufferedWriter(lasting), errors="backslashreplace", line_buffering=True)
    if not isinstance(stream, io.TextIOWrapper):
        return stream  # of a program that calls this command, and has put its own in place
    encoding, by_line, at_once = stream.encoding, stream.line_buffering, stream.write_through
    stream.flush()
    binary = stream.detach()
    buffered = isinstance(binary, io.BufferedWriter)  # it is not where Python runs with -u
    lasting = Outlasting(binary.detach() if isinstance(binary, io.BufferedWriter) else binary)
    return io.TextIOWrapper(
        io.BufferedWriter(lasting) if buffered else lasting,  # type: ignore[type-var]  # what is unbuffered is allowed
        encoding=encoding,
        errors="backslashreplace",  # no letter that the encoding lacks ends the command
        line_buffering=by_line,
        write_through=at_once,
    )


def lost(stream: TextIO | None) -> OSError | None:
    """Return why nothing can be written to a stream any more, None where all that was written has gone out so far."""
    binary = getattr(stream, "buffer", None)
    raw = getattr(binary, "raw", binary)
    return raw.failure if isinstance(raw, Outlasting) else None


def status_with(status: int) -> int:
    """Return the exit status of a command that ended with `status`, now that its output has been written, or not.

    What was found of what was measured says more than that it could not be shown, and a terminal that is gone is only
    a display: the run is saved.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    failure = lost(sys.stdout)
    if failure is None or status != 0 or sys.stdout.isatty():
        return status
    if failure.errno == errno.EPIPE:
        return NOBODY_READS
    return UNWRITTEN
