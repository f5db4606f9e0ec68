"""Readings that show whether a machine is fit for measuring: cores, frequency, pressure, clock, hosts' surroundings.

Readings are None where the system doesn't provide them, and never raise. `root` is where the file system begins.
"""

from __future__ import annotations

import os
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import psutil

from concbench.measure.probe.environment import governor, load_average, read_environment
from concbench.measure.probe.kernel import memory_figures, read_switch, read_system_file, waiting_share
from concbench.model.run import Environment

CPU = "sys/devices/system/cpu"
CLOCK_SOURCE = "sys/devices/system/clocksource/clocksource0/current_clocksource"
STEPS = 1000
"""Steps of the clock of which the smallest is taken."""
READINGS = 200_000
"""Readings after which a coarse clock is given up: about 20 ms."""
BATCH = 1000
"""Successive readings that are timed together."""
SLOWING = (
    "COVERAGE_PROCESS_CONFIG",
    "COVERAGE_PROCESS_START",
    "PYTHONASYNCIODEBUG",
    "PYTHONDEVMODE",
    "PYTHONDUMPREFS",
    "PYTHONMALLOC",
    "PYTHONPERFSUPPORT",
    "PYTHONTRACEMALLOC",
)
"""Environment variables, inherited by every host, that slow Python down."""
NO_RANDOMISATION = 0x0040000
"""The flag of a process's personality by which `setarch -R` keeps its addresses fixed (personality(2))."""


@dataclass(frozen=True, kw_only=True)
class Cores:
    """The cores of the machine, and those that this process may use."""

    logical: int
    usable: int
    allowed: int | None
    """Cores in the affinity; None where the system has none."""
    quota: float | None
    """CPU seconds per second that control groups allow; None: no limit."""
    siblings: bool | None
    """Whether two logical cores share a physical one."""


@dataclass(frozen=True, kw_only=True)
class Frequency:
    """What sets the cores' frequency."""

    governor: str | None
    """The policy, such as `powersave`, or all of them where cores differ: `performance, powersave`."""
    driver: str | None
    """What implements the policy, such as `intel_pstate`; it decides what `powersave` means."""
    turbo: bool | None
    """Whether single cores may run faster than all of them can together."""
    plugged_in: bool | None
    """False on battery power; None also where there is no battery."""


@dataclass(frozen=True, kw_only=True)
class Pressure:
    """How much waits for cores and memory, before concbench itself keeps any busy."""

    load: float | None
    """Processes that ran or waited for a core, averaged over the last minute."""
    cpu: float | None
    """The share of the last ten seconds in which some process waited for a core."""
    memory: float | None
    """The share of the last ten seconds in which some process waited for memory."""
    swap: int | None
    """Bytes swapped out to disk."""
    total: int | None
    """Bytes of physical memory."""


@dataclass(frozen=True, kw_only=True)
class Clock:
    """What `time.perf_counter` is like on this machine, in seconds."""

    source: str | None
    """The kernel's clock source, such as `tsc`."""
    step: float | None
    """The smallest step between two readings; None if it stood still."""
    cost: float
    """Of one reading."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What hosts are started in."""

    observed: list[str]
    """What slows concbench's own process: `dev mode`, `tracing`, `profiling`, `tracemalloc`."""
    slowing: list[str]
    """Names of environment variables that slow hosts."""
    moving_addresses: bool | None
    """Whether the kernel randomises the address layout of every process."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine, before anything is measured on it."""

    environment: Environment
    cores: Cores
    frequency: Frequency
    pressure: Pressure
    clock: Clock
    surroundings: Surroundings


def read_machine(root: Path = Path("/")) -> Machine:
    """The machine as it is now."""
    pressure = read_pressure(root)  # first, because what follows keeps a core busy
    environment = read_environment(root)
    return Machine(
        environment=environment,
        cores=cores_of(environment, root),
        frequency=read_frequency(root),
        pressure=pressure,
        clock=read_clock(root),
        surroundings=read_surroundings(root),
    )


def cores_of(environment: Environment, root: Path = Path("/")) -> Cores:
    """The cores of an environment."""
    return Cores(
        logical=environment.logical_cores,
        usable=environment.usable_cores,
        allowed=None if environment.affinity is None else len(environment.affinity),
        quota=environment.cgroup_cpus,
        siblings=read_switch(root / CPU / "smt/active"),
    )


def read_frequency(root: Path = Path("/")) -> Frequency:
    """What sets the cores' frequency now; the battery is always this machine's own."""
    return Frequency(
        governor=governor(root),
        driver=read_system_file(root / CPU / "cpu0/cpufreq/scaling_driver") or None,
        turbo=turbo(root),
        plugged_in=plugged_in(),
    )


def turbo(root: Path) -> bool | None:
    """Whether single cores may run faster than all of them can together.

    Intel's own driver has a switch that turns it off; all others have one that turns it on, for all cores or, in newer
    kernels, for each.
    """
    off = read_switch(root / CPU / "intel_pstate/no_turbo")
    if off is not None:
        return not off
    try:
        files = [root / CPU / "cpufreq/boost", *(root / CPU).glob("cpu[0-9]*/cpufreq/boost")]
    except OSError:  # a folder that this user may not list
        return None
    switches = [on for file in files if (on := read_switch(file)) is not None]
    return any(switches) if switches else None


def plugged_in() -> bool | None:
    """False on battery power; None also where there is no battery."""
    if not hasattr(psutil, "sensors_battery"):
        return None
    try:
        battery = psutil.sensors_battery()
    # Drivers often write other things into their files than is documented: psutil.Error, and whatever parsing raises.
    except (OSError, ValueError, LookupError, ArithmeticError, TypeError, NotImplementedError, psutil.Error):
        return None
    return None if battery is None else battery.power_plugged


def read_pressure(root: Path = Path("/")) -> Pressure:
    """How much waits for what, now; load and swap are always this machine's own."""
    swap, memory = memory_figures(psutil.swap_memory), memory_figures(psutil.virtual_memory)
    return Pressure(
        load=load_average(),
        cpu=waiting_share(root / "proc/pressure/cpu"),
        memory=waiting_share(root / "proc/pressure/memory"),
        swap=int(swap.used) if swap and memory else None,
        total=int(memory.total) if swap and memory else None,
    )


def read_clock(root: Path = Path("/"), clock: Callable[[], float] = time.perf_counter) -> Clock:
    """What the clock is like, within 50 ms."""
    source = read_system_file(root / CLOCK_SOURCE) or None
    return Clock(source=source, step=smallest_step(clock), cost=reading_cost(clock))


def smallest_step(clock: Callable[[], float]) -> float | None:
    """The smallest step that a clock took, in seconds; None if it stood still."""
    smallest: float | None = None
    steps = 0
    last = clock()
    for _ in repeat(None, READINGS):
        now = clock()
        if now > last:
            smallest = now - last if smallest is None else min(smallest, now - last)
            steps += 1
            if steps == STEPS:
                break
        last = now
    return smallest


def reading_cost(clock: Callable[[], float]) -> float:
    """Seconds that one reading takes: in the fastest of several batches, because disturbances only slow."""
    fastest = float("inf")
    for _ in range(9):
        began = clock()
        for _ in repeat(None, BATCH):
            clock()
        fastest = min(fastest, (clock() - began) / BATCH)
    return fastest


def read_surroundings(root: Path = Path("/"), environment: Mapping[str, str] = os.environ) -> Surroundings:
    """What hosts are started in."""
    observers = {
        "dev mode": sys.flags.dev_mode,
        "tracing": sys.gettrace() is not None,
        "profiling": sys.getprofile() is not None,
        "tracemalloc": tracemalloc.is_tracing(),
    }
    return Surroundings(
        observed=[name for name, on in observers.items() if on],
        slowing=[name for name in SLOWING if environment.get(name)],
        moving_addresses=moving_addresses(root),
    )


def moving_addresses(root: Path = Path("/")) -> bool | None:
    """Whether the kernel randomises the address layout of every process."""
    setting = read_system_file(root / "proc/sys/kernel/randomize_va_space")
    if setting not in ("0", "1", "2"):
        return None
    try:
        personality = int(read_system_file(root / "proc/self/personality") or "0", 16)
    except ValueError:
        personality = 0
    return setting != "0" and not personality & NO_RANDOMISATION
