"""What a run must fulfil beyond the types of its fields: limits, as types for msgspec, and agreement between fields."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise
from math import isfinite
from types import GenericAlias, NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from concbench.experiments.experiment import experiments
from concbench.experiments.trace import MOST_TASKS, NANO, unpack
from concbench.instruments import columns
from concbench.model.result import Interval
from concbench.model.run import ClaimOutcome, Crossing, Run
from concbench.registry import UnknownName
from concbench.runs import program
from concbench.runs.text import shortened

LONGEST = 1e9
"""Seconds, about 30 years: no measured figure is larger, and sums and squares of such figures stay finite."""
SHORTEST = 1e-12
"""Seconds: shorter than a clock can measure, and reciprocals, ratios and logarithms from here on stay finite."""
LARGEST_INTEGER = 2**63 - 1
"""What readers in other languages, and arrays, can hold."""
MOST_CORES = 2**16
CLOCK = 1e-6
"""Seconds by which two readings of the clock may seem to be in the wrong order, once they are rounded."""
NAMING_CASES = ("case", "reference", "tried", "compared", "equal")
"""Fields that hold the id of a case, or several."""
BOUNDED = {"from": "from there on", "up to": "up to there"}
"""Answers to where one is faster than another that need a value."""

COUNT = Meta(ge=0, le=LARGEST_INTEGER)
SEED = Meta(ge=-LARGEST_INTEGER, le=LARGEST_INTEGER)
AMOUNT = Meta(ge=0, le=LONGEST)
DURATION = Meta(ge=SHORTEST, le=LONGEST)
INFERRED = Meta(ge=0, le=sys.float_info.max)
"""An interval over two blocks may be absurdly wide, and honest."""
POSITIVE = Meta(ge=SHORTEST, le=sys.float_info.max)
SHARE = Meta(ge=0, le=1)
DIFFERENCE = Meta(ge=-1, le=1)
RATIO = Meta(gt=0, le=sys.float_info.max)

USUAL: Mapping[type, Meta] = {int: COUNT, float: AMOUNT}
"""What every number of a run fulfils, unless it says otherwise below."""
LIMITS: Mapping[str, Meta] = {
    "Run.seed": SEED,
    "RunFigures.seed": SEED,
    "Workload.seed": SEED,
    "Workload.cores_busy": Meta(ge=1, le=MOST_CORES),
    "Settings.inner_threads": Meta(ge=1, le=LARGEST_INTEGER),
    "HostRecord.hash_seed": SEED,
    "Sample.wall": DURATION,
    "Sample.each": DURATION,
    "Sample.each_p99": DURATION,
    "Sample.stream": DURATION,
    "Trace.lanes": Meta(ge=1, le=MOST_TASKS),
    "Trace.tasks": Meta(ge=1, le=MOST_TASKS),
    "Interval.estimate": INFERRED,
    "Interval.low": INFERRED,
    "Interval.high": INFERRED,
    "Interval.confidence": Meta(gt=0, lt=1),
    "Shares.utilisation": SHARE,
    "Shares.dispatch": SHARE,
    "Comparison.more_seconds": INFERRED,
    "Change.more_seconds": INFERRED,
    "Crossing.sizes": Meta(min_length=2),
    "Predicted.workers": Meta(ge=1, le=LARGEST_INTEGER),
    "Scaling.predictions": Meta(min_length=1),
    "Target.items": Meta(ge=1, le=LARGEST_INTEGER),
    "Target.cores": Meta(ge=1, le=LARGEST_INTEGER),
    "Way.cpu": INFERRED,
    "Way.memory": INFERRED,
    "Stretch.at": Meta(ge=1, le=LARGEST_INTEGER),
    "Saturation.workers": Meta(ge=1, le=LARGEST_INTEGER),
    "Saturation.rate": INFERRED,
    "WorkerMemory.each": INFERRED,
    "Costs.cores": Meta(ge=1, le=MOST_CORES),
    "Costs.stretch": Meta(ge=1, le=LONGEST),
    "TaskCosts.times": Meta(min_length=1),
    "TaskCosts.computing": SHARE,
    "TaskCosts.gil": SHARE,
    "TaskCosts.inner_threads": Meta(ge=1, le=LARGEST_INTEGER),
    "Knee.share": Meta(gt=0, le=1),
    "Program.command": Meta(min_length=1),
    "Program.status": SEED,
    "Trial.before": Meta(min_length=1),
    "Trial.after": Meta(min_length=1),
    "Trial.program_before": Meta(min_length=1),
    "Trial.program_after": Meta(min_length=1),
    "Program.wall": DURATION,
    "Program.cores": Meta(ge=1, le=MOST_CORES),
    "Region.lanes": Meta(ge=1, le=columns.MOST_TASKS),
    "Region.tasks": Meta(ge=0, le=columns.MOST_TASKS),
}
"""Of fields; a field that is missing here has the usual limits of its type."""
INTERVALS: Mapping[str, Mapping[str, Meta]] = {
    "Result.median": {"Interval.estimate": POSITIVE},
    "Comparison.ratio": dict.fromkeys(["Interval.estimate", "Interval.low", "Interval.high"], RATIO),
    "Change.ratio": dict.fromkeys(["Interval.estimate", "Interval.low", "Interval.high"], RATIO),
    "Change.difference": dict.fromkeys(["Interval.estimate", "Interval.low", "Interval.high"], DIFFERENCE),
    "Scaling.single": {"Interval.estimate": POSITIVE},
    "Knee.level": {"Interval.estimate": POSITIVE},
    "Predicted.seconds": {"Interval.estimate": POSITIVE},
    "Predicted.ratio": {"Interval.estimate": POSITIVE},
    "Way.wall": {"Interval.estimate": POSITIVE},
    "Stretch.since": {"Interval.estimate": Meta(ge=1, le=LARGEST_INTEGER)},
    "Stretch.factor": dict.fromkeys(["Interval.estimate", "Interval.low", "Interval.high"], RATIO),
}
"""Fields whose intervals have limits of their own."""


class Fault(NamedTuple):
    """What is wrong with a run, and where."""

    place: str
    """Such as `$.results[0].samples[1].wall`."""
    problem: str
    remedy: str = "restore it from a copy, or measure again"


def faults(run: Run) -> Iterator[Fault]:
    """What is wrong with a run whose types are right. Once a number is out of its limits, the rest is not checked."""
    try:
        msgspec.convert(run, limited(Run), from_attributes=True)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at ")
        yield Fault(place.strip("`") or "$", problem)
        return
    yield from _unknown_experiments(run)
    yield from _instants(run)
    yield from _work(run)
    yield from _samples(run)
    yield from _lost_updates(run)
    yield from _intervals(run, "$")
    yield from _crossings(run)
    yield from _stretches(run)
    yield from _traces(run)
    if run.program is not None:
        yield from (Fault(place, problem) for place, problem in program.problems(run.program))
    yield from (Fault(place, problem) for place, problem in program.problems_of_trials(run.trials))
    yield from _duplicates(run)
    yield from _references(run)


def unwritable_numbers(value: Any, place: str = "$") -> Iterator[Fault]:
    """The numbers that a JSON document can't carry, or not to every reader."""
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            yield Fault(place, "the number is too large")
    elif isinstance(value, float):
        if not isfinite(value):
            yield Fault(place, f"{value} is not a finite number")
    else:
        for where, inner in _inner(value):
            yield from unwritable_numbers(inner, place + where)


def _inner(value: Any) -> Iterator[tuple[str, Any]]:
    """What a dataclass or a list holds, and where."""
    if isinstance(value, list | tuple):
        yield from ((f"[{at}]", each) for at, each in enumerate(value))
    elif is_dataclass(value):
        yield from ((f".{each.name}", getattr(value, each.name)) for each in dataclasses.fields(value))


# Limits


@cache
def limited(model: type) -> type[msgspec.Struct]:
    """The counterpart of a dataclass whose fields have limits, for msgspec to compare what was read with."""
    return _with_limits(model, LIMITS, model.__name__)


def _with_limits(model: type, limits: Mapping[str, Meta], title: str) -> type[msgspec.Struct]:
    def within(type_: Any, name: str) -> Any:
        origin = get_origin(type_)
        own = limits.get(name)
        if origin in (Union, UnionType):
            return Union[tuple(each if each is NoneType else within(each, name) for each in get_args(type_))]  # noqa: UP007 - made of a tuple
        if origin in (list, tuple):
            inner, *rest = get_args(type_)
            arguments = (within(inner, name if own is None or own.min_length is None else ""), *rest)
            items: Any = GenericAlias(origin, arguments)
            return Annotated[items, own] if own is not None and own.min_length is not None else items
        if is_dataclass(type_):
            assert isinstance(type_, type)
            if name not in INTERVALS:
                return limited(type_)
            return _with_limits(type_, {**limits, **INTERVALS[name]}, f"{name}.{type_.__name__}")
        if type_ in USUAL:
            return Annotated[type_, own or USUAL[type_]]
        return type_

    hints = get_type_hints(model)
    made = [
        (each.name, within(hints[each.name], f"{model.__name__}.{each.name}"), _default(each))
        for each in dataclasses.fields(model)
    ]
    return msgspec.defstruct(title, made, kw_only=True, namespace={"__doc__": model.__doc__})


def _default(of: dataclasses.Field[Any]) -> Any:
    if of.default_factory is not dataclasses.MISSING:
        return msgspec.field(default_factory=of.default_factory)
    return msgspec.NODEFAULT if of.default is dataclasses.MISSING else of.default


# Agreement


def _instants(run: Run) -> Iterator[Fault]:
    try:
        datetime.fromisoformat(run.started)
    except ValueError:
        yield Fault("$.started", f"'{shortened(run.started)}' is not a date and time in ISO 8601")


def _unknown_experiments(run: Run) -> Iterator[Fault]:
    for at, result in enumerate(run.results):
        try:
            experiments.get(result.case.experiment)
        except UnknownName as error:
            remedy = "install the package that has this experiment"
            yield Fault(f"$.results[{at}].case.experiment", str(error), remedy)


def _work(run: Run) -> Iterator[Fault]:
    """Workloads whose tasks take longer, one after the other, than figures that can be added up."""
    for at, result in enumerate(run.results):
        workload = result.case.workload
        if workload.tasks * workload.task_time > LONGEST:
            place = f"$.results[{at}].case.workload.tasks"
            yield Fault(place, f"{workload.tasks} tasks of {workload.task_time} s take longer than any run can")


def _samples(run: Run) -> Iterator[Fault]:
    """Samples that lack what their case is compared by, or are there twice."""
    for at, result in enumerate(run.results):
        seen: set[tuple[int, int]] = set()
        for position, sample in enumerate(result.samples):
            place = f"$.results[{at}].samples[{position}]"
            if sample.each is None and result.case.metric == "each":
                yield Fault(f"{place}.each", f"it is missing, and {result.case.experiment} are compared by it")
            if (sample.block, sample.round) in seen:
                yield Fault(
                    f"{place}.round", f"block {sample.block}, round {sample.round} has a sample of this case already"
                )
            seen.add((sample.block, sample.round))


def _lost_updates(run: Run) -> Iterator[Fault]:
    for at, result in enumerate(run.results):
        updates = result.case.workload.tasks * (result.case.settings.workers or 1)
        for position, sample in enumerate(result.samples):
            if sample.lost is not None and sample.lost > updates:
                yield Fault(f"$.results[{at}].samples[{position}].lost", f"{sample.lost} is more than all {updates}")
    for at, outcome in enumerate(run.claims):
        if outcome.lost is not None and outcome.lost > (outcome.updates or 0):
            yield Fault(f"$.claims[{at}].lost", f"{outcome.lost} is more than all {outcome.updates or 0}")


def _intervals(value: Any, place: str) -> Iterator[Fault]:
    """Intervals that end before they begin, wherever they are."""
    if isinstance(value, Interval):
        if value.low is not None and value.high is not None and value.low > value.high:
            yield Fault(f"{place}.low", f"the interval begins at {value.low}, after it ends at {value.high}")
    elif isinstance(value, list | tuple):
        for at, each in enumerate(value):
            yield from _intervals(each, f"{place}[{at}]")
    elif value is not None:
        for name in _leading_to_intervals(value.__class__):
            yield from _intervals(getattr(value, name), f"{place}.{name}")


@cache
def _leading_to_intervals(model: type) -> tuple[str, ...]:
    """The fields of a dataclass that may hold an interval: the thousands of samples and sweeps hold none.

    >>> from concbench.model.result import Result, Sample
    >>> _leading_to_intervals(Result), _leading_to_intervals(Sample)
    (('median',), ())
    """
    hints = get_type_hints(model)
    return tuple(each.name for each in dataclasses.fields(model) if _may_hold_an_interval(hints[each.name]))


def _may_hold_an_interval(type_: Any) -> bool:
    if is_dataclass(type_):
        model: Any = type_
        return model is Interval or bool(_leading_to_intervals(model))
    return any(map(_may_hold_an_interval, get_args(type_)))


def _crossings(run: Run) -> Iterator[Fault]:
    for at, crossing in enumerate(run.crossings):
        place = f"$.crossings[{at}]"
        least = min(crossing.sizes)
        if least <= 0:  # crossings are found, and drawn, on a logarithmic scale
            yield Fault(f"{place}.sizes[{crossing.sizes.index(least)}]", f"{least} has no logarithm")
        elif crossing.faster in BOUNDED and crossing.size is None:
            yield Fault(f"{place}.size", f"it is missing, and one is faster than the other {BOUNDED[crossing.faster]}")
        elif crossing.faster not in BOUNDED and crossing.size is not None:
            yield Fault(f"{place}.size", f"there is one, and one is '{crossing.faster}' faster than the other")
        elif crossing.size is not None:
            yield from _beyond(crossing, crossing.size, f"{place}.size")


def _stretches(run: Run) -> Iterator[Fault]:
    """Numbers of items that don't follow each other, or are not about the job."""
    for at, found in enumerate(run.recommendations):
        place = f"$.recommendations[{at}]"
        since = [each.since.estimate for each in found.stretches]
        for number, (one, other) in enumerate(pairwise(since), 1):
            if other <= one:
                yield Fault(f"{place}.stretches[{number}].since", f"{other} items are not more than {one}")
        if found.target is None and (found.way is not None or found.stretches):
            yield Fault(f"{place}.target", "it is missing, and something is predicted of it")


def _beyond(crossing: Crossing, size: Interval, place: str) -> Iterator[Fault]:
    """What lies outside the sizes that were measured."""
    smallest, largest = min(crossing.sizes), max(crossing.sizes)
    for name, value in (("estimate", size.estimate), ("low", size.low), ("high", size.high)):
        if value is not None and not smallest <= value <= largest:
            yield Fault(f"{place}.{name}", f"{value} is not between the sizes {smallest} and {largest}")


def _traces(run: Run) -> Iterator[Fault]:
    for at, result in enumerate(run.results):
        if result.trace is None:
            continue
        place, trace = f"$.results[{at}].trace", result.trace
        if abs(trace.start + trace.run + trace.stop - trace.wall) > CLOCK:
            yield Fault(f"{place}.wall", f"the phases of the sample don't add up to {trace.wall}")
        try:
            spans = unpack(trace.spans, trace.tasks)
        except ValueError as error:
            yield Fault(f"{place}.spans", str(error))
            continue
        if min(spans.begins) * NANO < trace.start - CLOCK or max(spans.ends) * NANO > trace.start + trace.run + CLOCK:
            yield Fault(f"{place}.spans", "tasks can't run before they are submitted, nor after all have returned")


def _duplicates(run: Run) -> Iterator[Fault]:
    for what, word, names in (
        ("$.results[{}].case.id", "id", [result.case.id for result in run.results]),
        ("$.tables[{}].name", "name", [table.name for table in run.tables]),
    ):
        seen: set[str] = set()
        for at, name in enumerate(names):
            if name in seen:
                yield Fault(what.format(at), f"the {word} '{shortened(name)}' is taken twice")
            seen.add(name)


def _references(run: Run) -> Iterator[Fault]:
    """Places that name a table or a case which the run does not have."""
    tables, cases = {table.name for table in run.tables}, {result.case.id for result in run.results}
    places = [(f"$.results[{at}].case.group", result.case.table) for at, result in enumerate(run.results)]
    places += [(f"$.scalings[{at}].table", scaling.table) for at, scaling in enumerate(run.scalings)]
    places += [(f"$.knees[{at}].table", knee.table) for at, knee in enumerate(run.knees)]
    for place, name in places:
        if name not in tables:
            yield Fault(place, f"there is no table '{shortened(name)}'")
    for part in ("tables", "comparisons", "claims", "changes", "scalings", "advice", "recommendations", "knees"):
        for place, name in _named_cases(getattr(run, part), f"$.{part}"):
            if name not in cases:
                yield Fault(place, f"there is no case '{shortened(name)}'")


def _named_cases(value: Any, place: str, field: str = "") -> Iterator[tuple[str, str]]:
    """Each place that names a case, and the id it gives."""
    if isinstance(value, str):
        if field in NAMING_CASES:
            yield place, value
        return
    for where, inner in _inner(value):
        # A case that was left out of the run is a reason not to be measured.
        if not (isinstance(value, ClaimOutcome) and value.outcome == "not measured" and where == ".claim"):
            yield from _named_cases(inner, place + where, where[1:] if where.startswith(".") else field)
