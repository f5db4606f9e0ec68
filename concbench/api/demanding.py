"""Is one strategy so many times as fast as another? Measured until that is sure, or the budget is used up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from concbench.api.answer import Answer
from concbench.api.asking import refuse_in_a_host
from concbench.api.comparing import Comparing, comparing
from concbench.api.errors import WrongSetting
from concbench.api.measuring import measured
from concbench.api.settings import is_number, options_of, refuse_several
from concbench.measure.blocks import measure
from concbench.measure.plan import Listener
from concbench.model import Case, Interval, Run
from concbench.report.safe import printable
from concbench.report.uncertainty import pairs_of, plus_minus, reach_in_words
from concbench.report.units import figures, waiting
from concbench.stats.changes import block_changes, least_scatter
from concbench.stats.gate import FEWEST_BLOCKS
from concbench.stats.threshold import Finding, Threshold
from concbench.suites.asking import Asked

ALONE = ("strategies", "reference", "precision", "blocks", "verify", "python")
"""Settings of a comparison that a demand has none of."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a demand."""

    answer: Answer
    finding: Finding
    speedup: Interval | None
    """At the last look, with the confidence that this look may spend; None where nothing was measured side by side."""
    sentence: str
    """What was demanded, and what was measured."""
    failed: bool
    """Whether one of the two could not be measured."""


def demanded(
    function: Any, items: Any, strategy: str, *, over: str, at_least: float, progress: bool | None = None, **given: Any
) -> Outcome:
    """Measure whether a strategy is so many times as fast as another one; raises as `concbench.compare` does."""
    refuse_in_a_host()
    if not is_number(at_least) or at_least <= 0:
        raise WrongSetting("at_least", f"{at_least!r} is not a number above 0")
    if over == strategy:
        raise WrongSetting("over", f"{over!r} is the strategy itself: name another one")
    about = {name: given.pop(name) for name in ("expect", "init") if name in given}
    comparison = Comparing(function=function, items=items, strategies=(over, strategy), reference=over, **about)
    refused = [name for name in ALONE if name in given]
    if refused:
        raise WrongSetting(refused[0], "it has no place where is measured until it is sure")
    options = options_of(**given)
    refuse_several(options, "one case is compared with one other")
    with comparing(comparison, options) as asked:
        demand = Demand(asked, strategy, over, at_least)
        return demand.outcome(measured(demand, progress))


class Demand:
    """A question that is measured until it is sure whether `strategy` is `least` times as fast as `over`."""

    def __init__(self, asked: Asked, strategy: str, over: str, least: float) -> None:
        self.asked, self.strategy, self.over, self.least = asked, strategy, over, least
        part = asked.cast.parts[0].name
        by_id = {case.id: case for case in asked.cast.cases}
        self.case, self.other = by_id[f"{part}/{strategy}"], by_id[f"{part}/{over}"]
        self.threshold = Threshold(least)

    @property
    def cases(self) -> list[Case]:
        """What is measured."""
        return self.asked.cases

    def measure(self, listen: Listener) -> None:
        """Measure until it is sure; on an interruption, what was measured so far stays."""
        plan = replace(self.asked.options.plan(), fewest_blocks=FEWEST_BLOCKS, wanted=self.wanted)
        measure(self.asked.cast.cases, plan, self.asked.tally, listen)

    def run(self, complete: bool = True) -> Run:
        """Return the run document of what has been measured so far."""
        return self.asked.run(complete)

    def wanted(self, used: float) -> set[str]:
        """Look at what was found so far; both cases are wanted until it is sure, or one has failed."""
        if any(case.error is not None for case in (self.case, self.other)):
            return set()
        ratios = block_changes(self.case, self.other, "wall")
        self.threshold.look(used, ratios, least_scatter(self.case, self.other, "wall"))
        return {self.case.id, self.other.id} if self.threshold.finding == "undecided" else set()

    def outcome(self, answer: Answer) -> Outcome:
        """Return what came of it, in a sentence, too."""
        found = self.threshold
        words = f"{printable(self.strategy)} was to be at least {figures(self.least)} times as fast as "
        words += f"{printable(self.over)}, and "
        words += {"reached": "is: ", "missed": "is not: ", "undecided": "that is undecided: "}[found.finding]
        failed = next((case for case in (self.case, self.other) if case.error is not None), None)
        if failed is not None and failed.error is not None:
            words += f"{printable(failed.label)} could not be measured: {printable(failed.error.message)}"
        elif found.interval is None:
            words += "the two were not measured side by side"
        else:
            words += times_as_fast(found.interval, pairs_of(self.other, self.case))
        if found.finding == "undecided" and failed is None:
            words += f"; {self.still_needed(answer.run)}"
        return Outcome(
            answer=answer,
            finding=found.finding,
            speedup=found.interval,
            sentence=f"{words}.",
            failed=failed is not None,
        )

    def still_needed(self, run: Run) -> str:
        """Return how much longer it would take."""
        more = self.threshold.more_blocks
        if more is None:
            return "whether a larger budget would settle it can't be told"
        return f"about {waiting(more * run.seconds / max(1, run.blocks))} more would settle it (budget)"


def times_as_fast(speedup: Interval, pairs: Sequence[float]) -> str:
    """Return a speed-up with its interval; where that would say nothing, with the range of its pairs.

    >>> times_as_fast(Interval(estimate=3.94, low=3.81, high=4.07, confidence=0.99375, blocks=6), [])
    '3.94 times as fast (99.4 % interval 3.81 to 4.07, 6 blocks)'
    """
    text = f"{figures(speedup.estimate)} times as fast"
    if speedup.low is None or speedup.high is None or not plus_minus(speedup):
        return f"{text} ({reach_in_words(speedup, pairs)})"
    interval = f"{100 * speedup.confidence:.3g} % interval {figures(speedup.low)} to {figures(speedup.high)}"
    return f"{text} ({interval}, {speedup.blocks} blocks)"
