"""What a ranking promises: the leader is ahead side by side, and only who is surely behind is said to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.ranking import fastest_of, is_behind, leader_of, standing, surely_fastest, times_as_long
from concbench.model.result import Result
from tests.builders import Blocks, result, run, steady

HOSTS, SAMPLES = 0.016, 0.15
"""Scatter as it was found on a short `Pool.map`: between hosts, and of single samples."""
LOOKS = 12
Walls = list[list[float]]


def case(name: str, *blocks: Sequence[float | None]) -> Result:
    return result(f"t/{name}", blocks)


def raced(times: Sequence[float], blocks: int, seed: int) -> list[Result]:
    """Two rounds a block of cases with these true times: hosts differ, and so do samples."""
    draw = Random(seed)

    def block(true: float) -> list[float]:
        host = draw.gauss(0, HOSTS)
        return [true * exp(host + draw.gauss(0, SAMPLES)) for _ in range(2)]

    return [case(f"{number}", *(block(true) for _ in range(blocks))) for number, true in enumerate(times)]


def of_walls(walls: Walls) -> list[Result]:
    """Results with blocks of one sample each, as many as the shortest list has."""
    width = min(map(len, walls))
    return [case(f"{number}", *([wall] for wall in each[:width])) for number, each in enumerate(walls)]


def test_equals_are_hardly_ever_found_behind() -> None:
    wrong = 0
    for seed in range(100):
        results = raced([1.0] * 6, LOOKS, seed)
        leader = leader_of(results)
        assert leader is not None
        wrong += any(is_behind(each, leader, 0.01) for each in results if each is not leader)
    assert (
        wrong <= 11
    )  # 5 of 100 by chance, at 1 % for each of 5; more than 11 would come once in 100 runs of this test


def test_who_takes_half_as_long_again_is_behind_after_a_few_blocks() -> None:
    assert sum(is_behind(slow, fast, 0.01) for seed in range(20) for fast, slow in [raced([1.0, 1.5], 8, seed)]) >= 18


def test_who_takes_many_times_as_long_is_behind_after_two_rounds() -> None:
    fast, slow, slower = raced([1.0, 8.0, 30.0], 1, 3)
    assert is_behind(slow, fast, 0.001)
    assert is_behind(slower, fast, 0.001)


def test_one_late_sample_puts_nobody_behind() -> None:
    assert not is_behind(case("b", [9.0]), case("a", [1.0]), 0.05)


def test_the_leader_is_who_is_faster_side_by_side_and_not_who_ran_when_all_were_fast() -> None:
    a, b, c = case("a", [1.0], [3.0]), case("b", [1.2]), case("c", [None], [2.0])
    assert leader_of([a, b, c]) is c  # its 2.0 s stood beside the 3.0 s of a
    assert times_as_long(c, a) == pytest.approx(2 / 3)
    assert times_as_long(b, c) is None


def test_without_samples_nobody_leads() -> None:
    assert leader_of([case("a")]) is None
    assert fastest_of([case("a")]) is None


def test_one_late_sample_does_not_lose_the_lead() -> None:
    fast = case("fast", *([[1.0]] * 5), [9.0])
    slow = case("slow", *([[1.2]] * 6))
    assert leader_of([slow, fast]) is fast
    assert times_as_long(slow, fast) == pytest.approx(1.2)


@given(st.lists(st.lists(st.floats(0.001, 1000), min_size=1, max_size=3), min_size=1, max_size=5))
def test_nobody_is_faster_than_the_leader_while_all_of_so_few_pairs_count(walls: Walls) -> None:
    results = of_walls(walls)
    leader = leader_of(results)
    assert leader is not None
    assert all((times_as_long(each, leader) or 1) >= 1 - 1e-9 for each in results)
    assert not is_behind(leader, leader, 0.05)


@pytest.mark.parametrize(
    ("blocks", "sure"), [(steady(0.0102, scatter=0.001), True), (steady(0.01001), False), ([[0.0102]], False)]
)
def test_the_fastest_is_sure_only_with_evidence(blocks: Blocks, sure: bool) -> None:
    first = result("t/first", steady(0.01, scatter=0.001))
    assert surely_fastest(first, [first, result("t/other", blocks)]) is sure


def test_two_samples_of_one_round_leave_nothing_sure() -> None:
    first, other = case("first", [0.01]), case("other", [9.0])
    assert surely_fastest(first, [first, other])
    doubled = replace(first, samples=first.samples * 2)
    assert not surely_fastest(doubled, [doubled, other])


def test_a_case_stands_by_its_ratio_and_not_by_the_rounds_that_it_ran_in() -> None:
    """The second was given up after the first block, when everything was slow."""
    results = [case("first", [2.0], [1.0], [1.0]), case("given up", [3.0])]
    found = run(results)
    assert results[0].median is not None
    assert standing(results[0], found) == results[0].median.estimate
    assert standing(results[1], found) == pytest.approx(1.5 * results[0].median.estimate)
    assert standing(case("failed"), found) is None
