"""Whether a result is right, by a person's own function: `--expect`."""

from __future__ import annotations

import sys

from concbench.workloads.examining import RaisedOnItem
from concbench.workloads.excerpt import shown, text_of
from concbench.workloads.kinds import UnfitFunction

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def is_right(check: Callable[[Any, Any], object], item: Any, result: Any, number: int | None = None) -> bool:
    """Say whether a result is right for its item; `number` is the item's, where it is known.

    None is right, as it is what a function returns that only asserts. Raises RaisedOnItem where the check raises
    anything but an AssertionError, and UnfitFunction where what it returns is neither true nor false, as an array is.

    >>> is_right(lambda item, result: result == 2 * item, 3, 6)
    True
    """
    try:
        found = check(item, result)
    except AssertionError:
        return False
    except Exception as error:
        what = text_of(error)
        hint = ": let it return numpy.array_equal(...), or end what it returns with .all()" if is_vague(error) else ""
        raise RaisedOnItem(f"--expect raised on {named(item, number)}: {type(error).__name__}: {what}{hint}") from error
    if found is None or found is True or found is False:
        return found is not False
    try:
        return bool(found) if is_one_value(found) else no_answer(named(item, number), found)
    except UnfitFunction:
        raise
    except Exception as error:  # noqa: BLE001 - whatever its own code says: it is neither true nor false
        return no_answer(named(item, number), found, text_of(error))


def named(item: Any, number: int | None) -> str:
    """Return what an item is called."""
    return shown(item) if number is None else f"item {number}, {shown(item)}"


def is_vague(error: BaseException) -> bool:
    """Say whether it is an array or a frame that was asked whether it is true."""
    return isinstance(error, ValueError) and "truth value" in str(error)


def is_one_value(found: Any) -> bool:
    """Say whether this is no array, of which each element would be true or false by itself."""
    numpy = sys.modules.get("numpy")
    return numpy is None or not isinstance(found, numpy.ndarray) or found.ndim == 0


def no_answer(which: str, found: Any, why: str = "") -> bool:
    """Raise UnfitFunction for what is neither true nor false."""
    kind, shape = type(found).__name__, getattr(found, "shape", None)
    of_shape = f" of shape {shape}" if shape is not None else ""
    because = f" ({why})" if why else ""
    raise UnfitFunction(
        f"--expect returned a {kind}{of_shape} for {which}, and not True or False{because}: "
        "let it return numpy.array_equal(...), or end what it returns with .all()"
    )
