"""What Holm's correction promises, with its definition by brute force as the oracle."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.stats.holm import holm

chances = st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 1.0]), max_size=8)
levels = st.floats(0.001, 0.2)


def by_definition(found: list[float], level: float) -> list[bool]:
    """Reject what every closed test does (Marcus, Peritz and Gabriel, 1976), each by Bonferroni's inequality.

    A hypothesis falls where every set of hypotheses that holds it has some chance of at most the level by the set's
    size. For Bonferroni's tests that is Holm's method, written without any order.
    """

    def falls(members: tuple[int, ...]) -> bool:
        return any(found[member] <= level / len(members) for member in members)

    everyone = range(len(found))
    sets = [members for size in range(1, len(found) + 1) for members in combinations(everyone, size)]
    return [all(falls(members) for members in sets if each in members) for each in everyone]


def by_the_sorted_list(found: list[float], level: float) -> list[bool]:
    """Reject the smallest ones, as many as there are before the first that is too large."""
    small = 0
    for chance in sorted(found):
        if chance > level / (len(found) - small):
            break
        small += 1
    largest = sorted(found)[small - 1] if small else -1.0
    return [chance <= largest for chance in found]


@given(chances, levels)
def test_it_is_the_closed_test_of_bonferronis_inequality(found: list[float], level: float) -> None:
    assert holm(found, level) == by_definition(found, level)


@given(chances, levels)
def test_it_is_what_the_sorted_chances_say(found: list[float], level: float) -> None:
    assert holm(found, level) == by_the_sorted_list(found, level)


@given(chances, levels, st.data())
def test_a_smaller_chance_never_makes_fewer_findings(found: list[float], level: float, data: st.DataObject) -> None:
    smaller = [data.draw(st.floats(0, chance)) for chance in found]
    before, after = holm(found, level), holm(smaller, level)
    assert all(now or not then for then, now in zip(before, after, strict=True))


@given(chances, levels, levels)
def test_a_higher_level_never_makes_fewer_findings(found: list[float], first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert all(now or not then for then, now in zip(holm(found, low), holm(found, high), strict=True))


@given(chances, levels, st.randoms(use_true_random=False))
def test_the_order_of_figures_means_nothing(found: list[float], level: float, draw: object) -> None:
    order = list(range(len(found)))
    draw.shuffle(order)  # type: ignore[attr-defined]  # hypothesis calls it a Random
    in_order = holm([found[index] for index in order], level)
    assert in_order == [holm(found, level)[index] for index in order]


@given(chances, levels)
def test_it_finds_no_more_than_without_a_correction_and_no_less_than_bonferroni(
    found: list[float], level: float
) -> None:
    for chance, small in zip(found, holm(found, level), strict=True):
        assert not small or chance <= level
        assert small or chance > level / len(found)


@given(chances, st.floats(0, 1), levels)
def test_another_figure_never_makes_more_findings(found: list[float], more: float, level: float) -> None:
    alone, beside = holm(found, level), holm([*found, more], level)[:-1]
    # One more that is clear by itself leaves the others as they were; any other can only take findings away.
    assert all(then or not now for then, now in zip(alone, beside, strict=True))


@given(st.floats(0, 1), levels)
def test_a_single_figure_needs_no_correction(chance: float, level: float) -> None:
    assert holm([chance], level) == [chance <= level]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], []),
        ([0.01, 0.01, 0.01], [True, True, True]),
        ([0.0167, 0.001, 0.9], [True, True, False]),
        ([0.02, 0.03, 0.04], [False, False, False]),
        ([0.05, 0.025, 0.01], [True, True, True]),
    ],
)
def test_known_examples_at_five_percent(found: list[float], expected: list[bool]) -> None:
    assert holm(found, 0.05) == expected


@given(chances, levels)
def test_equal_weights_are_none(found: list[float], level: float) -> None:
    assert holm(found, level, [0.5] * len(found)) == holm(found, level)  # of 0.5, all sums are exact


@given(st.floats(0, 1), st.floats(0.001, 0.2))
def test_a_figure_of_more_weight_is_found_more_easily(chance: float, level: float) -> None:
    (heavy, _), (light, _) = holm([chance, 1.0], level, [3, 1]), holm([chance, 1.0], level, [1, 3])
    assert heavy == (chance <= level * 3 / 4)
    assert light == (chance <= level / 4)
