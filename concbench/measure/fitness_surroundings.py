"""What about how concbench was started, and about the kernel, bears on the figures of its hosts."""

from __future__ import annotations

import os
import sys
import tracemalloc
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from concbench.measure.system import read_system_file

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
"""Variables of the environment, which every host inherits, that make Python do more than it would."""
NO_RANDOMISATION = 0x0040000
"""The flag of a process's personality by which `setarch -R` keeps its addresses from moving (personality(2))."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What hosts are started in. None where the system does not tell."""

    observed: list[str]
    """What looks at every step of concbench's own process: `dev mode`, `tracing`, `profiling`, `tracemalloc`."""
    slowing: list[str]
    """Names of variables of the environment that slow hosts."""
    moving_addresses: bool | None
    """Whether the kernel lays every process out at other addresses."""


def read_surroundings(root: Path = Path("/"), environment: Mapping[str, str] = os.environ) -> Surroundings:
    """Return what hosts are started in; `root` is where the file system begins. Never raises.

    >>> read_surroundings(environment={"PYTHONDEVMODE": "1", "HOME": "/root"}).slowing
    ['PYTHONDEVMODE']
    """
    return Surroundings(
        observed=_observed(),
        slowing=[name for name in SLOWING if environment.get(name)],
        moving_addresses=moving_addresses(root),
    )


def moving_addresses(root: Path = Path("/")) -> bool | None:
    """Return whether the kernel lays every process out at other addresses; None where the system does not tell.

    `root` is where the file system begins. Never raises.

    >>> moving_addresses(Path("/no such folder")) is None
    True
    """
    asked = read_system_file(root / "proc/sys/kernel/randomize_va_space")
    if asked not in ("0", "1", "2"):
        return None
    try:
        personality = int(read_system_file(root / "proc/self/personality") or "0", 16)
    except ValueError:
        personality = 0
    return asked != "0" and not personality & NO_RANDOMISATION


def _observed() -> list[str]:
    looking = {
        "dev mode": sys.flags.dev_mode,
        "tracing": sys.gettrace() is not None,
        "profiling": sys.getprofile() is not None,
        "tracemalloc": tracemalloc.is_tracing(),
    }
    return [name for name, on in looking.items() if on]
