"""How results of primitives are shown: what a worker's turn takes."""

from __future__ import annotations

from functools import partial

from concbench.report.experiments import counters
from concbench.report.experiments.view import Columns, SharedColumns, View, paced_columns, views


def columns(shared: SharedColumns) -> Columns:
    """Time of a turn, and rate."""
    return paced_columns("primitive", "turn", shared)


views.add("turns", View("turn", "Time of a turn", partial(counters.about, item="turn"), columns))
