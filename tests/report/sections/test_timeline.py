"""What a drawn timeline promises: rows that fit, time where it was, and idle workers that are seen to be idle."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.experiments.trace import lanes_of, unpack
from concbench.model.result import Failure, Trace
from concbench.report.sections.timeline import (
    MOST_LANES,
    PLAIN_SHADES,
    SHADES,
    axis,
    chosen,
    legend,
    phases,
    row,
    time_ticks,
    timeline,
    untraced,
)
from tests.builders import HOSTILE, Task, dealt, example_run, result, spans_of, trace_of, traces
from tests.report.runs import messages_run

widths = st.integers(40, 200)


def drawn(trace: Trace, width: int = 100, shades: str = SHADES) -> list[str]:
    return list(timeline(result("short/pool-map"), trace, width, shades))


def rows_of(lines: list[str]) -> list[str]:
    """What is between the edges of the rows that are workers."""
    return [line.split("|")[1] for line in lines if line.startswith("worker ")]


# The drawing


@given(trace=traces(), width=widths)
def test_no_line_is_wider_than_the_terminal(trace: Trace, width: int) -> None:
    assert all(len(line) <= width for text in drawn(trace, width) for line in text.splitlines())


@given(trace=traces(), width=widths)
def test_there_is_a_row_for_each_worker_and_all_are_as_wide(trace: Trace, width: int) -> None:
    rows = rows_of(drawn(trace, width))
    assert len(rows) == len(lanes_of(unpack(trace.spans, trace.tasks), trace.lanes))
    assert len({len(each) for each in rows}) == 1


@given(trace=traces())
def test_no_worker_is_drawn_at_work_while_it_was_started_or_stopped(trace: Trace) -> None:
    lines = drawn(trace)
    whole = max(1e-9, trace.start + trace.run + trace.stop)
    for each in rows_of(lines):
        begin, end = trace.start / whole * len(each), (trace.start + trace.run) / whole * len(each)
        assert not each[: max(0, int(begin) - 1)].strip()
        assert not each[int(end) + 2 :].strip()


@given(trace=traces(), columns=st.integers(1, 200))
def test_every_task_can_be_seen_however_short(trace: Trace, columns: int) -> None:
    spans = unpack(trace.spans, trace.tasks)
    whole = trace.start + trace.run + trace.stop + 1e-6
    for tasks in lanes_of(spans, trace.lanes):
        drawn_row = row(tasks, spans, whole, columns)
        assert len(drawn_row) == columns
        assert bool(drawn_row.strip()) == bool(tasks)
        for task in tasks:
            assert drawn_row[min(columns - 1, int(spans.begins[task] * columns * 1e-9 / whole))] != " "


def test_a_worker_that_never_worked_is_an_empty_row() -> None:
    lines = drawn(trace_of([(0.0, 1.0, 0)], 3))
    first, *others = rows_of(lines)
    assert set(first) == {"█"}
    assert [each.strip() for each in others] == ["", ""]
    figures = [tuple(line.split()[-2:]) for line in lines if line.startswith("worker ")]
    assert figures == [("1", "100%"), ("0", "0%"), ("0", "0%")]


def test_wide_tasks_take_turns_in_two_shades() -> None:
    tasks = [(float(number), number + 1.0, 0) for number in range(4)]
    assert row([0, 1, 2, 3], spans_of(tasks), 4.0, 16) == "████▓▓▓▓████▓▓▓▓"
    assert row([0, 1, 2, 3], spans_of(tasks), 4.0, 16, PLAIN_SHADES) == "####++++####++++"


def test_a_column_of_many_tasks_shows_how_much_of_it_was_busy() -> None:
    tasks: list[Task] = []
    for column, share in enumerate((0.0, 0.25, 0.5, 0.75, 1.0)):
        tasks += [(column + part / 10, column + (part + share) / 10, 0) for part in range(10) if share]
    assert row(list(range(len(tasks))), spans_of(tasks), 5.0, 5) == " ░▒▓█"


def test_a_gap_of_a_column_is_blank() -> None:
    assert row([0, 1], spans_of([(0.0, 4.0, 0), (5.0, 8.0, 0)]), 8.0, 8) == "████ ▓▓▓"


@given(trace=traces(), columns=st.integers(1, 200))
def test_the_phases_fill_the_ruler_in_their_order(trace: Trace, columns: int) -> None:
    ruler = phases(trace, columns)
    assert len(ruler) == columns
    places = [ruler.find(name) for name in ("start", "run", "stop") if name in ruler]
    assert places == sorted(places)


def test_start_and_stop_are_named_at_both_sides() -> None:
    ruler = drawn(trace_of([(1.0, 3.0, 0)], 1, start=1.0, stop=1.0))[1]
    assert ruler.split("|")[1].rstrip("-") == "start"
    assert ruler.split("|")[2].rstrip("-") == "run"
    assert ruler.split("|")[3].rstrip("-") == "stop"


def test_the_title_says_what_it_is_and_how_long_it_took() -> None:
    trace = trace_of(dealt([0.02] * 100, 4, 7, begin=0.01), 4, start=0.01, stop=0.005)
    assert drawn(trace)[0] == ("short/pool-map: 575 ms (start 10.0 ms, run 560 ms, stop 5.00 ms); 100 tasks, 4 workers")


def test_workers_that_were_replaced_are_counted_in_the_title_and_share_rows() -> None:
    tasks = [(0.1 * number, 0.1 * number + 0.15, number) for number in range(100)]
    lines = drawn(trace_of(tasks, 2))
    assert "2 workers at a time, 100 in all" in " ".join(lines[0].split())
    assert len(rows_of(lines)) == 2


@pytest.mark.parametrize("tasks", [4, 100, 10_000])
def test_few_and_many_tasks_fill_the_same_space(tasks: int) -> None:
    lines = drawn(trace_of(dealt([1.0 / tasks] * tasks, 2, 1), 2))
    assert [each.strip(" ░▒") for each in rows_of(lines)]
    assert all(set(each) <= {"█", "▓"} for each in rows_of(lines))
    assert len(lines) == 6


# Many workers


@given(lanes=st.integers(1, 400), late=st.integers(0, 399))
def test_of_many_workers_the_first_the_last_and_the_latest_are_shown(lanes: int, late: int) -> None:
    late %= lanes
    tasks = [(number * 1e-3, 1.0 + (number == late), number) for number in range(lanes)]
    spans = spans_of(tasks)
    shown = chosen(lanes_of(spans, lanes), spans)
    assert len(shown) == len(set(shown)) <= MOST_LANES
    assert {0, lanes - 1, late} <= set(shown)
    assert shown == sorted(shown)
    assert len(shown) >= min(lanes, MOST_LANES - 1)


def test_those_that_are_not_shown_are_counted() -> None:
    lines = drawn(trace_of([(number * 0.01, 1.0 + number * 0.01, number) for number in range(100)], 100))
    shown = len(rows_of(lines))
    assert lines[-1] == f"... and {100 - shown} more workers between them"
    assert lines[2].startswith("worker 1 ")
    assert any(line.startswith("worker 100 |") for line in lines)


# The axis


@given(whole=st.floats(-9, 9).map(lambda power: 10.0**power), columns=st.integers(10, 200))
def test_an_axis_begins_at_0_and_has_marks_at_round_figures(whole: float, columns: int) -> None:
    ticks = time_ticks(whole, columns)
    assert ticks[0] == (0, "0")
    assert [at for at, _ in ticks] == sorted({at for at, _ in ticks})
    assert all(0 <= at < columns for at, _ in ticks)
    for _, word in ticks[1:]:
        assert word.split()[0].replace(",", "").replace(".", "").strip("0") in {str(n) for n in range(1, 100)}
    edge, words = axis(ticks, columns)
    assert len(edge) == columns + 2
    assert len(words) <= columns + 2


# Where there is nothing else


def test_an_output_without_such_letters_gets_ascii() -> None:
    trace = trace_of(dealt([0.02] * 10_000, 4, 7, gap=0.01), 4)
    text = "\n".join([*drawn(trace, shades=PLAIN_SHADES), legend(100, PLAIN_SHADES)])
    assert text.isascii()


def test_the_legend_explains_every_shade() -> None:
    assert set(SHADES) <= set(legend(100))
    assert all(len(line) <= 60 for line in legend(60).splitlines())


def test_a_hostile_name_is_spelled_out() -> None:
    trace = trace_of([(0.0, 1.0, 0)], 1)
    found = timeline(result(f"short/{HOSTILE.replace('/', '')}"), trace, 60)
    lines = [line for text in found for line in text.splitlines()]
    assert all(line.isprintable() and len(line) <= 60 for line in lines)


def test_tasks_out_of_all_bounds_are_drawn_within_them() -> None:
    for tasks in ([(0.0, 5.0, 0), (1.0, 2.0, 0)], [(7.0, 9.0, 0)], [(0.0, 0.0, 0)]):
        trace = replace(trace_of(tasks, 1), start=0.0, run=1.0, stop=0.0, wall=0.0)
        (only,) = rows_of(drawn(trace, 80))
        assert only.strip()
        assert max(map(len, drawn(trace, 80))) <= 80
    empty = replace(trace_of([(0.0, 0.0, 0)], 1), start=0.0, run=0.0, stop=0.0, wall=0.0)
    assert rows_of(drawn(empty))


# Not traced


def test_results_without_a_trace_are_named_with_the_reason() -> None:
    first = replace(example_run().results[0], trace=None)
    failed = replace(example_run().results[1], trace=None, failure=Failure(kind="timeout", message="60 s"))
    assert list(untraced([first, failed, result("short/other")], 200)) == [
        "Not traced: process: the file has no trace of it, as is usual for other tools and older versions; "
        "or see the warnings.",
        "Not traced: pool-map: failed (timeout).",
        "Not traced: other: not measured.",
    ]


def test_results_with_the_same_reason_are_named_together() -> None:
    measured = [each for each in messages_run().results if each.failure is None]
    (line,) = untraced(measured, 10_000)
    assert all(each.case.label in line for each in measured)
    assert line.endswith("only strategies, which run tasks, are traced.")


@given(width=widths)
def test_why_there_is_no_trace_fits_the_terminal(width: int) -> None:
    lines = [line for text in untraced(example_run().results, width) for line in text.splitlines()]
    assert all(len(line) <= width for line in lines)
