"""What reading quantities promises: what a person means, and a refusal that says what would do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.gate import quantities
from concbench.gate.quantities import Unreadable, count, duration, fraction, name, names, size, some_time, text

READERS: list[Callable[[Any], object]] = [count, duration, fraction, name, names, size, some_time, text]
NUMBERS: list[Callable[[Any], object]] = [count, duration, fraction, size, some_time]

toml = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.datetimes() | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("reader", READERS)
@given(toml)
def test_any_value_is_read_or_refused_in_one_line(reader: Callable[[Any], object], value: Any) -> None:
    try:
        reader(value)
    except Unreadable as error:
        assert str(error).isprintable()


@pytest.mark.parametrize("reader", NUMBERS)
@pytest.mark.parametrize(
    "value", [True, False, None, "", " ", "many", "-1", -1, nan, inf, -inf, [1], {"a": 1}, date(2024, 1, 1)]
)
def test_what_is_no_number_is_refused(reader: Callable[[Any], object], value: Any) -> None:
    with pytest.raises(Unreadable, match="write "):
        reader(value)


@pytest.mark.parametrize("reader", [duration, fraction, size])
@pytest.mark.parametrize(
    "value",
    ["1" * 100_000 + "!", "." + "1" * 100_000 + "!", " " * 100_000 + "!"],
    ids=["digits", "digits after a point", "spaces"],
)
def test_a_very_long_text_is_refused_without_trying_every_way_to_cut_it(
    reader: Callable[[Any], object], value: str
) -> None:
    with pytest.raises(Unreadable):
        reader(value)


# Counts


@given(st.integers(1, quantities.MOST))
def test_a_count_is_itself(value: int) -> None:
    assert count(value) == value


@pytest.mark.parametrize("value", [0, -1, quantities.MOST + 1, 10**100, 1.0, 1.5, "3"])
def test_what_is_no_count_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable, match=r"a whole number from 1 to 1000000000"):
        count(value)


# Times


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("20ms", 0.02),
        ("1.5s", 1.5),
        ("2min", 120.0),
        ("2 min", 120.0),
        (" 3 s ", 3.0),
        (".5", 0.5),
        ("1e-3s", 0.001),
        ("10us", 1e-5),
        ("10µs", 1e-5),
        ("10μs", 1e-5),
        ("10ns", 1e-8),
        (3, 3.0),
        (0.25, 0.25),
        (1e-5, 1e-5),
        (0, 0.0),
    ],
)
def test_a_time_is_read_in_seconds(value: Any, seconds: float) -> None:
    assert duration(value) == pytest.approx(seconds, rel=1e-12)


@given(st.floats(0, quantities.LONGEST))
def test_a_plain_number_is_a_time_in_seconds(seconds: float) -> None:
    assert duration(seconds) == duration(repr(seconds)) == seconds


@pytest.mark.parametrize("value", ["20 m s", "1h", "1S", "1.s", "1,5s", "1s2", "٣s", "0x10", "1_000"])
def test_a_time_in_other_words_is_refused(value: str) -> None:
    with pytest.raises(Unreadable, match=r"is not a time: write 20ms, 1.5s or 2min"):
        duration(value)


@pytest.mark.parametrize("value", [1e7, "1e999", "20000min", 10**300])
def test_a_time_that_nobody_waits_for_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable, match="too long: write at most 1000000 seconds"):
        duration(value)


@pytest.mark.parametrize("value", [0, 0.0, "0", "0ms", "0.0 min", "1e-999"])
def test_no_time_at_all_is_refused_where_some_is_needed(value: Any) -> None:
    with pytest.raises(Unreadable, match="is no time at all: write "):
        some_time(value)
    assert duration(value) == 0


# Sizes


@pytest.mark.parametrize(
    ("value", "size_in_bytes"),
    [
        (512, 512),
        ("512", 512),
        ("512B", 512),
        ("64KiB", 65536),
        ("8 MB", 8_000_000),
        ("1kB", 1000),
        ("1KB", 1000),
        ("1.5GiB", 3 * 2**29),
        ("2GB", 2 * 10**9),
        ("0.5MiB", 2**19),
        ("0", 0),
    ],
)
def test_a_size_is_read_in_bytes(value: Any, size_in_bytes: int) -> None:
    assert size(value) == size_in_bytes


@pytest.mark.parametrize("value", ["64k", "64kib", "64 bytes", "1TB", "1e"])
def test_a_size_in_other_words_is_refused(value: str) -> None:
    with pytest.raises(Unreadable, match="is not a size: write 512, 64KiB or 8MB"):
        size(value)


@pytest.mark.parametrize("value", [10**16, "1e999", "2000000 GB"])
def test_a_size_that_no_machine_has_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable, match="too much"):
        size(value)


# Shares


@pytest.mark.parametrize(
    ("value", "share"), [("3%", 0.03), ("3 %", 0.03), (0.03, 0.03), ("0.03", 0.03), (".5%", 0.005), ("99.9%", 0.999)]
)
def test_a_share_is_read_as_a_fraction(value: Any, share: float) -> None:
    assert fraction(value) == pytest.approx(share, rel=1e-12)


@given(st.integers(1, 99))
def test_percent_and_fraction_mean_the_same(percent: int) -> None:
    assert fraction(f"{percent}%") == fraction(percent / 100) == percent / 100


@pytest.mark.parametrize("value", [0, "0%", "100%", 1, 1.0, "150%", 3, "3 percent", "%", "3%%", "-3%"])
def test_what_is_no_share_between_none_and_all_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable, match=r"is not a share between 0 and 100 %: write 3% or 0.03"):
        fraction(value)


# Texts and names


@pytest.mark.parametrize("value", ["", "  ", "\n", 3, None, ["a"], datetime(2024, 1, 1, tzinfo=UTC)])
def test_what_says_nothing_is_no_text(value: Any) -> None:
    for reader in (text, name):
        with pytest.raises(Unreadable, match="write a text in quotes"):
            reader(value)


@pytest.mark.parametrize("value", ["squares", "carrés 平方", "a" * 100, "<script>", "a|b", "..", "[red]x[/red]"[:5]])
def test_a_name_is_kept_as_it_is(value: str) -> None:
    assert name(value) == value


@pytest.mark.parametrize("value", ["a\nb", "\x1b[31m", "a\x00", "a/b", "a" * 101, "\u202e", "\ud800", "a\u2028b"])
def test_a_name_that_would_break_a_row_is_refused(value: str) -> None:
    with pytest.raises(Unreadable, match="a name is at most 100 letters on one line, without /") as caught:
        name(value)
    assert str(caught.value).isprintable()


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=1))
def test_a_list_of_texts_is_kept_in_its_order(value: list[str]) -> None:
    assert names(value) == value


@pytest.mark.parametrize("value", [[], "serial", ("serial",), {"serial": 1}, None])
def test_what_is_no_list_of_texts_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable, match="write a list of texts that is not empty"):
        names(value)


@pytest.mark.parametrize("value", [["serial", 3], [""], [["serial"]]])
def test_what_is_no_text_in_a_list_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable, match="write a text in quotes"):
        names(value)
