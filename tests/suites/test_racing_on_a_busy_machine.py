"""What a race promises however busy the machine is: nothing is recommended that serial is faster than.

Times are simulated, with no clock and no process: samples that are late by a factor, blocks in which others hold the
cores, and threads that get a larger share of the machine than serial does.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concbench.model import Case, Run, Sample, Workload
from concbench.report.advice import advised
from concbench.stats.intervals import median_interval, ratio_interval
from concbench.suites.advising import recommendation
from concbench.suites.candidates import Situation, Workers, kind_of
from concbench.suites.racing import Racing
from tests.example_run import example_run

COMPUTES = Situation(workload=Workload(name="a:b", tasks=64, task_time=0.02, busy=1.0), cores=2, version=(3, 13))
WAITS = replace(COMPUTES, workload=replace(COMPUTES.workload, busy=0.05))
BLOCKS = 12

Timed = tuple[float, float]
"""Wall and CPU time of a sample."""
Timing = Callable[[Case, random.Random], Timed]


def taking_turns(case: Case, draw: random.Random) -> Timed:
    """A machine whose cores others hold, and a function of pure Python: threads get a larger share of it by chance."""
    kind, late = kind_of(case.subject), exp(abs(draw.gauss(0, 0.6)))
    if draw.random() < 0.15:
        late *= 4
    wall, cpu = {"none": (2.0, 1.0), "threads": (1.7, 1.05), "processes": (1.9, 1.3)}[kind]
    return wall * late, cpu


def let_go(case: Case, draw: random.Random) -> Timed:
    """A function that computes without the GIL, as hashing does: two threads keep two cores busy."""
    wall, cpu = {"none": (1.0, 1.0), "threads": (0.55, 1.05), "processes": (0.9, 1.3)}[kind_of(case.subject)]
    return wall * exp(draw.gauss(0, 0.02)), cpu


def waiting(case: Case, draw: random.Random) -> Timed:
    """A function that waits: threads wait side by side."""
    wall, cpu = {"none": (1.0, 0.05), "threads": (0.05, 0.06), "processes": (0.3, 0.3)}[kind_of(case.subject)]
    return wall * exp(draw.gauss(0, 0.02)), cpu


def sampled(case: Case, block: int, number: int, timed: Timed) -> None:
    wall, cpu = timed
    case.samples.append(Sample(block=block, round=number, start=0, run=wall, stop=0, wall=wall, cpu=cpu))


def raced(situation: Situation, timing: Timing, seed: int, looked: Callable[[Racing], None] | None = None) -> Racing:
    """Race candidates; `looked` is called after every block, as if it were interrupted there."""
    draw, racing = random.Random(seed), Racing(situation)
    racing.begin()
    for block in range(BLOCKS):
        held = exp(draw.gauss(0, 0.3))
        for case in racing.wanted:
            for number in range(2):
                wall, cpu = timing(case, draw)
                sampled(case, block, number, (wall * held, cpu))
        racing.look((block + 1) / BLOCKS)
        if looked is not None:
            looked(racing)
        if racing.done:
            break
    return racing


def recommended(racing: Racing) -> Case:
    found = recommendation(racing)
    assert found is not None
    return next(case for case in racing.cases if case.id == found.case)


def serial_of(racing: Racing) -> Case:
    return next(case for case in racing.cases if case.subject == "serial")


def assert_not_slower_than_serial(racing: Racing) -> None:
    """By no estimate that a table, a sentence or the race itself has."""
    chosen, serial = recommended(racing), serial_of(racing)
    ratio = ratio_interval(chosen.samples, serial.samples)
    assert ratio is None or ratio.estimate <= 1
    assert median_interval(chosen.samples).estimate <= median_interval(serial.samples).estimate


@pytest.mark.parametrize("seed", range(30))
def test_threads_that_take_turns_with_one_gil_are_never_recommended_for_computing(seed: int) -> None:
    chosen = recommended(raced(COMPUTES, taking_turns, seed))
    assert kind_of(chosen.subject) in ("none", "processes")


@pytest.mark.parametrize("seed", range(20))
def test_what_is_recommended_was_not_slower_than_serial_however_busy_the_machine_is(seed: int) -> None:
    assert_not_slower_than_serial(raced(COMPUTES, taking_turns, seed))


@pytest.mark.parametrize("seed", range(10))
def test_nor_is_it_where_it_is_interrupted_after_any_block(seed: int) -> None:
    """The race itself goes on unchanged: what is recommended early is thrown away."""

    def interrupted(racing: Racing) -> None:
        copy = replace(racing, last=list(racing.last), equal=list(racing.equal))
        assert_not_slower_than_serial(copy)

    raced(COMPUTES, taking_turns, seed, interrupted)


@pytest.mark.parametrize(
    ("situation", "timing", "kind"),
    [
        (COMPUTES, let_go, "threads"),
        (WAITS, waiting, "threads"),
        (replace(COMPUTES, gil=False), let_go, "threads"),
    ],
)
def test_threads_that_gain_are_recommended_as_ever(situation: Situation, timing: Timing, kind: Workers) -> None:
    found = [kind_of(recommended(raced(situation, timing, seed)).subject) for seed in range(10)]
    assert found == [kind] * 10


def test_without_a_gil_threads_that_keep_one_core_busy_may_be_recommended() -> None:
    """What they gain is then no matter of chance: others may hold the second core."""
    timed: dict[str, Timed] = {"none": (1.0, 1.0), "threads": (0.7, 0.7), "processes": (1.3, 1.3)}
    found = recommended(raced(replace(COMPUTES, gil=False), lambda case, _: timed[kind_of(case.subject)], 0))
    assert kind_of(found.subject) == "threads"


def test_a_clear_gain_of_processes_is_still_recommended_on_a_busy_machine() -> None:
    def timing(case: Case, draw: random.Random) -> Timed:
        wall, cpu = taking_turns(case, draw)
        return (0.4 * wall, cpu) if kind_of(case.subject) == "processes" else (wall, cpu)

    found = [kind_of(recommended(raced(COMPUTES, timing, seed)).subject) for seed in range(20)]
    assert found.count("processes") >= 16


def test_threads_that_take_turns_do_not_put_out_of_the_race_what_gains() -> None:
    """By chance they are faster than processes, which are surely faster than serial."""
    timed: dict[str, Timed] = {"none": (1.0, 0.5), "threads": (0.75, 0.5), "processes": (0.85, 0.7)}

    def timing(case: Case, draw: random.Random) -> Timed:
        wall, cpu = timed[kind_of(case.subject)]
        return wall * exp(draw.gauss(0, 0.01)), cpu

    found = [kind_of(recommended(raced(COMPUTES, timing, seed)).subject) for seed in range(10)]
    assert found == ["processes"] * 10


@settings(max_examples=40)
@given(st.data())
def test_whatever_is_measured_nothing_slower_than_serial_is_recommended(data: st.DataObject) -> None:
    racing = Racing(COMPUTES)
    racing.begin()
    for block in range(data.draw(st.integers(1, 4))):
        for case in racing.wanted:
            for number in range(data.draw(st.integers(1, 2))):
                wall = exp(data.draw(st.floats(-2, 2)))
                sampled(case, block, number, (wall, wall * data.draw(st.floats(0, 2))))
        racing.look(data.draw(st.floats(0, 1.1)))
        assert_not_slower_than_serial(replace(racing, last=list(racing.last), equal=list(racing.equal)))
    chosen = recommended(racing)
    assert kind_of(chosen.subject) != "threads" or sum(sample.cpu or 0 for sample in chosen.samples) > sum(
        sample.wall for sample in chosen.samples
    )


def test_where_samples_say_otherwise_it_is_said_why_serial_is_recommended() -> None:
    timed: dict[str, Timed] = {"none": (1.0, 1.0), "threads": (0.6, 0.6), "processes": (1.3, 1.3)}

    def timing(case: Case, draw: random.Random) -> Timed:
        wall, cpu = timed[kind_of(case.subject)]
        return wall * exp(draw.gauss(0, 0.01)), cpu

    racing = raced(COMPUTES, timing, 1)
    found = recommendation(racing)
    assert found is not None
    for case in racing.cases:
        case.median = median_interval(case.samples)
    run: Run = example_run()
    run.cases, run.recommendations, run.comparisons, run.claims = racing.cases, [found], [], []
    run.parts = [replace(run.parts[0], name="advise", reference=found.case)]
    (said,) = advised(run)
    assert said.heading == "Recommended: serial"
    assert " workers 2 came out faster is not relied on: " in said.sentences[0]
    assert "Nothing that was tried is surely faster" not in said.sentences[0]
