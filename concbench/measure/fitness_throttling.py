"""How often control groups stopped this process for having used their quota up, in version 2 and in version 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from concbench.measure.cgroup import controller_mount, memberships, unified_mount, upwards
from concbench.measure.system import read_system_file

USEC, NSEC = 1e-6, 1e-9


@dataclass(frozen=True, kw_only=True)
class Throttling:
    """What the groups of this process have counted since they were made."""

    periods: int
    """In which a group had used its quota up, and all in it were stopped until the next."""
    seconds: float
    """For how long, summed over cores."""


def read_throttling(root: Path = Path("/")) -> Throttling | None:
    """Return what the own control group and all above it have counted; None where none of them counts.

    `root` is where the file system begins. Groups count only where they have a quota, so more than one of them rarely
    does; then their counts are added. Never raises.

    >>> read_throttling(Path("/no such folder")) is None
    True
    """
    counts = [count for group in _groups(root) if (count := _counted(group / "cpu.stat")) is not None]
    if not counts:
        return None
    return Throttling(periods=sum(count.periods for count in counts), seconds=sum(count.seconds for count in counts))


def _groups(root: Path) -> Iterator[Path]:
    """Yield the folders of all groups that may limit this process's CPU time."""
    base = root / "sys/fs/cgroup"
    for controllers, path in memberships(root):
        if not controllers:
            yield from upwards(unified_mount(base), path)
        elif "cpu" in controllers:
            yield from upwards(controller_mount(base, "cpu", controllers), path)


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
