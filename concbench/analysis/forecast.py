"""What a run says of ways and jobs that it is asked about: measured where it measured just that, or else predicted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import floor

from concbench.analysis.analysis import Analysis
from concbench.analysis.ranking import fastest_of
from concbench.model.case import Case, Settings
from concbench.model.result import Result
from concbench.model.run import Table
from concbench.prediction.predict import Job, NotPredictable, Prediction, Predictor
from concbench.registry import UnknownName
from concbench.strategies.strategy import strategies

MOST = 64
"""Predictions for one question."""
MOST_CORES = 32
"""Times the cores that were measured: a machine with more of them has several sockets, of which nothing is known."""


class Unanswerable(Exception):
    """A run can't be asked that; the text says why, in one sentence."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked of a run. Where a field is empty, it is as the run measured it."""

    strategies: tuple[str, ...] = ()
    """By default what the run recommends, or else its fastest row."""
    workers: tuple[int | None, ...] = ()
    chunksizes: tuple[int | None, ...] = ()
    limits: tuple[int | None, ...] = ()
    """None is the strategy's own default."""
    items: tuple[int, ...] = ()
    cores: tuple[int, ...] = ()
    start_method: str | None = None
    warm: bool = False
    """Whether the workers exist already, as in a service."""
    table: str | None = None
    """Which of the run's tables, where it has several."""
    side: str | None = None
    """Which interpreter, where the run has several."""


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The answers, in the order in which they were asked for."""

    table: Table
    case: Case
    """A case of the workload that it is about."""
    cores: int
    """That the costs were measured on."""
    predictions: tuple[Prediction, ...]


def forecast(analysis: Analysis, asked: Asked) -> Forecast:
    """Predict all that is asked for; raises Unanswerable."""
    rows = _rows(analysis, asked)
    table = next(table for table in analysis.run.tables if table.name == rows[0].case.table)
    model = analysis.predictor(rows[0].case)
    if model is None:
        raise Unanswerable(
            "it holds no costs of its machine and its tasks, without which nothing can be predicted: it was made by "
            "an earlier version, or had too little time"
        )
    jobs = list(_jobs(asked, rows[0].case.workload.tasks, model.costs.cores))
    ways = [way for base in _bases(analysis, asked, rows) for way in _ways(base, asked)]
    if len(ways) * len(jobs) > MOST:
        raise Unanswerable(f"{len(ways) * len(jobs):,} combinations were asked for: ask for at most {MOST}")
    try:
        found = tuple(model.predict(subject, settings, job) for job in jobs for subject, settings in ways)
    except NotPredictable as error:
        raise Unanswerable(str(error)) from error
    return Forecast(table=table, case=rows[0].case, cores=model.costs.cores, predictions=found)


def _rows(analysis: Analysis, asked: Asked) -> list[Result]:
    """The rows of the workload that is asked about."""
    rows = [result for result in analysis.run.results if result.case.experiment == "tasks"]
    if not rows:
        raise Unanswerable("it ran no tasks, and nothing else is predicted")
    tables = list(dict.fromkeys(result.case.table for result in rows))
    table = asked.table or _recommended_in(analysis) or (tables[0] if len(tables) == 1 else None)
    if table is None:
        raise Unanswerable(f"it has several tables: choose one with --table, of {', '.join(tables)}")
    if table not in tables:
        raise Unanswerable(str(UnknownName("table", table, tables)))
    rows = [result for result in rows if result.case.table == table]
    sides = list(dict.fromkeys(result.case.side for result in rows))
    if asked.side is None and len(sides) > 1:
        raise Unanswerable(f"it has several interpreters: choose one with --side, of {', '.join(map(str, sides))}")
    if asked.side is not None and asked.side not in sides:
        raise Unanswerable(str(UnknownName("side", asked.side, [side for side in sides if side is not None])))
    return [result for result in rows if asked.side is None or result.case.side == asked.side]


def _recommended_in(analysis: Analysis) -> str | None:
    """The table of the recommendations of a run."""
    return next((analysis.results[each.case].case.table for each in analysis.run.recommendations), None)


def _bases(analysis: Analysis, asked: Asked, rows: Sequence[Result]) -> Iterator[tuple[str, Settings]]:
    """Each strategy that is asked about, with the settings of its fastest row."""
    if not asked.strategies:
        recommended = {each.case for each in analysis.run.recommendations}
        best = fastest_of([row for row in rows if row.case.id in recommended] or list(rows))
        if best is None:
            raise Unanswerable("nothing was measured that could be recommended: choose with --strategy")
        yield best.case.subject, best.case.settings
    for name in dict.fromkeys(asked.strategies):
        of_it = [row for row in rows if row.case.subject == name]
        of_it = [row for row in of_it if row.case.settings.warm is asked.warm] or of_it
        best = fastest_of(of_it) or next(iter(of_it), None)
        if best is None and not _exists(name):
            raise Unanswerable(str(UnknownName("strategy", name, list(strategies.all()))))
        yield name, best.case.settings if best is not None else Settings()


def _exists(name: str) -> bool:
    try:
        strategies.get(name)
    except UnknownName:
        return False
    return True


def _ways(base: tuple[str, Settings], asked: Asked) -> Iterator[tuple[str, Settings]]:
    """A strategy with each combination of the settings that it has, and that were asked for."""
    subject, settings = base
    if asked.start_method is not None:
        settings = replace(settings, start_method=asked.start_method)
    known = strategies.get(subject).settings
    axes = {
        name: values
        for name, values in (("workers", asked.workers), ("chunksize", asked.chunksizes), ("limit", asked.limits))
        if values and name in known
    }
    for values in product(*axes.values()):
        workers, chunksize, limit = (
            dict(zip(axes, values, strict=True)).get(name, getattr(settings, name))
            for name in ("workers", "chunksize", "limit")
        )
        yield subject, replace(settings, workers=workers, chunksize=chunksize, limit=limit)


def _jobs(asked: Asked, items: int, measured: int) -> Iterator[Job]:
    for cores, number in product(asked.cores or (None,), asked.items or (items,)):
        if cores is not None and cores > MOST_CORES * measured:
            raise Unanswerable(
                f"{measured} cores were measured, and nothing is known of {cores:,}: machines of that size have "
                "several sockets (NUMA), and share caches and memory in other ways"
            )
        yield Job(items=number, cores=cores, warm=asked.warm)


def most_workers(model: Predictor, prediction: Prediction, memory: float) -> int | None:
    """How many workers fit into some memory, in bytes, at the end of the range; None where each adds none, or unknown.

    Memory grows by as much with each worker.
    """
    settings, workers = prediction.settings, prediction.settings.workers
    if workers is None or prediction.memory is None:
        return None
    try:
        other = model.predict(prediction.subject, replace(settings, workers=2 * workers), prediction.job).memory
    except NotPredictable:
        return None
    each = 0.0 if other is None else (other.high - prediction.memory.high) / workers
    if each <= 0:
        return None
    return max(0, floor(workers + (memory - prediction.memory.high) / each))
