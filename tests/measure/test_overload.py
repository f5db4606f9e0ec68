"""What is said of an overloaded machine: that it is, by what others took meanwhile, and never for our own work."""

from __future__ import annotations

import subprocess
import sys
import time

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.measure.environment import usable_cores
from concbench.measure.fitness_activity import Activity, activity_between, read_counters
from concbench.measure.overload import (
    HELD,
    SHORTEST,
    STOLEN,
    Overload,
    Reading,
    about,
    overload,
    overload_since,
    read_load,
)

COUNTERS = read_counters()
QUIET = Reading(counters=COUNTERS, load=0.3, waited=0.01)
LOADED = Reading(counters=COUNTERS, load=6.3, waited=0.85)


BUSY = "import time\nend = time.process_time() + {}\nwhile time.process_time() < end: pass"


def activity(others: float | None = 0.0, stolen: float | None = 0.0, seconds: float = 10.0) -> Activity:
    return Activity(seconds=seconds, others=others, stolen=stolen, swapped=None, throttled=None, throttled_seconds=None)


def test_on_a_quiet_machine_nothing_is_said() -> None:
    assert overload(QUIET, activity(0.1, 0.001), 2, 2) is None


def test_others_that_hold_cores_are_said_with_what_was_seen_at_the_start() -> None:
    assert overload(LOADED, activity(1.8), 2, 2) == Overload(usable=2, held=1.8, stolen=None, load=6.3, waited=0.85)
    assert overload(QUIET, activity(0.6), 2, 2) == Overload(usable=2, held=0.6, stolen=None, load=None, waited=None)


def test_time_that_is_stolen_is_said() -> None:
    found = overload(QUIET, activity(0.0, 0.12), 2, 2)
    assert found == Overload(usable=2, held=None, stolen=0.12, load=None, waited=None)


def test_a_load_from_before_that_has_ended_is_not_spoken_of() -> None:
    assert overload(LOADED, activity(0.05), 2, 2) is None


def test_where_nobody_counts_what_others_use_the_load_at_the_start_tells() -> None:
    found = overload(LOADED, activity(None, None), 2, 2)
    assert found == Overload(usable=2, held=None, stolen=None, load=6.3, waited=0.85)
    assert overload(QUIET, activity(None, None), 2, 2) is None


def test_what_others_do_on_cores_that_are_not_needed_takes_nothing_away() -> None:
    assert overload(QUIET, activity(6.0), 2, 8) is None
    found = overload(QUIET, activity(7.5), 2, 8)
    assert found is not None
    assert found.held == 1.5


def test_too_short_a_time_says_nothing() -> None:
    assert overload(LOADED, activity(2.0, seconds=SHORTEST / 2), 2, 2) is None


amounts = st.none() | st.floats(0, 64)
parts = st.none() | st.floats(0, 1)


@given(amounts, parts, st.integers(1, 64), st.integers(0, 64), amounts, parts)
def test_whatever_is_counted_it_is_said_only_of_what_exceeds_its_limit(
    others: float | None, stolen: float | None, usable: int, more: int, load: float | None, waited: float | None
) -> None:
    before = Reading(counters=COUNTERS, load=load, waited=waited)
    found = overload(before, activity(others, stolen), usable, usable + more)
    if found is None:
        return
    assert found.held is None or HELD * usable <= found.held <= usable
    assert found.stolen is None or found.stolen >= STOLEN
    said = about(found, "And so on")
    assert said.startswith("this machine is overloaded: ")
    assert said.endswith(". And so on")
    assert said.isprintable()
    assert ": ." not in said


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell our own CPU time")
def test_a_process_that_keeps_a_core_busy_is_seen_and_one_of_our_own_is_not() -> None:
    before = read_load()
    subprocess.run([sys.executable, "-c", BUSY.format(0.6)], check=True)  # it has ended, and is counted for us
    own = read_counters().own
    assert own is not None
    assert before.counters.own is not None
    assert own - before.counters.own >= 0.5
    before = read_load()
    # A child that has not ended is not counted for us yet, as a stranger never is.
    with subprocess.Popen([sys.executable, "-c", BUSY.format(60)]) as other:
        try:
            while (psutil.Process(other.pid).cpu_times().user) < SHORTEST:
                time.sleep(0.05)
            found = activity_between(before.counters, read_counters())
        finally:
            other.kill()
    assert found.others is not None
    assert found.others * found.seconds >= 0.8 * SHORTEST
    assert overload_since(before, usable_cores()) is None or found.seconds >= SHORTEST
