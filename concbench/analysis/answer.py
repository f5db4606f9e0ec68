"""What came out of a run, in short: its claims, its recommendations, or the fastest row, and what each is beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp, hypot, log
from typing import Literal

from concbench.analysis.analysis import Analysis
from concbench.analysis.axes import AlongAxis, Line
from concbench.analysis.causes import Dispatch, OneEach, PoolCost, SharedGil
from concbench.analysis.figures import pairs_of
from concbench.analysis.ranking import ALPHA, best_of_sides, fastest_of, surely_fastest
from concbench.analysis.scaling import share_of_computing
from concbench.model.case import SIZES, Value
from concbench.model.result import Interval, Result
from concbench.model.run import ClaimOutcome, Recommendation, Run, Table, Verdict
from concbench.registry import UnknownName
from concbench.stats.intervals import ratio_interval
from concbench.stats.verdicts import clearly, verdict
from concbench.strategies.strategy import strategies

SLOW = 1.5
"""A row that takes this many times as long as the fastest is slow, and worth a word on why."""
WAITING = 0.1
"""Tasks that compute for less than this share of their time wait."""
FARTHEST = 1e300
"""Of a ratio; only a file can hold one whose reciprocal is no finite number."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The faster of two results, and by how much."""

    kind: Literal["claim", "recommendation", "fastest"]
    table: Table
    result: Result
    """The one that was faster, is recommended, or is the fastest of its table."""
    beside: Result | None
    """The one that it is compared with; None where it was measured alone."""
    ratio: Interval | None
    """The time of `beside` as a multiple of that of `result`: above 1, unless something slower is recommended."""
    pairs: tuple[float, ...]
    """The same of every block and round."""
    verdict: Verdict | None = None
    """What that says of `beside`: `slower`, unless it is as fast or the two are not shown to differ."""
    equal: tuple[Result, ...] = ()
    """Results that are as fast, or not shown to be slower."""
    claim: ClaimOutcome | None = None
    predicted: Recommendation | None = None
    """Where a job is another one than was run: the recommendation, and then the ratio is predicted."""


def answers(run: Run) -> Iterator[Answer]:
    """The answers of a run, the first of them the one to show where there is room for one; none for a gate.

    >>> from pathlib import Path
    >>> from concbench.runs.reading import read_run
    >>> first = next(answers(read_run(Path("results/example-pool-vs-process.json"))))
    >>> first.kind, first.result.case.subject, first.beside.case.subject
    ('claim', 'pool-map', 'process')
    """
    if run.changes:
        return
    by_id = {result.case.id: result for result in run.results}
    tables = {table.name: table for table in run.tables}
    for found in run.recommendations:
        result = by_id[found.case]
        others = [by_id[id_] for id_ in found.compared]
        equal = tuple(by_id[id_] for id_ in found.equal)
        beside = next((other for other in others if other.case.subject == "serial"), next(iter(others), None))
        answer = _answer(run, "recommendation", tables[result.case.table], result, beside, equal)
        yield _of_job(answer, found) if is_predicted(found) else answer
    for outcome in run.claims:
        comparison = outcome.comparison
        if comparison is not None:
            pair = by_id[comparison.case], by_id[comparison.reference]
            faster, slower = pair if comparison.ratio.estimate < 1 else (pair[1], pair[0])
            yield _answer(run, "claim", tables[faster.case.table], faster, slower, (), outcome)
    if not run.recommendations and not run.claims and not set(run.axes) & set(SIZES):
        for table in run.tables:
            found_fastest = fastest(run, table)
            if found_fastest is not None:
                yield found_fastest


def fastest(run: Run, table: Table) -> Answer | None:
    """The fastest row of a table beside its reference, or beside the next one where it is the reference itself.

    None where fewer than two were measured, or where the table compares nothing. A store that loses updates is not as
    good as one that keeps them, however fast it is.
    """
    rows = [result for result in measured(run, table) if not loses_updates(result)]
    first = fastest_of(rows)
    if first is None or len(rows) < 2 or table.reference is None or run.changes:
        return None
    others = [result for result in rows if result is not first]
    beaten = _shown_to_be_slower(rows, run)
    equal = tuple(
        other
        for other in others
        if not _slower(other, first, len(others)) and not (other.case.id in beaten and _is_behind(other, first))
    )
    reference = next((other for other in others if other.case.id == table.reference), None)
    return _answer(run, "fastest", table, first, reference or fastest_of(others), equal)


def loses_updates(result: Result) -> bool:
    """Whether a shared counter lost any update in its samples."""
    return any(sample.lost for sample in result.samples)


def measured(run: Run, table: Table) -> list[Result]:
    """The rows of a table that have figures."""
    return [
        result
        for result in run.results
        if result.case.table == table.name and result.failure is None and result.median is not None
    ]


def ratio_beside(run: Run, result: Result, other: Result) -> Interval | None:
    """The time of a result as a multiple of another's: the ratio of the run's own comparison, where it has one."""
    for comparison in [*run.comparisons, *(each.comparison for each in run.claims if each.comparison is not None)]:
        if (comparison.case, comparison.reference) == (result.case.id, other.case.id):
            return comparison.ratio
        if (comparison.case, comparison.reference) == (other.case.id, result.case.id):
            return inverted(comparison.ratio)
    return _ratio(result, other)


def inverted(ratio: Interval) -> Interval:
    """The interval of the reciprocal.

    >>> inverted(Interval(estimate=0.5, low=0.25, high=1.0, confidence=0.95, blocks=4)).high
    4.0
    """
    low, high = (None if end is None or end <= 0 else _reciprocal(end) for end in (ratio.high, ratio.low))
    estimate = _reciprocal(ratio.estimate) if ratio.estimate > 0 else ratio.estimate
    return Interval(estimate=estimate, low=low, high=high, confidence=ratio.confidence, blocks=ratio.blocks)


def _reciprocal(value: float) -> float:
    return min(1 / value, FARTHEST)


def _slower(other: Result, first: Result, comparisons: int) -> bool:
    """Whether a result is conclusively slower than the first; the error rate is divided among all comparisons."""
    ratio = _ratio(other, first, 1 - ALPHA / comparisons)
    return (ratio is not None and ratio.low is not None and ratio.low > 1) or clearly(
        pairs_of(other, first)
    ) == "slower"


def _is_behind(other: Result, first: Result) -> bool:
    ratio = _ratio(other, first)
    return ratio is None or ratio.estimate > 1


def _shown_to_be_slower(rows: Sequence[Result], run: Run) -> set[str]:
    """The rows that are slower than any other where the two are compared alone, so that they can't be the fastest.

    That is in the table, beside its reference; and under several interpreters, beside the row of that name under the
    first, or the best of each beside the best of the first.
    """
    ids = {result.case.id for result in rows}
    found = {
        each.case if each.verdict == "slower" else each.reference
        for each in run.comparisons
        if each.verdict in ("slower", "faster") and {each.case, each.reference} <= ids
    }
    best, first = list(best_of_sides(rows).values()), dict[str, Result]()
    alone = [(result, first.setdefault(result.case.name, result)) for result in rows]
    for one, other in (*alone, *((each, best[0]) for each in best[1:])):
        ratio = _ratio(one, other) if one.case.side != other.case.side else None
        said = None if ratio is None else verdict(ratio, pairs=pairs_of(one, other))
        if said in ("slower", "faster"):
            found.add((one if said == "slower" else other).case.id)
    return found


def _answer(
    run: Run,
    kind: Literal["claim", "recommendation", "fastest"],
    table: Table,
    result: Result,
    beside: Result | None,
    equal: Sequence[Result],
    claim: ClaimOutcome | None = None,
) -> Answer:
    ratio = None if beside is None else ratio_beside(run, beside, result)
    pairs = () if beside is None else tuple(pairs_of(beside, result))
    return Answer(
        kind=kind,
        table=table,
        result=result,
        beside=beside,
        ratio=ratio,
        pairs=pairs,
        verdict=None if ratio is None else verdict(ratio, pairs=pairs),
        equal=tuple(equal),
        claim=claim,
    )


def _of_job(answer: Answer, found: Recommendation) -> Answer:
    """The answer with what is predicted of the job, instead of what was measured of a sample of it."""
    gain = gain_of(found)
    surely = gain is not None and gain.low is not None and gain.low > 1
    return replace(answer, ratio=gain, pairs=(), verdict="slower" if surely else "undecided", predicted=found)


def _ratio(result: Result, beside: Result, confidence: float = 0.95) -> Interval | None:
    try:
        return ratio_interval(result.samples, beside.samples, confidence, result.case.metric)
    except ValueError:  # a file may hold two samples of one round
        return None


# What is predicted of a job


def is_predicted(found: Recommendation) -> bool:
    """Whether the job is another one than was measured, so that what is recommended for it is predicted."""
    return found.way is not None and found.way.case is None


def gain_of(found: Recommendation) -> Interval | None:
    """How many times as fast as serial a way is for the job, as predicted; None for serial, or where it is unknown."""
    serial = next((other for other in found.others if other.subject == "serial"), None)
    return None if serial is None or found.way is None else predicted_ratio(serial.wall, found.way.wall)


def predicted_ratio(wall: Interval, beside: Interval) -> Interval | None:
    """A time as a multiple of another, with the ranges of both; None where the other is none."""
    if beside.estimate <= 0:
        return None
    ratio, reach = wall.estimate / beside.estimate, hypot(_reach(wall), _reach(beside))
    return replace(beside, estimate=ratio, low=ratio * exp(-reach), high=ratio * exp(reach))


def _reach(wall: Interval) -> float:
    """How far a range reaches to either side, as a logarithm; 0 where it is unknown."""
    return log(wall.high / wall.low) / 2 if wall.low and wall.high else 0.0


# Why the slow ones are slow, where one sentence says it of several rows


@dataclass(frozen=True)
class QueuedWaits:
    """Workers that are fewer than the tasks, all of which wait: so these wait one after the other."""

    workers: int
    tasks: int
    at_once: tuple[Result, ...]
    """The fastest that run all tasks at once."""


@dataclass(frozen=True)
class SharedInterpreter:
    """Threads that compute, and have one GIL between them."""

    rows: tuple[Result, ...]


@dataclass(frozen=True)
class TooShort:
    """Tasks so short that workers cost more than they save."""

    rows: tuple[Result, ...]


@dataclass(frozen=True)
class WorkerEach:
    """A worker that is started for each of the tasks."""

    rows: tuple[Result, ...]
    kind: str
    tasks: int


Obstacle = QueuedWaits | SharedInterpreter | TooShort | WorkerEach


def obstacle(found: Answer, analysis: Analysis) -> Obstacle | None:
    """What most slow rows of a table have in common that explains the result; None where no one thing does."""
    first = found.result
    rows = [row for row in measured(analysis.run, found.table) if row is not first and row not in found.equal]
    if first.case.experiment != "tasks" or first.median is None:
        return None
    slow = [row for row in rows if row.median is not None and row.median.estimate > SLOW * first.median.estimate]
    return _queued_waits(found, slow) or _of_causes(first, slow, analysis)


def _queued_waits(found: Answer, slow: Sequence[Result]) -> QueuedWaits | None:
    workload = found.result.case.workload
    queueing = {lanes for row in slow if 1 < (lanes := lanes_of(row)) < workload.tasks}
    if len(queueing) != 1 or lanes_of(found.result) < workload.tasks or not _waits(found.result):
        return None
    at_once = tuple(row for row in (found.result, *found.equal) if lanes_of(row) >= workload.tasks)
    return QueuedWaits(queueing.pop(), workload.tasks, at_once)


def _of_causes(first: Result, slow: Sequence[Result], analysis: Analysis) -> Obstacle | None:
    """What the traces of the slow rows blame."""
    causes = {row.case.id: explanation.causes for row in slow if (explanation := analysis.explanation(row)) is not None}

    def blamed(*kinds: type) -> tuple[Result, ...]:
        return tuple(row for row in slow if any(isinstance(cause, kinds) for cause in causes.get(row.case.id, ())[:1]))

    turns = tuple(row for row in slow if any(isinstance(each, SharedGil) for each in causes.get(row.case.id, ())))
    if turns and kind_of(first) in ("processes", "interpreters"):
        return SharedInterpreter(turns)
    costly = blamed(PoolCost, Dispatch, OneEach)
    if kind_of(first) == "none" and costly and 2 * len(costly) >= len(slow):
        return TooShort(costly)
    each = blamed(OneEach)
    kinds = {kind_of(row) for row in each}
    if len(kinds) == 1 and 2 * len(each) >= len(slow):
        return WorkerEach(each, kinds.pop(), first.case.workload.tasks)
    return None


def _waits(result: Result) -> bool:
    try:
        return share_of_computing(result.case.workload) < WAITING
    except UnknownName:  # a workload of a package that is not installed here
        return False


def lanes_of(result: Result) -> int:
    """How many tasks of a result could run at once; 0 where its strategy is not installed here."""
    try:
        return strategies.get(result.case.subject).lanes(result.case.settings, result.case.workload.tasks)
    except UnknownName:
        return 0


def kind_of(result: Result) -> str:
    """What a result's workers are; empty for a strategy that is not installed here."""
    try:
        return strategies.get(result.case.subject).workers
    except UnknownName:
        return ""


# Along an axis


@dataclass(frozen=True)
class Lead:
    """Neighbouring values of an axis at which one line is surely the fastest, or at which it is open which one is."""

    line: Line | None
    values: tuple[Value, ...]


def leads(found: AlongAxis) -> list[Lead]:
    """Which line is fastest where along an axis; values at which fewer than two were measured are left out."""
    stretches: list[Lead] = []
    for value in found.values:
        at = [
            (line, line.results[value])
            for line in found.lines
            if value in line.results and line.results[value].median is not None
        ]
        results = [result for _, result in at]
        first = fastest_of(results) if len(results) > 1 else None
        if first is None:
            continue
        leader = next(line for line, result in at if result is first) if surely_fastest(first, results) else None
        if stretches and stretches[-1].line is leader:
            stretches[-1] = Lead(leader, (*stretches[-1].values, value))
        else:
            stretches.append(Lead(leader, (value,)))
    return stretches
