"""Hypothesis strategies: any run whose numbers and references are sound, and any JSON value."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from concbench.model import (
    SCHEMA,
    Case,
    Claim,
    ClaimOutcome,
    Comparison,
    Environment,
    HostRecord,
    Interval,
    Part,
    Run,
    Sample,
    Settings,
    Sweep,
    Watch,
    Workload,
)
from concbench.runs.checking import LARGEST_INTEGER, LONGEST

unhurried = hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For tests on a machine that may be busy with something else."""

text = st.text(max_size=20)
seeds = st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
counts = st.integers(0, LARGEST_INTEGER)
amounts = st.floats(0, LONGEST)
positive = st.floats(0, exclude_min=True, allow_infinity=False)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value, or None where the system does not tell."""
    return st.none() | strategy


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    low, high = sorted([draw(positive), draw(positive)])
    known = draw(st.booleans())
    return Interval(
        estimate=draw(positive),
        low=low if known else None,
        high=high if known else None,
        confidence=draw(st.floats(0, 1, exclude_min=True, exclude_max=True)),
        blocks=draw(counts),
    )


workloads = st.builds(
    Workload,
    name=text,
    tasks=counts,
    task_time=amounts,
    loops=counts,
    payload=counts,
    memory=counts,
    seed=seeds,
)
settings = st.builds(
    Settings,
    workers=maybe(counts),
    chunksize=maybe(counts),
    start_method=maybe(text),
    maxtasksperchild=maybe(counts),
    limit=maybe(counts),
)
samples = st.builds(
    Sample,
    block=counts,
    round=counts,
    start=amounts,
    run=amounts,
    stop=amounts,
    wall=st.floats(0, LONGEST, exclude_min=True),
    cpu=maybe(amounts),
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
def runs(draw: st.DrawFn) -> Run:
    """Any run that holds together: what it refers to is in it."""
    parts = draw(st.lists(text, unique=True, min_size=1, max_size=3))
    cases = draw(st.lists(text, unique=True, min_size=1, max_size=3))
    any_case = st.sampled_from(cases)
    comparisons = st.builds(
        Comparison,
        case=any_case,
        reference=any_case,
        ratio=intervals(),
        margin=amounts,
        more_seconds=maybe(positive),
    )
    claims = st.builds(Claim, sentence=text, case=any_case, reference=any_case)
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
            claims=st.lists(st.builds(ClaimOutcome, claim=claims, comparison=maybe(comparisons)), max_size=2),
            warnings=st.lists(text, max_size=2),
        )
    )


def _cases(name: str, parts: list[str]) -> st.SearchStrategy[Case]:
    return st.builds(
        Case,
        id=st.just(name),
        part=st.sampled_from(parts),
        workload=workloads,
        settings=settings,
        samples=st.lists(samples, max_size=3),
        watch=maybe(watches),
        ideal=maybe(amounts),
        median=maybe(intervals()),
        hosts=st.lists(hosts, max_size=2),
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),  # NaN and Infinity are written by some
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
