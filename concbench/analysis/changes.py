"""What changed between two runs that were measured at different times, and whether a change of CPU time matters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import exp, fsum, log
from statistics import fmean, median
from typing import Literal

from concbench.analysis.axes import is_timed
from concbench.analysis.figures import SHARES, changed, figures, level, log_margin
from concbench.model.result import Interval, Result
from concbench.model.run import Change, Gated, Run
from concbench.stats.intervals import FEWEST_BLOCKS
from concbench.stats.sequential import CONFIDENCE, Key, gated_verdict, holm
from concbench.stats.two_samples import Difference, by_block, difference
from concbench.stats.verdicts import CLEAR, clearly_apart

BETWEEN_RUNS = 0.10
"""What a margin is widened by between two runs, as opposed to two sides of one. An interval covers how the blocks of a
run differ, and nothing of what differs between runs as a whole: temperature, neighbours, another machine of the same
kind. docs/figures/measured.md shows what identical code differed by here."""
METRICS: tuple[Gated, ...] = ("wall", "cpu", "memory", *SHARES)
"""Of tasks and commands; other experiments have `each` instead of `wall`."""
UNTIMED: frozenset[Gated] = frozenset({"memory", *SHARES})
"""What a machine that is slower as a whole does not change."""
NO_TASKS = "no pool, executor, thread or coroutine that runs tasks was seen in it"
SHOWN = 3
"""Cases that a warning names."""
LEAST_CPU_SHARE = 0.05
"""The share of wall time below which CPU time is not gated: twice as much would be within the usual margin of wall
time."""
WEIGHED = 0.5
"""The share of wall time below which a margin of CPU time is taken of that much wall time, and not of the CPU time."""
UNKNOWN = "unknown"
"""What a file does not say of the machine."""
BLOCKS = 3
"""The blocks after which the share is determined, before the gate's first look."""

Results = Mapping[str, Result]
"""The results of a run by the id of their case."""


def compared_runs(
    base: Run, head: Run, margins: Mapping[Key, float], reference: str | None, false_alarms: float
) -> list[Change]:
    """The changes from one run to another, of the figures in `margins` that both have.

    With a `reference`, the id of a case in both runs, times are taken as multiples of that case's: a machine that is
    slower as a whole is then no change. Memory and shares are compared as they are.
    """
    before, after = _by_id(base), _by_id(head)
    differences: dict[Key, Difference | None] = {}
    for name, metric in margins:
        if name in before and name in after:
            beside = reference if metric not in UNTIMED else None
            blocks = (_log_blocks(run[name], metric, run.get(beside or "")) for run in (before, after))
            differences[Key(name, metric)] = difference(*blocks)
    known = {key: found.chance_of_slower() for key, found in differences.items() if found is not None}
    slower = dict(zip(known, holm(list(known.values()), false_alarms), strict=True))
    faster = dict(zip(known, holm([1 - chance for chance in known.values()], false_alarms), strict=True))
    changes = []
    for key, found in differences.items():
        (name, metric), margin = key, margins[key]
        was, now = before[name], after[name]
        ratio = None if found is None else found.interval(CONFIDENCE)
        sure = {"slower": slower.get(key, False), "faster": faster.get(key, False)}
        change = Change(
            case=name,
            metric=metric,
            base=level(was, metric),
            head=level(now, metric),
            ratio=ratio,
            verdict="undecided" if ratio is None else gated_verdict(ratio, log_margin(metric, margin), **sure),
            margin=margin,
            chance=known.get(key),
            note=missing(was, now, metric),
        )
        changes.append(changed(change))
    return changes


def missing(base: Result, head: Result, metric: Gated) -> str:
    """Why a figure could not be had, or nothing."""
    sides = (("base", base), ("head", head))
    for side, result in sides:
        if result.failure is not None:
            return f"{side}: {result.failure.message}"
    for side, result in sides if metric in SHARES else ():
        if result.shares and level(result, metric) is None:
            return f"{side}: {NO_TASKS}"
    if level(base, metric) is None or level(head, metric) is None:
        return "not measured" if metric != "cpu" else "this system does not report CPU time"
    return ""


def comparable(base: Run, head: Run) -> dict[Key, float]:
    """The figures that two runs share, each with the margin between two runs."""
    before = _by_id(base)
    return {
        Key(result.case.id, metric): BETWEEN_RUNS
        for result in head.results
        if result.case.id in before
        for metric in (_timed(result), *METRICS[1:])
        if figures(result, metric) and figures(before[result.case.id], metric)
    }


def compared_files(base: Run, head: Run, reference: str | None, false_alarms: float) -> list[Change]:
    """What changed between two saved runs, or two files of another tool; then what only the head has, and the base.

    As `compared_runs`; but where a side has fewer than three blocks there is no interval, and only what nearly every
    sample agrees on is a change, as `clearly_apart` has it. A case that failed on one side is a change with a note.
    """
    before, after = _by_id(base), _by_id(head)
    margins = comparable(base, head)
    failed = [
        Key(name, _timed(result))
        for name, result in after.items()
        if name in before and (result.failure is None) != (before[name].failure is None)
    ]
    changes = compared_runs(base, head, margins | dict.fromkeys(failed, BETWEEN_RUNS), reference, false_alarms)
    return [
        *(
            change if change.note or _has_interval(change) else _of_few(change, before, after, reference)
            for change in changes
        ),
        *(_only("head", result) for name, result in after.items() if name not in before and result.samples),
        *(_only("base", result) for name, result in before.items() if name not in after and result.samples),
    ]


def against_baseline(
    baseline: Run, run: Run, margins: Mapping[Key, float], reference: str, false_alarms: float
) -> list[Change]:
    """A gate's changes from a run that was recorded before.

    `margins` are those between two sides of one run; here they are widened by `BETWEEN_RUNS`. CPU time that is a small
    part of wall time gets a larger margin, or is left out.
    """
    widened = {key: margin + BETWEEN_RUNS for key, margin in margins.items()}
    left_out: dict[Key, str] = {}
    before, after = _by_id(baseline), _by_id(run)
    for key in margins:
        name, metric = key
        if metric != "cpu" or Key(name, "wall") not in margins or name not in before or name not in after:
            continue
        share = cpu_share(before[name], after[name])
        margin = None if share is None else cpu_margin(widened[key], share)
        if margin is not None:
            widened[key] = margin
        elif share is not None:
            left_out[key] = too_little(share)
    return [
        change
        if change.note or Key(change.case, change.metric) not in left_out
        else replace(change, verdict="undecided", left_out=left_out[Key(change.case, change.metric)])
        for change in compared_runs(baseline, run, widened, reference, false_alarms)
    ]


def differing(base: Run, head: Run) -> Iterator[str]:
    """A warning for everything except the code that differs between two runs, and for cases that only one has."""
    yield from surroundings(base, head)
    before, after = _by_id(base), _by_id(head)
    for what, has, lacks in (("base", before, after), ("head", after, before)):
        only = [name for name in has if name not in lacks]
        if only:
            yield f"only the {what} has {some(only)}"


def surroundings(base: Run, head: Run) -> Iterator[str]:
    """A warning for everything except the code that differs between what two runs have in common."""
    for word, was, now in (
        ("machine", base.environment.cpu_model, head.environment.cpu_model),
        ("number of usable cores", base.environment.usable_cores, head.environment.usable_cores),
        ("Python version", base.environment.python, head.environment.python),
        ("operating system", base.environment.os, head.environment.os),
        ("concbench version", base.concbench, head.concbench),
    ):
        if was != now:
            yield f"the {word} differs: {was or UNKNOWN} in the base, {now or UNKNOWN} in the head"
    before, after = _by_id(base), _by_id(head)
    unlike = [name for name in after if name in before and _way(before[name]) != _way(after[name])]
    if unlike:
        yield f"the settings or sizes of {some(unlike)} differ, so they did not do the same work"


def some(names: Sequence[str]) -> str:
    """The first names, and the number of the others.

    >>> some(["a", "b"]), some(["a", "b", "c", "d", "e"])
    ('a, b', 'a, b, c and 2 more')
    """
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def cpu_share(base: Result, head: Result) -> float | None:
    """CPU time as a share of wall time, each summed over the samples of both sides; None if unknown.

    Of both sides together, so that what is gated does not depend on which of them takes longer: that would spend error
    rate that is not accounted for.
    """
    samples = [sample for sample in (*base.samples, *head.samples) if sample.cpu is not None]
    if not samples:
        return None
    return fsum(sample.cpu or 0.0 for sample in samples) / fsum(sample.wall for sample in samples)


def cpu_margin(margin: float, share: float) -> float | None:
    """The margin of a CPU time that is this share of wall time; None where it is too small to gate.

    >>> cpu_margin(0.03, 1.0), cpu_margin(0.03, 0.1), cpu_margin(0.03, 0.02)
    (0.03, 0.15, None)
    """
    if share < LEAST_CPU_SHARE:
        return None
    return margin * max(1.0, WEIGHED / share)


def too_little(share: float) -> str:
    """Why CPU time is not gated.

    >>> too_little(0.021)
    'CPU time is 2% of wall time here: too little to gate'
    """
    return f"CPU time is {100 * share:.1g}% of wall time here: too little to gate"


def _timed(result: Result) -> Gated:
    """The metric of a case's times."""
    return "wall" if result.case.metric == "wall" else "each"


def _only(side: Literal["base", "head"], result: Result) -> Change:
    """The change of a case that one side alone has: none, but for what it takes there."""
    metric = _timed(result)
    found = level(result, metric)
    return Change(
        case=result.case.id,
        metric=metric,
        base=found if side == "base" else None,
        head=found if side == "head" else None,
        ratio=None,
        verdict="undecided",
        margin=BETWEEN_RUNS,
        chance=None,
        only=side,
    )


def _has_interval(change: Change) -> bool:
    return change.found is not None and change.found.blocks >= FEWEST_BLOCKS


def _of_few(change: Change, base: Results, head: Results, reference: str | None) -> Change:
    """A change where a side has fewer than three blocks, which can't show how blocks differ: without an interval."""
    name, metric = change.case, change.metric
    if metric in SHARES:  # there is one a block, and none could be twice as much
        return change
    middles, samples, sizes = list[float](), list[list[float]](), list[int]()
    for run in (base, head):
        blocks = _log_blocks(run[name], metric, run.get(reference or "") if metric not in UNTIMED else None)
        if not blocks:
            return change
        own = figures(run[name], metric)
        middles.append(fmean(blocks))
        shift = middles[-1] - fmean(_log_blocks(run[name], metric, None))
        samples.append([exp(log(value) + shift) for value in own.values()])
        sizes.append(len(blocks))
    ratio = exp(middles[1] - middles[0])
    return replace(
        change,
        ratio=Interval(estimate=ratio, low=None, high=None, confidence=CONFIDENCE, blocks=min(sizes)),
        verdict=clearly_apart(*samples) or "undecided",
        margin=CLEAR - 1,
        chance=None,
    )


def _by_id(run: Run) -> Results:
    return {result.case.id: result for result in run.results}


def _log_blocks(result: Result, metric: Gated, reference: Result | None) -> list[float]:
    """One logarithm a block: of the metric, or of its ratio to the reference's in the same block."""
    own = by_block(figures(result, metric))
    if reference is None:
        return [log(median(found)) for found in own.values()]
    beside = by_block(figures(reference, "cpu" if metric == "cpu" else "wall"))
    return [fmean(map(log, found)) - fmean(map(log, beside[at])) for at, found in own.items() if at in beside]


def _way(result: Result) -> tuple[object, ...]:
    """What makes two cases of one name the same work, done in the same way.

    Not the seed, nor the loops that a machine needs for a time; and not the time where it was found by timing.
    """
    work = result.case.workload
    length = None if is_timed(work) else work.task_time
    return result.case.settings, work.name, work.tasks, length, work.payload, work.memory
