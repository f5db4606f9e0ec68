"""What a precision that was not reached promises: it is said, of which cases, and how much longer if that is known."""

from __future__ import annotations

from dataclasses import replace
from math import exp
from random import Random

from concbench.model import Case, Part, Sample, Settings, Workload
from concbench.suites.comparing import comparison_of
from concbench.suites.options import Options
from concbench.suites.precision import is_vague, precision_missed
from tests.suites.test_asking import measured

PART = Part(name="a", title="a", reference="a/serial")


def case(name: str, scatter: float, blocks: int, seed: int = 1) -> Case:
    draw = Random(seed)
    walls = [exp(draw.gauss(0, scatter)) for _ in range(blocks)]
    return Case(
        id=f"a/{name}",
        part="a",
        subject=name,
        workload=Workload(name="cpu", tasks=1),
        settings=Settings(),
        samples=[
            Sample(block=block, round=0, start=0.0, run=wall, stop=0.0, wall=wall, cpu=None)
            for block, wall in enumerate(walls)
        ],
    )


def test_a_precision_that_was_not_reached_is_said_with_the_cases() -> None:
    run = measured(comparison_of("cpu", ("serial",), None), Options(tasks=2, precision=1e-9, budget=1.0))
    (said,) = [warning for warning in run.warnings if "--precision" in warning]
    assert said.startswith("--precision 1e-07% was not reached within the budget: cpu/serial ±")
    assert said.endswith("; a longer --budget comes nearer")


def test_a_precision_that_was_reached_is_not_spoken_of() -> None:
    assert precision_missed([PART], [case("serial", 0.001, 20)], 0.02, 10.0) is None
    assert precision_missed([PART], [case("serial", 0.001, 0)], 0.02, 10.0) is None  # it has failed, and says so


def test_the_least_precise_are_named_first_and_the_others_counted() -> None:
    cases = [case(f"case{number}", scatter, 4) for number, scatter in enumerate((0.3, 0.5, 0.2, 0.6, 0.4))]
    said = precision_missed([PART], cases, 0.01, 10.0)
    assert said is not None
    assert "a/case2" not in said
    assert ", and 2 more; a longer --budget comes nearer" in said


def test_of_many_blocks_it_is_said_how_much_longer_it_takes_and_the_reference_goes_on_beside_it() -> None:
    vague, precise = case("thread", 0.1, 40), case("serial", 0.001, 40)
    alone = precision_missed([replace(PART, reference=vague.id)], [vague], 0.02, 40.0)
    beside = precision_missed([PART], [vague, precise], 0.02, 80.0)  # a second a block for each of them
    assert alone is not None
    assert beside is not None
    seconds = [float(said.rpartition("about ")[2].partition(" s more")[0]) for said in (alone, beside)]
    # In truth: (1.96 * 0.1 / 0.0198)² = 98 blocks, so 58 more.
    assert 29 <= seconds[0] <= 116
    assert abs(seconds[1] - 2 * seconds[0]) <= 1


def test_of_one_block_nobody_knows() -> None:
    found = case("serial", 0.1, 1)
    assert is_vague(found, 0.02)
    assert "a/serial has one block only" in str(precision_missed([PART], [found], 0.02, 1.0))
