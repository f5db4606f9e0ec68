"""Which cores there are to measure on, and what sets their frequency."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psutil

from concbench.measure.environment import governor
from concbench.measure.system import read_system_file
from concbench.model import Environment

CPU = "sys/devices/system/cpu"


@dataclass(frozen=True, kw_only=True)
class Cores:
    """The cores of the machine, and those that this process may use."""

    logical: int
    usable: int
    allowed: int | None
    """Cores that the affinity allows; None where the system has no affinity."""
    quota: float | None
    """CPU seconds per second that control groups allow; None: as many as there are."""
    siblings: bool | None
    """Whether two logical cores share a physical one; None where the system does not tell."""


@dataclass(frozen=True, kw_only=True)
class Frequency:
    """What sets the cores' frequency. None where the system does not tell."""

    governor: str | None
    """The policy, as `powersave`, or all of them where cores differ: `performance, powersave`."""
    driver: str | None
    """What carries the policy out, as `intel_pstate`; it decides what `powersave` means."""
    turbo: bool | None
    """Whether cores may run faster than they can all do for long."""
    plugged_in: bool | None
    """False on battery power; None where there is no battery, too."""


def cores_of(environment: Environment, root: Path = Path("/")) -> Cores:
    """Return the cores of an environment that was read; `root` is where the file system begins. Never raises.

    >>> from concbench.measure.environment import read_environment
    >>> cores = cores_of(read_environment())
    >>> 1 <= cores.usable <= cores.logical
    True
    """
    return Cores(
        logical=environment.logical_cores,
        usable=environment.usable_cores,
        allowed=None if environment.affinity is None else len(environment.affinity),
        quota=environment.cgroup_cpus,
        siblings=switch(root / CPU / "smt/active"),
    )


def read_frequency(root: Path = Path("/")) -> Frequency:
    """Return what sets the cores' frequency now.

    `root` is where the file system begins; the battery is always this machine's own. Never raises.

    >>> read_frequency(Path("/no such folder")).governor is None
    True
    """
    return Frequency(
        governor=governor(root),
        driver=read_system_file(root / CPU / "cpu0/cpufreq/scaling_driver") or None,
        turbo=turbo(root),
        plugged_in=plugged_in(),
    )


def turbo(root: Path) -> bool | None:
    """Return whether cores may run faster than they can all do for long; None where the system does not tell.

    Intel's own driver has a switch that turns it off; all others have one that turns it on, for all cores or, newer,
    for each.
    """
    off = switch(root / CPU / "intel_pstate/no_turbo")
    if off is not None:
        return not off
    try:
        files = [root / CPU / "cpufreq/boost", *(root / CPU).glob("cpu[0-9]*/cpufreq/boost")]
    except OSError:  # a folder that this user may not list
        return None
    told = [on for file in files if (on := switch(file)) is not None]
    return any(told) if told else None


def switch(file: Path) -> bool | None:
    """Return what a file says that holds 0 or 1; None where it says anything else, or can't be read."""
    return {"0": False, "1": True}.get(read_system_file(file) or "")


def plugged_in() -> bool | None:
    """Return False on battery power; None where there is no battery, or the system does not tell. Never raises.

    >>> plugged_in() in (True, False, None)
    True
    """
    if not hasattr(psutil, "sensors_battery"):
        return None
    try:
        battery = psutil.sensors_battery()
    # What a driver writes into its files is often not what is documented: psutil.Error, and what parsing it raises.
    except (OSError, ValueError, LookupError, ArithmeticError, TypeError, NotImplementedError, psutil.Error):
        return None
    return None if battery is None else battery.power_plugged
