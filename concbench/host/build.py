"""Which build of Python runs this; as a script, under an interpreter that knows nothing of concbench, it says so."""

from __future__ import annotations

import json
import sys
import sysconfig

TYPE_CHECKING = False  # as typing's, without importing typing, as all of the inside has it
if TYPE_CHECKING:
    from typing import Any


def build() -> dict[str, Any]:
    """Return what the interpreter is: `version`, `debug`, `optimized`, `free_threaded` and `jit`.

    `version` ends in `t` for a build without a GIL. `optimized` is whether a profile guided the build, None where that
    is not known: distributions, whose prefix is /usr, follow rules of their own, as Debian does, and leave no trace of
    it. `jit` is whether hot code is compiled to machine code, None where it can't be.

    >>> sorted(build())
    ['debug', 'free_threaded', 'jit', 'optimized', 'version']
    """
    free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    jit = getattr(sys, "_jit", None)  # since Python 3.14
    return {
        "version": ".".join(map(str, sys.version_info[:3])) + ("t" if free_threaded else ""),
        "debug": hasattr(sys, "gettotalrefcount"),
        "optimized": optimized(sysconfig.get_config_var("CONFIG_ARGS")),
        "free_threaded": free_threaded,
        "jit": bool(jit.is_enabled()) if jit is not None and jit.is_available() else None,
    }


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
