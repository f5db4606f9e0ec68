"""What is recommended for a function: what it takes and costs, why, and when something else would be better."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from concbench.model import Case, Interval, Recommendation, Run
from concbench.registry import UnknownName
from concbench.report.columns import cpu_seconds, label, peak_memory
from concbench.report.safe import printable
from concbench.report.sentences import counted, listed
from concbench.report.snippet import snippet
from concbench.report.snippets.names import NoSnippet
from concbench.report.uncertainty import has_interval, multiple, pairs_of, time_in_words
from concbench.report.units import figures, seconds, size
from concbench.report.why import sentence
from concbench.stats.intervals import ratio_interval
from concbench.stats.turning import turning_point
from concbench.stats.verdicts import clearly
from concbench.stats.where import SERIAL, breakdown_of, each_in_serial, serial_seconds
from concbench.suites.candidates import kind_of
from concbench.suites.causes import explained

DOUBTS = (
    "either its workers take turns at what only computes, or its rows and its pairs with serial tell different things, "
    "as they do on a busy machine"
)
"""Why something is not recommended that was surely faster than serial, as far as its samples go."""


@dataclass(frozen=True)
class Advised:
    """What is recommended under an interpreter: in a line, in sentences, and as a program."""

    heading: str
    sentences: list[str]
    program: str
    """What to paste; empty where there is none: for a third party's strategy, or a name that is not Python's."""


def advised(run: Run, folders: Iterable[str] = ()) -> Iterator[Advised]:
    """Yield what is recommended under every interpreter; `folders` are those that a program imports from besides."""
    by_id = {case.id: case for case in run.cases}
    for found in run.recommendations:
        case = by_id[found.case]
        heading = f"Recommended{under(case)}: {name_of(case)}"
        yield Advised(heading, list(about(run, found)), program(run, case, folders))


def program(run: Run, case: Case, folders: Iterable[str]) -> str:
    """Return the program for a case; its start method is not named where it is the one that Python itself takes."""
    settings = case.settings
    if case.side is None and settings.start_method == run.environment.start_method:
        settings = replace(settings, start_method=None)
    try:
        return snippet(replace(case, settings=settings), case.workload.coroutine, folders) or ""
    except NoSnippet:
        return ""


def under(case: Case) -> str:
    """Return under which interpreter a case ran, where there are several."""
    return "" if case.side is None else f" under {printable(case.side)}"


def about(run: Run, found: Recommendation) -> Iterator[str]:
    """Yield sentences on what is recommended: its time, its price, what is as good, why, and when it would change."""
    by_id = {case.id: case for case in run.cases}
    case, compared = by_id[found.case], [by_id[id_] for id_ in found.compared]
    yield time_of(case, compared)
    price = price_of(case, compared)
    if price:
        yield price
    equal = as_good(case, [by_id[id_] for id_ in found.equal])
    if equal:
        yield equal
    explanation = explained(case, run)
    if explanation is not None:
        yield sentence(explanation)
    turning = turns(run, case, compared)
    if turning:
        yield turning
    first = by_id[run.recommendations[0].case]
    ratio = None if first is case else ratio_interval(case.samples, first.samples)
    if ratio is not None:
        times = multiple(ratio, pairs_of(case, first))
        yield f"That is {times} the time of the best{under(first)}, {name_of(first)}."


def name_of(case: Case) -> str:
    """Return a strategy and its settings, without the interpreter."""
    return label(case).removesuffix(f" {printable(case.side or '')}")


def time_of(case: Case, compared: list[Case]) -> str:
    """Return what a case takes, by itself and beside the others."""
    if case.median is None:
        return "It was not measured."
    text = f"It takes {time_in_words(case)} for {counted(case.workload.tasks, 'task')}"
    ratios = [
        (other, ratio) for other in compared if (ratio := ratio_interval(case.samples, other.samples)) is not None
    ]
    if ratios:
        *most, last = (
            f"{multiple(ratio, pairs_of(case, other))} the time of {name_of(other)}" for other, ratio in ratios
        )
        text += f": {', '.join(most)}, and {last}" if most else f": {last}"
    unsure = [name_of(other) for other, ratio in ratios if not is_faster(ratio, pairs_of(case, other))]
    if unsure and case.subject != SERIAL:
        text += f". That it is faster than {listed(unsure)} is not sure: a longer --budget would tell"
    doubted = [name_of(other) for other, ratio in ratios if ratio.low is not None and ratio.low > 1]
    if case.subject == SERIAL and doubted:
        text += f". That {listed(doubted)} came out faster is not relied on: {DOUBTS}. Run it again on a quiet machine"
    elif case.subject == SERIAL:
        text += ". Nothing that was tried is surely faster than one after the other"
    return f"{text}."


def price_of(case: Case, compared: list[Case]) -> str:
    """Return what a case costs beside the others: CPU time and memory; nothing where neither is known."""
    costs = []
    cpu = cpu_seconds(case)
    if cpu is not None:
        others = [
            f"{name_of(other)} {seconds(known)}" for other in compared if (known := cpu_seconds(other)) is not None
        ]
        costs.append(f"{seconds(cpu)} of CPU time" + (f" ({', '.join(others)})" if others else ""))
    memory = peak_memory(case)
    if memory is not None:
        others = [f"{name_of(other)} {size(known)}" for other in compared if (known := peak_memory(other)) is not None]
        costs.append(f"{size(memory)} of memory at its peak" + (f" ({', '.join(others)})" if others else ""))
    return f"It costs {' and '.join(costs)}." if costs else ""


def as_good(case: Case, equal: list[Case]) -> str:
    """Return which others are as fast, or could not be told from it in the time that there was."""
    if not equal:
        return ""
    shown = []
    for other in equal:
        ratio = ratio_interval(other.samples, case.samples)
        shown.append(name_of(other) + ("" if ratio is None else f" ({beside(ratio, pairs_of(other, case))})"))
    verb = "is" if len(shown) == 1 else "are"
    text = f"{listed(shown)} {verb} as fast, or can't be told from it in this time"
    kinds = {workers_of(each) for each in (case, *equal)} - {""}
    return f"{text}: of these, the simplest kind of workers is recommended." if len(kinds) > 1 else f"{text}."


def workers_of(case: Case) -> str:
    """Return what the workers of a case are; empty for a strategy that is not installed here."""
    try:
        return kind_of(case.subject)
    except UnknownName:
        return ""


def beside(ratio: Interval, pairs: Sequence[float]) -> str:
    """Return how a case compares with another, in few words: the ends of an interval, or the range that was seen."""
    if has_interval(ratio, pairs) and ratio.low is not None and ratio.high is not None:
        return f"{figures(ratio.low)} to {figures(ratio.high)} times"
    if len(pairs) < 2:
        return f"{figures(ratio.estimate)} times in 1 round"
    return f"{figures(min(pairs))} to {figures(max(pairs))} times in {len(pairs):,} rounds"


def is_faster(ratio: Interval, pairs: Sequence[float]) -> bool:
    """Say whether a case is faster than another for sure: clearly by every pair, or by an interval that is shown.

    One that is too wide to be shown is no reason that a person could check.
    """
    shown = ratio.high is not None and has_interval(ratio, pairs)
    return (shown and ratio.high is not None and ratio.high < 1) or clearly(pairs) == "faster"


def turns(run: Run, case: Case, compared: list[Case]) -> str:
    """Return at which task time something else would be better; nothing where no trace tells."""
    if case.subject != SERIAL:
        turn = turn_of(case, run)
        if turn is None or turn.point is None or turn.point >= turn.now:
            return ""
        now, point = seconds(turn.now), seconds(turn.point)
        return f"Below about {point} a task, serial would win (they take {now} now): predicted by the trace."
    found = [(other, turn) for other in compared if (turn := turn_of(other, run)) is not None]
    later = [(turn.point, other, turn) for other, turn in found if turn.point is not None and turn.point > turn.now]
    if later:
        soonest, other, turn = min(later, key=lambda each: each[0])
        return (
            f"From about {seconds(soonest)} a task on, {name_of(other)} would win (they take {seconds(turn.now)} now): "
            "predicted by its trace."
        )
    never = [name_of(other) for other, turn in found if turn.point is None]
    return f"{listed(never)} would not be faster for longer tasks of this kind either." if never else ""


@dataclass(frozen=True)
class Turn:
    """Seconds a task: as it takes now, and from where on a case is faster than serial; None where it never is."""

    now: float
    point: float | None


def turn_of(case: Case, run: Run) -> Turn | None:
    """Return from which task time on a case is faster than serial; None where it was not traced."""
    parts, serial = breakdown_of(case, run), serial_seconds(case, run)
    if case.trace is None or parts is None or serial is None or case.subject == SERIAL:
        return None
    each = each_in_serial(case, run.cases) or serial / case.trace.tasks
    return Turn(each, turning_point(case.trace, parts, each * case.trace.tasks))
