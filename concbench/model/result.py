"""A result: what was measured of a case, or why nothing was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from concbench.model.case import Case


@dataclass(frozen=True, kw_only=True)
class CallError:
    """What some calls of a load raised."""

    kind: str
    """The exception's type and, where it has one, its code: `HTTPStatusError 429`."""
    calls: int
    message: str
    """Of the first of them."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """The calls of one sample of a closed loop; rates and times are of those made while all callers were busy."""

    calls: int
    """All that were made."""
    failed: int
    """Those of them that raised, or returned a wrong result."""
    lost: int
    """Workers that made none, as their initializer raised."""
    throughput: float
    """Calls a second that succeeded: their share of `concurrency` by `latency`."""
    latency: float
    """Mean seconds of a call, failed ones included."""
    p50: float | None
    p95: float | None
    p99: float | None
    """Seconds within which that many of 100 successful calls came back; None where there were too few."""
    concurrency: float
    """The mean number of calls under way."""
    little: float | None
    """The calls that came back a second, failed ones too, times `latency`, by `concurrency`: 1 by Little's law."""
    errors: tuple[CallError, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Node:
    """A machine of a cluster in one sample, as its workers said before and after it."""

    node: str
    """Its address, or its name."""
    workers: int
    lanes: int
    """How many tasks its workers can run at once."""
    cpu: float | None
    """User and system seconds of its workers in between; None where they can't say."""
    memory: int | None
    """Bytes that its workers held, the larger of both readings: PSS, or RSS where the system has no PSS; None where
    they can't say."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One timed execution of a case."""

    block: int
    round: int
    start: float
    run: float
    stop: float
    wall: float
    cpu: float | None
    """User and system seconds of the host, all its descendants, and all `nodes`; None where that is unknown."""
    each: float | None = None
    """Seconds of one round trip, one step, one turn, one more worker, or one call; None for tasks."""
    each_p99: float | None = None
    """The 99th percentile of a sample's round trips or calls, where there were enough of them."""
    stream: float | None = None
    """Seconds a message of a stream one way."""
    lost: int | None = None
    """Updates that a shared counter did not keep."""
    load: Load | None = None
    """The calls of a closed loop."""
    left: int | None = None
    """Processes that a command had left running when it ended, and that were ended then."""
    nodes: tuple[Node, ...] = ()
    """The machines of the cluster that the tasks ran on; none where they ran on this one."""


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """One reading of a host's process tree by the watch."""

    at: float
    """Seconds since the watch began."""
    processes: int
    threads: int
    cpu: float
    """CPU seconds that the living processes have used so far."""
    rss: int
    pss: int | None
    """The last reading of the sum of PSS; None before the first, and where the system has no PSS."""


@dataclass(frozen=True, kw_only=True)
class Watch:
    """A host's whole process tree, seen from outside while it ran the case, in samples of their own."""

    seconds: float
    samples: int
    """How many samples the watch saw."""
    sweeps: int
    peak_pss: int | None
    peak_uss: int | None
    peak_rss: int
    base_pss: int | None
    """The host's own PSS before the first of these samples."""
    peak_processes: int
    peak_threads: int
    cpu_percent: float | None
    """CPU seconds of the tree per second of wall time; 100 is one core kept busy."""
    voluntary_switches: int
    involuntary_switches: int
    series: list[Sweep] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Trace:
    """When every task of a case ran, and on which worker, in a sample of its own."""

    start: float
    run: float
    stop: float
    wall: float
    """Phases of that sample."""
    samples: int
    """How many were traced; this one took nearest to the median of the timed samples."""
    lanes: int
    """Workers: how many tasks may be under way at once."""
    chunksize: int | None
    """How many items were handed to a worker at once; None where the strategy hands them out one by one."""
    gil: bool
    """Whether the interpreter's threads share a GIL."""
    cost: float
    """Seconds that recording adds to each task, as measured in the same host."""
    argument_bytes: float | None
    result_bytes: float | None
    """What one item and one result have on average when they are pickled; None where they can't be."""
    tasks: int
    spans: bytes = field(repr=False)
    """Of each task: begin, length and worker. `concbench.experiments.trace` reads it."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a case has no figures."""

    kind: Literal[
        "raised",
        "wrong result",
        "worker died",
        "timeout",
        "unpicklable",
        "refused",
        "unavailable",
        "unfit function",
        "missing function",
        "unfit items",
        "host died",
    ]
    message: str
    traceback: str | None = None


@dataclass(frozen=True, kw_only=True)
class Peak:
    """The most memory that a case's process tree held in a block, as the watch saw it."""

    block: int
    memory: int
    """Bytes: PSS, or RSS where the system has no PSS."""


@dataclass(frozen=True, kw_only=True)
class Shares:
    """How well a command's pools, executors, threads and coroutines used their lanes, in a traced sample of a block."""

    block: int
    utilisation: float | None
    """The share of their lanes' time that was inside tasks, while there was anything to do."""
    dispatch: float | None
    """The share that passed between tasks, while others waited. Both are None where no task was recorded."""


@dataclass(frozen=True, kw_only=True)
class HostRecord:
    """What differed on purpose between the hosts of a case."""

    block: int
    hash_seed: int
    padding: int
    """Bytes by which the environment was made larger, which moves the stack."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """An estimate with its confidence interval."""

    estimate: float
    low: float | None
    high: float | None
    """`low` and `high` are None where there was too little to form an interval from."""
    confidence: float
    blocks: int

    def __repr__(self) -> str:
        """One short line: `Interval(5.05, 95 % interval 4.85 to 5.23, 4 blocks)`."""
        known = self.low is not None and self.high is not None
        ends = f"{100 * self.confidence:g} % interval {self.low:.3g} to {self.high:.3g}" if known else "no interval"
        return f"Interval({self.estimate:.3g}, {ends}, {self.blocks} block{'' if self.blocks == 1 else 's'})"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What was measured of a case: samples, watch and trace; or the failure that kept it from having any."""

    case: Case
    """As it was measured: calibrated, with the settings that its host found."""
    samples: tuple[Sample, ...] = ()
    failure: Failure | None = None
    watch: Watch | None = None
    trace: Trace | None = None
    peaks: tuple[Peak, ...] = ()
    """Of those blocks in which a gate measured memory."""
    shares: tuple[Shares, ...] = ()
    """Of those blocks in which a gate traced a command."""
    hosts: tuple[HostRecord, ...] = ()
    median: Interval | None = None
    """Seconds of the metric: of wall time of one sample, or of one round trip, step, turn or worker."""
    ideal: float | None = None
    """The least seconds in which these items can be done on these workers."""

    def __repr__(self) -> str:
        """One short line: `Result('cpu/pool-map', 0.0818 s, 8 samples)`; never the samples themselves."""
        if self.failure is not None:
            return f"Result({self.case.id!r}, failure: {self.failure.kind})"
        median = "" if self.median is None else f", {self.median.estimate:.3g} s"
        return f"Result({self.case.id!r}{median}, {len(self.samples)} sample{'' if len(self.samples) == 1 else 's'})"
