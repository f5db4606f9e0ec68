"""What the CPU meter promises: this process and all its descendants, whether they live or not, each once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from concbench.host import accounting, descendants
from concbench.host.accounting import CpuMeter

BURN = "import time; end = time.process_time() + {seconds}\nwhile time.process_time() < end: pass\n"
STAY = "import sys; print('done', flush=True); sys.stdin.read()\n"
SOME = 0.3
"""Seconds of CPU that are to be found."""
SLACK = 0.05
"""Living processes are read in ticks of 10 ms, user and system each."""
LITTLE = 0.2
"""Seconds that all else in between may use, and far less than what must not be counted."""

listed = pytest.mark.skipif(not descendants.LISTED, reason="this kernel has no /proc/PID/task/TID/children")


def burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


@contextmanager
def busy_child(seconds: float) -> Iterator[subprocess.Popen[str]]:
    """Start a child that uses so much CPU, and stays when it has; it is reaped at the end."""
    program = BURN.format(seconds=seconds) + STAY
    child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdout.readline()
        yield child
    finally:
        child.stdin.close()
        child.wait(100)
        child.stdout.close()


def seconds_of(meter: CpuMeter) -> float:
    seconds = meter.stop()
    assert seconds is not None
    return seconds


def test_the_meter_counts_this_process_itself() -> None:
    meter = CpuMeter()
    meter.start()
    burn(SOME)
    assert seconds_of(meter) >= SOME - SLACK


def test_the_meter_counts_by_cpu_time_and_not_by_the_clock() -> None:
    meter = CpuMeter()
    meter.start()
    time.sleep(0.5)
    assert seconds_of(meter) < LITTLE


def test_the_meter_counts_a_child_that_was_reaped() -> None:
    meter = CpuMeter()
    meter.start()
    with busy_child(SOME):
        pass
    assert seconds_of(meter) >= SOME - SLACK


@listed
def test_the_meter_counts_a_child_that_still_lives() -> None:
    meter = CpuMeter()
    meter.start()
    with busy_child(SOME):
        assert seconds_of(meter) >= SOME - SLACK


@listed
def test_the_meter_counts_what_a_living_child_has_reaped() -> None:
    program = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN.format(seconds=SOME)!r}])\n{STAY}"
    meter = CpuMeter()
    meter.start()
    child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    seconds = seconds_of(meter)
    child.communicate()
    assert seconds >= SOME - SLACK


@listed
def test_what_a_child_used_before_is_not_counted_though_it_is_reaped_in_between() -> None:
    meter = CpuMeter()
    with busy_child(3 * SOME):
        meter.start()
    assert seconds_of(meter) < 3 * SOME - LITTLE


@listed
def test_a_child_that_is_reaped_in_between_is_counted_once() -> None:
    meter = CpuMeter()
    meter.start()
    with busy_child(3 * SOME):
        alive = seconds_of(meter)
    reaped = seconds_of(meter)
    assert reaped < alive + LITTLE


def test_what_was_used_before_is_not_counted() -> None:
    burn(SOME)
    meter = CpuMeter()
    meter.start()
    assert seconds_of(meter) < LITTLE


def test_a_process_that_has_just_ended_counts_as_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with busy_child(0.0) as child:
        pass
    monkeypatch.setattr(accounting, "descendants", lambda _pid: [child.pid])
    meter = CpuMeter()
    meter.start()
    assert seconds_of(meter) >= 0


def test_where_children_can_not_be_listed_those_that_were_reaped_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounting, "descendants", lambda _pid: None)
    meter = CpuMeter()
    meter.start()
    with busy_child(SOME):
        pass
    assert seconds_of(meter) >= SOME - SLACK
