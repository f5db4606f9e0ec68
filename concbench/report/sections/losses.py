"""What a traced program loses, and what to change: the answer on the whole program first, then the causes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from concbench.analysis.regions import Place
from concbench.model.program import Program
from concbench.model.run import Run
from concbench.report import blocks
from concbench.report.units import seconds


def losses(run: Run, traced: Program) -> Iterator[blocks.Block]:
    """The answer, and a sentence for each cause."""
    yield blocks.Paragraph(f"It took {seconds(traced.wall)}.", "answer")


def place_words(place: Place) -> str:
    """What a place is called: `ProcessPoolExecutor at job.py:41`."""
    region = place.first
    where = f" at {Path(region.file).name}:{region.line}" if region.file else ""
    return f"{region.name}{where}"
