"""What figures promise to a reader: a unit, as many digits as mean something, and never an exponent."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.report.units import binary_size, figures, percent, rate, seconds, size, spread, time_unit

SCALES = {
    "s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9, "GB": 1e9, "MB": 1e6, "kB": 1e3, "B": 1.0,
    "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30, "/s": 1.0, "k/s": 1e3, "M/s": 1e6, "G/s": 1e9, "": 1.0,
}  # fmt: skip
RANGES = [(seconds, 1e-9, 1e6), (size, 1, 1e12), (figures, 1e-6, 1e9), (rate, 1e-3, 1e12)]
every_kind = pytest.mark.parametrize(("shown", "least", "most"), RANGES)
bytes_ = st.integers(0, 2**50)


def value_of(text: str) -> float:
    """A shown figure as a number again."""
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?) ?(\S*)", text)  # no exponent, and one unit
    assert found is not None, text
    return float(found[1]) * SCALES[found[2]]


def significant(number: str) -> int:
    return len(number.replace(".", "").lstrip("0"))


@every_kind
@given(data=st.data())
def test_a_figure_is_right_within_the_digits_shown(
    shown: Callable[[float], str], least: float, most: float, data: st.DataObject
) -> None:
    value = data.draw(st.floats(least, most))
    assert isclose(value_of(shown(value)), value, rel_tol=0.0051)


@given(bytes_)
def test_a_binary_size_is_right_within_its_digits(value: int) -> None:
    assert isclose(value_of(binary_size(value)), value, rel_tol=0.0051)


@given(bytes_, bytes_)
def test_of_two_figures_the_larger_is_not_shown_as_smaller(one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert value_of(binary_size(less)) <= value_of(binary_size(more))
    assert value_of(rate(less)) <= value_of(rate(more))


@given(st.floats(-1e12, 1e12) | st.floats(-1e-6, 1e-6), st.integers(1, 4))
def test_a_figure_has_no_exponent(value: float, digits: int) -> None:
    assert re.fullmatch(r"-?\d+(\.\d+)?", figures(value, digits))


@given(st.floats(1e-6, 99.9), st.integers(1, 4))
def test_a_figure_has_as_many_digits_as_were_asked_for(value: float, digits: int) -> None:
    whole = len(str(round(value))) if value >= 1 else 0
    assert significant(figures(value, digits)) == max(digits, whole)
    assert isclose(float(figures(value, digits)), value, rel_tol=0.51 * 10.0 ** (1 - digits))


@given(st.floats(1e-9, 900))
def test_no_time_says_1000_of_a_unit_or_shows_a_fourth_digit(value: float) -> None:
    number = seconds(value).split(" ")[0]
    assert significant(number) == 3
    assert float(number) < 1000


@pytest.mark.parametrize(
    ("shown", "values"),
    [
        (seconds, {0: "0 ns", 0.0121: "12.1 ms", 0.009996: "10.0 ms", 0.09996: "100 ms", 0.9994: "999 ms",
                   0.99949999999999994: "999 ms", 0.9995: "1.00 s", 0.99996: "1.00 s",
                   0.0009994999999999999: "1.00 ms", 3600: "3600 s"}),
        (size, {0: "0 B", 12: "12.0 B", 999.4: "999 B", 999.6: "1.00 kB", 999_600: "1.00 MB"}),
        (binary_size, {0: "0 B", 1: "1 B", 1023: "1023 B", 1024: "1 KiB", 1025: "1.00 KiB", 2**20 - 1: "1024 KiB",
                       2**20: "1 MiB", 3 * 2**30: "3 GiB"}),
        (rate, {0: "0/s", 0.25: "0.250/s", 999.4: "999/s", 999.5: "1.00k/s", 1000: "1.00k/s", 999_499: "999k/s",
                999_500: "1.00M/s", 1e9: "1.00G/s", 5e12: "5000G/s"}),
        (percent, {0: "0%", 1e-9: "<0.01%", 0.0004: "0.04%", 0.0071: "0.7%", 0.04: "4%", 0.094: "9%", 0.0951: "10%",
                   0.5: "50%", 1: "100%"}),
    ],
)  # fmt: skip
def test_figures_at_the_edges_of_their_units(shown: Callable[[float], str], values: dict[float, str]) -> None:
    assert {value: shown(value) for value in values} == values


@pytest.mark.parametrize("power", range(41))
def test_a_power_of_two_is_shown_without_a_point(power: int) -> None:
    text = binary_size(2**power)
    assert "." not in text
    assert value_of(text) == 2**power


def test_the_unit_of_a_time_is_the_one_it_is_shown_in() -> None:
    assert (time_unit(0.25), time_unit(1e-12)) == ((1e-3, "ms"), (1e-9, "ns"))


@given(st.floats(0.0001, 1e6))
def test_a_percentage_fits_a_column_and_is_right_within_its_digits(share: float) -> None:
    # One digit below 9.5 %: 1.5 % may be shown as 1 % or 2 %.
    assert re.fullmatch(r"\d+(\.\d+)?%", percent(share))
    assert isclose(float(percent(share).rstrip("%")) / 100, share, rel_tol=0.34)


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        ((2.0, 1.9, 2.4), "±20%"),  # the farther end
        ((2.0, 1.6, 2.1), "±20%"),
        ((1.0, 0.996, 1.004), "±0.4%"),
        ((1.0, 1.0, 1.0), "±0.0%"),
        ((1.0, None, None), ""),
    ],
)
def test_a_spread_is_that_of_the_farther_end(interval: tuple[float, float | None, float | None], text: str) -> None:
    assert spread(*interval) == text


@given(st.floats(1e-6, 1e9), st.floats(1, 1e300))
def test_a_spread_stays_short_however_wide_the_interval(estimate: float, factor: float) -> None:
    text = spread(estimate, estimate / factor, min(estimate * factor, 1e300))
    assert re.fullmatch(r"(±(100|\d{1,2}|0\.\d)%)?", text)
