"""A run as a decision for scripts: what to use, how much faster it is, how sure that is, and every verdict, in JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from concbench.analysis.analysis import analyse
from concbench.analysis.answer import Answer, answers, inverted
from concbench.analysis.figures import cpu_seconds, pairs_of, peak_memory
from concbench.model.case import given_settings
from concbench.model.result import Interval, Result
from concbench.model.run import Gated, Recommendation, Run, Target
from concbench.model.run import Verdict as Finding
from concbench.report.blocks import Block, Heading, Paragraph, Verdict
from concbench.report.document import report_blocks
from concbench.report.safe import printable
from concbench.runs.text import json_document
from concbench.stats.intervals import ratio_interval
from concbench.stats.verdicts import verdict

SCHEMA = 1
"""The version of the document. A field may be added to it; one that means something else gets another name."""


@dataclass(frozen=True, kw_only=True)
class Versus:
    """How the chosen case compares with another."""

    case: str
    strategy: str
    settings: dict[str, Any]
    factor: Interval
    """How many times as fast the chosen case is: above 1 is faster."""
    verdict: Finding
    """Of the chosen case: `faster`, `slower`, `same` (within 5 %) or `undecided`."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """From which number of items on a strategy is the best, as predicted."""

    items: float
    low: float | None
    high: float | None
    """Between which numbers that lies; None: it may be any smaller one, or any larger one."""
    strategy: str
    settings: dict[str, Any]
    """For `at` items."""
    at: int
    factor: Interval | None
    """How many times as fast as serial it is there; None for serial itself."""


@dataclass(frozen=True, kw_only=True)
class WholeJob:
    """What to use for the whole job: as measured, or as predicted from a sample of it."""

    target: Target
    """Its items, and the machine that is to run it."""
    strategy: str
    settings: dict[str, Any]
    seconds: Interval
    """The range that at least 90 % of outcomes are expected in if `measured` is false."""
    measured: bool
    cpu: float | None
    """CPU seconds."""
    memory: float | None
    """Bytes, at the peak of the whole process tree."""
    turns: list[Turn]
    """Which strategy is the best for how many items, from 1 on; empty where that could not be predicted."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The case to use: recommended by `advise`, or the fastest of its table."""

    kind: Literal["recommendation", "fastest"]
    case: str
    """Its id in the run document."""
    table: str
    strategy: str
    settings: dict[str, Any]
    """Those it has; what is not among them is left to the strategy, or to Python."""
    python: str
    """The version of the interpreter."""
    tasks: int
    """That one measurement of `seconds` runs."""
    seconds: Interval | None
    cpu: float | None
    """CPU seconds."""
    memory: int | None
    """Bytes, at the peak of the whole process tree; None where it was not watched."""
    versus: list[Versus]
    """The cases it was compared with, the nearest first."""
    as_fast: list[str]
    """The ids of cases that are as fast, or too close to call."""
    job: WholeJob | None
    """Of `advise`: what to use for all items."""


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """What the samples say of a claim of a suite."""

    claim: str
    outcome: Literal["confirmed", "refuted", "undecided", "not measured"]
    case: str
    reference: str
    factor: Interval | None
    """How many times as fast the case is as the reference."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """How a case compares with the reference of its table."""

    case: str
    reference: str
    factor: Interval
    """How many times as fast the case is: above 1 is faster."""
    verdict: Finding


@dataclass(frozen=True, kw_only=True)
class Changed:
    """What a gate found of one figure of one case."""

    case: str
    metric: Gated
    ratio: Interval | None
    """The head as a multiple of the base: above 1 is slower, or more memory. None of a share."""
    difference: Interval | None
    """Of a share, by how much the head's is larger: 0.05 is five percentage points."""
    verdict: Finding
    why: str
    """Why there is no figure, or why it is not judged; else empty."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a run says, to act on."""

    schema: int
    answer: str
    """The sentences that the report begins with."""
    complete: bool
    """False where the run was interrupted."""
    chosen: list[Choice]
    """The best first; further ones are of other interpreters or tables. Empty for a gate, and for a suite's claims."""
    claims: list[Claimed]
    comparisons: list[Compared]
    """Of each case with the reference of its table."""
    changes: list[Changed]
    """Of a gate."""
    failed: dict[str, str]
    """Why cases could not be measured, by id."""
    warnings: list[str]


def document(run: Run) -> str:
    """The decision as JSON."""
    return json_document(decision_of(run))


def decision_of(run: Run) -> Decision:
    """What a run says, to act on.

    >>> from pathlib import Path
    >>> from concbench.runs.reading import read_run
    >>> found = decision_of(read_run(Path("results/example-pool-vs-process.json")))
    >>> found.claims[0].outcome, found.claims[0].case
    ('confirmed', 'cpu/pool-map')
    """
    return Decision(
        schema=SCHEMA,
        answer=" ".join(_sentences(list(report_blocks(analyse(run))))),
        complete=run.complete,
        chosen=[_choice(found, run) for found in answers(run) if found.kind != "claim"],
        claims=[
            Claimed(
                claim=outcome.claim.sentence,
                outcome=outcome.outcome,
                case=outcome.claim.case,
                reference=outcome.claim.reference,
                factor=None if outcome.comparison is None else inverted(outcome.comparison.ratio),
            )
            for outcome in run.claims
        ],
        comparisons=[
            Compared(case=each.case, reference=each.reference, factor=inverted(each.ratio), verdict=each.verdict)
            for each in run.comparisons
        ],
        changes=[
            Changed(
                case=each.case,
                metric=each.metric,
                ratio=each.ratio,
                difference=each.difference,
                verdict=each.verdict,
                why=each.why,
            )
            for each in run.changes
        ],
        failed={each.case.id: each.failure.message for each in run.results if each.failure is not None},
        warnings=list(run.warnings),
    )


def _sentences(blocks: Sequence[Block]) -> Iterator[str]:
    """What stands above the first table of a report, but for warnings and small print."""
    for block in blocks:
        match block:
            case Verdict():
                yield printable(f"{block.outcome.upper()}: {block.text}")
                if block.because:
                    yield printable(block.because)
            case Heading() | Paragraph(kind="warning" | "note" | "error"):
                pass
            case Paragraph():
                yield printable(block.text)
            case _:
                return


def _choice(found: Answer, run: Run) -> Choice:
    result = found.result
    assert found.kind != "claim"
    return Choice(
        kind=found.kind,
        case=result.case.id,
        table=result.case.table,
        strategy=result.case.subject,
        settings=_settings(result),
        python=next((side.python for side in run.sides if side.name == result.case.side), run.environment.python),
        tasks=result.case.workload.tasks,
        seconds=result.median,
        cpu=cpu_seconds(result),
        memory=peak_memory(result),
        versus=list(_versus(found, run)),
        as_fast=[other.case.id for other in found.equal],
        job=next((_job(each) for each in run.recommendations if each.case == result.case.id), None),
    )


def _job(found: Recommendation) -> WholeJob | None:
    if found.target is None or found.way is None:
        return None
    return WholeJob(
        target=found.target,
        strategy=found.way.subject,
        settings=given_settings(found.way.settings),
        seconds=found.way.wall,
        measured=found.way.case is not None,
        cpu=found.way.cpu,
        memory=found.way.memory,
        turns=[
            Turn(
                items=each.since.estimate,
                low=each.since.low,
                high=each.since.high,
                strategy=each.way.subject,
                settings=given_settings(each.way.settings),
                at=each.at,
                factor=each.factor,
            )
            for each in found.stretches
        ],
    )


def _settings(result: Result) -> dict[str, Any]:
    return given_settings(result.case.settings)


def _versus(found: Answer, run: Run) -> Iterator[Versus]:
    """Those that a recommendation was measured beside to the end; of the fastest, the reference or the next one."""
    ids = next((each.compared for each in run.recommendations if each.case == found.result.case.id), None)
    others = [found.beside] if ids is None else [each for id_ in ids for each in run.results if each.case.id == id_]
    for other in others:
        factor = None if other is None else _factor(found.result, other, run)
        if other is not None and factor is not None:
            yield Versus(
                case=other.case.id,
                strategy=other.case.subject,
                settings=_settings(other),
                factor=factor,
                verdict=verdict(inverted(factor), pairs=pairs_of(found.result, other)),
            )


def _factor(result: Result, other: Result, run: Run) -> Interval | None:
    """How many times as fast a result is as another: as the table has it, if it compares the two."""
    for each in run.comparisons:
        if (each.case, each.reference) == (other.case.id, result.case.id):
            return each.ratio
        if (each.case, each.reference) == (result.case.id, other.case.id):
            return inverted(each.ratio)
    try:
        return ratio_interval(other.samples, result.samples, metric=result.case.metric)
    except ValueError:  # a file may hold two samples of one round
        return None
