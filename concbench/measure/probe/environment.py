"""Reads the machine and the interpreter of a run: what a reader must know to judge its figures."""

from __future__ import annotations

import math
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import psutil

from concbench import __version__
from concbench.host.interpreter import gil, implementation, start_method
from concbench.measure.probe.kernel import GroupLimits, memory_figures, read_group_limits, read_system_file
from concbench.model.run import Environment

LIBRARIES = ("psutil", "msgspec")
"""The libraries that measure or judge."""
COMMAND_TIMEOUT = 3.0
"""Seconds that a command may take: a run should not wait longer for a note in its margin."""


def read_environment(root: Path = Path("/")) -> Environment:
    """The machine and the interpreter as they are now, with `load_end` still None.

    `root` is where the file system begins; the git revision is that of the current folder. What the system doesn't say
    is None, or 0 bytes of `memory`. Never raises, and leaves the start method of this process open.
    """
    limits = read_group_limits(root)
    affinity = _affinity()
    memory = memory_figures(psutil.virtual_memory)
    return Environment(
        cpu_model=cpu_model(root),
        logical_cores=_logical_cores(),
        usable_cores=count_usable(affinity, limits),
        affinity=affinity,
        cgroup_cpus=limits.cpus,
        cgroup_memory=limits.memory,
        memory=int(memory.total) if memory else 0,
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


def memory_left(root: Path = Path("/")) -> int:
    """Bytes of memory that are free, but no more than the control group allows; a lot where nothing is known."""
    memory = memory_figures(psutil.virtual_memory)
    found = [int(memory.available) if memory else None, read_group_limits(root).memory]
    return min((each for each in found if each is not None), default=sys.maxsize)


def open_files() -> int | None:
    """How many files a process may have open (`ulimit -n`); None where there is no limit, or none that is known."""
    if sys.platform == "win32":
        return None
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def usable_cores(root: Path = Path("/")) -> int:
    """The number of cores this process may use: its affinity, limited by control groups' quotas. Never raises."""
    return count_usable(_affinity(), read_group_limits(root))


def count_usable(affinity: list[int] | None, limits: GroupLimits) -> int:
    """The number of cores in the affinity (None: all cores), or the quota rounded up if that is less; at least 1."""
    cores = len(affinity) if affinity else _logical_cores()
    if limits.cpus is not None:
        cores = min(cores, math.ceil(limits.cpus))
    return max(cores, 1)


def load_average() -> float | None:
    """The number of processes that ran or waited for a core, averaged over the last minute. Never raises.

    None where the system has no such figure, as on Windows.
    """
    if not hasattr(os, "getloadavg"):
        return None
    try:
        return os.getloadavg()[0]
    except OSError:  # documented: "if the load average was unobtainable"
        return None


def cpu_model(root: Path = Path("/")) -> str | None:
    """The processor's name, such as `AMD EPYC 7763 64-Core Processor`; None where it is unknown. Never raises."""
    for line in (read_system_file(root / "proc/cpuinfo") or "").splitlines():
        field, _, value = line.partition(":")
        if field.strip() == "model name" and value.strip():
            return value.strip()
    if sys.platform == "darwin" and (brand := _command_output(["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"])):
        return brand
    return platform.processor() or None  # all there is on Windows, and on an ARM machine without a model name


def governor(root: Path = Path("/")) -> str | None:
    """The policy that sets the cores' frequency: `powersave`, or `performance, powersave` where cores differ.

    None where it is unknown, as in most virtual machines. Never raises.
    """
    try:
        files = list((root / "sys/devices/system/cpu").glob("cpu[0-9]*/cpufreq/scaling_governor"))
    except OSError:  # a folder that this user may not list
        return None
    return ", ".join(sorted({policy for file in files if (policy := read_system_file(file))})) or None


def _affinity() -> list[int] | None:
    """The cores that this process may run on; None where the system has no affinity."""
    try:
        if hasattr(os, "sched_getaffinity"):
            return sorted(os.sched_getaffinity(0))
        if hasattr(psutil.Process, "cpu_affinity"):
            return sorted(psutil.Process().cpu_affinity())
    # OSError: a sandbox that forbids the call. psutil.Error: psutil's name for the same.
    except (OSError, psutil.Error):
        return None
    return None


def _logical_cores() -> int:
    # psutil first: since Python 3.13, PYTHON_CPU_COUNT overrules os.cpu_count().
    return psutil.cpu_count() or os.cpu_count() or 1


def _operating_system() -> str:
    try:
        return platform.platform()
    except OSError:  # without glibc it looks for the C library in the interpreter's file, which may be unreadable
        return f"{platform.system()} {platform.release()}"


def _build() -> str:
    """What was built, and by what: `main, May  9 2026 07:35:25, GCC 12.2.0`."""
    try:
        build = (*platform.python_build(), platform.python_compiler())
    except ValueError:  # platform takes sys.version apart, and gives up on a vendor's own format
        return " ".join(sys.version.split())
    return ", ".join(part for part in build if part)


def _versions() -> dict[str, str]:
    """The versions of concbench and `LIBRARIES`, except of those that aren't installed as packages."""
    from importlib import metadata  # here, because it takes longer to import than everything else in this file

    versions = {"concbench": __version__}
    for library in LIBRARIES:
        try:
            versions[library] = metadata.version(library)
        except metadata.PackageNotFoundError:  # vendored, or bundled into one executable
            continue
    return versions


# Commands


def git_revision(folder: Path = Path(), timeout: float = COMMAND_TIMEOUT) -> str | None:
    """The commit checked out in a folder's repository, followed by a `+` if there are uncommitted or untracked files.

    None without git, a repository or a commit, and if git fails or takes longer than `timeout` seconds. Never raises.
    """
    git = shutil.which("git")
    if git is None:
        return None
    # Nothing may change: no refreshed index, and no file system monitor left running beside the measurements.
    command = [git, "--no-optional-locks", "-c", "core.fsmonitor=false"]
    revision = _command_output([*command, "rev-parse", "--verify", "HEAD"], folder, timeout)
    if not revision:
        return None
    changes = _command_output([*command, "status", "--porcelain", "--untracked-files=normal"], folder, timeout)
    if changes is None:
        return None
    return f"{revision}+" if changes else revision


def _command_output(command: list[str], folder: Path | None = None, timeout: float = COMMAND_TIMEOUT) -> str | None:
    """What a command prints, without surrounding white space; None if it fails or is too slow. Never raises."""
    try:
        ended = subprocess.run(
            command,
            cwd=folder,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            encoding="utf-8",
            errors="replace",
        )
    # OSError: no such program or folder. SubprocessError: an exit status other than 0, or too slow.
    except (OSError, subprocess.SubprocessError):
        return None
    return ended.stdout.strip()
