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


def blocks(history: History, width: int = 100, *, every: bool = False) -> list[Block]:
    return list(history_blocks(history, history.series(), width, every=every))


def tables(history: History, width: int = 100, *, every: bool = False) -> list[Table]:
    return [block for block in blocks(history, width, every=every) if isinstance(block, Table)]


def printed(history: History, form: str = TEXT, width: int = 100) -> str:
    found = pieces(history_blocks(history, history.series(), width), width, form)
    return unstyle("\n".join(piece.text for piece in found))


def answered(history: History) -> str:
    """The paragraph that stands before any table."""
    first = blocks(history)[0]
    assert isinstance(first, Paragraph)
    assert first.kind == "plain"
    return first.text


def notes(history: History) -> list[str]:
    return [note for table in tables(history, every=True) for note in table.notes]


def small_print(history: History) -> str:
    last = blocks(history)[-1]
    assert isinstance(last, Paragraph)
    return last.text


# The answer


def test_the_answer_is_that_nothing_changed() -> None:
    assert answered(read(noisy(*FLAT))) == "No change points in 2 series of 10 runs."


def test_the_answer_is_what_changed_last() -> None:
    slower, faster = [1.0] * 12 + [1.2] * 8, [0.8] * 8
    text = answered(read(noisy(*slower, *faster), pattern="*/process"))
    assert text.startswith("2 change points in 1 series of 28 runs. The latest, on 2026-01-21 (revision 0000014): ")
    assert "short/process -3" in text


def test_what_changed_a_run_or_two_apart_is_one_change() -> None:
    def found(days: int) -> str:
        """The answer where the second case steps some days after the first, by more."""
        steps = [[1.0 if day < at else level for day in range(30)] for at, level in ((12, 1.1), (12 + days, 1.3))]
        runs = [
            replace(run, results=[of_first.results[0], of_second.results[1]])
            for run, of_first, of_second in zip(noisy(*[1.0] * 30), *(noisy(*levels) for levels in steps), strict=True)
        ]
        return answered(read(runs)).partition("The latest, on ")[2]

    assert "short/pool-map +3" in found(2)
    assert "%, short/process +1" in found(2)
    assert "short/process" not in found(8)


def test_the_answer_names_a_few_cases_and_counts_the_others() -> None:
    def doubled(run: Run) -> Run:
        more = [replace(each, case=replace(each.case, row=f"{each.case.row} again")) for each in run.results]
        return replace(run, results=[*run.results, *more])

    text = answered(read(map(doubled, noisy(*STEPPED))))
    assert text.startswith("4 change points in 4 series of 20 runs. The latest, on 2026-01-13 (revision 000000c): ")
    assert text.endswith(" and 1 more.")


def test_a_few_runs_are_too_few_for_an_answer() -> None:
    text = "Too few runs to find a change: at most 3 in a series, and it takes about a dozen."
    assert answered(read(noisy(*[1.0] * 3))) == text


# Blocks


def test_what_ran_last_comes_first() -> None:
    old, new = noisy(*FLAT)[:5], noisy(*FLAT)[5:]
    for found in ([*old, *map(elsewhere(python="3.14.0"), new)], [*map(elsewhere(python="3.14.0"), new), *old]):
        headings = [block.text for block in blocks(read(found)) if isinstance(block, Heading)]
        assert ["3.14.0" in text for text in headings] == [True, False]


def test_change_points_are_listed_from_the_latest_on() -> None:
    _, steps = tables(read(noisy(*STEPPED, *[0.7] * 12)))
    dates = [row[1] for row in steps.rows]
    assert dates == sorted(dates, reverse=True)
    assert len(set(dates)) == 2


def test_series_of_a_single_run_are_counted_unless_they_are_asked_for() -> None:
    *found, last = noisy(*FLAT)
    history = read([*found, sized(tasks=7)(last)])
    note = Paragraph("Not shown: 2 series of a single run (--all shows them).", "note")
    assert note in blocks(history)
    assert [len(table.rows) for table in tables(history)] == [2]
    assert note not in blocks(history, every=True)
    assert [len(table.rows) for table in tables(history, every=True)] == [4]


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
    assert [row[0] for row in tables(history, every=True)[0].rows][:3] == [
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
    assert text.count("000000c") in (2, 3)  # once a row, and in the answer where the format has sentences


@pytest.mark.parametrize("width", [80, 120])
def test_a_history_fits_the_terminal(width: int) -> None:
    text = printed(read(noisy(*STEPPED, *[0.7] * 40)), width=width)
    assert max(map(len, text.splitlines())) <= width
    trend = tables(read(noisy(*STEPPED, *[0.7] * 40)), width)[0].rows[0][-1]
    assert 8 <= len(trend) <= 40


@pytest.mark.parametrize("letters", range(1, 40, 3))
def test_a_trend_takes_what_is_left_so_that_the_table_stays_whole(letters: int) -> None:
    def renamed(run: Run) -> Run:
        return replace(
            run, results=[replace(each, case=replace(each.case, row="x" * letters)) for each in run.results[:1]]
        )

    text = printed(read(map(renamed, noisy(*FLAT * 5))), width=80)
    (header,) = [line for line in text.splitlines() if line.startswith("case ")]
    assert header.endswith(" trend")
    assert max(map(len, text.splitlines())) <= 80


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
