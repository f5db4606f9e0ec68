"""What fits into the time that was promised: how many of the tasks, and which cases side by side.

The rule, which docs/measurement.md states for those who read the output: where three blocks of everything don't fit,

1. there are fewer tasks, down to half of them;
2. strategies that differ little from another one are left out, but for those that were asked for by name;
3. so is what takes more than ten times as long as the reference, the longest first, until half of the tasks fit;
4. there are fewer tasks still, down to one for each worker, and four at least;
5. of an option with many values every second one is left out, but for the first and the last;
6. whole tables are left out, the longest first, and at last single cases.

Each step is taken only where those before it were not enough. The estimates come from the warm-up of the first block.
Where even starting a host for every case would take too long, steps 2, 5 and 6 are taken before, by number alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from math import ceil

from concbench.model import Case, Workload
from concbench.strategies.strategy import strategies
from concbench.workloads.named import is_function, kind_called

KEPT = 0.5
"""Of the tasks: before fewer are run, cases that say little are left out."""
HOPELESS = 10.0
"""Times the reference: what takes longer is on no short list."""
FEWEST_TASKS = 4
FEWEST_CASES = 2
"""Of one there is nothing to compare."""
MOST_NAMES = 5
"""That a sentence has of what is left out."""
STEP = 0.93
"""From one number of tasks that is tried to the next."""
SURE = 0.02
"""Seconds beyond what the tasks themselves take, from which a warm-up tells what one more task costs; in less time
there is mostly what every run of a strategy costs once."""
SLOW_TO_OPEN = 0.02
"""Seconds: a first run that takes as long to start and stop has probably imported something, and is repeated."""
WORTH_A_REHEARSAL = 0.02
"""Seconds: a case that is estimated to take less is no reason to leave anything out."""
LONGEST_REHEARSAL = 0.25
GROWTH = 8
"""Times as many tasks from one rehearsal to the next."""
LOOKING = 0.02
"""Seconds that a look takes beside the samples that it looks at: reading memory, or what recording costs."""
TRACED = 3, 5.0
"""Samples that a trace takes of what is short, and how many times its time it may take for them; see
`concbench.experiments.tracing`."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What some of a case's tasks took in a warm-up, in seconds by phase."""

    count: int
    """Tasks that were run."""
    start: float
    run: float
    stop: float
    cold: bool = False
    """Whether it was the first run in its host."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """The time that there is."""

    seconds: float
    """Left for everything that is still to come."""
    blocks: int
    """That are measured at least; the hosts of the first one are open."""
    opening: float
    """Seconds that starting and ending the hosts of a block takes."""
    watched: float
    traced: float | None
    cores: int


@dataclass(frozen=True, kw_only=True)
class Spare:
    """What may be left out, by the ids of cases: nothing that a person asked for by name, and no reference."""

    any: frozenset[str] = frozenset()
    variants: frozenset[str] = frozenset()
    """Those of them that differ little from another case that stays."""
    thinned: tuple[frozenset[str], ...] = ()
    """Those of every second value of an option, one step after the other: they were named, but not each by itself."""
    references: frozenset[str] = frozenset()
    tasks: bool = True
    """Whether there may be fewer tasks: not where the number of tasks is what is compared."""
    tolerance: float = 1.0
    """How many times the time that is left everything may be estimated to take, and be measured all the same."""


@dataclass(frozen=True)
class Load:
    """A case, what its tasks are estimated to take, and how few of them there may be."""

    case: Case
    estimate: Estimate
    fewest: int

    def sample(self, share: float, cores: int) -> float:
        """Return about how many seconds one sample takes with a share of the tasks."""
        return seconds_of(self.case, self.estimate, cut(self.case.workload, share, self.fewest).tasks, cores)


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What is measured of what was asked for."""

    share: float = 1.0
    """Of the tasks."""
    left_out: frozenset[str] = frozenset()
    """The ids of cases."""
    fits: bool = True
    """Whether that fits; where it does not, nothing more can be left out."""

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self.share == 1.0 and not self.left_out


def loads_of(cases: Sequence[Case], estimates: Mapping[str, Estimate]) -> list[Load]:
    """Return the load of every case. It keeps a task for each worker of any case in its table, and four at least."""
    most: dict[str, int] = {}
    for case in cases:
        most[case.part] = max(most.get(case.part, FEWEST_TASKS), case.settings.workers or 1)
    return [Load(case, estimates[case.id], min(most[case.part], case.workload.tasks)) for case in cases]


def seconds_of(case: Case, estimate: Estimate, tasks: int, cores: int) -> float:
    """Return about how many seconds a sample of a case takes with this number of tasks.

    The tasks themselves take what `least_seconds` says; what a warm-up took beyond that grows with their number, as
    dispatch does, or taking turns with one GIL.
    """
    if case.experiment != "tasks":
        return estimate.start + estimate.stop + estimate.run * tasks / estimate.count
    beyond = max(0.0, estimate.run - least_seconds(case, estimate.count, cores))
    return estimate.start + estimate.stop + least_seconds(case, tasks, cores) + beyond * tasks / estimate.count


def least_seconds(case: Case, tasks: int, cores: int) -> float:
    """Return the seconds that some tasks take on a case's workers where nothing else costs anything."""
    workload = case.workload
    busy = workload.busy if workload.busy is not None else kind_called(workload.name).busy
    lanes = strategies.get(case.subject).lanes(case.settings, tasks)
    each = workload.task_time
    return max(each, tasks * each / lanes, tasks * each * busy / min(lanes, cores))


def cut(workload: Workload, share: float, fewest: int) -> Workload:
    """Return a workload with about such a share of its tasks, and no fewer than `fewest`.

    Of a person's own function every second item is left out, or two of three, and so on, so that the rest is spread
    evenly.

    >>> cut(Workload(name="sleep", tasks=100), 0.24, 4).tasks
    24
    >>> third = cut(Workload(name="mine:task", tasks=9, every=2), 0.3, 2)
    >>> third.tasks, third.every
    (3, 6)
    """
    if not is_function(workload.name):
        return replace(workload, tasks=max(fewest, round(workload.tasks * share)))
    step = max(1, min(int(1 / share + 1e-9), workload.tasks // fewest))
    return replace(workload, tasks=ceil(workload.tasks / step), every=workload.every * step)


def needed(loads: Sequence[Load], share: float, room: Room, opened: int) -> float:
    """Return about how many seconds the fewest blocks of some cases take with a share of the tasks, looks included.

    `opened` is how many cases the hosts of the first block were for, whose opening took `room.opening`.
    """
    each = [load.sample(share, room.cores) for load in loads]
    hosts = (room.blocks - 1) * room.opening * len(loads) / max(1, opened)
    looks = sum(looking(load.case, seconds, room) for load, seconds in zip(loads, each, strict=True))
    return room.blocks * sum(each) + looks + hosts


def looking(case: Case, sample: float, room: Room) -> float:
    """Return about how many seconds the watch and the trace of a case take whose sample takes `sample` seconds."""
    watched = LOOKING + max(room.watched, sample)
    if room.traced is None or case.experiment != "tasks":
        return watched
    samples, stretched = TRACED
    traced = min(samples, 1 + int(stretched * room.traced / sample)) if sample > 0 else samples
    return watched + LOOKING + max(traced * sample, room.traced)


def shares(loads: Sequence[Load]) -> Iterator[float]:
    """Yield the shares of the tasks that are tried, from all of them down to where there can't be fewer."""
    for power in count():
        share = STEP**power
        yield share
        if all(
            cut(load.case.workload, share / 2, load.fewest) == cut(load.case.workload, share, load.fewest)
            for load in loads
        ):
            return


def fit(cases: Sequence[Case], estimates: Mapping[str, Estimate], room: Room, spare: Spare) -> Fit:
    """Return what fits of some cases, of which every one has an estimate, by the rule that this module states."""
    loads = loads_of(cases, estimates)
    tried_shares = list(shares(loads)) if spare.tasks else [1.0]

    def fitting(kept: Sequence[Load], least: float) -> Fit | None:
        for share in tried_shares:
            if share >= least and needed(kept, share, room, len(loads)) <= room.seconds * spare.tolerance:
                return Fit(share=share, left_out=left_out(kept))
        return None

    def left_out(kept: Sequence[Load]) -> frozenset[str]:
        return frozenset(load.case.id for load in loads) - {load.case.id for load in kept}

    found = fitting(loads, KEPT)
    if found is not None:
        return found
    kept = [load for load in loads if load.case.id not in spare.variants]
    found = fitting(kept, KEPT)
    for load in hopeless(kept, room.cores, spare):
        if found is not None:
            return found
        if len(kept) == FEWEST_CASES:
            break
        kept = [each for each in kept if each is not load]
        found = fitting(kept, KEPT)
    found = found or fitting(kept, 0.0)
    thinned = list(spare.thinned)
    while found is None:
        if thinned:
            gone = thinned.pop(0)
            fewer = [load for load in kept if load.case.id not in gone]
        else:
            fewer = without_longest(kept, tried_shares[-1], room.cores, spare)
        if len(fewer) == len(kept) and not thinned:
            return Fit(share=tried_shares[-1], left_out=left_out(kept), fits=False)
        kept = fewer
        found = fitting(kept, 0.0)
    return found


def crowd(cases: Sequence[Case], most: int, spare: Spare) -> frozenset[str]:
    """Return the ids of the cases to leave out so that no more than `most` need a host, as far as that can be."""
    gone: set[str] = set()
    for step in (spare.variants, *spare.thinned):
        if len(cases) - len(gone) <= most:
            break
        gone |= step
    parts = dict.fromkeys(case.part for case in cases if case.id not in gone)
    for part in reversed(list(parts)[1:]):
        if len(cases) - len(gone) <= most:
            break
        gone |= {case.id for case in cases if case.part == part}
    return frozenset(gone)


def hopeless(loads: Sequence[Load], cores: int, spare: Spare) -> list[Load]:
    """Return the cases that may be left out and take more than ten times as long as their reference, longest first."""
    seconds = {load.case.id: load.sample(1.0, cores) for load in loads}
    references = {load.case.part: seconds[load.case.id] for load in loads if load.case.id in spare.references}
    found = [
        load
        for load in loads
        if load.case.id in spare.any
        and load.case.part in references
        and seconds[load.case.id] > HOPELESS * references[load.case.part]
    ]
    return sorted(found, key=lambda load: -seconds[load.case.id])


def without_longest(loads: Sequence[Load], share: float, cores: int, spare: Spare) -> list[Load]:
    """Return the cases without the table that takes longest; of one table, without the longest case that may go."""
    seconds = {load.case.id: load.sample(share, cores) for load in loads}
    parts: dict[str, float] = {}
    for load in loads:
        parts[load.case.part] = parts.get(load.case.part, 0.0) + seconds[load.case.id]
    if len(parts) > 1:
        longest = max(parts, key=parts.__getitem__)
        return [load for load in loads if load.case.part != longest]
    left = [load for load in loads if load.case.id in spare.any] if len(loads) > FEWEST_CASES else []
    longest_one = max(left, key=lambda load: seconds[load.case.id], default=None)
    return [load for load in loads if load is not longest_one]


def rehearsals(cases: Sequence[Case], estimates: Mapping[str, Estimate], cores: int) -> list[tuple[Case, int]]:
    """Return the cases whose estimate rests on too few tasks to be believed, each with how many to try next."""
    found = []
    for case in cases:
        estimate, tasks = estimates[case.id], case.workload.tasks
        if estimate.cold and estimate.start + estimate.stop > SLOW_TO_OPEN:
            found.append((case, estimate.count))
            continue
        # Of a few messages, steps or turns, most is what every run costs once.
        least = least_seconds(case, estimate.count, cores) if case.experiment == "tasks" else 0.0
        beyond = max(0.0, estimate.run - least)
        if estimate.count >= tasks or beyond >= SURE or beyond * tasks / estimate.count < WORTH_A_REHEARSAL:
            continue
        more = min(tasks, estimate.count * GROWTH)
        if seconds_of(case, estimate, more, cores) <= LONGEST_REHEARSAL:
            found.append((case, more))
    return found


def note(found: Fit, before: Sequence[Case], kept: Sequence[Case]) -> str:
    """Return the sentence on what is measured of what was asked for; `kept` are the cases as they are now."""
    said = []
    was = {case.id: case.workload for case in before}
    fewer = {(was[case.id].tasks, case.workload.tasks) for case in kept if case.workload != was[case.id]}
    if len(fewer) == 1:
        [(all_tasks, tasks)] = fewer
        said.append(f"{tasks:,} of {all_tasks:,} tasks are run")
    elif fewer:
        said.append(f"about {100 * found.share:.0f} % of the tasks are run")
    names = names_of([case for case in before if case.id in found.left_out], kept)
    if names:
        said.append(f"{some_of(names)} {'is' if len(names) == 1 else 'are'} left out")
    what = " and ".join(said)
    if not found.fits:
        although = f", although {what}" if what else ""
        return f"This takes longer than was promised{although}: name fewer cases, or give it a longer --budget"
    return f"To fit into the time, {what}: a longer --budget measures more"


def some_of(names: Sequence[str]) -> str:
    """Return names in a row, but no more than a person reads.

    >>> some_of(["a", "b"]), some_of(list("abcdefg"))
    ('a and b', 'a, b, c, d and 3 more')
    """
    if len(names) > MOST_NAMES:
        return f"{', '.join(names[: MOST_NAMES - 1])} and {len(names) - MOST_NAMES + 1} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def names_of(left_out: Sequence[Case], kept: Sequence[Case]) -> list[str]:
    """Return what to call the cases that are left out: a table of which none is left by its name."""
    parts = {case.part for case in kept}
    several = len({case.part for case in (*left_out, *kept)}) > 1
    gone = [part for part in dict.fromkeys(case.part for case in left_out) if part not in parts]
    rows = [
        (f"{case.part}/" if several else "") + case.label.removesuffix(f" {case.side}")
        for case in left_out
        if case.part in parts
    ]
    return [*gone, *dict.fromkeys(rows)]


def sampled(workload: Workload) -> str | None:
    """Return the sentence on a person's own function of which only some items are run; None where all are.

    >>> sampled(Workload(name="mine:task", tasks=20, every=100, total=2000, task_time=0.03))
    'mine:task is run on 20 of its 2,000 items, evenly spread; one after the other, all of them would take about 60 s'
    """
    if workload.total is None or workload.every == 1:
        return None
    whole = workload.task_time * workload.total
    return (
        f"{workload.name} is run on {workload.tasks:,} of its {workload.total:,} items, evenly spread; one after the "
        f"other, all of them would take about {whole:.2g} s"
    )
