"""Hypothesis strategies: runs whose samples and traces are any, and whose answers are concbench's own."""

from __future__ import annotations

from dataclasses import replace
from math import exp
from random import Random

from hypothesis import strategies as st

from concbench.experiments.spans import NANO, pack
from concbench.model import Case, Claim, Crossing, Part, Recommendation, Run, Sample, Settings, Trace, Workload
from concbench.stats.crossing import crossing
from concbench.stats.intervals import log_ratios_by_block, pair_ratios
from concbench.stats.ranking import fastest_of
from concbench.strategies.strategy import strategies
from concbench.suites.advising import place
from concbench.suites.answering import comparisons, judged, summarise
from tests.example_run import example_run
from tests.traces import Task, dealt, spans_of

SUBJECTS = ("serial", "pool-map", "pool-imap", "executor-threads", "process", "asyncio-gather")
PART = "answered"


@st.composite
def answered_runs(draw: st.DrawFn) -> Run:
    """A run of a table, or one that advises: few blocks or many, quiet or noisy, with a serial pass late or not."""
    random = Random(draw(st.integers(0, 2**32)))
    own = draw(st.booleans())
    each = draw(st.floats(-5, -1).map(lambda power: 10.0**power))
    workload = Workload(
        name="mine.py:work" if own else draw(st.sampled_from(["cpu", "sleep"])),
        tasks=draw(st.integers(2, 60)),
        task_time=each * draw(st.sampled_from([1.0, 1.0, 0.5, 2.0])),  # found in another moment
        busy=draw(st.sampled_from([1.0, 0.5, 0.01])) if own else None,
    )
    advising = own and draw(st.booleans())
    blocks, rounds = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    noise = draw(st.sampled_from([0.001, 0.03, 0.3, 1.0]))
    chosen = draw(st.lists(st.sampled_from(SUBJECTS), min_size=2, max_size=5))
    cases: list[Case] = []
    for subject in dict.fromkeys(["serial", *chosen] if draw(st.booleans()) or advising else chosen):
        for chunksize in draw(st.sampled_from([(None,), (1, 8), (None, 4)])) if subject.startswith("pool") else (None,):
            name = subject if chunksize is None else f"{subject} chunksize {chunksize}"
            workers = 2 if "pool" in subject or "executor" in subject else None
            case = Case(
                id=f"{PART}/{name}",
                part=PART,
                subject=subject,
                workload=workload,
                settings=Settings(workers=workers, chunksize=chunksize),
            )
            fill(case, each, noise, blocks, rounds, random, draw(st.booleans()))
            cases.append(case)
    return answered(cases, blocks, advising)


def fill(case: Case, each: float, noise: float, blocks: int, rounds: int, random: Random, traced: bool) -> None:
    """Give a case samples, and perhaps a trace, of tasks that take so long, give or take the noise."""
    tasks = case.workload.tasks
    lanes = strategies.get(case.subject).lanes(case.settings, tasks)
    size = case.settings.chunksize or (4 if case.subject == "pool-map" else 1)
    begin = random.choice([0.0, 0.001, 0.05]) if case.subject != "serial" else 0.0
    gap, slower = random.choice([0.0, 1e-4]), random.choice([1.0, 1.0, 0.7, 2.0])
    trace = trace_of([each * slower * exp(random.gauss(0, noise / 3)) for _ in range(tasks)], lanes, size, begin, gap)
    for block in range(blocks):
        for number in range(random.randint(1, rounds)):
            late = exp(random.gauss(0, noise))
            phases = {name: getattr(trace, name) * late for name in ("start", "run", "stop")}
            wall = sum(phases.values())
            case.samples.append(Sample(block=block, round=number, wall=wall, cpu=wall * random.random(), **phases))
    if traced:
        case.trace = replace(trace, chunksize=size if case.subject.startswith("pool") else None)


def trace_of(durations: list[float], lanes: int, size: int, begin: float, gap: float) -> Trace:
    """A trace of tasks of these durations, handed out in chunks."""
    found: list[Task] = dealt(durations, lanes, size, gap=gap, begin=begin)
    spans = spans_of(found)
    run = max(spans.ends) * NANO - begin / 2 + 1e-6
    return Trace(
        start=begin / 2,
        run=run,
        stop=begin / 3,
        wall=begin / 2 + run + begin / 3,
        samples=1,
        lanes=lanes,
        chunksize=None,
        gil=True,
        cost=1e-6,
        argument_bytes=28.0,
        result_bytes=28.0,
        tasks=len(durations),
        spans=pack(spans),
    )


def answered(cases: list[Case], blocks: int, advising: bool) -> Run:
    """The run of such cases, with all that concbench itself says of them."""
    run = example_run()
    summarise(cases, run.environment.usable_cores)
    part = Part(name=PART, title="Tasks", reference=cases[0].id)
    if advising:
        best = fastest_of(cases)
        assert best is not None
        part = replace(part, reference=best.id)
        compared = [case.id for case in cases if case is not best]
        run.recommendations = [Recommendation(case=best.id, compared=compared, equal=[])]
    claims = [Claim(sentence="It helps.", case=case.id, verdict="faster", reference=cases[0].id) for case in cases[1:]]
    return replace(
        run,
        blocks=blocks,
        parts=[part],
        cases=in_order(cases, run, part, advising),
        comparisons=comparisons([part], cases, 1.0),
        claims=judged(claims, cases, 1.0),
        crossings=[],
    )


def in_order(cases: list[Case], run: Run, part: Part, advising: bool) -> list[Case]:
    """The cases as they stand in the table."""
    known = replace(run, parts=[part], cases=cases, comparisons=comparisons([part], cases, 1.0))
    return sorted(cases, key=lambda case: place(case, known)) if advising else cases


@st.composite
def swept_runs(draw: st.DrawFn) -> Run:
    """A run over the length of a task: two subjects, of which either may be the faster one anywhere."""
    random = Random(draw(st.integers(0, 2**32)))
    blocks, noise = draw(st.integers(1, 6)), draw(st.sampled_from([0.001, 0.05, 0.5]))
    lengths = [1e-4 * 10**power for power in range(draw(st.integers(2, 4)))]
    cases: list[Case] = []
    ratios: dict[float, dict[int, float]] = {}
    pairs: dict[float, list[float]] = {}
    for length in lengths:
        both = []
        for subject in ("serial", "pool-map"):
            case = Case(
                id=f"{PART}/{subject} {length:g}",
                part=PART,
                subject=subject,
                workload=Workload(name="sleep", tasks=10, task_time=length),
                settings=Settings(workers=None if subject == "serial" else 2),
            )
            fill(case, length * draw(st.floats(0.2, 5)), noise, blocks, 2, random, traced=False)
            both.append(case)
        ratios[length] = log_ratios_by_block(both[1].samples, both[0].samples)
        pairs[length] = pair_ratios(both[1].samples, both[0].samples)
        cases += both
    faster, size = crossing(ratios, pairs=pairs)
    found = Crossing(
        subject="pool-map", other="serial", sizes=list(lengths), faster=faster, size=size, axis="task_time"
    )
    run = answered(cases, blocks, advising=False)
    return replace(run, axes=["task_time"], crossings=[found])
