"""How many wait for cores and memory, before concbench itself keeps any busy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import psutil

from concbench.measure.environment import load_average
from concbench.measure.fitness_memory import told
from concbench.measure.system import read_system_file


@dataclass(frozen=True, kw_only=True)
class Pressure:
    """Who waits for what. None where the system does not tell."""

    load: float | None
    """Processes that ran or waited for a core, averaged over the last minute."""
    cpu: float | None
    """The share of the last ten seconds in which some process waited for a core."""
    memory: float | None
    """The share of the last ten seconds in which some process waited for memory."""
    swap: int | None
    """Bytes that lie on disk and not in memory."""
    total: int | None
    """Bytes of physical memory."""


def read_pressure(root: Path = Path("/")) -> Pressure:
    """Return who waits for what, now.

    `root` is where the file system begins; load and swap are always this machine's own. Never raises.

    >>> read_pressure(Path("/no such folder")).cpu is None
    True
    """
    swap, total = swap_and_memory()
    return Pressure(
        load=load_average(),
        cpu=some_waited(root / "proc/pressure/cpu"),
        memory=some_waited(root / "proc/pressure/memory"),
        swap=swap,
        total=total,
    )


def some_waited(file: Path) -> float | None:
    """Return the share of the last ten seconds in which some process waited, from 0 to 1.

    The file reads `some avg10=1.23 avg60=... total=...`, in per cent. None where it can't be read: Linux before 4.20,
    and where the kernel was told not to count.
    """
    for line in (read_system_file(file) or "").splitlines():
        words = line.split()
        if words[:1] != ["some"]:
            continue
        for field in words[1:]:
            name, _, value = field.partition("=")
            if name == "avg10":
                return _share(value)
    return None


def swap_and_memory() -> tuple[int | None, int | None]:
    """Return bytes of swap in use and of physical memory, or None for both where the system does not tell."""
    swap, memory = told(psutil.swap_memory), told(psutil.virtual_memory)
    if swap is None or memory is None:
        return None, None
    return int(swap.used), int(memory.total)


def _share(percent: str) -> float | None:
    try:
        value = float(percent) / 100
    except ValueError:
        return None
    return min(max(value, 0.0), 1.0) if math.isfinite(value) else None
