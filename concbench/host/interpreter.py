"""Which build of Python runs this; also a script, for an interpreter that does not have concbench."""

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
    """Describe this interpreter.

    `version` ends in `t` for a build without a GIL; `gil` is whether the GIL is on now, which it can be there, too.
    `optimized` is whether a profile guided the build; None where that is unknown, as for distributions (their prefix
    is /usr), which follow rules of their own and leave no trace. `jit` is whether hot code is compiled to machine
    code; None where it can't be. `start_method` is how multiprocessing starts processes by default.

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
    """The name of the implementation, as `CPython`."""
    try:
        return platform.python_implementation()
    except ValueError:  # platform parses sys.version, and gives up on a vendor's own format
        return sys.implementation.name


def gil() -> bool:
    """Whether the GIL is on now."""
    enabled = getattr(sys, "_is_gil_enabled", None)  # since Python 3.13
    return True if enabled is None else bool(enabled())


def start_method() -> str:
    """The default start method, which this leaves open to change."""
    # Neither get_start_method() nor get_context() without arguments: they fix the default for good, and a later
    # set_start_method() would raise. The first of all methods is documented to be the default.
    return multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0]


def optimized(configured: object) -> bool | None:
    """Whether a profile guided a build, by the arguments of its `configure`; None where they don't show it.

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
