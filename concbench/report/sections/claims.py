"""Answers to a suite's questions: claims with their outcome, and where one subject overtakes another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor

from concbench.model.run import ClaimOutcome, Comparison, Crossing, Run
from concbench.report.blocks import Paragraph, Verdict
from concbench.report.experiments.view import in_words
from concbench.report.sections.axes import AxisWords, phrase, words_of
from concbench.report.uncertainty import beside, pairs_in
from concbench.report.units import counted, listed, waiting

NOT_MEASURED = "not measured"
MOST_UNMEASURED = 2
"""Claims that were not measured and have a line each; more share one."""
HAIR = 1e-6
"""How far a whole number may be off that was computed by way of its logarithm."""


def claims(run: Run, every: bool = False) -> Iterator[Verdict]:
    """A verdict on each claim, those that were measured first: its outcome, the sentence, and the figures behind it.

    Of many that were not measured, only the number is said, unless `every` one is asked for.
    """
    measured = [each for each in run.claims if each.outcome != NOT_MEASURED]
    others = [each for each in run.claims if each.outcome == NOT_MEASURED]
    for outcome in measured:
        yield Verdict(outcome.outcome, outcome.claim.sentence, because(outcome, run))
    if measured and len(others) > MOST_UNMEASURED and not every:
        yield Verdict(NOT_MEASURED, f"{len(others)} other claims, whose cases were left out or failed.")
        return
    for outcome in others:
        yield Verdict(NOT_MEASURED, outcome.claim.sentence)


def because(outcome: ClaimOutcome, run: Run) -> str:
    """The figures that the outcome of a claim rests on."""
    comparison = outcome.comparison
    case, reference = outcome.claim.case, outcome.claim.reference
    if outcome.lost is not None and outcome.updates is not None:
        lost = f"{outcome.lost:,}" if outcome.lost else "none"
        return f"{case} lost {lost} of {counted(outcome.updates, 'update')}."
    if comparison is None and outcome.claim.verdict in ("loses updates", "keeps updates"):
        return f"{case} was not measured."
    if comparison is None:
        return f"{case} and {reference} were not both measured."
    pairs = pairs_in(comparison, run)
    first, second = names_of(comparison, run)
    text = f"{first} {beside(comparison.ratio, pairs, comparison.verdict, second, comparison.margin)}"
    if comparison.verdict == "undecided":
        text += _still_needed(comparison)
    return f"{text}."


def names_of(comparison: Comparison, run: Run) -> tuple[str, str]:
    """What the two rows of a comparison are called: by table, too, where they are of two tables."""
    by_id = {result.case.id: result for result in run.results}
    result, other = by_id.get(comparison.case), by_id.get(comparison.reference)
    if result is None or other is None or result.case.table != other.case.table:
        return comparison.case, comparison.reference
    sides = result.case.side != other.case.side
    first, second = (
        each.case.name if each.case.name == each.case.subject else in_words(each, with_side=False)
        for each in (result, other)
    )
    return (f"{first} under {result.case.side}", f"{second} under {other.case.side}") if sides else (first, second)


def _still_needed(comparison: Comparison) -> str:
    if comparison.more_seconds is None:
        return "; it takes more blocks to decide (--blocks)"
    return f"; about {waiting(comparison.more_seconds)} more, in more blocks, would decide it (--blocks, --budget)"


def crossings(run: Run) -> Iterator[Paragraph]:
    """Where subjects overtake each other along an axis; pairs with the same answer share a sentence."""
    messages = any(result.case.experiment == "messages" for result in run.results)
    alike: dict[object, list[Crossing]] = {}
    for number, crossing in enumerate(run.crossings):
        span = min(crossing.sizes), max(crossing.sizes)
        key = crossing.axis, crossing.at, crossing.other, crossing.faster, span
        alike.setdefault(key if crossing.size is None else number, []).append(crossing)
    for found in alike.values():
        about = f"{found[0].at}: " if found[0].at else ""
        yield Paragraph(about + _crossing(found, words_of(found[0].axis, messages)))


def _crossing(alike: Sequence[Crossing], words: AxisWords) -> str:
    crossing, other = alike[0], alike[0].other
    subjects = listed([each.subject for each in alike])
    verb, overtakes = ("is", "overtakes") if len(alike) == 1 else ("are", "overtake")
    least, most = words.worded(min(crossing.sizes)), words.worded(max(crossing.sizes))
    between = f"between {phrase(words, f'{least} and {most}')}"
    if crossing.faster in ("always", "never"):
        along = f"{words.preposition} {phrase(words, f'{least} to {most}')}"
        return f"{subjects} {verb} {crossing.faster} faster than {other} {along}."
    if crossing.faster == "in part":
        return f"{subjects} {verb} faster than {other} in places, and slower in others, {between}."
    if crossing.size is None:
        return f"It is undecided whether {subjects} {overtakes} {other} {between}."
    size, up = crossing.size, crossing.faster == "from"
    bound = _bound(size.estimate, up, words)
    along = f"{phrase(words, bound)} or more" if up else phrase(words, f"up to {bound}")
    text = f"{subjects} is faster than {other} {words.preposition} {along}"
    if size.low is None or size.high is None:
        return f"{text}."
    low, high = _bound(size.low, up, words), _bound(size.high, up, words)
    return f"{text} ({100 * size.confidence:g} % interval {low} to {high})."


def _bound(value: float, up: bool, words: AxisWords) -> str:
    """A value from which on, or up to which; where only whole numbers make sense, the first or last of them."""
    return words.worded((ceil(value - HAIR) if up else floor(value + HAIR)) if words.whole else value)
