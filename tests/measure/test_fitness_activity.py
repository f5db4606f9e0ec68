"""What two readings of the counters promise: what others did is told, our own work is not taken for theirs."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.measure.fitness_activity import Activity, Counters, activity_between, read_counters
from concbench.measure.fitness_throttling import Throttling, read_throttling
from tests.measure.fitness_tree import write

BEFORE = Counters(
    at=100.0,
    busy=50.0,
    total=400.0,
    steal=1.0,
    own=2.0,
    swapped=1000,
    throttling=Throttling(periods=5, seconds=0.5),
)

seconds = st.none() | st.floats(0, 1e9)
counters = st.builds(
    Counters,
    at=st.floats(0, 1e9),
    busy=seconds,
    total=seconds,
    steal=seconds,
    own=seconds,
    swapped=st.none() | st.integers(0, 2**60),
    throttling=st.none() | st.builds(Throttling, periods=st.integers(0, 2**60), seconds=st.floats(0, 1e9)),
)


def between(**grown: float | None) -> Activity:
    """Two seconds in which counters grew by so much."""
    changes = {name: None if by is None else getattr(BEFORE, name) + by for name, by in grown.items()}
    return activity_between(BEFORE, replace(BEFORE, at=102.0, **changes))


def test_what_others_used_is_what_was_busy_without_our_own() -> None:
    assert between(busy=3.0, own=2.0, total=8.0).others == pytest.approx(0.5)


def test_stolen_time_is_a_share_of_all_cores_time() -> None:
    assert between(busy=3.0, own=2.0, total=8.0, steal=0.4).stolen == pytest.approx(0.05)


def test_a_machine_that_only_we_keep_busy_has_no_other_load() -> None:
    assert between(busy=2.0, own=2.01, total=8.0).others == 0


def test_a_system_that_does_not_count_us_tells_nothing_of_others() -> None:
    assert between(busy=0.0, own=2.0, total=8.0).others is None
    assert between(busy=0.0, own=0.0, total=0.0).others is None
    assert between(busy=0.0, own=0.0, total=0.0).stolen is None


@pytest.mark.parametrize("missing", ["busy", "own", "total"])
def test_other_load_needs_all_of_its_figures(missing: str) -> None:
    assert between(**{"busy": 3.0, "own": 2.0, "total": 8.0, missing: None}).others is None


def test_swapping_and_throttling_are_what_came_between() -> None:
    after = replace(BEFORE, at=101.0, swapped=5000, throttling=Throttling(periods=8, seconds=0.75))
    activity = activity_between(BEFORE, after)
    assert (activity.swapped, activity.throttled) == (4000, 3)
    assert activity.throttled_seconds == pytest.approx(0.25)


def test_without_control_groups_throttling_is_not_known() -> None:
    activity = activity_between(replace(BEFORE, throttling=None), BEFORE)
    assert (activity.throttled, activity.throttled_seconds) == (None, None)


@given(before=counters, after=counters)
def test_no_figure_is_below_zero_nor_a_share_above_one_whatever_was_counted(before: Counters, after: Counters) -> None:
    activity = activity_between(before, after)
    assert all(value is None or value >= 0 for value in vars(activity).values())
    assert activity.stolen is None or activity.stolen <= 1


@given(same=counters)
def test_where_nothing_has_changed_nothing_was_done(same: Counters) -> None:
    activity = activity_between(same, replace(same, at=same.at + 1))
    assert not any((activity.others, activity.stolen, activity.swapped, activity.throttled))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell of children that have ended")
def test_our_own_work_and_that_of_children_is_ours() -> None:
    before = read_counters()
    child = os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", "for _ in range(3_000_000): pass"])
    began = time.process_time()
    while time.process_time() - began < 0.1:
        pass
    after = read_counters()
    assert child == 0
    assert before.own is not None
    assert after.own is not None
    assert after.own - before.own >= 0.1


@pytest.mark.parametrize("error", [OSError, ValueError, IndexError, TypeError, psutil.Error])
def test_a_system_without_counters_raises_nothing(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def odd() -> None:
        raise error

    monkeypatch.setattr(psutil, "cpu_times", odd)
    read = read_counters()
    assert (read.busy, read.total, read.steal) == (None, None, None)


# Throttling


def test_version_2_counts_in_microseconds(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/job\n",
            "sys/fs/cgroup/cgroup.controllers": "cpu\n",
            "sys/fs/cgroup/job/cpu.stat": "usage_usec 9\nnr_periods 7\nnr_throttled 3\nthrottled_usec 250000\n",
        },
    )
    found = read_throttling(tmp_path)
    assert found is not None
    assert found.periods == 3
    assert found.seconds == pytest.approx(0.25)


def test_version_1_counts_in_nanoseconds(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/self/cgroup": "3:cpu,cpuacct:/job\n0::/\n",
            "sys/fs/cgroup/cpu/job/cpu.stat": "nr_periods 7\nnr_throttled 3\nthrottled_time 250000000\n",
        },
    )
    found = read_throttling(tmp_path)
    assert found is not None
    assert found.periods == 3
    assert found.seconds == pytest.approx(0.25)


def test_groups_above_count_too(tmp_path: Path) -> None:
    files = {f"sys/fs/cgroup/{group}cpu.stat": "nr_throttled 2\nthrottled_usec 1\n" for group in ("", "a/", "a/b/")}
    write(tmp_path, {"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/cgroup.controllers": "cpu\n", **files})
    found = read_throttling(tmp_path)
    assert found is not None
    assert found.periods == 6


@pytest.mark.parametrize(
    "text", ["", "usage_usec 9\n", "nr_throttled\n", "nr_throttled x\n", "nr_throttled -1\n", "\x00"]
)
def test_a_group_that_does_not_count_is_not_known(tmp_path: Path, text: str) -> None:
    write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/\n",
            "sys/fs/cgroup/cgroup.controllers": "cpu\n",
            "sys/fs/cgroup/cpu.stat": text,
        },
    )
    assert read_throttling(tmp_path) is None


@given(text=st.text(max_size=80) | st.from_regex(r"nr_throttled \S{0,30}\nthrottled_usec \S{0,30}", fullmatch=True))
def test_whatever_a_group_says_raises_nothing(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.getbasetemp() / "throttling"
    write(root, {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cgroup.controllers": "cpu\n"})
    (root / "sys/fs/cgroup/cpu.stat").write_bytes(text.encode("utf-8", "surrogatepass"))
    found = read_throttling(root)
    assert found is None or (found.periods >= 0 and found.seconds >= 0)
