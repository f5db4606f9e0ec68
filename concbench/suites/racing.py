"""The race under one interpreter: who runs next, when variants join, and who the last look is at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from concbench.model import Case, Interval
from concbench.stats.changes import block_changes, change_interval, least_scatter
from concbench.stats.intervals import median_interval, ratio_interval
from concbench.stats.race import BETWEEN_HOSTS, HOPELESS, Race, leader_of, times_as_long
from concbench.suites.candidates import (
    KINDS,
    USUAL,
    Candidate,
    Situation,
    Workers,
    kind_of,
    openers,
    simplest,
    variants,
    waits,
)
from concbench.suites.casting import on_side

PART = "advise"
"""The name of the part that all candidates are in."""
FIRST = 0.2
"""Of the budget: no block ends later until variants join of those kinds of workers that are in front;"""
FIRST_BLOCKS = 3
"""or after so many blocks, whichever comes first."""
RACING = 0.85
"""Of the budget: no block of the race ends later, if they are alike; the rest is for the last look."""
LAST_BLOCKS = 3
"""Blocks that the last look takes at least."""
NEAR = 1.5
"""Variants join of a kind of workers whose best takes at most so many times as long as who leads: another number of
workers, or another chunksize, hardly gains more."""
TIE = 1.03
"""A case that is probably slower by no more than this, and not surely, is as good as the leader."""
MARGIN = 0.03
"""Within this, two are the same to most readers, and the simpler one is the better one."""
PRECISE = 0.02
"""Where the interval of the runner-up's time by the recommended case's is as narrow, nobody wants more of them;"""
CLEAR = 0.1
"""nor where it is as narrow beside how much longer the runner-up takes."""
ONE_CORE = 1.15
"""Threads that keep no more cores busy than so many, all together, take turns with one GIL;"""
LEAST_BLOCKS = 2
"""and after so many blocks they leave the race for that."""


@dataclass
class Racing:
    """A race: `wanted` are the cases that samples are wanted of; each `look` at what was measured may change that."""

    situation: Situation
    side: str | None = None
    race: Race = field(default_factory=Race)
    cases: list[Case] = field(default_factory=list)
    varied: bool = False
    """Whether variants have joined."""
    blocks: int = 0
    """Blocks since it began, since variants joined, or since the last look began."""
    last: list[Case] = field(default_factory=list)
    """Those that the last look is at, once it has begun: the recommended case, the runner-up, and those by `choose`."""
    equal: list[Case] = field(default_factory=list)
    """Those that are as good as the recommended case, or could not be told from it."""
    done: bool = False
    used: float = 0.0
    """The share of the budget that was used up at the last look at what was measured."""

    def begin(self) -> list[Case]:
        """Let the first candidates run, and return their cases."""
        return self.add(openers(self.situation))

    def add(self, candidates: Sequence[Candidate]) -> list[Case]:
        """Let candidates run that are not yet in the race, and return their cases."""
        known = {case.id for case in self.cases}
        named = [(on_side(f"{PART}/{each.label}", self.side), each) for each in candidates]
        new = [
            Case(
                id=id_,
                part=PART,
                subject=each.subject,
                workload=self.situation.workload,
                settings=each.settings,
                side=self.side,
            )
            for id_, each in named
            if id_ not in known
        ]
        self.cases += new
        return new

    @property
    def running(self) -> list[Case]:
        """Those that are still in the race."""
        return [case for case in self.cases if case.id not in self.race.given_up and case.error is None]

    @property
    def wanted(self) -> list[Case]:
        """Those that more samples are wanted of."""
        if self.done:
            return []
        # What takes many times as long as the best is looked at once more, for its price, and not for its time.
        return [case for case in self.last if not (self.blocks and self.is_hopeless(case))] or self.running

    def is_hopeless(self, case: Case) -> bool:
        """Say whether a case takes many times as long as the recommended one."""
        return (times_as_long(case, self.last[0]) or 1.0) > HOPELESS

    def look(self, used: float) -> list[Case]:
        """Look at what was measured when a share of the budget is used up; returns the cases that join."""
        self.blocks += 1
        step, self.used = used - self.used, used
        if self.last:
            self.done = used >= 1 or (self.blocks >= LAST_BLOCKS and self.is_precise())
            first = leader_of([case for case in self.last if self.is_advisable(case)])
            if first is not None and not (self.is_advisable(self.last[0]) and is_as_good(self.last[0], first)):
                self.choose(first)  # one of its samples was late, or one of the other's early, when it was chosen
            return []
        self.race.given_up |= {case.id for case in self.running if self.never_wins(case)}
        leader = self.race.look(self.cases)
        if leader is None:
            self.done = True
            return []
        if used >= 1:  # blocks took longer than was to be expected, and one look is due in any case
            self.choose(leader)
            return []
        decided = self.is_decided(leader)
        if not self.varied and (used + step > FIRST or self.blocks >= FIRST_BLOCKS or decided):
            self.varied, self.blocks = True, 0
            joined = self.add([each for kind in self.kinds_in_front(leader) for each in variants(self.situation, kind)])
            if joined:
                return joined
        if self.varied and (used + step > RACING or decided):
            self.choose(leader)
        return []

    def is_decided(self, leader: Case) -> bool:
        """Say whether all others that are still running are surely the same as the leader."""
        return all(is_same(case, leader) for case in self.running if case is not leader)

    def kinds_in_front(self, leader: Case) -> list[Workers]:
        """Return the kinds of workers whose best comes near the leader."""
        near: dict[Workers, None] = {}
        for case in self.cases:
            ratio = times_as_long(case, leader) if case.error is None and not self.never_wins(case) else None
            if ratio is not None and ratio <= NEAR:
                near[kind_of(case.subject)] = None
        return list(near)

    def choose(self, leader: Case) -> None:
        """Choose what is recommended, and what it is compared with: the best of another kind of workers, and serial.

        Where serial is recommended, it is the best of every other kind: their traces tell from when on one would pay.
        """
        leader = self.advisable_leader(leader)
        self.equal = [
            case for case in self.running if case is leader or (self.is_advisable(case) and is_as_good(case, leader))
        ]
        chosen = recommended_of(self.equal) or leader
        rivals = [case for case in self.cases if case.samples and case.error is None and case is not chosen]
        others = [case for case in rivals if kind_of(case.subject) != kind_of(chosen.subject)]
        front = [case for case in others if case.id not in self.race.given_up]
        serial = [case for case in rivals if case.subject == "serial"]
        if chosen.subject == "serial":
            by_kind = [leader_of([case for case in others if kind_of(case.subject) == kind]) for kind in KINDS]
        else:
            by_kind = []
        self.equal = [case for case in self.equal if case is not chosen]
        self.last = [chosen]
        for case in (leader_of(front or others or rivals), *by_kind, *serial):
            if case is not None and all(case is not other for other in self.last):
                self.last.append(case)
        self.blocks = 0

    @property
    def serial(self) -> Case | None:
        """The case of one task after the other, where it was measured."""
        return next((case for case in self.cases if case.subject == "serial" and case.samples and not case.error), None)

    def advisable_leader(self, leader: Case) -> Case:
        """Return the leader where it may be recommended, or else the fastest that may be."""
        if self.is_advisable(leader):
            return leader
        serial = [self.serial] if self.serial is not None else []
        others = [case for case in self.running if self.is_advisable(case) and case.subject != "serial"]
        return leader_of([*serial, *others]) or leader

    def is_advisable(self, case: Case) -> bool:
        """Say whether a case may be recommended at all: serial, and what is faster than it by every figure shown.

        Threads that take turns with one GIL are not, whatever was measured: for what only computes, they are faster
        than serial by chance, or because they get a larger share of a machine that others keep busy.
        """
        serial = self.serial
        if serial is None or case is serial:
            return True
        return bool(case.samples) and not self.takes_turns(case) and is_faster(case, serial)

    def never_wins(self, case: Case) -> bool:
        """Say whether enough was seen of a case to know that it takes turns: it must not put others out of the race."""
        blocks = {sample.block for sample in case.samples}
        return len(blocks) >= LEAST_BLOCKS and self.serial is not None and self.takes_turns(case)

    def takes_turns(self, case: Case) -> bool:
        """Say whether a function only computes, and a case's workers take turns at that."""
        kind = kind_of(case.subject)
        shares = kind == "coroutines" or (kind == "threads" and self.situation.gil)
        if not shares or waits(self.situation):
            return False
        samples = [sample for sample in case.samples if sample.cpu is not None]
        if not samples:
            return kind == "coroutines"  # and of threads there is no telling
        return sum(sample.cpu or 0.0 for sample in samples) <= ONE_CORE * sum(sample.wall for sample in samples)

    def is_precise(self) -> bool:
        """Say whether the recommended case is told from the runner-up as precisely as anybody wants."""
        return all(is_settled(time_by(case, self.last[0])) for case in self.last[1:2])


def recommended_of(equal: Sequence[Case]) -> Case | None:
    """Return, of cases that are as good as each other, the fastest of the simplest kind of workers.

    Of the same kind, one of the usual strategies is preferred only to what surely takes as long: three per cent that
    can't be told are not worth a choice of words.
    """
    simple = simplest(equal)
    fastest = leader_of(simple)
    if fastest is None:
        return None
    return leader_of([case for case in simple if case.subject in USUAL and is_same(case, fastest)]) or fastest


def is_faster(case: Case, serial: Case) -> bool:
    """Say whether a case is faster than serial by each of the estimates that a person may see of the two.

    These are the pairs' mean that tables and sentences show, the trimmed one that the race goes by, and the medians of
    the rows. Late samples move them apart, and then none is to be believed.
    """
    ratio, typical = ratio_interval(case.samples, serial.samples), times_as_long(case, serial)
    if (ratio is not None and ratio.estimate > 1) or (typical is not None and typical > 1):
        return False
    return median_interval(case.samples).estimate <= median_interval(serial.samples).estimate


def is_settled(ratio: Interval | None) -> bool:
    """Say whether an interval is so narrow that nobody would wait for a narrower one."""
    if ratio is None or ratio.low is None or ratio.high is None:
        return False
    return ratio.high - ratio.low <= max(PRECISE, CLEAR * abs(ratio.estimate - 1))


def time_by(case: Case, other: Case) -> Interval | None:
    """Return the wall time of a case as a multiple of another's, with its interval; None where they share no round."""
    blocks = block_changes(other, case, "wall")
    return change_interval(blocks, 0.95, max(BETWEEN_HOSTS, least_scatter(other, case, "wall"))) if blocks else None


def is_same(case: Case, leader: Case) -> bool:
    """Say whether the whole interval of two cases' ratio lies within the margin."""
    ratio = time_by(case, leader)
    if ratio is None or ratio.low is None or ratio.high is None:
        return False
    return ratio.low >= 1 / (1 + MARGIN) and ratio.high <= 1 + MARGIN


def is_as_good(case: Case, leader: Case) -> bool:
    """Say whether a case that is still in the race is as good as its leader: probably as fast, or surely the same."""
    ratio = times_as_long(case, leader)
    return ratio is not None and (ratio <= TIE or is_same(case, leader))
