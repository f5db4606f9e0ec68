"""Functions that lean on what is around them: another program, a log, a cache, a large table."""

from __future__ import annotations

import logging
import subprocess
import sys
from functools import lru_cache

logger = logging.getLogger("field")
TABLE = {number: (number * 7919) % 1_000_003 for number in range(600_000)}
"""About 50 MB."""


def run_program(number: int) -> int:
    """Run a small program, and return how much it printed."""
    done = subprocess.run(["echo", "x" * number], capture_output=True, check=True)
    return len(done.stdout)


def log_and_sum(number: int) -> int:
    """Sum up, and log it."""
    if not logger.handlers:
        logger.addHandler(logging.StreamHandler(sys.stderr))
        logger.setLevel(logging.INFO)
    total = sum(range(20_000 + number))
    logger.info("item %d: %d", number, total)
    return total


@lru_cache(maxsize=None)  # noqa: UP033 - as users write it
def steps(number: int) -> int:
    """The length of Collatz's sequence from here, remembering all of it."""
    length = 0
    for start in range(number * 20 + 1, number * 20 + 400):
        while start != 1:
            start = start // 2 if start % 2 == 0 else 3 * start + 1
            length += 1
    return length


def looked_up(number: int) -> int:
    """Follow a chain through a large table."""
    place = number
    for _ in range(20_000):
        place = TABLE[place % len(TABLE)]
    return place
