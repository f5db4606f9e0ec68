"""What a race promises: who is as fast as the leader stays in it, who surely is not is given up, and soon."""

from __future__ import annotations

import random
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.model import Case
from concbench.stats.race import Race, leader_of, times_as_long
from tests.stats.samples import case, sample

HOSTS, SAMPLES = 0.016, 0.15
"""Scatter as it was found on a short `Pool.map`: between hosts, and of single samples."""


def add_block(cases: list[tuple[Case, float]], block: int, draw: random.Random) -> None:
    """Add a block of two rounds to cases with these true times: hosts differ, and so do samples."""
    for each, true in cases:
        host = draw.gauss(0, HOSTS)
        for number in range(2):
            each.samples.append(sample(block, number, true * exp(host + draw.gauss(0, SAMPLES))))


def raced(times: list[float], blocks: int, seed: int) -> tuple[Race, list[Case], Case | None]:
    draw, race = random.Random(seed), Race()
    cases = [(case(f"case {number}"), true) for number, true in enumerate(times)]
    leader = None
    for block in range(blocks):
        add_block([(each, true) for each, true in cases if each.id not in race.given_up], block, draw)
        leader = race.look([each for each, _ in cases])
    return race, [each for each, _ in cases], leader


def test_of_cases_that_are_alike_hardly_any_is_ever_given_up() -> None:
    wrong = sum(bool(raced([1.0] * 6, 12, seed)[0].given_up) for seed in range(100))
    assert wrong <= 11  # 5 of 100 are allowed for; more than 11 would come once in 100 runs of this test


def test_who_takes_half_as_long_again_is_given_up_within_a_few_blocks() -> None:
    found = [raced([1.0, 1.5, 1.0], 12, seed)[0].given_up for seed in range(20)]
    assert sum("case 1" in each for each in found) >= 18


def test_who_takes_many_times_as_long_is_given_up_after_two_rounds() -> None:
    race, _, leader = raced([1.0, 8.0, 30.0], 1, 3)
    assert race.given_up == {"case 1", "case 2"}
    assert leader is not None
    assert leader.id == "case 0"


def test_one_late_sample_gives_nobody_up() -> None:
    race, slow = Race(), case("b", [9.0])
    race.look([case("a", [1.0]), slow])
    assert race.given_up == set()


def test_the_leader_is_who_is_faster_side_by_side_and_not_who_ran_when_all_were_fast() -> None:
    a, b = case("a", [1.0], [3.0]), case("b", [1.2])
    c = Case(**{**vars(case("c")), "samples": [sample(1, 0, 2.0)]})
    assert leader_of([a, b, c]) is c  # its 2.0 s stood beside the 3.0 s of a
    assert times_as_long(c, a) == pytest.approx(2 / 3)
    assert times_as_long(b, c) is None


def test_without_samples_nobody_leads() -> None:
    assert leader_of([case("a")]) is None
    assert Race().look([case("a")]) is None


def test_one_late_sample_does_not_lose_the_lead() -> None:
    blocks = 6
    fast = case("fast", *([1.0] for _ in range(blocks - 1)), [9.0])
    slow = case("slow", *([1.2] for _ in range(blocks)))
    assert leader_of([slow, fast]) is fast
    assert times_as_long(slow, fast) == pytest.approx(1.2)


def of_walls(walls: list[list[float]]) -> list[Case]:
    """Return cases with blocks of one sample each, as many as the shortest list has."""
    width = min(map(len, walls))
    return [case(f"case {number}", *([wall] for wall in each[:width])) for number, each in enumerate(walls)]


@given(st.lists(st.lists(st.floats(0.001, 1000), min_size=1, max_size=8), min_size=1, max_size=5))
def test_the_leader_is_never_given_up(walls: list[list[float]]) -> None:
    race = Race()
    leader = race.look(of_walls(walls))
    assert leader is not None
    assert leader.id not in race.given_up


@given(st.lists(st.lists(st.floats(0.001, 1000), min_size=1, max_size=3), min_size=1, max_size=5))
def test_nobody_is_faster_than_the_leader_while_so_few_pairs_are_all_counted(walls: list[list[float]]) -> None:
    cases = of_walls(walls)
    leader = leader_of(cases)
    assert leader is not None
    assert all((times_as_long(each, leader) or 1) >= 1 - 1e-9 for each in cases)


@given(st.integers(1, 10_000))
def test_all_looks_together_spend_no_more_than_there_is(looks: int) -> None:
    assert sum(1 / (look * (look + 1)) for look in range(1, looks + 1)) < 1
