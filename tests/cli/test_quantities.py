"""What a person may type as a time, a size or a number, and what is refused with a reason."""

from __future__ import annotations

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.cli.quantities import Count, Duration, Size
from concbench.gate.quantities import LARGEST, LONGEST, MOST, SIZES, TIMES


def duration(text: object, zero: bool = False) -> float:
    return Duration(zero=zero).convert(text, None, None)


def size(text: object) -> int:
    return Size().convert(text, None, None)


def count(text: object) -> int:
    return Count().convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20ms", 0.02),
        ("1.5", 1.5),
        (".5", 0.5),
        ("2min", 120),
        ("3 s", 3),
        (" 3s ", 3),
        ("7us", 7e-6),
        ("7µs", 7e-6),
        ("7μs", 7e-6),
        ("100ns", 1e-7),
        ("1e-3", 0.001),
        ("2E1ms", 0.02),
        (60.0, 60),
    ],
)
def test_times(text: object, seconds: float) -> None:
    assert duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "fast", "20 parsecs", "-1", "1.5.2", "1,5", "ms", "nan", "inf", "1h", "20MS", "\uff12s"]
)
def test_what_is_not_a_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a time: write 20ms"):
        duration(text)


@pytest.mark.parametrize("text", ["0", "0.0ms", "1e-400"])
def test_no_time_at_all_is_refused_unless_it_makes_sense(text: str) -> None:
    with pytest.raises(click.BadParameter, match="must be more than 0"):
        duration(text)
    assert duration(text, zero=True) == 0


@pytest.mark.parametrize("text", ["1e400", "1e15", "1000001", "999999min"])
def test_a_time_that_no_clock_could_wait_for_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is too long"):
        duration(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [("512", 512), ("0", 0), ("64KiB", 65536), ("8MB", 8_000_000), ("1.5kB", 1500), ("1 GiB", 2**30), (12, 12)],
)
def test_sizes(text: object, found: int) -> None:
    assert size(text) == found


@pytest.mark.parametrize("text", ["", "big", "64kib", "-1", "64 Kib B", "8M", "1ms"])
def test_what_is_not_a_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a size: write 512, 64KiB or 8MB"):
        size(text)


@pytest.mark.parametrize("text", ["1e400", "1e30", "9999999GB"])
def test_a_size_that_no_machine_has_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is too much"):
        size(text)


@given(st.text(st.sampled_from("0123456789.eE+- mskKiBGinµ")))
def test_whatever_is_typed_becomes_a_quantity_within_the_limits_or_a_usage_error(text: str) -> None:
    try:
        assert 0 < duration(text) <= LONGEST
    except click.BadParameter as error:
        assert repr(text) in error.message
    try:
        assert 0 <= size(text) <= LARGEST
    except click.BadParameter as error:
        assert repr(text) in error.message


@given(st.floats(0.001, 999), st.sampled_from(sorted(TIMES)))
def test_a_time_is_its_number_times_its_unit(number: float, unit: str) -> None:
    assert duration(f"{number:.3f}{unit}") == pytest.approx(round(number, 3) * TIMES[unit])


@given(st.integers(0, 999), st.sampled_from(sorted(SIZES)))
def test_a_size_is_its_number_times_its_unit(number: int, unit: str) -> None:
    assert size(f"{number}{unit}") == number * SIZES[unit]


def test_numbers() -> None:
    assert [count(text) for text in ("1", "007", str(MOST), 5)] == [1, 7, MOST, 5]
    assert Count(least=0).convert("0", None, None) == 0


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "", "two", "1e3", "1_000", "\uff19", str(MOST + 1), "9" * 10_000])
def test_what_is_no_number_within_the_limits_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match=f"is not a whole number from 1 to {MOST}"):
        count(text)
