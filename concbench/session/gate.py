"""A schedule that measures both sides of a change in turns, until every figure is decided."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from concbench.analysis.changes import BLOCKS, cpu_margin, cpu_share, missing, too_little
from concbench.analysis.figures import SHARES, changed, figures, level, log_margin
from concbench.measure.plan import Block, Results
from concbench.model.result import Result
from concbench.model.run import Change, Gated
from concbench.session.function_names import UNFIT
from concbench.stats.sequential import FEWEST_BLOCKS, LONGEST, Decision, Gate, Key
from concbench.stats.two_samples import block_changes, least_scatter

PEAKS = 8
"""Blocks with a peak of memory, or with shares, where they are recorded for later."""
NOTHING = Decision(None, "undecided", None)


@dataclass(frozen=True)
class Figure:
    """A figure that is gated: of which pair of cases, and which metric."""

    base: str
    """The id of the case on the base's side."""
    head: str
    metric: Gated

    @property
    def key(self) -> Key:
        """What the gate knows it by."""
        return Key(self.head, self.metric)


@dataclass
class GateSchedule:
    """The pairs of which a figure is undecided; once the budget is used up, those that are probably slower."""

    margins: Mapping[Figure, float]
    """Every figure that is gated, and how much it may change."""
    false_alarms: float
    groups: Sequence[Sequence[str]] = ()
    """The ids of cases that ask for the same function: where none of a group can be measured, nothing is."""
    fewest_blocks: int = FEWEST_BLOCKS
    blocks: int | None = None
    left_out: dict[Figure, str] = field(default_factory=dict)
    """Figures that are not judged, and why."""
    done: int = 0

    def __post_init__(self) -> None:
        """Open the gate."""
        margins = {figure.key: log_margin(figure.metric, margin) for figure, margin in self.margins.items()}
        self.gate = Gate(margins, self.false_alarms)

    def next(self, results: Results, used: float) -> Block | None:
        """The next block; it has peaks of memory, and shares of lanes, for as long as these are undecided."""
        if self.done == 0:
            wanted = {id_ for figure in self.margins for id_ in (figure.base, figure.head)}
            if any(all(unfit(results[id_]) for id_ in group) for group in self.groups):
                return None
        else:
            wanted = self.look(results, used)
        self.done += 1
        cases = tuple(result.case for id_, result in results.items() if id_ in wanted)
        return Block(cases=cases, peaks=self.open({"memory"}), shares=self.open(SHARES)) if cases else None

    def open(self, metrics: Collection[Gated]) -> frozenset[str]:
        """The ids of the cases, on both sides, of which one of these metrics is undecided."""
        return frozenset(
            id_
            for figure in self.margins
            if figure.metric in metrics
            and (finding := self.gate.findings.get(figure.key)) is not None
            and finding.verdict == "undecided"
            for id_ in (figure.base, figure.head)
        )

    def look(self, results: Results, used: float) -> set[str]:
        """Judge what was found so far; the ids of the cases, on both sides, that more samples are wanted of."""
        if self.done == BLOCKS:
            self.weigh(results)
        sides = {
            figure: (figures(results[figure.base], figure.metric), figures(results[figure.head], figure.metric))
            for figure in self.margins
            if figure.key in self.gate.margins
        }
        changes = {figure.key: block_changes(*both) for figure, both in sides.items()}
        self.gate.look(used / LONGEST, changes, {figure.key: least_scatter(*both) for figure, both in sides.items()})
        undecided = self.gate.undecided if used < 1 else self.gate.suspicious
        return {
            id_
            for figure in self.margins
            if figure.head in undecided and not any(results[each].failure for each in (figure.base, figure.head))
            for id_ in (figure.base, figure.head)
        }

    def weigh(self, results: Results) -> None:
        """Leave out the CPU time of what hardly computes, once, as soon as there are enough blocks to say.

        Where nothing but CPU time is gated, it was asked for.
        """
        for figure in self.margins:
            wall = Key(figure.head, "wall")
            if figure.metric != "cpu" or not self.gate.margins.keys() >= {figure.key, wall}:
                continue
            base, head = results[figure.base], results[figure.head]
            if base.failure is not None or head.failure is not None:
                continue
            share = cpu_share(base, head)
            margin = None if share is None else cpu_margin(self.gate.margins[figure.key], share)
            if margin is not None:
                self.gate.widen(figure.key, margin)
            else:  # more blocks would bring nothing to decide it by
                self.gate.leave_out(figure.key)
                if share is not None:
                    self.left_out[figure] = too_little(share)

    def changes(self, results: Results, seconds_a_block: float) -> list[Change]:
        """What the gate says of every figure."""
        return [self.change(figure, results, seconds_a_block) for figure in self.margins]

    def change(self, figure: Figure, results: Results, seconds_a_block: float) -> Change:
        """What the gate says of one figure."""
        base, head = results[figure.base], results[figure.head]
        finding = self.gate.findings.get(figure.key, NOTHING)
        note = missing(base, head, figure.metric)
        if note:  # what was found before a case failed is no finding
            finding = NOTHING
        change = Change(
            case=figure.head,
            metric=figure.metric,
            base=level(base, figure.metric),
            head=level(head, figure.metric),
            ratio=finding.ratio,
            verdict=finding.verdict,
            margin=self.gate.margins[figure.key] if figure.key in self.gate.widened else self.margins[figure],
            chance=finding.chance,
            more_seconds=None if finding.more_blocks is None else finding.more_blocks * seconds_a_block,
            note=note,
            left_out="" if note else self.left_out.get(figure, ""),
        )
        return changed(change)


@dataclass
class Recording:
    """A schedule of all cases until the budget is used up; the first of them have a peak of memory."""

    memory: bool
    groups: Sequence[Sequence[str]] = ()
    """As of `GateSchedule`."""
    traced: frozenset[str] = frozenset()
    """The ids of the cases whose shares are recorded, too."""
    fewest_blocks: int = FEWEST_BLOCKS
    blocks: int | None = None
    begun: bool = False

    def next(self, results: Results, used: float) -> Block | None:
        """The next block; None once the budget is used up."""
        if used >= 1 or (not self.begun and any(all(unfit(results[id_]) for id_ in group) for group in self.groups)):
            return None
        self.begun = True
        peaks = frozenset(id_ for id_, result in results.items() if self.memory and len(result.peaks) < PEAKS)
        shares = frozenset(id_ for id_ in self.traced if len(results[id_].shares) < PEAKS)
        return Block(cases=tuple(result.case for result in results.values()), peaks=peaks, shares=shares)


def unfit(result: Result) -> bool:
    """Whether what was asked for is at fault, and not its measuring."""
    return result.failure is not None and result.failure.kind in UNFIT
