"""What a race of candidates promises: the best of them, or one as good, with a budget, beside noise, and cheaply."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import exp

import pytest

from concbench.model import Case, Failure, Sample, Settings, Workload
from concbench.suites.candidates import Situation, kind_of
from concbench.suites.racing import PART, Racing, recommended_of

WORK = Workload(name="a:b", tasks=64, task_time=0.02, busy=1.0)
SITUATION = Situation(workload=WORK, cores=2, version=(3, 13))
HOSTS, SAMPLES = 0.016, 0.1
BLOCKS = 24
"""As many as a minute has of cases of some 100 ms."""

Seconds = Callable[[Case], float]


def raced(seconds: Seconds, seed: int = 0, blocks: int = BLOCKS, fails: str = "") -> tuple[Racing, int]:
    """Race candidates whose true times are known; returns the race, and how many samples were taken."""
    draw, racing, taken = random.Random(seed), Racing(SITUATION), 0
    racing.begin()
    for block in range(blocks):
        wanted = racing.wanted
        if not wanted:
            break
        for case in wanted:
            if case.subject == fails:
                case.error = Failure(kind="unpicklable", message="a lambda")
                case.samples.clear()
                continue
            host = draw.gauss(0, HOSTS)
            for number in range(2):
                wall = seconds(case) * exp(host + draw.gauss(0, SAMPLES))
                case.samples.append(Sample(block=block, round=number, start=0, run=wall, stop=0, wall=wall, cpu=None))
                taken += 1
        racing.look((block + 1) / blocks)
    return racing, taken


def computing(case: Case) -> float:
    """Two cores: processes take half as long, chunks of one a little longer, a late large chunk longer still."""
    if kind_of(case.subject) != "processes":
        return 1.28 if case.subject == "serial" else 1.4
    chunks = {1: 1.06, 8: 1.0, 32: 1.15}[case.settings.chunksize or 8]
    return 0.66 * chunks * (1.02 if case.subject == "pool-map" else 1.0)


def test_the_best_is_found_or_one_within_5_percent() -> None:
    found = [raced(computing, seed)[0].last[0] for seed in range(40)]
    assert sum(computing(case) <= 1.05 * 0.66 for case in found) >= 39


def test_where_all_kinds_are_alike_the_simplest_is_recommended() -> None:
    found = [raced(lambda case: 1.0, seed)[0].last[0].subject for seed in range(20)]
    assert found.count("serial") >= 10
    assert found.count("serial") + found.count("executor-threads") >= 15


def test_where_workers_only_cost_it_is_serial() -> None:
    racing, taken = raced(lambda case: 0.001 if case.subject == "serial" else 0.004)
    assert racing.last[0].subject == "serial"
    assert racing.done
    assert {case.subject for case in racing.cases} == {"serial", "executor-threads", "executor-processes"}
    assert taken < 2 * 4 * 10  # and long before the budget is used up


def test_where_it_is_serial_the_best_of_every_other_kind_is_looked_at_for_when_it_would_pay() -> None:
    racing, _ = raced(lambda case: {"serial": 1.0, "executor-threads": 1.1}.get(case.subject, 1.3))
    assert racing.last[0].subject == "serial"
    assert racing.last[1].subject == "executor-threads"
    assert [kind_of(case.subject) for case in racing.last] == ["none", "threads", "processes"]


def test_variants_join_of_those_kinds_only_that_are_in_front() -> None:
    racing, _ = raced(computing)
    tried = {(case.subject, case.settings.chunksize) for case in racing.cases}
    assert ("pool-map", 32) in tried
    assert not any(subject == "threadpool-map" for subject, _ in tried)


def test_the_last_look_is_at_the_best_at_the_best_of_another_kind_and_at_serial() -> None:
    racing, _ = raced(lambda case: 0.9 if case.subject == "executor-threads" else computing(case))
    assert kind_of(racing.last[0].subject) == "processes"
    assert [case.subject for case in racing.last[1:]] == ["executor-threads", "serial"]


def test_what_takes_many_times_as_long_is_sampled_once_more_and_no_longer() -> None:
    racing, _ = raced(lambda case: 10.0 if case.subject == "serial" else computing(case))
    serial = next(case for case in racing.cases if case.subject == "serial")
    assert serial in racing.last
    blocks = {sample.block for sample in serial.samples}
    assert len(blocks) == 2  # the first of all, and the first of the last look
    assert max(blocks) > 1


def test_who_was_chosen_on_one_late_sample_is_not_recommended_after_the_last_look() -> None:
    racing = Racing(SITUATION)
    racing.begin()

    def measure(block: int, late: float) -> None:
        for case in racing.wanted:
            wall = late if case.subject == "executor-threads" else {"serial": 0.08}.get(case.subject, 0.3)
            case.samples.append(Sample(block=block, round=0, start=0, run=wall, stop=0, wall=wall, cpu=None))

    measure(0, late=0.1)
    racing.look(1.0)  # there was time for one block only, and one is due in any case
    assert racing.last[0].subject == "serial"
    measure(1, late=0.01)
    racing.look(1.1)
    assert racing.last[0].subject == "executor-threads"
    assert racing.done


@pytest.mark.parametrize(
    ("pool", "named"), [(1.0, "executor-processes"), (0.96, "pool-map"), (1.04, "executor-processes")]
)
def test_of_one_kind_of_workers_the_fastest_and_the_usual_where_it_surely_takes_as_long(
    pool: float, named: str
) -> None:
    draw, walls = random.Random(5), {"executor-processes": 1.0, "pool-map": pool, "executor-interpreters": 0.95}
    cases = [
        Case(
            id=name, part=PART, subject=name, workload=WORK, settings=Settings(workers=2), samples=of_blocks(wall, draw)
        )
        for name, wall in walls.items()
    ]
    chosen = recommended_of(cases)
    assert chosen is not None
    assert chosen.subject == named


def of_blocks(wall: float, draw: random.Random) -> list[Sample]:
    walls = [wall * exp(draw.gauss(0, 0.001)) for _ in range(8)]
    return [
        Sample(block=block, round=0, start=0, run=wall, stop=0, wall=wall, cpu=None) for block, wall in enumerate(walls)
    ]


def test_a_candidate_that_fails_is_out_of_the_race() -> None:
    racing, _ = raced(computing, fails="executor-processes")
    assert racing.last[0].subject != "executor-processes"
    assert not racing.wanted or all(case.error is None for case in racing.wanted)


def test_where_everything_fails_it_ends_without_a_recommendation() -> None:
    racing = Racing(SITUATION)
    for case in racing.begin():
        case.error = Failure(kind="raised", message="no")
    racing.look(0.1)
    assert racing.done
    assert racing.wanted == []
    assert racing.last == []
