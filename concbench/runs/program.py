"""What a traced program in a run document must fulfil: tasks that can be read, and moments that follow each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from concbench.experiments.trace import NANO
from concbench.instruments.columns import UNKNOWN, Tasks, unpack
from concbench.model.program import Program, Region, Trial

CLOCK = 1e-6
"""Seconds by which two moments may seem to be in the wrong order, once they are rounded."""
SHORTEST = 1e-12
"""Seconds that anything takes at least."""
LARGEST = 2**62
"""Bytes or nanoseconds: sums of a few of these are still what others can hold."""
Problem = tuple[str, str]
"""The place in the document, and what is wrong there."""


def problems_of_trials(trials: Sequence[Trial]) -> Iterator[Problem]:
    """What is wrong with settings that were tried: each run needs one beside it, and has to take some time."""
    for at, trial in enumerate(trials):
        runs = (trial.before, trial.after, trial.program_before, trial.program_after)
        if len({len(each) for each in runs}) > 1:
            yield f"$.trials[{at}]", "there are not as many runs with the change as without"
        elif any(seconds < SHORTEST for each in runs for seconds in each):
            yield f"$.trials[{at}]", "a run took no time"


def problems(program: Program) -> Iterator[Problem]:
    """What is wrong with a program whose numbers are within their limits."""
    for at, region in enumerate(program.regions):
        place = f"$.program.regions[{at}]"
        if region.inside is not None and region.inside >= at:
            yield f"{place}.inside", f"{region.inside} is not an earlier region"
        phases = list(_phases(region, program.wall, place))
        yield from phases
        try:
            tasks = unpack(region.columns, region.tasks)
        except ValueError as error:
            yield f"{place}.columns", str(error)
            continue
        if region.items and len(region.items) != region.tasks:
            yield f"{place}.items", f"there are {len(region.items)}, and {region.tasks} tasks"
        if not phases and region.tasks:
            yield from ((f"{place}.columns", problem) for problem in _tasks(region, tasks))


def _phases(region: Region, wall: float, place: str) -> Iterator[Problem]:
    """Moments of a region that are not in the order in which they have to be."""
    moments = {"opened": region.opened, "ready": region.ready, "closing": region.closing, "closed": region.closed}
    known = [(name, at) for name, at in moments.items() if at is not None]
    before, since = known[0]
    for name, at in known[1:]:
        if at < since - CLOCK:
            yield f"{place}.{name}", f"{at} is before it was {before}, at {since}"
            return
        before, since = name, max(since, at)
    if region.closed > wall + CLOCK:
        yield f"{place}.closed", f"{region.closed} is after the program had ended, at {wall}"


def _tasks(region: Region, tasks: Tasks) -> Iterator[str]:
    """What can't be true of the tasks of a region."""
    opened, closed = round(region.opened / NANO), round(region.closed / NANO)
    if min(tasks.begin) < opened or max(tasks.end) > closed:
        yield "a task ran before the region was opened, or after it was closed"
    elif any(end < begin for begin, end in zip(tasks.begin, tasks.end, strict=True)):
        yield "a task ended before it began"
    elif any(after < before for before, after in pairwise(tasks.begin)):
        yield "the tasks are not in the order in which they began"
    elif min(tasks.submitted) < 0 or any(at > begin for at, begin in zip(tasks.submitted, tasks.begin, strict=True)):
        yield "a task was submitted before the program was started, or after the task began"
    elif max(tasks.received) > closed + CLOCK / NANO or any(
        at != UNKNOWN and at < end for at, end in zip(tasks.received, tasks.end, strict=True)
    ):
        yield "a result was received before its task had ended, or after the region was closed"
    elif not all(UNKNOWN <= min(column) <= max(column) <= LARGEST for column in _amounts(tasks)):
        yield "a CPU time or a number of bytes is negative or too large"
    elif not all(0 <= min(column) <= max(column) <= LARGEST for column in (tasks.moving, tasks.worker, tasks.chunk)):
        yield "the time to pickle, a worker or a chunk is negative or too large"
    elif _at_once(tasks) > region.lanes:
        yield f"more tasks ran at once than it has lanes, which are {region.lanes}"


def _amounts(tasks: Tasks) -> tuple[Sequence[int], ...]:
    return tasks.cpu, tasks.argument, tasks.result


def _at_once(tasks: Tasks) -> int:
    """The most tasks that were under way at the same time; one that begins as another ends is not beside it."""
    ends = sorted(tasks.end)
    most = ended = 0
    for begun, begin in enumerate(tasks.begin):
        while ends[ended] <= begin and ended < begun:
            ended += 1
        most = max(most, begun + 1 - ended)
    return most
