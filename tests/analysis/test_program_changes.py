"""Two traces promise that a place is found again when its lines, its folder or its pool have changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.program_changes import PlaceChange, different_programs, place_changes
from concbench.analysis.regions import places
from concbench.measure.parts import PARTS
from concbench.model.program import Region
from tests.recorded import program, region, regions, task

TASKS = [task(0.1, 0.5), task(0.5, 0.9)]


def lines(changes: list[PlaceChange]) -> list[tuple[int | None, int | None]]:
    """The line of each place before and after."""
    return [
        (each.before.first.line if each.before else None, each.after.first.line if each.after else None)
        for each in changes
    ]


def test_a_place_whose_line_moved_is_the_same() -> None:
    before = program(region(TASKS, line=41), region(TASKS, line=60))
    after = program(region(TASKS, line=45), region(TASKS, line=64))
    assert lines(place_changes(before, after)) == [(41, 45), (60, 64)]


def test_a_place_in_another_checkout_is_the_same() -> None:
    before = program(region(TASKS, file="/one/jobs/job.py"), folder="/one")
    after = program(region(TASKS, file="/other/jobs/job.py"), folder="/other")
    assert lines(place_changes(before, after)) == [(41, 41)]


def test_another_pool_in_its_place_is_the_same_place_and_one_elsewhere_is_new() -> None:
    before = program(region(TASKS), region(TASKS, function="other", line=70))
    after = program(
        region(TASKS, name="ThreadPoolExecutor", kind="threads", line=43), region(TASKS, function="new", line=90)
    )
    assert lines(place_changes(before, after)) == [(41, 43), (None, 90), (70, None)]


@given(st.lists(regions(), max_size=4), st.lists(regions(), max_size=4))
def test_every_place_is_there_once_and_its_parts_tell_how_its_time_changed(
    some: list[Region], others: list[Region]
) -> None:
    before, after = program(*some), program(*others)
    changes = place_changes(before, after)
    assert [each.after for each in changes if each.after is not None] == places(after)
    was = [each.before for each in changes if each.before is not None]
    assert len(was) == len(places(before))
    assert all(place in was for place in places(before))
    for each in changes:
        walls = [0.0 if place is None else place.wall for place in (each.before, each.after)]
        assert sum(each.shift(part) for part in PARTS) == pytest.approx(walls[1] - walls[0], abs=1e-6)
        assert (each.largest is None) == (each.before is None or each.after is None)


def test_programs_differ_by_what_was_run_and_not_by_their_arguments() -> None:
    one = program(command=["/usr/bin/python3", "/a/job.py", "--fast"])
    assert not different_programs(one, program(command=["/other/python", "/b/job.py"]))
    assert different_programs(one, program(command=["/usr/bin/python3", "-m", "compileall"]))
