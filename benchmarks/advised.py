"""Functions of which it is known, on two cores, how they are best run: what `concbench advise` is tried on."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from dataclasses import dataclass

LOOPS_OF_20_US = 600
"""Turns of the loop below that take about 20 µs here; about is enough, as nothing depends on it."""
MEBIBYTE = bytes(2**20)
TABLE: list[int] = []


def count(turns: int) -> int:
    """Compute in Python."""
    total = 0
    for number in range(turns):
        total += number
    return total


def short(_item: int) -> int:
    """Compute for about 20 µs: less than it takes to hand a task to a worker."""
    return count(LOOPS_OF_20_US)


def long(_item: int) -> int:
    """Compute for about 20 ms."""
    return count(LOOPS_OF_20_US * 1000)


def hashed(item: int) -> str:
    """Hash 1 MiB, eight times, which releases the GIL."""
    return "".join(hashlib.sha256(MEBIBYTE).hexdigest() for _ in range(8)) + str(item)


def nap(item: int) -> int:
    """Wait for 20 ms."""
    time.sleep(0.02)
    return item


async def nap_async(item: int) -> int:
    """Wait for 20 ms without holding the thread."""
    await asyncio.sleep(0.02)
    return item


def large() -> list[bytes]:
    """Make arguments of 8 MiB each."""
    return [bytes([number]) * (8 * 2**20) for number in range(8)]


def look_through(data: bytes) -> int:
    """Count in 8 MiB, which keeps the GIL and takes less than copying them does."""
    return data.count(b"\x03")


def heavy_tailed() -> list[int]:
    """Make sizes of which a few take as long as all others, the largest of them at the end."""
    draw = random.Random(7)
    return sorted(int(LOOPS_OF_20_US * 50 * draw.paretovariate(1.1)) for _ in range(96))


def prepare() -> None:
    """Take about 100 ms before the first task."""
    TABLE[:] = [count(LOOPS_OF_20_US * 5000) % 7]


def prepared(item: int) -> int:
    """Compute for about 10 ms, with what was prepared."""
    return count(LOOPS_OF_20_US * 500) + TABLE[0] + item


@dataclass(frozen=True, kw_only=True)
class Advised:
    """A function with what it is called with, and the kinds of workers that are known to be best."""

    name: str
    function: str
    items: str
    best: tuple[str, ...]
    init: str | None = None
    module: str = "benchmarks.advised"


HERE = "benchmarks.advised"
ALL = (
    Advised(name="computing, 20 µs", function="short", items="200", best=("none",)),
    Advised(name="computing, 20 ms", function="long", items="16", best=("processes",)),
    Advised(name="hashing 1 MiB, 8 times", function="hashed", items="32", best=("threads",)),
    Advised(name="sleeping 20 ms", function="nap", items="32", best=("threads",)),
    Advised(name="sleeping 20 ms, async", function="nap_async", items="32", best=("coroutines",)),
    Advised(name="arguments of 8 MiB", function="look_through", items=f"{HERE}:large", best=("none",)),
    Advised(name="a heavy-tailed mix", function="heavy_tailed_task", items=f"{HERE}:heavy_tailed", best=("processes",)),
    Advised(
        name="an expensive initializer", function="prepared", items="32", best=("processes",), init=f"{HERE}:prepare"
    ),
)


WITH_INNER_THREADS = (
    Advised(
        name="a matrix product",
        function="product",
        items="200",
        best=("none", "threads"),
        module="benchmarks.matrices",
    ),
)
"""Functions whose library has threads of its own, which compete with workers."""


def heavy_tailed_task(turns: int) -> int:
    """Compute for as long as the item says."""
    return count(turns)
