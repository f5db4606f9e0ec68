"""Runs with a known number of blocks and rounds, for tests of what other tools make of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import strategies as st

from concbench.model import Case, Run, Sample
from concbench.runs.checking import LONGEST, SHORTEST
from tests.example_run import example_run

Blocks = Sequence[Sequence[float]]
"""Seconds of wall time: the rounds of each block."""

times_by_block: st.SearchStrategy[Blocks] = st.lists(
    st.lists(st.floats(SHORTEST, LONGEST), min_size=1, max_size=4), min_size=1, max_size=3
)


def samples(blocks: Blocks) -> list[Sample]:
    return [
        Sample(block=block, round=number, start=0.0, run=time, stop=0.0, wall=time, cpu=2 * time)
        for block, rounds in enumerate(blocks)
        for number, time in enumerate(rounds)
    ]


def run_with(cases: dict[str, Blocks]) -> Run:
    """A run of one part, in which each of these subjects took these times, and ray could not be measured."""
    run = example_run()
    pattern = run.cases[1]
    found = [
        replace(pattern, id=f"short/{name}", subject=name, samples=samples(blocks), median=None)
        for name, blocks in cases.items()
    ]
    part = replace(run.parts[0], reference=found[0].id)
    return replace(run, parts=[part], cases=[*found, run.cases[2]], comparisons=[], claims=[])


def steady(middle: float, blocks: int = 3, rounds: int = 4) -> Blocks:
    """Times that scatter by some per cent around `middle`."""
    return [[middle * (1 + 0.02 * block + 0.01 * number) for number in range(rounds)] for block in range(blocks)]


def blocks_run() -> Run:
    """Two measured cases, of 3 blocks with 4 rounds."""
    return run_with({"process": steady(0.4), "pool-map": steady(0.08)})


def times_of(case: Case) -> Blocks:
    """The times of a case as `run_with` takes them."""
    return [
        [sample.wall for sample in case.samples if sample.block == block]
        for block in sorted({sample.block for sample in case.samples})
    ]


def written(text: str, path: Path) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
