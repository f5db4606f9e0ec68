"""Reads the machine and the interpreter of a run: what a reader must know to judge its figures."""

from __future__ import annotations

import math
import os
import platform
import sys
import warnings
from pathlib import Path

import psutil

from concbench import __version__
from concbench.host.build import gil, implementation, start_method
from concbench.measure.cgroup import GroupLimits, read_group_limits
from concbench.measure.revision import git_revision
from concbench.measure.system import command_output, read_system_file
from concbench.model import Environment

LIBRARIES = ("psutil", "msgspec")
"""The libraries that measure or judge."""


def read_environment(root: Path = Path("/")) -> Environment:
    """Return the machine and the interpreter as they are now, with `load_end` still None.

    `root` is where the file system begins; the git revision is the current folder's. What the system does not tell is
    None, or 0 bytes for `memory`. Never raises, and leaves the start method of this process open.

    >>> environment = read_environment()
    >>> environment.usable_cores <= environment.logical_cores
    True
    """
    limits = read_group_limits(root)
    affinity = _affinity()
    return Environment(
        cpu_model=cpu_model(root),
        logical_cores=_logical_cores(),
        usable_cores=count_usable(affinity, limits),
        affinity=affinity,
        cgroup_cpus=limits.cpus,
        cgroup_memory=limits.memory,
        memory=_memory(),
        load_start=load_average(),
        load_end=None,
        governor=governor(root),
        os=_operating_system(),
        python=sys.version.split(maxsplit=1)[0],
        implementation=implementation(),
        build=_build(),
        gil=gil(),
        start_method=start_method(),
        versions=_versions(),
        git_revision=git_revision(),
    )


def usable_cores(root: Path = Path("/")) -> int:
    """Return how many cores this process may use: its affinity, and a control group's quota rounded up; at least 1.

    `root` is where the file system begins. Never raises.

    >>> usable_cores() >= 1
    True
    """
    return count_usable(_affinity(), read_group_limits(root))


def count_usable(affinity: list[int] | None, limits: GroupLimits) -> int:
    """Return how many cores are left of the affinity, or of all cores where that is None, by the groups' limits.

    >>> count_usable([0, 1, 2, 3], GroupLimits(cpus=1.5, memory=None))
    2
    """
    cores = len(affinity) if affinity else _logical_cores()
    if limits.cpus is not None:
        cores = min(cores, math.ceil(limits.cpus))
    return max(cores, 1)


def load_average() -> float | None:
    """Return how many processes were running or waiting for a core, averaged over the last minute.

    None where the system has no such figure, as on Windows. Never raises.

    >>> load = load_average()
    >>> load is None or load >= 0
    True
    """
    if not hasattr(os, "getloadavg"):
        return None
    try:
        return os.getloadavg()[0]
    except OSError:  # documented: "if the load average was unobtainable"
        return None


def cpu_model(root: Path = Path("/")) -> str | None:
    """Return the processor's name, as `AMD EPYC 7763 64-Core Processor`; None where the system does not tell.

    `root` is where the file system begins. Never raises.
    """
    for line in (read_system_file(root / "proc/cpuinfo") or "").splitlines():
        field, _, value = line.partition(":")
        if field.strip() == "model name" and value.strip():
            return value.strip()
    if sys.platform == "darwin" and (brand := command_output(["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"])):
        return brand
    return platform.processor() or None  # all there is on Windows, and on an ARM machine without a model name


def governor(root: Path = Path("/")) -> str | None:
    """Return the policy that sets the cores' frequency, as `powersave`, or `performance, powersave` where they differ.

    `root` is where the file system begins. None where the system does not tell, as in most virtual machines. Never
    raises.
    """
    try:
        files = list((root / "sys/devices/system/cpu").glob("cpu[0-9]*/cpufreq/scaling_governor"))
    except OSError:  # a folder that this user may not list
        return None
    return ", ".join(sorted({policy for file in files if (policy := read_system_file(file))})) or None


def _affinity() -> list[int] | None:
    """Return the cores that the scheduler may put this process on; None where the system has no affinity."""
    try:
        if hasattr(os, "sched_getaffinity"):
            return sorted(os.sched_getaffinity(0))
        if hasattr(psutil.Process, "cpu_affinity"):
            return sorted(psutil.Process().cpu_affinity())
    # OSError: a sandbox that forbids the call. psutil.Error: its own name for the same.
    except (OSError, psutil.Error):
        return None
    return None


def _logical_cores() -> int:
    # psutil first, because since Python 3.13 os.cpu_count() may be overruled by PYTHON_CPU_COUNT.
    return psutil.cpu_count() or os.cpu_count() or 1


def _memory() -> int:
    """Return the bytes of physical memory; 0 where the system does not tell."""
    try:
        with warnings.catch_warnings():
            # psutil warns where a container hides some of the other figures, none of which is asked for here.
            warnings.simplefilter("ignore", RuntimeWarning)
            return int(psutil.virtual_memory().total)
    # OSError: no /proc, or not for this user. LookupError: no total in its meminfo. psutil.Error: the same elsewhere.
    except (OSError, LookupError, psutil.Error):
        return 0


def _operating_system() -> str:
    try:
        return platform.platform()
    except OSError:  # without glibc it looks for the C library in the interpreter's file, which may be unreadable
        return f"{platform.system()} {platform.release()}"


def _build() -> str:
    """Return what was built, and by what: `main, May  9 2026 07:35:25, GCC 12.2.0`."""
    try:
        build = (*platform.python_build(), platform.python_compiler())
    except ValueError:  # platform takes sys.version apart, and gives up on a vendor's own format
        return " ".join(sys.version.split())
    return ", ".join(part for part in build if part)


def _versions() -> dict[str, str]:
    """Return the versions of concbench and `LIBRARIES`, without those that are not installed as packages."""
    from importlib import metadata  # here, because it takes longer to import than all else in this file

    versions = {"concbench": __version__}
    for library in LIBRARIES:
        try:
            versions[library] = metadata.version(library)
        except metadata.PackageNotFoundError:  # vendored, or bundled into one executable
            continue
    return versions
