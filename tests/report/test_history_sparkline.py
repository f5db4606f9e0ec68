"""What a trend promises: it fits its columns, marks are where changes are, and small noise is no mountain."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from concbench.report.sparkline import MARK, PLAIN_BLOCKS, sparkline


def test_a_trend_has_a_block_a_run_and_a_mark_at_each_change() -> None:
    assert sparkline([1.0, 1.0, 2.0, 2.0, 4.0], [2, 4], 40) == "▁▁|▅▅|█"
    assert sparkline([1.0, 1.0, 2.0, 2.0, 4.0], [2, 4], 40, PLAIN_BLOCKS) == "..|++|#"


def test_small_noise_is_no_mountain() -> None:
    assert set(sparkline([1.0, 1.01, 1.0, 1.02], [], 40)) <= set("▄▅▆")


@given(
    st.lists(st.integers(1, 10**6), min_size=1, max_size=200),
    st.sets(st.integers(1, 199), max_size=10),
    st.integers(1, 60),
)
def test_a_trend_fits_its_columns(values: list[int], marks: set[int], width: int) -> None:
    inside = sorted(mark for mark in marks if mark < len(values))
    drawn = sparkline(values, inside, width)
    assert 1 <= len(drawn) <= width
    assert drawn.count(MARK) == (len(inside) if 2 * len(inside) + 1 <= width else 0)
    assert MARK * 2 not in drawn
    assert PLAIN_BLOCKS.isascii()
    assert len(sparkline(values, inside, width, PLAIN_BLOCKS)) == len(drawn)


def test_a_trend_of_many_runs_shows_their_means() -> None:
    assert sparkline([1.0, 4.0] * 50 + [16.0] * 100, [100], 9) == "▁▁▁▁|████"
