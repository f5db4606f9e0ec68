"""What the pace promises: no block beyond the budget but those that are insisted on, and an end that is one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.measure.pace import ROUNDS_FOR_OPENING, Pace
from concbench.measure.plan import Plan

BUDGET = 60.0
SECONDS = st.floats(0.0, 1000.0)


class Clock:
    """A clock that stands still until it is moved on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


PLAN = Plan(budget=BUDGET)


@given(took=st.lists(st.tuples(SECONDS, SECONDS), min_size=1, max_size=8), fewest=st.integers(1, 4))
def test_the_whole_budget_is_used_up_at_the_last_block_and_never_before(
    took: list[tuple[float, float]], fewest: int
) -> None:
    clock = Clock()
    measured = Pace(PLAN, None, fewest, clock)
    shares = []
    for block, (rounds, overhead) in enumerate(took):
        clock.now += rounds + overhead
        measured.note_round(rounds)
        measured.note_block(rounds, overhead)
        over = measured.is_over(block)
        shares.append(measured.used(over))
        assert over == (shares[-1] == 1.0)
        if over:
            assert block + 1 >= fewest
            assert measured.left() < rounds + overhead
            break
    assert shares == sorted(shares)


def test_blocks_that_are_insisted_on_are_measured_whatever_they_take() -> None:
    clock = Clock()
    measured = Pace(PLAN, None, 3, clock)
    for block in range(3):
        clock.now += 2 * BUDGET
        measured.note_round(2 * BUDGET)
        measured.note_block(2 * BUDGET, 0.0)
        assert measured.is_over(block) == (block == 2)


@given(opening=st.floats(0.01, 10.0))
def test_of_an_unknown_number_of_blocks_each_has_rounds_in_proportion_to_what_its_hosts_took(opening: float) -> None:
    clock = Clock()
    measured = Pace(PLAN, None, 1, clock)
    clock.now += opening
    assert measured.share(0, opening) == pytest.approx(opening * (1 + ROUNDS_FOR_OPENING))


def test_none_of_them_goes_on_beyond_the_budget() -> None:
    clock = Clock()
    measured = Pace(PLAN, None, 1, clock)
    clock.now += BUDGET - 1
    assert measured.share(5, opening=10.0) == pytest.approx(11.0)
    clock.now += 100
    assert measured.share(5, opening=10.0) == pytest.approx(10.0)


def test_a_known_number_of_blocks_share_what_is_left_alike() -> None:
    clock = Clock()
    measured = Pace(PLAN, 4, 1, clock)
    shares = []
    for block in range(4):
        clock.now += 2.0
        shares.append(measured.share(block, opening=2.0))
        clock.now += shares[-1] - 2.0
    assert shares == pytest.approx([BUDGET / 4] * 4)
    assert measured.left() == pytest.approx(0)


def test_a_round_that_would_take_too_long_is_not_begun() -> None:
    measured = Pace(PLAN, None, 1, Clock())
    measured.note_round(2.0)
    assert measured.block_is_over(9.0, share=10.0)
    assert not measured.block_is_over(7.0, share=10.0)


def test_what_is_added_to_the_budget_is_a_share_of_it_and_added_once() -> None:
    clock = Clock()
    measured = Pace(replace(PLAN, longest=3.0), None, 1, clock)
    clock.now += BUDGET
    assert measured.extend(0.25)
    assert measured.left() == pytest.approx(0.25 * 2 * BUDGET)
    assert measured.used(over=False) == pytest.approx(1.0)
    clock.now += 0.125 * 2 * BUDGET
    assert measured.used(over=False) == pytest.approx(2.0)
    assert not measured.extend(0.25)
    clock.now += 1000
    assert measured.used(over=False) < measured.used(over=True) == 3.0


@pytest.mark.parametrize(("longest", "share"), [(3.0, 0.0), (1.0, 0.5)])
def test_nothing_is_added_for_no_case_or_where_none_may_take_longer(longest: float, share: float) -> None:
    measured = Pace(replace(PLAN, longest=longest), None, 1, Clock())
    assert not measured.extend(share)
    assert measured.left() == BUDGET


@given(passed=SECONDS, block=st.integers(0, 20), open_=st.booleans(), rounds=st.none() | st.just(5), took=SECONDS)
def test_what_is_still_to_come_is_never_less_than_nothing(
    passed: float, block: int, open_: bool, rounds: int | None, took: float
) -> None:
    clock = Clock()
    measured = Pace(replace(PLAN, rounds=rounds), None if open_ else 21, 3, clock)
    measured.note_block(took, 0.0)
    clock.now += passed
    assert measured.still(block) >= 0


def test_blocks_of_a_fixed_number_of_rounds_take_as_long_as_the_longest_so_far() -> None:
    measured = Pace(replace(PLAN, rounds=5), 8, 1, Clock())
    measured.note_block(3.0, 1.0)
    measured.note_block(1.0, 1.0)
    assert measured.still(1) == pytest.approx(6 * 4.0)
