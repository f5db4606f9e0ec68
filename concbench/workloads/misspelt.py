"""What was probably meant by the name of a module or a function that is not there."""

from __future__ import annotations

import pkgutil
import sys

from concbench.registry import nearest

TYPE_CHECKING = False  # as typing's, without importing typing, as all of the inside has it
if TYPE_CHECKING:
    from typing import Any

ALIKE = 0.75
"""So much alike, from 0 to 1, is a name that was probably meant."""
FEW = 8
"""Functions of a module that a sentence can name."""


def other_module(missing: str) -> str:
    """Return a hint at the module that was meant, in the same package; or nothing.

    >>> other_module("jsno")
    "; did you mean 'json'?"
    """
    parent = missing.rpartition(".")[0]
    if parent:
        folders = getattr(sys.modules.get(parent), "__path__", [])
        known = [f"{parent}.{each.name}" for each in pkgutil.iter_modules(folders)]
    else:
        known = [*(each.name for each in pkgutil.iter_modules()), *sys.stdlib_module_names]
    near = nearest(missing, known, ALIKE)
    return f"; did you mean {near!r}?" if near is not None else ""


def other_name(missing: str, owner: Any) -> str:
    """Return a hint at what a module or a class has: the nearest name, or all of its functions where they are few.

    >>> import bisect
    >>> other_name("insrot", bisect)
    "; did you mean 'insort'?"
    """
    has = {name: value for name, value in getattr(owner, "__dict__", {}).items() if callable(value)}
    near = nearest(missing, [name for name in has if not name.startswith("_") or missing.startswith("_")], ALIKE)
    if near is not None:
        return f"; did you mean {near!r}?"
    module = getattr(owner, "__name__", None)
    own = [name for name, each in has.items() if name[:1] != "_" and getattr(each, "__module__", None) == module]
    return f"; it has {', '.join(own)}" if 0 < len(own) <= FEW else ""
