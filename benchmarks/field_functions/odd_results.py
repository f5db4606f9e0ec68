"""Results that are hard to compare, or to move: random ones, NaN, and 200 MB of them."""

from __future__ import annotations

import random
from statistics import fmean

MEGABYTES = 25


def pi(throws: int) -> float:
    """An estimate of pi, another one each time."""
    inside = sum(random.random() ** 2 + random.random() ** 2 < 1 for _ in range(20_000 + throws))
    return 4 * inside / (20_000 + throws)


def is_about_pi(_throws: int, result: float) -> bool:
    """Whether an estimate is not far off."""
    return 3 < result < 3.3


def mean(number: int) -> dict[str, float]:
    """A mean that is not a number for every second item."""
    values = [each * 0.5 for each in range(20_000)]
    return {"mean": fmean(values), "share": float("nan") if number % 2 else fmean(values) / 10_000}


def rendered(number: int) -> bytes:
    """Make 25 MB."""
    return bytes([number % 256]) * (MEGABYTES * 10**6)
