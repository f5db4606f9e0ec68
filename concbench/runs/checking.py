"""What a run must fulfil beyond the types of its fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from math import isfinite
from typing import NamedTuple

from concbench.experiments.spans import MOST_TASKS, NANO, unpack
from concbench.model import Case, Change, Comparison, Crossing, Interval, Predicted, Run
from concbench.runs.wording import shortened

LONGEST = 1e9
"""Seconds, about 30 years: no measured figure is larger, and sums and squares of such figures stay finite."""

SHORTEST = 1e-12
"""Seconds: no clock tells less, and reciprocals, ratios and logarithms of what is not less stay finite."""

LARGEST_INTEGER = 2**64 - 1
"""What the readers of a run in other languages, and arrays, can hold."""

CLOCK = 1e-6
"""Seconds by which two readings of the clock may seem to be in the wrong order, once they have been rounded."""

BOUNDED = {"from": "from there on", "up to": "up to there"}
"""Answers to where one is faster than another that need a value."""

_MAY_BE_NEGATIVE = frozenset({"seed", "hash_seed"})
_INFERRED = (Interval, Comparison, Change)  # an interval from two blocks may be absurdly wide, and honest


class Fault(NamedTuple):
    """What is wrong with a run, and where."""

    place: str
    """Such as `$.cases[0].samples[1].wall`."""
    problem: str


class _Number(NamedTuple):
    place: str
    owner: object
    name: str
    value: int | float


def faults(run: Run) -> Iterator[Fault]:
    """Yield everything that is wrong with a run whose types are right; nothing for a run as concbench makes it.

    Example:
        `Fault("$.cases[0].samples[1].wall", "-0.5 is negative")`
    """
    yield from unwritable_numbers(run)
    yield from _improbable_numbers(run)
    yield from _instants(run)
    yield from _endless_work(run)
    yield from _samples_without_duration(run)
    yield from _more_lost_than_there_were(run)
    yield from _intervals(run)
    yield from _crossings(run)
    yield from _scalings(run)
    yield from _traces(run)
    yield from _names_taken_twice(run)
    yield from _samples_taken_twice(run)
    yield from _names_of_nothing(run)


def unwritable_numbers(run: Run) -> Iterator[Fault]:
    """Yield the numbers that a JSON document cannot carry, or not to every reader."""
    for number in _numbers(run, "$", run, ""):
        if isinstance(number.value, int):
            if abs(number.value) > LARGEST_INTEGER:
                yield Fault(number.place, "the number is too large")
        elif not isfinite(number.value):
            yield Fault(number.place, f"{number.value} is not a finite number")


def _improbable_numbers(run: Run) -> Iterator[Fault]:
    for number in _numbers(run, "$", run, ""):
        if number.value < 0 and number.name not in _MAY_BE_NEGATIVE:
            yield Fault(number.place, f"{number.value} is negative")
        elif isinstance(number.value, float) and number.value > LONGEST and not isinstance(number.owner, _INFERRED):
            yield Fault(number.place, f"{number.value} is too large")


def _numbers(value: object, place: str, owner: object, name: str) -> Iterator[_Number]:
    """Walk the document; `owner` is the dataclass whose field `name` holds `value`, or a list of it."""
    if isinstance(value, int | float):
        if not isinstance(value, bool):
            yield _Number(place, owner, name, value)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _numbers(item, f"{place}[{position}]", owner, name)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _numbers(getattr(value, field.name), f"{place}.{field.name}", value, field.name)


def _instants(run: Run) -> Iterator[Fault]:
    try:
        datetime.fromisoformat(run.started)
    except ValueError:
        yield Fault("$.started", f"'{shortened(run.started)}' is not a date and time in ISO 8601")


def _endless_work(run: Run) -> Iterator[Fault]:
    """Yield the workloads whose tasks take longer, one after the other, than figures that can be added up."""
    for at, case in enumerate(run.cases):
        workload = case.workload
        if workload.tasks * workload.task_time > LONGEST:
            place = f"$.cases[{at}].workload.tasks"
            yield Fault(place, f"{workload.tasks} tasks of {workload.task_time} s take longer than any run can")


def _samples_without_duration(run: Run) -> Iterator[Fault]:
    for at, case in enumerate(run.cases):
        for position, sample in enumerate(case.samples):
            place = f"$.cases[{at}].samples[{position}]"
            if sample.wall < SHORTEST:  # ratios and logarithms are made of it
                yield Fault(f"{place}.wall", "a sample can't take no time at all")
            if sample.each is None and case.metric == "each":
                yield Fault(f"{place}.each", f"it is missing, and {case.experiment} are compared by it")
            for name, value in (("each", sample.each), ("each_p99", sample.each_p99), ("stream", sample.stream)):
                if value is not None and value < SHORTEST:
                    yield Fault(f"{place}.{name}", "nothing takes no time at all")


def _more_lost_than_there_were(run: Run) -> Iterator[Fault]:
    for at, case in enumerate(run.cases):
        updates = _updates(case)
        for position, sample in enumerate(case.samples):
            if sample.lost is not None and sample.lost > updates:
                yield Fault(f"$.cases[{at}].samples[{position}].lost", f"{sample.lost} is more than all {updates}")
    for at, outcome in enumerate(run.claims):
        if outcome.lost is not None and outcome.lost > (outcome.updates or 0):
            yield Fault(f"$.claims[{at}].lost", f"{outcome.lost} is more than all {outcome.updates or 0}")


def _updates(case: Case) -> int:
    """Return how many updates there are in a sample of a shared counter."""
    return case.workload.tasks * (case.settings.workers or 1)


def _intervals(run: Run) -> Iterator[Fault]:
    for at, case in enumerate(run.cases):
        if case.median is not None:
            yield from _interval(case.median, f"$.cases[{at}].median")
            if case.median.estimate < SHORTEST:
                yield Fault(f"$.cases[{at}].median.estimate", "nothing takes no time at all")
    for at, change in enumerate(run.changes):
        for name, level in (("base", change.base), ("head", change.head)):
            if level is not None:
                yield from _interval(level, f"$.changes[{at}].{name}")
    for place, ratio in _ratios(run):
        yield from _interval(ratio, f"{place}.ratio")
        for name, value in (("estimate", ratio.estimate), ("low", ratio.low), ("high", ratio.high)):
            if value is not None and value <= 0:
                yield Fault(f"{place}.ratio.{name}", f"a ratio is positive, and this is {value}")


def _crossings(run: Run) -> Iterator[Fault]:
    for at, crossing in enumerate(run.crossings):
        place = f"$.crossings[{at}]"
        if len(crossing.sizes) < 2:
            yield Fault(f"{place}.sizes", "a crossing lies between two sizes, and there are not so many")
        elif min(crossing.sizes) <= 0:  # crossings are found, and drawn, on a logarithmic scale
            least = min(crossing.sizes)
            yield Fault(f"{place}.sizes[{crossing.sizes.index(least)}]", f"{least} has no logarithm")
        elif crossing.faster in BOUNDED and crossing.size is None:
            yield Fault(f"{place}.size", f"it is missing, and one is faster than the other {BOUNDED[crossing.faster]}")
        elif crossing.faster not in BOUNDED and crossing.size is not None:
            yield Fault(f"{place}.size", f"there is one, and one is '{crossing.faster}' faster than the other")
        elif crossing.size is not None:
            yield from _interval(crossing.size, f"{place}.size")
            yield from _beyond(crossing, crossing.size, f"{place}.size")


def _beyond(crossing: Crossing, size: Interval, place: str) -> Iterator[Fault]:
    """Yield what lies outside of the sizes that were measured."""
    smallest, largest = min(crossing.sizes), max(crossing.sizes)
    for name, value in (("estimate", size.estimate), ("low", size.low), ("high", size.high)):
        if value is not None and not smallest <= value <= largest:
            yield Fault(f"{place}.{name}", f"{value} is not between the sizes {smallest} and {largest}")


def _scalings(run: Run) -> Iterator[Fault]:
    for at, scaling in enumerate(run.scalings):
        place = f"$.scalings[{at}]"
        for name in ("single", "sigma", "kappa", "peak"):
            parameter = getattr(scaling, name)
            if parameter is not None:
                yield from _interval(parameter, f"{place}.{name}")
        if scaling.single.estimate < SHORTEST:
            yield Fault(f"{place}.single.estimate", "nothing takes no time at all")
        if not scaling.predictions:
            yield Fault(f"{place}.predictions", "there are none, and a law is fitted to several numbers of workers")
        for number, predicted in enumerate(scaling.predictions):
            yield from _predicted(predicted, f"{place}.predictions[{number}]")


def _predicted(predicted: Predicted, place: str) -> Iterator[Fault]:
    if predicted.workers < 1:
        yield Fault(f"{place}.workers", f"{predicted.workers} is no number of workers")
    for name, interval in (("seconds", predicted.seconds), ("ratio", predicted.ratio)):
        yield from _interval(interval, f"{place}.{name}")
        if interval.estimate < SHORTEST:
            yield Fault(f"{place}.{name}.estimate", f"it is positive, and this is {interval.estimate}")


def _interval(interval: Interval, place: str) -> Iterator[Fault]:
    if interval.low is not None and interval.high is not None and interval.low > interval.high:
        yield Fault(f"{place}.low", f"the interval begins at {interval.low}, after it ends at {interval.high}")
    if not 0 < interval.confidence < 1:
        yield Fault(f"{place}.confidence", f"{interval.confidence} is not between 0 and 1")


def _traces(run: Run) -> Iterator[Fault]:
    for at, case in enumerate(run.cases):
        if case.trace is None:
            continue
        place = f"$.cases[{at}].trace"
        trace = case.trace
        if abs(trace.start + trace.run + trace.stop - trace.wall) > CLOCK:
            yield Fault(f"{place}.wall", f"the phases of the sample don't add up to {trace.wall}")
        if not 1 <= trace.lanes <= MOST_TASKS:
            yield Fault(f"{place}.lanes", f"{trace.lanes} is no number of workers")
            continue
        try:
            spans = unpack(trace.spans, trace.tasks)
        except ValueError as error:
            yield Fault(f"{place}.spans", str(error))
            continue
        if not len(spans):
            yield Fault(f"{place}.tasks", "a trace has one task at least")
        elif min(spans.begins) * NANO < trace.start - CLOCK or max(spans.ends) * NANO > trace.start + trace.run + CLOCK:
            yield Fault(f"{place}.spans", "tasks can't run before they are submitted, nor after all have returned")


def _names_taken_twice(run: Run) -> Iterator[Fault]:
    for what, word, names in (
        ("$.cases[{}].id", "id", [case.id for case in run.cases]),
        ("$.parts[{}].name", "name", [part.name for part in run.parts]),
    ):
        seen: set[str] = set()
        for at, name in enumerate(names):
            if name in seen:
                yield Fault(what.format(at), f"the {word} '{shortened(name)}' is taken twice")
            seen.add(name)


def _samples_taken_twice(run: Run) -> Iterator[Fault]:
    """Yield the samples of a round that has one already: which of them ran beside the others, nobody could tell."""
    for at, case in enumerate(run.cases):
        seen: set[tuple[int, int]] = set()
        for position, sample in enumerate(case.samples):
            if (sample.block, sample.round) in seen:
                place = f"$.cases[{at}].samples[{position}].round"
                yield Fault(place, f"block {sample.block}, round {sample.round} has a sample of this case already")
            seen.add((sample.block, sample.round))


def _names_of_nothing(run: Run) -> Iterator[Fault]:
    parts = {part.name for part in run.parts}
    for at, case in enumerate(run.cases):
        if case.part not in parts:
            yield Fault(f"$.cases[{at}].part", f"there is no part '{shortened(case.part)}'")
    for at, scaling in enumerate(run.scalings):
        if scaling.part not in parts:
            yield Fault(f"$.scalings[{at}].part", f"there is no part '{shortened(scaling.part)}'")
    cases = {case.id for case in run.cases}
    for place, name in _references(run):
        if name not in cases:
            yield Fault(place, f"there is no case '{shortened(name)}'")


def _references(run: Run) -> Iterator[tuple[str, str]]:
    """Yield each place that names a case, and the id it gives."""
    for at, part in enumerate(run.parts):
        if part.reference is not None:
            yield f"$.parts[{at}].reference", part.reference
    for place, comparison in _comparisons(run):
        yield f"{place}.case", comparison.case
        yield f"{place}.reference", comparison.reference
    for at, change in enumerate(run.changes):
        yield f"$.changes[{at}].case", change.case
    for at, scaling in enumerate(run.scalings):
        for number, predicted in enumerate(scaling.predictions):
            yield f"$.scalings[{at}].predictions[{number}].case", predicted.case
    for at, advice in enumerate(run.advice):
        yield f"$.advice[{at}].case", advice.case
        yield f"$.advice[{at}].tried", advice.tried
    for at, recommended in enumerate(run.recommendations):
        yield f"$.recommendations[{at}].case", recommended.case
        for name, ids in (("compared", recommended.compared), ("equal", recommended.equal)):
            for position, id_ in enumerate(ids):
                yield f"$.recommendations[{at}].{name}[{position}]", id_
    for at, outcome in enumerate(run.claims):
        if outcome.outcome != "not measured":  # a case that was left out of the run is a reason not to be measured
            yield f"$.claims[{at}].claim.case", outcome.claim.case
            yield f"$.claims[{at}].claim.reference", outcome.claim.reference


def _ratios(run: Run) -> Iterator[tuple[str, Interval]]:
    """Yield every ratio, and the place of what has it."""
    for place, comparison in _comparisons(run):
        yield place, comparison.ratio
    for at, change in enumerate(run.changes):
        if change.ratio is not None:
            yield f"$.changes[{at}]", change.ratio


def _comparisons(run: Run) -> Iterator[tuple[str, Comparison]]:
    for at, comparison in enumerate(run.comparisons):
        yield f"$.comparisons[{at}]", comparison
    for at, outcome in enumerate(run.claims):
        if outcome.comparison is not None:
            yield f"$.claims[{at}].comparison", outcome.comparison
