"""What is printed to a terminal promises: lines that fit, whole names, all columns, and stderr for all but results."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import click
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from concbench.model.run import Run
from concbench.report.blocks import Block, Code, Details, Heading, Paragraph, Table, Verdict
from concbench.report.document import document
from concbench.report.terminal import NARROWEST, filled, pieces, terminal, terminal_text
from concbench.runs.reading import read_run
from tests.report.runs import EXPERIMENTS, lengths_run, measured_runs

FIGURES = Table(("strategy", "median", "ideal", "CPU"), (("pool-map", "81.8 ms", "61%", "140 ms"),))


def lines(run: Run, width: int) -> list[str]:
    return terminal_text(document(run), width).splitlines()


# Width


@pytest.mark.parametrize("width", [60, 80, 120])
@given(run=measured_runs())
def test_no_line_is_wider_than_the_terminal_whatever_the_figures(width: int, run: Run) -> None:
    assert max(map(len, lines(run, width))) <= width


@pytest.mark.parametrize("build", [*EXPERIMENTS, lengths_run])
@pytest.mark.parametrize("width", [60, 80])
def test_no_line_of_any_experiment_is_wider_than_the_terminal(build: object, width: int) -> None:
    assert max(map(len, lines(build(), width))) <= width  # type: ignore[operator]  # it makes a run


def first_words(text: str) -> list[str]:
    return [line.split()[0] for line in click.unstyle(text).splitlines() if line and line[0] != "-"]


def test_a_table_that_is_too_wide_is_cut_and_each_piece_names_its_rows() -> None:
    assert terminal(FIGURES, 33) == (
        "strategy   median  ideal     CPU\n--------  -------  -----  ------\npool-map  81.8 ms    61%  140 ms"
    )
    assert first_words(terminal(FIGURES, 30)) == ["strategy", "pool-map"] * 2
    assert len(terminal(FIGURES, 10).splitlines()) == 3 * 3 + 2  # one column each, however narrow


def test_each_piece_takes_as_much_as_fits_and_what_decides_stays_together() -> None:
    def headers(table: Table, width: int) -> list[list[str]]:
        return [piece.split("\n")[0].split() for piece in terminal(table, width).split("\n\n")]

    wide = Table(("strategy", "median", "ideal", "CPU", "memory"), (("pool-map", "81.8 ms", "61%", "140 ms", "12 MB"),))
    assert headers(wide, 34) == [["strategy", "median", "ideal", "CPU"], ["strategy", "memory"]]
    assert headers(replace(wide, decisive=3), 34) == [["strategy", "median", "ideal"], ["strategy", "CPU", "memory"]]
    assert headers(replace(wide, decisive=4), 25) == [["strategy", "median", "ideal"], ["strategy", "CPU", "memory"]]


def test_long_names_stand_in_two_lines_where_that_saves_a_table() -> None:
    long = "executor-processes workers 2 chunksize 25"
    table = Table(
        ("strategy", "median", "vs recommended", "start+run+stop", "ideal"),
        (
            ("serial", "255 µs ±7% *", "1", "3.8+224+2.7 µs", "88%"),
            (long, "31.0 ms ~", "95.8× slower", "1+2+3 ms", "1%"),
        ),
        best=(0,),
    )
    assert len(terminal(table, 60).split("\n\n")) == 2
    _, _, serial, first, second, *_ = click.unstyle(terminal(table, 60)).splitlines()
    assert (serial.split()[0], first.split()[0]) == ("serial", "executor-processes")
    assert second.rstrip() == "  workers 2 chunksize 25"
    assert long in terminal(table, 90)
    assert "\x1b[1mserial" in terminal(table, 60)


@pytest.mark.parametrize(("width", "most"), [(80, 2), (120, 1)])
def test_at_80_columns_a_comparison_has_two_tables_at_most_and_at_120_one(width: int, most: int) -> None:
    for name in ("pool-vs-process", "tutorial"):
        blocks = document(read_run(Path(f"results/example-{name}.json")))
        for table in (block for block in blocks if isinstance(block, Table)):
            assert len(terminal(table, width).split("\n\n")) <= most


def test_the_best_row_stands_out_and_factors_have_the_colour_of_their_direction() -> None:
    table = Table(
        ("strategy", "median", "vs b"),
        (
            ("a", "1 s *", "2.00× faster"),
            ("b", "2 s", "1"),
            ("c", "3 s", "1.50× slower"),
            ("d", "2 s", "1.01× slower ?"),
        ),
        best=(0,),
    )
    _, _, best, reference, slower, undecided = terminal(table).splitlines()
    assert best.startswith("\x1b[1ma ")
    assert "\x1b[31m1.50× slower\x1b[0m" in slower
    assert "\x1b" not in reference + undecided


def test_a_factor_that_is_undecided_has_no_colour() -> None:
    for text in (
        "It: a is between 1.06× faster and 1.09× slower than b (95 % interval): undecided.",
        "It: not conclusively faster than serial, which is between 1.10× and 1.20× slower.",
    ):
        assert "\x1b[31m" not in terminal(Paragraph(text, "answer"))
        assert "\x1b[31m" not in terminal(Verdict("confirmed", "So.", text))


def test_an_answer_stands_out_up_to_its_first_colon() -> None:
    answer = Paragraph("Fastest: a, 1 s for 2 tasks: 2.00× faster than b (1 round).", "answer")
    lead, between, factor = "\x1b[32m\x1b[1mFastest:\x1b[0m", " a, 1 s for 2 tasks: ", "\x1b[32m2.00× faster\x1b[0m"
    assert terminal(answer) == f"{lead}{between}{factor} than b (1 round)."
    assert terminal(Paragraph("2 of 4 statements hold.", "answer")) == "2 of 4 statements hold."
    (piece,) = pieces([answer])
    assert not piece.aside


@given(run=measured_runs(), width=st.integers(60, 160))
def test_a_table_that_was_cut_has_all_its_columns(run: Run, width: int) -> None:
    (table,) = (block for block in document(run) if isinstance(block, Table) and block.headers[0] == "strategy")
    words = {word for line in terminal(table, width).splitlines() for word in line.split()}
    assert set(" ".join(table.headers).split()) <= words


def test_paragraphs_are_filled_and_break_no_name() -> None:
    assert filled("one-two three", 9, indent="  ") == "  one-two\n  three"
    text = "short/pool-imap-unordered takes 2 times the time of short/executor-interpreters."
    for width in range(40, 100):
        found = terminal(Verdict("confirmed", "So.", text), width)
        assert max(map(len, click.unstyle(found).splitlines())) <= width
        assert "short/pool-imap-unordered" in found


# Failures and notes


def test_a_failure_has_its_reason_in_place_of_figures_wrapped_beside_its_name() -> None:
    table = replace(FIGURES, failures=(("ray", "unavailable: " + "reason " * 12),), notes=("~ noisy",))
    *figures, first, second, note = terminal(table, 60).splitlines()
    assert len(figures) == 3
    assert first.startswith("ray       unavailable: reason")
    assert second.startswith(" " * 10 + "reason")
    assert note == "~ noisy"
    assert terminal(Table(("strategy", "median"), (), failures=(("ray", "raised: no"),))) == "ray  raised: no"


# Cells that are sentences

LONG = Table(("statement", "observed", ""), (("It holds.", "observed " * 40, "DIFFERS"),), align="lll", wraps=True)
words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=NARROWEST)
sentences = st.lists(words, min_size=1, max_size=12).map(" ".join)


@pytest.mark.parametrize("text", ["5", "1e3", "1_000", "0x1F", "007", "True", "None", "inf", "nan", "", "-", "1.50"])
def test_a_cell_is_shown_letter_for_letter_also_where_it_looks_like_a_number(text: str) -> None:
    row = terminal(Table(("a", "b"), (("x", text),), align="ll", wraps=True)).splitlines()[2]
    assert row.removeprefix("x").strip() == text


@given(statement=sentences, seen=sentences, width=st.integers(60, 120))
@example(statement="0", seen="False", width=80)  # which tabulate's own way of wrapping shows as True
def test_wrapped_cells_fit_the_terminal_and_hold_every_letter(statement: str, seen: str, width: int) -> None:
    text = terminal(replace(LONG, rows=((statement, seen, "DIFFERS"),)), width)
    assert max(map(len, text.splitlines())) <= width
    found = "".join("".join(text.splitlines()[2:]).split())
    assert sorted(found) == sorted("".join(f"{statement}{seen}DIFFERS".split()))


@pytest.mark.parametrize("width", [1, 20, 40])
def test_on_a_narrower_terminal_columns_keep_their_least_width(width: int) -> None:
    assert max(map(len, terminal(LONG, width).splitlines())) <= 2 * NARROWEST + len("It holds.") + 4


def test_a_line_break_in_a_cell_begins_no_new_row() -> None:
    assert len(terminal(Table(("a", "b"), (("x\ny", "1"),))).splitlines()) == 3


# What goes where


def test_all_but_results_goes_to_stderr() -> None:
    blocks: list[Block] = [
        Paragraph("careful", "warning"),
        Verdict("confirmed", "It is.", "1 is 1."),
        Heading("A table"),
        FIGURES,
        Paragraph("Because."),
        Paragraph("Raised by:", "error"),
        Code("  Traceback", "pytb"),
        Heading("How it was measured"),
        Paragraph("Well.", "note"),
        Details("The machine", (Paragraph("Fast.", "note"),)),
    ]
    found = list(pieces(blocks))
    aside = [click.unstyle(piece.text).strip() for piece in found if piece.aside]
    assert aside == ["Warning: careful", "Raised by:", "Traceback", "Well.", "The machine:\nFast."]
    shown = click.unstyle("\n".join(piece.text for piece in found if not piece.aside))
    assert shown.startswith("CONFIRMED: It is.\n  1 is 1.\n\nA table\nstrategy")
    assert shown.endswith("140 ms\n\nBecause.")


def test_a_heading_of_nothing_that_is_a_result_is_not_printed() -> None:
    assert "How" not in terminal_text([Heading("How"), Paragraph("Well.", "note")])


def test_outcomes_are_in_colour() -> None:
    for outcome, code in (("confirmed", 32), ("refuted", 31), ("undecided", 33), ("failed", 31), ("passed", 32)):
        assert re.match(rf"\x1b\[{code}m\x1b\[1m{outcome.upper()}\x1b\[0m: ", terminal(Verdict(outcome, "So.")))
