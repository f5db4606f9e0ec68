"""Reading any file with times: a run document, or what pytest-benchmark, pyperf or hyperfine wrote."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from concbench.model import Run
from concbench.runs.formats import hyperfine, pyperf, pytest_benchmark
from concbench.runs.formats.foreign import MOST_SAMPLES, Foreign, NoTimes, run_of
from concbench.runs.reading import UnreadableRun, read_bytes, run_in
from concbench.runs.wording import shortened

MOST_VALUES = 4 * MOST_SAMPLES
"""The most that are read from a foreign file, whatever they are."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WRITE_AGAIN = "restore it from a copy, or measure again"
_ABSENT = msgspec.Raw(b"")

Read = Callable[[bytes], Foreign]


class _Keys(msgspec.Struct):
    """What tells the formats apart; raw, because nothing else is known of the file yet."""

    schema: msgspec.Raw = _ABSENT
    machine_info: msgspec.Raw = _ABSENT
    benchmarks: msgspec.Raw = _ABSENT
    results: msgspec.Raw = _ABSENT


def read_any(path: Path) -> Run:
    """Read and validate a run document, or another tool's file as a run without medians.

    The path may also name what is open already, as `/dev/stdin` does, or `<(command)` in a shell.

    Raises:
        UnreadableRun: whatever is wrong with the file or in it.

    Example:
        >>> read_any(Path("no-such-run.json"))
        Traceback (most recent call last):
        concbench.runs.reading.UnreadableRun: no-such-run.json does not exist: check its name
    """
    document = read_bytes(path, descriptors=True)
    try:
        return run_in(document, path)
    except UnreadableRun:  # asked first, so that what is wrong with a run document is told by those who know it
        data = document.removeprefix(_BYTE_ORDER_MARK)
        keys = _keys(data)
        if keys is None or bytes(keys.schema):
            raise
        return _read_foreign(path, data, keys, _written(path))


def _read_foreign(path: Path, data: bytes, keys: _Keys, written: datetime) -> Run:
    tool, read = _recognised(path, keys)
    if data.count(b",") > MOST_VALUES:  # before there is an object for each
        raise UnreadableRun(f"{path} holds over {MOST_VALUES} values, the most that are read: measure fewer rounds")
    try:
        return run_of(read(data), written)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UnreadableRun(f"{path} is not what {tool} writes ({_told(error)}): {_WRITE_AGAIN}") from error
    except NoTimes as error:
        raise UnreadableRun(f"{path} is a file of {tool} that can't be read ({error})") from error


def _written(path: Path) -> datetime:
    """Return when a file was written last; of what is none, or is gone by now, when it was read."""
    try:
        if path.is_file():
            return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, OverflowError, ValueError):
        pass
    return datetime.now(UTC)


def _keys(data: bytes) -> _Keys | None:
    """Return the parts by which a format is recognised; None where the file is no JSON object."""
    try:
        data.decode()  # msgspec skips over fields that it doesn't know without looking at their text
        return msgspec.json.decode(data, type=_Keys)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _recognised(path: Path, keys: _Keys) -> tuple[str, Read]:
    if bytes(keys.benchmarks):  # of both of them
        module = pytest_benchmark if bytes(keys.machine_info) else pyperf
        return module.TOOL, module.read
    if bytes(keys.results):
        return hyperfine.TOOL, hyperfine.read
    raise UnreadableRun(
        f"{path} is not a run document of concbench, and none of {pytest_benchmark.TOOL}, {pyperf.TOOL} or "
        f"{hyperfine.TOOL} (it has none of their keys): give a file that one of them wrote"
    )


def _told(error: Exception) -> str:
    """Return a decoder's complaint: where, and what."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    problem, _, place = str(error).rpartition(" - at ")
    return f"at {place.strip('`')}: {shortened(problem)}" if problem else shortened(str(error))
