"""What may be typed where an option takes several values, and what is refused with a reason and a way out."""

from __future__ import annotations

from itertools import pairwise
from math import log

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.cli.quantities import Count, Duration, Size
from concbench.cli.ranges import MOST_ROUND, Several, Value, time_factors, whole_factors
from concbench.suites.axes import MOST_VALUES


def counts(text: object) -> tuple[Value, ...]:
    return Several(Count(), auto=True).convert(text, None, None)


def times(text: object) -> tuple[Value, ...]:
    return Several(Duration(zero=True)).convert(text, None, None)


def sizes(text: object) -> tuple[Value, ...]:
    return Several(Size()).convert(text, None, None)


def mistake(type_: Several, text: str) -> str:
    with pytest.raises(click.BadParameter) as raised:
        type_.convert(text, None, None)
    return raised.value.message


# What is read


def test_one_value_is_one_value() -> None:
    assert (counts("4"), times("20ms"), sizes("64KiB")) == ((4,), (0.02,), (65536,))


def test_a_list_keeps_its_order_and_has_each_value_once() -> None:
    assert counts("7,1,auto,7") == (7, 1, None)
    assert counts("1, 7") == (1, 7)
    assert times("20ms,1ms,0.02") == (0.02, 0.001)
    assert sizes("16,1KiB,1024") == (16, 1024)


def test_auto_alone_is_no_number() -> None:
    assert counts("auto") == (None,)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1:8", (1, 2, 3, 4, 5, 6, 7, 8)),
        ("3:3", (3,)),
        ("1:8:3", (1, 4, 7)),
        ("1:8:log", (1, 2, 4, 8)),
        ("1:100:log", (1, 2, 4, 8, 16, 32, 64, 100)),
        ("1:1000:log", (1, 4, 16, 64, 256, 1000)),
        ("1:100:log:3", (1, 10, 100)),
        ("1:4:log:9", (1, 2, 3, 4)),
        (" 1 : 3 ", (1, 2, 3)),
    ],
)
def test_ranges_of_counts(text: str, found: tuple[int, ...]) -> None:
    assert counts(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10us:1ms:log", (1e-5, 3.2e-5, 1e-4, 3.2e-4, 1e-3)),
        ("10us:100ms:log", (1e-5, 3.2e-5, 1e-4, 3.2e-4, 1e-3, 3.2e-3, 1e-2, 3.2e-2, 1e-1)),
        ("1us:1s:log", (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)),
        ("1ms:2ms:log", (0.001, 0.002)),
        ("10us:1ms:log:3", (1e-5, 1e-4, 1e-3)),
        ("0:0.3:0.1", (0.0, 0.1, 0.2, 0.3)),
        ("1ms:2ms:400us", (0.001, 0.0014, 0.0018)),
    ],
)
def test_ranges_of_times(text: str, found: tuple[float, ...]) -> None:
    assert times(text) == pytest.approx(found)  # 10 µs are ten times a millionth, which floats miss by a hair


def test_ranges_of_sizes() -> None:
    assert sizes("16:16MiB:log") == (16, 128, 1024, 8192, 65536, 524288, 4194304, 16777216)
    assert sizes("1KiB:4KiB:1KiB") == (1024, 2048, 3072, 4096)
    assert sizes("0:2:1") == (0, 1, 2)


# What is refused

WORKERS, LENGTH, BYTES = Several(Count(), auto=True), Several(Duration(zero=True)), Several(Size())


@pytest.mark.parametrize(
    ("type_", "text", "message"),
    [
        (WORKERS, "8:1", "'8:1' runs backwards: write 1:8"),
        (LENGTH, "1ms:10us:log", "'1ms:10us:log' runs backwards: write 10us:1ms:log"),
        (WORKERS, "1:8:0", "in '1:8:0', '0' is not a whole number from 1"),
        (LENGTH, "1ms:2ms:0", "'1ms:2ms:0' has a step of 0, which leads nowhere"),
        (BYTES, "1:2:0", "'1:2:0' has a step of 0, which leads nowhere"),
        (WORKERS, "1:4,8", "'1:4,8' mixes a list and a range: write 1,7,auto or 1:8"),
        (WORKERS, "1,,8", "'1,,8' has an empty place: write 1,7,auto"),
        (WORKERS, "1,", "'1,' has an empty place"),
        (LENGTH, ",", "',' has an empty place: write 1ms,20ms"),
        (WORKERS, "1:", "'1:' has an empty place: write 1:8"),
        (BYTES, ":1MiB:log", "':1MiB:log' has an empty place: write 16:16MiB:log"),
        (WORKERS, "1:65", "'1:65' has 65 values: at most 64"),
        (WORKERS, "1:1000000000", "has 1,000,000,000 values"),
        (LENGTH, "0:1e6:1ns", "values: at most 64 of one option are measured"),
        (BYTES, "1:1GB:1", "has 1,000,000,000 values"),
        (WORKERS, ",".join(map(str, range(1, 66))), "has 65 values"),
        (WORKERS, "1:auto", "'1:auto' has auto in a range: it goes into a list, as 1,7,auto"),
        (LENGTH, "1ms,auto", "in '1ms,auto', 'auto' is not a time"),
        (LENGTH, "1ms:1s", "'1ms:1s' has no step: write 1ms:1s:log, or a step in the place of log"),
        (BYTES, "1:1KiB", "'1:1KiB' has no step: write 1:1KiB:log"),
        (LENGTH, "0:1s:log", "'0:1s:log' begins at 0, from where no factor leads on"),
        (WORKERS, "1:8:2:3", "'1:8:2:3' has too many parts: write 1:8"),
        (WORKERS, "1:8:log:3:4", "has too many parts"),
        (WORKERS, "1:8:log:1", "in '1:8:log:1', '1' is not a whole number from 2 to 64"),
        (WORKERS, "1:8:lin", "in '1:8:lin', 'lin' is not a whole number from 1"),
        (WORKERS, "1,two", "in '1,two', 'two' is not a whole number from 1"),
        (WORKERS, "two", "'two' is not a whole number from 1"),
        (LENGTH, "1ms:fast:log", "in '1ms:fast:log', 'fast' is not a time: write 20ms"),
    ],
)
def test_what_is_no_list_and_no_range_is_refused_with_what_would_be(type_: Several, text: str, message: str) -> None:
    assert message in mistake(type_, text)


# Whatever is typed

seconds = st.floats(1e-8, 1e3)
numbers = st.integers(1, 10**9)


@given(st.text(st.sampled_from("0123456789:,.logautmsKiB -"), max_size=12))
def test_whatever_is_typed_becomes_a_few_different_values_or_a_usage_error(text: str) -> None:
    for read in (counts, times, sizes):
        try:
            found = read(text)
        except click.BadParameter as error:
            assert repr(text) in error.message
        else:
            assert 1 <= len(found) == len(set(found)) <= MOST_VALUES
            assert all(value is None or value >= 0 for value in found)


@given(numbers, numbers)
def test_round_factors_of_counts_are_few_ascend_and_hold_both_ends(one: int, other: int) -> None:
    low, high = sorted((one, other))
    found = whole_factors(low, high)
    assert (found[0], found[-1]) == (low, high)
    assert found == sorted(set(found))
    assert len(found) <= MOST_ROUND
    factors = {after // before for before, after in pairwise(found[:-1])}
    assert len(factors) <= 1
    assert all(factor & (factor - 1) == 0 for factor in factors)


@given(seconds, seconds)
def test_round_factors_of_times_are_few_ascend_and_hold_both_ends(one: float, other: float) -> None:
    low, high = sorted((one, other))
    found = time_factors(low, high)
    assert (found[0], found[-1]) == (low, high)
    assert found == sorted(set(found))
    assert len(found) <= MOST_ROUND
    assert all(value == float(f"{value:.2g}") for value in found[1:-1])


@given(seconds, st.floats(2, 1e6), st.integers(2, MOST_VALUES))
def test_so_many_points_lie_at_about_equal_factors(low: float, factor: float, points: int) -> None:
    found = time_factors(low, low * factor, points)
    assert len(found) <= points
    step = log(factor) / (points - 1)
    if step > 0.3:  # else rounding to two digits may move a point by a good part of a step
        assert len(found) == points
        assert all(abs(log(after / before) - step) < 0.11 for before, after in pairwise(found))
