"""What reading a machine promises, on file systems built for it: what is there is read, what isn't is None."""

from __future__ import annotations

import itertools
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import MonkeyPatch

from concbench.measure.probe.environment import read_environment
from concbench.measure.probe.machine import (
    cores_of,
    moving_addresses,
    plugged_in,
    read_clock,
    read_frequency,
    read_machine,
    read_pressure,
    read_surroundings,
    reading_cost,
    smallest_step,
)
from tests.measure.probe.tree import CPU, write

ODD_TEXTS = ["", "\x00", "2", "-1", "yes", "1\n1", "9" * 5000]


def test_the_real_machine_is_read_without_an_error() -> None:
    machine = read_machine()
    assert 1 <= machine.cores.usable <= machine.cores.logical
    assert machine.clock.cost > 0


def test_a_machine_that_reports_nothing_is_read_without_an_error(tmp_path: Path) -> None:
    machine = read_machine(tmp_path)
    assert machine.cores.siblings is None
    assert machine.cores.quota is None
    assert (machine.frequency.governor, machine.frequency.driver, machine.frequency.turbo) == (None, None, None)
    assert (machine.pressure.cpu, machine.pressure.memory) == (None, None)
    assert machine.clock.source is None
    assert machine.surroundings.moving_addresses is None


# Cores and their frequency


def test_the_affinity_is_counted() -> None:
    environment = replace(read_environment(), affinity=[3, 5])
    assert cores_of(environment).allowed == 2
    assert cores_of(replace(environment, affinity=None)).allowed is None


@pytest.mark.parametrize(("text", "siblings"), [("1\n", True), ("0\n", False), *((odd, None) for odd in ODD_TEXTS)])
def test_hyper_threading_is_what_the_kernel_says(tmp_path: Path, text: str, siblings: bool | None) -> None:
    write(tmp_path, {f"{CPU}/smt/active": text})
    assert cores_of(read_environment(), tmp_path).siblings is siblings


def test_the_governor_comes_with_its_driver(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            f"{CPU}/cpu0/cpufreq/scaling_governor": "powersave\n",
            f"{CPU}/cpu0/cpufreq/scaling_driver": "intel_pstate\n",
            f"{CPU}/cpu1/cpufreq/scaling_governor": "performance\n",
        },
    )
    frequency = read_frequency(tmp_path)
    assert (frequency.governor, frequency.driver) == ("performance, powersave", "intel_pstate")


@pytest.mark.parametrize(
    ("files", "turbo"),
    [
        ({"intel_pstate/no_turbo": "0\n"}, True),
        ({"intel_pstate/no_turbo": "1\n"}, False),
        ({"cpufreq/boost": "1\n"}, True),
        ({"cpufreq/boost": "0\n"}, False),
        ({"cpu0/cpufreq/boost": "0\n", "cpu1/cpufreq/boost": "1\n"}, True),
        ({"cpu0/cpufreq/boost": "0\n", "cpu1/cpufreq/boost": "0\n"}, False),
        ({"intel_pstate/no_turbo": "odd\n", "cpufreq/boost": "1\n"}, True),
        ({"cpu0/online": "1\n"}, None),
    ],
)
def test_turbo_is_read_from_whichever_switch_there_is(
    tmp_path: Path, files: dict[str, str], turbo: bool | None
) -> None:
    write(tmp_path, {f"{CPU}/{name}": text for name, text in files.items()})
    assert read_frequency(tmp_path).turbo is turbo


@pytest.mark.parametrize(("battery", "plugged"), [(SimpleNamespace(power_plugged=False), False), (None, None)])
def test_battery_power_is_what_psutil_says(battery: object, plugged: bool | None, monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: battery, raising=False)
    assert plugged_in() is plugged
    monkeypatch.delattr(psutil, "sensors_battery")
    assert plugged_in() is None


@pytest.mark.parametrize("error", [OSError, ValueError, KeyError, ZeroDivisionError, TypeError, psutil.Error])
def test_a_battery_that_can_not_be_read_raises_nothing(error: type[Exception], monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", Mock(side_effect=error), raising=False)
    assert plugged_in() is None


# Pressure


def test_pressure_is_read_for_cores_and_memory(tmp_path: Path) -> None:
    write(tmp_path, {"proc/pressure/cpu": "some avg10=12.50", "proc/pressure/memory": "some avg10=0.25"})
    pressure = read_pressure(tmp_path)
    assert (pressure.cpu, pressure.memory) == (0.125, 0.0025)


@pytest.mark.parametrize("error", [OSError, KeyError, psutil.Error])
def test_swap_that_can_not_be_read_is_unknown(error: type[Exception], monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "swap_memory", Mock(side_effect=error))
    pressure = read_pressure()
    assert (pressure.swap, pressure.total) == (None, None)


# The clock


def test_the_clock_source_is_what_the_kernel_says(tmp_path: Path) -> None:
    write(tmp_path, {"sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet\n"})
    assert read_clock(tmp_path).source == "hpet"


@given(reads=st.integers(1, 50), tick=st.integers(1, 1000))
def test_the_step_of_a_coarse_clock_is_its_tick(reads: int, tick: int) -> None:
    """A clock that moves on by `tick` units at every `reads` readings."""
    readings = itertools.count()
    assert smallest_step(lambda: float(next(readings) // reads * tick)) == tick


@pytest.mark.parametrize(
    ("steps", "smallest"),
    [([5.0, 3.0, 4.0], 3.0), ([2.0, -1.0], 2.0), ([0.0], None)],
    ids=["the smallest of many counts", "a step back is none", "a clock that stands still is given up"],
)
def test_the_step_is_the_smallest_forward(steps: list[float], smallest: float | None) -> None:
    times = itertools.accumulate(itertools.cycle(steps))
    assert smallest_step(lambda: next(times)) == smallest


def test_the_cost_of_a_reading_is_what_the_clock_itself_says() -> None:
    readings = itertools.count()
    assert reading_cost(lambda: 0.5 * next(readings)) == pytest.approx(0.5, rel=0.01)


# What hosts are started in


@pytest.mark.parametrize(
    ("asked", "personality", "moving"),
    [
        ("2\n", "00000000\n", True),
        ("1\n", "00000000\n", True),
        ("0\n", "00000000\n", False),
        ("2\n", "00040000\n", False),
        ("2\n", "00440000\n", False),
        ("2\n", "odd\n", True),
        ("odd\n", "00000000\n", None),
        ("", "", None),
    ],
)
def test_addresses_move_unless_the_kernel_or_the_personality_says_no(
    tmp_path: Path, asked: str, personality: str, moving: bool | None
) -> None:
    write(tmp_path, {"proc/sys/kernel/randomize_va_space": asked, "proc/self/personality": personality})
    assert moving_addresses(tmp_path) is moving


def test_variables_that_slow_hosts_are_named_where_they_are_set() -> None:
    environment = {"PYTHONMALLOC": "debug", "PYTHONTRACEMALLOC": "", "PATH": "/bin"}
    assert read_surroundings(environment=environment).slowing == ["PYTHONMALLOC"]


def test_what_observes_this_process_is_named() -> None:
    code = (
        "import sys, tracemalloc; from concbench.measure.probe.machine import read_surroundings;"
        "print(read_surroundings().observed); tracemalloc.start(); sys.setprofile(lambda *_: None);"
        "sys.settrace(lambda *_: None); print(read_surroundings().observed)"
    )
    command = [sys.executable, "-X", "dev", "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.splitlines() == ["['dev mode']", "['dev mode', 'tracing', 'profiling', 'tracemalloc']"]
