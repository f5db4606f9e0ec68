"""A series: the figures of one case in the order of time, and the steps from one level to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from concbench.model import Interval
from concbench.report.history_kinds import Kind
from concbench.report.safe import printable
from concbench.report.units import figures
from concbench.stats.change_points import change_points

REVISION = 7
"""Letters of a git revision, as git itself shortens it."""
LARGEST_RATIO = 9999


@dataclass(frozen=True, kw_only=True)
class Point:
    """The figure of one run."""

    started: str
    """ISO 8601, as in the run."""
    file: str
    git_revision: str | None
    seconds: float

    @property
    def instant(self) -> datetime:
        """When the run began; UTC where its file does not say of which zone."""
        instant = datetime.fromisoformat(self.started)
        return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A change point, with the run by which it came."""

    at: int
    """The position, from 0, of the first run at the new level."""
    first: Point
    ratio: Interval
    """The new level as a multiple of the one before; its `blocks` are runs."""

    def __str__(self) -> str:
        """Such as `2026-11-02 a1b2c3d +8.1 %`."""
        return f"{self.first.instant.date()} {short_revision(self.first.git_revision)} {change(self.ratio.estimate)}"


@dataclass(frozen=True, kw_only=True)
class Series:
    """The figures of one case in the order of time."""

    kind: Kind
    points: list[Point]
    steps: list[Step]


def series_of(kind: Kind, points: Sequence[Point]) -> Series:
    """Return points, which may come in any order, as a series with its steps."""
    ordered = sorted(points, key=lambda point: (point.instant, point.file))
    steps = [
        Step(at=change_point.at, first=ordered[change_point.at], ratio=change_point.ratio)
        for change_point in change_points([point.seconds for point in ordered])
    ]
    return Series(kind=kind, points=ordered, steps=steps)


def change(ratio: float) -> str:
    """Return a ratio as what it adds or takes away.

    >>> change(1.081), change(0.5), change(12.3)
    ('+8.1 %', '-50.0 %', '12.3 times')
    """
    if ratio >= 10:
        return f"{figures(ratio)} times" if ratio <= LARGEST_RATIO else f">{LARGEST_RATIO} times"
    return f"{100 * (ratio - 1):+.1f} %"


def short_revision(revision: str | None) -> str:
    """Return a git revision as git shortens it, with its `+` where something was uncommitted.

    >>> short_revision("a9b887066b21d6f06b103fecc7c9e66508e4d138+"), short_revision(None)
    ('a9b8870+', 'no revision')
    """
    if not revision:
        return "no revision"
    return printable(revision[:REVISION]) + ("+" if revision.endswith("+") and len(revision) > REVISION else "")
