"""What about the interpreter, and about how it was started, bears on the figures of its hosts."""

from __future__ import annotations

import os
import sys
import tracemalloc
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from concbench.host.build import build
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
class Interpreter:
    """The interpreter that hosts run on. None where it does not tell."""

    debug: bool
    """Whether it was built with its own checks, which make it several times as slow."""
    optimized: bool | None
    """Whether its build was guided by a profile; None where nobody knows."""
    free_threaded: bool
    """Whether it was built to run without the GIL."""
    jit: bool | None
    """Whether it compiles hot code to machine code; None: it can't."""
    observed: list[str]
    """What looks at every step of concbench's own process: `dev mode`, `tracing`, `profiling`, `tracemalloc`."""
    slowing: list[str]
    """Names of variables of the environment that slow hosts."""
    moving_addresses: bool | None
    """Whether the kernel lays every process out at other addresses."""


def read_interpreter(root: Path = Path("/"), environment: Mapping[str, str] = os.environ) -> Interpreter:
    """Return what the interpreter is like, beyond what an `Environment` says of it.

    `root` is where the file system begins. Never raises.

    >>> read_interpreter(environment={"PYTHONDEVMODE": "1", "HOME": "/root"}).slowing
    ['PYTHONDEVMODE']
    """
    found = build()
    return Interpreter(
        debug=found["debug"],
        optimized=found["optimized"],
        free_threaded=found["free_threaded"],
        jit=found["jit"],
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
