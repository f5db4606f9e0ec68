"""Decisions while figures come in: error spending over looks, Holm's method over figures, a gate, and a threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum, inf, log, log1p, sqrt
from typing import Literal, NamedTuple

from concbench.model.result import Interval
from concbench.model.run import Gated, Verdict
from concbench.stats.sample_size import Settles, remaining_blocks
from concbench.stats.t_distribution import t_quantile
from concbench.stats.two_samples import LEAST_SCATTER, chance_of_slower, change_interval

FEWEST_BLOCKS = 6
"""Nothing is decided on fewer: a t-interval of so few relies on normality. A look with fewer blocks keeps its share of
the error rate for the next one."""

LONGEST = 3.0
"""Times the budget: how long a figure that is probably, but not surely, worse may be measured."""
USUAL = 1 / LONGEST
"""The share of the longest time at which the budget is used up; the rest is for such figures only."""
LOOKS = (USUAL / 6, USUAL / 3, USUAL * 2 / 3, USUAL, USUAL * 1.5, USUAL * 2, 1.0)
"""Shares of the longest time at which a gate looks: few, as each look widens the other intervals, and early enough that
a clear case ends after 2 to 4 s."""
POWER = 1.0
"""How slowly the error rate is spent: 1 is in proportion to time; larger values keep more for the last look."""
USUALLY = 0.9
"""The share of the intervals' error rate spent within the budget, when most figures are settled."""
INTERVAL_POWER = 1.5
"""How slowly that share is spent."""

FALSE_ALARMS = 0.01
"""The chance that a gate over identical code reports a regression in any figure: at most one run in 100."""
CONFIDENCE = 0.95
"""Of a gate's intervals, over all looks together."""
SHARES = {"cpu": 0.5, "memory": 0.15, "utilisation": 0.15, "dispatch": 0.15}
"""Shares of the error rate by metric: CPU time scatters least and reveals most slowdowns first; memory and shares
rarely move."""
OTHER_SHARE = 0.35
"""The share of any other metric."""
SUSPICIOUS = 2 / 3
"""Of the margin, on a log scale: an undecided figure whose estimate is beyond this is worth the longest time."""

THRESHOLD_LOOKS = (1 / 4, 3 / 8, 1 / 2, 3 / 4, 1.0)
"""Shares of the budget at which a threshold is looked at."""
ERROR = 0.05
"""The chance that the truth lies outside any of a threshold's intervals, so half of it for an error on either side."""


def weights(looks: Sequence[float] = LOOKS, power: float = POWER) -> list[float]:
    """The share of the error rate that each look spends; they add up to 1.

    A look at the share f of the time may have spent f**power by then (the power family of Kim and DeMets, "Design and
    Analysis of Group Sequential Tests Based on the Type I Error Spending Rate Function", 1987). Each look spends its
    own share whatever the others found. That is Bonferroni's inequality over looks: it assumes nothing about how looks
    depend on each other or why there was another one, and costs some power against exact boundaries, which would
    need normality.

    >>> [round(weight, 3) for weight in weights()]
    [0.056, 0.056, 0.111, 0.111, 0.167, 0.167, 0.333]
    """
    return _increments([look**power for look in looks])


def interval_weights(looks: Sequence[float] = LOOKS) -> list[float]:
    """The share of the intervals' error rate that each look spends; they add up to 1.

    Most of it is spent within the budget, when most figures are found to be the same.

    >>> [round(weight, 3) for weight in interval_weights()]
    [0.061, 0.112, 0.317, 0.41, 0.025, 0.025, 0.05]
    """
    return _increments(
        [
            USUALLY * (look / USUAL) ** INTERVAL_POWER
            if look <= USUAL
            else USUALLY + (1 - USUALLY) * (look - USUAL) / (1 - USUAL)
            for look in looks
        ]
    )


def _increments(spent: Sequence[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise([0.0, *spent])]


def holm(chances: Sequence[float], level: float, weights: Sequence[float] | None = None) -> list[bool]:
    """Whether each p-value is small enough, with a chance of at most `level` that any of them is so falsely.

    The smallest has to be at most `level` divided by their number, the next one by one fewer, and so on until one is
    too large (Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979). With weights, which are positive
    and chosen beforehand, a figure gets its weight's share of what is left, and the smallest by its weight comes first
    (section 4 there). Nothing is assumed about dependence: wall and CPU time of a case may well move together.

    >>> holm([0.001, 0.5, 0.02], 0.05)
    [True, False, True]
    >>> holm([0.02, 0.03], 0.03), holm([0.02, 0.03], 0.03, [4, 1])
    ([False, False], [True, True])
    """
    shares = [1.0] * len(chances) if weights is None else list(weights)
    small = [False] * len(chances)
    left = fsum(shares)
    for index in sorted(range(len(chances)), key=lambda index: chances[index] / shares[index]):
        if chances[index] > level * shares[index] / left:
            break
        small[index] = True
        left -= shares[index]
    return small


def gated_verdict(ratio: Interval, margin: float, *, slower: bool, faster: bool) -> Verdict:
    """A gate's verdict on a ratio that is known to be surely slower, surely faster, or neither.

    `same` where the whole interval lies within the margin; otherwise what is sure, if the estimate is beyond the
    margin.

    >>> wide = Interval(estimate=1.2, low=1.1, high=1.3, confidence=0.95, blocks=8)
    >>> gated_verdict(wide, 0.05, slower=True, faster=False), gated_verdict(wide, 0.5, slower=True, faster=False)
    ('slower', 'same')
    """
    if ratio.low is not None and ratio.high is not None and 1 / (1 + margin) <= ratio.low <= ratio.high <= 1 + margin:
        return "same"
    if slower and ratio.estimate > 1 + margin:
        return "slower"
    if faster and ratio.estimate < 1 / (1 + margin):
        return "faster"
    return "undecided"


class Key(NamedTuple):
    """A figure of a gate: a case and a metric."""

    case: str
    metric: Gated


@dataclass(frozen=True)
class Decision:
    """What is known of one change so far."""

    ratio: Interval | None
    verdict: Verdict
    chance: float | None
    """The p-value of a slowdown over all looks so far, before Holm's correction."""
    more_blocks: int | None = None
    """If undecided: about how many more blocks it would take; None where that can't be estimated."""


class Gate:
    """The looks at a gate's changes, and what they have spent of its error rate.

    `margins` holds every gated figure with the change that it may have (0.05 for 5 %). A figure is `slower` if Holm's
    method over all figures finds it so and it is slower by more than its margin; `same` if its whole interval lies
    within the margin. What is decided stays decided.
    """

    def __init__(
        self,
        margins: Mapping[Key, float],
        false_alarms: float = FALSE_ALARMS,
        looks: Sequence[float] = LOOKS,
    ) -> None:
        self.margins = dict(margins)
        self.widened: set[Key] = set()
        """Figures that are a small part of their case, so that a change in them matters less."""
        self.false_alarms = false_alarms
        self._looks = list(zip(looks, weights(looks), interval_weights(looks), strict=True))
        self._next = 0
        self._saved = 0.0, 0.0
        """Shares of looks that came too early: of the gate's error rate, and of the intervals'."""
        self._least: Mapping[Key, float] = {}
        self._chances: dict[Key, tuple[float, float]] = dict.fromkeys(self.margins, (1.0, 1.0))
        """P-values of slower and of faster: the least over the looks, each divided by its look's share."""
        self.findings: dict[Key, Decision] = dict.fromkeys(self.margins, Decision(None, "undecided", None))

    def look(
        self, used: float, blocks: Mapping[Key, Sequence[float]], least: Mapping[Key, float] | None = None
    ) -> None:
        """Look at the log ratios by block when the share `used` of the longest time is over.

        Decides once for each planned look, and nothing in between; the last one is at a share of 1. `least` is the
        scatter that blocks are assumed to have at least.
        """
        self._least = least or {}
        due, wide = self._saved
        while self._next < len(self._looks) and self._looks[self._next][0] <= used + 1e-9:
            due += self._looks[self._next][1]
            wide += self._looks[self._next][2]
            self._next += 1
        last = self._next == len(self._looks)
        open_ = [key for key in self.margins if self.findings[key].verdict == "undecided"]
        enough = any(len(blocks.get(key, ())) >= FEWEST_BLOCKS for key in open_)
        if not due or not (enough or last):
            self._saved = due, wide  # spent as soon as there are enough blocks
            return
        self._saved = 0.0, 0.0
        for key in open_:
            self._spend(key, blocks.get(key, ()), due)
        slower, faster = self._small(0), self._small(1)
        for key in open_:
            self.findings[key] = self._decision(key, blocks.get(key, ()), (due, wide), slower[key], faster[key])

    def leave_out(self, key: Key) -> None:
        """Stop judging a figure: the others share its part of the error rate.

        Only for reasons that don't depend on which side takes longer, and before the first look: leaving out a figure
        because it seems unchanged would hand its error rate to those that seem changed.

        Raises ValueError after the first look.
        """
        self._before_any_look()
        del self.margins[key], self.findings[key], self._chances[key]

    def widen(self, key: Key, margin: float) -> None:
        """Give a figure another margin, under the same conditions as `leave_out`."""
        self._before_any_look()
        self.margins[key] = margin
        self.widened.add(key)

    def _before_any_look(self) -> None:
        if self.looked:
            raise ValueError("what a gate judges has to be settled before its first look")

    @property
    def looked(self) -> bool:
        """Whether any error rate was spent."""
        return any(finding.ratio is not None for finding in self.findings.values())

    @property
    def undecided(self) -> set[str]:
        """The cases with an undecided figure, except those that already have a regression."""
        red = {key.case for key, finding in self.findings.items() if finding.verdict == "slower"}
        return {key.case for key, finding in self.findings.items() if finding.verdict == "undecided"} - red

    @property
    def suspicious(self) -> set[str]:
        """The undecided cases with a figure that is probably worse by about its margin, or by more.

        Without those that even the longest time would not decide, because the interval would still be wider than the
        change; and without figures whose margin was widened: a small part of a case is not worth three times its
        budget.
        """
        return self.undecided & {
            key.case
            for key, finding in self.findings.items()
            if finding.verdict == "undecided"
            and key not in self.widened
            and finding.ratio is not None
            and finding.ratio.estimate > (1 + self.margins[key]) ** SUSPICIOUS
            and _final_half_width(finding.ratio) < max(log(finding.ratio.estimate), log1p(self.margins[key]))
        }

    def _spend(self, key: Key, blocks: Sequence[float], share: float) -> None:
        if len(blocks) < FEWEST_BLOCKS:
            return
        slower, faster = self._chances[key]
        least = self._least.get(key, LEAST_SCATTER)
        self._chances[key] = (
            min(slower, chance_of_slower(blocks, least) / share),
            min(faster, chance_of_slower([-block for block in blocks], least) / share),
        )

    def _small(self, which: int) -> dict[Key, bool]:
        """Which p-values of slower (0) or faster (1) are small enough by Holm's method."""
        shares = [self._weight(key) for key in self.margins]
        found = holm([self._chances[key][which] for key in self.margins], self.false_alarms, shares)
        return dict(zip(self.margins, found, strict=True))

    def _decision(
        self, key: Key, blocks: Sequence[float], shares: tuple[float, float], slower: bool, faster: bool
    ) -> Decision:
        """What is known of a figure when these shares of the error rates are spent: of verdicts, and of intervals."""
        if not blocks:
            return Decision(None, "undecided", None)
        due, wide = shares
        least = self._least.get(key, LEAST_SCATTER)
        confidence = 1 - (1 - CONFIDENCE) * wide
        ratio = change_interval(blocks, confidence, least)
        if len(blocks) < FEWEST_BLOCKS:
            return Decision(ratio, "undecided", None)
        verdict = gated_verdict(ratio, self.margins[key], slower=slower, faster=faster)
        more = None
        if verdict == "undecided":
            more = remaining_blocks(blocks, self._settles(key, due, confidence), least)
        return Decision(ratio, verdict, min(1.0, self._chances[key][0]), more)

    def _settles(self, key: Key, due: float, confidence: float) -> Settles:
        """What would settle a figure at a look like the last one, if Holm's method came to it first."""
        margin = log1p(self.margins[key])
        chance = due * self.false_alarms * self._weight(key) / sum(map(self._weight, self.margins))

        def settles(mean: float, deviation: float, size: int) -> bool:
            error = deviation / sqrt(size)
            if abs(mean) + t_quantile((1 + confidence) / 2, size - 1) * error <= margin:
                return True
            return abs(mean) > margin and abs(mean) >= t_quantile(1 - chance, size - 1) * error

        return settles

    @staticmethod
    def _weight(key: Key) -> float:
        return SHARES.get(key.metric, OTHER_SHARE)


def _final_half_width(ratio: Interval) -> float:
    """About half the width of an interval after the longest time, on a log scale; infinite for one block."""
    if ratio.high is None:
        return inf
    return log(ratio.high / ratio.estimate) / sqrt(LONGEST)


ThresholdFinding = Literal["reached", "missed", "undecided"]


class Threshold:
    """The looks at whether a ratio is surely at least `least`, or surely less, and what they found.

    Each look spends its own share of the error rate (`weights`): over all looks together, a ratio below `least` is
    found to have reached it in at most ERROR / 2 of all cases, and the other way round.
    """

    def __init__(self, least: float, looks: Sequence[float] = THRESHOLD_LOOKS) -> None:
        self.least = least
        self.finding: ThresholdFinding = "undecided"
        self.interval: Interval | None = None
        """As of the last look."""
        self._blocks: list[float] = []
        self._scatter = LEAST_SCATTER
        self._looks = list(zip(looks, weights(looks), strict=True))
        self._saved = 0.0

    def look(self, used: float, blocks: Sequence[float], scatter: float = LEAST_SCATTER) -> None:
        """Look at the log ratios by block when the share `used` of the budget is over, once for each planned look.

        `scatter` is the scatter that blocks are assumed to have at least. Too few blocks decide and spend nothing.

        >>> threshold = Threshold(1.5)
        >>> threshold.look(0.5, [log(2.0), log(2.1)] * 3)
        >>> threshold.finding
        'reached'
        """
        due = self._saved
        while self._looks and self._looks[0][0] <= used + 1e-9:
            due += self._looks.pop(0)[1]
        if due == self._saved and self._looks:
            return
        self._saved = due
        if not blocks or not due or self.finding != "undecided":
            return
        self._blocks, self._scatter = list(blocks), scatter
        self.interval = change_interval(blocks, 1 - ERROR * due, scatter)
        if len(blocks) < FEWEST_BLOCKS or self.interval.low is None or self.interval.high is None:
            return
        self._saved = 0.0
        if self.interval.low >= self.least:
            self.finding = "reached"
        elif self.interval.high < self.least:
            self.finding = "missed"

    @property
    def more_blocks(self) -> int | None:
        """About how many more blocks it would take; None where that can't be estimated, as at the threshold itself."""
        if self.interval is None:
            return None
        least, confidence = log(self.least), self.interval.confidence

        def settles(mean: float, deviation: float, size: int) -> bool:
            half = t_quantile((1 + confidence) / 2, size - 1) * deviation / sqrt(size)
            return size >= FEWEST_BLOCKS and abs(mean - least) > half

        return remaining_blocks(self._blocks, settles, self._scatter)
