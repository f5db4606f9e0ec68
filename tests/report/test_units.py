"""What figures promise to a reader: a unit, as many digits as mean something, and never an exponent."""

from __future__ import annotations

import re
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.report.units import (
    SIZE_UNITS,
    TIME_UNITS,
    binary_size,
    figures,
    percent,
    rate,
    seconds,
    size,
    spread,
    time_unit,
)

times = st.floats(1e-9, 1e6)
sizes = st.floats(1, 1e12)
numbers = st.floats(1e-6, 1e9)
shares = st.floats(0, 1e6)
digits = st.integers(1, 4)


def value_of(text: str, units: tuple[tuple[float, str], ...]) -> float:
    number, unit = text.split(" ")
    return float(number) * {name: scale for scale, name in units}[unit]


def significant(number: str) -> int:
    return len(number.replace(".", "").lstrip("0"))


@given(times, digits)
def test_a_time_is_a_plain_number_and_a_unit(value: float, many: int) -> None:
    assert re.fullmatch(r"\d+(\.\d+)? (s|ms|µs|ns)", seconds(value, many))


@given(sizes, digits)
def test_a_size_is_a_plain_number_and_a_unit(value: float, many: int) -> None:
    assert re.fullmatch(r"\d+(\.\d+)? (GB|MB|kB|B)", size(value, many))


@given(st.floats(-1e12, 1e12) | st.floats(-1e-6, 1e-6), digits)
def test_a_figure_has_no_exponent(value: float, many: int) -> None:
    assert re.fullmatch(r"-?\d+(\.\d+)?", figures(value, many))


@given(times)
def test_a_time_is_right_within_the_digits_shown(value: float) -> None:
    assert isclose(value_of(seconds(value), TIME_UNITS), value, rel_tol=0.0051)


@given(sizes)
def test_a_size_is_right_within_the_digits_shown(value: float) -> None:
    assert isclose(value_of(size(value), SIZE_UNITS), value, rel_tol=0.0051)


@given(numbers, digits)
def test_a_figure_is_right_within_the_digits_shown(value: float, many: int) -> None:
    assert isclose(float(figures(value, many)), value, rel_tol=0.51 * 10.0 ** (1 - many))


@given(st.floats(1e-6, 99.9), digits)
def test_a_figure_has_as_many_digits_as_were_asked_for_and_no_more(value: float, many: int) -> None:
    whole = len(str(round(value))) if value >= 1 else 0
    assert significant(figures(value, many)) == max(many, whole)


@given(st.floats(1e-9, 900))
def test_no_time_of_three_digits_says_1000_of_a_unit_or_shows_a_fourth_digit(value: float) -> None:
    number = seconds(value).split(" ")[0]
    assert significant(number) == 3
    assert float(number) < 1000


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 ns"),
        (0.0121, "12.1 ms"),
        (0.009996, "10.0 ms"),
        (0.09996, "100 ms"),
        (0.9994, "999 ms"),
        (0.99949999999999994, "999 ms"),
        (0.9995, "1.00 s"),
        (0.99996, "1.00 s"),
        (0.0009994999999999999, "1.00 ms"),
        (3600, "3600 s"),
    ],
)
def test_times_at_the_edges_of_their_units(value: float, text: str) -> None:
    assert seconds(value) == text


def test_sizes_at_the_edges_of_their_units() -> None:
    assert [size(value) for value in (0, 12, 999.4, 999.6, 999_600)] == ["0 B", "12.0 B", "999 B", "1.00 kB", "1.00 MB"]


def test_the_unit_of_a_time_is_the_one_it_is_shown_in() -> None:
    assert time_unit(0.25) == (1e-3, "ms")
    assert time_unit(1e-12) == (1e-9, "ns")


@given(shares)
def test_a_percentage_has_no_exponent_and_fits_a_column(share: float) -> None:
    assert re.fullmatch(r"<?\d+(\.\d+)?%", percent(share))


@given(st.floats(0.0001, 1000))
def test_a_percentage_is_right_within_its_digits(share: float) -> None:
    # One digit below 9.5 %: 1.5 % may be shown as 1 % or 2 %.
    assert isclose(float(percent(share).rstrip("%")) / 100, share, rel_tol=0.34)


def test_small_percentages_show_a_digit_and_tiny_ones_say_so() -> None:
    assert [percent(share) for share in (0, 1e-9, 0.0004, 0.0071, 0.04, 0.094, 0.0951, 0.5, 1)] == [
        "0%",
        "<0.01%",
        "0.04%",
        "0.7%",
        "4%",
        "9%",
        "10%",
        "50%",
        "100%",
    ]


def test_the_spread_is_the_farther_end_of_the_interval() -> None:
    assert spread(2.0, 1.9, 2.4) == "±20%"
    assert spread(2.0, 1.6, 2.1) == "±20%"


def test_a_narrow_spread_shows_a_tenth_of_a_per_cent() -> None:
    assert spread(1.0, 0.996, 1.004) == "±0.4%"
    assert spread(1.0, 1.0, 1.0) == "±0.0%"


def test_without_an_interval_there_is_no_spread() -> None:
    assert spread(1.0, None, None) == ""


@given(numbers, st.floats(1, 1e300))
def test_a_spread_stays_short_however_wide_the_interval(estimate: float, factor: float) -> None:
    text = spread(estimate, estimate / factor, min(estimate * factor, 1e300))
    assert re.fullmatch(r"(±(100|\d{1,2}|0\.\d)%)?", text)


# Sizes of messages, and rates

bytes_ = st.integers(0, 2**50)
rates = st.floats(0, 1e15)
BINARY = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
RATES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}


def bytes_of(text: str) -> float:
    number, unit = text.split(" ")
    return float(number) * BINARY[unit]


def rate_of(text: str) -> float:
    match = re.fullmatch(r"([\d.]+)([kMG]?)/s", text)
    assert match is not None, text
    return float(match[1]) * RATES[match[2]]


@given(bytes_)
def test_a_binary_size_is_a_plain_number_and_a_unit(value: int) -> None:
    assert re.fullmatch(r"\d+(\.\d+)? (B|KiB|MiB|GiB)", binary_size(value))


@given(bytes_)
def test_a_binary_size_is_right_within_its_digits(value: int) -> None:
    assert isclose(bytes_of(binary_size(value)), value, rel_tol=0.0051)


@given(bytes_, bytes_)
def test_of_two_binary_sizes_the_larger_is_not_shown_as_smaller(one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert bytes_of(binary_size(less)) <= bytes_of(binary_size(more))


@pytest.mark.parametrize("power", range(41))
def test_a_power_of_two_is_shown_without_a_point(power: int) -> None:
    text = binary_size(2**power)
    assert "." not in text
    assert bytes_of(text) == 2**power


def test_binary_sizes_at_the_edges_of_their_units() -> None:
    assert [binary_size(value) for value in (0, 1, 1023, 1024, 1025, 2**20 - 1, 2**20, 3 * 2**30)] == [
        *("0 B", "1 B", "1023 B", "1 KiB", "1.00 KiB", "1024 KiB", "1 MiB", "3 GiB")
    ]


@given(rates)
def test_a_rate_has_no_exponent(value: float) -> None:
    assert re.fullmatch(r"\d+(\.\d+)?[kMG]?/s", rate(value))


@given(st.floats(1e-3, 1e12))
def test_a_rate_is_right_within_its_digits(value: float) -> None:
    assert isclose(rate_of(rate(value)), value, rel_tol=0.0051)


@given(rates, rates)
def test_of_two_rates_the_larger_is_not_shown_as_smaller(one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert rate_of(rate(less)) <= rate_of(rate(more))


def test_rates_at_the_edges_of_their_units() -> None:
    assert [rate(value) for value in (0, 0.25, 999.4, 999.5, 1000, 999_499, 999_500, 1e9, 5e12)] == [
        *("0/s", "0.250/s", "999/s", "1.00k/s", "1.00k/s", "999k/s", "1.00M/s", "1.00G/s", "5000G/s")
    ]
