"""Which build of Python runs this; as a script, under an interpreter that knows nothing of concbench, it says so."""

from __future__ import annotations

import json
import multiprocessing
import platform
import sys
import sysconfig

TYPE_CHECKING = False  # as typing's, without importing typing, as all of the inside has it
if TYPE_CHECKING:
    from typing import Any


def build() -> dict[str, Any]:
    """Return what the interpreter is, by the names of the fields that are told of it.

    `version` ends in `t` for a build without a GIL, and `gil` is whether it has one now, as such a build can, too.
    `optimized` is whether a profile guided the build, None where that is not known: distributions, whose prefix is
    /usr, follow rules of their own, as Debian does, and leave no trace of it. `jit` is whether hot code is compiled to
    machine code, None where it can't be. `start_method` is how processes are started where nobody says.

    >>> sorted(build())
    ['debug', 'free_threaded', 'gil', 'implementation', 'jit', 'optimized', 'start_method', 'version']
    """
    free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    jit = getattr(sys, "_jit", None)  # since Python 3.14
    return {
        "version": ".".join(map(str, sys.version_info[:3])) + ("t" if free_threaded else ""),
        "implementation": implementation(),
        "debug": hasattr(sys, "gettotalrefcount"),
        "optimized": optimized(sysconfig.get_config_var("CONFIG_ARGS")),
        "free_threaded": free_threaded,
        "gil": gil(),
        "jit": bool(jit.is_enabled()) if jit is not None and jit.is_available() else None,
        "start_method": start_method(),
    }


def implementation() -> str:
    """Return its name, as `CPython`."""
    try:
        return platform.python_implementation()
    except ValueError:  # platform takes sys.version apart, and gives up on a vendor's own format
        return sys.implementation.name


def gil() -> bool:
    """Return whether the GIL is on now: a free-threaded build can have it on, too."""
    asked = getattr(sys, "_is_gil_enabled", None)  # since Python 3.13
    return True if asked is None else bool(asked())


def start_method() -> str:
    """Return how multiprocessing starts processes where nobody says, and leave that open."""
    # Neither get_start_method() nor get_context() without arguments: to ask them fixes the default for good, and a
    # later set_start_method() would raise. The first of all methods is documented to be the default.
    return multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0]


def optimized(configured: object) -> bool | None:
    """Say whether a build was guided by a profile, by the arguments of its `configure`; None where they don't tell.

    >>> optimized("'--enable-optimizations' '--with-lto'"), optimized("'--prefix=/opt'"), optimized("'--prefix=/usr'")
    (True, False, None)
    """
    if not isinstance(configured, str) or not configured:
        return None
    if "--enable-optimizations" in configured:
        return True
    return None if "--prefix=/usr'" in configured else False


if __name__ == "__main__":
    sys.stdout.write(json.dumps(build()))
