"""Runs with a known number of blocks and rounds, for tests of what other tools make of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import strategies as st

from concbench.model.result import Result
from concbench.model.run import Run
from concbench.runs.checking import LONGEST, SHORTEST
from tests.builders import case, example_run, result, run

Times = Sequence[Sequence[float]]
"""Seconds of wall time: the rounds of each block."""

times_by_block: st.SearchStrategy[Times] = st.lists(
    st.lists(st.floats(SHORTEST, LONGEST), min_size=1, max_size=4), min_size=1, max_size=3
)


def run_with(rows: Mapping[str, Times], title: str = "Tasks") -> Run:
    """A run of one table, in which each of these subjects took these times, and ray could not be measured."""
    pattern = case("short/any")
    results = [
        replace(result(replace(pattern, row=name, subject=name), times, cpu=2.0), median=None)
        for name, times in rows.items()
    ]
    return run([*results, example_run().results[2]], titles={"short": title}, comparisons=[])


def steady(middle: float, blocks: int = 3, rounds: int = 4) -> Times:
    """Times that scatter by some per cent around `middle`."""
    return [[middle * (1 + 0.02 * block + 0.01 * number) for number in range(rounds)] for block in range(blocks)]


def blocks_run() -> Run:
    """Two measured cases, of 3 blocks with 4 rounds."""
    return run_with({"process": steady(0.4), "pool-map": steady(0.08)})


def times_of(result: Result) -> Times:
    """The times of a result as `run_with` takes them."""
    return [
        [sample.wall for sample in result.samples if sample.block == block]
        for block in sorted({sample.block for sample in result.samples})
    ]


def written(text: str, path: Path) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
