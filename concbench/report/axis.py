"""The axis below a drawing made of letters: its edge with marks, and the words at them."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

from concbench.report.units import time_unit

TICK = 10
"""Columns from one mark of an axis to the next, at least."""
LEAST_COLUMNS = 10
"""Of a drawing, however narrow the terminal."""
Tick = tuple[int, str]
"""A column of an axis, and what stands below it."""


def axis(ticks: Sequence[Tick], columns: int) -> tuple[str, str]:
    r"""Return the lower edge of a drawing with marks at some columns, and the line of words below the marks.

    >>> print("\n".join(axis([(0, "0"), (6, "5 s")], 12)))
    ++-----+-----+
     0     5 s
    """
    edge = "".join("+" if any(column == at for at, _ in ticks) else "-" for column in range(columns))
    words = ""
    for at, word in ticks:
        if at + len(word) <= columns + 1 and (not words or at > len(words)):
            words = words.ljust(at) + word
    return f"+{edge}+", f" {words}"


def time_ticks(whole: float, columns: int) -> list[Tick]:
    """Return the marks of an axis from 0 to some seconds: at round figures, in one unit.

    >>> time_ticks(0.081, 40)
    [(0, '0'), (25, '50 ms')]
    """
    scale, unit = time_unit(whole)
    most = whole / scale
    step = _round_figure(most / max(1, columns // TICK))
    places = max(0, -floor(log10(step)))
    figures = [number * step for number in range(int(most / step) + 1)]
    return [
        (min(columns - 1, round(figure / most * columns)), f"{figure:,.{places}f} {unit}" if figure else "0")
        for figure in figures
    ]


def _round_figure(value: float) -> float:
    """Return the smallest of 1, 2, 5, 10, 20, 50, ... that is not smaller."""
    power: float = 10.0 ** floor(log10(value))
    return next(factor * power for factor in (1, 2, 5, 10, 20) if factor * power >= value)
