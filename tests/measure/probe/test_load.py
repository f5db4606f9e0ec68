"""What two readings of the counters promise: what others took is found, and our own work is never taken for theirs."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.measure.probe.environment import usable_cores
from concbench.measure.probe.kernel import Throttling
from concbench.measure.probe.load import (
    HELD,
    SHORTEST,
    STOLEN,
    Activity,
    Overload,
    Reading,
    activity_between,
    overload,
    overload_since,
    overload_warning,
    read_load,
)

BEFORE = Reading(
    at=100.0,
    busy=50.0,
    total=400.0,
    steal=1.0,
    own=2.0,
    swapped=1000,
    throttling=Throttling(periods=5, seconds=0.5),
    load=0.3,
    waited=0.01,
)
LOADED = replace(BEFORE, load=6.3, waited=0.85)

seconds = st.none() | st.floats(0, 1e9)
counters = st.builds(
    Reading,
    at=st.floats(0, 1e9),
    busy=seconds,
    total=seconds,
    steal=seconds,
    own=seconds,
    swapped=st.none() | st.integers(0, 2**60),
    throttling=st.none() | st.builds(Throttling, periods=st.integers(0, 2**60), seconds=st.floats(0, 1e9)),
    load=seconds,
    waited=st.none() | st.floats(0, 1),
)


def between(**grown: float | None) -> Activity:
    """Two seconds in which counters grew by these amounts."""
    changes = {name: None if by is None else getattr(BEFORE, name) + by for name, by in grown.items()}
    return activity_between(BEFORE, replace(BEFORE, at=102.0, **changes))


@pytest.mark.parametrize(
    ("grown", "others", "stolen"),
    [
        ({"busy": 3.0, "own": 2.0, "total": 8.0}, 0.5, 0.0),
        ({"busy": 3.0, "own": 2.0, "total": 8.0, "steal": 0.4}, 0.5, 0.05),
        ({"busy": 2.0, "own": 2.01, "total": 8.0}, 0.0, 0.0),  # only we keep it busy
        ({"busy": 0.0, "own": 2.0, "total": 8.0}, None, 0.0),  # a system that doesn't count us, nor others
        ({"busy": 0.0, "own": 0.0, "total": 0.0}, None, None),
        ({"busy": None, "own": 2.0, "total": 8.0}, None, 0.0),
        ({"busy": 3.0, "own": None, "total": 8.0}, None, 0.0),
        ({"busy": 3.0, "own": 2.0, "total": None}, None, None),
    ],
)
def test_what_others_used_is_what_was_busy_without_our_own(
    grown: dict[str, float | None], others: float | None, stolen: float | None
) -> None:
    found = between(**grown)
    assert found.others == (None if others is None else pytest.approx(others))
    assert found.stolen == (None if stolen is None else pytest.approx(stolen))


def test_swapping_and_throttling_are_what_came_between() -> None:
    after = replace(BEFORE, at=101.0, swapped=5000, throttling=Throttling(periods=8, seconds=0.75))
    activity = activity_between(BEFORE, after)
    assert (activity.swapped, activity.throttled) == (4000, 3)
    assert activity.throttled_seconds == pytest.approx(0.25)


def test_without_control_groups_throttling_is_not_known() -> None:
    activity = activity_between(replace(BEFORE, throttling=None), BEFORE)
    assert (activity.throttled, activity.throttled_seconds) == (None, None)


@given(before=counters, after=counters)
def test_no_figure_is_below_zero_nor_a_share_above_one_whatever_was_counted(before: Reading, after: Reading) -> None:
    activity = activity_between(before, after)
    assert all(value is None or value >= 0 for value in vars(activity).values())
    assert activity.stolen is None or activity.stolen <= 1


@given(same=counters)
def test_where_nothing_has_changed_nothing_was_done(same: Reading) -> None:
    activity = activity_between(same, replace(same, at=same.at + 1))
    assert not any((activity.others, activity.stolen, activity.swapped, activity.throttled))


@pytest.mark.parametrize("error", [OSError, ValueError, IndexError, TypeError, psutil.Error])
def test_a_system_without_counters_raises_nothing(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "cpu_times", Mock(side_effect=error))
    read = read_load()
    assert (read.busy, read.total, read.steal) == (None, None, None)


# Overload


BUSY = "import time\nend = time.process_time() + {}\nwhile time.process_time() < end: pass"


def activity(others: float | None = 0.0, stolen: float | None = 0.0, seconds: float = 10.0) -> Activity:
    return Activity(seconds=seconds, others=others, stolen=stolen, swapped=None, throttled=None, throttled_seconds=None)


@pytest.mark.parametrize(
    ("before", "during", "logical", "found"),
    [
        (BEFORE, activity(0.1, 0.001), 2, None),
        (LOADED, activity(1.8), 2, {"held": 1.8, "load": 6.3, "waited": 0.85}),
        (BEFORE, activity(0.6), 2, {"held": 0.6}),
        (BEFORE, activity(0.0, 0.12), 2, {"stolen": 0.12}),
        (LOADED, activity(0.05), 2, None),  # what loaded it before has ended
        (LOADED, activity(None, None), 2, {"load": 6.3, "waited": 0.85}),  # others' time is unknown
        (BEFORE, activity(None, None), 2, None),
        (BEFORE, activity(6.0), 8, None),  # on cores that are not needed
        (BEFORE, activity(7.5), 8, {"held": 1.5}),
        (LOADED, activity(2.0, seconds=SHORTEST / 2), 2, None),
    ],
)
def test_a_machine_is_overloaded_by_what_others_took_meanwhile(
    before: Reading, during: Activity, logical: int, found: dict[str, Any] | None
) -> None:
    nothing = Overload(usable=2, held=None, stolen=None, load=None, waited=None)
    assert overload(before, during, 2, logical) == (None if found is None else replace(nothing, **found))


amounts = st.none() | st.floats(0, 64)
parts = st.none() | st.floats(0, 1)


@given(amounts, parts, st.integers(1, 64), st.integers(0, 64), amounts, parts)
def test_whatever_is_counted_only_what_exceeds_its_limit_is_reported(
    others: float | None, stolen: float | None, usable: int, more: int, load: float | None, waited: float | None
) -> None:
    found = overload(replace(BEFORE, load=load, waited=waited), activity(others, stolen), usable, usable + more)
    if found is None:
        return
    assert found.held is None or HELD * usable <= found.held <= usable
    assert found.stolen is None or found.stolen >= STOLEN
    said = overload_warning(found, "And so on")
    assert said.startswith("this machine is overloaded: ")
    assert said.endswith(". And so on")
    assert said.isprintable()
    assert ": ." not in said


own_time = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not report our own CPU time")


@own_time
def test_the_work_of_children_that_have_ended_is_ours() -> None:
    before = read_load().own
    subprocess.run([sys.executable, "-c", BUSY.format(0.1)], check=True)
    after = read_load().own
    assert before is not None
    assert after is not None
    assert after - before >= 0.09  # the system counts in hundredths


@pytest.mark.thorough
@own_time
def test_a_process_that_keeps_a_core_busy_is_seen() -> None:
    before = read_load()
    # Until it has ended, a child is not counted as ours, and so looks like a stranger.
    with subprocess.Popen([sys.executable, "-c", BUSY.format(60)]) as other:
        try:
            while psutil.Process(other.pid).cpu_times().user < SHORTEST:
                time.sleep(0.05)
            found = activity_between(before, read_load())
        finally:
            other.kill()
    assert found.others is not None
    assert found.others * found.seconds >= 0.8 * SHORTEST
    assert overload_since(before, usable_cores()) is None or found.seconds >= SHORTEST
