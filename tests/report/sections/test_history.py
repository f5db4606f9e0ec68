"""What a printed history promises: trends with marks, change points with their run, and names that say what differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from click import unstyle
from hypothesis import given, settings
from hypothesis import strategies as st

from concbench.analysis.history import Followed, History
from concbench.model.run import Run
from concbench.report.blocks import Block, Heading, Paragraph, Table
from concbench.report.sections.history import BLOCKS, MARK, PLAIN_BLOCKS, history_blocks, sparkline
from concbench.report.terminal import FORMATS, TEXT, pieces
from tests.analysis.test_history import FLAT, STEPPED, elsewhere, noisy, read, set_to, sized
from tests.builders import HOSTILE
from tests.report.runs import measured_runs


def blocks(history: History, width: int = 100) -> list[Block]:
    return list(history_blocks(history, history.series(), width))


def tables(history: History, width: int = 100) -> list[Table]:
    return [block for block in blocks(history, width) if isinstance(block, Table)]


def printed(history: History, form: str = TEXT, width: int = 100) -> str:
    found = pieces(history_blocks(history, history.series(), width), width, form)
    return unstyle("\n".join(piece.text for piece in found))


def notes(history: History) -> list[str]:
    return [note for table in tables(history) for note in table.notes]


def small_print(history: History) -> str:
    return next(block.text for block in blocks(history) if isinstance(block, Paragraph) and block.text[0].isdigit())


# Blocks


def test_a_heading_names_the_suite_the_machine_and_the_runs() -> None:
    (heading,) = [block for block in blocks(read(noisy(*STEPPED))) if isinstance(block, Heading)]
    assert heading.text == (
        "pool-vs-process on Example CPU @ 2.40 GHz, 2 usable cores, CPython 3.13.5: 20 runs, 2026-01-01 to 2026-01-20"
    )


def test_a_row_has_the_first_and_the_last_figure_and_a_trend_with_its_marks() -> None:
    first, _ = tables(read(noisy(*STEPPED)))[0].rows
    assert first[:2] == ("short/process", "20")
    assert first[2].endswith(" ms")
    assert first[-1].index(MARK) == 12
    assert len(first[-1]) == 21


def test_every_change_point_is_a_row_with_date_revision_and_step() -> None:
    _, steps = tables(read(noisy(*STEPPED)))
    assert [row[:3] for row in steps.rows] == [
        ("short/process", "2026-01-13", "000000c"),
        ("short/pool-map", "2026-01-13", "000000c"),
    ]
    assert all(row[3].startswith("+") and "±" in row[4] for row in steps.rows)


def test_without_a_change_there_is_neither_a_mark_nor_a_table_of_change_points() -> None:
    (table,) = tables(read(noisy(*FLAT)))
    assert not any(MARK in row[-1] for row in table.rows)
    assert "change point" not in small_print(read(noisy(*FLAT))).lower()


def test_rows_of_one_case_are_next_to_each_other_and_say_what_differs() -> None:
    *found, second, last = noisy(*FLAT)
    history = read([*found, set_to(workers=None)(second), sized(tasks=7)(last)])
    assert [row[0] for row in tables(history)[0].rows][:3] == [
        "short/process (tasks 100, workers 2)",
        "short/process (tasks 100, workers default)",
        "short/process (tasks 7, workers 2)",
    ]


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (elsewhere(cpu_model="Another"), "Runs on other machines or interpreters have tables of their own."),
        (sized(tasks=7), "A case that was measured with other sizes or settings has a row for each."),
    ],
)
def test_it_is_noted_what_has_a_table_or_a_row_of_its_own(change: Callable[[Run], Run], note: str) -> None:
    *found, last = noisy(*FLAT)
    assert notes(read([*found, last])) == []
    assert note in notes(read([*found, change(last)]))


def test_the_small_print_says_what_was_read_and_what_was_left_out() -> None:
    first, *others = noisy(*FLAT)
    history = read([replace(first, complete=False), *others, others[0]])
    assert small_print(history) == "9 runs, 2 series. Left out: 1 incomplete run, 1 duplicate file, 9 failed cases."
    assert small_print(read(others, followed="cpu")).endswith("Figures are CPU time of a sample.")


def test_of_nothing_it_is_said_that_there_is_nothing() -> None:
    assert blocks(read([]))[0] == Paragraph("There is nothing to show.", "note")


# As text


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_shows_every_case_and_its_change_points(form: str) -> None:
    text = printed(read(noisy(*STEPPED)), form)
    assert "short/process" in text
    assert "short/pool-map" in text
    assert text.count("000000c") == 2


@pytest.mark.parametrize("width", [80, 120])
def test_a_history_fits_the_terminal(width: int) -> None:
    text = printed(read(noisy(*STEPPED, *[0.7] * 40)), width=width)
    assert max(map(len, text.splitlines())) <= width
    trend = tables(read(noisy(*STEPPED, *[0.7] * 40)), width)[0].rows[0][-1]
    assert 8 <= len(trend) <= 40


@pytest.mark.parametrize("form", [TEXT, "html", "github"])
@given(found=st.lists(measured_runs(), max_size=3), followed=st.sampled_from(["wall", "cpu"]))
@settings(max_examples=10)
def test_any_run_that_can_be_read_can_be_shown(form: str, found: list[Run], followed: Followed) -> None:
    assert all(line.isprintable() for line in printed(read(found, followed=followed), form).split("\n"))


@pytest.mark.parametrize("form", [TEXT, "html", "github"])
def test_nothing_in_a_file_is_acted_on(form: str) -> None:
    def hostile(run: Run) -> Run:
        results = [replace(each, case=replace(each.case, row=HOSTILE + each.case.row)) for each in run.results]
        return elsewhere(git_revision=HOSTILE)(replace(run, suite=HOSTILE, results=results))

    text = printed(read(map(hostile, noisy(*STEPPED))), form)
    assert all(line.isprintable() for line in text.split("\n"))
    assert form == TEXT or "<script>" not in text


# Trends


def test_a_trend_has_a_block_for_each_run_and_a_mark_at_each_change() -> None:
    assert sparkline([1.0, 1.0, 2.0, 2.0, 4.0], [2, 4], 40) == "▁▁|▅▅|█"
    assert sparkline([1.0, 1.0, 2.0, 2.0, 4.0], [2, 4], 40, PLAIN_BLOCKS) == "..|++|#"


def test_small_noise_is_no_mountain() -> None:
    assert set(sparkline([1.0, 1.01, 1.0, 1.02], [], 40)) <= set("▄▅▆")


def test_a_trend_of_many_runs_shows_their_means() -> None:
    assert sparkline([1.0, 4.0] * 50 + [16.0] * 100, [100], 9) == "▁▁▁▁|████"


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
    assert len(BLOCKS) == len(PLAIN_BLOCKS)
    assert len(sparkline(values, inside, width, PLAIN_BLOCKS)) == len(drawn)
