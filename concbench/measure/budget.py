"""What fits into the time that was promised: how many of the tasks, and which cases side by side.

The rule, as docs/explanation/measurement.md states it. Where three blocks of everything don't fit,

1. there are fewer tasks, down to half of them;
2. strategies that differ little from another one are left out, unless they were named;
3. so is what takes more than ten times as long as the reference, the longest first, until half of the tasks fit;
4. there are fewer tasks still, down to one for each worker, and four at least;
5. every second value of an option with many is left out, except the first and the last;
6. whole tables are left out, the longest first, and at last single cases.

Tables that are measured one after the other, each with hosts of its own, are not known all at once: of these, one is
left out that does not fit into what those before it have left.

Each step is taken only where those before it were not enough. The estimates come from the warm-up of the first block.
Where even starting a host for every case would take too long, steps 2, 5 and 6 come first, by the number of cases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from math import ceil

from concbench.measure.plan import Spare
from concbench.model.case import Case, Workload
from concbench.strategies.strategy import known, strategies
from concbench.workloads.workload import is_function, kind_called

HOST = 0.08
"""Seconds of a core that starting a host takes, with its warm-up, on a machine of the year 2025."""
HOSTS = 0.5
"""The share of the budget that starting hosts may take."""
LEAST_ROOM = 0.3
"""The share of the budget that samples get even where starting the hosts has used up the rest, as on a busy machine."""
KEPT = 0.5
"""The share of the tasks that are run before cases that say little are left out."""
HOPELESS = 10.0
"""Times the reference: what takes longer is left out early."""
FEWEST_TASKS = 4
FEWEST_CASES = 2
"""A single case has nothing to be compared with."""
MOST_NAMES = 5
"""Names in a sentence about what is left out."""
STEP = 0.93
"""From one number of tasks that is tried to the next."""
SURE = 0.02
"""Seconds beyond what the tasks themselves take, from which a warm-up shows what one more task costs; less is mostly
what every run of a strategy costs once."""
SLOW_TO_OPEN = 0.02
"""Seconds: a first run that takes as long to start and stop has probably imported something, and is repeated."""
WORTH_A_REHEARSAL = 0.02
"""Seconds: a case that is estimated to take less is no reason to leave anything out."""
LONGEST_REHEARSAL = 0.25
GROWTH = 8
"""Times as many tasks from one rehearsal to the next."""
OBSERVING = 0.02
"""Seconds that the watch and the trace take beside their samples: reading memory, or what recording costs."""
TRACED = 3, 5.0
"""Samples that a trace takes of what is short, and how many times its time it may take for them; see
`concbench.experiments.recorder`."""


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
    """The time that is available."""

    seconds: float
    """What is left for everything still to come."""
    blocks: int
    """The fewest that are measured; the hosts of the first one are open."""
    opening: float
    """Seconds that starting and ending the hosts of a block takes."""
    watched: float
    traced: float | None
    cores: int


@dataclass(frozen=True)
class Load:
    """A case, what its tasks are estimated to take, and how few of them there may be."""

    case: Case
    estimate: Estimate
    fewest: int

    def sample(self, share: float, cores: int) -> float:
        """About how many seconds one sample takes with a share of the tasks."""
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
    """The load of every case. It keeps a task for each worker of any case in its table, and at least four."""
    most: dict[str, int] = {}
    for case in cases:
        most[case.table] = max(most.get(case.table, FEWEST_TASKS), case.settings.workers or 1)
    return [Load(case, estimates[case.id], min(most[case.table], case.workload.tasks)) for case in cases]


def seconds_of(case: Case, estimate: Estimate, tasks: int, cores: int) -> float:
    """About how many seconds a sample of a case takes with this number of tasks.

    The tasks themselves take what `_least_seconds` says; what a warm-up took beyond that grows with their number, as
    dispatch does, or taking turns with one GIL.
    """
    if case.experiment != "tasks":
        return estimate.start + estimate.stop + estimate.run * tasks / estimate.count
    beyond = max(0.0, estimate.run - _least_seconds(case, estimate.count, cores))
    return estimate.start + estimate.stop + _least_seconds(case, tasks, cores) + beyond * tasks / estimate.count


def _least_seconds(case: Case, tasks: int, cores: int) -> float:
    """The seconds that some tasks take on a case's workers where nothing else costs anything."""
    workload = case.workload
    busy = workload.busy if workload.busy is not None else kind_called(workload.name).busy
    lanes = strategies.get(case.subject).lanes(case.settings, tasks)
    each = workload.task_time
    return max(each, tasks * each / lanes, tasks * each * busy / min(lanes, cores))


def cut(workload: Workload, share: float, fewest: int) -> Workload:
    """A workload with about such a share of its tasks, and no fewer than `fewest`.

    Of a user's function every second item is left out, or two of three, and so on, so that the rest is spread evenly.

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
    """About how many seconds the fewest blocks of some cases take with a share of the tasks, watch and trace included.

    `opened` is how many cases the hosts of the first block were for, whose opening took `room.opening`.
    """
    each = [load.sample(share, room.cores) for load in loads]
    hosts = (room.blocks - 1) * room.opening * len(loads) / max(1, opened)
    observed = sum(_observing(load.case, seconds, room) for load, seconds in zip(loads, each, strict=True))
    return room.blocks * sum(each) + observed + hosts


def still_needed(loads: Sequence[Load], share: float, room: Room) -> float:
    """About how many of these seconds blocks after the first one take, in which nothing is watched or traced."""
    each = [load.sample(share, room.cores) for load in loads]
    return (room.blocks - 1) * (sum(each) + room.opening)


def _observing(case: Case, sample: float, room: Room) -> float:
    """About how many seconds the watch and the trace of a case take whose sample takes `sample` seconds."""
    watched = OBSERVING + max(room.watched, sample)
    if room.traced is None or case.experiment != "tasks":
        return watched
    samples, stretched = TRACED
    traced = min(samples, 1 + int(stretched * room.traced / sample)) if sample > 0 else samples
    return watched + OBSERVING + max(traced * sample, room.traced)


def _shares(loads: Sequence[Load]) -> Iterator[float]:
    """The shares of the tasks that are tried, from all of them down to where there can't be fewer."""
    for power in count():
        share = STEP**power
        yield share
        if all(
            cut(load.case.workload, share / 2, load.fewest) == cut(load.case.workload, share, load.fewest)
            for load in loads
        ):
            return


def fit(cases: Sequence[Case], estimates: Mapping[str, Estimate], room: Room, spare: Spare) -> Fit:
    """What fits of some cases, of which every one has an estimate, by the rule that this module states."""
    loads = loads_of(cases, estimates)
    shares = list(_shares(loads)) if spare.tasks else [1.0]
    kept: Sequence[Load] = loads
    for kept, least in _candidates(loads, shares[-1], room.cores, spare):
        for share in shares:
            if share >= least and needed(kept, share, room, len(loads)) <= room.seconds * spare.tolerance:
                return Fit(share=share, left_out=_left_out(loads, kept))
    return Fit(share=shares[-1], left_out=_left_out(loads, kept), fits=False)


def _left_out(loads: Sequence[Load], kept: Sequence[Load]) -> frozenset[str]:
    return frozenset(load.case.id for load in loads) - {load.case.id for load in kept}


def _candidates(
    loads: Sequence[Load], least_share: float, cores: int, spare: Spare
) -> Iterator[tuple[Sequence[Load], float]]:
    """What is tried, step by step: the cases that are kept, and the least share of their tasks."""
    yield loads, KEPT
    kept = [load for load in loads if load.case.id not in spare.variants]
    yield kept, KEPT
    for load in _hopeless(kept, cores, spare):
        if len(kept) == FEWEST_CASES:
            break
        kept = [each for each in kept if each is not load]
        yield kept, KEPT
    yield kept, 0.0
    for gone in spare.thinned:
        kept = [load for load in kept if load.case.id not in gone]
        yield kept, 0.0
    while len(fewer := _without_longest(kept, least_share, cores, spare)) < len(kept):
        kept = fewer
        yield kept, 0.0


def affordable_hosts(budget: float, blocks: int, importing: float, cores: int) -> int:
    """The most cases for which a host can be started in every block; `importing` is what a function adds to each."""
    return int(HOSTS * budget * cores / ((HOST + importing) * blocks))


def hosts_for(case: Case) -> float:
    """How many hosts could be started in the time that opening a case takes with its host: many, with some engines."""
    strategy = known(case.subject) if case.experiment == "tasks" else None
    return 1.0 if strategy is None else 1.0 + strategy.opening / HOST


def crowd(cases: Sequence[Case], most: int, spare: Spare) -> frozenset[str]:
    """The ids of the cases to leave out so that no more than `most` need a host, as far as that can be."""
    gone: set[str] = set()

    def needed() -> float:
        return sum(hosts_for(case) for case in cases if case.id not in gone)

    for step in (spare.variants, *spare.thinned):
        if needed() <= most:
            break
        gone |= step
    tables = dict.fromkeys(case.table for case in cases if case.id not in gone)
    for table in reversed(list(tables)[1:]):
        if needed() <= most:
            break
        gone |= {case.id for case in cases if case.table == table}
    return frozenset(gone)


def shortened_workloads(
    share: float, cases: Sequence[Case], estimates: Mapping[str, Estimate]
) -> dict[tuple[str, Workload], Workload]:
    """By table and workload, what some cases run where they have fewer tasks: about such a share of them."""
    loads = loads_of(cases, estimates)
    found = {(each.case.table, each.case.workload): cut(each.case.workload, share, each.fewest) for each in loads}
    return {key: workload for key, workload in found.items() if workload != key[1]}


def _hopeless(loads: Sequence[Load], cores: int, spare: Spare) -> list[Load]:
    """The cases that may be left out and take more than ten times as long as their reference, longest first."""
    seconds = {load.case.id: load.sample(1.0, cores) for load in loads}
    references = {load.case.table: seconds[load.case.id] for load in loads if load.case.id in spare.references}
    found = [
        load
        for load in loads
        if load.case.id in spare.any
        and load.case.table in references
        and seconds[load.case.id] > HOPELESS * references[load.case.table]
    ]
    return sorted(found, key=lambda load: -seconds[load.case.id])


def _without_longest(loads: Sequence[Load], share: float, cores: int, spare: Spare) -> list[Load]:
    """The cases without the table that takes longest; of one table, without the longest case that may go."""
    seconds = {load.case.id: load.sample(share, cores) for load in loads}
    tables: dict[str, float] = {}
    for load in loads:
        tables[load.case.table] = tables.get(load.case.table, 0.0) + seconds[load.case.id]
    if len(tables) > 1:
        longest = max(tables, key=tables.__getitem__)
        return [load for load in loads if load.case.table != longest]
    left = [load for load in loads if load.case.id in spare.any] if len(loads) > FEWEST_CASES else []
    longest_one = max(left, key=lambda load: seconds[load.case.id], default=None)
    return [load for load in loads if load is not longest_one]


def rehearsals(cases: Sequence[Case], estimates: Mapping[str, Estimate], cores: int) -> list[tuple[Case, int]]:
    """The cases whose estimate rests on too few tasks to be believed, each with how many to try next."""
    found = []
    for case in cases:
        estimate, tasks = estimates[case.id], case.workload.tasks
        if estimate.cold and estimate.start + estimate.stop > SLOW_TO_OPEN:
            found.append((case, estimate.count))
            continue
        # Of a few messages, steps or turns, most is what every run costs once.
        least = _least_seconds(case, estimate.count, cores) if case.experiment == "tasks" else 0.0
        beyond = max(0.0, estimate.run - least)
        if estimate.count >= tasks or beyond >= SURE or beyond * tasks / estimate.count < WORTH_A_REHEARSAL:
            continue
        more = min(tasks, estimate.count * GROWTH)
        if seconds_of(case, estimate, more, cores) <= LONGEST_REHEARSAL:
            found.append((case, more))
    return found


def note(found: Fit, before: Sequence[Case], kept: Sequence[Case]) -> str:
    """A sentence on what is measured of what was asked for; `kept` are the cases as they are now."""
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
        said.append(f"{_some_of(names)} {'is' if len(names) == 1 else 'are'} left out")
    what = " and ".join(said)
    if not found.fits:
        although = f", although {what}" if what else ""
        return f"This takes longer than was promised{although}: name fewer cases, or give it a longer --budget"
    return f"To fit into the time, {what}: a longer --budget measures more"


def _some_of(names: Sequence[str]) -> str:
    """Names in a row, but no more than anyone reads.

    >>> _some_of(["a", "b"]), _some_of(list("abcdefg"))
    ('a and b', 'a, b, c, d and 3 more')
    """
    if len(names) > MOST_NAMES:
        return f"{', '.join(names[: MOST_NAMES - 1])} and {len(names) - MOST_NAMES + 1} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def names_of(left_out: Sequence[Case], kept: Sequence[Case]) -> list[str]:
    """What to call the cases that are left out: a table of which none is left by its name."""
    tables = {case.table for case in kept}
    several = len({case.table for case in (*left_out, *kept)}) > 1
    gone = [table for table in dict.fromkeys(case.table for case in left_out) if table not in tables]
    rows = [(f"{case.table}/" if several else "") + case.name for case in left_out if case.table in tables]
    return [*gone, *dict.fromkeys(rows)]


def sampled(workload: Workload) -> str | None:
    """A sentence on a user's function of which only some items are run; None where all are."""
    if workload.total is None or workload.every == 1:
        return None
    whole = workload.task_time * workload.total
    return (
        f"{workload.name} is run on {workload.tasks:,} of its {workload.total:,} items, evenly spread; one after the "
        f"other, all of them would take about {whole:.2g} s"
    )
