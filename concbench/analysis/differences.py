"""In what the rows of a table differ beside what their names say: how workers start, chunks, and inner threads.

Engines have ways of their own, so that a row is faster than another for a reason that its name hides. Strategies of the
standard library differ in chunks only, which their documentation says: without an engine, nothing is found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from concbench.model.case import option_name
from concbench.model.result import Result
from concbench.strategies.strategy import Strategy, known

GROWING = "growing"
"""Chunks that become larger while the tasks run."""
CHOSEN = "as many as they choose"
"""How many threads libraries have where neither a setting nor the strategy says it."""


@dataclass(frozen=True)
class Difference:
    """One thing in which rows differ."""

    what: Literal["start method", "chunksize", "inner threads"]
    rows: tuple[tuple[str, tuple[Result, ...]], ...]
    """Its values, each with the rows that have it and whose names don't say so."""


def differences(results: Sequence[Result], cores: int) -> list[Difference]:
    """In what the rows of one table differ, if an engine is among them; `cores` are those of the machine."""
    rows = [(result, strategy) for result in results if (strategy := _strategy_of(result)) is not None]
    if not any(strategy.engine for _, strategy in rows):
        return []
    # How the workers of a cluster were started, and with how many inner threads, is not known here.
    apart = [(result, each) for result, each in rows if each.workers == "processes" and each.connect is None]
    found = [
        Difference("start method", _grouped(apart, _start_method)),
        Difference("chunksize", _grouped(rows, _chunksize)),
        Difference("inner threads", _grouped(apart, partial(_inner_threads, cores))),
    ]
    differing = [_without_named(each) for each in found if len(each.rows) > 1]
    return [each for each in differing if each.rows]


def _without_named(difference: Difference) -> Difference:
    """A difference without the rows whose names say their value, such as `pool-map workers 2 chunksize 5`."""
    said = {"start method": "", "chunksize": "chunksize ", "inner threads": f"{option_name('inner_threads')} "}
    words = said[difference.what]
    left = (
        (value, tuple(result for result in rows if f" {words}{value} " not in f" {result.case.name} "))
        for value, rows in difference.rows
    )
    return Difference(difference.what, tuple((value, rows) for value, rows in left if rows))


def _strategy_of(result: Result) -> Strategy | None:
    """The strategy of a row; None for other subjects, and for what is not installed here."""
    found = known(result.case.subject) if result.case.experiment == "tasks" else None
    return None if found is None or found.workers == "none" else found


def _grouped(
    rows: Sequence[tuple[Result, Strategy]], value_of: Callable[[Result, Strategy], str | None]
) -> tuple[tuple[str, tuple[Result, ...]], ...]:
    found: dict[str, list[Result]] = {}
    for result, strategy in rows:
        value = value_of(result, strategy)
        if value is not None:
            found.setdefault(value, []).append(result)
    return tuple((value, tuple(mine)) for value, mine in found.items())


def _start_method(result: Result, strategy: Strategy) -> str | None:
    if result.case.settings.start_method is not None:
        return result.case.settings.start_method
    return strategy.start_method() if strategy.start_method is not None else None


def _chunksize(result: Result, strategy: Strategy) -> str:
    settings = result.case.settings
    if strategy.grows and settings.chunksize is None:
        return GROWING
    return str(1 if strategy.chunks is None else strategy.chunks(settings, result.case.workload.tasks))


def _inner_threads(cores: int, result: Result, strategy: Strategy) -> str:
    settings = result.case.settings
    if settings.inner_threads is not None:
        return str(settings.inner_threads)
    return CHOSEN if strategy.inner_threads is None else str(strategy.inner_threads(settings, cores))
