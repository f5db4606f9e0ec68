"""What the process tree promises: every living process below one, and the CPU time of all, each counted once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from concbench.host import process_tree
from concbench.host.process_tree import CpuMeter, descendants

BURN = "import time; end = time.process_time() + {}\nwhile time.process_time() < end: pass\n"
STAY = "import sys; print('here', flush=True); sys.stdin.read()\n"
NEST = f"""
import subprocess, sys, threading
def start():
    global child
    child = subprocess.Popen([sys.executable, "-c", {STAY!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline()
{{how}}
print(child.pid, flush=True)
sys.stdin.read()
child.stdin.close()
child.wait()
"""
DIRECTLY = "start()"
IN_A_THREAD = """
done, leave = threading.Event(), threading.Event()
def thread():
    start()
    done.set()
    leave.wait()
threading.Thread(target=thread, daemon=True).start()
done.wait()
"""
SOME = 0.3
"""Seconds of CPU that are to be found."""
SLACK = 0.05
"""Living processes are read in ticks of 10 ms, user and system each."""
LITTLE = 0.2
"""Seconds that all else in between may use, far less than what must not be counted."""

listed = pytest.mark.skipif(not process_tree.LISTED, reason="this kernel has no /proc/PID/task/TID/children")


@contextmanager
def running(program: str) -> Iterator[tuple[int, str]]:
    """Start a program that prints a line and stays; yield its process id and the line. It is reaped at the end."""
    child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        yield child.pid, child.stdout.readline().strip()
    finally:
        child.stdin.close()
        child.wait(100)
        child.stdout.close()


def burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def started_meter() -> CpuMeter:
    meter = CpuMeter()
    meter.start()
    return meter


def seconds_of(meter: CpuMeter) -> float:
    seconds = meter.stop()
    assert seconds is not None
    return seconds


TELLS = """
import sys, time
for line in sys.stdin:
    end = time.process_time() + 0.0123
    while time.process_time() < end: pass
    print(time.process_time(), flush=True)
"""
"""Computes for a while whenever it is asked, and prints its CPU time."""


@listed
def test_the_clock_of_a_living_process_is_read_to_the_microsecond() -> None:
    child = subprocess.Popen([sys.executable, "-c", TELLS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    assert child.stdout is not None

    said = child.stdout

    def told() -> float:
        print(file=child.stdin, flush=True)
        return float(said.readline())

    with child:
        for _ in range(5):
            before = told()
            assert before <= process_tree._living_seconds(child.pid)
            between = process_tree._living_seconds(child.pid)
            assert between <= told()
        child.stdin.close()


@listed
@pytest.mark.parametrize("how", [DIRECTLY, IN_A_THREAD], ids=["directly", "in a thread"])
def test_grandchildren_are_found_after_their_parents(how: str) -> None:
    with running(NEST.format(how=how)) as (child, grandchild), running(STAY) as (other, _):
        assert descendants(other) == []
        assert descendants(child) == [int(grandchild)]
        found = descendants(os.getpid())
        assert found is not None
        assert {child, other} <= set(found)
        assert found.index(child) < found.index(int(grandchild))


@listed
def test_a_child_that_has_ended_is_found_until_it_is_reaped() -> None:
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", ""], os.environ)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert child in (descendants(os.getpid()) or ())
    os.waitpid(child, 0)
    assert child not in (descendants(os.getpid()) or ())
    assert descendants(child) == []


def test_the_meter_counts_this_process_by_cpu_time_and_not_what_was_used_before() -> None:
    meter = started_meter()
    burn(SOME)
    assert seconds_of(meter) >= SOME - SLACK
    meter = started_meter()
    time.sleep(SOME)
    assert seconds_of(meter) < LITTLE


@listed
def test_the_meter_counts_a_child_that_lives_and_once_it_is_reaped_still_once() -> None:
    meter = started_meter()
    with running(BURN.format(3 * SOME) + STAY):
        alive = seconds_of(meter)
    assert alive >= 3 * SOME - SLACK
    assert 3 * SOME - SLACK <= seconds_of(meter) < alive + LITTLE


@listed
def test_the_meter_counts_what_a_living_child_has_reaped() -> None:
    program = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN.format(SOME)!r}])\n{STAY}"
    meter = started_meter()
    with running(program):
        assert seconds_of(meter) >= SOME - SLACK


@listed
def test_what_a_child_used_before_is_not_counted_though_it_is_reaped_in_between() -> None:
    with running(BURN.format(3 * SOME) + STAY):
        meter = started_meter()
    assert seconds_of(meter) < 3 * SOME - LITTLE


def test_a_process_that_has_just_ended_counts_as_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(STAY) as (child, _):
        pass
    monkeypatch.setattr(process_tree, "descendants", lambda _pid: [child])
    assert seconds_of(started_meter()) >= 0


def test_where_children_can_not_be_listed_those_that_were_reaped_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_tree, "LISTED", False)
    assert descendants(os.getpid()) is None
    meter = started_meter()
    with running(BURN.format(SOME) + STAY):
        pass
    assert seconds_of(meter) >= SOME - SLACK


def test_the_cpu_time_of_others_is_without_that_of_this_process() -> None:
    meter = started_meter()
    burn(0.1)
    subprocess.run([sys.executable, "-c", "sum(range(10**6))"], check=True)
    others, every = meter.stop_others(), seconds_of(meter)
    assert others is not None
    assert 0 < others <= every - 0.1
