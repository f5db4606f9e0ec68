"""Is this machine fit to measure: what is read of it, what others did meanwhile, and the noise of identical cases."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import exp, log, sqrt
from statistics import fmean, median, stdev
from sys import float_info

from concbench.measure.blocks import measure
from concbench.measure.environment import usable_cores
from concbench.measure.fitness import Machine, read_machine
from concbench.measure.fitness_activity import Activity, activity_between, read_counters
from concbench.measure.interpreters import Interpreter, own_interpreter
from concbench.measure.plan import Launch, Listener, Now, Plan, Tally
from concbench.model import Case, Failure, Interval, Sample, Settings, Workload
from concbench.stats.intervals import block_log_ratios, ratio_interval, scatter
from concbench.stats.student import t_quantile

SUBJECTS = ("serial", "pool-map")
TASKS, TASK_TIME = 20, 0.001
"""A sample of about 25 ms, as short as anybody compares: so there are enough of them in five seconds."""
BUDGET = 5.0
"""Seconds that identical cases are measured for."""
BLOCKS = 8
TIMEOUT = 4.0
"""Seconds for one sample of 25 ms: a machine that needs more is not fit, and nobody wants to wait for it."""
QUIET = 1.0
"""Seconds that others are listened to for, where nothing is measured."""
SEARCH = 15.0
"""Seconds in which the difference shall be found that a machine is judged by."""
ERROR, POWER = 0.005, 0.95
"""How often a difference may be found that is none, and how often one shall be found that is there."""
CONFIDENCE = 1 - 2 * ERROR
_LARGEST_LOG = log(float_info.max)


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How much two identical cases differ that were measured side by side."""

    subject: str
    python: str
    """The name of the interpreter, empty where none was asked for."""
    scatter: float | None
    """Relative standard deviation of single samples within a block; None where no block has two of a case."""
    hosts: float | None
    """About how much hosts differ, and the machine from one moment to another if that lasts for several samples:
    relative standard deviation of a host's mean, beyond what single samples explain; None with one block, and where
    `scatter` is None."""
    between: float | None
    """Standard deviation between blocks of the log ratio of the two; None with one block."""
    ratio: Interval
    """Of the two, which in truth is 1."""
    speeds: float | None
    """By how much the CPU time of the same work varies: of the slowest tenth of samples, relative to the fastest;
    None where the system can't tell."""
    rounds: float
    """In a block, on average."""
    seconds_a_block: float
    findable: float | None
    """The smallest ratio of two cases that can be found in `SEARCH` seconds; None with one block."""

    @property
    def label(self) -> str:
        """What it is of: the subject, and the interpreter where one was asked for."""
        return f"{self.subject} {self.python}".rstrip()


@dataclass(kw_only=True)
class Examination:
    """What was found out about a machine."""

    started: str
    """ISO 8601, UTC."""
    machine: Machine
    interpreters: list[Interpreter]
    """Those that were asked for, or the one that concbench runs on."""
    activity: Activity
    """While noise was measured; or, where it was not, in one quiet second."""
    asked: bool
    """Whether noise was to be measured."""
    noise: list[Noise] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    """Why noise could not be measured; each reason once."""


def examine(
    noise: bool, listen: Listener, cases: Sequence[Case] | None = None, interpreters: Sequence[Interpreter] = ()
) -> Examination:
    """Read the machine, and measure the noise of `cases`, or listen to others for a second where `noise` is False.

    Takes about 6 s, or 1 s, and 5 s more for each of `interpreters` after the first; without any, cases are measured
    under concbench's own. Never raises of itself; when it is interrupted, no process that it started is left.

    >>> examine(noise=False, listen=lambda now: None).noise
    []
    """
    started = datetime.now(UTC).isoformat(timespec="seconds")
    machine = read_machine()
    before = read_counters()
    measured: list[Case] = []
    seconds_a_block = 0.0
    if noise:
        measured = list(cases) if cases is not None else identical_cases(interpreters)
        seconds_a_block = measure_noise(measured, listen, interpreters)
    else:
        listen(Now(doing="listening to others", case=None, block=0, blocks=1, left=QUIET, unit="second"))
        time.sleep(QUIET)
    failures = {case.error.message: case.error for case in measured if case.error is not None}
    return Examination(
        started=started,
        machine=machine,
        interpreters=list(interpreters) or [own_interpreter()],
        activity=activity_between(before, read_counters()),
        asked=noise,
        noise=noises(measured, seconds_a_block),
        failures=list(failures.values()),
    )


def identical_cases(interpreters: Sequence[Interpreter] = (), subjects: Sequence[str] = SUBJECTS) -> list[Case]:
    """Return two cases for every subject, under every interpreter, that differ in nothing but their ids.

    >>> [case.id for case in identical_cases(subjects=["serial"])]
    ['noise/serial', 'noise/serial again']
    """
    workload = Workload(name="cpu", tasks=TASKS, task_time=TASK_TIME)
    sides: list[str | None] = [each.name for each in interpreters] if interpreters else [None]
    return [
        Case(
            id=f"noise/{' '.join(filter(None, (subject, side, again)))}",
            part="noise",
            subject=subject,
            workload=workload,
            settings=Settings() if subject == "serial" else Settings(workers=usable_cores()),
            side=side,
        )
        for side in sides
        for subject in subjects
        for again in ("", "again")
    ]


def measure_noise(cases: list[Case], listen: Listener, interpreters: Sequence[Interpreter] = ()) -> float:
    """Measure the cases as every command does, for `BUDGET` seconds an interpreter; returns those that a block took."""
    many = max(1, len(interpreters))
    plan = Plan(
        blocks=BLOCKS,
        fewest_blocks=2,
        budget=BUDGET * many,
        timeout=TIMEOUT,
        watched=0.0,
        seed=random.SystemRandom().randrange(2**31),
        launches={each.name: Launch(python=each.python) for each in interpreters},
    )
    tally = Tally()
    began: float | None = None

    def hear(now: Now) -> None:
        nonlocal began
        if began is None and tally.blocks:  # and so calibration, which a run does once, does not count
            began = time.perf_counter()
        listen(now)

    measure(cases, plan, tally, hear)
    return 0.0 if began is None else (time.perf_counter() - began) / tally.blocks / many


def noises(cases: Sequence[Case], seconds_a_block: float) -> list[Noise]:
    """Return the noise of every subject, under every interpreter, whose two cases were both measured."""
    pairs: dict[tuple[str | None, str], list[Case]] = defaultdict(list)
    for case in cases:
        if case.samples:
            pairs[case.side, case.subject].append(case)
    found = (noise_of(pair[0], pair[1], seconds_a_block) for pair in pairs.values() if len(pair) == 2)
    return [noise for noise in found if noise is not None]


def noise_of(case: Case, again: Case, seconds_a_block: float) -> Noise | None:
    """Return how much two identical cases differ; None where no round holds a sample of both.

    The mean log ratio of a block of r rounds has the variance 2·h² + v/r, with h the relative standard deviation
    between hosts, and v the variance of single log ratios within blocks. So h comes by subtraction, and is 0 where
    single samples explain all. The plain variance is meant here, strays and all, since a block's mean has them, too.
    """
    logs = block_log_ratios(again.samples, case.samples)
    ratio = ratio_interval(again.samples, case.samples, CONFIDENCE)
    if ratio is None:
        return None
    rounds = len(case.samples) / len(logs)
    between = stdev(logs) if len(logs) > 1 else None
    within = variance_within(case.samples, again.samples)
    hosts = None
    if within is not None and between is not None:
        hosts = sqrt(max((between**2 - within / rounds) / 2, 0.0))
    return Noise(
        subject=case.subject,
        python=case.side or "",
        scatter=None if within is None else fmean([scatter(case.samples), scatter(again.samples)]),
        hosts=hosts,
        between=between,
        ratio=ratio,
        speeds=speeds([*case.samples, *again.samples]),
        rounds=rounds,
        seconds_a_block=seconds_a_block,
        findable=None if between is None else findable(between, seconds_a_block),
    )


def variance_within(samples: Sequence[Sample], others: Sequence[Sample]) -> float | None:
    """Return the variance of the log ratios of single pairs about their block's mean; None where no block has two."""
    walls = {(sample.block, sample.round): sample.wall for sample in samples}
    blocks: dict[int, list[float]] = defaultdict(list)
    for other in others:
        if (other.block, other.round) in walls:
            blocks[other.block].append(log(other.wall) - log(walls[other.block, other.round]))
    degrees = sum(len(logs) - 1 for logs in blocks.values())
    if not degrees:
        return None
    return sum((value - fmean(logs)) ** 2 for logs in blocks.values() for value in logs) / degrees


def speeds(samples: Sequence[Sample]) -> float | None:
    """Return the CPU time of the slowest tenth of samples, relative to that of the fastest tenth.

    All do the same work, and nobody else's work counts: where CPU time varies, the cores vary in speed. None where the
    system tells too few times.

    >>> def sample(cpu):
    ...     return Sample(block=0, round=0, start=0.0, run=1.0, stop=0.0, wall=1.0, cpu=cpu)
    >>> speeds([sample(0.01), sample(0.01), sample(0.02), sample(0.02)])
    2.0
    """
    times = sorted(sample.cpu for sample in samples if sample.cpu)
    if len(times) < 2:
        return None
    tenth = max(1, len(times) // 10)
    return median(times[-tenth:]) / median(times[:tenth])


def findable(between: float, seconds_a_block: float, seconds: float = SEARCH) -> float | None:
    """Return the smallest ratio of two cases that can be found in so many seconds.

    To be found, the interval over n blocks must lie above 1; it does so in `POWER` of all runs, and in `ERROR` of them
    where there is no difference, if the ratio is at least

        exp((t(1 - ERROR, n - 1) + t(POWER, n - 1)) · s / √n)

    where s is the standard deviation between blocks of the log ratio, t(p, f) the quantile of Student's t for f degrees
    of freedom, and n the number of blocks that fit into the time. As s is estimated from the few blocks that were
    measured, so is this: its relative standard error from m blocks is about 1/√(2(m - 1)), a quarter for 8. The sum of
    two quantiles is the usual approximation: by the noncentral t, the power is 0.945 with 20 blocks, 0.94 with 12, and
    0.90 with 5. None where fewer than two blocks fit into the time.

    >>> round(findable(between=0.02, seconds_a_block=0.6), 4)
    1.0182
    >>> findable(between=0.02, seconds_a_block=10) is None
    True
    """
    blocks = int(seconds / seconds_a_block) if seconds_a_block > 0 else 0
    if blocks < 2:
        return None
    distance = (t_quantile(1 - ERROR, blocks - 1) + t_quantile(POWER, blocks - 1)) * between / sqrt(blocks)
    return exp(min(distance, _LARGEST_LOG))
