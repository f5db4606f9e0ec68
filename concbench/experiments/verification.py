"""Whether results are right: equal to the expected ones, or right by the user's own check (`--expect`)."""

from __future__ import annotations

from collections import Counter

from concbench.strategies.strategy import WorkerDied

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from concbench.strategies.strategy import Returns
    from concbench.workloads.workload import Check, Tasks

PLAIN = frozenset({int, bool, float, str, bytes, type(None)})
"""Types of results that are compared by `==`; `concbench.workloads.equality` compares all others."""


class WrongResult(Exception):
    """A result is not what the workload expects."""


def verify_sample(returns: Returns, returned: Sequence[Any], tasks: Tasks, items: Sequence[Any]) -> None:
    """Verify what a strategy returned for the first items of a workload; raises as `verify` does."""
    if tasks.check is None or returns == "exit codes":
        verify(returns, returned, tasks.expected[: len(items)])
    else:
        check_each(returns, returned, items, tasks.check)


def verify(returns: Returns, returned: Sequence[Any], expected: Sequence[Any]) -> None:
    """Compare what a strategy returned with the expected results.

    Raises WrongResult for a wrong, missing or reordered result, and WorkerDied for a process that failed. Results that
    can't be compared, or that have no expected value, are counted.

    >>> verify("results", [1, 2], range(1, 3))
    """
    if len(returned) != len(expected):
        raise WrongResult(f"{len(returned)} results came back for {len(expected)} tasks")
    if returns == "exit codes":
        for index, code in enumerate(returned):
            if code != 0:
                how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
                raise WorkerDied(f"the process of task {index} {how}")
    elif not _are_equal(returned, expected, ordered=returns == "results"):
        _verify_one_by_one(returns, returned, expected)


def _are_equal(returned: Sequence[Any], expected: Sequence[Any], *, ordered: bool) -> bool:
    """Whether all results are numbers and text, and equal by `==`, which is quick."""
    kinds = set(map(type, returned))
    if not kinds <= PLAIN or not set(map(type, expected)) <= PLAIN:
        return False
    return list(returned) == list(expected) if ordered else Counter(returned) == Counter(expected)


def _verify_one_by_one(returns: Returns, returned: Sequence[Any], expected: Sequence[Any]) -> None:
    from concbench.workloads.equality import first_difference, left_over  # here: only some functions' hosts need it

    if returns == "results":
        index = first_difference(returned, expected)
        if index is not None:
            raise WrongResult(f"task {index} returned {shown(returned[index])}; expected {shown(expected[index])}")
        return
    left, missing, sure = left_over(returned, expected)
    if missing and sure:  # of what else is left, nothing is known
        if len(missing) == len(left):
            raise WrongResult(f"{shown(left[0])} came back, which no task should return")
        raise WrongResult(f"{shown(missing[0])} was expected and did not come back")


def check_each(returns: Returns, returned: Sequence[Any], items: Sequence[Any], check: Check) -> None:
    """Check every result against its item; where the order is lost, against any item that is left.

    Raises WrongResult, and as `is_right` does.
    """
    from concbench.workloads.expectation import is_right  # here: few workloads need it

    if len(returned) != len(items):
        raise WrongResult(f"{len(returned)} results came back for {len(items)} tasks")
    if returns == "results":
        for index, (item, result) in enumerate(zip(items, returned, strict=True)):
            if not is_right(check, item, result, index):
                raise WrongResult(f"task {index} returned {shown(result)}, which is not right by --expect")
        return
    left = list(items)
    for result in returned:
        place = next((at for at, item in enumerate(left) if is_right(check, item, result)), None)
        if place is None:
            raise WrongResult(f"{shown(result)} came back, which is right for no item by --expect")
        del left[place]


def shown(thing: Any) -> str:
    """An item or a result as a row shows it."""
    from concbench.workloads.excerpt import shown  # here: only what goes wrong is shown

    return shown(thing)
