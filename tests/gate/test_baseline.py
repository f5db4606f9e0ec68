"""What comparing two saved runs promises: relative to a reference, with wider margins, and warned of what differs."""

from __future__ import annotations

import random
from dataclasses import replace
from math import exp

import pytest

from concbench.gate.baseline import (
    BETWEEN_RUNS,
    NoBaseline,
    against_baseline,
    check_baseline,
    comparable,
    compared_runs,
    differing,
    some,
)
from concbench.gate.casting import REFERENCE
from concbench.model import Case, Peak, Run, Sample, Settings, Workload
from concbench.stats.gate import Key
from tests.example_run import example_run

CASE = "work/pool-map head"


def case(name: str, seconds: float, seed: int, memory: int = 10**7) -> Case:
    """A case of 8 blocks of 6 samples, which scatter by 2 %."""
    draw = random.Random(seed)
    made = Case(
        id=name,
        part=name.partition("/")[0],
        subject="serial",
        workload=Workload(name="cpu", tasks=5, task_time=0.001),
        settings=Settings(),
        side="head",
    )
    for block in range(8):
        for number in range(6):
            wall = seconds * exp(draw.gauss(0, 0.02))
            made.samples.append(Sample(block=block, round=number, start=0.0, run=wall, stop=0.0, wall=wall, cpu=wall))
        made.peaks.append(Peak(block=block, memory=memory + draw.randrange(1000)))
    return made


def run(work: float, reference: float = 0.01, seed: int = 0, memory: int = 10**7) -> Run:
    """A run of one case and the reference cell."""
    cases = [case(CASE, work, seed, memory), case(REFERENCE, reference, seed + 1)]
    return replace(example_run(), cases=cases, parts=[], comparisons=[], claims=[])


WANTED = {Key(CASE, "wall"): 0.05, Key(CASE, "cpu"): 0.03, Key(CASE, "memory"): 0.10}


def verdicts(base: Run, head: Run) -> dict[str, str]:
    return {change.metric: change.verdict for change in against_baseline(base, head, WANTED, 0.01)}


def test_what_has_not_changed_is_the_same() -> None:
    assert verdicts(run(0.02), run(0.02, seed=5)) == {"wall": "same", "cpu": "same", "memory": "same"}


def test_a_slower_case_is_found() -> None:
    assert verdicts(run(0.02), run(0.03, seed=5)) == {"wall": "slower", "cpu": "slower", "memory": "same"}


def test_more_memory_is_found_whatever_the_reference_does() -> None:
    assert verdicts(run(0.02), run(0.03, 0.015, seed=5, memory=2 * 10**7)) == {
        "wall": "same",
        "cpu": "same",
        "memory": "slower",
    }


def test_a_machine_that_is_slower_as_a_whole_is_no_change() -> None:
    base, head = run(0.02), run(0.03, 0.015, seed=5)
    assert set(verdicts(base, head).values()) == {"same"}
    alone = compared_runs(base, head, {(CASE, "wall"): 0.1}, None, 0.01)
    assert [change.verdict for change in alone] == ["slower"]


def test_margins_are_wider_than_those_of_two_sides() -> None:
    for change in against_baseline(run(0.02), run(0.02, seed=5), WANTED, 0.01):
        assert change.margin == pytest.approx(WANTED[Key(CASE, change.metric)] + BETWEEN_RUNS)


def test_a_run_without_the_reference_or_a_case_is_no_baseline() -> None:
    sound = run(0.02)
    check_baseline(sound, WANTED)
    with pytest.raises(NoBaseline, match="--record"):
        check_baseline(replace(sound, cases=sound.cases[:1]), WANTED)
    with pytest.raises(NoBaseline, match="other/serial head"):
        check_baseline(sound, {Key("other/serial head", "wall"): 0.05})


def test_all_that_differs_but_the_code_is_warned_of() -> None:
    base = run(0.02)
    assert list(differing(base, run(0.03))) == []
    environment = replace(base.environment, cpu_model="Another", usable_cores=64, python="3.99.1", os="Plan 9")
    other = replace(base, environment=environment, concbench="99")
    warnings = "\n".join(differing(base, other))
    for word in ("Another", "64", "3.99.1", "Plan 9", "99"):
        assert word in warnings


def test_other_work_and_missing_cases_are_warned_of_in_a_line_each() -> None:
    base, head = run(0.02), run(0.02)
    head.cases[0].settings = Settings(workers=7)
    head.cases += [case(f"new/{number}", 0.01, number) for number in range(5)]
    assert list(differing(base, head)) == [
        f"the settings of {CASE} differ: what is compared there is not the same work",
        "only the head has new/0, new/1, new/2 and 2 more",
    ]


def test_what_two_runs_share_is_comparable() -> None:
    base, head = run(0.02), run(0.02)
    head.cases.append(case("new/one", 0.01, 1))
    head.cases[1].samples.clear()
    assert set(comparable(base, head)) == {
        (CASE, "wall"),
        (CASE, "cpu"),
        (CASE, "memory"),
        (REFERENCE, "memory"),
    }


def test_names_are_counted_where_there_are_many() -> None:
    assert some(["a", "b", "c", "d"]) == "a, b, c and 1 more"
