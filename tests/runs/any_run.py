"""Hypothesis strategies: any run whose numbers and references are sound, and any JSON value."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

from hypothesis import strategies as st

from concbench.model import (
    SCHEMA,
    AxisName,
    Case,
    Change,
    Claim,
    ClaimOutcome,
    Comparison,
    Crossing,
    Environment,
    Experiment,
    Fact,
    HostRecord,
    Interval,
    Part,
    Peak,
    Predicted,
    Recommendation,
    Run,
    Sample,
    Scaling,
    Settings,
    Side,
    Sweep,
    Watch,
    Workload,
)
from concbench.runs.checking import LARGEST_INTEGER, LONGEST, SHORTEST

text = st.text(max_size=20)
seeds = st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
counts = st.integers(0, LARGEST_INTEGER)
amounts = st.floats(0, LONGEST)
positive = st.floats(0, exclude_min=True, allow_infinity=False)
durations = st.floats(SHORTEST, LONGEST)
experiments: st.SearchStrategy[Experiment] = st.sampled_from(["tasks", "messages", "counters", "turns", "startups"])


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value, or None where the system does not tell."""
    return st.none() | strategy


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


workloads = st.builds(
    Workload,
    name=text,
    tasks=counts,
    task_time=amounts,
    loops=counts,
    payload=counts,
    memory=counts,
    seed=seeds,
    every=counts,
    coroutine=st.booleans(),
).map(of_a_time)
settings = st.builds(
    Settings,
    workers=maybe(counts),
    chunksize=maybe(counts),
    start_method=maybe(text),
    maxtasksperchild=maybe(counts),
    limit=maybe(counts),
    lock=maybe(text),
)


def samples(experiment: Experiment, updates: int) -> st.SearchStrategy[Sample]:
    """Any sample of an experiment, in which so many updates can be lost at most."""
    return st.builds(
        Sample,
        block=counts,
        round=counts,
        start=amounts,
        run=amounts,
        stop=amounts,
        wall=durations,
        cpu=maybe(amounts),
        each=maybe(durations) if experiment == "tasks" else durations,
        each_p99=maybe(durations),
        stream=maybe(durations),
        lost=maybe(st.integers(0, min(updates, LARGEST_INTEGER))),
    )


sweeps = st.builds(Sweep, at=amounts, processes=counts, threads=counts, cpu=amounts, rss=counts, pss=maybe(counts))
watches = st.builds(
    Watch,
    seconds=amounts,
    samples=counts,
    sweeps=counts,
    peak_pss=maybe(counts),
    peak_uss=maybe(counts),
    peak_rss=counts,
    base_pss=maybe(counts),
    peak_processes=counts,
    peak_threads=counts,
    cpu_percent=maybe(amounts),
    voluntary_switches=counts,
    involuntary_switches=counts,
    series=st.lists(sweeps, max_size=3),
)
hosts = st.builds(HostRecord, block=counts, hash_seed=seeds, padding=counts)
environments = st.builds(
    Environment,
    logical_cores=counts,
    usable_cores=counts,
    affinity=maybe(st.lists(counts, max_size=3)),
    cgroup_cpus=maybe(amounts),
    cgroup_memory=maybe(counts),
    memory=counts,
    load_start=maybe(amounts),
    load_end=maybe(amounts),
)


@st.composite
def crossings(draw: st.DrawFn) -> Crossing:
    """Any answer to from which size on one is faster, with a size only where there is one."""
    sizes = draw(st.lists(st.integers(1, 2**50) | st.floats(1e-9, 1e6), min_size=2, max_size=4))
    faster = draw(st.sampled_from(["from", "up to", "always", "never", "undecided"]))
    within = st.floats(min(sizes), max(sizes))
    size = draw(intervals(within, within)) if faster in ("from", "up to") else None
    return Crossing(
        subject=draw(text),
        other=draw(text),
        sizes=sizes,
        faster=faster,  # type: ignore[arg-type]  # it is one of them
        size=size,
        axis=draw(st.sampled_from(get_args(AxisName))),
        at=draw(text),
    )


def scalings(parts: list[str], any_case: st.SearchStrategy[str]) -> st.SearchStrategy[Scaling]:
    """Any law that is fitted to something."""
    predictions = st.builds(
        Predicted,
        case=any_case,
        workers=st.integers(1, LARGEST_INTEGER),
        seconds=intervals(durations),
        ratio=intervals(durations),
    )
    return st.builds(
        Scaling,
        part=st.sampled_from(parts),
        subject=text,
        single=intervals(durations),
        sigma=intervals(),
        kappa=maybe(intervals()),
        peak=maybe(intervals()),
        predictions=st.lists(predictions, min_size=1, max_size=3),
    )


facts = st.builds(Fact, name=text, statement=text, expected=text, observed=text, start_method=maybe(text), note=text)


@st.composite
def outcomes(draw: st.DrawFn, any_case: st.SearchStrategy[str], comparisons: Any) -> ClaimOutcome:
    """Any outcome of a claim; where updates were counted, not more than all of them were lost."""
    claim = draw(st.builds(Claim, sentence=text, case=any_case, reference=any_case))
    lost, updates = sorted([draw(counts), draw(counts)])
    counted = draw(st.booleans())
    return draw(
        st.builds(
            ClaimOutcome,
            claim=st.just(claim),
            comparison=maybe(comparisons),
            lost=st.just(lost if counted else None),
            updates=st.just(updates if counted else None),
        )
    )


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Any run that holds together: what it refers to is in it."""
    parts = draw(st.lists(text, unique=True, min_size=1, max_size=3))
    cases = draw(st.lists(text, unique=True, min_size=1, max_size=3))
    any_case = st.sampled_from(cases)
    changes = st.builds(
        Change,
        case=any_case,
        base=maybe(intervals()),
        head=maybe(intervals()),
        ratio=maybe(intervals()),
        margin=amounts,
        chance=maybe(st.floats(0, 1)),
        more_seconds=maybe(positive),
        note=text,
    )
    comparisons = st.builds(
        Comparison,
        case=any_case,
        reference=any_case,
        ratio=intervals(),
        margin=amounts,
        more_seconds=maybe(positive),
    )
    return draw(
        st.builds(
            Run,
            schema=st.just(SCHEMA),
            concbench=text,
            command=st.lists(text, max_size=3),
            suite=text,
            question=text,
            started=st.datetimes().map(lambda instant: f"{instant.isoformat()}+00:00"),
            seconds=amounts,
            seed=seeds,
            blocks=counts,
            duty=amounts,
            complete=st.booleans(),
            environment=environments,
            parts=st.tuples(*(st.builds(Part, name=st.just(name), reference=maybe(any_case)) for name in parts)).map(
                list
            ),
            cases=st.tuples(*(_cases(name, parts) for name in cases)).map(list),
            comparisons=st.lists(comparisons, max_size=3),
            claims=st.lists(outcomes(any_case, comparisons), max_size=2),
            warnings=st.lists(text, max_size=2),
            crossings=st.lists(crossings(), max_size=2),
            scalings=st.lists(scalings(parts, any_case), max_size=2),
            axes=st.lists(st.sampled_from(get_args(AxisName)), max_size=2),
            facts=st.lists(facts, max_size=3),
            sides=st.lists(st.builds(Side, name=text, revision=maybe(text), python=text, about=text), max_size=2),
            changes=st.lists(changes, max_size=3),
            recommendations=st.lists(
                st.builds(
                    Recommendation,
                    case=any_case,
                    compared=st.lists(any_case, max_size=2),
                    equal=st.lists(any_case, max_size=2),
                ),
                max_size=2,
            ),
        )
    )


@st.composite
def _cases(draw: st.DrawFn, name: str, parts: list[str]) -> Case:
    experiment = draw(experiments)
    workload, heeded = draw(workloads), draw(settings)
    updates = workload.tasks * (heeded.workers or 1)
    return draw(
        st.builds(
            Case,
            id=st.just(name),
            part=st.sampled_from(parts),
            experiment=st.just(experiment),
            workload=st.just(workload),
            settings=st.just(heeded),
            samples=st.lists(
                samples(experiment, updates), max_size=3, unique_by=lambda sample: (sample.block, sample.round)
            ),
            watch=maybe(watches),
            ideal=maybe(amounts),
            median=maybe(intervals(durations)),
            hosts=st.lists(hosts, max_size=2),
            side=maybe(text),
            peaks=st.lists(st.builds(Peak, block=counts, memory=counts), max_size=2),
        )
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),  # NaN and Infinity are written by some
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
