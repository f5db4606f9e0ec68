"""What concbench itself spends time on, as functions that a gate and pytest-benchmark can call with a number."""

from __future__ import annotations

import random

from concbench.stats.changes import block_changes, change_interval
from concbench.stats.crossing import crossing
from concbench.stats.intervals import median_interval

BLOCKS, ROUNDS = 20, 20


def find_crossing(number: int) -> str:
    """Find from which of five sizes on one channel is faster than another."""
    draw = random.Random(number)
    ratios = {
        16 * 64**step: {block: 0.5 - 0.25 * step + draw.gauss(0, 0.05) for block in range(8)} for step in range(5)
    }
    faster, _ = crossing(ratios)
    return faster


def compare_blocks(number: int) -> float:
    """Compare two cases of 400 samples."""
    from benchmarks.hot_cases import case

    base, head = case(number, BLOCKS, ROUNDS), case(number + 1, BLOCKS, ROUNDS)
    median_interval(base.samples)
    return change_interval(block_changes(base, head, "wall"), 0.95).estimate


def round_trip(number: int) -> int:
    """Write a run of 400 samples as a document, and check what is read of it."""
    import msgspec

    from benchmarks.hot_cases import run
    from concbench.model import Run
    from concbench.runs.checking import faults
    from concbench.runs.writing import encode_run

    document = encode_run(run(number, BLOCKS, ROUNDS))
    read = msgspec.json.decode(document, type=Run)
    return len(read.cases[0].samples) + len(list(faults(read)))
