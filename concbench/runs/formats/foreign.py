"""What another tool measured, as a run: validated times, with everything that no such file tells left open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import fsum
from typing import Annotated

import msgspec

from concbench.model import SCHEMA, Case, Environment, Part, Run, Sample, Settings, Workload
from concbench.runs.checking import LONGEST, SHORTEST
from concbench.runs.formats.naming import distinct

MOST_SAMPLES = 2_000_000
"""The most that are read from a foreign file: a sample takes a hundred times the memory of a number in a file."""

Time = Annotated[float, msgspec.Meta(ge=SHORTEST, le=LONGEST)]
"""Seconds of something that took time."""
Amount = Annotated[float, msgspec.Meta(ge=0, le=LONGEST)]
"""Seconds of something that may have taken none, as CPU time."""
Cores = Annotated[int, msgspec.Meta(ge=0, le=2**31)]


class NoTimes(Exception):
    """A foreign file is in its tool's format, and has no times that a run can hold; says where, why and what to do."""


@dataclass(frozen=True)
class Timed:
    """One sample of a benchmark, in seconds."""

    wall: float
    cpu: float | None = None


@dataclass(frozen=True)
class Benchmark:
    """What was measured under one name: samples by block, which is one process."""

    name: str
    blocks: Sequence[Sequence[Timed]]


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """What a file of another tool tells. None where it does not."""

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


def run_of(foreign: Foreign, written: datetime) -> Run:
    """Return a run of one part, whose cases are the benchmarks; medians and comparisons are left to the caller.

    A sample is a single phase, `run`. There is no reference, because nothing ran side by side. Where the file does not
    tell when it began, it is when it was `written`. `concbench` is empty: none of its versions measured this.

    Raises:
        NoTimes: there is nothing that could be shown, or more than a run can hold.

    Example:
        `run_of(Foreign(tool="pyperf", benchmarks=[Benchmark("sort", [[Timed(0.1)]])]), datetime.now(UTC))`
    """
    measured = [benchmark for benchmark in foreign.benchmarks if any(benchmark.blocks)]
    if not measured:
        raise NoTimes("it holds no measured benchmark: name another file")
    amount = sum(len(block) for benchmark in measured for block in benchmark.blocks)
    if amount > MOST_SAMPLES:
        raise NoTimes(f"it holds {amount} samples, and at most {MOST_SAMPLES} are read: measure fewer rounds")
    names = distinct(benchmark.name for benchmark in measured)
    cases = [_case(foreign.tool, name, benchmark) for name, benchmark in zip(names, measured, strict=True)]
    seconds = fsum(sample.wall for case in cases for sample in case.samples)
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
        duty=1.0,  # `seconds` are those of the samples, since the file knows of no others
        complete=True,
        environment=_environment(foreign),
        parts=[Part(name=foreign.tool, title=f"Measured with {foreign.tool}", reference=None)],
        cases=cases,
        comparisons=[],
        claims=[],
        warnings=foreign.warnings,
    )


def is_foreign(run: Run) -> bool:
    """Say whether a run was read from another tool's file."""
    return not run.concbench


def placed(error: msgspec.ValidationError, place: str) -> msgspec.ValidationError:
    """Return a fault in a piece of a document as a fault of the document that has the piece at `place`.

    >>> print(placed(msgspec.ValidationError("Expected `float` - at `$[3]`"), "$.results[0].times"))
    Expected `float` - at `$.results[0].times[3]`
    """
    problem, _, within = str(error).partition(" - at ")
    return msgspec.ValidationError(f"{problem} - at `{place}{within.strip('`').removeprefix('$')}`")


def _case(tool: str, name: str, benchmark: Benchmark) -> Case:
    samples = [
        Sample(block=block, round=number, start=0.0, run=timed.wall, stop=0.0, wall=timed.wall, cpu=timed.cpu)
        for block, rounds in enumerate(benchmark.blocks)
        for number, timed in enumerate(rounds)
    ]
    return Case(
        id=f"{tool}/{name}",
        part=tool,
        subject=name,
        workload=Workload(name=benchmark.name, tasks=1),
        settings=Settings(),
        samples=samples,
    )


def _instant(started: str | None, written: datetime) -> str:
    """Return when a run began, in UTC; a file that doesn't name its time zone is taken to mean that."""
    try:
        instant = datetime.fromisoformat(started or "")
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):  # the latter at the ends of the calendar
        return written.isoformat()


def _environment(foreign: Foreign) -> Environment:
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
