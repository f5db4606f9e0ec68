"""Hypothesis strategies: runs whose samples and traces are any, and whose answers are concbench's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp
from random import Random

from hypothesis import strategies as st

from concbench.analysis.comparisons import summarised
from concbench.analysis.crossovers import crossovers
from concbench.analysis.ranking import fastest_of
from concbench.model.case import Case, Workload
from concbench.model.result import Result
from concbench.model.run import Claim, Recommendation, Run, Table
from concbench.session.advice import place
from concbench.strategies.strategy import strategies
from tests.builders import case, dealt, result, run, samples, trace_of

SUBJECTS = ("serial", "pool-map", "pool-imap", "executor-threads", "process", "asyncio-gather")
GROUP = "answered"


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
    results: list[Result] = []
    for subject in dict.fromkeys(["serial", *chosen] if draw(st.booleans()) or advising else chosen):
        for chunksize in draw(st.sampled_from([(None,), (1, 8), (None, 4)])) if subject.startswith("pool") else (None,):
            its = case(
                f"{GROUP}/{subject if chunksize is None else f'{subject} chunksize {chunksize}'}",
                workload=workload,
                workers=2 if "pool" in subject or "executor" in subject else None,
                chunksize=chunksize,
            )
            results.append(measured(its, each, noise, blocks, rounds, random, draw(st.booleans())))
    return answered(results, blocks, advising)


def measured(its: Case, each: float, noise: float, blocks: int, rounds: int, random: Random, traced: bool) -> Result:
    """Samples, and perhaps a trace, of tasks that take so long, give or take the noise."""
    tasks = its.workload.tasks
    lanes = strategies.get(its.subject).lanes(its.settings, tasks)
    size = its.settings.chunksize or (4 if its.subject == "pool-map" else 1)
    begin = random.choice([0.0, 0.001, 0.05]) if its.subject != "serial" else 0.0
    gap, slower = random.choice([0.0, 1e-4]), random.choice([1.0, 1.0, 0.7, 2.0])
    durations = [each * slower * exp(random.gauss(0, noise / 3)) for _ in range(tasks)]
    spans = dealt(durations, lanes, size, gap=gap, begin=begin)
    run = max(end for _, end, _ in spans) - begin / 2 + 1e-6
    trace = trace_of(spans, lanes, start=begin / 2, stop=begin / 3, run=run)
    taken = []
    for block in range(blocks):
        for number in range(random.randint(1, rounds)):
            late = exp(random.gauss(0, noise))
            phases = {name: getattr(trace, name) * late for name in ("start", "run", "stop")}
            wall = sum(phases.values())
            (sample,) = samples([[wall]], cpu=random.random(), **phases)
            taken.append(replace(sample, block=block, round=number))
    chunksize = size if its.subject.startswith("pool") else None
    found = result(its, trace=replace(trace, chunksize=chunksize) if traced else None)
    return replace(found, samples=tuple(taken))


def answered(results: Sequence[Result], blocks: int, advising: bool) -> Run:
    """The run of such results, with all that concbench itself says of them."""
    results = summarised(results, 2)
    first = results[0].case.id
    claims = [Claim(sentence="It helps.", case=r.case.id, verdict="faster", reference=first) for r in results[1:]]
    if not advising:
        return run(results, blocks=blocks, claims=claims, titles={GROUP: "Tasks"})
    best = fastest_of(results)
    assert best is not None
    compared = [each.case.id for each in results if each is not best]
    found = run(
        results,
        tables=[Table(name=GROUP, title="Tasks", reference=best.case.id)],
        blocks=blocks,
        claims=claims,
        recommendations=[Recommendation(case=best.case.id, compared=compared, equal=[])],
    )
    return replace(found, results=sorted(found.results, key=lambda each: place(each, found)))


@st.composite
def swept_runs(draw: st.DrawFn) -> Run:
    """A run over the length of a task: two subjects, of which either may be the faster one anywhere."""
    random = Random(draw(st.integers(0, 2**32)))
    blocks, noise = draw(st.integers(1, 6)), draw(st.sampled_from([0.001, 0.05, 0.5]))
    lengths = [1e-4 * 10**power for power in range(draw(st.integers(2, 4)))]
    results = []
    for length in lengths:
        for subject in ("serial", "pool-map"):
            its = case(
                f"{GROUP}/{subject}",
                workload="sleep",
                tasks=10,
                along={"task_time": length},
                workers=None if subject == "serial" else 2,
            )
            results.append(measured(its, length * draw(st.floats(0.2, 5)), noise, blocks, 2, random, traced=False))
    found = replace(answered(results, blocks, advising=False), axes=["task_time"])
    return replace(found, crossings=crossovers([], found))
