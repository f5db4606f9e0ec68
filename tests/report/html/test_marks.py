"""What a timeline draws: each task where it ran, or, of too many, all their time and all of them in fewer marks."""

from __future__ import annotations

import pytest

from concbench.experiments.lanes import lanes_of
from concbench.experiments.spans import Spans, unpack
from concbench.report.html.marks import MOST_MARKS, cells, task_columns
from concbench.report.html.timeline_chart import timeline_chart
from tests.report.html.traced import MS, trace, traced_run


def test_every_task_has_its_mark_on_its_worker() -> None:
    found = trace(8, 4)
    spans = unpack(found.spans, found.tasks)
    columns = task_columns(spans, lanes_of(spans, 4), 1e-3, None)
    assert columns["lane"] == [1, 2, 3, 4, 1, 2, 3, 4]
    assert columns["begin"] == [5.0] * 4 + [16.0] * 4
    assert columns["end"] == [15.0] * 4 + [26.0] * 4


def test_shades_alternate_with_chunks() -> None:
    spans = Spans([0, 1, 2, 3], [1, 2, 3, 4], [0, 0, 0, 0])
    assert task_columns(spans, [[0, 1, 2, 3]], 1.0, 2)["shade"] == [0, 0, 1, 1]


@pytest.mark.parametrize(("tasks", "lanes"), [(3_000, 1), (3_000, 7), (3_000, 1_000), (3_000, 3_000)])
def test_cells_hold_all_tasks_and_all_their_time(tasks: int, lanes: int) -> None:
    found = trace(tasks, lanes)
    spans = unpack(found.spans, found.tasks)
    chains = lanes_of(spans, lanes)
    grid = cells(spans, chains, 1e-3, 500)
    assert len(grid.columns["lane"]) <= 500
    assert sum(int(number) for number in grid.columns["tasks"]) == tasks
    length = max(spans.ends) - min(spans.begins)
    slots = 500 // -(-len(chains) // grid.lanes)
    width = -(-length // slots)
    members = [len(chains[int(first) - 1 :][: grid.lanes]) for first in grid.columns["lane"]]
    busy = sum(float(share) * width * of for share, of in zip(grid.columns["busy"], members, strict=True))
    assert busy == pytest.approx(tasks * 10 * MS, rel=0.02)


@pytest.mark.parametrize(
    ("tasks", "kind"), [(4, "tasks"), (MOST_MARKS, "tasks"), (MOST_MARKS + 1, "cells"), (200_000, "cells")]
)
def test_a_timeline_never_draws_too_many_marks(tasks: int, kind: str) -> None:
    case = traced_run().cases[0]
    chart = timeline_chart(case, trace(tasks, 4, each=MS // 100))
    assert chart.kind == kind
    assert len(chart.data["tasks"]["lane"]) <= MOST_MARKS
    assert chart.facts["of"] == tasks


def test_a_timeline_says_what_it_shows_and_what_each_worker_did() -> None:
    chart = timeline_chart(traced_run().cases[1], trace(10, 4, chunksize=3))
    assert chart.finding.startswith("10 tasks on 4 workers in 39.0 ms; in the run phase, the workers were inside tasks")
    assert chart.finding.endswith("; handed out 3 at once.")
    assert chart.table.rows[0] == ["1", "3", "5.00 ms", "37.0 ms", "30.0 ms"]
    assert [row[1] for row in chart.table.rows] == ["3", "3", "2", "2"]
