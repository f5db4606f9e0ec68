"""What a gate says of each change: slower, faster, the same, or undecided, at an error rate for the gate as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, log, log1p, sqrt
from typing import NamedTuple

from concbench.model import Interval, Verdict
from concbench.stats.changes import LEAST_SCATTER, chance_of_slower, change_interval
from concbench.stats.holm import holm
from concbench.stats.looks import LONGEST, LOOKS, interval_weights, weights
from concbench.stats.remaining import Settles, remaining_blocks
from concbench.stats.student import t_quantile

FEWEST_BLOCKS = 6
"""Below, nothing is decided: a t-interval of so few blocks rests on their being normal, and a look keeps its share of
the error rate for the next one."""
FALSE_ALARMS = 0.01
"""The chance that a gate over identical code is red for any of its figures: at most one run in 100."""
CONFIDENCE = 0.95
"""Of the intervals, over all looks together."""
SHARES = {"cpu": 0.5, "memory": 0.15}
"""Of the error rate, by metric: CPU time scatters least, and tells most slowings first; memory hardly ever moves."""
OTHER_SHARE = 0.35
SUSPICIOUS = 2 / 3
"""Of the margin, as a logarithm: an undecided figure whose estimate is beyond this is worth the longest time."""


def gated_verdict(ratio: Interval, margin: float, *, slower: bool, faster: bool) -> Verdict:
    """Return what a gate says of a ratio of which it is known whether it is surely slower, or surely faster.

    `same` where the whole interval lies within the margin; else what is sure, where the estimate is beyond the margin.

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


def narrowed(ratio: Interval) -> float:
    """Return half of what an interval will about be after the longest time, as a logarithm; infinity for one block."""
    if ratio.high is None:
        return inf
    return log(ratio.high / ratio.estimate) / sqrt(LONGEST)


class Key(NamedTuple):
    """Which figure: of which case, and which metric."""

    case: str
    metric: str


@dataclass(frozen=True)
class Finding:
    """What is known of one change so far."""

    ratio: Interval | None
    verdict: Verdict
    chance: float | None
    """Of so clear a slowing where there is none, over all looks so far, before Holm's correction."""
    more_blocks: int | None = None
    """Undecided: how many more blocks it would about take; None where nobody can tell."""


class Gate:
    """The looks at a gate's changes, and what they have spent of its error rate.

    `margins` has every figure that is gated, and how much it may change (0.05 for 5 %). A figure is `slower` where
    Holm's method finds it so among all figures of the gate, and it is slower by more than its margin; `same` where its
    whole interval lies within the margin. What is decided stays decided.
    """

    def __init__(
        self,
        margins: Mapping[Key, float],
        false_alarms: float = FALSE_ALARMS,
        looks: Sequence[float] = LOOKS,
    ) -> None:
        self.margins = dict(margins)
        self.widened: set[Key] = set()
        """Figures that are a small part of their case, so that less of a change in them matters."""
        self.false_alarms = false_alarms
        self._looks = list(zip(looks, weights(looks), interval_weights(looks), strict=True))
        self._next = 0
        self._saved = 0.0, 0.0
        """The shares of looks that came too early: of the gate's error rate, and of what intervals leave out."""
        self._least: Mapping[Key, float] = {}
        self._chances: dict[Key, tuple[float, float]] = dict.fromkeys(self.margins, (1.0, 1.0))
        """Of being slower and of being faster by chance alone: the least over the looks, each divided by its share."""
        self.findings: dict[Key, Finding] = dict.fromkeys(self.margins, Finding(None, "undecided", None))

    def look(
        self, used: float, blocks: Mapping[Key, Sequence[float]], least: Mapping[Key, float] | None = None
    ) -> None:
        """Look at the log ratios by block, where `used` is the share of the longest time: once for each planned look.

        Between two planned looks nothing is decided; the last one is at a share of 1. `least` has what blocks are taken
        to scatter by at least.
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
            self._saved = due, wide  # nothing is spent on it, and it is made up for as soon as there are enough blocks
            return
        self._saved = 0.0, 0.0
        for key in open_:
            self._spend(key, blocks.get(key, ()), due)
        slower = self._small(0)
        faster = self._small(1)
        for key in open_:
            self.findings[key] = self._finding(key, blocks.get(key, ()), (due, wide), slower[key], faster[key])

    def leave_out(self, key: Key) -> None:
        """Judge a figure no more: the others share its part of the error rate.

        For reasons only that do not depend on which side takes longer, and before the first look: a figure that were
        left out because it seems unchanged would leave its error rate to those that seem changed.

        Raises ValueError after the first look.
        """
        self._before_any_look()
        del self.margins[key], self.findings[key], self._chances[key]

    def widen(self, key: Key, margin: float) -> None:
        """Give a figure another margin; for reasons, and at a time, as `leave_out`."""
        self._before_any_look()
        self.margins[key] = margin
        self.widened.add(key)

    def _before_any_look(self) -> None:
        if self.looked:
            raise ValueError("what a gate judges is said before its first look")

    @property
    def looked(self) -> bool:
        """Whether error rate was spent."""
        return any(finding.ratio is not None for finding in self.findings.values())

    @property
    def undecided(self) -> set[str]:
        """The cases of which a figure is still undecided, but for those that the gate is red for already."""
        red = {key.case for key, finding in self.findings.items() if finding.verdict == "slower"}
        return {key.case for key, finding in self.findings.items() if finding.verdict == "undecided"} - red

    @property
    def suspicious(self) -> set[str]:
        """Those of the undecided cases of which a figure is probably worse by about its margin, or by more.

        But for those that the longest time would not decide either: as it is now, the interval would still be wider
        then than any change that it speaks of. And but for those with a margin that was widened: what is a small part
        of a case is not worth three times its budget.
        """
        return self.undecided & {
            key.case
            for key, finding in self.findings.items()
            if finding.verdict == "undecided"
            and key not in self.widened
            and finding.ratio is not None
            and finding.ratio.estimate > (1 + self.margins[key]) ** SUSPICIOUS
            and narrowed(finding.ratio) < max(log(finding.ratio.estimate), log1p(self.margins[key]))
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
        """Return which of the chances to be slower (0) or faster (1) Holm's method finds small enough."""
        shares = [self._weight(key) for key in self.margins]
        found = holm([self._chances[key][which] for key in self.margins], self.false_alarms, shares)
        return dict(zip(self.margins, found, strict=True))

    def _finding(
        self, key: Key, blocks: Sequence[float], shares: tuple[float, float], slower: bool, faster: bool
    ) -> Finding:
        """Return what is known of a figure; `shares` of the error rates are spent: of verdicts, and of intervals."""
        if not blocks:
            return Finding(None, "undecided", None)
        due, wide = shares
        least = self._least.get(key, LEAST_SCATTER)
        confidence = 1 - (1 - CONFIDENCE) * wide
        ratio = change_interval(blocks, confidence, least)
        if len(blocks) < FEWEST_BLOCKS:
            return Finding(ratio, "undecided", None)
        verdict = gated_verdict(ratio, self.margins[key], slower=slower, faster=faster)
        more = None
        if verdict == "undecided":
            more = remaining_blocks(blocks, self._settles(key, due, confidence), least)
        return Finding(ratio, verdict, min(1.0, self._chances[key][0]), more)

    def _settles(self, key: Key, due: float, confidence: float) -> Settles:
        """Return what would settle a figure at a look like the last one, if Holm's method came to it first."""
        margin = log1p(self.margins[key])
        weights_of_all = sum(self._weight(each) for each in self.margins)
        chance = due * self.false_alarms * self._weight(key) / weights_of_all

        def settles(mean: float, deviation: float, size: int) -> bool:
            error = deviation / sqrt(size)
            if abs(mean) + t_quantile((1 + confidence) / 2, size - 1) * error <= margin:
                return True
            return abs(mean) > margin and abs(mean) >= t_quantile(1 - chance, size - 1) * error

        return settles

    @staticmethod
    def _weight(key: Key) -> float:
        return SHARES.get(key.metric, OTHER_SHARE)
