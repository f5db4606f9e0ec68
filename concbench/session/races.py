"""A schedule of races, one under every interpreter: on the job itself, or on a sample of it where the job is larger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from concbench.analysis.figures import blocks_of
from concbench.analysis.ranking import HOPELESS
from concbench.measure.plan import Block, Results
from concbench.model.case import Case
from concbench.model.result import Result
from concbench.session.candidates import KINDS, Candidate, Situation, Workers, stand_in
from concbench.session.foresight import Foresight, Prospect, recommended
from concbench.session.race import LEAST_BLOCKS, RACING, Finish, Race

SETTLED = 3
"""Blocks without a newcomer after which more of them hardly change what is predicted."""
LAST_BLOCKS = 2
"""Blocks of the last look, in which those that the answer names are watched and traced."""

Foresee = Callable[[Situation, str | None], Foresight | None]
"""What can be predicted under an interpreter, from all that has been measured so far; None where nothing can be."""


@dataclass
class JobRace(Race):
    """A race on a sample, on this machine, of a job that is larger, or is to run elsewhere: predictions decide.

    What is measured is what stands in for the candidates; it corrects the predictions of the job.
    """

    def _promising(self) -> list[Candidate]:
        return [stand_in(each, self.situation) for each in super()._promising()]

    def _unpredictable(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        return []  # it could not be recommended for the job

    def look(self, results: Results, used: float) -> None:
        """Decide by what is predicted now, when a share of the budget is used up."""
        self.results = results
        self.blocks += 1
        step, self.used = self._step(used), used
        if self.last:
            self.done = used >= 1 or self.blocks >= LAST_BLOCKS
            return
        promising = self._promising()
        if used + step <= RACING and self._join(promising):
            self.blocks = 0
            return
        self._give_up_all_but(promising)
        if used + step > RACING or self.blocks >= SETTLED or not self.wanted:
            self._look_again()

    def finish(self, results: Results) -> Finish | None:
        """What is recommended for the job by these results; None where nothing was measured, or can be predicted."""
        self.results = results
        prospects = [] if self.foresight is None else self.foresight.prospects()
        cores = None if self.foresight is None else self.foresight.target.cores
        best = recommended(prospects, self._may_be_recommended, cores=cores)
        if best is None or (chosen := self._nearest(best.candidate)) is None:
            return super().finish(results)
        others = list(self._best_of_others(best, prospects))
        compared = [found for each in others if (found := self._nearest(each.candidate)) is not None]
        return Finish(
            chosen=chosen,
            compared=tuple({result.case.id: result for result in compared if result is not chosen}.values()),
            prospect=best,
            others=tuple(others),
        )

    def _give_up_all_but(self, promising: Sequence[Candidate]) -> None:
        """Give up what is no longer promising, once two blocks have shown that."""
        wanted = {each.label for each in promising}
        self.given_up |= {
            result.case.id
            for result in self.running
            if result.case.row not in wanted and not self._is_needed(result) and len(blocks_of(result)) >= LEAST_BLOCKS
        }

    def _is_needed(self, result: Result) -> bool:
        """Whether it is serial, by which the times of tasks are known, and not by far the slowest."""
        best = min((sample.wall for each in self.running for sample in each.samples), default=0.0)
        return result.case.subject == "serial" and min(sample.wall for sample in result.samples) <= HOPELESS * best

    def _look_again(self) -> None:
        """Begin the last look: at what stands in for the recommended way, and for the best of the other kinds."""
        finish = self.finish(self.results)
        if finish is None:
            self.done = True
            return
        self.last = tuple(dict.fromkeys(result.case.id for result in (finish.chosen, *finish.compared)))
        self.blocks = 0

    def _best_of_others(self, best: Prospect, prospects: Sequence[Prospect]) -> list[Prospect]:
        """The best of every other kind of workers, the simplest first."""
        barred = self.kinds_taking_turns
        kinds: list[Workers] = [kind for kind in KINDS if kind != best.candidate.kind and kind not in barred]
        found = (recommended([each for each in prospects if each.candidate.kind == kind]) for kind in kinds)
        return [each for each in found if each is not None]

    def _nearest(self, candidate: Candidate) -> Result | None:
        """The measured case most like a candidate: of its strategy, with as many threads for libraries."""
        near = stand_in(candidate, self.situation)
        measured = [result for result in self._measured(self.cases) if result.samples and result.failure is None]
        alike = candidate.subject, candidate.settings.inner_threads
        its = [each for each in measured if (each.case.subject, each.case.settings.inner_threads) == alike]
        return min(its, key=lambda result: _distance(result.case, near), default=None)

    def _may_be_recommended(self, candidate: Candidate) -> bool:
        """Whether it was measured on the sample, and its workers don't take turns at pure computing."""
        result = self._nearest(candidate)
        return result is not None and (candidate.subject == "serial" or not self._takes_turns(result))


def _distance(case: Case, other: Candidate) -> float:
    """How much the settings of a case differ from a candidate's, as the sum of factors; another start method is one."""
    mine, its = case.settings, other.settings
    pairs = ((mine.workers, its.workers), (mine.limit, its.limit), (mine.chunksize, its.chunksize))
    started = its.start_method in (None, mine.start_method)
    return sum(max(one or 1, two or 1) / min(one or 1, two or 1) for one, two in pairs) + (not started)


@dataclass
class Races:
    """The schedule of a race under every interpreter, once its function is examined there."""

    situations: Mapping[str, Situation]
    """By the id of the case of `serial` under each interpreter: all but the workload, which is not examined yet."""
    foresee: Foresee = lambda situation, side: None
    races: list[Race] = field(default_factory=list)
    begun: bool = False
    fewest_blocks: int = 1
    blocks: int | None = None

    def next(self, results: Results, used: float) -> Block | None:
        """The next block: those that are still wanted, of which those in the last look are watched and traced."""
        if not self.begun:
            self.begun = True
            for id_, situation in self.situations.items():
                if results[id_].failure is None:
                    race = self._race(replace(situation, workload=results[id_].case.workload), results[id_].case)
                    race.begin(results)
                    self.races.append(race)
        else:
            for race in self.races:
                if not race.done:
                    self._foresee(race)
                    race.look(results, used)
        cases = tuple(case for race in self.races for case in race.wanted)
        last = frozenset(id_ for race in self.races for id_ in race.last)
        return Block(cases=cases, watched=last, traced=last) if cases else None

    def _foresee(self, race: Race) -> None:
        """Predict again, by what was measured since; after the first look, only what came near the best then."""
        before, race.foresight = race.foresight, self.foresee(race.situation, race.side)
        if before is not None and race.foresight is not None and race.looks_ahead:
            race.foresight.candidates = [each.candidate for each in before.prospects()]
        race.looks_ahead += 1

    def _race(self, situation: Situation, first: Case) -> Race:
        """The race on the job itself, or, where that is another one than is run, and can be predicted, on a sample."""
        foresight = self.foresee(situation, first.side)
        predicted = foresight is not None and is_elsewhere(foresight, situation) and foresight.prospects()
        kind = JobRace if predicted else Race
        return kind(situation, first.side, [first], foresight=foresight)


def is_elsewhere(foresight: Foresight, situation: Situation) -> bool:
    """Whether the job has other items than are run, another machine, or a pool that is running already."""
    target = foresight.target
    return target.items != situation.workload.tasks or target.cores != foresight.here or target.warm
