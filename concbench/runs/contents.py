"""The bytes of a file named by the user: never more than a limit, and only of a regular file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_CHUNK = 1024 * 1024
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_DESCRIPTORS = (Path("/dev/fd"), Path("/proc/self/fd"))
_STANDARD_INPUT = Path("/dev/stdin")


class NoFile(Exception):
    """What was named is not a regular file; the text says what it is."""


class TooLarge(Exception):
    """A file is larger than the limit; the text says what that is."""


def is_descriptor(path: Path) -> bool:
    """Whether a path names a file that is open already: `/dev/stdin`, or what a shell makes of `<(command)`.

    >>> is_descriptor(Path("/dev/fd/63")), is_descriptor(Path("/dev/zero"))
    (True, False)
    """
    return path == _STANDARD_INPUT or path.parent in _DESCRIPTORS


def check_file(path: Path) -> None:
    """Raise NoFile for a folder, a named pipe, a socket or a device, and OSError if there is nothing to read.

    Reading from a pipe waits until something is written to it, and a device may have no end.
    """
    _refuse(path.stat().st_mode)


def contents(path: Path, most: int, *, descriptors: bool = False) -> bytes:
    """The bytes of a regular file; with `descriptors`, also of anything that is open already.

    Read in chunks, since the reported size is 0 for a pipe, and grows while a file is written.

    Raises:
        NoFile: it is not a regular file.
        TooLarge: it has more than `most` bytes.
        OSError, ValueError: it can't be read; the latter if it can't be a name.
    """
    opened_before = descriptors and is_descriptor(path)
    if not opened_before:
        check_file(path)
    data = bytearray()
    with open(path, "rb", buffering=0, opener=None if opened_before else _without_waiting) as file:
        found = os.fstat(file.fileno())
        if not opened_before:
            _refuse(found.st_mode)  # again, as it may have been replaced meanwhile
        if stat.S_ISREG(found.st_mode) and found.st_size > most:  # before any of it is read
            raise TooLarge(f"larger than {most} bytes, the most that is read")
        while chunk := file.read(_CHUNK):
            data += chunk
            if len(data) > most:
                raise TooLarge(f"larger than {most} bytes, the most that is read")
    return bytes(data)


def _without_waiting(name: str, flags: int) -> int:
    """Open a file, without waiting for a named pipe that may have replaced it."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def _refuse(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise NoFile(next((kind for is_kind, kind in _KINDS if is_kind(mode)), "no regular file"))
