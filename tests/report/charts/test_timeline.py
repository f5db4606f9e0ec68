"""What a timeline draws: each task where it ran, or, of too many, all their time and all of them in fewer marks."""

from __future__ import annotations

import pytest

from concbench.experiments.trace import Spans, lanes_of, unpack
from concbench.report.charts import ALL_MARKS, marks_each
from concbench.report.charts.timeline import MOST_MARKS, cells, task_columns, timeline_plot
from tests.report.charts.traced import LENGTH, large_run, trace, traced_run


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


@pytest.mark.parametrize("lanes", [1, 7, 1_000, 3_000])
def test_cells_hold_all_tasks_and_all_their_time(lanes: int) -> None:
    found = trace(3_000, lanes)
    spans = unpack(found.spans, found.tasks)
    chains = lanes_of(spans, lanes)
    grid = cells(spans, chains, 1e-3, 500)
    assert len(grid.columns["lane"]) <= 500
    assert sum(int(number) for number in grid.columns["tasks"]) == 3_000
    slots = 500 // -(-len(chains) // grid.lanes)
    width = -(-(max(spans.ends) - min(spans.begins)) // slots)
    members = [len(chains[int(first) - 1 :][: grid.lanes]) for first in grid.columns["lane"]]
    busy = sum(float(share) * width * of for share, of in zip(grid.columns["busy"], members, strict=True))
    assert busy == pytest.approx(3_000 * LENGTH * 1e9, rel=0.02)


@pytest.mark.parametrize(
    ("tasks", "marks"), [(4, "tasks"), (MOST_MARKS, "tasks"), (MOST_MARKS + 1, "cells"), (200_000, "cells")]
)
def test_a_timeline_never_draws_too_many_marks(tasks: int, marks: str) -> None:
    plot = timeline_plot(traced_run().results[0], trace(tasks, 4, each=LENGTH / 100))
    assert plot.marks == marks
    assert len(plot.data["tasks"]["lane"]) <= MOST_MARKS
    assert plot.context["of"] == tasks


def test_many_timelines_share_what_a_page_can_draw() -> None:
    assert marks_each(traced_run()) == MOST_MARKS
    assert marks_each(large_run(100)) * 100 <= ALL_MARKS * 1.01


def test_a_timeline_says_what_it_shows_and_what_each_worker_did() -> None:
    plot = timeline_plot(traced_run().results[1], trace(10, 4, chunksize=3))
    assert plot.finding.startswith(
        "10 tasks on 4 workers in 39.0 ms, in chunks of 3. During the run phase, the workers"
    )
    assert plot.table.rows[0] == ("1", "3", "5.00 ms", "37.0 ms", "30.0 ms")
    assert [row[1] for row in plot.table.rows] == ["3", "3", "2", "2"]


def test_workers_without_a_task_have_their_lane_too() -> None:
    plot = timeline_plot(traced_run().results[1], trace(3, 8))
    places = [layer["encoding"]["y"] for layer in plot.spec["layer"] if "y" in layer["encoding"]]
    assert [place["scale"]["domain"] for place in places] == [[1, 2, 3, 4, 5, 6, 7, 8]]
    assert "on 8 workers" in plot.finding


def test_a_timeline_that_is_much_shorter_than_another_has_a_scale_of_its_own_and_says_so() -> None:
    own, shared = (timeline_plot(traced_run().results[1], trace(10, 4), others=[others]) for others in (1.0, 0.2))
    assert "Its time scale is its own" in own.finding
    assert "Its time scale" not in shared.finding
    ends = [plot.spec["layer"][0]["encoding"]["x"]["scale"]["domain"][1] for plot in (own, shared)]
    assert ends == [pytest.approx(81.8), pytest.approx(200)]
