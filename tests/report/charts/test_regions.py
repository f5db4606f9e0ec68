"""The charts of a traced program promise: parts that add up, and every task of a place, in no more marks than fit."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.regions import Place, places
from concbench.measure.parts import PARTS
from concbench.model.program import Program, Region
from concbench.report.charts.pictures import all_plots
from concbench.report.charts.regions import COLOURS, TO_ZOOM, parts_plot, region_plot, task_columns
from concbench.runs.lanes import lanes_of_regions
from tests.recorded import program, region, regions, straggling, task, traced_run


def place(*found: Region) -> Place:
    """The one place of some regions."""
    (one,) = places(program(*found))
    return one


def test_a_trace_has_its_parts_and_a_timeline_of_each_place() -> None:
    assert [plot.name for plot in all_plots(straggling())] == [
        "parts",
        "region-1-ProcessPoolExecutor-at-job-py-41",
        "region-2-ThreadPoolExecutor-at-job-py-12",
        "region-3-Semaphore-at-job-py-50",
    ]


def test_each_part_has_a_colour_of_its_own() -> None:
    assert list(COLOURS) == list(PARTS)
    assert len(set(COLOURS.values())) == len(PARTS)


@given(st.lists(regions(), max_size=4))
def test_the_pieces_of_a_bar_are_all_of_its_wall_time(found: list[Region]) -> None:
    known = places(program(*found))
    plot = parts_plot(known)
    if plot is None:
        assert not any(each.wall for each in known)
        return
    rows = plot.data["rows"]
    for name in dict.fromkeys(rows["case"]):
        mine = [at for at, case in enumerate(rows["case"]) if case == name]
        begins, ends = ([float(rows[column][at]) for at in mine] for column in ("begin", "end"))
        assert begins[0] == 0.0
        assert begins[1:] == pytest.approx(ends[:-1])


def test_places_of_the_same_name_have_a_bar_each() -> None:
    outer = region([task(0, 1)])
    inner = region([task(0.2, 0.4)], inside=0, opened=0.1, ready=0.1)
    plot = parts_plot(places(program(outer, inner)))
    assert plot is not None
    assert [row[0] for row in plot.table.rows] == [
        "ProcessPoolExecutor at job.py:41",
        "ProcessPoolExecutor at job.py:41 (2)",
    ]


def test_every_task_has_its_mark_whose_shade_changes_with_its_chunk() -> None:
    tasks = [task(0.1 * at, 0.1 * at + 0.05, 0, chunk=at // 2) for at in range(4)]
    columns = task_columns(lanes_of_regions([region(tasks, 1)]), 1e-3)
    assert columns["lane"] == [1, 1, 1, 1]
    assert columns["begin"] == [0.0, 100.0, 200.0, 300.0]
    assert columns["shade"] == [1, 1, 0, 0]


def test_tasks_have_their_items_where_the_trace_has_them() -> None:
    named = region([task(0, 1), task(1, 2)], items=("'a'", "'b'"))
    assert region_plot(place(named), 0).data["tasks"]["item"] == ["'a'", "'b'"]
    assert "item" not in region_plot(place(region([task(0, 1)])), 0).data["tasks"]


@pytest.mark.parametrize(("tasks", "marks"), [(4, "tasks"), (1_000, "tasks"), (1_001, "cells"), (30_000, "cells")])
def test_a_timeline_never_draws_too_many_marks_and_says_so(tasks: int, marks: str) -> None:
    found = place(region([task(1e-4 * at, 1e-4 * at + 5e-5, at % 2) for at in range(tasks)]))
    plot = region_plot(found, 0, 1_000)
    assert plot.marks == marks
    assert len(plot.data["tasks"]["lane"]) <= 1_000
    assert plot.context["of"] == tasks
    assert ("They are drawn as" in plot.finding) == (marks == "cells")
    if marks == "cells":
        assert sum(map(int, plot.data["tasks"]["tasks"])) == tasks


def test_a_timeline_can_be_zoomed_along_the_time_which_the_first_says() -> None:
    found = place(region([task(0, 1)]))
    first, second = region_plot(found, 0), region_plot(found, 1)
    assert TO_ZOOM in first.finding
    assert TO_ZOOM not in second.finding
    assert '"bind": "scales"' in json.dumps(second.spec)


def test_a_timeline_has_the_time_in_which_pools_were_started_and_stopped_behind_it() -> None:
    pools = [
        region([task(at + 0.3, at + 0.5)], opened=at, ready=at + 0.2, closing=at + 0.6, closed=at + 0.7)
        for at in range(3)
    ]
    plot = region_plot(place(*pools), 0)
    assert plot.data["start"]["begin"] == pytest.approx([0.0, 1.0, 2.0])
    assert plot.data["stop"]["end"] == pytest.approx([0.7, 1.7, 2.7])
    assert "Behind the tasks, orange is start and grey is stop." in plot.finding
    assert "Behind" not in region_plot(place(region([task(0, 1)])), 0).finding


def test_no_text_of_a_program_is_part_of_an_expression() -> None:
    evil = region([task(0, 1)], name="EVIL'", file="EVIL.py", function="EVIL")
    for plot in all_plots(traced_run(evil)):
        assert "EVIL" not in json.dumps(plot.spec)


@given(st.lists(regions(), max_size=3))
def test_any_place_has_a_timeline(found: list[Region]) -> None:
    known: Program = program(*found)
    for number, each in enumerate(places(known)):
        assert region_plot(each, number).data["tasks"]
