"""Whether a result is right by the user's own check: `--expect`."""

from __future__ import annotations

import sys

from concbench.workloads.excerpt import shown, text_of
from concbench.workloads.functions import RaisedOnItem
from concbench.workloads.workload import UnfitFunction

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import this module
if TYPE_CHECKING:
    from typing import Any

    from concbench.workloads.workload import Check

END_WITH_ALL = "let it return numpy.array_equal(...), or end what it returns with .all()"


def is_right(check: Check, item: Any, result: Any, number: int | None = None) -> bool:
    """Whether a result is right for its item by the user's check; `number` is the item's, where known.

    None counts as right: a check may just assert. Raises RaisedOnItem if the check raises anything but an
    AssertionError, and UnfitFunction if its answer is neither true nor false, as an array is.

    >>> is_right(lambda item, result: result == 2 * item, 3, 6)
    True
    """
    try:
        found = check(item, result)
    except AssertionError:
        return False
    except Exception as error:
        vague = isinstance(error, ValueError) and "truth value" in str(error)  # of an array or a frame
        hint = f": {END_WITH_ALL}" if vague else ""
        message = f"--expect raised on {_named(item, number)}: {type(error).__name__}: {text_of(error)}{hint}"
        raise RaisedOnItem(message) from error
    if found is None or found is True or found is False:
        return found is not False
    because = ""
    try:
        numpy = sys.modules.get("numpy")
        if numpy is None or not isinstance(found, numpy.ndarray) or found.ndim == 0:
            return bool(found)
    except Exception as error:  # noqa: BLE001 - whatever its own code raises: it is neither true nor false
        because = f" ({text_of(error)})"
    shape = getattr(found, "shape", None)
    of_shape = f" of shape {shape}" if shape is not None else ""
    kind = type(found).__name__
    answer = f"a {kind}{of_shape} for {_named(item, number)}"
    raise UnfitFunction(f"--expect returned {answer}, not True or False{because}: {END_WITH_ALL}")


def _named(item: Any, number: int | None) -> str:
    return shown(item) if number is None else f"item {number}, {shown(item)}"
