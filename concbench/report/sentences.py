"""What a run says in sentences: claims with their verdicts, warnings, and how it was measured."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from math import ceil, floor

from concbench.model import Case, ClaimOutcome, Comparison, Crossing, Run
from concbench.report.axis_words import AxisWords, phrase, words_of
from concbench.report.safe import printable, printable_lines
from concbench.report.uncertainty import multiple, pairs_in, plus_minus, verdict_in_words
from concbench.report.units import seconds, waiting
from concbench.stats.intervals import FEWEST_BLOCKS

HAIR = 1e-6
"""What a whole number may be missed by that was found by way of its logarithm."""


def claims(run: Run, width: int) -> Iterator[str]:
    """Yield a paragraph for every claim: the outcome, the sentence, and the figures that it rests on."""
    for outcome in run.claims:
        first = f"{outcome.outcome.upper()}: {printable(outcome.claim.sentence)}"
        yield "\n".join(
            [
                filled(first, width),
                filled(because(outcome, run), width, indent="  "),
            ]
        )


def filled(text: str, width: int, indent: str = "") -> str:
    """Return a paragraph broken into lines, but never at a hyphen: names are to be copied whole."""
    return textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def counted(number: int, word: str) -> str:
    """Return a number and what it counts.

    >>> counted(1, "task"), counted(1000, "task")
    ('1 task', '1,000 tasks')
    """
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def because(outcome: ClaimOutcome, run: Run) -> str:
    """Return the sentence under a claim of a run."""
    comparison = outcome.comparison
    case, reference = printable(outcome.claim.case), printable(outcome.claim.reference)
    if outcome.lost is not None and outcome.updates is not None:
        return _lost(case, outcome.lost, outcome.updates)
    if comparison is None and outcome.claim.verdict in ("loses updates", "keeps updates"):
        return f"{case} was not measured."
    if comparison is None:
        return f"{case} and {reference} were not both measured."
    pairs = pairs_in(comparison, run)
    times = multiple(comparison.ratio, pairs)
    text = f"{case} takes {times} the time of {reference}: {verdict_in_words(comparison, pairs)}"
    if comparison.verdict == "same":
        text += f" (within {100 * comparison.margin:.0f} %)"
    if comparison.verdict == "undecided":
        text += _still_needed(comparison)
    return text + "."


def how_measured(run: Run) -> str:
    """Return one paragraph on how the figures came about."""
    environment = run.environment
    if run.facts and not run.cases:
        gil = "" if environment.gil else ", free-threaded"
        return (
            f"{counted(len(run.facts), 'observation')} in {seconds(run.seconds)}; "
            f"{printable(environment.implementation)} {printable(environment.python)}{gil}."
            + ("" if run.complete else " Interrupted: these are the facts so far.")
        )
    samples = sum(len(case.samples) for case in run.cases)
    cores = counted(environment.usable_cores, "usable core")
    load = f", load {environment.load_start:.1f}" if environment.load_start is not None else ""
    interval = how_sure(run)
    ending = "" if run.complete else " Interrupted: these are the figures so far."
    return (
        f"{counted(samples, 'sample')} in {counted(run.blocks, 'block')}, {seconds(run.seconds)}, "
        f"{100 * run.duty:.0f} % of it inside samples; {interpreters(run)}, {cores}{load}; seed {run.seed}. "
        f"{interval}{ending}"
    )


def how_sure(run: Run) -> str:
    """Return what stands behind the figures of a run: half an interval each, or the range that was seen."""
    figures = [case.median for case in run.cases if case.median is not None and len(case.samples) > 1]
    vague = not all(map(plus_minus, [*figures, *(comparison.ratio for comparison in run.comparisons)]))
    if run.blocks < FEWEST_BLOCKS:
        range_ = "; brackets hold the range of the samples" if figures else ""
        return f"Fewer than {FEWEST_BLOCKS} blocks give no interval (--blocks){range_}."
    range_ = "; brackets hold the range of the samples, where an interval would say nothing" if vague else ""
    return f"± is half a 95 % interval over blocks{range_}."


def interpreters(run: Run) -> str:
    """Return under which interpreters a run was measured: its own, or those that it was told."""
    if run.sides and not run.changes:
        return listed([f"Python {printable(side.python)} ({printable(side.about)})" for side in run.sides])
    gil = "" if run.environment.gil else ", free-threaded"
    return f"{printable(run.environment.implementation)} {printable(run.environment.python)}{gil}"


def details(run: Run) -> Iterator[str]:
    """Yield lines on the environment, and on the settings of each case."""
    environment = run.environment
    cores = counted(environment.logical_cores, "logical core")
    yield printable(f"{environment.cpu_model or 'unknown CPU'}, {cores}; {environment.os}")
    yield printable(f"governor {environment.governor or 'unknown'}; revision {environment.git_revision or 'none'}")
    for case in run.cases:
        settings = {name: value for name, value in vars(case.settings).items() if value is not None}
        shown = ", ".join(f"{name} {value}" for name, value in settings.items()) or "no settings"
        loops, samples = counted(case.workload.loops, "loop"), counted(len(case.samples), "sample")
        yield printable(f"{case.id}: {shown}; {loops}; {samples}")


def tracebacks(run: Run) -> Iterator[str]:
    """Yield the tracebacks of tasks and workers: each text once, under the cases that failed with it."""
    cases: dict[str, list[Case]] = {}
    for case in run.cases:
        if case.error is not None and case.error.traceback:
            cases.setdefault(printable_lines(case.error.traceback), []).append(case)
    for text, failed in cases.items():
        names = ", ".join(printable(case.id) for case in failed)
        who = "Raised by the task, in" if failed[0].experiment == "tasks" else "Raised in"
        yield f"{who} {names}:\n{textwrap.indent(text, '  ')}"


def crossings(run: Run) -> Iterator[str]:
    """Yield a sentence for each pair: from which size of messages on, say, one is faster than the other.

    Those of whom the same is to be said share a sentence.
    """
    messages = any(case.experiment == "messages" for case in run.cases)
    alike: dict[object, list[Crossing]] = {}
    for number, crossing in enumerate(run.crossings):
        span = min(crossing.sizes), max(crossing.sizes)
        key = crossing.axis, crossing.at, crossing.other, crossing.faster, span
        alike.setdefault(key if crossing.size is None else number, []).append(crossing)
    for found in alike.values():
        about = f"{printable(found[0].at)}: " if found[0].at else ""
        subjects = listed([printable(crossing.subject) for crossing in found])
        yield about + _crossing(subjects, found, words_of(found[0].axis, messages))


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them.

    >>> listed(["pipe"]), listed(["pipe", "queue", "socketpair"])
    ('pipe', 'pipe, queue and socketpair')
    """
    return " and ".join([*([", ".join(names[:-1])] if len(names) > 1 else []), names[-1]])


def _crossing(subjects: str, alike: Sequence[Crossing], words: AxisWords) -> str:
    crossing, other = alike[0], printable(alike[0].other)
    least, most = words.worded(min(crossing.sizes)), words.worded(max(crossing.sizes))
    if crossing.faster in ("always", "never"):
        verb = "is" if len(alike) == 1 else "are"
        return f"{subjects} {verb} {crossing.faster} faster than {other}, from {phrase(words, f'{least} to {most}')}."
    if crossing.faster == "in part":
        verb = "is" if len(alike) == 1 else "are"
        between = phrase(words, f"{least} and {most}")
        return f"Between {between}, {subjects} {verb} faster than {other} in places and slower in others."
    if crossing.size is None:
        verb = "overtakes" if len(alike) == 1 else "overtake"
        return f"Whether {subjects} {verb} {other} between {phrase(words, f'{least} and {most}')} is undecided."
    size, up = crossing.size, crossing.faster == "from"
    text = f"{subjects} is faster than {other} {crossing.faster} {phrase(words, _bound(size.estimate, up, words))}"
    text += " on" if up else ""
    if size.low is None or size.high is None:
        return f"{text}."
    low, high = _bound(size.low, up, words), _bound(size.high, up, words)
    return f"{text} ({100 * size.confidence:g} % interval {low} to {high})."


def _bound(value: float, up: bool, words: AxisWords) -> str:
    """Return a value from which on, or up to which: where only whole numbers make sense, the first or last of them."""
    if not words.whole:
        return words.worded(value)
    return words.worded(ceil(value - HAIR) if up else floor(value + HAIR))


def _lost(case: str, lost: int, updates: int) -> str:
    if lost:
        return f"{case} lost {lost:,} of {counted(updates, 'update')}."
    return f"{case} lost none of {counted(updates, 'update')}."


def _still_needed(comparison: Comparison) -> str:
    if comparison.more_seconds is None:
        return "; only more blocks can tell (--blocks)"
    return f"; about {waiting(comparison.more_seconds)} more, in more blocks, would settle it (--blocks, --budget)"
