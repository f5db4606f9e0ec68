"""What the order promises: every case once a turn, the two of a pair together, and the same again by the same seed."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from concbench.measure.order import LARGEST_PADDING, Order
from concbench.model.case import Case
from tests.builders import case

SEEDS = st.integers(0, 2**32)


def cases(count: int, *sides: str | None) -> list[Case]:
    return [case(f"sleep/subject-{number}", side=side) for number in range(count) for side in sides]


def pairs(count: int) -> list[Case]:
    return cases(count, "base", "head")


@given(
    seed=SEEDS, count=st.integers(0, 9), sides=st.sampled_from([(None,), ("3.13", "3.14", "3.14t"), ("base", "head")])
)
def test_every_case_is_there_once_a_turn(seed: int, count: int, sides: tuple[str | None, ...]) -> None:
    given, order = cases(count, *sides), Order(seed)
    for turn in range(3):
        for found in (order.in_turns(given, turn), order.shuffled(given)):
            assert sorted(each.id for each in found) == sorted(each.id for each in given)


@given(seed=SEEDS, count=st.integers(1, 6))
def test_the_two_of_a_pair_are_neighbours_and_all_pairs_of_a_turn_begin_with_the_same_side(
    seed: int, count: int
) -> None:
    found = Order(seed).in_turns(pairs(count), 0)
    assert all(one.name == other.name for one, other in zip(found[::2], found[1::2], strict=True))
    assert len({each.side for each in found[::2]}) == 1


@given(seed=SEEDS, count=st.integers(1, 6))
def test_the_side_that_is_first_changes_with_every_turn(seed: int, count: int) -> None:
    order = Order(seed)
    first = [order.in_turns(pairs(count), turn)[0].side for turn in range(6)]
    assert all(one != other for one, other in pairwise(first))


def test_either_side_may_be_the_first_of_all() -> None:
    assert {Order(seed).in_turns(pairs(1), 0)[0].side for seed in range(20)} == {"base", "head"}


def test_the_half_of_a_pair_that_is_left_has_its_turn() -> None:
    given = [*pairs(1), case("sleep/left", side="head")]
    assert sorted(each.id for each in Order(1).in_turns(given, 0)) == sorted(each.id for each in given)


@given(seed=SEEDS)
def test_a_seed_gives_everything_again_and_another_gives_another(seed: int) -> None:
    def drawn(seed: int) -> list[object]:
        order = Order(seed)
        return [order.shuffled(pairs(9)), order.host_record(0), order.in_turns(pairs(9), 1), order.host_record(1)]

    assert drawn(seed) == drawn(seed)
    assert drawn(seed)[1] != drawn(seed + 1)[1]
    assert len({tuple(each.id for each in Order(seed + more).shuffled(pairs(9))) for more in range(10)}) > 1


@given(seed=SEEDS)
def test_hosts_differ_within_what_python_and_the_stack_know(seed: int) -> None:
    record = Order(seed).host_record(3)
    assert record.block == 3
    assert 0 <= record.hash_seed < 2**32
    assert 0 <= record.padding < LARGEST_PADDING
