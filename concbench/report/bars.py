"""Bars in a terminal: how long each case takes, and where the time of those that were traced went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log

from concbench.model import Case, Interval, Run
from concbench.report.axis import LEAST_COLUMNS, TICK, Tick, axis, time_ticks
from concbench.report.columns import NOTHING, label, median_cell
from concbench.report.safe import printable
from concbench.report.sentences import filled
from concbench.report.units import percent, seconds
from concbench.stats.breakdown import PARTS, Breakdown
from concbench.stats.where import breakdown_of

FULL = "█"
PLAIN_FULL = "#"
"""What bars are made of; the plain one for an output that has no other letters."""
LONGEST_RATIO = 20.0
"""Where the longest time is more than so many times the shortest, the axis is logarithmic."""
LOGARITHMIC = "log scale"
OVERSIZE = 1.5
"""An interval is shown up to so many times the longest time: two blocks that disagree can reach beyond all sense."""
LETTERS = {
    "start": "+",
    "lead_in": "l",
    "work": "#",
    "stretch": "x",
    "gaps": ".",
    "tail": "t",
    "back": "r",
    "stop": "-",
}
"""Of a breakdown's parts, by name."""
Piece = tuple[str, str]
"""Some text, and the name of the part of a breakdown that it stands for; empty where it stands for none."""


@dataclass(frozen=True)
class Scale:
    """Where a time is on an axis: from 0 at its left, or, where it is logarithmic, from `least`."""

    least: float
    most: float
    columns: int
    logarithmic: bool

    def place(self, value: float) -> float:
        """Return how many columns from the left a time is, at most all of them.

        >>> Scale(0.0, 2.0, 40, False).place(0.5), Scale(0.01, 100.0, 40, True).place(100.0)
        (10.0, 40.0)
        """
        if not self.logarithmic:
            share = value / self.most
        else:
            # Logarithms first: a ratio of two times from a file may be beyond all floats.
            reach = log(self.most) - log(self.least)
            share = (log(value) - log(self.least)) / reach if value > self.least else 0.0
        return min(1.0, max(0.0, share)) * self.columns

    def ticks(self) -> list[Tick]:
        """Return the marks of the axis: round figures, or powers of ten."""
        if not self.logarithmic:
            return time_ticks(self.most, self.columns)
        first, last = ceil(log(self.least, 10) - 1e-9), floor(log(self.most, 10) + 1e-9)
        step = max(1, ceil((last - first + 1) * TICK / self.columns))
        powers = [10.0**power for power in range(first, last + 1, step)]
        return [(min(self.columns - 1, int(self.place(power))), seconds(power, 1)) for power in powers]


def scale_of(intervals: Sequence[Interval], columns: int) -> Scale:
    """Return an axis on which all these times can be seen."""
    times = [found.estimate for found in intervals]
    least, most = min(times), max(times)
    highs = [min(found.high, OVERSIZE * most) for found in intervals if found.high is not None]
    return Scale(least / 2, max([most, *highs]), columns, most / least > LONGEST_RATIO)


def bars(cases: Sequence[Case], width: int, full: str = FULL) -> Iterator[str]:
    """Yield a line for each case with a bar as long as its median, and the axis; `full` is the letter of a bar.

    Brackets are the ends of the interval, where it is wider than a column.
    """
    measured = [(case, case.median) for case in cases if case.median is not None and case.error is None]
    names = _names(cases, width)
    if measured:
        values = max(len(LOGARITHMIC), *(len(median_cell(case)) for case, _ in measured))
        columns = max(1, width - names - len(" || ") - values)
        scale = scale_of([median for _, median in measured], columns)
        for case in cases:
            if case.median is not None and case.error is None:
                yield f"{_name(case, names)} |{bar(case.median, scale, full)}| {median_cell(case):>{values}}"
        edge, words = axis(scale.ticks(), columns)
        yield f"{'':{names}} {edge} {LOGARITHMIC if scale.logarithmic else ''}".rstrip()
        yield f"{'':{names}} {words}"
    for case in cases:
        if case.error is not None:
            yield filled(f"{label(case)}: {case.error.kind}: {printable(case.error.message)}", width)
        elif case.median is None:
            yield f"{_name(case, names)} {NOTHING}"


def bar(median: Interval, scale: Scale, full: str = FULL) -> str:
    """Return a bar, with the interval where it is wider than a column, in all the columns of an axis.

    >>> bar(Interval(estimate=1.0, low=0.8, high=1.3, confidence=0.95, blocks=4), Scale(0.5, 2.0, 20, False), "#")
    '########[#---]      '
    """
    last = scale.columns - 1
    cells = list((full * max(1, round(scale.place(median.estimate)))).ljust(scale.columns))
    if median.low is not None and median.high is not None:
        low, high = min(last, int(scale.place(median.low))), min(last, int(scale.place(median.high)))
        if high > low + 1:
            cells = [letter if letter == full or not low < at < high else "-" for at, letter in enumerate(cells)]
            cells[low], cells[high] = "[", "]" if median.high <= scale.most else ">"
    return "".join(cells)


def stacks(cases: Sequence[Case], run: Run, width: int) -> Iterator[list[Piece]]:
    """Yield the pieces of a line for each traced case: a bar that is its wall time, divided into where that went."""
    found = [(case, parts) for case in cases if (parts := breakdown_of(case, run)) is not None]
    if not found:
        return
    names = _names([case for case, _ in found], width)
    beside = [f"{seconds(max(0.0, parts.wall))}, work {percent(work_share(parts))}" for _, parts in found]
    values = max(map(len, beside))
    columns = max(1, width - names - len(" || ") - values)
    for (case, parts), text in zip(found, beside, strict=True):
        yield [(f"{_name(case, names)} |", ""), *stack(parts, columns), (f"| {text:>{values}}", "")]


def stack(parts: Breakdown, columns: int) -> list[Piece]:
    """Return the parts of a wall time as pieces that fill so many columns.

    >>> parts = Breakdown(start=1, lead_in=0, work=5, stretch=-1, gaps=1, tail=1, back=0, stop=1)
    >>> stack(parts, 8)
    [('+', 'start'), ('####', 'work'), ('.', 'gaps'), ('t', 'tail'), ('-', 'stop')]
    """
    shares = shown(parts)
    whole = sum(shares.values())
    pieces, passed, drawn = [], 0.0, 0
    for name, share in shares.items():
        passed += share
        place = round(passed / whole * columns) if whole else 0
        if place > drawn:
            pieces.append((LETTERS[name] * (place - drawn), name))
        drawn = max(drawn, place)
    return pieces if drawn == columns else [*pieces, (" " * (columns - drawn), "")]


def shown(parts: Breakdown) -> dict[str, float]:
    """Return the seconds of each part that are drawn, by name: none is below zero, and their sum is the wall time.

    Where tasks were faster than serially, which is a negative stretch, work is the time that they took.
    """
    shares = {name: float(getattr(parts, name)) for name in PARTS}
    shares["work"] += min(0.0, parts.stretch)
    return {name: max(0.0, share) for name, share in shares.items()}


def work_share(parts: Breakdown) -> float:
    """Return which share of what is drawn is work."""
    shares = shown(parts)
    whole = sum(shares.values())
    return shares["work"] / whole if whole else 0.0


def legend(width: int) -> Iterator[list[Piece]]:
    """Yield the pieces of the lines that say what the letters of a divided bar stand for."""
    line: list[Piece] = []
    used = 0
    for name, word in PARTS.items():
        needed = len(LETTERS[name]) + len(f" {word}")
        if line and used + 2 + needed > width:
            yield line
            line, used = [], 0
        gap = "  " if line else ""
        line += [(gap, ""), (LETTERS[name], name), (f" {word}", "")]
        used += len(gap) + needed
    yield line


def _names(cases: Sequence[Case], width: int) -> int:
    """Return how many columns names take: as many as the longest, but no more than a third, or what bars leave."""
    return min(max((len(label(case)) for case in cases), default=0), max(LEAST_COLUMNS, width // 3))


def _name(case: Case, columns: int) -> str:
    name = label(case)
    return f"{name if len(name) <= columns else name[: columns - 3] + '...':{columns}}"
