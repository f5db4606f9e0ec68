"""Hypothesis strategies: any run whose numbers and references are sound, and any JSON value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from concbench.model.case import AxisName, Case, Settings, Workload
from concbench.model.costs import Costs, TaskCosts
from concbench.model.program import Call, Process, Program, Trial
from concbench.model.result import HostRecord, Interval, Result, Sample, Shares
from concbench.model.run import (
    SCHEMA,
    Change,
    Claim,
    ClaimOutcome,
    Comparison,
    Crossing,
    Knee,
    Predicted,
    Recommendation,
    Run,
    Saturation,
    Scaling,
    Stretch,
    Table,
    Target,
    Way,
)
from concbench.runs.checking import LARGEST_INTEGER, LONGEST, MOST_CORES, SHORTEST
from tests.recorded import regions

text = st.text(max_size=20)
seeds = st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
counts = st.integers(0, LARGEST_INTEGER)
amounts = st.floats(0, LONGEST)
positive = st.floats(0, exclude_min=True, allow_infinity=False)
durations = st.floats(SHORTEST, LONGEST)
experiments = st.sampled_from(["tasks", "messages", "counters", "turns", "startups", "load"])
nothing = st.none()
inner_threads = nothing | st.integers(1, LARGEST_INTEGER)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value, or None where it is unknown."""
    return nothing | strategy


def anything(of: type, **own: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Any object of a class of the model: each field has any value of its type, or one of its own strategy."""
    hints = get_type_hints(of)
    names = [each.name for each in fields(of) if each.init]
    return st.builds(of, **{name: own[name] if name in own else any_value(hints[name]) for name in names})


@cache
def any_value(of: Any) -> st.SearchStrategy[Any]:
    origin, inner = get_origin(of), get_args(of)
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in (Union, UnionType):
        return st.one_of(*map(any_value, inner))
    if origin is tuple and inner[-1] is not Ellipsis:
        return st.tuples(*map(any_value, inner))
    if origin in (list, tuple):
        return st.lists(any_value(inner[0]), max_size=3).map(origin)
    if origin in (dict, Mapping):
        return st.dictionaries(*map(any_value, inner), max_size=2)
    known = {int: counts, float: amounts, str: text, bool: st.booleans(), NoneType: nothing, Interval: intervals()}
    return known[of] if of in known else anything(of)


@st.composite
def intervals(
    draw: st.DrawFn, estimates: st.SearchStrategy[float] = positive, ends: st.SearchStrategy[float] = positive
) -> Interval:
    low, high = sorted([draw(ends), draw(ends)])
    known = draw(st.booleans())
    return Interval(
        estimate=draw(estimates),
        low=low if known else None,
        high=high if known else None,
        confidence=draw(st.floats(0, 1, exclude_min=True, exclude_max=True)),
        blocks=draw(counts),
    )


def of_a_time(workload: Workload) -> Workload:
    """The workload with tasks that don't take longer than any figure is, one after the other."""
    return replace(workload, task_time=min(workload.task_time, 0.999 * LONGEST / max(1, workload.tasks)))


built_in = dict.fromkeys(("items", "expect", "init", "total", "busy", "cores_busy"), nothing)
workloads = anything(Workload, seed=seeds, **built_in).map(of_a_time)
settings = anything(Settings, cores=nothing, inner_threads=inner_threads)


@st.composite
def crossings(draw: st.DrawFn) -> Crossing:
    """Any answer to from which size on one is faster, with a size only where there is one."""
    sizes = draw(st.lists(st.integers(1, 2**50) | st.floats(1e-9, 1e6), min_size=2, max_size=4))
    faster = draw(st.sampled_from(["from", "up to", "always", "never", "undecided"]))
    within = st.floats(min(sizes), max(sizes))
    size = draw(intervals(within, within)) if faster in ("from", "up to") else None
    found: Crossing = draw(anything(Crossing, sizes=st.just(sizes), faster=st.just(faster), size=st.just(size)))
    return found


@st.composite
def outcomes(draw: st.DrawFn, any_case: st.SearchStrategy[str], comparisons: Any) -> ClaimOutcome:
    """Any outcome of a claim; where updates were counted, not more than all of them were lost."""
    lost, updates = sorted([draw(counts), draw(counts)]) if draw(st.booleans()) else (None, None)
    claim = anything(Claim, case=any_case, reference=any_case)
    found: ClaimOutcome = draw(
        anything(ClaimOutcome, claim=claim, comparison=maybe(comparisons), lost=st.just(lost), updates=st.just(updates))
    )
    return found


@st.composite
def any_results(draw: st.DrawFn) -> Result:
    """Any result of any case, along any axes."""
    experiment, workload, taken = draw(experiments), draw(workloads), draw(settings)
    updates = min(workload.tasks * (taken.workers or 1), LARGEST_INTEGER)
    samples = anything(
        Sample,
        wall=durations,
        each=maybe(durations) if experiment == "tasks" else durations,
        each_p99=maybe(durations),
        stream=maybe(durations),
        lost=maybe(st.integers(0, updates)),
    )
    found: Result = draw(
        anything(
            Result,
            case=anything(
                Case,
                along=st.dictionaries(any_value(AxisName), maybe(counts), max_size=2),
                experiment=st.just(experiment),
                workload=st.just(workload),
                settings=st.just(taken),
            ),
            samples=st.lists(samples, max_size=3, unique_by=lambda sample: (sample.block, sample.round)).map(tuple),
            trace=nothing,
            shares=st.lists(
                anything(Shares, utilisation=maybe(st.floats(0, 1)), dispatch=maybe(st.floats(0, 1))), max_size=2
            ).map(tuple),
            median=maybe(intervals(durations)),
            hosts=st.lists(anything(HostRecord, hash_seed=seeds), max_size=2).map(tuple),
        )
    )
    return found


def any_way(any_case: st.SearchStrategy[str]) -> st.SearchStrategy[Way]:
    """Any way of running a job, measured or predicted."""
    return anything(Way, settings=settings, wall=intervals(durations), case=maybe(any_case))


@st.composite
def any_recommendation(draw: st.DrawFn, any_case: st.SearchStrategy[str]) -> Recommendation:
    """Any recommendation, about a job or not, for which turning points follow each other."""
    some_cases = st.lists(any_case, max_size=2)
    about_a_job: dict[str, Any] = {"target": nothing, "way": nothing, "others": st.just([]), "stretches": st.just([])}
    if draw(st.booleans()):
        since = sorted(draw(st.lists(st.integers(1, LARGEST_INTEGER // 2), max_size=3, unique=True)))
        way, at = any_way(any_case), st.integers(1, LARGEST_INTEGER)
        factor = maybe(intervals(durations, durations))
        turns = [
            anything(Stretch, since=intervals(st.just(float(each))), at=at, way=way, factor=factor) for each in since
        ]
        about_a_job = {
            "target": anything(Target, items=at, cores=at),
            "way": maybe(way),
            "others": st.lists(way, max_size=2),
            "stretches": st.tuples(*turns).map(list),
        }
    about_a_job["saturation"] = maybe(anything(Saturation, workers=st.integers(1, LARGEST_INTEGER)))
    found: Recommendation = draw(
        anything(Recommendation, case=any_case, compared=some_cases, equal=some_cases, **about_a_job)
    )
    return found


def costs() -> st.SearchStrategy[Costs]:
    """Any costs that a machine may have."""
    shares = st.floats(0, 1)
    tasks = anything(
        TaskCosts,
        inner_threads=inner_threads,
        workload=workloads,
        times=st.lists(amounts, min_size=1, max_size=3),
        computing=shares,
        gil=shares,
    )
    return anything(
        Costs,
        cores=st.integers(1, MOST_CORES),
        stretch=st.floats(1, LONGEST),
        tasks=st.lists(tasks, max_size=2),
    )


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Any program that was traced: regions that are nested in earlier ones or not, and any text."""
    found = []
    for at, region in enumerate(draw(st.lists(regions(), max_size=2))):
        found.append(
            replace(
                region,
                name=draw(text),
                file=draw(text),
                function=draw(text),
                pid=draw(counts),
                inside=draw(maybe(st.integers(0, at - 1))) if at else None,
                group=draw(st.booleans()),
                limit=draw(st.booleans()),
                start_method=draw(maybe(text)),
                workers=draw(maybe(counts)),
                calls=tuple(draw(st.lists(anything(Call), max_size=2))),
                items=tuple(draw(text) for _ in range(region.tasks)) if draw(st.booleans()) else (),
            )
        )
    ended: Program = draw(
        anything(
            Program,
            command=st.lists(text, min_size=1, max_size=3),
            status=seeds,
            wall=st.just(max([SHORTEST, *(region.closed for region in found)])),
            cores=st.integers(1, MOST_CORES),
            processes=st.lists(anything(Process), max_size=2),
            regions=st.just(found),
        )
    )
    return ended


@st.composite
def trials(draw: st.DrawFn) -> Trial:
    """Any setting that was tried: as many runs with it as without."""
    pairs = draw(st.integers(1, 2))
    times = st.lists(durations, min_size=pairs, max_size=pairs)
    found: Trial = draw(
        anything(Trial, value=st.integers(1, 9), before=times, after=times, program_before=times, program_after=times)
    )
    return found


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Any run that holds together: what it refers to is in it."""
    results = draw(st.lists(any_results(), min_size=1, max_size=3, unique_by=lambda result: result.case.id))
    tables = list(dict.fromkeys(result.case.table for result in results))
    any_case = st.sampled_from([result.case.id for result in results])
    comparisons = anything(Comparison, case=any_case, reference=any_case, more_seconds=maybe(positive))
    predictions = anything(
        Predicted,
        case=any_case,
        workers=st.integers(1, LARGEST_INTEGER),
        seconds=intervals(durations),
        ratio=intervals(durations),
    )
    scalings = anything(
        Scaling,
        table=st.sampled_from(tables),
        single=intervals(durations),
        predictions=st.lists(predictions, min_size=1, max_size=3),
    )
    changes = anything(
        Change,
        case=any_case,
        chance=maybe(st.floats(0, 1)),
        difference=maybe(intervals(st.floats(-1, 1), st.floats(-1, 1))),
        more_seconds=maybe(positive),
        left_out=st.just(""),
    )
    found: Run = draw(
        anything(
            Run,
            schema=st.just(SCHEMA),
            started=st.datetimes().map(lambda instant: f"{instant.isoformat()}+00:00"),
            seed=seeds,
            tables=st.tuples(*(anything(Table, name=st.just(name), reference=maybe(any_case)) for name in tables)).map(
                list
            ),
            results=st.just(results),
            comparisons=st.lists(comparisons, max_size=3),
            claims=st.lists(outcomes(any_case, comparisons), max_size=2),
            crossings=st.lists(crossings(), max_size=2),
            scalings=st.lists(scalings, max_size=2),
            costs=st.lists(costs(), max_size=2),
            advice=st.just([]),
            knees=st.lists(
                anything(
                    Knee,
                    table=st.sampled_from(tables),
                    case=maybe(any_case),
                    share=st.floats(0, 1, exclude_min=True),
                    level=maybe(intervals(durations)),
                ),
                max_size=2,
            ),
            changes=st.lists(changes, max_size=3),
            recommendations=st.lists(any_recommendation(any_case), max_size=2),
            program=maybe(programs()),
            trials=st.lists(trials(), max_size=1),
        )
    )
    return found


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),  # NaN and Infinity are written by some
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
