"""What facts in print promise: every statement has its row, what differs is explained, foreign text is only text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from concbench.model import Fact, Run
from concbench.report.facts import NARROWEST, differences, fact_table, observed, statements, summary
from concbench.report.safe import printable
from concbench.report.tables import FORMATS
from concbench.report.tabulated import CELLS, TEXTS
from tests.report.runs import HOSTILE
from tests.report.sharing import fact, facts, facts_run

NARROWEST_TABLE = 2 * NARROWEST + 4 + len("as stated")


def table(run: Run, form: str = "simple", width: int | None = 100) -> str:
    return fact_table(run, form, width, CELLS.get(form, str))


def run_with(*of: Fact) -> Run:
    return replace(facts_run(), facts=list(of))


def rows(run: Run) -> list[list[str]]:
    return [re.split(r" *\t *", line) for line in table(run, "tsv", None).splitlines()[1:]]


# The table


def test_a_statement_has_one_row_whatever_the_number_of_start_methods() -> None:
    assert rows(facts_run()) == [
        ["The statement on closed holds.", "EOFError", "as stated"],
        ["The statement on threads holds.", "EOFError", "as stated"],
        ["The statement on waits holds.", "fork: still waiting; spawn: EOFError", "DIFFERS"],
        ["The statement on cpus holds.", "2", "DIFFERS"],
    ]


def test_observations_of_one_statement_belong_together_also_where_others_come_between() -> None:
    first, second, other = fact("a"), fact("a", start_method="spawn"), fact("b")
    assert statements(run_with(first, other, second)) == [[first, second], [other]]


def test_one_start_method_that_differs_is_enough_to_differ() -> None:
    (row,) = rows(run_with(fact("a"), fact("a", observed="nothing", start_method="spawn")))
    assert row[1:] == ["fork: EOFError; spawn: nothing", "DIFFERS"]


def test_start_methods_that_all_observe_the_same_are_not_named_unless_asked_for() -> None:
    both = [fact("a", start_method=method) for method in ("fork", "spawn")]
    assert observed(both) == "EOFError"
    assert observed(both, always_on=True) == "fork: EOFError; spawn: EOFError"
    assert observed([fact("a", start_method=None)], always_on=True) == "EOFError"


@pytest.mark.parametrize("text", ["5", "1e3", "1_000", "0x1F", "007", "True", "None", "inf", "nan", "", "-", "1.50"])
def test_what_was_observed_is_shown_letter_for_letter_also_where_it_looks_like_a_number(text: str) -> None:
    for width in (100, None):
        (line,) = table(run_with(fact("a", observed=text)), width=width).splitlines()[2:]
        assert line.removeprefix("The statement on a holds.").removesuffix("DIFFERS").strip() == text


@pytest.mark.parametrize("width", [NARROWEST_TABLE, 60, 80, 100, 160])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    long = fact("x" * 200, observed="observed " * 40)
    text = table(run_with(*facts(), long), width=width)
    assert max(map(len, text.splitlines())) <= width
    assert text.count("observed") == 40 + 1


@pytest.mark.parametrize("width", [1, 20, 40])
def test_on_a_terminal_narrower_than_that_the_columns_keep_their_least_width(width: int) -> None:
    text = table(run_with(*facts(), fact("long", observed="observed " * 40)), width=width)
    assert max(map(len, text.splitlines())) <= NARROWEST_TABLE


words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30)
sentences = st.lists(words, min_size=1, max_size=12).map(" ".join)


@given(statement=sentences, seen=sentences, width=st.integers(NARROWEST_TABLE, 120))
@example(statement="0", seen="False", width=80)  # which tabulate's own way of wrapping shows as True
def test_a_table_that_fits_the_terminal_holds_every_letter(statement: str, seen: str, width: int) -> None:
    text = table(run_with(replace(fact("a"), statement=statement, observed=seen)), width=width)
    assert max(map(len, text.splitlines())) <= width
    found = "".join("".join(text.splitlines()[2:]).split())
    assert sorted(found) == sorted("".join(f"{statement}{seen}DIFFERS".split()))


@pytest.mark.parametrize("form", FORMATS[1:])
def test_every_format_shows_every_statement(form: str) -> None:
    text = table(facts_run(), form, None)
    for each in facts():
        assert each.statement in text
    assert text.count("DIFFERS") == 2


def test_without_facts_there_is_an_empty_table_and_nothing_holds() -> None:
    assert summary(run_with()) == "0 of 0 statements hold"
    assert len(table(run_with()).splitlines()) == 2
    assert list(differences(run_with(), 100)) == []


# The summary


def test_the_summary_counts_statements_and_names_start_methods() -> None:
    assert summary(facts_run()) == "2 of 4 statements hold, on fork, spawn"
    for method, ending in (("spawn", ", on spawn"), (None, "")):
        both = run_with(fact("a", start_method=method), fact("b", start_method=method))
        assert summary(both) == f"2 of 2 statements hold{ending}"


# What differs


def test_what_differs_is_told_with_what_was_expected_and_what_is_known() -> None:
    assert list(differences(facts_run(), 100)) == [
        "DIFFERS: The statement on waits holds.",
        "  Expected EOFError; observed fork: still waiting.",
        "  Known: a forked child holds a copy.",
        "DIFFERS: The statement on cpus holds.",
        "  Expected EOFError; observed fork: 2; spawn: 2.",
    ]


def test_what_holds_needs_no_explanation() -> None:
    assert list(differences(run_with(fact("a"), fact("b", note="known")), 100)) == []


@pytest.mark.parametrize("width", [40, 80])
def test_differences_keep_to_the_width(width: int) -> None:
    long = fact("a", observed="still waiting " * 9, note="known " * 30)
    for paragraph in differences(run_with(long), width):
        assert max(map(len, paragraph.splitlines())) <= width


# Foreign text


def hostile() -> Run:
    """Facts whose every text is somebody's who means harm."""
    return run_with(
        *(
            Fact(name=HOSTILE, statement=HOSTILE, expected="", observed=HOSTILE, start_method=method, note=HOSTILE)
            for method in (HOSTILE, "spawn")
        ),
        replace(fact("other"), observed=f"other {HOSTILE}", start_method=HOSTILE),
    )


@pytest.mark.parametrize("form", FORMATS[1:])
@pytest.mark.parametrize("width", [None, 80])
def test_no_control_character_reaches_the_terminal(form: str, width: int | None) -> None:
    text = table(hostile(), form, width)
    assert all(line.replace("\t", "").isprintable() for line in text.split("\n"))


def test_neither_do_the_summary_and_the_differences_let_one_through() -> None:
    blocks = [summary(hostile()), *differences(hostile(), 100)]
    assert len(blocks) == 1 + 2 * 3 - 1
    assert all(line.isprintable() for block in blocks for line in block.split("\n"))
    assert printable(HOSTILE)[:12] in blocks[0]


@pytest.mark.parametrize("form", ["html", "github", "pipe"])
def test_no_markup_is_left_in_html_and_markdown(form: str) -> None:
    text = table(hostile(), form, None)
    assert "<script>" not in text
    assert text.count(TEXTS[form]("<script>")) >= 3


@pytest.mark.parametrize("form", ["github", "pipe"])
def test_a_pipe_in_a_text_begins_no_new_cell(form: str) -> None:
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table(hostile(), form, None).splitlines()}) == 1
