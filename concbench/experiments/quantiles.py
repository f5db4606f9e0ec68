"""Quantiles of what a host has measured, without the weight of the statistics module."""

from __future__ import annotations

import math

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Sequence


def quantile(in_order: Sequence[float], share: float) -> float:
    """Return the value below which a share of the sorted values lies, linear between two of them.

    It is the definition 7 of Hyndman and Fan ("Sample Quantiles in Statistical Packages", 1996), as numpy's default.
    Raises ValueError where there is no value.

    >>> quantile([1.0, 2.0, 4.0], 0.5), quantile([1.0, 2.0], 0.75)
    (2.0, 1.75)
    """
    if not in_order:
        raise ValueError("there is no value to take a quantile of")
    place = (len(in_order) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(in_order) - 1)
    return in_order[below] + (in_order[above] - in_order[below]) * (place - below)
