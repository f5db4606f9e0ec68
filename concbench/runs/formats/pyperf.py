"""pyperf's JSON, version 1.0: a benchmark has runs, which are processes, and each of them has values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from concbench.model.run import Run
from concbench.runs.export import Timings, timings
from concbench.runs.foreign import Benchmark, Cores, ForeignRun, NoTimes, Time, Timing, placed
from concbench.runs.text import json_document, printable, shortened

_SECOND = "second"


def document(run: Run) -> str:
    """A block is a run of pyperf, whose values are the rounds."""
    return json_document(
        {
            "version": "1.0",
            "metadata": _metadata(run),
            "benchmarks": [_benchmark(found) for found in timings(run)],
        }
    )


def _benchmark(found: Timings) -> dict[str, Any]:
    return {"metadata": {"name": found.name}, "runs": [{"values": block} for block in found.blocks]}


def _metadata(run: Run) -> dict[str, Any]:
    environment = run.environment
    texts = {
        "date": _date(run.started),
        "python_version": environment.python,
        "python_implementation": environment.implementation,
        "platform": environment.os,
        "cpu_model_name": environment.cpu_model or "",
    }
    known = {name: printable(text).strip() for name, text in texts.items()}
    return {
        "unit": _SECOND,
        "loops": 1,
        **{name: text for name, text in known.items() if text},  # pyperf refuses a file with an empty one
        **({"cpu_count": environment.logical_cores} if environment.logical_cores else {}),
    }


def _date(started: str) -> str:
    """A date in UTC as pyperf writes it, without a zone; empty if it is none."""
    try:
        instant = datetime.fromisoformat(started)
        return (instant.astimezone(UTC) if instant.tzinfo else instant).replace(tzinfo=None).isoformat(" ")
    except (ValueError, OverflowError):  # the latter at the ends of the calendar
        return ""


class _Metadata(msgspec.Struct):
    """The keys that are read; at a run, or, if common to all runs, at the benchmark or the document."""

    name: str | None = None
    unit: str | None = None
    date: str | None = None
    python_version: str | None = None
    python_implementation: str | None = None
    platform: str | None = None
    cpu_model_name: str | None = None
    cpu_count: Cores | None = None


def _no_metadata() -> _Metadata:
    return _Metadata()


class _Run(msgspec.Struct):
    values: msgspec.Raw = msgspec.Raw(b"[]")
    """Raw until the unit is known: a number of bytes may be larger than any of seconds. Warm-ups are ignored."""
    metadata: _Metadata = msgspec.field(default_factory=_no_metadata)


class _Benchmark(msgspec.Struct):
    runs: list[_Run]
    metadata: _Metadata = msgspec.field(default_factory=_no_metadata)


class _Document(msgspec.Struct):
    version: Literal["1.0", 6]
    benchmarks: list[_Benchmark]
    metadata: _Metadata = msgspec.field(default_factory=_no_metadata)


def read(data: bytes) -> ForeignRun:
    """Each run is a block, its values are the rounds; runs that only calibrate are ignored.

    Raises:
        msgspec.MsgspecError: it is not a file of pyperf.
        NoTimes: a benchmark is not in seconds.
    """
    document = msgspec.json.decode(data, type=_Document)
    holders = [document.metadata, *(run.metadata for benchmark in document.benchmarks for run in benchmark.runs)]
    dates = [holder.date for holder in (*holders, *(one.metadata for one in document.benchmarks)) if holder.date]
    about = _first(holders)
    return ForeignRun(
        tool="pyperf",
        benchmarks=[
            _read_benchmark(benchmark, document.metadata, f"$.benchmarks[{at}]")
            for at, benchmark in enumerate(document.benchmarks)
        ],
        started=min(dates, default=None),
        python=about.python_version,
        implementation=about.python_implementation,
        cpu_model=about.cpu_model_name,
        cores=about.cpu_count,
        os=about.platform,
    )


def _read_benchmark(benchmark: _Benchmark, common: _Metadata, place: str) -> Benchmark:
    about = _first([*(run.metadata for run in benchmark.runs[:1]), benchmark.metadata, common])
    if about.unit not in (None, _SECOND):
        raise NoTimes(f"at {place}: the unit is '{shortened(about.unit or '')}', not the second: measure times")
    if about.name is None:
        raise NoTimes(f"at {place}: it has no name: add one with `pyperf command --name`")
    blocks = [_read_values(run.values, f"{place}.runs[{at}].values") for at, run in enumerate(benchmark.runs)]
    return Benchmark(about.name, [block for block in blocks if block])


def _read_values(values: msgspec.Raw, place: str) -> list[Timing]:
    try:
        return [Timing(time) for time in msgspec.json.decode(values, type=list[Time])]
    except msgspec.ValidationError as error:
        raise placed(error, place) from None


def _first(holders: Sequence[_Metadata]) -> _Metadata:
    """Each field from the first holder that has it."""
    return _Metadata(
        **{
            name: next((value for holder in holders if (value := getattr(holder, name)) is not None), None)
            for name in _Metadata.__struct_fields__
        }
    )
