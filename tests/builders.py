"""Cases, results and runs for tests: made of the few figures that a test is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from hypothesis import strategies as st

from concbench.analysis.comparisons import comparisons as compared
from concbench.analysis.comparisons import judged
from concbench.analysis.figures import SHARES
from concbench.experiments.trace import Spans, pack
from concbench.instruments.columns import from_rows
from concbench.instruments.columns import pack as packed_columns
from concbench.model.case import AxisName, Case, Metric, Settings, Value, Workload
from concbench.model.program import Call, Program, Region
from concbench.model.result import Failure, HostRecord, Interval, Peak, Result, Sample, Shares, Sweep, Trace, Watch
from concbench.model.run import (
    SCHEMA,
    Change,
    Claim,
    ClaimOutcome,
    Comparison,
    Environment,
    Gated,
    Run,
    Side,
    Table,
    Verdict,
)
from concbench.stats.intervals import median_interval

MIB = 1024 * 1024
HOSTILE = "\x1b[31mred\x1b[0m\nnew | line <script>alert(1)</script> \u202egnp.exe"
"""Text that must not reach a terminal, a table or a page as it is."""

Blocks = Sequence[Sequence[float | None]]
"""Seconds by block and round; None where a case has no sample."""
Task = tuple[float, float, int]
"""When it begins and ends, in seconds since the sample began, and the worker."""

OF_WORKLOAD = {field.name for field in fields(Workload)} - {"name"}
OF_SETTINGS = {field.name for field in fields(Settings)}


def case(
    where: str = "cpu/serial",
    *,
    subject: str | None = None,
    side: str | None = None,
    along: Mapping[AxisName, Value] | None = None,
    experiment: str = "tasks",
    workload: Workload | str = "cpu",
    settings: Settings | None = None,
    **values: Any,
) -> Case:
    """A case of a table and a row, as `cpu/pool-map`; the subject is the row's first word.

    Further values are fields of the settings or of the workload, and so are those along axes.
    """
    group, _, row = where.rpartition("/")
    if isinstance(workload, str):
        workload = Workload(name=workload, tasks=8)
    given = values | {str(name): value for name, value in (along or {}).items()}
    unknown = given.keys() - OF_WORKLOAD - OF_SETTINGS
    assert not unknown, f"no field of a workload or of settings: {unknown}"
    sizes: dict[str, Any] = {name: value for name, value in given.items() if name in OF_WORKLOAD}
    opened: dict[str, Any] = {name: value for name, value in given.items() if name in OF_SETTINGS}
    return Case(
        group=group,
        row=row,
        along=along or {},
        side=side,
        subject=subject or row.split(" ")[0],
        experiment=experiment,
        workload=replace(workload, **sizes),
        settings=replace(settings or Settings(), **opened),
    )


def samples(blocks: Blocks, metric: Metric = "wall", *, cpu: float | None = None, **more: Any) -> tuple[Sample, ...]:
    """A sample for every figure; `cpu` is in cores kept busy, and `more` are further fields of each sample."""
    found = []
    for block, rounds in enumerate(blocks):
        for number, figure in enumerate(rounds):
            if figure is not None:
                wall, each = (figure, None) if metric == "wall" else (1.0, figure)
                usual: dict[str, Any] = {
                    "start": 0.0,
                    "run": wall,
                    "stop": 0.0,
                    "wall": wall,
                    "cpu": None if cpu is None else cpu * wall,
                    "each": each,
                }
                found.append(Sample(block=block, round=number, **{**usual, **more}))
    return tuple(found)


def result(
    of: Case | str = "cpu/serial",
    walls: Blocks = (),
    *,
    cpu: float | None = None,
    failure: Failure | str | None = None,
    watch: Watch | None = None,
    trace: Trace | None = None,
    peaks: Mapping[int, int] | None = None,
    shares: Sequence[tuple[float | None, float | None]] = (),
    hosts: Sequence[HostRecord] = (),
    median: Interval | None = None,
    ideal: float | None = None,
    sample: Mapping[str, Any] | None = None,
    **values: Any,
) -> Result:
    """What was measured of a case, or of what `case` makes of a name and further values.

    `walls` are seconds by block and round of what the case is compared by; `sample` has further fields of each sample,
    `peaks` bytes by block, and `shares` the utilisation and the dispatch of each block. The median is that of the
    samples, if these take any time, unless it is given.
    """
    its = case(of, **values) if isinstance(of, str) else of
    found = samples(walls, its.metric, cpu=cpu, **(sample or {}))
    if isinstance(failure, str):
        failure = Failure(kind="raised", message=failure)
    if median is None and found and all(getattr(each, its.metric) > 0 for each in found):
        median = median_interval(found, metric=its.metric)
    return Result(
        case=its,
        samples=found,
        failure=failure,
        watch=watch,
        trace=trace,
        peaks=tuple(Peak(block=block, memory=memory) for block, memory in (peaks or {}).items()),
        shares=tuple(Shares(block=block, utilisation=own[0], dispatch=own[1]) for block, own in enumerate(shares)),
        hosts=tuple(hosts),
        median=median,
        ideal=ideal,
    )


def by_id(*results: Result) -> dict[str, Result]:
    """Results as schedules get them."""
    return {each.case.id: each for each in results}


def steady(middle: float, blocks: int = 4, rounds: int = 2, scatter: float = 0.01) -> list[list[float]]:
    """Seconds around a middle: blocks and rounds differ by some `scatter`, and alike for every case."""
    return [
        [middle * (1 + scatter * (block - (blocks - 1) / 2) + scatter * (number - (rounds - 1) / 2) / 2)
         for number in range(rounds)]
        for block in range(blocks)
    ]  # fmt: skip


def interval(estimate: float, reach: float = 0.05, blocks: int = 4) -> Interval:
    """An interval that reaches so far, as a factor, to both sides."""
    return Interval(
        estimate=estimate, low=estimate / (1 + reach), high=estimate * (1 + reach), confidence=0.95, blocks=blocks
    )


def run(
    results: Iterable[Result] = (),
    *,
    titles: Mapping[str, str] | None = None,
    tables: Sequence[Table] | None = None,
    comparisons: Sequence[Comparison] | None = None,
    claims: Sequence[Claim] = (),
    **more: Any,
) -> Run:
    """A run of some results. By default it has a table of each of their groups, in which all are compared with the
    first; titles are by table, and `more` are fields of the run."""
    results = list(results)
    if tables is None:
        firsts: dict[str, str] = {}
        for each in results:
            firsts.setdefault(each.case.table, each.case.id)
        tables = [
            Table(name=name, title=(titles or {}).get(name, name), reference=first) for name, first in firsts.items()
        ]
    usual: dict[str, Any] = {
        "schema": SCHEMA,
        "concbench": "0.1.0",
        "command": ["concbench", "compare", "cpu"],
        "suite": "compare-cpu",
        "question": "Which is fastest?",
        "started": "2026-11-23T04:55:00+00:00",
        "seconds": 31.4,
        "seed": 20261123,
        "blocks": 1 + max((sample.block for each in results for sample in each.samples), default=-1),
        "duty": 0.82,
        "complete": True,
        "environment": environment(),
        "tables": list(tables),
        "results": results,
        "comparisons": list(compared(tables, results, 1.0) if comparisons is None else comparisons),
        "claims": judged(claims, results, 1.0),
        "warnings": [],
    }
    return Run(**{**usual, **more})


def environment(**more: Any) -> Environment:
    """A machine of two usable cores."""
    usual: dict[str, Any] = {
        "cpu_model": "Example CPU @ 2.40 GHz",
        "logical_cores": 4,
        "usable_cores": 2,
        "affinity": [0, 1],
        "cgroup_cpus": 2.0,
        "cgroup_memory": 4096 * MIB,
        "memory": 8192 * MIB,
        "load_start": 1.3,
        "load_end": 2.1,
        "governor": None,
        "os": "Linux 6.12",
        "python": "3.13.5",
        "implementation": "CPython",
        "build": "GCC 14.2.0",
        "gil": True,
        "start_method": "fork",
        "versions": {"concbench": "0.1.0", "psutil": "7.0.0"},
        "git_revision": "0123abc+",
    }
    return Environment(**{**usual, **more})


def watch(**more: Any) -> Watch:
    """Three looks at a host with two workers."""
    usual: dict[str, Any] = {
        "seconds": 0.5,
        "samples": 6,
        "sweeps": 3,
        "peak_pss": 31 * MIB,
        "peak_uss": 18 * MIB,
        "peak_rss": 58 * MIB,
        "base_pss": 14 * MIB,
        "peak_processes": 3,
        "peak_threads": 6,
        "cpu_percent": 171.0,
        "voluntary_switches": 1240,
        "involuntary_switches": 87,
        "series": [
            Sweep(at=0.0, processes=1, threads=1, cpu=0.05, rss=21 * MIB, pss=None),
            Sweep(at=0.2, processes=3, threads=6, cpu=0.38, rss=58 * MIB, pss=31 * MIB),
            Sweep(at=0.4, processes=3, threads=6, cpu=0.72, rss=57 * MIB, pss=31 * MIB),
        ],
    }
    return Watch(**{**usual, **more})


def hosts(blocks: int = 4) -> list[HostRecord]:
    """What the hosts of a case were started with."""
    return [HostRecord(block=block, hash_seed=1000 + block, padding=160 * block) for block in range(blocks)]


# Traces


def spans_of(tasks: Sequence[Task]) -> Spans:
    """Spans in nanoseconds."""
    return Spans(
        [round(begin * 1e9) for begin, _, _ in tasks],
        [round(end * 1e9) for _, end, _ in tasks],
        [worker for _, _, worker in tasks],
    )


def trace_of(tasks: Sequence[Task], lanes: int, *, start: float = 0.0, stop: float = 0.0, **more: Any) -> Trace:
    """A trace whose caller has the results as soon as the last task ends, unless `run` says otherwise."""
    took = more.pop("run", max(end for _, end, _ in tasks) - start)
    usual: dict[str, Any] = {
        "samples": 1,
        "chunksize": None,
        "gil": True,
        "cost": 1e-6,
        "argument_bytes": 28.0,
        "result_bytes": 28.0,
        "wall": start + took + stop,
        "tasks": len(tasks),
        "spans": pack(spans_of(tasks)),
    }
    return Trace(start=start, run=took, stop=stop, lanes=lanes, **{**usual, **more})


def traced(
    where: str, trace: Trace, *, cpu: float = 0.0, ideal: float | None = None, workload: str = "sleep", **values: Any
) -> Result:
    """A result with a trace, and one sample of the same phases; `cpu` is in cores kept busy."""
    its = case(where, workload=workload, tasks=trace.tasks, **{"workers": trace.lanes, **values})
    phases = {"start": trace.start, "run": trace.run, "stop": trace.stop}
    if ideal is None:
        ideal = its.workload.task_time * trace.tasks / trace.lanes
    return result(its, [[trace.wall]], cpu=cpu, trace=trace, ideal=ideal, sample=phases)


def dealt(durations: Sequence[float], lanes: int, chunksize: int, gap: float = 0.0, begin: float = 0.0) -> list[Task]:
    """Tasks in chunks, each of which goes to the worker that is free first; `gap` passes before every chunk."""
    free = [begin] * lanes
    tasks: list[Task] = []
    for first in range(0, len(durations), chunksize):
        worker = free.index(min(free))
        free[worker] += gap
        for duration in durations[first : first + chunksize]:
            tasks.append((free[worker], free[worker] + duration, worker))
            free[worker] += duration
    return tasks


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """Any trace: workers that do their tasks one after the other, and some that have none."""
    start, stop, back = (draw(st.floats(0, 10)) for _ in range(3))
    tasks: list[Task] = []
    for worker in range(draw(st.integers(1, 6))):
        now = start
        for _ in range(draw(st.integers(1 if worker == 0 else 0, 5))):
            begin = now + draw(st.floats(0, 2))
            now = begin + draw(st.floats(0, 2))
            tasks.append((begin, now, worker))
    order = draw(st.permutations(tasks))
    over = max(end for _, end, _ in tasks)
    return trace_of(order, draw(st.integers(1, 8)), start=start, stop=stop, run=over - start + back)


# Gates

BASE = Side(name="base", revision="0123456789abcdef0123", python="3.13.5", about="HEAD~1")
HEAD = Side(name="head", revision="fedcba9876543210fedc+", python="3.14.0", about="the working tree")


def change(
    where: str = "thumbnails/pool-map", metric: Gated = "wall", verdict: Verdict = "same", **more: Any
) -> Change:
    """One figure of a gate: of 10 ms before, or 10 MB, or a share of a half, and a change that fits the verdict."""
    if metric in SHARES:
        return _share_change(where, metric, verdict, **more)
    unit = 1e6 if metric == "memory" else 1e-3
    estimate, reach = {"slower": (1.5, 0.05), "faster": (0.5, 0.05), "same": (1.01, 0.02), "undecided": (1.1, 0.2)}[
        verdict
    ]
    usual: dict[str, Any] = {
        "base": interval(10 * unit, 0.01),
        "head": interval(10 * unit * estimate, 0.01),
        "ratio": Interval(estimate=estimate, low=estimate - reach, high=estimate + reach, confidence=0.95, blocks=8),
        "margin": 0.05,
        "chance": 0.0001,
    }
    return Change(case=f"{where} head", metric=metric, verdict=verdict, **{**usual, **more})


def _share_change(where: str, metric: Gated, verdict: Verdict, **more: Any) -> Change:
    sign = SHARES[metric]
    points = sign * {"slower": 0.2, "faster": -0.2, "same": 0.01, "undecided": 0.06}[verdict]
    usual: dict[str, Any] = {
        "base": interval(0.5, 0.01),
        "head": interval(0.5 + points, 0.01),
        "ratio": None,
        "difference": Interval(estimate=points, low=points - 0.02, high=points + 0.02, confidence=0.95, blocks=8),
        "margin": 0.05,
        "chance": 0.0001,
    }
    return Change(case=f"{where} head", metric=metric, verdict=verdict, **{**usual, **more})


def not_measured(where: str = "thumbnails/pool-map", note: str = "base: SyntaxError: invalid syntax") -> Change:
    """A figure that could not be had."""
    return change(where, verdict="undecided", base=None, head=None, ratio=None, chance=None, note=note)


def gate_run(*changes: Change, complete: bool = True) -> Run:
    """A run of a gate that found these, of the cases that they name."""
    names = dict.fromkeys(each.case.removesuffix(" head") for each in changes)
    results = [result(name, steady(0.01), side=side) for name in names for side in ("base", "head")]
    tables = [Table(name=name, title=name, reference=None) for name in dict.fromkeys(r.case.table for r in results)]
    return run(
        results,
        tables=tables,
        comparisons=[],
        suite="check",
        question="Has it changed?",
        sides=[BASE, HEAD],
        changes=list(changes),
        complete=complete,
    )


# Whole runs


def example_run() -> Run:
    """A small run with something of everything: two measured strategies, and an engine that is not installed."""
    workload = Workload(name="cpu", tasks=100, task_time=0.001, loops=20_000, seed=7)
    comparison = Comparison(
        case="short/pool-map",
        reference="short/process",
        ratio=Interval(estimate=0.198, low=0.191, high=0.206, confidence=0.95, blocks=4),
        verdict="faster",
        margin=0.03,
    )
    claim = Claim(
        sentence="a pool beats one process per task on short CPU tasks",
        case="short/pool-map",
        verdict="faster",
        reference="short/process",
    )
    process = result(
        case("short/process", workload=workload, workers=2, limit=2),
        ideal=0.05,
        median=Interval(estimate=0.413, low=0.405, high=0.421, confidence=0.95, blocks=4),
        hosts=hosts(),
    )
    pool = result(
        case("short/pool-map", workload=workload, workers=2, chunksize=13, start_method="fork"),
        watch=watch(),
        trace=_pool_trace(),
        ideal=0.05,
        median=Interval(estimate=0.0818, low=0.0801, high=0.0834, confidence=0.95, blocks=4),
        hosts=hosts(),
    )
    ray = result(
        case("short/ray", workload=workload, workers=2),
        failure=Failure(kind="unavailable", message="ray is not installed; try: pip install 'concbench[ray]'"),
    )
    found = run(
        [
            replace(process, samples=_in_phases(start=0.0, run=0.412, stop=0.001, cpu=0.47)),
            replace(pool, samples=_in_phases(start=0.012, run=0.058, stop=0.011, cpu=0.14)),
            ray,
        ],
        command=["concbench", "run", "pool-vs-process", "--workers", "2"],
        suite="pool-vs-process",
        question="Is a pool worth it, or is one process per task good enough?",
        titles={"short": "100 CPU tasks of 1 ms on 2 workers"},
        comparisons=[comparison],
        blocks=4,
        warnings=["the load was 1.3 when the run began: close what else is running"],
    )
    return replace(found, claims=[ClaimOutcome(claim=claim, outcome="confirmed", comparison=comparison)])


def _in_phases(*, start: float, run: float, stop: float, cpu: float) -> tuple[Sample, ...]:
    """Two rounds in each of four blocks, that scatter by some per cent."""
    return tuple(
        Sample(
            block=block,
            round=number,
            start=start * factor,
            run=run * factor,
            stop=stop * factor,
            wall=(start + run + stop) * factor,
            cpu=cpu * factor,
        )
        for block in range(4)
        for number in range(2)
        for factor in [1 + 0.016 * (block - 1.5) + 0.05 * (number - 0.5)]
    )


def _pool_trace() -> Trace:
    """A hundred tasks of 1.05 ms in chunks of 13: two workers take them in turns, from 1 ms after the submit on."""
    free = [0.013, 0.013]
    tasks: list[Task] = []
    for number in range(100):
        worker = number // 13 % 2
        tasks.append((free[worker], free[worker] + 0.00105, worker))
        free[worker] += 0.00105
    return trace_of(
        tasks,
        lanes=2,
        start=0.012,
        run=0.058,
        stop=0.011,
        wall=0.081,
        samples=6,
        chunksize=13,
        cost=7e-7,
        argument_bytes=5.0,
        result_bytes=5.0,
    )


def failed_run() -> Run:
    """The example, with nothing that could be measured."""
    found = example_run()
    kinds = ("raised", "timeout", "unavailable")
    results = [
        Result(case=each.case, failure=Failure(kind=kind, message=f"case {number} did not work"))  # type: ignore[arg-type]  # it is one of them
        for number, (each, kind) in enumerate(zip(found.results, kinds, strict=True))
    ]
    claims = [replace(outcome, outcome="not measured", comparison=None) for outcome in found.claims]
    return replace(found, results=results, comparisons=[], claims=claims)


def hostile_run() -> Run:
    """The example, with text in every place that a file may fill with anything."""
    found = example_run()
    rows = [
        replace(each.case, group=f"table {HOSTILE}", row=f"row {number} {HOSTILE}", subject=f"{name} {HOSTILE}")
        for number, (each, name) in enumerate(zip(found.results, ("reference", "case", "failed"), strict=True))
    ]
    rows[1] = replace(rows[1], settings=replace(rows[1].settings, start_method=HOSTILE))
    results = [replace(each, case=row) for each, row in zip(found.results, rows, strict=True)]
    failure = Failure(kind="raised", message=f"message {HOSTILE}", traceback=f"traceback {HOSTILE}")
    results[2] = replace(results[2], failure=failure)
    first, second = rows[0].id, rows[1].id
    comparison = replace(found.comparisons[0], case=second, reference=first)
    claim = replace(found.claims[0].claim, sentence=f"claim {HOSTILE}", case=second, reference=first)
    words = ("cpu_model", "os", "python", "implementation", "governor", "git_revision")
    return replace(
        found,
        tables=[Table(name=rows[0].table, title=f"title {HOSTILE}", reference=first)],
        results=results,
        comparisons=[comparison],
        claims=[replace(found.claims[0], claim=claim, comparison=comparison)],
        warnings=[f"warning {HOSTILE}"],
        environment=environment(**dict.fromkeys(words, HOSTILE)),
    )


# Traced programs

Row = tuple[float, float, float, int]
"""When a task was submitted, began and ended, in seconds since the program started, and its worker."""


def region(
    rows: Sequence[Row],
    *,
    lanes: int = 2,
    opened: float = 0.0,
    closed: float | None = None,
    computing: float = 1.0,
    chunksize: int = 1,
    received: bool = True,
    argument: int = 100,
    moving: float = 0.0,
    calls: Sequence[Call] = (),
    **more: Any,
) -> Region:
    """A region of a traced program, by default a pool of processes whose tasks compute.

    `argument` are bytes, and `moving` seconds, of each chunk; results come back when their chunk has ended.
    """
    ns = 10**9
    rows = sorted(rows, key=lambda each: each[1])
    counted: dict[int, int] = {}
    chunks = []
    for _, _, _, worker in rows:  # each worker gets its tasks in chunks
        place = counted[worker] = counted.get(worker, -1) + 1
        chunks.append((worker, place // chunksize))
    numbers = {chunk: number for number, chunk in enumerate(dict.fromkeys(chunks))}
    over = {chunk: max(row[2] for row, own in zip(rows, chunks, strict=True) if own == chunk) for chunk in numbers}
    columns = [
        (
            round(submitted * ns),
            round(begin * ns),
            round(end * ns),
            round(over[chunk] * ns) if received else -1,
            round((end - begin) * computing * ns),
            argument,
            10,
            round(moving * ns),
            worker,
            numbers[chunk],
        )
        for (submitted, begin, end, worker), chunk in zip(rows, chunks, strict=True)
    ]
    last = max((row[2] for row in rows), default=opened)
    usual: dict[str, Any] = {
        "name": "ProcessPoolExecutor",
        "kind": "processes",
        "file": "/home/ann/job.py",
        "line": 41,
        "function": "main",
        "pid": 100,
        "workers": lanes,
        "start_method": "fork",
        "opened": opened,
        "ready": opened,
        "closing": None,
        "closed": last if closed is None else closed,
        "lanes": lanes,
        "calls": tuple(calls),
        "tasks": len(rows),
        "columns": packed_columns(from_rows(columns)),
    }
    return Region(**{**usual, **more})


def program(*regions: Region, wall: float | None = None, **more: Any) -> Program:
    """A traced program with some regions."""
    usual: dict[str, Any] = {
        "command": ["/usr/bin/python3", "/home/ann/job.py"],
        "folder": "/home/ann",
        "python": "3.13.5",
        "gil": True,
        "status": 0,
        "wall": max((each.closed for each in regions), default=1.0) if wall is None else wall,
        "cpu": 1.0,
        "cores": 2,
        "others": 0.0,
        "processes": [],
        "regions": list(regions),
    }
    return Program(**{**usual, **more})


def traced_run(*regions: Region, costs: Sequence[Any] = (), **more: Any) -> Run:
    """The run of a traced program."""
    return run(
        suite="trace",
        question="Where does the time go in job.py?",
        program=program(*regions, **more),
        costs=list(costs),
    )


def in_turn(lengths: Sequence[float], lanes: int, *, gap: float = 0.0, submitted: float = 0.0) -> list[Row]:
    """Tasks that workers take in their order, each after a gap."""
    free = [submitted] * lanes
    rows = []
    for length in lengths:
        worker = min(range(lanes), key=free.__getitem__)
        begin = free[worker] + gap
        free[worker] = begin + length
        rows.append((submitted, begin, begin + length, worker))
    return rows
