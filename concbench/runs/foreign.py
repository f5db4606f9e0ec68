"""Import: any file with times as a run, whether concbench, pytest-benchmark, pyperf or hyperfine wrote it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from math import fsum
from pathlib import Path
from typing import Annotated

import msgspec

from concbench.model.case import Case, Settings, Workload
from concbench.model.result import Result, Sample
from concbench.model.run import SCHEMA, Environment, Run, Table
from concbench.runs.checking import AMOUNT, DURATION, LONGEST
from concbench.runs.reading import UnreadableRun, read_bytes, run_in
from concbench.runs.text import distinct, shortened

READERS = {"pytest-benchmark": "pytest_benchmark", "pyperf": "pyperf", "hyperfine": "hyperfine"}
"""The tools whose files can be read, each with its module in `concbench.runs.formats`."""
MOST_SAMPLES = 2_000_000
"""The most samples that are read: each takes a hundred times the memory of a number in a file."""
MOST_VALUES = 4 * MOST_SAMPLES
"""The most values of any kind that are read."""

Time = Annotated[float, DURATION]
"""Seconds of something that took time."""
Amount = Annotated[float, AMOUNT]
"""Seconds of something that may have taken none, such as CPU time."""
Cores = Annotated[int, msgspec.Meta(ge=0, le=2**31)]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_RESTORE = "restore it from a copy, or measure again"
_ABSENT = msgspec.Raw(b"")


class NoTimes(Exception):
    """A file is in its tool's format but has no usable times; the text says where, why and what to do."""


@dataclass(frozen=True)
class Timing:
    """One sample of a benchmark, in seconds."""

    wall: float
    cpu: float | None = None


@dataclass(frozen=True)
class Benchmark:
    """What was measured under one name: the samples of each block, which is one process."""

    name: str
    blocks: Sequence[Sequence[Timing]]


@dataclass(frozen=True, kw_only=True)
class ForeignRun:
    """The contents of another tool's file; None for what it doesn't say."""

    tool: str
    benchmarks: Sequence[Benchmark]
    started: str | None = None
    """ISO 8601."""
    python: str | None = None
    implementation: str | None = None
    cpu_model: str | None = None
    cores: int | None = None
    os: str | None = None
    warnings: list[str] = field(default_factory=list)


class _Keys(msgspec.Struct):
    """The keys that tell the formats apart; raw, because nothing else is known of the file yet."""

    schema: msgspec.Raw = _ABSENT
    machine_info: msgspec.Raw = _ABSENT
    benchmarks: msgspec.Raw = _ABSENT
    results: msgspec.Raw = _ABSENT


def read_any(path: Path) -> Run:
    """Read and validate a run document, or another tool's file as a run without medians.

    The path may also name an open file, such as `/dev/stdin`, or a shell's `<(command)`.

    Raises:
        UnreadableRun: something is wrong with the file or in it.

    Example:
        >>> read_any(Path("no-such-run.json"))
        Traceback (most recent call last):
        concbench.runs.reading.UnreadableRun: no-such-run.json does not exist: check its name
    """
    document = read_bytes(path, descriptors=True)
    try:
        return run_in(document, path)
    except UnreadableRun:  # first, so that a broken run document gets the more precise error
        data = document.removeprefix(_BYTE_ORDER_MARK)
        keys = _keys(data)
        if keys is None or bytes(keys.schema):
            raise
        return _read_foreign(path, data, _tool_of(path, keys))


def run_of(foreign: ForeignRun, written: datetime) -> Run:
    """A run with one table, whose cases are the benchmarks; medians and comparisons are left to the caller.

    A sample has a single phase, `run`. There is no reference, because nothing ran side by side. If the file doesn't
    say when it began, the run began when the file was `written`. `concbench`, the version that measured, is empty.

    Raises:
        NoTimes: nothing was measured, or more than a run can hold.

    Example:
        `run_of(ForeignRun(tool="pyperf", benchmarks=[Benchmark("sort", [[Timing(0.1)]])]), datetime.now(UTC))`
    """
    measured = [benchmark for benchmark in foreign.benchmarks if any(benchmark.blocks)]
    if not measured:
        raise NoTimes("it has no measured benchmark: name another file")
    amount = sum(len(block) for benchmark in measured for block in benchmark.blocks)
    if amount > MOST_SAMPLES:
        raise NoTimes(f"it has {amount} samples, and at most {MOST_SAMPLES} are read: measure fewer rounds")
    names = distinct(benchmark.name for benchmark in measured)
    results = [_result(foreign.tool, name, benchmark) for name, benchmark in zip(names, measured, strict=True)]
    seconds = fsum(sample.wall for result in results for sample in result.samples)
    return Run(
        schema=SCHEMA,
        concbench="",
        command=[],
        suite=foreign.tool,
        question="",
        started=_instant(foreign.started, written),
        seconds=min(seconds, LONGEST),
        seed=0,
        blocks=max(len(benchmark.blocks) for benchmark in measured),
        duty=1.0,  # `seconds` are those of the samples: the file has no others
        complete=True,
        environment=_environment(foreign),
        tables=[Table(name=foreign.tool, title=f"Measured with {foreign.tool}", reference=None)],
        results=results,
        comparisons=[],
        claims=[],
        warnings=foreign.warnings,
    )


def is_foreign(run: Run) -> bool:
    """Whether a run was read from another tool's file."""
    return not run.concbench


def placed(error: msgspec.ValidationError, place: str) -> msgspec.ValidationError:
    """An error in a piece of a document as an error of the document that has the piece at `place`.

    >>> print(placed(msgspec.ValidationError("Expected `float` - at `$[3]`"), "$.results[0].times"))
    Expected `float` - at `$.results[0].times[3]`
    """
    problem, _, within = str(error).partition(" - at ")
    return msgspec.ValidationError(f"{problem} - at `{place}{within.strip('`').removeprefix('$')}`")


def _read_foreign(path: Path, data: bytes, tool: str) -> Run:
    if data.count(b",") > MOST_VALUES:  # before an object is made for each
        raise UnreadableRun(f"{path} holds over {MOST_VALUES} values, the most that are read: measure fewer rounds")
    read: Callable[[bytes], ForeignRun] = import_module(f"concbench.runs.formats.{READERS[tool]}").read
    try:
        return run_of(read(data), _written(path))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UnreadableRun(f"{path} is not a valid file of {tool} ({_reason(error)}): {_RESTORE}") from error
    except NoTimes as error:
        raise UnreadableRun(f"{path} is a file of {tool} that can't be read ({error})") from error


def _keys(data: bytes) -> _Keys | None:
    """The keys by which a format is recognised; None if the file is no JSON object."""
    try:
        data.decode()  # msgspec skips fields that it doesn't know without checking their text
        return msgspec.json.decode(data, type=_Keys)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _tool_of(path: Path, keys: _Keys) -> str:
    if bytes(keys.benchmarks):
        return "pytest-benchmark" if bytes(keys.machine_info) else "pyperf"
    if bytes(keys.results):
        return "hyperfine"
    raise UnreadableRun(
        f"{path} is not a run document of concbench, nor a file of {', '.join(list(READERS)[:-1])} or "
        f"{list(READERS)[-1]} (it has none of their keys): give a file that one of them wrote"
    )


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    problem, _, place = str(error).rpartition(" - at ")
    return f"at {place.strip('`')}: {shortened(problem)}" if problem else shortened(str(error))


def _written(path: Path) -> datetime:
    """When a file was last written; now, if it is not a regular file or is gone."""
    try:
        if path.is_file():
            return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, OverflowError, ValueError):
        pass
    return datetime.now(UTC)


def _instant(started: str | None, written: datetime) -> str:
    """When a run began, in UTC, which is also assumed of a time without a zone."""
    try:
        instant = datetime.fromisoformat(started or "")
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):  # the latter at the ends of the calendar
        return written.isoformat()


def _result(tool: str, name: str, benchmark: Benchmark) -> Result:
    samples = tuple(
        Sample(block=block, round=number, start=0.0, run=timing.wall, stop=0.0, wall=timing.wall, cpu=timing.cpu)
        for block, rounds in enumerate(benchmark.blocks)
        for number, timing in enumerate(rounds)
    )
    workload = Workload(name=benchmark.name, tasks=1)
    case = Case(group=tool, row=name, subject=name, workload=workload, settings=Settings())
    return Result(case=case, samples=samples)


def _environment(foreign: ForeignRun) -> Environment:
    cores = foreign.cores or 0
    return Environment(
        cpu_model=foreign.cpu_model,
        logical_cores=cores,
        usable_cores=cores,
        affinity=None,
        cgroup_cpus=None,
        cgroup_memory=None,
        memory=0,
        load_start=None,
        load_end=None,
        governor=None,
        os=foreign.os or "unknown",
        python=foreign.python or "unknown",
        implementation=foreign.implementation or "unknown",
        build="unknown",
        gil=True,
        start_method="unknown",
        versions={},
        git_revision=None,
    )
