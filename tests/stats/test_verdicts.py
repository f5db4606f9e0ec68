"""What verdicts promise: each needs its evidence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.model.result import Interval
from concbench.model.run import Verdict
from concbench.stats.verdicts import clearly_apart, verdict

ratios = st.floats(0.01, 100)


def ratio(low: float | None, high: float | None) -> Interval:
    estimate = 1.0 if low is None or high is None else (low * high) ** 0.5
    return Interval(estimate=estimate, low=low, high=high, confidence=0.95, blocks=8)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.96, 1.04, "same"),
        (1 / 1.05, 1.05, "same"),  # fills the margin
        (0.97, 0.99, "same"),  # a sure difference within the margin
        (1.01, 1.03, "same"),
        (0.5, 0.6, "faster"),
        (0.9, 0.99, "faster"),
        (1.5, 1.6, "slower"),
        (1.01, 1.1, "slower"),
        (0.9, 1.01, "undecided"),
        (0.99, 1.1, "undecided"),
        (0.5, 2.0, "undecided"),
        (0.9, 1.0, "undecided"),
        (1.0, 1.1, "undecided"),
        (None, None, "undecided"),
    ],
)
def test_a_verdict_needs_a_whole_interval(low: float | None, high: float | None, expected: Verdict) -> None:
    assert verdict(ratio(low, high)) == expected


def test_the_margin_decides_what_is_the_same() -> None:
    assert verdict(ratio(0.9, 1.01), margin=0.15) == "same"
    assert verdict(ratio(1.0, 1.0), margin=0) == "same"
    assert verdict(ratio(1.001, 1.002), margin=0) == "slower"


@pytest.mark.parametrize("margin", [-0.01, float("nan")])
def test_a_negative_margin_is_refused(margin: float) -> None:
    with pytest.raises(ValueError, match="margin"):
        verdict(ratio(0.9, 1.1), margin)


@given(first=ratios, second=ratios)
def test_the_exchanged_ratio_has_the_mirrored_verdict(first: float, second: float) -> None:
    low, high = sorted((first, second))
    mirrored: dict[Verdict, Verdict] = {"faster": "slower", "slower": "faster"}
    found = verdict(ratio(low, high), margin=0.0501)  # a margin on which no rounding of a reciprocal falls
    assert verdict(ratio(1 / high, 1 / low), margin=0.0501) == mirrored.get(found, found)


@given(first=ratios, second=ratios, shrink=st.floats(0, 1))
def test_a_narrower_interval_keeps_a_verdict_unless_it_becomes_the_same(
    first: float, second: float, shrink: float
) -> None:
    low, high = sorted((first, second))
    centre = (low + high) / 2
    wide = verdict(ratio(low, high))
    narrow = verdict(ratio(centre - shrink * (centre - low), centre + shrink * (high - centre)))
    assert wide == "undecided" or narrow in (wide, "same")


times = st.lists(st.floats(0.01, 100), min_size=1, max_size=30)


@given(times, times)
def test_two_sides_are_clearly_apart_whichever_is_the_base(base: list[float], head: list[float]) -> None:
    other = {"slower": "faster", "faster": "slower", None: None}
    assert clearly_apart(head, base) == other[clearly_apart(base, head)]


def test_late_samples_do_not_hide_that_two_sides_are_clearly_apart() -> None:
    assert clearly_apart([1.0] * 29 + [90.0], [3.0] * 29 + [0.1]) == "slower"
    assert clearly_apart([1.0] * 20 + [90.0] * 10, [3.0] * 30) is None
    assert clearly_apart([1.0], [3.0]) is None  # one late sample may do that
    assert clearly_apart([1.0], [11.0]) == "slower"
    assert clearly_apart([], [1.0]) is None
