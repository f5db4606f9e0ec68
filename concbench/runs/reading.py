"""Reading a run document, which may be anyone's file: all of it is validated, nothing of it is trusted."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from concbench.model.run import SCHEMA, Run
from concbench.runs.checking import faults
from concbench.runs.contents import NoFile, TooLarge, contents
from concbench.runs.schema_1 import migrated
from concbench.runs.text import printable, shortened

MAX_BYTES = 256 * 1024 * 1024
"""The largest file that is read. A run of an hour leaves a few megabytes."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_GIVE_A_RUN = "give a file that concbench wrote"
_RESTORE = "restore it from a copy, or measure again"


class UnreadableRun(Exception):
    """A file is no run document that this concbench can read; the text is one line that says what to do."""

    def __str__(self) -> str:
        """The file, what is wrong and where, and what to do, with control characters escaped."""
        return printable(super().__str__())


class _Header(msgspec.Struct):
    """What every version of the document has. Raw, because nothing is known about a file's `schema` yet."""

    schema: msgspec.Raw = msgspec.Raw(b"null")


def read_run(path: Path, *, descriptors: bool = False) -> Run:
    """Read and validate the run document at `path`, a regular file.

    A UTF-8 byte order mark is skipped, since some editors add one. With `descriptors`, the path may also name what is
    open already, as `/dev/stdin` does, whatever it is.

    Raises:
        UnreadableRun: whatever is wrong with the file or in it.
    """
    return run_in(read_bytes(path, descriptors=descriptors), path)


def run_in(document: bytes, path: Path) -> Run:
    """The run in the bytes of a file; `path` is what an error calls it. Raises UnreadableRun."""
    data = _utf_8(path, document)
    try:
        if _schema_of(path, data) == 1:
            run = msgspec.convert(migrated(msgspec.json.decode(data)), type=Run)
        else:
            run = msgspec.json.decode(data, type=Run)
    except msgspec.ValidationError as error:
        raise UnreadableRun(_invalid(path, error)) from error
    except msgspec.DecodeError as error:
        raise UnreadableRun(_malformed(path, data, error)) from error
    except RecursionError as error:
        raise UnreadableRun(
            f"{path} is not a concbench run document (it is nested too deeply): {_GIVE_A_RUN}"
        ) from error
    fault = next(faults(run), None)
    if fault is not None:
        raise UnreadableRun(f"{path} is not a valid run (at {fault.place}: {fault.problem}): {fault.remedy}")
    return run


def read_bytes(path: Path, *, descriptors: bool) -> bytes:
    """The bytes of a file that may hold a run; see `read_run` for `descriptors`. Raises UnreadableRun."""
    try:
        return contents(path, MAX_BYTES, descriptors=descriptors)
    except NoFile as error:
        hint = "name a run document in it" if path.is_dir() else _GIVE_A_RUN
        raise UnreadableRun(f"{path} is {error}: {hint}") from error
    except TooLarge as error:
        raise UnreadableRun(f"{path} is {error}: {_GIVE_A_RUN}") from error
    except (OSError, ValueError) as error:
        raise UnreadableRun(_unopened(path, error)) from error


def _unopened(path: Path, error: OSError | ValueError) -> str:
    if isinstance(error, ValueError):  # such as a NUL in the name
        return f"{path} can't be the name of a file: check it"
    if isinstance(error, FileNotFoundError):
        return f"{path} does not exist: check its name"
    if isinstance(error, PermissionError):
        return f"{path} can't be read for lack of permission: ask its owner, or copy it to where you may read it"
    return f"{path} can't be read ({error.strerror or error}): check the file and the disk"


def _utf_8(path: Path, data: bytes) -> bytes:
    if data.startswith(_UTF_16_MARKS):  # what `>` writes in Windows PowerShell
        raise UnreadableRun(f"{path} is UTF-16 text: save it as UTF-8")
    data = data.removeprefix(_BYTE_ORDER_MARK)
    if not data.strip():
        raise UnreadableRun(f"{path} is empty: {_RESTORE}")
    try:
        data.decode("utf-8")  # msgspec skips over fields that it doesn't know without looking at their text
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            raise UnreadableRun(_cut_off(path)) from error
        raise UnreadableRun(
            f"{path} is not a concbench run document (not UTF-8 text at byte {error.start}): {_GIVE_A_RUN}"
        ) from error
    return data


def _schema_of(path: Path, data: bytes) -> int:
    """The document's schema, read by itself: in a newer document, all the other fields may have changed."""
    try:
        schema = bytes(msgspec.json.decode(data, type=_Header).schema)
    except msgspec.ValidationError as error:
        raise UnreadableRun(
            f"{path} is not a concbench run document (it is not a JSON object): {_GIVE_A_RUN}"
        ) from error
    if not re.fullmatch(rb"-?[0-9]{1,18}", schema):
        found = "it has no schema number" if schema == b"null" else "its schema is not a whole number"
        raise UnreadableRun(f"{path} is not a concbench run document ({found}): {_GIVE_A_RUN}")
    number = int(schema)
    if number > SCHEMA:
        raise UnreadableRun(
            f"{path} was written by a newer concbench (schema {number}; this one reads up to {SCHEMA}): upgrade"
        )
    if number < 1:
        raise UnreadableRun(f"{path} has schema {number}, which no concbench ever wrote: {_GIVE_A_RUN}")
    return number


def _invalid(path: Path, error: msgspec.ValidationError) -> str:
    problem, _, place = str(error).rpartition(" - at ")
    place = place.strip("`") if problem else "$"  # a fault of the whole document comes without a place
    problem = problem or str(error)
    if place == "$":
        return f"{path} is not a concbench run document ({shortened(problem)}): {_GIVE_A_RUN}"
    return f"{path} is not a valid run (at {place}: {shortened(problem)}): {_RESTORE}"


def _malformed(path: Path, data: bytes, error: msgspec.DecodeError) -> str:
    problem = str(error).removeprefix("JSON is malformed: ")
    if "truncated" in problem or problem == f"invalid number (byte {len(data)})":  # cut off behind `31.`
        return _cut_off(path)
    return f"{path} is not valid JSON ({shortened(problem)}): {_GIVE_A_RUN}"


def _cut_off(path: Path) -> str:
    return f"{path} is cut off, it ends in the middle of the document: {_RESTORE}"
