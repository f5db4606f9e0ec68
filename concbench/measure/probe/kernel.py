"""What the system says of itself: Linux's small text files, control groups (versions 1 and 2) and psutil's memory."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

Number = TypeVar("Number", int, float)
Figures = TypeVar("Figures")

NO_MEMORY_LIMIT = 2**62
"""Version 1 writes "no limit" as the greatest multiple of a page below 2**63; anything this large limits nothing."""
USEC, NSEC = 1e-6, 1e-9


def read_system_file(path: Path) -> str | None:
    """The text of a file, without surrounding white space; None where it can't be read. Never raises."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    # OSError: no such file on this system, or not for this user. ValueError: an impossible file name.
    except (OSError, ValueError):
        return None


def read_switch(path: Path) -> bool | None:
    """Whether a file holds 1 rather than 0; None where it holds anything else, or can't be read."""
    return {"0": False, "1": True}.get(read_system_file(path) or "")


def waiting_share(path: Path) -> float | None:
    """The share of the last ten seconds in which some process waited, from 0 to 1, from a file in /proc/pressure.

    The file reads `some avg10=1.23 avg60=... total=...`, in per cent. None where it can't be read: Linux before 4.20,
    and kernels configured not to count.
    """
    for line in (read_system_file(path) or "").splitlines():
        words = line.split()
        if words[:1] == ["some"]:
            fields = dict(word.partition("=")[::2] for word in words[1:])
            try:
                share = float(fields.get("avg10", "")) / 100
            except ValueError:
                return None
            return min(max(share, 0.0), 1.0) if math.isfinite(share) else None
    return None


def memory_figures(ask: Callable[[], Figures]) -> Figures | None:
    """What one of psutil's functions on memory returns; None where the system doesn't say. Never raises."""
    try:
        with warnings.catch_warnings():
            # psutil warns where a container hides some of the figures, which are 0 then.
            warnings.simplefilter("ignore", RuntimeWarning)
            return ask()
    # OSError: no /proc, or not for this user. LookupError: no such line in it. psutil.Error: the same elsewhere.
    except (OSError, LookupError, psutil.Error):
        return None


# Control groups


@dataclass(frozen=True, kw_only=True)
class GroupLimits:
    """The tightest limits of a process's control group and all groups above it; None: no limit."""

    cpus: float | None
    """CPU seconds per second: 1.5 is one and a half cores."""
    memory: int | None
    """Bytes."""


def read_group_limits(root: Path = Path("/")) -> GroupLimits:
    """The limits that control groups set for this process; `root` is where the file system begins. Never raises.

    A limit that can't be read or makes no sense counts as none.
    """
    cpus = [limit for group in _groups(root, "cpu") for limit in (_cpu_max(group), _cfs_quota(group))]
    memory = [
        _bytes(group / name) for group in _groups(root, "memory") for name in ("memory.max", "memory.limit_in_bytes")
    ]
    return GroupLimits(cpus=_smallest(cpus), memory=_smallest(memory))


@dataclass(frozen=True, kw_only=True)
class Throttling:
    """What the control groups of this process have counted since they were made."""

    periods: int
    """Periods in which a group had used up its quota, so that its processes were stopped until the next."""
    seconds: float
    """How long they were stopped, summed over cores."""


def read_throttling(root: Path = Path("/")) -> Throttling | None:
    """What this process's control group and all above it have counted; None where none counts. Never raises.

    Groups count only where they have a quota, so rarely more than one does; counts are added.
    """
    counts = [count for group in _groups(root, "cpu") if (count := _counted(group / "cpu.stat")) is not None]
    if not counts:
        return None
    return Throttling(periods=sum(count.periods for count in counts), seconds=sum(count.seconds for count in counts))


def _counted(file: Path) -> Throttling | None:
    """Read a group's `cpu.stat`: version 2 writes microseconds, version 1 nanoseconds."""
    fields: dict[str, int] = {}
    for line in (read_system_file(file) or "").splitlines():
        match line.split():
            case [name, value] if value.isascii() and value.isdigit() and len(value) <= 20:
                fields[name] = int(value)
    if "nr_throttled" not in fields:
        return None
    seconds = fields.get("throttled_usec", 0) * USEC + fields.get("throttled_time", 0) * NSEC
    return Throttling(periods=fields["nr_throttled"], seconds=seconds)


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The folders of the groups that may limit this process by a controller: its own and all above, in each version."""
    base = root / "sys/fs/cgroup"
    for line in (read_system_file(root / "proc/self/cgroup") or "").splitlines():
        match line.split(":", 2):  # the path may have colons of its own
            case [_, "", path]:
                # Version 2. All its groups have `cgroup.controllers`; beside version 1, it is mounted further down.
                unified = read_system_file(base / "cgroup.controllers") is not None
                yield from _upwards(base if unified else base / "unified", path)
            case [_, controllers, path] if controller in controllers.split(","):
                # Version 1, mounted by the controller's own name, often a link, or by all names: `cpu,cpuacct`.
                own = base / controller
                yield from _upwards(own if _is_folder(own) else base / controllers, path)


def _upwards(mount: Path, path: str) -> list[Path]:
    """The folders of the group `path` and of all groups above it, as far as they are visible below the mount."""
    names = path.strip("/").split("/")
    # In a container, the path is often that outside, while the mount's root is the container's own group. Part of such
    # a path may exist inside by chance and be another group, so either all of it is used or none.
    if ".." in names or not _is_folder(mount.joinpath(*names)):
        return [mount]
    return [mount.joinpath(*names[:depth]) for depth in range(len(names), -1, -1)]


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a folder closed to this user, which is as good as none
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
    # ValueError: "max", or some other text. ArithmeticError: a period of 0, or a quotient beyond a float.
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
