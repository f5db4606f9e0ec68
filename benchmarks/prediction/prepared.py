"""A function that needs a preparation of about 50 ms in each worker."""

from __future__ import annotations

TABLE: list[int] = []


def prepare() -> None:
    """Make the table."""
    TABLE[:] = [number * number % 1009 for number in range(800_000)]


def prepared(item: int) -> int:
    """Sum up a stretch of the table."""
    total = item
    for number in TABLE[:30_000]:
        total += number
    return total
