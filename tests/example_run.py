"""A small run with something of everything, for tests that need a document to work on."""

from __future__ import annotations

from concbench.experiments.spans import Spans, pack
from concbench.model import (
    SCHEMA,
    Case,
    Claim,
    ClaimOutcome,
    Comparison,
    Environment,
    Failure,
    HostRecord,
    Interval,
    Part,
    Run,
    Sample,
    Settings,
    Sweep,
    Trace,
    Watch,
    Workload,
)

MIB = 1024 * 1024


def example_run() -> Run:
    """A pool and one process per task, both measured, and an engine that is not installed."""
    workload = Workload(name="cpu", tasks=100, task_time=0.001, loops=20_000, seed=7)
    comparison = Comparison(
        case="short/pool-map",
        reference="short/process",
        ratio=Interval(estimate=0.198, low=0.191, high=0.206, confidence=0.95, blocks=4),
        verdict="faster",
        margin=0.03,
    )
    return Run(
        schema=SCHEMA,
        concbench="0.1.0",
        command=["concbench", "run", "pool-vs-process", "--workers", "2"],
        suite="pool-vs-process",
        question="Is a pool worth it, or is one process per task good enough?",
        started="2026-11-23T04:55:00+00:00",
        seconds=31.4,
        seed=20261123,
        blocks=4,
        duty=0.82,
        complete=True,
        environment=_environment(),
        parts=[Part(name="short", title="100 CPU tasks of 1 ms on 2 workers", reference="short/process")],
        cases=[
            Case(
                id="short/process",
                part="short",
                subject="process",
                workload=workload,
                settings=Settings(workers=2, limit=2),
                samples=_samples(start=0.0, run=0.412, stop=0.001, cpu=0.47),
                ideal=0.05,
                median=Interval(estimate=0.413, low=0.405, high=0.421, confidence=0.95, blocks=4),
                hosts=_hosts(),
            ),
            Case(
                id="short/pool-map",
                part="short",
                subject="pool-map",
                workload=workload,
                settings=Settings(workers=2, chunksize=13, start_method="fork"),
                samples=_samples(start=0.012, run=0.058, stop=0.011, cpu=0.14),
                watch=_watch(),
                trace=_trace(),
                ideal=0.05,
                median=Interval(estimate=0.0818, low=0.0801, high=0.0834, confidence=0.95, blocks=4),
                hosts=_hosts(),
            ),
            Case(
                id="short/ray",
                part="short",
                subject="ray",
                workload=workload,
                settings=Settings(workers=2),
                error=Failure(kind="unavailable", message="ray is not installed; try: pip install 'concbench[ray]'"),
            ),
        ],
        comparisons=[comparison],
        claims=[
            ClaimOutcome(
                claim=Claim(
                    sentence="a pool beats one process per task on short CPU tasks",
                    case="short/pool-map",
                    verdict="faster",
                    reference="short/process",
                ),
                outcome="confirmed",
                comparison=comparison,
            )
        ],
        warnings=["the load was 1.3 when the run began: close what else is running"],
    )


def _environment() -> Environment:
    return Environment(
        cpu_model="Example CPU @ 2.40 GHz",
        logical_cores=4,
        usable_cores=2,
        affinity=[0, 1],
        cgroup_cpus=2.0,
        cgroup_memory=4096 * MIB,
        memory=8192 * MIB,
        load_start=1.3,
        load_end=2.1,
        governor=None,
        os="Linux 6.12",
        python="3.13.5",
        implementation="CPython",
        build="GCC 14.2.0",
        gil=True,
        start_method="fork",
        versions={"concbench": "0.1.0", "psutil": "7.0.0"},
        git_revision="0123abc+",
    )


def _samples(*, start: float, run: float, stop: float, cpu: float) -> list[Sample]:
    """Two rounds in each of four blocks, that scatter by some per cent."""
    return [
        Sample(
            block=block,
            round=round_,
            start=start * factor,
            run=run * factor,
            stop=stop * factor,
            wall=(start + run + stop) * factor,
            cpu=cpu * factor,
        )
        for block in range(4)
        for round_ in range(2)
        for factor in [1 + 0.016 * (block - 1.5) + 0.05 * (round_ - 0.5)]
    ]


def _hosts() -> list[HostRecord]:
    return [HostRecord(block=block, hash_seed=1000 + block, padding=160 * block) for block in range(4)]


def _watch() -> Watch:
    return Watch(
        seconds=0.5,
        samples=6,
        sweeps=3,
        peak_pss=31 * MIB,
        peak_uss=18 * MIB,
        peak_rss=58 * MIB,
        base_pss=14 * MIB,
        peak_processes=3,
        peak_threads=6,
        cpu_percent=171.0,
        voluntary_switches=1240,
        involuntary_switches=87,
        series=[
            Sweep(at=0.0, processes=1, threads=1, cpu=0.05, rss=21 * MIB, pss=None),
            Sweep(at=0.2, processes=3, threads=6, cpu=0.38, rss=58 * MIB, pss=31 * MIB),
            Sweep(at=0.4, processes=3, threads=6, cpu=0.72, rss=57 * MIB, pss=31 * MIB),
        ],
    )


def _trace() -> Trace:
    """A hundred tasks of 1.05 ms in chunks of 13: two workers take them in turns, from 1 ms after the submit on."""
    begins, workers = [], []
    free = [13_000_000, 13_000_000]
    for task in range(100):
        worker = task // 13 % 2
        begins.append(free[worker])
        workers.append(worker)
        free[worker] += 1_050_000
    return Trace(
        start=0.012,
        run=0.058,
        stop=0.011,
        wall=0.081,
        samples=6,
        lanes=2,
        chunksize=13,
        gil=True,
        cost=7e-7,
        argument_bytes=5.0,
        result_bytes=5.0,
        tasks=100,
        spans=pack(Spans(begins, [begin + 1_050_000 for begin in begins], workers)),
    )
