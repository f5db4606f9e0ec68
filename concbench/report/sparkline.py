"""A trend in one line: values as blocks of a height, with marks where they changed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import log
from statistics import fmean

BLOCKS = "▁▂▃▄▅▆▇█"
PLAIN_BLOCKS = ".:-=+o%#"
"""Low to high, for a terminal that has no other letters; none of them means anything to Markdown."""
MARK = "|"
"""Stands at a change point."""
FLATTEST = 1.1
"""A trend spans at least so wide a ratio from bottom to top, so that noise does not look like mountains."""
ROUNDING = 1e-6
"""Of a block: what lies on the border of two is the upper one, whatever the last bit says."""


def sparkline(values: Sequence[float], marks: Sequence[int], width: int, blocks: str = BLOCKS) -> str:
    """Return positive values as blocks of a height, on a log scale, with a mark before each position of `marks`.

    Where there are more values than columns, a column is the geometric mean of several, never of both sides of a mark.
    Marks for which there is no room are left out. `blocks` are the letters, low to high.

    >>> sparkline([1, 1, 1, 2, 2, 2], [3], 20)
    '▁▁▁|███'
    >>> sparkline([1, 1, 1, 2, 2, 2], [3], 5)
    '▁▁|██'
    """
    if len(marks) * 2 + 1 > width:
        marks = []
    logs = [log(value) for value in values]
    pieces = [logs[begin:end] for begin, end in pairwise([0, *marks, len(logs)])]
    room = width - len(marks)
    if len(logs) > room:
        spare, crowd = room - len(pieces), len(logs) - len(pieces)
        pieces = [_thinned(piece, 1 + (len(piece) - 1) * spare // crowd) for piece in pieces]
    drawn = [value for piece in pieces for value in piece]
    reach = max(max(drawn) - min(drawn), log(FLATTEST))
    bottom = (max(drawn) + min(drawn) - reach) / 2

    def block(value: float) -> str:
        return blocks[min(len(blocks) - 1, int((value - bottom) / reach * len(blocks) + ROUNDING))]

    return MARK.join("".join(map(block, piece)) for piece in pieces)


def _thinned(values: Sequence[float], columns: int) -> list[float]:
    size = len(values)
    return [fmean(values[place * size // columns : (place + 1) * size // columns]) for place in range(columns)]
