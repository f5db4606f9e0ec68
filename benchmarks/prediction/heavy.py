"""A module that takes about 50 ms to import, as libraries do, and a function of about a millisecond."""

from __future__ import annotations

TABLE = {number: str(number) for number in range(250_000)}


def looked_up(item: int) -> int:
    """Look some texts up."""
    return sum(len(TABLE[(item + step * 7919) % len(TABLE)]) for step in range(5_000))
