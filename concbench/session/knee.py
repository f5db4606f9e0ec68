"""A schedule that finds how many concurrent calls are enough, with a limited number of calls.

It begins with one caller and doubles their number until throughput no longer rises, or calls fail. Then it measures
around the knee, again and again, in random order, until its interval is narrow. It never plans more calls than are
allowed, and all calls are planned here: those that a function is tried out with, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, log, sqrt

from concbench.analysis.knee import Finding, Level, finding, levels_of
from concbench.measure.plan import Block, Results
from concbench.model.case import Case, Settings

FIRST = 4
"""Calls at the first level, of which it is not known how long they take."""
WAVES, FEWEST_WAVES = 6, 4
"""Calls of a sample for each caller: as a rule, and at least. In the first, connections are opened; in the last,
callers run out of calls; rates come from those between."""
SAMPLE = 0.5
"""Seconds that a sample takes, or more where its callers would make too few calls."""
OF_ALL = 1 / 20
"""The share of all calls that a sample makes to last that long."""
LONGEST = 1 / 6
"""The share of the budget that a sample may take at most, as long as each caller makes the fewest calls."""
FOR_RAMP = 0.5
"""The share of the calls that are left that one more level may take on the way up; the others find the knee."""
PROPORTIONAL = 0.85
"""The share of a step up that throughput rises by, on a logarithmic scale, from which the next step is as large."""
RISING = 1.05
"""What throughput rises by, in a step, while it rises."""
DOUBLE, CAREFUL, LARGE = 2.0, 1.5, 4.0
"""Steps up: while throughput is proportional to the level, when it begins to lag behind, and of slow calls."""
SLOW = 1 / 40
"""The share of the budget that a call takes from which there is time for large steps only."""
NARROW = 1.12
"""The levels around the knee are no further apart, at the end."""
APART = 1.04
"""Two levels that are closer than this say the same."""
SURE = 1.2
"""The ends of the interval are no further apart, at the end."""
BEFORE_ERRORS = 1.25
"""Where calls fail from so few times the lowest level with enough throughput on, errors set the knee, too."""
SAMPLES = 3
"""Of each level around the knee, at least."""
MOST_BLOCKS = 12
"""Around the knee: more hardly narrow the interval."""
HOST = 0.35
"""Seconds that a host takes to start, and to import what few functions do without."""


@dataclass(frozen=True)
class Levels:
    """Which numbers of concurrent calls may be tried."""

    lowest: int = 1
    highest: int = 512
    only: tuple[int, ...] = ()
    """All of these, again and again, instead of a search between the two."""


@dataclass
class KneeSearch:
    """Finds the knee of one function."""

    first: Case
    """At level 1; those at other levels are made from it."""
    most_calls: int
    """Calls that are planned at most, in all blocks together."""
    seconds: float
    """The budget."""
    levels: Levels = field(default_factory=Levels)
    blocks: int | None = None
    fewest_blocks: int = 1
    planned: int = 0
    """Calls of all blocks so far."""
    sizes: dict[int, int] = field(default_factory=dict)
    """The number of calls of a sample at each level."""
    around: int = 0
    """Blocks that were measured around the knee."""
    ended: str = ""
    """Why there is no further block: `found`, `calls`, `time`, `levels`, `errors`."""

    def next(self, results: Results, used: float) -> Block | None:
        """The next block; None where the knee is found, or there are no calls or there is no time for another one."""
        base = results[self.first.id].case
        if results[self.first.id].failure is not None:
            return None
        known = levels_of(result for result in results.values() if self._is_mine(result.case))
        left = self.seconds * (1 - used)
        if used >= 1:
            self.ended = "time"
            return None
        wanted = self._wanted(known, left)
        cases: list[Case] = []
        for level in wanted:
            calls = self._calls(level, known)
            if self.planned + calls > self.most_calls:
                continue
            self.sizes[level] = calls
            self.planned += calls
            cases.append(self.case(base, level, calls))
        if wanted and not cases:
            self.ended = "calls"
        return Block(cases=tuple(cases)) if cases else None

    def case(self, base: Case, level: int, calls: int) -> Case:
        """The case with that many concurrent calls; `base` is the first one as it was found to be."""
        subject = "coroutines" if base.workload.coroutine else "threads"
        settings = Settings(workers=level, calls=calls)
        return replace(base, row=subject, subject=subject, along={"workers": level}, settings=settings)

    def _is_mine(self, case: Case) -> bool:
        return case.table == self.first.table and case.side == self.first.side

    # Which levels

    def _wanted(self, known: Mapping[int, Level], left: float) -> Sequence[int]:
        """The levels of the next block; none where it ends."""
        if self.levels.only:
            return [each for each in self.levels.only if each not in known or known[each].result.failure is None]
        if not known:
            return [self.levels.lowest]
        found = finding(known)
        if found.estimate is None:
            return self._ended_with("errors")
        self.ended = ""
        higher = self._higher(found, left)
        if higher is not None:
            return [higher]
        return self._around(found, left)

    def _higher(self, found: Finding, left: float) -> int | None:
        """The next level on the way up; None once the top has been seen, or is as high as may be."""
        top = found.good[-1]
        if found.failing is not None or found.found == "knee":
            return None
        if top >= self.levels.highest:
            self.ended = "levels"
            return None
        assert found.estimate is not None
        step = DOUBLE if top / found.estimate.curve[top] < SLOW * self.seconds else LARGE
        if len(found.good) > 1:
            before = found.good[-2]
            curve = found.estimate.curve
            gain, ratio = curve[top] / curve[before], top / before
            if ratio >= NARROW and gain < RISING:
                return None
            if log(gain) < PROPORTIONAL * log(ratio):
                step = CAREFUL
        higher = min(ceil(top * step), self.levels.highest)
        calls = self._calls(higher, found.levels)
        affordable = FOR_RAMP * (self.most_calls - self.planned)
        if calls > affordable:
            higher = min(higher, int(affordable / FEWEST_WAVES))
        if higher <= RISING * top:
            self.ended = "calls"
        elif HOST + self._seconds(higher, found.levels) > left / 2:
            self.ended = "time"
        else:
            return higher
        return None

    def _around(self, found: Finding, left: float) -> Sequence[int]:
        """The levels around the knee, as far as there is time; none where enough is known of them."""
        wanted = around(found)
        measured = [len(found.levels[level].loads) if level in found.levels else 0 for level in wanted]
        if found.found == "open" and self.ended and min(measured) >= SAMPLES:
            return ()  # how throughput goes on above can't be seen
        if (min(measured) >= SAMPLES and is_narrow(found)) or self.around == MOST_BLOCKS:
            return self._ended_with("found")
        self.around += 1
        takes = sum(HOST + self._seconds(level, found.levels) for level in wanted)
        while len(wanted) > 1 and takes > left:
            takes -= HOST + self._seconds(wanted.pop(), found.levels)
        return wanted if takes <= left else self._ended_with("time")

    def _ended_with(self, why: str) -> Sequence[int]:
        self.ended = why
        return ()

    # How many calls

    def _calls(self, level: int, known: Mapping[int, Level]) -> int:
        """The calls of a sample at a level: several for each caller, and as many as half a second takes."""
        if level in self.sizes:
            return self.sizes[level]
        rate = self._rate(level, known)
        if rate is None:
            return max(FIRST, FEWEST_WAVES * level) if level > 1 else min(FIRST, self.most_calls)
        for_time = min(ceil(SAMPLE * rate), int(OF_ALL * self.most_calls))
        too_long = ceil(LONGEST * self.seconds * rate)
        too_many = int(FOR_RAMP * (self.most_calls - self.planned))
        return max(min(max(WAVES * level, for_time), too_long, too_many), FEWEST_WAVES * level)

    def _rate(self, level: int, known: Mapping[int, Level]) -> float | None:
        """About how many calls a second there will be at a level, from the nearest one that was measured.

        Above it, their number may rise as the level does, or not at all: halfway between.
        """
        rates = {each.level: max(each.throughputs) for each in known.values() if each.throughputs}
        if not rates:
            return None
        near = min(rates, key=lambda other: abs(log(other / level)))
        return rates[near] * (level / near if level < near else sqrt(level / near))

    def _seconds(self, level: int, known: Mapping[int, Level]) -> float:
        """About how long a sample at a level takes."""
        rate = self._rate(level, known)
        return 0.0 if rate is None else self._calls(level, known) / rate


def around(found: Finding) -> list[int]:
    """The levels that say most about where the knee is, the most important first.

    They are its neighbours, one between them, and the one with the largest throughput; and where calls fail just above
    the knee, one between the highest level without errors and the lowest with them.
    """
    assert found.estimate is not None
    crossing, curve = found.estimate.crossing, found.estimate.curve
    low, high = crossing.below, crossing.enough
    wanted = [high, max(curve, key=lambda level: (curve[level], -level))]
    if low is not None:
        wanted.insert(0, low)
        if high > NARROW * low:
            # Of a curve with a corner, this is just above it; the estimate would be farther from it.
            wanted.insert(0, between(low, high, sqrt(crossing.low * crossing.estimate)))
    top, failing = found.good[-1], found.failing
    if failing is not None and top < BEFORE_ERRORS * high and failing > APART * top and failing - top > 1:
        wanted.insert(0, between(top, failing, sqrt(top * failing)))
    return list(dict.fromkeys(wanted))


def is_narrow(found: Finding) -> bool:
    """Whether the interval of the knee is narrow, or no wider than from one level to the next."""
    estimate = found.estimate
    if estimate is None or estimate.low is None or estimate.high is None:
        return False
    return estimate.high <= max(SURE * estimate.low, estimate.low + 1)


def between(low: int, high: int, wanted: float) -> int:
    """The whole number between two levels that is nearest to the one wanted, but not next to either.

    >>> between(16, 32, 20.4), between(16, 32, 31.9), between(3, 4, 3.5)
    (20, 23, 3)
    """
    near = round(wanted)
    if near < APART * low + 1 or near > high / APART - 1:
        near = round(sqrt(low * high))
    return max(low, min(high, near))
