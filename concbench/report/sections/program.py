"""A traced program: its regions, where the time of each went, and when its workers ran tasks."""

from __future__ import annotations

from collections.abc import Iterator

from concbench.analysis.regions import PARTS, places
from concbench.model.program import Program
from concbench.report import blocks
from concbench.report.sections.losses import place_words
from concbench.report.units import percent, seconds


def program(traced: Program, *, why: bool, quiet: bool, verbose: bool) -> Iterator[blocks.Block]:
    """A row for each place that opened regions, and, if `why`, the parts of its time."""
    found = places(traced)
    if not found:
        return
    yield blocks.Table(
        headers=("region", "tasks", "wall", "tasks kept workers busy"),
        rows=tuple(
            (place_words(place), f"{place.tasks:,}", seconds(place.wall), percent(place.utilisation)) for place in found
        ),
        title="Where tasks ran",
    )
    if why:
        yield blocks.Table(
            headers=("region", *PARTS.values()),
            rows=tuple(
                (place_words(place), *(percent(getattr(place.parts, name) / place.wall) for name in PARTS))
                for place in found
            ),
            title="Where the time went",
        )
