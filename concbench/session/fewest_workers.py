"""A schedule that finds the fewest workers that are enough for a command.

It begins with a few numbers from the whole range, and goes on with numbers between the most that are not enough and the
fewest that are, and next to the fastest. After that, it repeats the fewest that are enough, all below that may be
enough, and the fastest, until each is decided. A number is enough where it is not conclusively slower than the fastest,
or by no more than the margin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import sqrt

from concbench.analysis.figures import blocks_of, pairs_of
from concbench.analysis.ranking import fastest_of, is_behind, times_as_long
from concbench.measure.plan import Block, Results
from concbench.model.case import Case
from concbench.model.result import Interval, Result
from concbench.stats.intervals import FEWEST_BLOCKS, median_interval, ratio_interval
from concbench.stats.verdicts import MARGIN, clearly, verdict

FEW = 5
"""No more numbers than this are all measured in the first block; of more, each about twice the one before."""
MAYBE = 1.25
"""What takes this many times as long in its first rounds may still be the fastest."""
FAR = 1.08
"""What takes this many times as long as the fastest, and longer in every round, is not enough in few rounds, either."""
NEAR = 1.5
"""Of two numbers that take as long, one between them may be faster only if they differ by more than this factor."""
CLOSE = 1.1
"""Not conclusively slower is worth saying only of what measured no more than this many times as long."""
LATE = 0.7
"""The share of the budget after which memory is looked at in any case, which takes a run of its own."""
WRONGLY = 0.05
"""The chance that any number is given up although it is as fast as the fastest, over all looks."""


@dataclass
class FewestWorkers:
    """Finds the fewest workers of one command."""

    cases: Sequence[Case]
    """One for each number of workers that may be tried."""
    blocks: int | None = None
    fewest_blocks: int = 1
    begun: bool = False
    ended: bool = False
    """Whether it was decided in an earlier look: then one more block is for memory, shown beside the answer."""
    looks: int = 0
    given_up: set[str] = field(default_factory=set)
    """The ids of those that are surely slower than the fastest, by more than the margin."""

    def next(self, results: Results, used: float) -> Block | None:
        """The next block; None once it is decided for each number whether it is enough, or the budget is used up."""
        in_order = sorted(self.cases, key=workers_of)
        if not self.begun:
            self.begun = True
            return Block(cases=tuple(first_look(in_order)))
        running = [results[case.id] for case in in_order if is_measured(results.get(case.id))]
        first = best_of(running)
        if used >= 1 or first is None:
            return None
        self._give_up(running, first)
        enough = fewest_enough(running) or first
        left = [each for each in running if each.case.id not in self.given_up]
        wanted = [
            each
            for each in left
            if each is first or workers_of(each.case) <= workers_of(enough.case) or _may_be_faster(each, first)
        ]
        new = self._between(in_order, results, enough, first)
        is_open = any(each is not first and not is_decided(each, first) for each in wanted)
        decided = not new and not is_open and len(blocks_of(first)) >= FEWEST_BLOCKS
        shown = frozenset({enough.case.id, first.case.id}) if decided or used > LATE else frozenset()
        if decided and _is_to_be_said(running[0], first):
            wanted = [running[0], *(each for each in wanted if each is not running[0])]
        elif decided:
            if self.ended or all(each.watch is not None for each in (enough, first)):
                return None
            self.ended = True
        return Block(cases=(*(each.case for each in wanted), *new), watched=shown)

    def _give_up(self, running: Sequence[Result], first: Result) -> None:
        """Give up who is surely slower than the fastest; each look spends a share of the error rate, as in a race."""
        self.looks += 1
        share = WRONGLY / (self.looks * (self.looks + 1)) / max(1, len(running) - 1)
        for each in running:
            if each is not first and is_slower(each, first):
                by_far = clearly(pairs_of(each, first)) == "slower"
                if by_far or (len(each.samples) > 1 and is_behind(each, first, share)):
                    self.given_up.add(each.case.id)

    def _between(self, in_order: Sequence[Case], results: Results, enough: Result, first: Result) -> list[Case]:
        """Numbers that were not tried, in the middle between two where fewer may be enough, or more be faster still."""
        tried = [at for at, case in enumerate(in_order) if case.id in results]
        found = []
        for low, high in pairwise(tried):
            one, other = (results[in_order[at].id] for at in (low, high))
            beside_the_fastest = first in (one, other) and not _are_alike(one, other)
            if high - low > 1 and (other is enough or beside_the_fastest):
                wanted = sqrt(workers_of(in_order[low]) * workers_of(in_order[high]))
                found.append(min(in_order[low + 1 : high], key=lambda case: abs(workers_of(case) - wanted)))
        return found


def _is_to_be_said(fewest: Result, first: Result) -> bool:
    """Whether the row of the fewest workers, beside which it is said what more of them gain, has too few rounds."""
    pairs = pairs_of(fewest, first)
    return fewest is not first and len(pairs) < FEWEST_BLOCKS and clearly(pairs) != "slower"


def _may_be_faster(result: Result, first: Result) -> bool:
    """Whether too little was seen of a number to say that it is not faster than the fastest so far."""
    ratio = times_as_long(result, first)
    return len(blocks_of(result)) < FEWEST_BLOCKS and (ratio is None or ratio <= MAYBE)


def _are_alike(fewer: Result, more: Result) -> bool:
    """Whether two numbers take as long, by the samples so far, and are so near that nothing between is much faster.

    Between 4 and 8 workers that take as long, 6 may be faster: with fewer, tasks wait, and with more, starting workers
    takes longer than they save.
    """
    ratio = times_as_long(fewer, more) if is_measured(fewer) and is_measured(more) else None
    near = workers_of(more.case) <= NEAR * workers_of(fewer.case)
    return near and ratio is not None and 1 / (1 + MARGIN) <= ratio <= 1 + MARGIN


def first_look(in_order: Sequence[Case]) -> list[Case]:
    """The cases of the first block: the fewest and the most workers, and some between, each about twice the last."""
    if len(in_order) <= FEW:
        return list(in_order)
    found = [in_order[0]]
    for case in in_order[1:-1]:
        if workers_of(case) >= 2 * workers_of(found[-1]) and 2 * workers_of(case) <= workers_of(in_order[-1]):
            found.append(case)
    return [*found, in_order[-1]]


def fewest_enough(results: Sequence[Result]) -> Result | None:
    """The result with the fewest workers that is not conclusively slower than the fastest; None without samples.

    A difference within the margin does not count, however certain it is.
    """
    measured = sorted(filter(is_measured, results), key=lambda result: workers_of(result.case))
    first = best_of(measured)
    return None if first is None else next(each for each in measured if each is first or not is_slower(each, first))


def best_of(results: Sequence[Result]) -> Result | None:
    """The fastest of some results, by the ratios that a table with it as its reference has; None without samples.

    Once there are blocks enough, it is one that was measured in as many: of several that are as fast, one with a single
    sample would often be in front by chance.
    """
    blocks = max((len(blocks_of(result)) for result in results), default=0)
    measured = [
        result for result in results if is_measured(result) and len(blocks_of(result)) >= min(blocks, FEWEST_BLOCKS)
    ]
    first = fastest_of(measured)
    for _ in measured if first is not None else ():
        ratios = [(ratio.estimate, each) for each in measured if (ratio := _ratio(each, first)) is not None]
        least, better = min(ratios, key=lambda pair: pair[0], default=(1.0, first))
        if least >= 1:
            break
        first = better
    return first


def is_slower(result: Result, first: Result) -> bool:
    """Whether a row is conclusively slower than the fastest, and by more than the margin.

    Of three or four rounds, an interval says little: what takes much longer, and longer in every round, is slower, too;
    and where they have no round in common, by its median.
    """
    ratio, pairs = _ratio(result, first), pairs_of(result, first)
    if ratio is None:
        mine, best = (median_interval(each.samples).estimate for each in (result, first))
        return mine > FAR * best
    if ratio.estimate <= 1 + MARGIN:
        return False
    return verdict(ratio, pairs=pairs) == "slower" or (ratio.estimate > FAR and min(pairs) > 1)


def is_close(result: Result, first: Result) -> bool:
    """Whether a row is not conclusively slower than the fastest, and comes near it."""
    ratio = _ratio(result, first)
    return ratio is not None and ratio.estimate <= CLOSE and not is_slower(result, first)


def is_decided(result: Result, first: Result) -> bool:
    """Whether it is known of a row if it is slower than the fastest by more than the margin: by its whole interval."""
    ratio = _ratio(result, first)
    if ratio is None or ratio.low is None or ratio.high is None or ratio.blocks < FEWEST_BLOCKS:
        return False
    return ratio.high <= 1 + MARGIN or ratio.low > 1 + MARGIN


def is_measured(result: Result | None) -> bool:
    """Whether there are samples of a case, and it has not failed."""
    return result is not None and bool(result.samples) and result.failure is None


def workers_of(case: Case) -> int:
    """The number of workers of a command."""
    return case.settings.workers or 1


def _ratio(result: Result, first: Result | None) -> Interval | None:
    if first is None or result is first:
        return None
    return ratio_interval(result.samples, first.samples, metric=result.case.metric)
