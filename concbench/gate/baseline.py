"""Comparing two runs that were measured at different times: what `diff` and `check --baseline` say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import log
from statistics import fmean, median

from concbench.gate.casting import REFERENCE
from concbench.gate.configuration import METRICS
from concbench.gate.cpu_share import cpu_margin, cpu_share, too_little
from concbench.model import Case, Change, Gated, Run
from concbench.registry import UnknownName
from concbench.stats.changes import by_block, level, values
from concbench.stats.gate import CONFIDENCE, Key, gated_verdict
from concbench.stats.holm import holm
from concbench.stats.unpaired import Difference, difference
from concbench.workloads.named import is_function, kind_called

BETWEEN_RUNS = 0.10
"""What a margin is widened by where two runs are compared, and not two sides of one. An interval knows how blocks of
one run differ, and nothing of what differs between two runs as a whole: temperature, neighbours, another machine of the
same kind. docs/figures.md has what identical code differed by here."""
SHOWN = 3
"""Cases that a warning names."""


def compared_runs(
    base: Run, head: Run, margins: Mapping[tuple[str, Gated], float], reference: str | None, false_alarms: float
) -> list[Change]:
    """Return the changes from one run to another, of the cases that both have.

    Times are taken as multiples of the `reference`, a case that both runs hold, where one is given: a machine that is
    slower as a whole is then no change. Memory is compared as it is. `margins` has the figures that are wanted.
    """
    before = {case.id: case for case in base.cases}
    after = {case.id: case for case in head.cases}
    differences: dict[tuple[str, Gated], Difference | None] = {}
    for name, metric in margins:
        if name in before and name in after:
            measures = (
                blocks_of(run[name], metric, run.get(reference or ""), metric != "memory") for run in (before, after)
            )
            differences[name, metric] = difference(*measures)
    known = {key: found for key, found in differences.items() if found is not None}
    slower = dict(zip(known, holm([found.chance_of_slower() for found in known.values()], false_alarms), strict=True))
    faster = dict(
        zip(known, holm([1 - found.chance_of_slower() for found in known.values()], false_alarms), strict=True)
    )
    return [
        change_of(
            before[name],
            after[name],
            metric,
            margins[name, metric],
            found,
            (slower.get((name, metric), False), faster.get((name, metric), False)),
        )
        for (name, metric), found in differences.items()
    ]


def change_of(
    base: Case, head: Case, metric: Gated, margin: float, found: Difference | None, sure: tuple[bool, bool]
) -> Change:
    """Return one change; `sure` says whether it is surely slower, and whether it is surely faster."""
    ratio = None if found is None else found.interval(CONFIDENCE)
    verdict = "undecided" if ratio is None else gated_verdict(ratio, margin, slower=sure[0], faster=sure[1])
    return Change(
        case=head.id,
        metric=metric,
        base=level(base, metric),
        head=level(head, metric),
        ratio=ratio,
        verdict=verdict,
        margin=margin,
        chance=None if found is None else found.chance_of_slower(),
        note=next(
            (f"{side}: {case.error.message}" for side, case in (("base", base), ("head", head)) if case.error), ""
        ),
    )


def blocks_of(case: Case, metric: Gated, reference: Case | None, relative: bool) -> list[float]:
    """Return one logarithm a block: of the metric itself, or of its ratio to the reference's of the same block."""
    own = by_block(case, metric)
    if reference is None or not relative:
        return [log(median(found)) for found in own.values()]
    beside = by_block(reference, "cpu" if metric == "cpu" else "wall")
    return [fmean(map(log, found)) - fmean(map(log, beside[at])) for at, found in own.items() if at in beside]


def comparable(base: Run, head: Run) -> dict[tuple[str, Gated], float]:
    """Return the figures that two runs share, each with the margin for two runs."""
    before = {case.id: case for case in base.cases}
    margins: dict[tuple[str, Gated], float] = {}
    for case in head.cases:
        if case.id not in before:
            continue
        times: tuple[Gated, ...] = METRICS if case.experiment == "tasks" else ("each", "cpu", "memory")
        for metric in times:
            if values(case, metric) and values(before[case.id], metric):
                margins[case.id, metric] = BETWEEN_RUNS
    return margins


class NoBaseline(Exception):
    """A run that nothing can be compared with; the text says why, and what to do."""


def check_baseline(baseline: Run, wanted: Mapping[Key, float]) -> None:
    """Raise NoBaseline where a recorded run has no reference cell, or lacks a case."""
    measured = {case.id for case in baseline.cases if case.samples}
    if REFERENCE not in measured:
        raise NoBaseline("it holds no figures of the reference cell: record one with concbench check --record FILE")
    missing = sorted({key.case for key in wanted} - {case.id for case in baseline.cases})
    if missing:
        raise NoBaseline(f"it holds no case {some(missing)}: record it anew with concbench check --record FILE")


def against_baseline(baseline: Run, run: Run, wanted: Mapping[Key, float], false_alarms: float) -> list[Change]:
    """Return what a gate says of its figures, compared with those of a run that was recorded before.

    `wanted` has the margins for two sides of one run, which are widened by `BETWEEN_RUNS`.
    """
    margins: dict[tuple[str, Gated], float] = {
        (key.case, metric): margin + BETWEEN_RUNS
        for key, margin in wanted.items()
        for metric in METRICS
        if metric == key.metric
    }
    left_out: dict[tuple[str, Gated], str] = {}
    before, after = ({case.id: case for case in each.cases} for each in (baseline, run))
    for name, metric in list(margins):
        if metric != "cpu" or (name, "wall") not in margins or name not in before or name not in after:
            continue
        share = cpu_share(before[name], after[name])
        margin = None if share is None else cpu_margin(margins[name, metric], share)
        if margin is not None:
            margins[name, metric] = margin
        elif share is not None:
            left_out[name, metric] = too_little(share)
    changes = compared_runs(baseline, run, margins, REFERENCE, false_alarms)
    return [
        replace(change, verdict="undecided", left_out=left_out[change.case, change.metric])
        if not change.note and (change.case, change.metric) in left_out
        else change
        for change in changes
    ]


def differing(base: Run, head: Run) -> Iterator[str]:
    """Yield a warning for everything but the code that differs between two runs."""
    for word, was, now in (
        ("machine", base.environment.cpu_model, head.environment.cpu_model),
        ("usable cores", base.environment.usable_cores, head.environment.usable_cores),
        ("Python", base.environment.python, head.environment.python),
        ("operating system", base.environment.os, head.environment.os),
        ("concbench", base.concbench, head.concbench),
    ):
        if was != now:
            yield f"the {word} differs: {was} in the base, {now} in the head"
    before = {case.id: case for case in base.cases}
    after = {case.id: case for case in head.cases}
    unlike = [name for name, case in after.items() if name in before and not is_alike(before[name], case)]
    if unlike:
        yield f"the settings of {some(unlike)} differ: what is compared there is not the same work"
    for what, has, lacks in (("base", before, after), ("head", after, before)):
        only = [name for name in has if name not in lacks]
        if only:
            yield f"only the {what} has {some(only)}"


def some(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are.

    >>> some(["a", "b"]), some(["a", "b", "c", "d", "e"])
    ('a, b', 'a, b, c and 2 more')
    """
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def is_alike(base: Case, head: Case) -> bool:
    """Say whether two cases of the same name do the same work in the same way."""
    return (base.settings, sizes(base)) == (head.settings, sizes(head))


def sizes(case: Case) -> tuple[object, ...]:
    """Return what makes a workload the same work: not its seed, and not how many loops a machine needs for a time."""
    workload = case.workload
    try:
        # Else its time was found, and differs from run to run.
        asked = not kind_called(workload.name).measured and not is_function(workload.name)
    except UnknownName:
        asked = True  # as the workloads of experiments other than tasks
    return workload.name, workload.tasks, workload.task_time if asked else None, workload.payload, workload.memory
