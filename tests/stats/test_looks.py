"""What spending an error rate over looks promises: all of it is spent by the end, and no more."""

from __future__ import annotations

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.stats.looks import LOOKS, POWER, USUAL, USUALLY, interval_weights, weights

plans = st.lists(st.floats(0.01, 0.99), max_size=6, unique=True).map(lambda looks: [*sorted(looks), 1.0])
powers = st.floats(0.5, 4)


def test_the_planned_looks_rise_to_the_whole_budget() -> None:
    assert all(earlier < later for earlier, later in pairwise(LOOKS))
    assert LOOKS[0] > 0
    assert LOOKS[-1] == 1


@given(plans, powers)
def test_all_of_the_error_rate_is_spent_by_the_last_look(looks: list[float], power: float) -> None:
    assert sum(weights(looks, power)) == pytest.approx(1)


@given(plans, powers)
def test_every_look_spends_something(looks: list[float], power: float) -> None:
    found = weights(looks, power)
    assert len(found) == len(looks)
    assert all(weight > 0 for weight in found)


@given(plans, powers)
def test_by_each_look_the_power_of_its_share_is_spent(looks: list[float], power: float) -> None:
    assert list(accumulate(weights(looks, power))) == pytest.approx([look**power for look in looks])


@given(plans)
def test_a_power_of_one_is_in_step_with_the_budget(looks: list[float]) -> None:
    steps = [later - earlier for earlier, later in pairwise([0.0, *looks])]
    assert weights(looks, 1) == pytest.approx(steps)


@given(plans, powers, st.floats(0, 2))
def test_a_larger_power_keeps_more_for_the_end(looks: list[float], power: float, more: float) -> None:
    for spent, spent_slowly in zip(
        accumulate(weights(looks, power)), accumulate(weights(looks, power + more)), strict=True
    ):
        assert spent_slowly <= spent + 1e-12


def test_a_single_look_at_the_end_spends_all_of_it() -> None:
    assert weights([1.0]) == [1.0]


def test_the_usual_looks_spend_in_the_usual_way() -> None:
    assert weights() == weights(LOOKS, POWER)
    assert max(weights()) == weights()[-1]


def test_intervals_leave_out_most_of_what_they_may_within_the_budget() -> None:
    found = interval_weights()
    assert all(weight > 0 for weight in found)
    assert sum(found) == pytest.approx(1)
    assert sum(found[: LOOKS.index(USUAL) + 1]) == pytest.approx(USUALLY)


def test_more_looks_between_leave_the_sum_as_it_is() -> None:
    few, many = weights([0.5, 1.0]), weights([0.25, 0.5, 0.75, 1.0])
    assert few[0] == pytest.approx(many[0] + many[1])
    assert few[1] == pytest.approx(many[2] + many[3])
