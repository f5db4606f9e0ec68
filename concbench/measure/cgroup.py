"""The CPU time and the memory that the control groups of this process allow it, in version 2 and in version 1."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from concbench.measure.system import read_system_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Number = TypeVar("Number", int, float)

NO_MEMORY_LIMIT = 2**62
"""Version 1 writes "no limit" as the greatest multiple of a page below 2**63: whatever is so large limits nothing."""


@dataclass(frozen=True, kw_only=True)
class GroupLimits:
    """The tightest limits of a process's own control group and all groups above it; None: there is no limit."""

    cpus: float | None
    """CPU seconds per second: 1.5 is one core and a half."""
    memory: int | None
    """Bytes."""


def read_group_limits(root: Path = Path("/")) -> GroupLimits:
    """Return the limits that control groups set for this process.

    `root` is where the file system begins. A limit that can't be read or makes no sense counts as none, and so does
    every limit on a system without control groups. Never raises.

    >>> read_group_limits(Path("/no such folder"))
    GroupLimits(cpus=None, memory=None)
    """
    cpus: list[float | None] = []
    memory: list[int | None] = []
    base = root / "sys/fs/cgroup"
    for controllers, path in memberships(root):
        if not controllers:
            for group in upwards(unified_mount(base), path):
                cpus.append(_cpu_max(group))
                memory.append(_bytes(group / "memory.max"))
        if "cpu" in controllers:
            cpus.extend(_cfs_quota(group) for group in upwards(controller_mount(base, "cpu", controllers), path))
        if "memory" in controllers:
            mount = controller_mount(base, "memory", controllers)
            memory.extend(_bytes(group / "memory.limit_in_bytes") for group in upwards(mount, path))
    return GroupLimits(cpus=_smallest(cpus), memory=_smallest(memory))


def memberships(root: Path) -> Iterator[tuple[list[str], str]]:
    """Yield the controllers and the path of each group this process is in; version 2 names no controllers."""
    for line in (read_system_file(root / "proc/self/cgroup") or "").splitlines():
        match line.split(":", 2):  # the path may have colons of its own
            case [_, controllers, path]:
                yield controllers.split(",") if controllers else [], path


def unified_mount(base: Path) -> Path:
    """Return where version 2 is mounted: all its groups have `cgroup.controllers`; beside version 1 it moves down."""
    return base if read_system_file(base / "cgroup.controllers") is not None else base / "unified"


def controller_mount(base: Path, controller: str, mounted_together: list[str]) -> Path:
    """Return where version 1 has a controller: by its own name, often a link, or by all names, as `cpu,cpuacct`."""
    own = base / controller
    return own if _is_folder(own) else base / ",".join(mounted_together)


def upwards(mount: Path, path: str) -> list[Path]:
    """Return the folders of the group `path` and of all groups above it that are visible below the mount."""
    names = path.strip("/").split("/")
    # In a container the path is often the one outside, while the mount shows the container's own group as its root. A
    # part of such a path may exist inside by chance and be someone else's group, so it is all of the path or none.
    if ".." in names or not _is_folder(mount.joinpath(*names)):
        return [mount]
    return [mount.joinpath(*names[:depth]) for depth in range(len(names), -1, -1)]


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a folder that this user may not look into tells nothing, like one that isn't there
        return False


def _cpu_max(group: Path) -> float | None:
    """Read version 2: quota and period in one file, `150000 100000` or `max 100000`."""
    match (read_system_file(group / "cpu.max") or "").split():
        case [quota, period]:
            return _cpus(quota, period)
    return None


def _cfs_quota(group: Path) -> float | None:
    """Read version 1: quota and period in a file each; the quota is -1 where there is none."""
    quota, period = read_system_file(group / "cpu.cfs_quota_us"), read_system_file(group / "cpu.cfs_period_us")
    return _cpus(quota or "", period or "")


def _cpus(quota: str, period: str) -> float | None:
    try:
        cpus = int(quota) / int(period)
    # ValueError: "max", or no number at all. ArithmeticError: a period of 0, or a quotient beyond a float.
    except (ValueError, ArithmeticError):
        return None
    return cpus if cpus > 0 else None


def _bytes(limit: Path) -> int | None:
    try:
        size = int(read_system_file(limit) or "")
    except ValueError:  # "max", nothing, or no number
        return None
    return size if 0 < size < NO_MEMORY_LIMIT else None


def _smallest(limits: Iterable[Number | None]) -> Number | None:
    return min((limit for limit in limits if limit is not None), default=None)
