"""stdout and stderr that outlast their readers: neither a closed terminal nor a full disk ends a run."""

from __future__ import annotations

import errno
import io
import os
import shutil
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

    from concbench.report.terminal import Piece

READER_GONE = 141
"""The exit status that a shell reports of a program ended by SIGPIPE."""
UNWRITTEN = 3
"""The exit status if the output could not be written, for instance because the disk is full."""
AGAIN = 0.1
"""Seconds between two attempts to write if the system can't report when there is room."""


def stdout_width() -> int:
    """The columns of the terminal, or 100 if stdout is not one."""
    from concbench.report.terminal import WIDTH  # here, because every command loads this module first

    return shutil.get_terminal_size((WIDTH, 24)).columns if sys.stdout.isatty() else WIDTH


def stderr_width() -> int:
    """The columns of the terminal, or 100 if stderr is not one."""
    from concbench.report.terminal import WIDTH  # as above

    try:
        return os.get_terminal_size(2).columns if sys.stderr.isatty() else WIDTH
    except OSError:  # the terminal was closed
        return WIDTH


def echo(piece: Piece) -> None:
    """Print a piece of a report. A warning is one line, for logs; only for a terminal it is broken at words."""
    import click  # here, because every command loads this module first

    from concbench.report.terminal import WIDTH, filled

    text = piece.text
    if piece.aside and sys.stderr.isatty():
        try:
            columns = os.get_terminal_size(sys.stderr.fileno()).columns
        except OSError:  # the terminal was closed
            columns = WIDTH
        lines = text.split("\n")
        text = "\n".join(filled(line, columns) if line.startswith("Warning: ") else line for line in lines)
    click.echo(text, err=piece.aside)


def letters(usual: str, plain: str, *, aside: bool = False) -> str:
    """The usual letters of a drawing, or the plain ones if the encoding of stdout lacks one; of stderr, if `aside`."""
    stream = sys.stderr if aside else sys.stdout
    try:
        usual.encode(stream.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return plain
    return usual


class Outlasting(io.RawIOBase):
    """A stream that remembers its first error, and from then on drops what is written.

    The command goes on and saves what it measured; the error decides the exit status in the end, in one place. If the
    other end takes no more for now (EAGAIN), it waits, as a blocking stream does.
    """

    def __init__(self, raw: io.RawIOBase) -> None:
        self.failure: OSError | None = None
        self.terminal = raw.isatty()
        self._raw = raw

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of it, or drop it if nothing can be written any more; returns its length."""
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
        """Whether it can be written to."""
        return True

    def fileno(self) -> int:
        """The number of the stream's file."""
        return self._raw.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal, or was one before it was closed."""
        return self.terminal


def make_streams_last() -> None:
    """Replace `sys.stdout` and `sys.stderr`, which may be None, by streams that outlast their readers."""
    _open_missing()
    sys.stdout = _outlasting(sys.stdout, 1)
    sys.stderr = _outlasting(sys.stderr, 2)
    # The size of the terminal is read from this one.
    sys.__stdout__ = sys.stdout  # type: ignore[misc, assignment]  # final, but its stream was taken away


def _open_missing() -> None:
    """Open whichever of stdin, stdout and stderr the caller has closed.

    Otherwise the next file to be opened gets its number, and receives what is printed. Writing to this stdout fails, as
    it should; stderr takes what tasks print.
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


def _outlasting(stream: TextIO | None, number: int) -> TextIO:
    """A lasting stream with the encoding and buffering of another, or a new one if there is none."""
    if stream is None:
        lasting = Outlasting(io.FileIO(number, "wb", closefd=False))
        return io.TextIOWrapper(io.BufferedWriter(lasting), errors="backslashreplace", line_buffering=True)
    if not isinstance(stream, io.TextIOWrapper):
        return stream  # the own stream of a program that calls this command
    encoding, by_line, at_once = stream.encoding, stream.line_buffering, stream.write_through
    stream.flush()
    binary = stream.detach()
    buffered = isinstance(binary, io.BufferedWriter)  # not with python -u
    lasting = Outlasting(binary.detach() if isinstance(binary, io.BufferedWriter) else binary)
    return io.TextIOWrapper(
        io.BufferedWriter(lasting) if buffered else lasting,  # type: ignore[type-var]  # an unbuffered stream is allowed
        encoding=encoding,
        errors="backslashreplace",  # a letter that the encoding lacks must not end the command
        line_buffering=by_line,
        write_through=at_once,
    )


def lost(stream: TextIO | None) -> OSError | None:
    """Why a stream can't be written to any more, or None."""
    binary = getattr(stream, "buffer", None)
    raw = getattr(binary, "raw", binary)
    return raw.failure if isinstance(raw, Outlasting) else None


def status_with(status: int) -> int:
    """The exit status of a command that ended with `status`, given whether its output could be written.

    A finding matters more than that it could not be shown, and a terminal is only a display: the run is saved.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    failure = lost(sys.stdout)
    if failure is None or status != 0 or sys.stdout.isatty():
        return status
    if failure.errno == errno.EPIPE:
        return READER_GONE
    return UNWRITTEN
