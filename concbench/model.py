"""The words of concbench as small dataclasses: plain data, standard library only.

Everywhere: times are seconds, sizes are bytes, ratios are plain factors. Both rings share this module: the host
reads a `Case` and answers with figures, the outside writes all of it into the run document.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from multiprocessing.context import DefaultContext

SCHEMA = 1
"""The version of the run document that this code writes."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """What the tasks do: a workload's name, and its sizes."""

    name: str
    tasks: int
    task_time: float = 0.0
    """Seconds that one task takes serially: exactly for sleeping, calibrated for computing."""
    loops: int = 0
    """Calibrated: how many turns of the workload's loop take `task_time`."""
    payload: int = 0
    """Bytes of the argument, and of the result, of one task."""
    memory: int = 0
    """Bytes that one task holds."""
    seed: int = 0
    """Where the workload draws anything at random."""
    items: str | None = None
    """Of a person's own function: a JSON-lines file, or the function that makes its items; None: 0, 1, 2, …"""
    expect: str | None = None
    """Of a person's own function: the function that says whether a result is right for its item."""
    init: str | None = None
    """Of a person's own function: the function that each worker calls before its first task."""
    every: int = 1
    """Of a person's own function: only each so-manyth item is run, as all of them take too long to be tried out."""
    total: int | None = None
    """Of a person's own function: how many items there are in all, once they have been counted."""
    busy: float | None = None
    """Of a person's own function, as measured: the share of its time in which it computes."""
    coroutine: bool = False
    """Of a person's own function, as found: whether it is an `async def`."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a subject is opened. None means the interpreter's own default."""

    workers: int | None = None
    chunksize: int | None = None
    start_method: str | None = None
    maxtasksperchild: int | None = None
    limit: int | None = None
    """How many tasks of a one-per-task strategy may be under way at once; None: all of them."""
    lock: str | None = None
    """The primitive that guards a store's counter; None: nothing does."""
    cores: str | None = None
    """Where both ends of a channel run: on `one` core, `apart` on two, or on `any`."""

    @property
    def context(self) -> DefaultContext:
        """The `multiprocessing` context of the start method; raises ValueError where the system has no such one."""
        import multiprocessing  # here, because the outside reads settings and never starts a process with them

        # Contexts differ by class and have the same methods; typeshed gives `Process` to each but not to their base.
        return cast("DefaultContext", multiprocessing.get_context(self.start_method))


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
    """User and system seconds of the host and all its descendants; None where the system can't tell."""
    each: float | None = None
    """Seconds of one round trip, one step, one turn, or one more worker; None for tasks."""
    each_p99: float | None = None
    """The 99th percentile of a sample's round trips, where there were enough of them."""
    stream: float | None = None
    """Seconds a message of a stream one way."""
    lost: int | None = None
    """Updates that a shared counter did not keep."""


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """One look of the watch at a host's process tree."""

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
    series: list[Sweep]


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
    spans: bytes
    """Of each task: begin, length and worker. `concbench.experiments.spans` reads it."""


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


Experiment = Literal["tasks", "messages", "counters", "turns", "startups"]
"""What one sample of a subject is: run the tasks; exchange messages; share a counter; take turns; start workers."""

Metric = Literal["wall", "each"]
"""The field of a sample that cases are compared by: `wall` for tasks, `each` in all other experiments."""


@dataclass(kw_only=True)
class Case:
    """One subject, one workload, its settings: one row of a table; and, once measured, what came out."""

    id: str
    part: str
    subject: str
    workload: Workload
    settings: Settings
    experiment: Experiment = "tasks"
    samples: list[Sample] = field(default_factory=list)
    error: Failure | None = None
    watch: Watch | None = None
    trace: Trace | None = None
    ideal: float | None = None
    """The least seconds in which these items can be done on these workers."""
    median: Interval | None = None
    """Seconds of the metric: of wall time of one sample, or of one round trip, step, turn or worker."""
    hosts: list[HostRecord] = field(default_factory=list)
    side: str | None = None
    """The name of the side of a gate that it runs on; None where there are no sides."""
    peaks: list[Peak] = field(default_factory=list)
    """Of those blocks in which memory was looked at for a gate."""

    @property
    def metric(self) -> Metric:
        """What it is compared by."""
        return "wall" if self.experiment == "tasks" else "each"

    @property
    def label(self) -> str:
        """What its row is called: the id without the part."""
        return self.id.removeprefix(f"{self.part}/")


@dataclass(frozen=True, kw_only=True)
class Part:
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


Gated = Literal["wall", "each", "cpu", "memory"]
"""What a gate looks at: wall and CPU time of a sample, and the peak of memory; of two saved runs, also `each`."""


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
    """What a person calls it: `HEAD~1`, `the working tree`, a path."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a gate found of one figure of one case: the head as a multiple of the base."""

    case: str
    """The id of the case on the head's side."""
    metric: Gated
    base: Interval | None
    head: Interval | None
    """Seconds, or bytes; None where it could not be measured."""
    ratio: Interval | None
    verdict: Verdict
    """`slower` is a regression, and for memory means more of it."""
    margin: float
    """A change between 1/(1+margin) and 1+margin is none."""
    chance: float | None
    """The chance of so clear a change, or a clearer one, where there is none: over all looks, and before Holm's
    correction over the changes of the gate."""
    more_seconds: float | None = None
    """Undecided: about how much longer it would take."""
    note: str = ""
    """Why there is no figure, where there is none."""
    left_out: str = ""
    """Why the gate does not judge it, where it does not: it is `undecided` then, and nothing is wrong with that."""

    @property
    def open(self) -> bool:
        """Whether it was to be decided, could be measured, and is undecided."""
        return self.verdict == "undecided" and not self.note and not self.left_out

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
    """Of so many."""


AxisName = Literal["workers", "chunksize", "maxtasksperchild", "limit", "tasks", "task_time", "payload", "memory"]
"""A setting or a size that takes several values in one run: the field of `Settings` or of `Workload`."""


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

    part: str
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
    """A setting that would take less time, as a case's trace predicts."""

    case: str
    """The id of the case that it is for."""
    chunksize: int
    predicted: float
    """Seconds of wall time."""
    tried: str
    """The id of the case that was measured with it, beside one as it was."""


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """How a function is best run under an interpreter, of all that was tried there. Its figures are the cases'."""

    case: str
    """The id of the case that is recommended."""
    compared: list[str]
    """The ids of those that it was measured beside to the end: the best of another kind of workers, and `serial`."""
    equal: list[str]
    """The ids of those that are as fast, or could not be told from it; none of them has a simpler kind of workers."""


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
class Environment:
    """The machine and the interpreter of a run. None where the system does not tell."""

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


@dataclass(kw_only=True)
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
    parts: list[Part]
    cases: list[Case]
    comparisons: list[Comparison]
    claims: list[ClaimOutcome]
    warnings: list[str]
    crossings: list[Crossing] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    scalings: list[Scaling] = field(default_factory=list)
    """By two laws each, what was measured on several numbers of workers."""
    advice: list[Advice] = field(default_factory=list)
    """What was tried of what the traces advise."""
    sides: list[Side] = field(default_factory=list)
    """Of a gate: base and head."""
    changes: list[Change] = field(default_factory=list)
    recommendations: list[Recommendation] = field(default_factory=list)
    """Of advice on a function: one for each interpreter."""
    axes: list[AxisName] = field(default_factory=list)
    """What was asked for at several values; the tables of a suite may differ in others by themselves."""
