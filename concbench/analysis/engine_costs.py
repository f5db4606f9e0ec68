"""What each engine that did not win took more than what is recommended, and from which length of tasks that is little.

An engine has a row for processes, and some one for threads: the faster one stands for it. Threads that take turns with
one GIL say nothing of what an engine costs, and don't.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from concbench.analysis.figures import cpu_seconds
from concbench.analysis.ranking import times_as_long
from concbench.model.result import Result
from concbench.prediction.break_even import LITTLE, break_even
from concbench.prediction.predict import Range
from concbench.strategies.strategy import known

ONE_CORE = 1.15
"""Threads that keep no more cores busy than this, all together, take turns with one GIL."""
COMPUTING = 0.5
"""Of tasks that compute for less of their time, threads have no need to take turns."""


@dataclass(frozen=True, kw_only=True)
class EngineCost:
    """What an engine took for the tasks that were run, beside what is recommended. Seconds."""

    engine: str
    """The package."""
    result: Result
    more: float
    """By how much its median is longer."""
    opening: float
    """The median of starting and ending it; 0 where its workers ran already."""
    long_enough: Range | None
    """How long each of as many tasks has to be for it to take at most a tenth longer; None where that is unknown."""


def engine_costs(results: Sequence[Result], chosen: Result, cores: int) -> list[EngineCost]:
    """The cost of each engine that took more than a tenth longer than the chosen case, the fastest first.

    Clusters are left out: what they cost to start is not known. So is the engine of the chosen case.
    """
    best: dict[str, Result] = {}
    for result in results:
        engine = _engine_of(result)
        if result.case.side != chosen.case.side or engine is None or result.median is None or takes_turns(result):
            continue
        if engine not in best or result.median.estimate < _seconds(best[engine]):
            best[engine] = result
    best.pop(_engine_of(chosen) or "", None)
    lost = [(engine, result) for engine, result in best.items() if _is_longer(result, chosen)]
    return [_cost(engine, result, chosen, cores) for engine, result in sorted(lost, key=lambda each: _seconds(each[1]))]


def takes_turns(result: Result) -> bool:
    """Whether the threads of a row kept about one core busy with tasks that compute."""
    strategy, workload = known(result.case.subject), result.case.workload
    cpu = cpu_seconds(result)
    if strategy is None or strategy.workers != "threads" or (workload.busy or 1.0) < COMPUTING or cpu is None:
        return False
    return strategy.lanes(result.case.settings, workload.tasks) > 1 and cpu <= ONE_CORE * _seconds(result)


def _engine_of(result: Result) -> str | None:
    """The package that a row started an engine of; None for all others."""
    strategy = known(result.case.subject) if result.case.experiment == "tasks" else None
    return None if strategy is None or strategy.connect is not None else strategy.engine


def _is_longer(result: Result, chosen: Result) -> bool:
    """Whether a row is behind by more than a tenth, both by its median and where the two ran side by side."""
    ratio = times_as_long(result, chosen)
    return _seconds(result) > LITTLE * _seconds(chosen) and (ratio is None or ratio > LITTLE)


def _cost(engine: str, result: Result, chosen: Result, cores: int) -> EngineCost:
    opening = (
        0.0
        if result.case.settings.warm
        else median(sample.start for sample in result.samples) + median(sample.stop for sample in result.samples)
    )
    return EngineCost(
        engine=engine,
        result=result,
        more=_seconds(result) - _seconds(chosen),
        opening=opening,
        long_enough=break_even(result, chosen, cores),
    )


def _seconds(result: Result) -> float:
    return result.median.estimate if result.median is not None else 0.0
