"""What reading a machine promises, on file systems built for it: what is there is told, what is not is None."""

from __future__ import annotations

import itertools
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from concbench.measure.environment import read_environment
from concbench.measure.fitness import read_machine
from concbench.measure.fitness_clock import cost, read_clock, smallest_step
from concbench.measure.fitness_cores import cores_of, plugged_in, read_frequency
from concbench.measure.fitness_pressure import read_pressure, some_waited
from concbench.measure.fitness_surroundings import moving_addresses, read_surroundings
from tests.measure.fitness_tree import CPU, write

ODD_TEXTS = ["", "\x00", "2", "-1", "yes", "1\n1", "9" * 5000]


def test_the_real_machine_is_read_without_an_error() -> None:
    machine = read_machine()
    assert 1 <= machine.cores.usable <= machine.cores.logical
    assert machine.clock.cost > 0


def test_a_machine_that_tells_nothing_is_read_without_an_error(tmp_path: Path) -> None:
    machine = read_machine(tmp_path)
    assert machine.cores.siblings is None
    assert machine.cores.quota is None
    assert (machine.frequency.governor, machine.frequency.driver, machine.frequency.turbo) == (None, None, None)
    assert (machine.pressure.cpu, machine.pressure.memory) == (None, None)
    assert machine.clock.source is None
    assert machine.surroundings.moving_addresses is None


# Cores and their frequency


def test_the_quota_is_the_control_groups(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/\n",
            "sys/fs/cgroup/cgroup.controllers": "cpu\n",
            "sys/fs/cgroup/cpu.max": "150000 100000\n",
        },
    )
    assert cores_of(read_environment(tmp_path), tmp_path).quota == 1.5


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
def test_turbo_is_told_by_whichever_switch_there_is(tmp_path: Path, files: dict[str, str], turbo: bool | None) -> None:
    write(tmp_path, {f"{CPU}/{name}": text for name, text in files.items()})
    assert read_frequency(tmp_path).turbo is turbo


class Battery:
    power_plugged = False


def test_battery_power_is_what_psutil_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: Battery, raising=False)
    assert plugged_in() is False
    monkeypatch.setattr(psutil, "sensors_battery", lambda: None, raising=False)
    assert plugged_in() is None


@pytest.mark.parametrize("error", [OSError, ValueError, KeyError, ZeroDivisionError, TypeError, psutil.Error])
def test_a_battery_that_can_not_be_read_raises_nothing(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def odd() -> None:
        raise error

    monkeypatch.setattr(psutil, "sensors_battery", odd, raising=False)
    assert plugged_in() is None


def test_a_system_without_batteries_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(psutil, "sensors_battery", raising=False)
    assert plugged_in() is None


# Pressure


def test_pressure_is_the_share_in_which_some_process_waited(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/pressure/cpu": "some avg10=12.50 avg60=1.00 avg300=0.00 total=99\nfull avg10=99.00 avg60=0 total=0\n",
            "proc/pressure/memory": "full avg10=7.00 avg60=0.00\nsome avg10=0.25 avg60=7.00 avg300=7.00 total=7\n",
        },
    )
    pressure = read_pressure(tmp_path)
    assert pressure.cpu == pytest.approx(0.125)
    assert pressure.memory == pytest.approx(0.0025)


@pytest.mark.parametrize(
    "text", ["", "some", "some avg10", "some avg10=", "some avg10=x", "some avg10=nan", "full avg10=1.00", "\x00"]
)
def test_pressure_that_makes_no_sense_is_not_known(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"proc/pressure/cpu": text})
    assert read_pressure(tmp_path).cpu is None


@example(text="0\x1e\x1e0")  # a line without a word
@given(text=st.text(max_size=60) | st.from_regex(r"some avg10=\S{0,12}", fullmatch=True))
def test_pressure_is_a_share_or_not_known_whatever_the_file_says(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "pressure"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    waited = some_waited(file)
    assert waited is None or 0 <= waited <= 1


@pytest.mark.parametrize("error", [OSError, KeyError, psutil.Error])
def test_swap_that_can_not_be_read_is_not_known(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def odd() -> None:
        raise error

    monkeypatch.setattr(psutil, "swap_memory", odd)
    pressure = read_pressure()
    assert (pressure.swap, pressure.total) == (None, None)


# The clock


def test_the_clock_source_is_what_the_kernel_says(tmp_path: Path) -> None:
    write(tmp_path, {"sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet\n"})
    assert read_clock(tmp_path).source == "hpet"


@given(reads=st.integers(1, 50), tick=st.integers(1, 1000))
def test_the_step_of_a_coarse_clock_is_its_tick(reads: int, tick: int) -> None:
    """A clock that moves on by so many units at every so many readings."""
    readings = itertools.count()
    assert smallest_step(lambda: float(next(readings) // reads * tick)) == tick


def test_the_smallest_of_many_steps_counts() -> None:
    times = itertools.accumulate(itertools.cycle([5.0, 3.0, 4.0]))
    assert smallest_step(lambda: next(times)) == 3.0


def test_a_clock_that_stands_still_is_given_up() -> None:
    assert smallest_step(lambda: 1.0) is None


def test_a_step_back_is_no_step() -> None:
    times = itertools.accumulate(itertools.cycle([2.0, -1.0]))
    assert smallest_step(lambda: next(times)) == 2.0


def test_the_cost_of_a_reading_is_what_the_clock_itself_says() -> None:
    readings = itertools.count()
    assert cost(lambda: 0.5 * next(readings)) == pytest.approx(0.5, rel=0.01)


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
        "import sys, tracemalloc; from concbench.measure.fitness_surroundings import read_surroundings;"
        "print(read_surroundings().observed); tracemalloc.start(); sys.setprofile(lambda *_: None);"
        "sys.settrace(lambda *_: None); print(read_surroundings().observed)"
    )
    command = [sys.executable, "-X", "dev", "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.splitlines() == ["['dev mode']", "['dev mode', 'tracing', 'profiling', 'tracemalloc']"]


def test_to_read_the_machine_leaves_its_start_method_open() -> None:
    code = (
        "import multiprocessing; from concbench.measure.fitness import read_machine; read_machine();"
        "print(multiprocessing.get_start_method(allow_none=True))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "None\n"
