"""hyperfine's JSON: version 1 is written, versions 1 and 2 are read."""

from __future__ import annotations

from statistics import fmean, median, stdev
from typing import Any

import msgspec

from concbench.model.run import Run
from concbench.runs.export import Timings, timings
from concbench.runs.foreign import Amount, Benchmark, ForeignRun, NoTimes, Time, Timing, placed
from concbench.runs.text import json_document

_SECOND = "second"


def document(run: Run) -> str:
    """Version 1, which most scripts read."""
    return json_document({"results": [_result(found) for found in timings(run)]})


def _result(found: Timings) -> dict[str, Any]:
    times = found.times
    return {
        "command": found.name,
        "mean": fmean(times),
        "stddev": stdev(times) if len(times) > 1 else None,
        "median": median(times),
        # A run knows only their sum, and readers insist on both.
        "user": fmean(found.cpu) if found.cpu else 0.0,
        "system": 0.0,
        "min": min(times),
        "max": max(times),
        "times": times,
        "exit_codes": [0] * len(times),
    }


class _Value(msgspec.Struct):
    value: Amount
    unit: str = _SECOND


class _Measurement(msgspec.Struct):
    time_wall_clock: _Value | None = None
    time_cpu: _Value | None = None
    time_user: _Value | None = None
    time_system: _Value | None = None


class _Result(msgspec.Struct):
    command: str
    name: str | None = None
    times: list[Time] | None = None
    """Version 1."""
    measurements: list[_Measurement] | None = None
    """Version 2."""


class _Metadata(msgspec.Struct):
    start_time: str | None = None


class _Document(msgspec.Struct):
    results: list[_Result]
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


def read(data: bytes) -> ForeignRun:
    """Each time is a block of its own, because each is a fresh process.

    Raises:
        msgspec.MsgspecError: it is not a file of hyperfine.
        NoTimes: it has no times of the single runs.
    """
    document = msgspec.json.decode(data, type=_Document)
    return ForeignRun(
        tool="hyperfine",
        benchmarks=[
            Benchmark(result.name or result.command, [[timing] for timing in _timings_of(result, f"$.results[{at}]")])
            for at, result in enumerate(document.results)
        ],
        started=document.metadata.start_time,
    )


def _timings_of(result: _Result, place: str) -> list[Timing]:
    if result.measurements is not None:
        return [_measured(one, f"{place}.measurements[{at}]") for at, one in enumerate(result.measurements)]
    if result.times is None:
        raise NoTimes(f"at {place}: it has no times of the single runs: export it with `hyperfine --export-json`")
    return [Timing(time) for time in result.times]  # user and system time are means over all runs


def _measured(measurement: _Measurement, place: str) -> Timing:
    wall = measurement.time_wall_clock
    if wall is None:
        raise NoTimes(f"at {place}: it has no wall-clock time: measure with `--metrics time_wall_clock`")
    if wall.unit != _SECOND:
        raise NoTimes(f"at {place}.time_wall_clock: the unit is not the second: measure wall-clock time in seconds")
    try:
        return Timing(msgspec.convert(wall.value, Time), _cpu(measurement))
    except msgspec.ValidationError as error:
        raise placed(error, f"{place}.time_wall_clock.value") from None


def _cpu(measurement: _Measurement) -> float | None:
    if measurement.time_cpu is not None:
        return measurement.time_cpu.value
    user, system = measurement.time_user, measurement.time_system
    return user.value + system.value if user is not None and system is not None else None
