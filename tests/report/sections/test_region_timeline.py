"""A drawing of a region promises a row for each lane, or for some of many, in the width of the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.regions import Place, places
from concbench.instruments.columns import UNKNOWN
from concbench.model.program import Region
from concbench.report.sections.region_timeline import lines, ruler, timeline
from concbench.report.sections.timeline import MOST_LANES
from concbench.runs.lanes import lanes_of_regions
from tests.recorded import program, region, regions, straggling, task


def place(*found: Region) -> Place:
    """The one place of some regions."""
    (one,) = places(program(*found))
    return one


def test_a_straggler_is_seen() -> None:
    found = straggling().program
    assert found is not None
    drawn = "\n".join(timeline(places(found)[0], 80))
    assert drawn == (
        "ProcessPoolExecutor at job.py:41, 2 processes: 4 tasks in 2.00 s, from 100 ms\n"
        "on; 56% busy\n"
        "         |-|open--------------------------------------------------|| tasks  busy\n"
        "worker 1 |  ░██████▓▓▓▓▓░                                          |     2   20%\n"
        "worker 2 |  ░██████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░  |     2   90%\n"
        "         ++-------------+-------------+--------------+------------++\n"
        "          0             0.5 s         1.0 s          1.5 s"
    )


def test_the_ruler_shows_when_each_of_several_pools_was_open() -> None:
    one = region([task(0.1, 0.4)], opened=0.0, ready=0.0, closed=0.5)
    other = region([task(1.1, 1.9)], opened=1.0, ready=1.0, closed=2.0)
    both = place(one, other)
    assert ruler(both, lanes_of_regions(both.regions), 20) == "------    |---------"


def test_of_many_lanes_some_are_drawn_and_the_others_counted() -> None:
    tasks = [task(0.01 * at, 1.0 + 0.01 * at, at, cpu=UNKNOWN) for at in range(100)]
    drawn = list(timeline(place(region(tasks, 100, kind="coroutines")), 80))
    assert sum(line.startswith("lane ") for line in drawn) <= MOST_LANES
    assert drawn[-1].endswith(" more lanes between them")
    (every,) = [line for line in drawn if line.startswith("all")]
    assert every.split()[-2:] == ["100", "50%"]
    shades = every.partition("|")[2].partition("|")[0]
    assert (shades[0], shades[len(shades) // 2], shades[-1]) == ("░", "█", "░")


def test_a_hundred_thousand_tasks_are_drawn_as_shares() -> None:
    tasks = [task(1e-5 * at, 1e-5 * at + 4e-6, at % 2) for at in range(100_000)]
    drawn = list(timeline(place(region(tasks)), 80))
    assert all(len(line) <= 80 for line in drawn[1:])
    assert "50,000" in drawn[2]
    assert set(drawn[2].partition("|")[2].partition("|")[0].strip()) <= set("░▒▓█")


def test_a_program_without_tasks_has_nothing_to_draw() -> None:
    assert list(lines([], 80)) == ["There is nothing to draw: no task was recorded."]


@pytest.mark.parametrize("width", [24, 80, 120])
@given(st.lists(regions(), max_size=3))
def test_no_line_is_wider_than_the_terminal(width: int, found: list[Region]) -> None:
    for each in places(program(*found)):
        rows = [line for line in timeline(each, width) if "|" in line]
        assert all(len(row) <= width for row in rows)
