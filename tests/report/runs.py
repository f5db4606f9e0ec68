"""Runs that reports are made of: of every experiment, over axes, with scaling laws, facts and advice; any figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from concbench.analysis.comparisons import summarised
from concbench.analysis.scaling import scalings
from concbench.model.case import AxisName, Settings, Workload
from concbench.model.result import Failure, Interval, Result
from concbench.model.run import Claim, ClaimOutcome, Comparison, Crossing, Fact, Recommendation, Run
from concbench.stats.scaling_laws import Law
from concbench.strategies.strategy import strategies
from tests.builders import MIB, case, interval, result, run, watch

durations = st.floats(-6, 3).map(lambda exponent: 10.0**exponent)
"""From 1 µs to 1000 s, all magnitudes alike."""
ratios = st.floats(-3, 4).map(lambda exponent: 10.0**exponent)
memories = st.floats(5, 11).map(lambda exponent: round(10.0**exponent))
"""Up to 100 GB."""
relative = st.floats(0, 20)
"""How far an interval reaches."""


@st.composite
def measured_runs(draw: st.DrawFn) -> Run:
    """A run of one table: any of the built-in strategies, with figures as some machine may give them."""
    workload = Workload(name="cpu", tasks=draw(st.integers(1, 10**6)), task_time=draw(durations))
    names = draw(st.lists(st.sampled_from(sorted(strategies.all())), min_size=2, max_size=4, unique=True))
    results = []
    for name in names:
        walls = draw(st.lists(st.lists(durations, min_size=1, max_size=2), min_size=2, max_size=2))
        seen = watch(peak_pss=draw(memories), peak_processes=draw(st.integers(1, 999)))
        of = case(f"short/{name}", workload=workload, workers=2)
        found = result(of, walls, cpu=draw(st.floats(0, 64)), watch=seen)
        results.append(replace(found, median=interval(draw(durations), draw(relative)), ideal=draw(durations)))
    if draw(st.booleans()):
        results.append(result(case("short/failed", workload=workload), failure="no " * 60))
    comparisons = [
        Comparison(
            case=each.case.id,
            reference=results[0].case.id,
            ratio=interval(draw(ratios), draw(relative)),
            verdict="undecided",
            margin=0.05,
        )
        for each in results[1:]
        if each.samples
    ]
    return run(results, comparisons=comparisons)


# Experiments other than tasks


def each_of(where: str, experiment: str, each: float, *, sample: dict[str, Any] | None = None, **values: Any) -> Result:
    """A result with two samples in each of four blocks, which all take 100 ms, and a watch."""
    of = case(where, experiment=experiment, workload=Workload(name=experiment, tasks=1), **values)
    phases = {"start": 0.01, "run": 0.08, "stop": 0.01, "wall": 0.1, **(sample or {})}
    found = result(of, [[each, each * 1.01]] * 4, cpu=0.15, sample=phases, watch=watch(peak_processes=2))
    return replace(found, median=interval(each))


def messages_run() -> Run:
    """Channels at two sizes, and one that this interpreter does not have."""

    def channel(where: str, each: float, p99: float | None, stream: float, tasks: int, payload: int) -> Result:
        sample = {"each_p99": p99, "stream": stream}
        return each_of(where, "messages", each, sample=sample, tasks=tasks, payload=payload)

    return run(
        [
            channel("16B/os-pipe", 12.3e-6, 45.6e-6, 2e-6, 300, 16),
            channel("16B/queue", 49.2e-6, 180e-6, 8e-6, 300, 16),
            channel("16B/manager-queue", 0.00123, 0.00246, 0.00041, 300, 16),
            result(
                case("16B/interpreter-queue", experiment="messages", workload="messages", payload=16),
                failure=Failure(kind="unavailable", message="it needs Python 3.14"),
            ),
            channel("1MiB/os-pipe", 0.002, None, 0.001, 8, 2**20),
            channel("1MiB/shared-memory", 0.0005, None, 0.00025, 8, 2**20),
        ],
        titles={"16B": "Small messages", "1MiB": "Larger messages"},
    )


def counters_run() -> Run:
    """Stores: some lose updates, one is local, one is guarded."""

    def store(where: str, each: float, lost: int, **values: Any) -> Result:
        return each_of(where, "counters", each, sample={"lost": lost}, tasks=10_000, workers=2, **values)

    return run(
        [
            store("processes/local", 50e-9, 0),
            store("processes/value", 500e-9, 5_000),
            store("processes/raw-value", 100e-9, 1),
            store("processes/value lock", 4e-6, 0, lock="lock"),
        ],
        titles={"processes": "A counter that processes share"},
    )


def turns_run() -> Run:
    """Primitives: a lock, and an event that only two can take turns on."""
    return run(
        [
            each_of("contended/lock", "turns", 2e-6, tasks=250, workers=4),
            each_of("contended/event", "turns", 40e-6, tasks=250, workers=2),
        ],
        titles={"contended": "Primitives, contended"},
    )


def startups_run() -> Run:
    """Workers: a thread, and processes of two start methods."""
    rows = [
        each_of("workers/thread", "startups", 80e-6, workers=4),
        each_of("workers/process fork", "startups", 0.0012, workers=4, start_method="fork"),
        each_of("workers/process spawn", "startups", 0.06, workers=4, start_method="spawn"),
    ]
    seen = (
        watch(peak_pss=14 * MIB + 80_000, peak_processes=2),
        watch(peak_pss=14 * MIB + 8_000_000, peak_processes=5),
        watch(base_pss=None, peak_processes=5),
    )
    return run(
        [replace(row, watch=each) for row, each in zip(rows, seen, strict=True)],
        titles={"workers": "One more worker, until it is ready"},
    )


EXPERIMENTS: tuple[Callable[[], Run], ...] = (messages_run, counters_run, turns_run, startups_run)


def crossings() -> list[Crossing]:
    """One of each answer."""
    sizes: list[int | float] = [16, 1024, 65536, 2**20]
    size = Interval(estimate=20_480.4, low=16_384.0, high=24_576.0, confidence=0.95, blocks=4)
    return [
        Crossing(subject="shared-memory", other="pipe", sizes=sizes, faster="from", size=size),
        Crossing(subject="pipe-bytes", other="pipe", sizes=sizes, faster="always"),
        Crossing(subject="queue", other="pipe", sizes=sizes, faster="never"),
        Crossing(subject="os-pipe", other="pipe", sizes=sizes, faster="undecided"),
    ]


def sharing_run() -> Run:
    """All of it in one document."""
    runs = [build() for build in EXPERIMENTS]
    losing = "processes/value"
    claim = Claim(sentence="A value loses updates.", case=losing, verdict="loses updates", reference=losing)
    return replace(
        runs[0],
        suite="sharing",
        tables=[table for each in runs for table in each.tables],
        results=[found for each in runs for found in each.results],
        comparisons=[comparison for each in runs for comparison in each.comparisons],
        claims=[ClaimOutcome(claim=claim, outcome="confirmed", comparison=None, lost=40_000, updates=160_000)],
        crossings=crossings(),
        facts=facts(),
    )


# Facts


def fact(name: str, observed: str = "EOFError", start_method: str | None = "fork", note: str = "") -> Fact:
    """An observation of a statement that expects EOFError."""
    return Fact(
        name=name,
        statement=f"The statement on {name} holds.",
        expected="EOFError",
        observed=observed,
        start_method=start_method,
        note=note,
    )


def facts() -> list[Fact]:
    """A statement that holds everywhere, one that does not depend on the start method, and two that differ."""
    note = "a forked child holds a copy"
    return [
        *(fact("closed", start_method=method) for method in ("fork", "spawn")),
        fact("threads", start_method=None),
        fact("waits", observed="still waiting", note=note),
        fact("waits", start_method="spawn", note=note),
        *(fact("cpus", observed="2", start_method=method) for method in ("fork", "spawn")),
    ]


def facts_run(*of: Fact) -> Run:
    """A run of facts only: nothing was timed."""
    return run([], blocks=0, duty=0.0, facts=list(of) or facts())


# Axes

NOISE = (0.0, 0.01, -0.01, 0.005)
"""What the blocks of a result differ by."""
CPU = Workload(name="cpu", tasks=8, task_time=0.001, loops=20_000)


def at(subject: str, wall: float | None, workload: Workload, experiment: str = "tasks", **settings: Any) -> Result:
    """A result with a sample in each of four blocks; a failure if there is no time."""
    words = " ".join([subject, *(f"{name} {value}" for name, value in settings.items())])
    table = f"{workload.name} {workload.task_time:g} {workload.payload} {workload.tasks}"
    of = case(f"{table}/{words}", experiment=experiment, workload=workload, settings=Settings(**settings))
    if wall is None:
        return result(of, failure="it did not work")
    sign = -1 if subject == "serial" else 1
    return result(of, [[wall * (1 + sign * noise)] for noise in NOISE])


def axes_run(results: list[Result], *axes: AxisName) -> Run:
    """A run along these axes, in which nothing is compared."""
    found = run(results, axes=list(axes), comparisons=[])
    return replace(found, tables=[replace(table, title="A table", reference=None) for table in found.tables])


def lengths_run() -> Run:
    """Three subjects at three lengths of a task: one is fastest at first, another at last, and one failed once."""
    walls: dict[float, tuple[float, float | None, float]] = {
        1e-5: (0.0001, 0.001, 0.01),
        1e-4: (0.001, None, 0.0102),
        1e-2: (0.08, 0.08, 0.05),
    }
    results = []
    for length, (serial, thread, pool) in walls.items():
        work = replace(CPU, task_time=length, loops=round(length * 2e7))
        results += [at("serial", serial, work), at("thread", thread, work), at("pool-map", pool, work, workers=2)]
    return axes_run(results, "task_time")


def chunks_run() -> Run:
    """A pool in chunks of 1 and 8 and as it would by itself, beside serial."""
    walls = {8: 0.009, None: 0.007, 1: 0.01}
    pools = [at("pool-map", wall, CPU, workers=2, chunksize=size) for size, wall in walls.items()]
    return axes_run([at("serial", 0.008, CPU), *pools], "chunksize")


# Scaling laws

COUNTS = (1, 2, 4, 8, 16, 32, 64)
LAW = Law(single=0.64, sigma=0.01, kappa=0.001)


def scaling_run(law: Law = LAW, counts: tuple[int, ...] = COUNTS, *, corner: int | None = None) -> Run:
    """A run whose times follow a law; or one that gains nothing beyond a number of workers."""
    workload = Workload(name="sleep", tasks=64, task_time=0.01)
    results = []
    for workers in counts:
        wall = law.seconds(min(workers, corner) if corner else workers)
        of = case("sleep/threadpool-map", workload=workload, along={"workers": workers})
        results.append(result(of, [[wall * scatter] for scatter in (0.99, 1.0, 1.01)]))
    results = summarised(results, cores=2)
    return run(results, titles={"sleep": "Tasks that sleep"}, comparisons=[], scalings=scalings(results, cores=2))


# Advice


def advised_run(*results: Result, equal: tuple[str, ...] = ()) -> Run:
    """A run that recommends its first result; the others were compared with it, or are as good."""
    compared = [each.case.id for each in results[1:] if each.case.label not in equal]
    recommendation = Recommendation(
        case=results[0].case.id, compared=compared, equal=[f"advise/{name}" for name in equal]
    )
    return run(results, suite="advise", recommendations=[recommendation], titles={"advise": "mine:square"})


WORK = Workload(name="mine:square", tasks=10, task_time=0.01, busy=1.0)
"""Ten tasks of 10 ms that only compute."""


def tried(row: str, wall: float, *, memory: int = 10**7, side: str | None = None, **settings: Any) -> Result:
    """A result of ten tasks of 10 ms that only compute."""
    of = case(f"advise/{row}", workload=WORK, side=side, **settings)
    return result(of, [[wall * jitter] for jitter in (0.99, 1.0, 1.01)], cpu=0.5, watch=watch(peak_pss=memory))
