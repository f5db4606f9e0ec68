"""Recommendations for a function: what is fastest, what it costs, why, when that changes, and a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from concbench.analysis.analysis import Analysis
from concbench.analysis.breakdown import SERIAL
from concbench.analysis.figures import cpu_seconds, pairs_of, peak_memory
from concbench.model.result import Interval, Result
from concbench.model.run import Recommendation, Run
from concbench.registry import UnknownName
from concbench.report.blocks import Block, Code, Heading, Paragraph
from concbench.report.program import program_of
from concbench.report.sections.reasons import sentence
from concbench.report.uncertainty import has_interval, multiple, time_in_words
from concbench.report.units import counted, figures, listed, seconds, size
from concbench.session.candidates import kind_of
from concbench.stats.intervals import ratio_interval
from concbench.stats.verdicts import clearly
from concbench.strategies.strategy import strategies


def recommendations(analysis: Analysis) -> Iterator[Block]:
    """The answer for each interpreter: what to use, what it takes and costs, and what is as fast."""
    for found in analysis.run.recommendations:
        result, compared = analysis.results[found.case], [analysis.results[id_] for id_ in found.compared]
        yield Heading(f"Recommended{under(result)}: {name_of(result)}", name="recommended")
        yield Paragraph(time_of(result, compared))
        others = (price_of(result, compared), as_good(result, [analysis.results[id_] for id_ in found.equal]))
        yield from (Paragraph(text) for text in others if text)


def reasons(analysis: Analysis, explained_above: bool = False) -> Iterator[Paragraph]:
    """Why the recommended cases take as long as they do, and when something else would be faster."""
    for found in analysis.run.recommendations:
        explanation = None if explained_above else analysis.explanation(analysis.results[found.case])
        if explanation is not None:
            yield Paragraph(sentence(explanation))
        yield from map(Paragraph, _outlook(analysis, found))


def _outlook(analysis: Analysis, found: Recommendation) -> Iterator[str]:
    """When something else would be faster, and how the case compares with the fastest under another interpreter."""
    result = analysis.results[found.case]
    turning = turns(analysis, result, [analysis.results[id_] for id_ in found.compared])
    if turning:
        yield turning
    first = analysis.results[analysis.run.recommendations[0].case]
    ratio = None if first is result else ratio_interval(result.samples, first.samples)
    if ratio is not None:
        yield (
            f"{name_of(result)}{under(result)} takes {multiple(ratio, pairs_of(result, first))} the time of "
            f"{name_of(first)}{under(first)}, the fastest."
        )


def programs(analysis: Analysis, folders: Iterable[str] = ()) -> Iterator[Block]:
    """A program to paste for each recommendation; `folders` are further ones that it imports from."""
    for found in analysis.run.recommendations:
        result = analysis.results[found.case]
        text = program(analysis.run, result, folders)
        if text:
            yield Heading(f"A program that uses {name_of(result)}{under(result)}", level=4)
            yield Code(text.rstrip())


def program(run: Run, result: Result, folders: Iterable[str] = ()) -> str:
    """The program for a case; empty if there is none: for a third party's strategy, or a name that is not Python's.

    It names the start method only where that is not Python's default.
    """
    settings = result.case.settings
    if result.case.side is None and settings.start_method == run.environment.start_method:
        settings = replace(settings, start_method=None)
    try:
        return program_of(strategies.get(result.case.subject), result.case.workload, settings, folders) or ""
    except UnknownName:
        return ""


def under(result: Result) -> str:
    """The interpreter that a case ran under, as ` under 3.13t`; empty if there is only one."""
    return "" if result.case.side is None else f" under {result.case.side}"


def name_of(result: Result) -> str:
    """A strategy and its settings, without the interpreter."""
    return result.case.name


def time_of(result: Result, compared: Sequence[Result]) -> str:
    """What a case takes, what the others take relative to it, as their rows have it, and how sure that is."""
    if result.median is None:
        return "It was not measured."
    text = f"It takes {time_in_words(result)} for {counted(result.case.workload.tasks, 'task')}"
    ratios = [
        (other, ratio, pairs_of(other, result))
        for other in compared
        if (ratio := ratio_interval(other.samples, result.samples)) is not None
    ]
    if ratios:
        times = [f"{name_of(other)} takes {multiple(ratio, pairs)} as long" for other, ratio, pairs in ratios]
        text += f"; {', '.join(times[:-1])}{', and ' if len(times) > 1 else ''}{times[-1]}"
    text += "."
    unsure = [name_of(other) for other, ratio, pairs in ratios if not is_slower(ratio, pairs)]
    if result.case.subject != SERIAL:
        return f"{text} Not conclusively faster than {listed(unsure)}; try a longer --budget." if unsure else text
    doubted = [name_of(other) for other, ratio, _ in ratios if ratio.high is not None and ratio.high < 1]
    if not doubted:
        return f"{text} Nothing else was conclusively faster." if unsure else text
    return (
        f"{text} {listed(doubted)} measured faster, but that is in doubt: its workers take turns at pure computing, or "
        "its row contradicts its comparison with serial, as happens on a busy machine. Try again on a quiet machine."
    )


def price_of(result: Result, compared: Sequence[Result]) -> str:
    """The CPU time and memory of a case beside those of the others; empty if neither is known."""
    costs = []
    cpu = cpu_seconds(result)
    if cpu is not None:
        others = [
            f"{name_of(other)} {seconds(known)}" for other in compared if (known := cpu_seconds(other)) is not None
        ]
        costs.append(f"{seconds(cpu)} of CPU time" + (f" ({', '.join(others)})" if others else ""))
    memory = peak_memory(result)
    if memory is not None:
        others = [f"{name_of(other)} {size(known)}" for other in compared if (known := peak_memory(other)) is not None]
        costs.append(f"{size(memory)} of memory at its peak" + (f" ({', '.join(others)})" if others else ""))
    return f"It uses {' and '.join(costs)}." if costs else ""


def as_good(result: Result, equal: Sequence[Result]) -> str:
    """Which others are as fast, or may be; empty if none is."""
    if not equal:
        return ""
    shown = []
    for other in equal:
        ratio = ratio_interval(other.samples, result.samples)
        shown.append(name_of(other) + ("" if ratio is None else f" ({beside(ratio, pairs_of(other, result))})"))
    text = f"{listed(shown)} {'is' if len(shown) == 1 else 'are'} as fast, or too close to call"
    kinds = {workers_of(each) for each in (result, *equal)} - {""}
    return f"{text}; of these, the one with the simplest workers is recommended." if len(kinds) > 1 else f"{text}."


def workers_of(result: Result) -> str:
    """What the workers of a case are; empty for a strategy that is not installed here."""
    try:
        return kind_of(result.case.subject)
    except UnknownName:
        return ""


def beside(ratio: Interval, pairs: Sequence[float]) -> str:
    """A ratio in few words: the ends of its interval, or the range of its rounds."""
    if has_interval(ratio, pairs) and ratio.low is not None and ratio.high is not None:
        return f"{figures(ratio.low)} to {figures(ratio.high)} times"
    if len(pairs) < 2:
        return f"{figures(ratio.estimate)} times in 1 round"
    return f"{figures(min(pairs))} to {figures(max(pairs))} times in {len(pairs):,} rounds"


def is_slower(ratio: Interval, pairs: Sequence[float]) -> bool:
    """Whether a case is conclusively slower: by every pair, or by an interval that is narrow enough to be shown."""
    return (ratio.low is not None and ratio.low > 1 and has_interval(ratio, pairs)) or clearly(pairs) == "slower"


def turns(analysis: Analysis, result: Result, compared: Sequence[Result]) -> str:
    """The task time at which something else would be faster; empty if no trace shows it."""
    if result.case.subject != SERIAL:
        turn = analysis.break_even(result)
        if turn is None or turn.point is None or turn.point >= turn.now:
            return ""
        return (
            f"Going by the trace, serial would be faster for tasks shorter than about {seconds(turn.point)} "
            f"(now {seconds(turn.now)})."
        )
    found = [(other, turn) for other in compared if (turn := analysis.break_even(other)) is not None]
    later = [(turn.point, other, turn) for other, turn in found if turn.point is not None and turn.point > turn.now]
    if later:
        soonest, other, turn = min(later, key=lambda each: each[0])
        return (
            f"Going by its trace, {name_of(other)} would be faster for tasks longer than about {seconds(soonest)} "
            f"(now {seconds(turn.now)})."
        )
    never = [name_of(other) for other, turn in found if turn.point is None]
    return f"{listed(never)} would not be faster for longer tasks of this kind either." if never else ""
