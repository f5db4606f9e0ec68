"""What is printed to a terminal promises: lines that fit, whole names, all columns, and stderr for all but results."""

from __future__ import annotations

import re
from dataclasses import replace

import click
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from concbench.model.run import Run
from concbench.report.blocks import Block, Code, Details, Heading, Paragraph, Table, Verdict
from concbench.report.document import document
from concbench.report.terminal import NARROWEST, filled, pieces, terminal, terminal_text
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


def test_a_table_that_is_too_wide_is_cut_in_the_middle_and_each_piece_names_its_rows() -> None:
    assert terminal(FIGURES, 40) == (
        "strategy      median    ideal     CPU\n----------  --------  -------  ------\n"
        "pool-map     81.8 ms      61%  140 ms"
    )
    assert [line.split()[0] for line in terminal(FIGURES, 30).splitlines() if line and line[0] != "-"] == [
        *("strategy", "pool-map"),
        *("strategy", "pool-map"),
    ]
    assert len(terminal(FIGURES, 10).splitlines()) == 3 * 3 + 2  # one column each, however narrow


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
