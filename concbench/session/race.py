"""A race of ways to run a function: promising ones join, losers drop out, and the last look is long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from concbench.analysis.figures import blocks_of, figures
from concbench.analysis.ranking import BETWEEN_HOSTS, HOPELESS, is_behind, leader_of, times_as_long
from concbench.measure.plan import Results
from concbench.model.case import Case
from concbench.model.result import Interval, Result
from concbench.session.candidates import (
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
from concbench.session.foresight import Foresight, Prospect, one_by_one, started_otherwise, worth_measuring
from concbench.stats.intervals import median_interval, ratio_interval
from concbench.stats.two_samples import block_changes, change_interval, least_scatter

GROUP = "advise"
"""The table that all candidates are in."""
WRONGLY = 0.05
"""The chance that any case is given up in a race although it is as fast as the leader, over all looks."""
FIRST = 0.2
"""Of the budget: no block ends later until variants join of those kinds of workers that are in front;"""
FIRST_STEP = 0.15
"""Of the budget, that the first block takes at most, so far as is known."""
FIRST_BLOCKS = 3
"""or after this many blocks, whichever comes first."""
RACING = 0.85
"""Of the budget: no block of the race ends later, if they are alike; the rest is for the last look."""
LAST_BLOCKS = 3
"""Blocks that the last look takes at least."""
NEAR = 1.5
"""Variants join of a kind of workers whose best takes at most this many times as long as the leader: another number of
workers, or another chunksize, hardly gains more."""
TIE = 1.03
"""A case that is probably slower by no more than this, and not surely, is as good as the leader."""
MARGIN = 0.03
"""Within this, two are the same to most readers, and the simpler one is the better one."""
PRECISE = 0.02
"""A runner-up whose ratio to the recommended case has an interval as narrow as this needs no more samples;"""
CLEAR = 0.5
"""nor one that is surely slower by more than the margin, and whose interval is as narrow beside how much longer it
takes."""
OUTCLASSED = 1.1
"""A case that measures this many times as long as the leader, and that the model puts behind it, too, is given up;"""
BEHIND = 1.05
"""behind means: predicted to take this many times as long."""
GAINS = 0.9
"""Threads that are predicted to take more than this share of what serial takes, to compute, take turns with one GIL."""
ONE_CORE = 1.15
"""Threads that keep no more cores busy than this, all together, take turns with one GIL;"""
LEAST_BLOCKS = 2
"""and after this many blocks they leave the race for that."""


@dataclass(frozen=True, kw_only=True)
class Finish:
    """What a race has found so far."""

    chosen: Result
    """What is recommended."""
    compared: tuple[Result, ...] = ()
    """What it is measured beside in the last look: the best of another kind of workers, and serial."""
    equal: tuple[Result, ...] = ()
    """Those that are as good, or could not be distinguished from it."""
    prospect: Prospect | None = None
    """What is predicted of what is recommended for the job; None where the job is what was run."""
    others: tuple[Prospect, ...] = ()
    """The same of the best of the other kinds of workers, `serial` first."""


@dataclass
class Race:
    """The race under one interpreter, where the job is what is run: what is measured decides.

    Where something can be predicted, the candidates are those that may win, and the others need not be measured.

    Each look at the results spends the share 1/(k·(k + 1)) of its error rate, k being the number of the look: however
    many there are, the shares add up to less than 1. What is spent is divided among those that are still in the race
    (Bonferroni).
    """

    situation: Situation
    side: str | None = None
    cases: list[Case] = field(default_factory=list)
    """All that have joined, in the order in which they did."""
    looks: int = 0
    given_up: set[str] = field(default_factory=set)
    """The ids of those that are surely slower than the leader."""
    varied: bool = False
    """Whether variants have joined."""
    blocks: int = 0
    """Blocks since it began, since variants joined, or since the last look began."""
    last: tuple[str, ...] = ()
    """The ids of those in the last look, once it has begun: the recommended case first."""
    equal: tuple[str, ...] = ()
    done: bool = False
    used: float = 0.0
    """The share of the budget that was used up at the last look at the results."""
    results: Results = field(default_factory=dict)
    """As of the last look."""
    foresight: Foresight | None = None
    """As of the last look; None where nothing can be predicted."""
    looks_ahead: int = 0
    """How often it was predicted what may win, since the race began."""

    def begin(self, results: Results) -> None:
        """Let the first candidates run, beside those cases that have joined before."""
        self.results = results
        promising, usual = self._promising(), openers(self.situation)
        missing = self.situation.subjects - {each.subject for each in promising}
        named = [each for each in usual if each.subject in missing]  # whatever is predicted of them
        self._join([*promising, *self._unpredictable(usual), *named, *self._competing(usual)])

    def _competing(self, usual: Sequence[Candidate]) -> list[Candidate]:
        """One of each kind of workers with 1 thread of a library, and one with all that compete with it.

        The model knows that they do, and not what it costs.
        """
        found: dict[tuple[Workers, int | None], Candidate] = {}
        for each in usual if self.situation.threaded else ():
            found.setdefault((each.kind, each.settings.inner_threads), each)
        return list(found.values())

    def _promising(self) -> list[Candidate]:
        """What the model says may win, as it can be measured here."""
        if self.foresight is None:
            return []
        prospects = [each for each in self.foresight.prospects() if not self._gains_nothing(each)]
        alone, started = one_by_one(self.foresight, prospects), started_otherwise(self.foresight, prospects)
        return list(dict.fromkeys([*worth_measuring(prospects), *alone, *started]))

    def _gains_nothing(self, prospect: Prospect) -> bool:
        """Whether workers that share a GIL are predicted to take turns at pure computing."""
        kind = prospect.candidate.kind
        shares = kind == "coroutines" or (kind == "threads" and self.situation.gil)
        if not shares or waits(self.situation) or self.foresight is None:
            return False
        alone = self.situation.candidate("serial").with_inner_threads(prospect.candidate.settings.inner_threads)
        serial = self.foresight.of(alone)
        return serial is not None and prospect.seconds > GAINS * serial.wall.estimate

    def _unpredictable(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Those of some candidates that the model says nothing about, but may win."""
        foresight = self.foresight
        return [each for each in candidates if foresight is None or foresight.of(each) is None]

    def look(self, results: Results, used: float) -> None:
        """Decide by what was measured when a share of the budget is used up: who joins, who leaves, what is chosen."""
        self.results = results
        self.blocks += 1
        step, self.used = self._step(used), used
        if self.last:
            self.done = used >= 1 or (self.blocks >= LAST_BLOCKS and self._is_precise())
            self._reconsider()
            return
        self.given_up |= {result.case.id for result in self.running if self._never_wins(result)}
        leader = self._give_up()
        if leader is None:
            self.done = True
            return
        if used >= 1:  # blocks took longer than expected, and one last look is due in any case
            self._choose(leader)
            return
        decided = all(_is_same(result, leader) for result in self.running if result is not leader)
        if not self.varied and (used + step > FIRST or self.blocks >= FIRST_BLOCKS or decided):
            self.varied, self.blocks = True, 0
            kinds = self._kinds_in_front(leader)
            if self._join(self._unpredictable([each for kind in kinds for each in variants(self.situation, kind)])):
                return
        if used + step <= RACING and self._join(self._promising()):
            self.blocks = 0
            return
        if self.varied and (used + step > RACING or decided):
            self._choose(leader)

    def _step(self, used: float) -> float:
        """The share of the budget that the last block took; of the first one, what came before it counts as well."""
        return used - self.used if self.used else min(used, FIRST_STEP)

    @property
    def wanted(self) -> list[Case]:
        """Those that more samples are wanted of."""
        if self.done:
            return []
        # What takes many times as long as the best is measured once more, for its price, and not for its time.
        last = [id_ for id_ in self.last if not (self.blocks and self._is_hopeless(id_))]
        return [case for case in self.cases if case.id in last] or [
            case for case in self.cases if case.id not in self.given_up and not self._failed(case.id)
        ]

    def finish(self, results: Results) -> Finish | None:
        """What the race has found by these results; None where nothing was measured."""
        self.results = results
        if not self.last:
            leader = leader_of(self.running) or self.serial  # all may have been given up
            if leader is None:
                return None
            self._choose(leader)
        if not self.is_advisable(results[self.last[0]]):  # by samples that were taken since the last look
            self._choose(results[self.last[0]])
        chosen, *compared = (results[id_] for id_ in self.last)
        return Finish(chosen=chosen, compared=tuple(compared), equal=tuple(results[id_] for id_ in self.equal))

    def _failed(self, id_: str) -> bool:
        return id_ in self.results and self.results[id_].failure is not None

    def _join(self, candidates: Sequence[Candidate]) -> bool:
        """Let candidates run that are not yet in the race; False where there are none."""
        made = [
            Case(
                group=GROUP,
                row=each.label,
                side=self.side,
                subject=each.subject,
                workload=self.situation.workload,
                settings=each.settings,
            )
            for each in candidates
        ]
        known = {case.id for case in self.cases}
        new = list({case.id: case for case in made if case.id not in known}.values())
        self.cases += new
        return bool(new)

    def _measured(self, cases: Sequence[Case]) -> list[Result]:
        return [self.results[case.id] for case in cases if case.id in self.results]

    @property
    def running(self) -> list[Result]:
        """The results of those that are still in the race."""
        return [
            result
            for result in self._measured(self.cases)
            if result.case.id not in self.given_up and result.failure is None
        ]

    def _give_up(self) -> Result | None:
        """Give up who is surely slower than the leader, and return the leader; None before there are samples."""
        running = self.running
        first = leader_of(running)
        if first is None:
            return None
        self.looks += 1
        share = WRONGLY / (self.looks * (self.looks + 1)) / max(1, len(running) - 1)
        self.given_up |= {
            result.case.id
            for result in running
            if result is not first
            and len(result.samples) > 1  # a single one may be late
            and (is_behind(result, first, share) or self._is_outclassed(result, first))
        }
        return first

    def _is_outclassed(self, result: Result, leader: Result) -> bool:
        """Whether a case is behind the leader both by what was measured, in two blocks, and by what is predicted."""
        ratio = times_as_long(result, leader)
        if self.foresight is None or ratio is None or ratio < OUTCLASSED or len(blocks_of(result)) < LEAST_BLOCKS:
            return False
        mine, best = (self.foresight.of(Candidate(each.case.subject, each.case.settings)) for each in (result, leader))
        return mine is not None and best is not None and mine.wall.estimate >= BEHIND * best.wall.estimate

    def _is_hopeless(self, id_: str) -> bool:
        """Whether a case takes many times as long as the recommended one."""
        return (times_as_long(self.results[id_], self.results[self.last[0]]) or 1.0) > HOPELESS

    def _reconsider(self) -> None:
        """Choose again where a sample was late, or early, when the recommended case was chosen."""
        last = [self.results[id_] for id_ in self.last]
        first = leader_of([result for result in last if self.is_advisable(result)])
        if first is not None and not (self.is_advisable(last[0]) and _is_as_good(last[0], first)):
            self._choose(first)

    def _kinds_in_front(self, leader: Result) -> list[Workers]:
        """The kinds of workers whose best comes near the leader."""
        near: dict[Workers, None] = {}
        for result in self._measured(self.cases):
            lost = result.failure is not None or self._never_wins(result)
            ratio = None if lost else times_as_long(result, leader)
            if ratio is not None and ratio <= NEAR:
                near[kind_of(result.case.subject)] = None
        return list(near)

    def _choose(self, leader: Result) -> None:
        """Choose what is recommended, and what it is compared with: the best of another kind of workers, and serial.

        Where serial is recommended, it is the best of every other kind: their traces show from when on one would pay.
        """
        leader = self._advisable_leader(leader)
        equal = [
            result
            for result in self.running
            if result is leader or (self.is_advisable(result) and _is_as_good(result, leader))
        ]
        usual = [result for result in equal if not self._starts_otherwise(result)]
        chosen = recommended_of(usual or equal) or leader
        rivals = [
            result
            for result in self._measured(self.cases)
            if result.samples and result.failure is None and result is not chosen
        ]
        others = [result for result in rivals if kind_of(result.case.subject) != kind_of(chosen.case.subject)]
        front = [result for result in others if result.case.id not in self.given_up]
        serial = [result for result in rivals if result is self.serial]
        by_kind = (
            [leader_of([result for result in others if kind_of(result.case.subject) == kind]) for kind in KINDS]
            if chosen.case.subject == "serial"
            else []
        )
        twin = [result for result in rivals if self._starts_otherwise(chosen) and _is_twin(result, chosen)]
        beside = (leader_of(front or others or rivals), *by_kind, *twin, self._counterpart(chosen, rivals), *serial)
        ids = [chosen.case.id, *(result.case.id for result in beside if result is not None)]
        self.equal = tuple(result.case.id for result in equal if result is not chosen)
        self.last = tuple(dict.fromkeys(ids))
        self.blocks = 0

    def _starts_otherwise(self, result: Result) -> bool:
        """Whether a case has another start method than its interpreter, which was not asked for."""
        return result.case.row.endswith(tuple(f" {method}" for method in self.situation.other_starts))

    def _counterpart(self, chosen: Result, rivals: Sequence[Result]) -> Result | None:
        """The best workers of the chosen kind with another number of threads for libraries; None where there is one.

        Beside a plain loop that leaves the cores to such threads, it is the best workers that do so, too.
        """
        kind, threads = kind_of(chosen.case.subject), chosen.case.settings.inner_threads
        return leader_of(
            [
                result
                for result in rivals
                if self.situation.threaded
                and result.case.subject != "serial"
                and (kind_of(result.case.subject) == kind or kind == "none")
                and (result.case.settings.inner_threads is None) == (threads is not None or kind == "none")
            ]
        )

    @property
    def serial(self) -> Result | None:
        """The result of one task after the other, where it was measured."""
        return next(
            (
                result
                for result in self._measured(self.cases)
                if result.case.subject == "serial" and result.samples and result.failure is None
            ),
            None,
        )

    def _advisable_leader(self, leader: Result) -> Result:
        """The leader where it may be recommended, or else the fastest that may be."""
        if self.is_advisable(leader):
            return leader
        serial = [self.serial] if self.serial is not None else []
        others = [result for result in self.running if self.is_advisable(result) and result.case.subject != "serial"]
        return leader_of([*serial, *others]) or leader

    def is_advisable(self, result: Result) -> bool:
        """Whether a case may be recommended: serial, and what is faster than it by every figure shown.

        Threads that take turns with one GIL are not, whatever was measured: for what only computes, they are faster
        than serial by chance, or because they get a larger share of a machine that others keep busy.
        """
        serial = self.serial
        if serial is None or result is serial:
            return True
        return bool(result.samples) and not self._takes_turns(result) and _is_faster(result, serial)

    def _never_wins(self, result: Result) -> bool:
        """Whether enough was seen of a case to know that it takes turns: it must not put others out of the race."""
        return len(blocks_of(result)) >= LEAST_BLOCKS and self.serial is not None and self._takes_turns(result)

    @property
    def kinds_taking_turns(self) -> set[Workers]:
        """The kinds of workers that were seen to take turns at pure computing."""
        measured = [
            result
            for result in self._measured(self.cases)
            # threads of a library keep several cores busy, whatever those of Python do
            if result.samples and not (self.situation.threaded and result.case.settings.inner_threads is None)
        ]
        free = {kind_of(result.case.subject) for result in measured if not self._takes_turns(result)}
        return {kind_of(result.case.subject) for result in measured} - free

    def _takes_turns(self, result: Result) -> bool:
        """Whether a function only computes, and a case's workers take turns at that."""
        kind = kind_of(result.case.subject)
        shares = kind == "coroutines" or (kind == "threads" and self.situation.gil)
        if not shares or waits(self.situation):
            return False
        samples = [sample for sample in result.samples if sample.cpu is not None]
        if not samples:
            return kind == "coroutines"  # whether threads do is unknown then
        return sum(sample.cpu or 0.0 for sample in samples) <= ONE_CORE * sum(sample.wall for sample in samples)

    def _is_precise(self) -> bool:
        """Whether the interval between the recommended case and the runner-up is narrow enough."""
        if len(self.last) == 1 or self._is_hopeless(self.last[1]):
            return True
        ratio = _time_by(self.results[self.last[1]], self.results[self.last[0]])
        if ratio is None or ratio.low is None or ratio.high is None:
            return False
        is_slower = ratio.low > 1 + MARGIN
        return ratio.high - ratio.low <= (max(PRECISE, CLEAR * (ratio.estimate - 1)) if is_slower else PRECISE)


def recommended_of(equal: Sequence[Result]) -> Result | None:
    """Of cases that are as good as each other, the fastest of the simplest kind of workers.

    Of the same kind, one of the usual strategies is preferred only to what surely takes as long: three per cent that
    can't be confirmed are not worth a choice of words.
    """
    simple = simplest(equal)
    fastest = leader_of(simple)
    if fastest is None:
        return None
    usual = [result for result in simple if result.case.subject in USUAL and _is_same(result, fastest)]
    return leader_of(usual) or fastest


def _is_faster(result: Result, serial: Result) -> bool:
    """Whether a case is faster than serial by each of the estimates that the output shows of the two.

    These are the pairs' mean that tables and sentences show, the trimmed one that the race goes by, and the medians of
    the rows. Late samples move them apart, and then none is to be believed.
    """
    ratio, typical = ratio_interval(result.samples, serial.samples), times_as_long(result, serial)
    if (ratio is not None and ratio.estimate > 1) or (typical is not None and typical > 1):
        return False
    return median_interval(result.samples).estimate <= median_interval(serial.samples).estimate


def _time_by(result: Result, other: Result) -> Interval | None:
    """The wall time of a case as a multiple of another's, with its interval; None where they share no round."""
    blocks = block_changes(figures(other), figures(result))
    least = max(BETWEEN_HOSTS, least_scatter(figures(other), figures(result)))
    return change_interval(blocks, 0.95, least) if blocks else None


def _is_same(result: Result, leader: Result) -> bool:
    """Whether the whole interval of two cases' ratio lies within the margin."""
    ratio = _time_by(result, leader)
    if ratio is None or ratio.low is None or ratio.high is None:
        return False
    return ratio.low >= 1 / (1 + MARGIN) and ratio.high <= 1 + MARGIN


def _is_as_good(result: Result, leader: Result) -> bool:
    """Whether a case that is still in the race is as good as its leader: probably as fast, or surely the same."""
    ratio = times_as_long(result, leader)
    return ratio is not None and (ratio <= TIE or _is_same(result, leader))


def _is_twin(result: Result, other: Result) -> bool:
    """Whether two cases differ in their start method alone."""
    mine, its = result.case.settings, other.case.settings
    return result.case.subject == other.case.subject and replace(mine, start_method=its.start_method) == its
