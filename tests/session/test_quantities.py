"""What quantities are read as, and what is refused with what would do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import pairwise
from math import inf, log, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.model.case import START_METHODS
from concbench.session.quantities import (
    LARGEST,
    LONGEST,
    MOST,
    MOST_ROUND,
    MOST_VALUES,
    SIZES,
    TIMES,
    Address,
    Choice,
    Count,
    Duration,
    Share,
    Size,
    Unreadable,
    Value,
    several,
    time_factors,
    whole_factors,
)

KINDS = [Count(), Duration(), Duration(zero=True), Size(), Share()]
toml = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.datetimes() | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def refusal(read: Callable[..., object], value: object) -> str:
    with pytest.raises(Unreadable) as raised:
        read(value)
    assert str(raised.value).isprintable()
    return str(raised.value)


# Any kind


@pytest.mark.parametrize("kind", [*KINDS, Choice(("one", "two"))])
@given(toml)
def test_any_value_is_read_or_refused_in_one_line(kind: Any, value: Any) -> None:
    for read in (kind.read, kind.check):
        try:
            read(value)
        except Unreadable as error:
            assert str(error).isprintable()
            assert len(str(error)) < 500


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "value", [True, False, None, "", " ", "many", "-1", -1, nan, inf, -inf, [1], {"a": 1}, datetime.now(UTC), date.max]
)
def test_what_is_not_a_number_is_refused(kind: Any, value: Any) -> None:
    assert " is not " in refusal(kind.read, value)


@pytest.mark.parametrize("kind", [Duration(), Share(), Size()])
@pytest.mark.parametrize(
    "text",
    ["1" * 100_000 + "!", "." + "1" * 100_000 + "!", " " * 100_000 + "!"],
    ids=["digits", "digits after a point", "spaces"],
)
def test_a_very_long_text_is_refused_without_backtracking(kind: Any, text: str) -> None:
    assert len(refusal(kind.parse, text)) < 500


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_of_thousands_of_digits_is_refused(kind: Any) -> None:
    assert "a number of many digits" in refusal(kind.read, 16**5000)


@given(st.text(st.sampled_from("0123456789.eE+- mskKiBGinµ")))
def test_whatever_is_typed_becomes_a_quantity_within_the_limits_or_is_quoted(text: str) -> None:
    for kind, most in ((Duration(), LONGEST), (Size(), LARGEST)):
        try:
            assert 0 <= kind.parse(text) <= most
        except Unreadable as error:
            assert repr(text) in str(error)


# Counts and choices


def test_counts() -> None:
    assert [Count().parse(text) for text in ("1", "007", str(MOST))] == [1, 7, MOST]
    assert (Count(least=0).parse("0"), Count().read(5)) == (0, 5)


def test_a_count_may_be_written_as_a_power_of_ten() -> None:
    assert [Count().parse(text) for text in ("1e6", "6E4", "2.5e3", "1e0")] == [1_000_000, 60_000, 2500, 1]
    assert several(Count(), "1e3,1e6") == [1000, 1_000_000]


@pytest.mark.parametrize(
    "text", ["0", "-1", "1.5", "", "two", "1.5e0", "1e-3", "1e99", "1_000", "\uff19", str(MOST + 1), "9" * 10_000]
)
def test_what_is_not_a_count_is_refused_with_its_limits(text: str) -> None:
    assert f"is not a whole number from 1 to {MOST}" in refusal(Count().parse, text)


@pytest.mark.parametrize("value", [0, -1, MOST + 1, 10**100, 1.0, 1.5, "3"])
def test_a_count_in_a_configuration_is_an_integer(value: Any) -> None:
    assert f"is not a whole number from 1 to {MOST}" in refusal(Count().read, value)


def test_a_choice_is_one_of_its_words() -> None:
    assert Choice(("fork", "spawn")).read("spawn") == "spawn"
    assert refusal(Choice(("fork", "spawn")).read, "spoon") == "'spoon' is not one of fork, spawn"


# Times


@pytest.mark.parametrize(
    ("value", "seconds"),
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
        (3, 3.0),
    ],
)
def test_a_time_is_read_in_seconds(value: Any, seconds: float) -> None:
    assert Duration().read(value) == pytest.approx(seconds, rel=1e-12)


@given(st.floats(0, LONGEST, exclude_min=True))
def test_a_plain_number_is_a_time_in_seconds(seconds: float) -> None:
    assert Duration().check(seconds) == Duration().parse(repr(seconds)) == seconds


@given(st.floats(0.001, 999), st.sampled_from(sorted(TIMES)))
def test_a_time_is_its_number_times_its_unit(number: float, unit: str) -> None:
    assert Duration().parse(f"{number:.3f}{unit}") == pytest.approx(round(number, 3) * TIMES[unit])


@pytest.mark.parametrize(
    "text", ["fast", "20 parsecs", "1.5.2", "1,5", "ms", "nan", "inf", "1h", "20MS", "\uff12s", "1s2", "0x10", "1_000"]
)
def test_what_is_not_a_time_is_refused_with_an_example(text: str) -> None:
    assert refusal(Duration().parse, text) == f"{text!r} is not a time: write 20ms, 1.5s or 2min"


@pytest.mark.parametrize("value", [0, 0.0, "0", "0.0ms", "1e-400"])
def test_a_time_of_zero_is_refused_unless_it_makes_sense(value: Any) -> None:
    assert "must be more than 0" in refusal(Duration().read, value)
    assert Duration(zero=True).read(value) == 0


@pytest.mark.parametrize("value", [1e7, 10**300, 10**400, "1e400", "1e15", "1000001", "999999min"])
def test_a_time_that_no_clock_could_wait_for_is_refused(value: Any) -> None:
    assert "is too long: write at most 1000000 seconds" in refusal(Duration().read, value)


# Sizes


@pytest.mark.parametrize(
    ("value", "found"),
    [("512", 512), ("0", 0), ("64KiB", 65536), ("8MB", 8_000_000), ("1.5kB", 1500), ("1 GiB", 2**30), (12, 12)],
)
def test_a_size_is_read_in_bytes(value: Any, found: int) -> None:
    assert Size().read(value) == found


@given(st.integers(0, 999), st.sampled_from(sorted(SIZES)))
def test_a_size_is_its_number_times_its_unit(number: int, unit: str) -> None:
    assert Size().parse(f"{number}{unit}") == number * SIZES[unit]


@pytest.mark.parametrize("text", ["big", "64kib", "64 Kib B", "8M", "1ms", "64k", "64 bytes", "1TB", "1e"])
def test_what_is_not_a_size_is_refused_with_an_example(text: str) -> None:
    assert refusal(Size().parse, text) == f"{text!r} is not a size: write 512, 64KiB or 8MB"


@pytest.mark.parametrize("value", [10**16, 10**400, "1e400", "1e30", "9999999GB"])
def test_a_size_that_no_machine_has_is_refused(value: Any) -> None:
    assert "is too large" in refusal(Size().read, value)


# Shares


@pytest.mark.parametrize(
    ("value", "share"), [("3%", 0.03), ("3 %", 0.03), (0.03, 0.03), ("0.03", 0.03), (".5%", 0.005), (" 99.9% ", 0.999)]
)
def test_a_share_is_read_as_a_fraction(value: Any, share: float) -> None:
    assert Share().read(value) == pytest.approx(share, rel=1e-12)


@given(st.integers(1, 99))
def test_percent_and_fraction_mean_the_same(percent: int) -> None:
    assert Share().parse(f"{percent}%") == Share().check(percent / 100) == percent / 100


@pytest.mark.parametrize("value", [0, "0%", "100%", 1, 1.0, "150%", 3, "3 percent", "%", "3%%", "-3%"])
def test_what_is_not_between_none_and_all_is_refused(value: Any) -> None:
    assert refusal(Share().read, value) == f"{value!r} is not between 0 % and 100 %: write 3% or 0.03"


# Several values


def counts(text: str) -> list[Value]:
    return several(Count(), text, auto=True)


def times(text: str) -> list[Value]:
    return several(Duration(zero=True), text)


def sizes(text: str) -> list[Value]:
    return several(Size(), text)


def test_one_value_is_one_value() -> None:
    assert (counts("4"), times("20ms"), sizes("64KiB")) == ([4], [0.02], [65536])


def test_a_list_keeps_its_order_and_has_each_value_once() -> None:
    assert counts("7,1,auto,7") == [7, 1, None]
    assert counts("1, 7") == [1, 7]
    assert times("20ms,1ms,0.02") == [0.02, 0.001]
    assert sizes("16,1KiB,1024") == [16, 1024]


def test_words_make_a_list_but_no_range() -> None:
    methods = Choice(START_METHODS)
    assert several(methods, "spawn, fork,spawn") == ["spawn", "fork"]
    for text, problem in {
        "fork:spawn": "'fork:spawn' is not one of fork, forkserver, spawn",
        "fork,": "'fork,' has an empty place: write fork,forkserver",
        "fork,clone": "in 'fork,clone', 'clone' is not one of fork, forkserver, spawn",
        "auto": "'auto' is not one of",
    }.items():
        with pytest.raises(Unreadable, match=problem):
            several(methods, text)


def test_auto_alone_is_no_number() -> None:
    assert counts("auto") == [None]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1:8", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("3:3", [3]),
        ("1:8:3", [1, 4, 7]),
        ("1:8:log", [1, 2, 4, 8]),
        ("1:100:log", [1, 2, 4, 8, 16, 32, 64, 100]),
        ("1:1000:log", [1, 4, 16, 64, 256, 1000]),
        ("1:100:log:3", [1, 10, 100]),
        ("1:4:log:9", [1, 2, 3, 4]),
        (" 1 : 3 ", [1, 2, 3]),
    ],
)
def test_ranges_of_counts(text: str, found: list[int]) -> None:
    assert counts(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10us:1ms:log", [1e-5, 3.2e-5, 1e-4, 3.2e-4, 1e-3]),
        ("10us:100ms:log", [1e-5, 3.2e-5, 1e-4, 3.2e-4, 1e-3, 3.2e-3, 1e-2, 3.2e-2, 1e-1]),
        ("1us:1s:log", [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0]),
        ("1ms:2ms:log", [0.001, 0.002]),
        ("10us:1ms:log:3", [1e-5, 1e-4, 1e-3]),
        ("0:0.3:0.1", [0.0, 0.1, 0.2, 0.3]),
        ("1ms:2ms:400us", [0.001, 0.0014, 0.0018]),
    ],
)
def test_ranges_of_times(text: str, found: list[float]) -> None:
    assert times(text) == pytest.approx(found)  # 10 µs are ten times a millionth, which floats miss by a hair


def test_ranges_of_sizes() -> None:
    assert sizes("16:16MiB:log") == [16, 128, 1024, 8192, 65536, 524288, 4194304, 16777216]
    assert sizes("1KiB:4KiB:1KiB") == [1024, 2048, 3072, 4096]
    assert sizes("0:2:1") == [0, 1, 2]


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (counts, "8:1", "'8:1' runs backwards: write 1:8"),
        (times, "1ms:10us:log", "'1ms:10us:log' runs backwards: write 10us:1ms:log"),
        (counts, "1:8:0", "in '1:8:0', '0' is not a whole number from 1"),
        (times, "1ms:2ms:0", "'1ms:2ms:0' has a step of 0: write"),
        (sizes, "1:2:0", "'1:2:0' has a step of 0: write"),
        (counts, "1:4,8", "'1:4,8' mixes a list and a range: write 1,7,auto or 1:8"),
        (counts, "1,,8", "'1,,8' has an empty place: write 1,7,auto"),
        (counts, "1,", "'1,' has an empty place"),
        (times, ",", "',' has an empty place: write 1ms,20ms"),
        (counts, "1:", "'1:' has an empty place: write 1:8"),
        (sizes, ":1MiB:log", "':1MiB:log' has an empty place: write 16:16MiB:log"),
        (counts, "1:65", "'1:65' has 65 values: one option takes at most 64"),
        (counts, "1:1000000000", "has 1,000,000,000 values"),
        (times, "0:1e6:1ns", "values: one option takes at most 64"),
        (sizes, "1:1GB:1", "has 1,000,000,000 values"),
        (counts, ",".join(map(str, range(1, 66))), "has 65 values"),
        (counts, "1:auto", "'1:auto' has auto in a range: use it in a list, as in 1,7,auto"),
        (times, "1ms,auto", "in '1ms,auto', 'auto' is not a time"),
        (times, "1ms:1s", "'1ms:1s' has no step: write 1ms:1s:log, or a step in place of log"),
        (sizes, "1:1KiB", "'1:1KiB' has no step: write 1:1KiB:log"),
        (times, "0:1s:log", "'0:1s:log' begins at 0, where no factor leads anywhere"),
        (counts, "1:8:2:3", "'1:8:2:3' has too many parts: write 1:8"),
        (counts, "1:8:log:3:4", "has too many parts"),
        (counts, "1:8:log:1", "in '1:8:log:1', '1' is not a whole number from 2 to 64"),
        (counts, "1:8:lin", "in '1:8:lin', 'lin' is not a whole number from 1"),
        (counts, "1,two", "in '1,two', 'two' is not a whole number from 1"),
        (counts, "two", "'two' is not a whole number from 1"),
        (times, "1ms:fast:log", "in '1ms:fast:log', 'fast' is not a time: write 20ms"),
    ],
)
def test_what_is_neither_a_list_nor_a_range_is_refused_with_what_would_do(
    read: Callable[[str], object], text: str, message: str
) -> None:
    assert message in refusal(read, text)


seconds = st.floats(1e-8, 1e3)
numbers = st.integers(1, 10**9)


@given(st.text(st.sampled_from("0123456789:,.logautmsKiB -"), max_size=12))
def test_whatever_is_typed_becomes_a_few_different_values_or_is_quoted(text: str) -> None:
    for read in (counts, times, sizes):
        try:
            found = read(text)
        except Unreadable as error:
            assert repr(text) in str(error)
        else:
            assert 1 <= len(found) == len(set(found)) <= MOST_VALUES
            assert all(value is None or (not isinstance(value, str) and value >= 0) for value in found)


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
def test_n_points_lie_at_about_equal_factors(low: float, factor: float, points: int) -> None:
    found = time_factors(low, low * factor, points)
    assert len(found) <= points
    step = log(factor) / (points - 1)
    if step > 0.3:  # else rounding to two digits may move a point by a good part of a step
        assert len(found) == points
        assert all(abs(log(after / before) - step) < 0.11 for before, after in pairwise(found))


# Addresses


@pytest.mark.parametrize(
    "text", ["tcp://10.0.0.1:8786", "tls://h:1", "ws://h/x", "ray://h:10001", "10.0.0.1:6379", "auto", "mpi://h:1/0a"]
)
def test_an_address_of_an_engine_is_read_as_it_is(text: str) -> None:
    assert Address().parse(text) == Address().check(text) == text


@pytest.mark.parametrize("text", ["http://10.0.0.1:8787", "foo://x", "inproc://h/1/1", "tpc://10.0.0.1:8786"])
def test_a_scheme_of_no_engine_is_refused_with_those_that_there_are(text: str) -> None:
    said = refusal(Address().read, text)
    assert text in said
    assert f"its scheme is {text.partition('://')[0]}" in said
    assert "tcp://HOST:PORT (or tls, ucx, ws, wss) for a scheduler of dask" in said
    assert "ray://HOST:PORT or auto for ray; mpi://HOST:PORT/SECRET" in said


@pytest.mark.parametrize("value", ["", "h", "h:", "two words:1", 8786, None])
def test_what_is_no_address_is_refused(value: object) -> None:
    assert "is no address" in refusal(Address().check, value)
