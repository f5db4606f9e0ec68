"""Recommendations for a job: what is fastest, what it costs, why, when that changes, and a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from concbench.analysis.analysis import Analysis
from concbench.analysis.answer import inverted, is_predicted
from concbench.analysis.breakdown import SERIAL
from concbench.analysis.figures import cpu_seconds, pairs_of, peak_memory
from concbench.analysis.turning_points import turning_point
from concbench.model.result import Interval, Result
from concbench.model.run import Recommendation, Run, Verdict
from concbench.prediction.predict import Range
from concbench.registry import UnknownName
from concbench.report.blocks import Block, Code, Heading, Paragraph
from concbench.report.experiments.view import in_words
from concbench.report.program import program_of
from concbench.report.safe import printable
from concbench.report.sections import command_advice, engine_costs, inner_threads, interpreters
from concbench.report.sections.jobs import (
    KINDS,
    items_in_words,
    measured_in_words,
    outlook,
    predicted_in_short,
    price_of_way,
    way_in_words,
)
from concbench.report.sections.reasons import sentence
from concbench.report.uncertainty import TOO_FEW_SUFFIX, UNDECIDED_SUFFIX, beside, multiple, time_in_words
from concbench.report.units import counted, listed, seconds, size
from concbench.session.candidates import kind_of
from concbench.stats.intervals import ratio_interval
from concbench.stats.verdicts import verdict
from concbench.strategies.strategy import known, strategies

POOR = 1.1
"""Python's own start method is a poor choice where it takes this many times as long as another one."""
CAUTION = {
    "fork": "Fork copies this process as it stands, so use it only where no other thread runs when the workers start."
}
"""What to know of a start method before it is chosen."""
FARTHEST = 10**15
"""No number of tasks that is named is larger."""


def recommendations(analysis: Analysis) -> Iterator[Block]:
    """The answer for each interpreter: what to use, by how much it is faster, what it costs, and what is as fast.

    Of a job that was not run as it is, all of that is predicted; what was measured follows.
    """
    cores = analysis.run.environment.usable_cores
    for found in analysis.run.recommendations:
        result, compared = analysis.results[found.case], [analysis.results[id_] for id_ in found.compared]
        if result.case.runs_a_program:
            yield Paragraph(command_advice.in_short(result, compared), "answer")
            others = [analysis.results[id_] for id_ in found.equal]
            rows = [each for each in analysis.run.results if each.case.table == result.case.table]
            price = price_of(result, compared, command_advice.names_of(compared))
            said = [price, command_advice.as_good(others), command_advice.more(result, rows)]
        elif is_predicted(found):
            yield Paragraph(predicted_in_short(found, cores, result.case.side), "answer")
            said = [inner_threads.competition(analysis, found, ""), price_of_way(found)]
            said += [measured_in_words(result, compared)]
        else:
            yield Paragraph(in_short(result, compared), "answer")
            plain = [other for other in compared if other.case.subject == SERIAL]
            price = price_of(result, plain or compared[:1])
            equal = as_good(result, [analysis.results[id_] for id_ in found.equal])
            said = [in_doubt(result, compared), inner_threads.competition(analysis, found, competing(result, compared))]
            said += [price, equal]
        said += [items_in_words(found.stretches)] if found.stretches else []
        yield from (Paragraph(text) for text in said if text)
    yield from interpreters.recommended(analysis.run)


def reasons(analysis: Analysis, explained_above: bool = False) -> Iterator[Paragraph]:
    """Why the recommended cases take as long as they do, and when something else would be faster."""
    for found in analysis.run.recommendations:
        known = explained_above or is_predicted(found)  # why a sample took long is not why the job would
        explanation = None if known else analysis.explanation(analysis.results[found.case])
        if explanation is not None:
            yield Paragraph(sentence(explanation))
        yield from map(Paragraph, _outlook(analysis, found))


def _outlook(analysis: Analysis, found: Recommendation) -> Iterator[str]:
    """When something else would be faster, and how the case compares with the fastest under another interpreter."""
    result = analysis.results[found.case]
    yield from outlook(found, analysis.run.environment.usable_cores)
    yield from on_the_start_method(analysis.run, result.case.side)
    if not result.case.runs_a_program:
        yield from engine_costs.paragraphs(analysis, found)
    if is_predicted(found):
        return
    compared = [analysis.results[id_] for id_ in found.compared]
    turning = "" if found.stretches else turns(analysis, result, compared)  # the stretches say it above
    if turning:
        yield turning
    first = analysis.results[analysis.run.recommendations[0].case]
    ratio = None if first is result else ratio_interval(result.samples, first.samples)
    if ratio is not None:
        pairs = pairs_of(result, first)
        beside_it = beside(ratio, pairs, verdict(ratio, pairs=pairs), in_words(first))
        yield f"{in_words(result)} {beside_it}; the latter is recommended above."


def on_the_start_method(run: Run, side: str | None) -> Iterator[str]:
    """That Python's own start method is a poor choice here, where the same case was surely faster with another one."""
    measured = [result for result in run.results if result.case.side == side and result.samples]
    usual = [result for result in measured if has_usual_start(result, run)]
    slower: list[tuple[float, Result, Result, Beside]] = []
    for own in usual:
        for other in measured:
            if other.case.subject == own.case.subject and is_started_otherwise(other, own):
                slower += [(each.ratio.estimate, own, other, each) for each in ratios_of(other, [own])]
    slower = [each for each in slower if each[0] >= POOR and each[3].verdict == "slower"]
    if slower:
        _, own, other, found = max(slower, key=lambda each: each[0])
        method, better = (printable(str(each.case.settings.start_method)) for each in (own, other))
        of = "Python" if side is None else printable(side)
        said = beside(found.ratio, found.pairs, found.verdict, f"with {better}")
        text = f"{of}'s own start method, {method}, is a poor choice for this job: {name_of(own)} {said}."
        yield " ".join([text, *([CAUTION[better]] if better in CAUTION else [])])


def has_usual_start(result: Result, run: Run) -> bool:
    """Whether a case has the start method that its interpreter takes by itself."""
    method = result.case.settings.start_method
    if method is None or _own_start(result.case.subject) is not None:
        return False
    named = result.case.row.endswith(f" {method}")
    return not named or (result.case.side is None and method == run.environment.start_method)


def _own_start(subject: str) -> str | None:
    """The start method of what does not take the interpreter's own; None for all others."""
    strategy = known(subject)
    return None if strategy is None or strategy.start_method is None else strategy.start_method()


def is_started_otherwise(one: Result, other: Result) -> bool:
    """Whether two cases of a subject have the same settings, but for their start methods."""
    mine, its = one.case.settings, other.case.settings
    return mine.start_method != its.start_method and replace(mine, start_method=its.start_method) == its


def programs(analysis: Analysis, folders: Iterable[str] = ()) -> Iterator[Block]:
    """A program to paste for each recommendation, which runs the whole job.

    `folders` are further ones that it imports from.
    """
    for found in analysis.run.recommendations:
        text = program(analysis.run, found, folders)
        if text:
            name = in_words(analysis.results[found.case]) if found.way is None else way_in_words(found.way)
            yield Heading(f"A program that uses {name}", level=4)
            yield Code(text.rstrip())


def program(run: Run, found: Recommendation, folders: Iterable[str] = ()) -> str:
    """The program for a recommendation; empty if there is none.

    There is none for a third party's strategy, or a name that is not Python's. It names the start method only where
    that is not the default.
    """
    case = next(result.case for result in run.results if result.case.id == found.case)
    subject, settings = (case.subject, case.settings) if found.way is None else (found.way.subject, found.way.settings)
    if case.side is None and settings.start_method == (_own_start(subject) or run.environment.start_method):
        settings = replace(settings, start_method=None)
    number = None if found.target is None else found.target.items
    try:
        return program_of(strategies.get(subject), case.workload, settings, folders, number) or ""
    except UnknownName:
        return ""


def in_short(result: Result, compared: Sequence[Result]) -> str:
    """The kind of workers to use and how much faster it is than serial, the strategy, and what it takes."""
    if result.median is None:
        return f"{in_words(result)} was not measured."
    ratios = ratios_of(result, compared)
    serial = next((each for each in ratios if each.other.case.subject == SERIAL), None)
    kind = KINDS.get(workers_of(result), "Recommended")
    if result.case.side is not None:
        kind += f" under {result.case.side}"
    if result.case.subject == SERIAL and (serial is None or result.case.settings.inner_threads is None):
        lead = "nothing that was tried is conclusively faster than a plain loop"
    elif serial is None:
        lead = "the best of what was tried"
    elif serial.verdict == "slower":
        lead = multiple(inverted(serial.ratio), [1 / pair for pair in serial.pairs], SERIAL)
    else:
        open_ = said_of(serial).removesuffix(UNDECIDED_SUFFIX).removesuffix(TOO_FEW_SUFFIX)
        lead = f"not conclusively faster than {SERIAL}, which {open_}; try a longer --budget"
    takes = f"{name_of(result)} takes {time_in_words(result)} for {counted(result.case.workload.tasks, 'task')}"
    apart = result.case.workload.cores_busy is not None  # what competes with threads of a library is said with these
    others = [
        f"{name_of(each.other)} {said_of(each)}"
        for each in ratios
        if each is not serial
        and not (apart and each.other.case.subject != SERIAL and each.other.case.settings.inner_threads is None)
    ]
    return f"{kind}: {lead}. {'; '.join([takes, *others])}."


def competing(result: Result, compared: Sequence[Result]) -> str:
    """How workers that compete with threads of a library do beside what is recommended; empty if none was measured."""
    return "; ".join(
        f"{name_of(each.other)} {said_of(each)}"
        for each in ratios_of(result, compared)
        if each.other.case.subject != SERIAL and each.other.case.settings.inner_threads is None
    )


def name_of(result: Result) -> str:
    """A case with its settings in words, without the interpreter."""
    return in_words(result, with_side=False)


@dataclass(frozen=True)
class Beside:
    """Another case beside the recommended one."""

    other: Result
    ratio: Interval
    """Its time as a multiple of the recommended one's."""
    pairs: list[float]

    @property
    def verdict(self) -> Verdict:
        """What its row in the table says."""
        return verdict(self.ratio, pairs=self.pairs)


def ratios_of(result: Result, compared: Sequence[Result]) -> list[Beside]:
    """How others compare with a case, as their rows have it."""
    return [
        Beside(other, ratio, pairs_of(other, result))
        for other in compared
        if (ratio := ratio_interval(other.samples, result.samples)) is not None
    ]


def said_of(found: Beside) -> str:
    """What is said of another case, as a predicate."""
    return beside(found.ratio, found.pairs, found.verdict)


def in_doubt(result: Result, compared: Sequence[Result]) -> str:
    """Which others measured faster than a plain loop that is recommended, and why that is in doubt; empty if none."""
    doubted = [
        name_of(each.other)
        for each in ratios_of(result, compared)
        if result.case.subject == SERIAL and each.ratio.high is not None and each.ratio.high < 1
    ]
    if not doubted:
        return ""
    return (
        f"{listed(doubted)} measured faster, but that is in doubt: its workers take turns at pure computing, or "
        "its row contradicts its comparison with serial, as happens on a busy machine. Try again on a quiet machine."
    )


def price_of(result: Result, compared: Sequence[Result], called: Sequence[str] = ()) -> str:
    """The CPU time and memory of a case beside those of the others; empty if neither is known.

    `called` names the others, where that is not by their rows.
    """
    usual = (in_words(other, with_side=other.case.side != result.case.side) for other in compared)
    names = {id(other): name for other, name in zip(compared, called or usual, strict=True)}
    costs = []
    cpu = cpu_seconds(result) if result.case.metric == "wall" else None
    if cpu is not None:
        others = [
            f"{names[id(other)]}: {seconds(known, 2)}"
            for other in compared
            if (known := cpu_seconds(other)) is not None
        ]
        costs.append(f"{seconds(cpu, 2)} of CPU time" + (f" ({', '.join(others)})" if others else ""))
    memory = peak_memory(result)
    if memory is not None:
        others = [
            f"{names[id(other)]}: {size(known, 2)}" for other in compared if (known := peak_memory(other)) is not None
        ]
        costs.append(f"{size(memory, 2)} of memory at its peak" + (f" ({', '.join(others)})" if others else ""))
    return f"It costs {' and '.join(costs)}." if costs else ""


def as_good(result: Result, equal: Sequence[Result]) -> str:
    """Which others are as fast, or may be; empty if none is."""
    if not equal:
        return ""
    text = f"As fast, or too close to call: {listed([name_of(other) for other in equal])}"
    kinds = {workers_of(each) for each in (result, *equal)} - {""}
    return f"{text}; of these, the one with the simplest workers is recommended." if len(kinds) > 1 else f"{text}."


def workers_of(result: Result) -> str:
    """What the workers of a case are; empty for a strategy that is not installed here."""
    try:
        return kind_of(result.case.subject)
    except UnknownName:
        return ""


def turns(analysis: Analysis, result: Result, compared: Sequence[Result]) -> str:
    """The number of tasks at which something else is predicted to be faster; empty where that is not certain enough."""
    model, now = analysis.predictor(result.case), result.case.workload.tasks
    if model is None:
        return ""
    if result.case.subject != SERIAL:
        serial = next((other for other in compared if other.case.subject == SERIAL), None)
        turn = None if serial is None else turning_point(model, result.case, serial.case)
        if turn is None or turn.items is None or turn.items.estimate >= now:
            return ""
        # At the number of tasks that were run, the table has the answer.
        fewer = f"fewer than about {in_range(turn.items, most=now)}"
        return f"Serial would be faster for {fewer}: predicted; {now:,} were run."
    found = [
        (other, turn)
        for other in compared
        if other.case.subject != SERIAL and (turn := turning_point(model, other.case, result.case)) is not None
    ]
    later = [(turn.items, other, turn) for other, turn in found if turn.items is not None and turn.items.estimate > now]
    if later:
        items, other, turn = min(later, key=lambda each: each[0].estimate)
        more = f"more than about {in_range(items, least=now)}"
        return f"{name_of(other)} would be faster for {more}: predicted; {now:,} were run."
    never = [(name_of(other), turn.upto) for other, turn in found if turn.faster == "never"]
    upto = min((most for _, most in never), default=now)
    if upto <= now:
        return ""
    return f"{listed([name for name, _ in never])} would not be faster for up to {upto:,} tasks either: predicted."


def in_range(items: Range, least: int = 1, most: int | None = None) -> str:
    """A predicted number of tasks with its range, in two digits: `700 tasks (500 to 910)`.

    >>> in_range(Range(estimate=712.0, low=499.0, high=905.0)), in_range(Range(estimate=9, low=2, high=30), most=20)
    ('710 tasks (500 to 900)', '9 tasks (2 to 20)')
    """
    low, middle, high = (
        max(least, min(round(float(f"{end:.2g}")), FARTHEST if most is None else most))
        for end in (items.low, items.estimate, items.high)
    )
    return counted(middle, "task") + ("" if low == high else f" ({low:,} to {high:,})")
