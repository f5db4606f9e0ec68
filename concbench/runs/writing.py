"""Writing a run document: whole or not at all, and never over another file."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from secrets import token_hex
from typing import Any

import msgspec

from concbench.model.run import Run
from concbench.runs.checking import unwritable_numbers
from concbench.runs.text import printable

LONGEST_NAME = 80
"""Characters of a suite's name that become part of a file's name."""

ADVICE = {
    errno.ENOSPC: "free some space, or name a file on another disk",
    errno.EDQUOT: "free some of your quota, or name a file on another disk",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f), or name a file on another disk",
    errno.EROFS: "name a file on a disk that can be written",
    errno.EACCES: "name a file in a folder that you may write to",
    errno.EPERM: "name a file in a folder that you may write to",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ENOTDIR: "a part of the path is a file where a folder should be; name another",
    errno.EEXIST: "a part of the path is a file where a folder should be; name another",
}


class UnwritableRun(Exception):
    """A run could not be written, and nothing was left behind; the text is one line that says what to do."""

    def __str__(self) -> str:
        """The file, the reason, and what to do, with control characters escaped."""
        return printable(super().__str__())


def encode_run(run: Run) -> bytes:
    r"""The bytes of a run's document: indented JSON in UTF-8, fields in the order of the model.

    Text that UTF-8 can't carry, as an argument of the command line that was no text, comes with `\udc80` spelled out.

    Raises:
        UnwritableRun: a number is not finite, or needs more than 64 bits.
    """
    fault = next(unwritable_numbers(run), None)
    if fault is not None:  # JSON has no NaN: it would silently become null, and the document unreadable
        raise UnwritableRun(
            f"the run can't be written (at {fault.place}: {fault.problem}): please report this fault of concbench"
        )
    try:
        encoded = msgspec.json.encode(run)
    except UnicodeEncodeError:
        encoded = msgspec.json.encode(_spelled_out(msgspec.to_builtins(run)))
    return msgspec.json.format(encoded, indent=1) + b"\n"


def write_run(run: Run, path: Path) -> Path:
    """Write a run to `path`, or to `name-2.json`, `name-3.json`, … where the name is taken; returns where it is.

    The document appears under its name whole and flushed to the disk, or not at all. Missing folders are created.

    Raises:
        UnwritableRun: the document could not be encoded or written; no part of it is left.
    """
    document = encode_run(run)
    try:
        if path.is_dir():
            raise UnwritableRun(f"{path} is a folder: name a file in it")
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary_file(path.parent, document) as temporary:
            return next(target for target in _names(path) if put_in_place(temporary, target))
    except OSError as error:
        advice = ADVICE.get(error.errno or 0, "name another file")
        raise UnwritableRun(f"{path} can't be written ({error.strerror or error}): {advice}") from error
    except ValueError as error:  # such as a NUL in the name
        raise UnwritableRun(f"{path} can't be the name of a file: choose another") from error


def default_name(run: Run) -> str:
    """The name of a run's file, from its suite and the second (UTC) it was started: `pipes-20261123-045500.json`."""
    words = (_safe(run.suite) or "run", _stamp(run.started))
    return "-".join(word for word in words if word) + ".json"


def _stamp(started: str) -> str:
    try:
        instant = datetime.fromisoformat(started)
        if instant.tzinfo is not None:
            instant = instant.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter at the ends of the calendar
        return _safe(started)
    return instant.strftime("%Y%m%d-%H%M%S")


def _safe(text: str) -> str:
    """Keep what means nothing special to a shell or to a file system, and never begins a hidden file or an option."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", text)[:LONGEST_NAME].strip("-._")


def _spelled_out(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, list):
        return [_spelled_out(item) for item in value]
    if isinstance(value, dict):
        return {_spelled_out(key): _spelled_out(item) for key, item in value.items()}
    return value


@contextmanager
def temporary_file(folder: Path, document: bytes) -> Iterator[Path]:
    """The document in a file of its own, on the disk where it shall be, until it has its name."""
    temporary = folder / f".concbench-{token_hex(8)}.tmp"
    try:
        with temporary.open("xb") as file:  # and not `tempfile`, whose files are closed to everybody else
            file.write(document)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        with suppress(OSError):  # it was never created; or what is wrong with the folder has been raised already
            temporary.unlink()


def _names(path: Path) -> Iterator[Path]:
    return chain([path], (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(2)))


def put_in_place(temporary: Path, target: Path) -> bool:
    """Give the file its name; False where another file has it.

    The system decides: between a check of ours and a step of ours, another may write.
    """
    try:
        os.link(temporary, target)
    except FileExistsError:
        return False
    except OSError:  # no hard links here (FAT, some network disks); any other reason will come up again
        return _put_without_links(temporary, target)
    return True


def _put_without_links(temporary: Path, target: Path) -> bool:
    """Take the name with an empty file, which only one writer can create, then replace this file of ours."""
    try:
        target.open("xb").close()
    except FileExistsError:
        return False
    try:
        temporary.replace(target)
    except BaseException:  # an interrupt too must not leave the empty file
        with suppress(OSError):
            target.unlink()
        raise
    return True
