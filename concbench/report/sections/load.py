"""How many concurrent calls are enough, in sentences: what a closed loop found, with its errors and its limits."""

from __future__ import annotations

from collections.abc import Iterator

from concbench.analysis.analysis import Analysis
from concbench.analysis.knee import Finding, finding, levels_of
from concbench.model.result import Result
from concbench.model.run import Knee
from concbench.report.blocks import Block, Paragraph
from concbench.report.experiments.load import loads_of, middle, rate_in_words, throughput
from concbench.report.safe import printable
from concbench.report.units import counted, listed, percent, seconds

ABOUT_LITTLE = 0.25
"""By Little's law, the number of calls under way is known twice; the two may differ by this much, as a run is short."""
BUSY = 0.85
"""The share of a core from which the callers themselves may be what limits them."""
STILL_RISING = "Throughput still rises, and more were not tried: allow more with --max-calls, --levels or --budget"
MOST = 1e9
"""Only a file can hold a larger level."""
MOST_NAMED = 3
"""Kinds of errors that a sentence names."""


def answer(analysis: Analysis) -> Iterator[Block]:
    """How many calls are enough; how many were made; errors; and what may have limited them."""
    for knee in analysis.run.knees:
        levels = levels_of(result for result in analysis.run.results if result.case.table == knee.table)
        if not levels:
            continue
        found = finding(levels)
        yield Paragraph(in_words(knee, found, analysis), "answer")
        yield Paragraph(made(knee))
        for text in (errors(knee, found), limits(knee, analysis), off_little(found)):
            if text:
                yield Paragraph(text)


def in_words(knee: Knee, found: Finding, analysis: Analysis) -> str:
    """How many concurrent calls are enough, and what they and more of them do."""
    result = analysis.results.get(knee.case or "")
    if result is None or knee.level is None or not found.good:
        lowest = found.levels[min(found.levels)]
        return f"Calls fail with {counted(lowest.level, 'caller')} already, so there is no number that is enough."
    level = result.case.settings.workers or 1
    top = found.good[-1]
    figures = does(result)
    if knee.found == "open":
        beyond = "" if level == top else f", and with {top:,} {does(found.levels[top].result)}"
        return f"At least {counted(level, 'concurrent call')}: {figures}{beyond}. {STILL_RISING}."
    count = f"{counted(level, 'concurrent call')} {'is' if level == 1 else 'are'} enough{reach(knee, level)}"
    if knee.found == "errors" and knee.failing is not None:
        return f"{count}: {figures}. With {knee.failing:,}, calls fail."
    highest = found.levels[top].result
    return f"{count}: {figures}. More only adds latency: with {top:,}, {does(highest)}."


def reach(knee: Knee, by: int) -> str:
    """The interval of the knee in brackets, in whole numbers, with the level to go by; empty where it is unknown."""
    level = knee.level
    if level is None or level.low is None or level.high is None:
        return ""
    low, high = min(by, max(1, round(min(level.low, MOST)))), max(by, round(min(level.high, MOST)))
    return f" ({low:,} to {high:,})" if low < high else ""


def does(result: Result) -> str:
    """Throughput and latency of a level: `1,010 calls a second, 95 % of them within 34.0 ms`."""
    rate, late = throughput(result), middle(load.p95 for load in loads_of(result))
    text = f"{rate_in_words(rate or 0)} calls a second"
    return text if late is None else f"{text}, 95 % of them within {seconds(late)}"


def made(knee: Knee) -> str:
    """How the figures came about, and how many calls were made."""
    loop = "Measured in a closed loop: each caller makes its next call when its last one has come back"
    return f"{counted(knee.calls, 'call')} made, of at most {knee.most_calls:,} (--max-calls). {loop}."


def errors(knee: Knee, found: Finding) -> str:
    """What calls failed with, and from which level on more do; empty where none did."""
    kinds: dict[str, int] = {}
    messages: dict[str, str] = {}
    for level in found.levels.values():
        for load in level.loads:
            for error in load.errors:
                kinds[error.kind] = kinds.get(error.kind, 0) + error.calls
                messages.setdefault(error.kind, error.message)
    if not kinds:
        return ""
    most = sorted(kinds, key=lambda kind: -kinds[kind])[:MOST_NAMED]
    named = listed([f"{printable(kind)} ({kinds[kind]:,}×)" for kind in most])
    first = printable(messages[most[0]])
    since = "" if knee.failing is None or len(found.levels) == 1 else f" Most of them from {knee.failing:,} callers on."
    return f"Errors: {named}; the first says: {first}.{since}"


def limits(knee: Knee, analysis: Analysis) -> str:
    """Whether the callers kept a core busy, so that it is they that were measured; empty where they did not."""
    result = analysis.results.get(knee.case or "")
    if result is None or knee.found != "knee":
        return ""
    known = [(sample.cpu, sample.run) for sample in result.samples if sample.cpu is not None and sample.run > 0]
    busy = sum(cpu for cpu, _ in known) / sum(run for _, run in known) if known else 0.0
    if busy < BUSY:
        return ""
    return (
        f"The callers themselves kept {percent(busy)} of a core busy: what limits throughput may be Python on this "
        "side, and not the server. Several processes may make more calls."
    )


def off_little(found: Finding) -> str:
    """A sentence where Little's law does not hold, so that the figures can't be right; else empty."""
    off = [
        level.level
        for level in found.levels.values()
        if abs((middle(load.little for load in level.loads) or 1.0) - 1) > ABOUT_LITTLE
    ]
    if not off:
        return ""
    which = listed([f"{level:,}" for level in off])
    return (
        f"With {which} concurrent calls, Little's law does not hold: too few calls were made for a steady state, or "
        "the server changed meanwhile."
    )
