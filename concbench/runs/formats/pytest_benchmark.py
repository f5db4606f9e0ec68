"""pytest-benchmark's JSON: a benchmark has statistics, and behind them the times of all its rounds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from statistics import mean, median, stdev
from typing import Any

import msgspec

from concbench.model.run import Run
from concbench.runs.export import Timings, timings
from concbench.runs.foreign import Benchmark, Cores, ForeignRun, NoTimes, Time, Timing
from concbench.runs.text import json_document, printable

VERSION = "5.1.0"
"""The version of pytest-benchmark whose format is written."""
FENCE = 1.5
"""Interquartile ranges: what lies further outside the quartiles is an outlier (Tukey 1977)."""


def document(run: Run) -> str:
    """Tables are its groups; all samples of a case are its rounds."""
    return json_document(
        {
            "machine_info": _machine(run),
            "commit_info": _commit(run.environment.git_revision),
            "benchmarks": [_benchmark(found) for found in timings(run)],
            "datetime": printable(run.started),
            "version": VERSION,
        }
    )


def _benchmark(found: Timings) -> dict[str, Any]:
    result = found.result
    about = {"subject": result.case.subject, "workload": result.case.workload.name, "metric": result.case.metric}
    return {
        "group": printable(result.case.table),
        "name": found.name,
        "fullname": found.name,
        "params": None,
        "param": None,
        "extra_info": {name: printable(text) for name, text in about.items()},
        "options": {},
        "stats": statistics(found.times),
    }


def statistics(times: Sequence[float]) -> dict[str, Any]:
    """All statistics of pytest-benchmark, by its names and definitions, of times in seconds.

    >>> found = statistics([1.0, 2.0, 3.0, 4.0])
    >>> found["median"], found["q1"], found["q3"], found["outliers"]
    (2.5, 1.5, 3.5, '2;0')
    """
    data = sorted(times)
    center, spread = mean(data), stdev(data) if len(data) > 1 else 0.0
    q1, q3 = quartiles(data)
    low, high = q1 - FENCE * (q3 - q1), q3 + FENCE * (q3 - q1)
    beyond_spread = sum(not center - spread <= time <= center + spread for time in data)
    beyond_fence = sum(not low <= time <= high for time in data)
    return {
        "min": data[0],
        "max": data[-1],
        "mean": center,
        "stddev": spread,
        "rounds": len(data),
        "median": median(data),
        "iqr": q3 - q1,
        "q1": q1,
        "q3": q3,
        "iqr_outliers": beyond_fence,
        "stddev_outliers": beyond_spread,
        "outliers": f"{beyond_spread};{beyond_fence}",
        # A quartile of equal times may be rounded to just beside them.
        "ld15iqr": data[min(bisect_left(data, low), len(data) - 1)],
        "hd15iqr": data[max(bisect_right(data, high) - 1, 0)],
        "ops": len(times) / sum(times),
        "total": sum(times),
        "data": list(times),
        "iterations": 1,
    }


def quartiles(data: Sequence[float]) -> tuple[float, float]:
    """The first and the third quartile of sorted data, as pytest-benchmark computes them.

    For an even number of values, they are the medians of the halves; for an odd one, "method 3" of
    https://en.wikipedia.org/wiki/Quartile averages the halves with and without the middle value.

    >>> quartiles([1.0, 2.0, 3.0, 4.0, 5.0])
    (1.75, 4.25)
    """
    size = len(data)
    if size == 1:
        return data[0], data[0]
    if size % 2 == 0:
        return median(data[: size // 2]), median(data[size // 2 :])
    quarter = size // 4
    if size % 4 == 1:
        return (
            0.25 * data[quarter - 1] + 0.75 * data[quarter],
            0.75 * data[3 * quarter] + 0.25 * data[3 * quarter + 1],
        )
    return (
        0.75 * data[quarter] + 0.25 * data[quarter + 1],
        0.25 * data[3 * quarter + 1] + 0.75 * data[3 * quarter + 2],
    )


def _machine(run: Run) -> dict[str, Any]:
    environment = run.environment
    return {
        "node": "",  # left empty on purpose: it would identify the machine
        "processor": "",
        "machine": "",
        "python_compiler": printable(environment.build),
        "python_implementation": printable(environment.implementation),
        "python_implementation_version": printable(environment.python),
        "python_version": printable(environment.python),
        "python_build": [],
        "release": "",
        "system": printable(environment.os),
        "cpu": {"brand_raw": printable(environment.cpu_model or ""), "count": environment.logical_cores},
    }


def _commit(revision: str | None) -> dict[str, Any]:
    return {
        "id": printable((revision or "unknown").removesuffix("+")),
        "time": None,
        "author_time": None,
        "dirty": (revision or "").endswith("+"),
        "project": "concbench",
        "branch": "(unknown)",
    }


class _Stats(msgspec.Struct):
    data: list[Time] | None = None


class _Benchmark(msgspec.Struct):
    fullname: str
    stats: _Stats


class _Cpu(msgspec.Struct):
    brand_raw: str | None = None
    count: Cores | None = None


class _Machine(msgspec.Struct):
    python_implementation: str | None = None
    python_version: str | None = None
    system: str | None = None
    cpu: _Cpu = msgspec.field(default_factory=_Cpu)


class _Document(msgspec.Struct):
    benchmarks: list[_Benchmark]
    machine_info: _Machine
    datetime: str | None = None


def read(data: bytes) -> ForeignRun:
    """All times of a benchmark are rounds of one block, because one process ran them.

    Raises:
        msgspec.MsgspecError: it is not a file of pytest-benchmark.
        NoTimes: it has only the statistics.
    """
    document = msgspec.json.decode(data, type=_Document)
    machine = document.machine_info
    return ForeignRun(
        tool="pytest-benchmark",
        benchmarks=[_read_benchmark(benchmark, at) for at, benchmark in enumerate(document.benchmarks)],
        started=document.datetime,
        python=machine.python_version,
        implementation=machine.python_implementation,
        cpu_model=machine.cpu.brand_raw,
        cores=machine.cpu.count,
        os=machine.system,
        warnings=["pytest-benchmark runs all rounds of a benchmark in one process: one block, which has no interval"],
    )


def _read_benchmark(benchmark: _Benchmark, at: int) -> Benchmark:
    if benchmark.stats.data is None:
        raise NoTimes(
            f"at $.benchmarks[{at}].stats: it has no times of the single rounds: "
            "run pytest with --benchmark-json, or with --benchmark-save-data"
        )
    return Benchmark(benchmark.fullname, [[Timing(time) for time in benchmark.stats.data]])
