"""What the order promises: everybody once a turn, the two of a pair together, and the same again from the same seed."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from concbench.measure.order import LARGEST_PADDING, Order, pair_of
from concbench.model import Case, Settings, Workload

SLEEP = Workload(name="sleep", tasks=1)
SEEDS = st.integers(0, 2**32)


def case_of(subject: str, side: str | None = None) -> Case:
    id_ = f"sleep/{subject}" + (f" {side}" if side is not None else "")
    return Case(id=id_, part="", subject=subject, workload=SLEEP, settings=Settings(), side=side)


def pairs(count: int) -> list[Case]:
    return [case_of(f"subject-{number}", side) for number in range(count) for side in ("base", "head")]


@given(
    seed=SEEDS, count=st.integers(0, 9), sides=st.sampled_from([(None,), ("3.13", "3.14", "3.14t"), ("base", "head")])
)
def test_everybody_is_there_once_a_turn(seed: int, count: int, sides: tuple[str | None, ...]) -> None:
    cases = [case_of(f"subject-{number}", side) for number in range(count) for side in sides]
    order = Order(seed)
    for turn in range(3):
        for found in (order.in_turns(cases, turn), order.shuffled(cases)):
            assert sorted(case.id for case in found) == sorted(case.id for case in cases)


@given(seed=SEEDS, count=st.integers(1, 6))
def test_the_two_of_a_pair_are_neighbours_and_all_pairs_of_a_turn_begin_with_the_same_side(
    seed: int, count: int
) -> None:
    found = Order(seed).in_turns(pairs(count), 0)
    assert all(pair_of(one) == pair_of(other) for one, other in zip(found[::2], found[1::2], strict=True))
    assert len({case.side for case in found[::2]}) == 1


@given(seed=SEEDS, count=st.integers(1, 6))
def test_who_is_first_changes_with_every_turn(seed: int, count: int) -> None:
    order = Order(seed)
    first = [order.in_turns(pairs(count), turn)[0].side for turn in range(6)]
    assert all(one != other for one, other in pairwise(first))


def test_either_side_may_be_the_first_of_all() -> None:
    assert {Order(seed).in_turns(pairs(1), 0)[0].side for seed in range(20)} == {"base", "head"}


def test_the_half_of_a_pair_that_is_left_has_its_turn() -> None:
    one, other, left = [*pairs(1), case_of("left", "head")]
    found = Order(1).in_turns([one, other, left], 0)
    assert sorted(case.id for case in found) == sorted(case.id for case in (one, other, left))


@given(seed=SEEDS)
def test_a_seed_gives_everything_again(seed: int) -> None:
    def drawn() -> list[object]:
        order = Order(seed)
        cases = pairs(5)
        return [
            [case.id for case in order.shuffled(cases)],
            order.host_record(0),
            [case.id for case in order.in_turns(cases, 1)],
            order.host_record(1),
        ]

    assert drawn() == drawn()


def test_another_seed_gives_another_order_and_other_hosts() -> None:
    orders = [Order(seed) for seed in range(10)]
    assert len({tuple(case.id for case in order.in_turns(pairs(6), 0)) for order in orders}) > 1
    assert len({order.host_record(0).hash_seed for order in orders}) == len(orders)


@given(seed=SEEDS)
def test_hosts_differ_within_what_python_and_the_stack_know(seed: int) -> None:
    record = Order(seed).host_record(3)
    assert record.block == 3
    assert 0 <= record.hash_seed < 2**32
    assert 0 <= record.padding < LARGEST_PADDING
