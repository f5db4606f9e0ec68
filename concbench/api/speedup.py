"""Is one strategy N times as fast as another? Measured until that is certain, or the budget is used up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from concbench.analysis.figures import pairs_of
from concbench.api.answer import Answer
from concbench.api.calls import refuse_in_a_host
from concbench.api.measurement import Subject, comparing, measured
from concbench.measure.plan import Steps
from concbench.model.result import Interval
from concbench.model.run import Run
from concbench.report.safe import printable
from concbench.report.uncertainty import plus_minus, reach_in_words
from concbench.report.units import figures, waiting
from concbench.session.errors import WrongSetting
from concbench.session.options import Given, options_of, refuse_several
from concbench.session.survey import Survey
from concbench.session.threshold import ThresholdSchedule
from concbench.stats.sequential import Threshold
from concbench.stats.sequential import ThresholdFinding as Finding


@dataclass(frozen=True, kw_only=True)
class Speedup:
    """Whether a demanded speed-up was reached."""

    answer: Answer
    finding: Finding
    speedup: Interval | None
    """At the last look, with the confidence that this look may spend; None if nothing was measured side by side."""
    sentence: str
    """What was demanded, and what was measured."""
    failed: bool
    """Whether one of the two could not be measured."""


def measured_speedup(
    subject: Subject, strategy: str, given: Given, *, over: str, at_least: float, progress: bool | None
) -> Speedup:
    """Measure whether a strategy is `at_least` times as fast as `over`; raises as `concbench.compare` does."""
    refuse_in_a_host()
    if isinstance(at_least, bool) or not isinstance(at_least, int | float) or not 0 < at_least < float("inf"):
        raise WrongSetting("at_least", f"{at_least!r} is not a number above 0")
    if over == strategy:
        raise WrongSetting("over", f"{over!r} is the strategy itself: name another one")
    options = options_of(given)
    refuse_several(options, "one case is compared with one other")
    with comparing(replace(subject, strategies=(over, strategy), reference=over), options) as asked:
        demand = Demand(asked, strategy, over, at_least)
        return demand.outcome(measured(demand, progress))


class Demand:
    """A question that is measured until it is certain whether `strategy` is `least` times as fast as `over`."""

    def __init__(self, survey: Survey, strategy: str, over: str, least: float) -> None:
        self.survey, self.session, self.strategy, self.over, self.least = survey, survey.session, strategy, over, least
        self.cases = survey.selection.cases
        by_subject = {case.subject: case.id for case in self.cases}
        self.threshold = Threshold(least)
        self.schedule = ThresholdSchedule(by_subject[strategy], by_subject[over], self.threshold)

    def measure(self) -> Steps:
        """Measure until it is certain; yields what is being done."""
        return self.session.measure(self.schedule, self.cases, self.survey.options.plan())

    def run(self, complete: bool = True) -> Run:
        """The run document of what has been measured so far."""
        return self.survey.run(complete)

    def outcome(self, answer: Answer) -> Speedup:
        """What came of it."""
        found = self.threshold
        case, other = (answer.result(id_) for id_ in (self.schedule.case, self.schedule.other))
        words = f"{printable(self.strategy)} was to be at least {figures(self.least)} times as fast as "
        words += f"{printable(self.over)}, and "
        words += {"reached": "is: ", "missed": "is not: ", "undecided": "that is undecided: "}[found.finding]
        failed = next((each for each in (case, other) if each.failure is not None), None)
        if failed is not None and failed.failure is not None:
            words += f"{printable(failed.case.label)} could not be measured: {printable(failed.failure.message)}"
        elif found.interval is None:
            words += "the two were not measured side by side"
        else:
            words += times_as_fast(found.interval, pairs_of(other, case))
        if found.finding == "undecided" and failed is None:
            words += f"; {self.still_needed(answer.run)}"
        return Speedup(
            answer=answer,
            finding=found.finding,
            speedup=found.interval,
            sentence=f"{words}.",
            failed=failed is not None,
        )

    def still_needed(self, run: Run) -> str:
        """How much longer it would take."""
        more = self.threshold.more_blocks
        if more is None:
            return "whether a larger budget would settle it is unknown"
        return f"about {waiting(more * run.seconds / max(1, run.blocks))} more would settle it (budget)"


def times_as_fast(speedup: Interval, pairs: Sequence[float]) -> str:
    """A speed-up with its interval, or with the range of its pairs if an interval would say nothing.

    >>> times_as_fast(Interval(estimate=3.94, low=3.81, high=4.07, confidence=0.99375, blocks=6), [])
    '3.94 times as fast (99.4 % interval 3.81 to 4.07, 6 blocks)'
    """
    text = f"{figures(speedup.estimate)} times as fast"
    if speedup.low is None or speedup.high is None or not plus_minus(speedup):
        return f"{text} ({reach_in_words(speedup, pairs)})"
    interval = f"{100 * speedup.confidence:.3g} % interval {figures(speedup.low)} to {figures(speedup.high)}"
    return f"{text} ({interval}, {speedup.blocks} blocks)"
