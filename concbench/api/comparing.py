"""From what `concbench.compare` was given to a question: the function and its items, where hosts find them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from concbench.api.errors import WrongSetting
from concbench.api.luggage import Luggage, packing
from concbench.api.measuring import prepared
from concbench.api.settings import refuse_several
from concbench.suites.advising import Advising
from concbench.suites.asking import Asked
from concbench.suites.comparing import OwnFunction, comparison_of, comparison_of_function
from concbench.suites.options import Options
from concbench.suites.suite import Suite
from concbench.workloads.named import is_function


@dataclass(frozen=True, kw_only=True)
class Comparing:
    """A function or a workload, its items, and the strategies that are to run them."""

    function: Any
    items: Any = None
    strategies: Sequence[str] = ()
    reference: str | None = None
    expect: Any = None
    init: Any = None


@contextmanager
def comparing(given: Comparing, options: Options) -> Iterator[Asked]:
    """Yield the question; what hosts need for it stays in a temporary folder until this is left.

    Raises UnfitFunction, UnfitItems, UnknownName, and WrongSetting.
    """
    with packing() as luggage:
        if isinstance(given.function, str) and not is_function(given.function):
            suite: Suite = comparison_of(given.function, given.strategies, given.reference)
            options = replace(options, tasks=count_of(given))
        else:
            function, tasks = own_function(given, luggage)
            suite = comparison_of_function(function, given.strategies, given.reference)
            options = replace(options, tasks=tasks, paths=luggage.paths)
        yield prepared(suite, replace(options, command=["concbench.compare", suite.tables[0].workload]))


@contextmanager
def advising(given: Comparing, options: Options) -> Iterator[Advising]:
    """Yield the question how a function is best run; as `comparing` does."""
    refuse_several(options, "without one, several numbers are tried, and the best is recommended")
    with packing() as luggage:
        function, tasks = own_function(given, luggage)
        command = ["concbench.advise", function.name]
        yield Advising(
            replace(function, strategies=tuple(given.strategies)),
            replace(options, tasks=tasks, paths=luggage.paths, command=command),
        )


def own_function(given: Comparing, luggage: Luggage) -> tuple[OwnFunction, int | None]:
    """Return the function by name, and how many tasks there are where the items are only counted."""
    name = luggage.name_of(given.function)
    expect, init = (each if each is None else luggage.name_of(each) for each in (given.expect, given.init))
    tasks, items = luggage.items(given.items)
    return OwnFunction(name=name, items=items, expect=expect, init=init), tasks


def count_of(given: Comparing) -> int | None:
    """Return how many tasks of a workload there are; raises WrongSetting for what goes with a function of one's own."""
    for name in ("expect", "init"):
        if getattr(given, name) is not None:
            raise WrongSetting(name, f"it goes with a function of your own, and {given.function!r} names a workload")
    if given.items is None or (isinstance(given.items, int) and given.items >= 1):
        return given.items
    raise WrongSetting("items", f"{given.function!r} names a workload, which has items of its own: give their number")
