"""What a missed precision promises: a sentence with the cases, and how much longer it takes if that is known."""

from __future__ import annotations

from dataclasses import replace
from math import exp
from random import Random

from concbench.analysis.precision import is_vague, precision_missed
from concbench.model.result import Result
from concbench.model.run import Table
from tests.builders import result

TABLE = Table(name="a", title="a", reference="a/serial")


def case(name: str, scatter: float, blocks: int, seed: int = 1) -> Result:
    draw = Random(seed)
    return result(f"a/{name}", [[exp(draw.gauss(0, scatter))] for _ in range(blocks)], tasks=1)


def test_a_precision_that_was_reached_is_not_mentioned() -> None:
    assert precision_missed([TABLE], [case("serial", 0.001, 20)], 0.02, 10.0) is None
    assert precision_missed([TABLE], [case("serial", 0.001, 0)], 0.02, 10.0) is None  # it has failed, and says so


def test_the_least_precise_are_named_first_and_the_others_counted() -> None:
    cases = [case(f"case{number}", scatter, 4) for number, scatter in enumerate((0.3, 0.5, 0.2, 0.6, 0.4))]
    said = precision_missed([TABLE], cases, 0.01, 10.0)
    assert said is not None
    assert "a/case2" not in said
    assert ", and 2 more; try a longer --budget" in said


def test_of_many_blocks_it_is_said_how_much_longer_it_takes_and_the_reference_goes_on_beside_it() -> None:
    vague, precise = case("thread", 0.1, 40), case("serial", 0.001, 40)
    alone = precision_missed([replace(TABLE, reference=vague.case.id)], [vague], 0.02, 40.0)
    beside = precision_missed([TABLE], [vague, precise], 0.02, 80.0)  # a second a block for each of them
    assert alone is not None
    assert beside is not None
    seconds = [float(said.rpartition("about ")[2].partition(" s more")[0]) for said in (alone, beside)]
    # In truth: (1.96 * 0.1 / 0.0198)² = 98 blocks, so 58 more.
    assert 29 <= seconds[0] <= 116
    assert abs(seconds[1] - 2 * seconds[0]) <= 1


def test_a_single_block_has_no_precision() -> None:
    found = case("serial", 0.1, 1)
    assert is_vague(found, 0.02)
    assert "a/serial has one block only" in str(precision_missed([TABLE], [found], 0.02, 1.0))
