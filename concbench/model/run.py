"""A run: the document that a command leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from concbench.model.case import AxisName, Settings
from concbench.model.costs import Costs
from concbench.model.program import Program, Trial
from concbench.model.result import Interval, Result

SCHEMA = 2
"""The version of the run document that this code writes."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of a run: cases on one workload, and the case that its ratios are relative to."""

    name: str
    title: str
    reference: str | None
    """The id of a case."""


Verdict = Literal["faster", "slower", "same", "undecided"]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A case's metric as a multiple of the reference's, and what that says."""

    case: str
    reference: str
    ratio: Interval
    verdict: Verdict
    margin: float
    """`same` means: the whole interval lies within 1/(1+margin) and 1+margin."""
    more_seconds: float | None = None
    """Undecided: about how much longer this run would have to go on."""


Gated = Literal["wall", "each", "cpu", "memory", "utilisation", "dispatch"]
"""What a gate compares: wall and CPU time of a sample, and the peak of memory; of commands that are traced, also two
shares; of two saved runs, also `each`."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two that a gate compares: a revision of the code, or an interpreter."""

    name: str
    """`base` or `head`."""
    revision: str | None
    """The commit; ends in `+` where there are uncommitted changes. None where it is no revision that differs."""
    python: str
    """The interpreter's version, as `3.13.5`."""
    about: str
    """What it was called on the command line: `HEAD~1`, `the working tree`, a path."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a gate found of one figure of one case: the head as a multiple of the base, or, of shares, less the base."""

    case: str
    """The id of the case on the head's side."""
    metric: Gated
    base: Interval | None
    head: Interval | None
    """Seconds, bytes, or a share from 0 to 1; None where it could not be measured."""
    ratio: Interval | None
    """None of a share."""
    difference: Interval | None = None
    """Of a share, by how much the head's is larger: 0.05 is five percentage points."""
    verdict: Verdict
    """`slower` is a regression, and means more memory, less utilisation, or more dispatch."""
    margin: float
    """A change between 1/(1+margin) and 1+margin is none; of a share, a difference of no more than the margin."""
    chance: float | None
    """The chance of so clear a change, or a clearer one, where there is none: over all looks, and before Holm's
    correction over the changes of the gate."""
    more_seconds: float | None = None
    """Undecided: about how much longer it would take."""
    note: str = ""
    """Why there is no figure, where there is none."""
    left_out: str = ""
    """Why the gate does not judge it, where it does not: it is `undecided` then, and nothing is wrong with that."""
    only: Literal["base", "head"] | None = None
    """The side that alone has the case, which is new on the head, and gone on the base: there is nothing to compare."""

    @property
    def found(self) -> Interval | None:
        """The ratio, or the difference."""
        return self.ratio if self.difference is None else self.difference

    @property
    def open(self) -> bool:
        """Whether it was to be decided, could be measured, and is undecided."""
        return self.verdict == "undecided" and not self.note and not self.left_out and self.only is None

    @property
    def why(self) -> str:
        """Why it has no verdict, where something keeps it from one."""
        return f"only the {self.only} has it" if self.only is not None else self.note or self.left_out

    @property
    def regression(self) -> bool:
        """Whether the gate is red for it."""
        return self.verdict == "slower"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A sentence that the samples can confirm or refute: `case` is `verdict` compared with `reference`."""

    sentence: str
    case: str
    verdict: Literal["faster", "slower", "same", "loses updates", "keeps updates"]
    reference: str
    """The last two verdicts compare with nothing, and name their own case here."""


@dataclass(frozen=True, kw_only=True)
class ClaimOutcome:
    """What the samples say of a claim."""

    claim: Claim
    outcome: Literal["confirmed", "refuted", "undecided", "not measured"]
    comparison: Comparison | None
    lost: int | None = None
    """Updates that the case lost in all its samples, where that is what is claimed."""
    updates: int | None = None
    """All that were made in these samples."""


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """From which value of an axis on, or up to which, one subject is faster than another."""

    subject: str
    other: str
    sizes: list[int | float]
    """Values of the axis at which both were measured: seconds, bytes or numbers."""
    faster: Literal["from", "up to", "always", "never", "in part", "undecided"]
    """`from`: slower at small values, faster at large ones; `up to`: the other way round; `in part`: surely faster at
    some and surely slower at others, and not in one turn."""
    size: Interval | None = None
    """The value from which on, or up to which, for these two."""
    axis: AxisName = "payload"
    at: str = ""
    """What was the same for all of them, where that took several values, too: `4 workers`."""


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """What a scaling law says of one number of workers, beside what was measured there."""

    case: str
    """The id of the case that was measured."""
    workers: int
    seconds: Interval
    """Of wall time, as the law has it."""
    ratio: Interval
    """The law's seconds as a multiple of those measured in the same block."""
    held_out: bool
    """Whether the law was fitted without it, so that it is a prediction."""


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """A scaling law, fitted to what a subject took on several numbers of workers.

    T(N) = T(1) * (1 + sigma * (N - 1) + kappa * N * (N - 1)) / N
    """

    table: str
    subject: str
    """What the cases have in common: the subject, and what else their rows are called by, but for the workers."""
    law: Literal["amdahl", "usl"]
    """Amdahl's law has no kappa; the universal scalability law is Gunther's."""
    single: Interval
    """Seconds that one worker takes, T(1)."""
    sigma: Interval
    """The share of it that can't be shared: contention."""
    kappa: Interval | None
    """What every pair of workers costs each other, as a share of it: coherency. None for Amdahl's law."""
    peak: Interval | None
    """Workers beyond which it takes longer again; None where the law has no such number in every block."""
    predictions: list[Predicted]
    """Of each number of workers, in order."""


@dataclass(frozen=True, kw_only=True)
class Advice:
    """A setting that is predicted to take less time."""

    case: str
    """The id of the case that it is for."""
    chunksize: int
    predicted: float
    """Seconds of wall time."""
    tried: str
    """The id of the case that was measured with it, beside one as it was."""
    low: float | None = None
    high: float | None = None
    """Between which seconds it was expected to take; None in runs before there were ranges."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """The job that advice is about, and the machine that is to run it."""

    items: int
    """All of them, however few were run."""
    cores: int
    memory: int | None = None
    """Bytes that all processes together may hold; None: as many as this machine has."""
    max_workers: int | None = None
    warm: bool = False
    """Whether the workers exist already, as in a service: neither starting nor ending them counts."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way of running a job, and what it takes: as measured, or as predicted."""

    subject: str
    settings: Settings
    wall: Interval
    """Seconds. At least 90 % of outcomes are expected within the range of a prediction, which is over no blocks."""
    cpu: float | None = None
    """CPU seconds of all processes."""
    memory: float | None = None
    """Bytes (PSS) at the peak."""
    bottleneck: str = ""
    """What the job waits for most, as the model names it; empty where it was not predicted."""
    case: str | None = None
    """The id of the case that measured just this; None: it is predicted."""
    beyond: list[str] = field(default_factory=list)
    """What the prediction extrapolates: `items`, `workers`, `cores`."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Numbers of items for which one way is the best, as predicted."""

    since: Interval
    """The number of items from which on it is the best: 1 for the first way."""
    at: int
    """The number of items for which the rest holds: the job's, where that lies within, or else the last one."""
    way: Way
    factor: Interval | None
    """How many times as fast as serial it is there; None for serial itself."""


@dataclass(frozen=True, kw_only=True)
class Saturation:
    """The number of workers of a way beyond which more of them gain next to nothing, as predicted."""

    workers: int
    most: int
    """The largest number that was predicted."""
    bottleneck: str
    """What the job waits for most beyond them, as the model names it."""
    rate: float
    """The most chunks a second that the parent can hand out; 0 if that has no bound."""


@dataclass(frozen=True, kw_only=True)
class WorkerMemory:
    """How many workers fit into memory, as predicted."""

    each: float
    """Bytes that a worker adds."""
    limit: int
    """Bytes that there are for all processes together."""
    fit: int


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """How a function is best run under an interpreter, of all that was tried there."""

    case: str
    """The id of the case that is recommended; or, where the job is another one than was run, of the one nearest to
    what is."""
    compared: list[str]
    """The ids of those that it was measured beside to the end: the best of another kind of workers, and `serial`."""
    equal: list[str]
    """The ids of those that are as fast, or not shown to differ; none of them has a simpler kind of workers."""
    target: Target | None = None
    """What the advice is about; None in a run that knows of no job but the items that it ran."""
    way: Way | None = None
    """What is recommended for that job; None where nothing could be predicted, and the case stands for itself."""
    others: list[Way] = field(default_factory=list)
    """The best of the other kinds of workers for that job, `serial` first."""
    stretches: list[Stretch] = field(default_factory=list)
    """Which way is the best for how many items, from 1 on; none where nothing could be predicted."""
    saturation: Saturation | None = None
    worker_memory: WorkerMemory | None = None
    unknown: str = ""
    """Why nothing could be predicted for the job, in one sentence; empty where it could, or was measured."""


@dataclass(frozen=True, kw_only=True)
class Knee:
    """How many concurrent calls of a function are enough, as a closed loop found it."""

    table: str
    subject: str
    """What made the calls: `threads` or `coroutines`."""
    found: Literal["knee", "errors", "open", "failing"]
    """`errors`: throughput rises until calls fail; `open`: it still rises at the highest level that was tried;
    `failing`: calls fail at every level."""
    case: str | None
    """The id of the case to go by: the one measured nearest to the knee; None where calls fail at every level."""
    level: Interval | None
    """The knee: the smallest number of concurrent calls with `share` of the largest throughput without more errors."""
    share: float
    failing: int | None
    """The lowest level with more errors; None where there is none."""
    calls: int
    """All that were made, by all samples."""
    most_calls: int
    """As many as were allowed."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A statement on behaviour, and what running it showed."""

    name: str
    statement: str
    expected: str
    observed: str
    start_method: str | None
    """None where no process is started, so that it does not depend on that."""
    note: str
    """What is known of differences between versions of Python and start methods."""
    failed: bool = False
    """Whether it could not be observed: the interpreter died, did not answer, or could not be started."""

    @property
    def agrees(self) -> bool:
        """Whether it is as stated."""
        return self.observed == self.expected


@dataclass(frozen=True, kw_only=True)
class ThreadPool:
    """A library with threads of its own, such as OpenBLAS, in a process that called a user's function."""

    workload: str
    """The name of the function."""
    side: str | None
    inner_threads: int | None
    """The setting that the process had."""
    library: str
    version: str | None
    threads: int | None
    """With the one that calls it; version and threads are None where only threadpoolctl could tell, and is missing."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The machine and the interpreter of a run. None where the system does not report it."""

    cpu_model: str | None
    logical_cores: int
    usable_cores: int
    """Cores that this process may use: affinity, and a control group's quota rounded up."""
    affinity: list[int] | None
    cgroup_cpus: float | None
    """CPU seconds per second that the control group allows."""
    cgroup_memory: int | None
    memory: int
    load_start: float | None
    load_end: float | None
    governor: str | None
    os: str
    python: str
    """The version, as `3.13.5`."""
    implementation: str
    build: str
    gil: bool
    start_method: str
    versions: dict[str, str]
    """Of concbench and of the libraries that measure or judge."""
    git_revision: str | None
    """Of the current folder's repository; ends in `+` where there are uncommitted changes."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """The document that a command leaves."""

    schema: int
    concbench: str
    command: list[str]
    suite: str
    question: str
    started: str
    """ISO 8601, UTC."""
    seconds: float
    seed: int
    blocks: int
    """Blocks that were begun."""
    duty: float
    """The share of `seconds` that lies inside timed samples."""
    complete: bool
    """False where the run was interrupted."""
    environment: Environment
    tables: list[Table]
    results: list[Result]
    comparisons: list[Comparison]
    claims: list[ClaimOutcome]
    warnings: list[str]
    crossings: list[Crossing] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    scalings: list[Scaling] = field(default_factory=list)
    """By two laws each, what was measured on several numbers of workers."""
    advice: list[Advice] = field(default_factory=list)
    """What was tried of what is advised."""
    sides: list[Side] = field(default_factory=list)
    """Of a gate: base and head."""
    changes: list[Change] = field(default_factory=list)
    recommendations: list[Recommendation] = field(default_factory=list)
    """Of advice on a function: one for each interpreter."""
    knees: list[Knee] = field(default_factory=list)
    """Of a load: one for each table."""
    axes: list[AxisName] = field(default_factory=list)
    """What was asked for at several values; the tables of a suite may differ in others by themselves."""
    costs: list[Costs] = field(default_factory=list)
    """What predictions rest on: of every side of which costs were measured."""
    thread_pools: list[ThreadPool] = field(default_factory=list)
    """Of each function that was called before it was measured, with every number of inner threads."""
    program: Program | None = None
    """A program that was traced."""
    trials: list[Trial] = field(default_factory=list)
    """Settings that were changed while it ran again."""

    def __repr__(self) -> str:
        """One short line: `Run('pool-vs-process', 2026-11-23T04:55:00+00:00, 3 results, 4 blocks)`."""
        return f"Run({self.suite!r}, {self.started[:40]}, {len(self.results)} results, {self.blocks} blocks)"
