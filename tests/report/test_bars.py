"""What drawn bars promise: as long as they say, within the width, and parts that add up to the whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.model import Case, Failure, Interval, Run, Trace
from concbench.report.bars import (
    LETTERS,
    LOGARITHMIC,
    LONGEST_RATIO,
    Scale,
    bar,
    bars,
    legend,
    scale_of,
    shown,
    stack,
    stacks,
    work_share,
)
from concbench.stats.breakdown import PARTS, Breakdown
from concbench.stats.where import breakdown_of
from tests.example_run import example_run
from tests.report.runs import durations, hostile_run, interval, measured_runs
from tests.runs.any_run import runs
from tests.traces import case_of, dealt, run_of, trace_of, traces

widths = st.integers(60, 200)
any_parts = st.builds(
    Breakdown,
    **{name: st.floats(0, 100) for name in PARTS if name != "stretch"},
    stretch=st.floats(-100, 100),
)


def with_medians(*medians: Interval) -> list[Case]:
    case = example_run().cases[0]
    return [replace(case, id=f"short/{number}", median=median) for number, median in enumerate(medians)]


def lines_of(cases: list[Case], width: int = 100, full: str = "#") -> list[str]:
    return [line for text in bars(cases, width, full) for line in text.splitlines()]


def inside(line: str) -> str:
    return line.split("|")[1]


# How long each takes


@given(run=measured_runs(), width=widths)
def test_no_line_is_wider_than_the_terminal(run: Run, width: int) -> None:
    assert all(len(line) <= width for line in lines_of(run.cases, width))


@given(run=measured_runs())
def test_there_is_a_bar_for_each_measured_case_and_all_are_as_wide(run: Run) -> None:
    measured = [case for case in run.cases if case.error is None]
    bars_ = [inside(line) for line in lines_of(run.cases) if line.count("|") == 2]
    assert len(bars_) == len(measured)
    assert len({len(each) for each in bars_}) == 1
    assert all(each.strip() for each in bars_)


@given(times=st.lists(durations, min_size=2, max_size=5))
def test_a_longer_time_is_never_a_shorter_bar(times: list[float]) -> None:
    cases = with_medians(*(interval(time, 0.0) for time in sorted(times)))
    lengths = [inside(line).count("#") for line in lines_of(cases) if line.count("|") == 2]
    assert lengths == sorted(lengths)


def test_bars_are_in_the_proportion_of_the_times() -> None:
    cases = with_medians(interval(1.0, 0.0), interval(0.5, 0.0))
    long, short = (inside(line).count("#") for line in lines_of(cases)[:2])
    assert long == pytest.approx(2 * short, abs=1)


def test_the_figure_stands_beside_the_bar_with_its_interval() -> None:
    lines = lines_of(example_run().cases)
    assert lines[0].startswith("process  |")
    assert lines[0].endswith("|  413 ms ±2%")
    assert lines[-1] == "ray: unavailable: ray is not installed; try: pip install 'concbench[ray]'"


def test_an_interval_wider_than_a_column_is_in_brackets_around_the_end_of_the_bar() -> None:
    scale = Scale(0.5, 2.0, 40, logarithmic=False)
    drawn = bar(interval(1.0, 0.5), scale, "#")
    assert drawn.index("[") < drawn.rindex("#") < drawn.index("]")
    assert "[" not in bar(interval(1.0, 0.01), scale, "#")
    assert "[" not in bar(replace(interval(1.0, 0.5), low=None, high=None), scale, "#")


def test_an_interval_that_reaches_further_than_the_axis_ends_in_an_arrow() -> None:
    wide = Interval(estimate=1.0, low=1e-300, high=1e300, confidence=0.95, blocks=2)
    lines = lines_of(with_medians(wide, interval(0.9, 0.01)))
    assert inside(lines[0]).startswith("[")
    assert inside(lines[0]).endswith(">")
    assert inside(lines[1]).count("#") > 30


@pytest.mark.parametrize(("ratio", "logarithmic"), [(LONGEST_RATIO, False), (1.1 * LONGEST_RATIO, True)])
def test_where_times_differ_a_lot_the_axis_is_logarithmic_and_says_so(ratio: float, logarithmic: bool) -> None:
    lines = lines_of(with_medians(interval(0.01, 0.0), interval(0.01 * ratio, 0.0)))
    assert lines[2].endswith(LOGARITHMIC) == logarithmic
    assert ("0" in lines[3].split()) != logarithmic


def test_a_logarithmic_axis_has_powers_of_ten() -> None:
    lines = lines_of(with_medians(interval(0.001, 0.0), interval(1.0, 0.0)))
    assert lines[3].split() == ["1", "ms", "10", "ms", "100", "ms"]


@given(times=st.lists(st.floats(1e-12, 1e9), min_size=1, max_size=5), columns=st.integers(1, 200))
def test_every_mark_is_on_the_axis(times: list[float], columns: int) -> None:
    scale = scale_of([interval(time, 0.1) for time in times], columns)
    assert all(0 <= at < columns for at, _ in scale.ticks())
    assert all(0 <= scale.place(time) <= columns for time in times)


@given(run=runs())
def test_any_run_that_can_be_read_can_be_drawn(run: Run) -> None:
    assert all(line.isprintable() for line in lines_of(run.cases))


def test_nothing_measured_has_no_axis() -> None:
    case = replace(example_run().cases[0], median=None, error=Failure(kind="raised", message="no"))
    assert lines_of([case]) == ["process: raised: no"]
    assert lines_of([replace(case, error=None)]) == ["process -"]
    assert lines_of([]) == []


def test_a_long_or_hostile_name_leaves_room_for_bars() -> None:
    case = replace(example_run().cases[0], id="short/" + "x" * 500)
    (line, *_) = lines_of([case])
    assert "..." in line
    assert len(line) <= 100
    assert all(line.isprintable() for line in lines_of(hostile_run().cases))


# Where the time went


@given(parts=any_parts, columns=st.integers(1, 200))
def test_the_pieces_fill_the_bar(parts: Breakdown, columns: int) -> None:
    pieces = stack(parts, columns)
    assert sum(len(text) for text, _ in pieces) == columns
    assert all(set(text) == {LETTERS[name]} for text, name in pieces if name)


@given(parts=any_parts, columns=st.integers(8, 200))
def test_every_piece_is_as_long_as_its_share(parts: Breakdown, columns: int) -> None:
    shares = shown(parts)
    whole = sum(shares.values())
    lengths = {name: len(text) for text, name in stack(parts, columns)}
    for name, share in shares.items():
        if whole > 0:
            assert lengths.get(name, 0) == pytest.approx(share / whole * columns, abs=1)


@given(trace=traces(), task_time=st.floats(0, 3))
def test_what_is_drawn_adds_up_to_the_wall_time(trace: Trace, task_time: float) -> None:
    case = case_of(trace, "pool-map", task_time=task_time)
    parts = breakdown_of(case, run_of(case))
    assert parts is not None
    whole = sum(shown(parts).values())
    # Work that would have taken longer serially than the tasks took in all is more than there is to draw.
    assert whole == pytest.approx(trace.wall, abs=1e-6)
    assert 0 <= work_share(parts) <= 1


def test_tasks_faster_than_serially_have_no_stretch() -> None:
    parts = Breakdown(start=1, lead_in=0, work=5, stretch=-2, gaps=0, tail=0, back=0, stop=1)
    assert shown(parts)["stretch"] == 0
    assert shown(parts)["work"] == 3
    assert "".join(text for text, _ in stack(parts, 10)) == "++######--"


def test_a_bar_shows_the_tail_that_a_large_chunk_leaves() -> None:
    case = case_of(trace_of(dealt([0.02] * 100, 4, 7), 4), "pool-map", task_time=0.02)
    (pieces,) = stacks([case], run_of(case), 100)
    text = "".join(text for text, _ in pieces)
    assert text.startswith("pool-map |####")
    assert text.endswith("t| 560 ms, work 89%")
    assert len(text) == 100


@given(trace=traces(), width=widths)
def test_no_bar_is_wider_than_the_terminal(trace: Trace, width: int) -> None:
    cases = [case_of(trace, name, task_time=1.0) for name in ("pool-map", "thread")]
    for pieces in stacks(cases, run_of(*cases), width):
        assert len("".join(text for text, _ in pieces)) <= width


def test_cases_without_a_trace_have_no_bar() -> None:
    run = example_run()
    cases = [replace(case, trace=None) for case in run.cases]
    assert list(stacks(cases, run, 100)) == []


@given(width=st.integers(20, 200))
def test_every_letter_is_explained(width: int) -> None:
    lines = ["".join(text for text, _ in pieces) for pieces in legend(width)]
    assert max(map(len, lines)) <= width
    words = "  ".join(lines).split("  ")
    assert words == [f"{LETTERS[name]} {word}" for name, word in PARTS.items()]
    assert len(set(LETTERS.values())) == len(PARTS)


def test_letters_are_ascii_so_that_every_output_has_them() -> None:
    assert "".join(LETTERS.values()).isascii()
