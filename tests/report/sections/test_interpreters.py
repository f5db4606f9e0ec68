"""What is said of several interpreters promises: one line of verdict, the figures of the table, and what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from concbench.analysis.analysis import analyse
from concbench.analysis.interpreter_choice import Alternative, Choice
from concbench.model.result import Result
from concbench.model.run import Run
from concbench.report.blocks import Paragraph, Table
from concbench.report.document import document
from concbench.report.sections.interpreters import between, choice_in_words
from tests.analysis.test_interpreter_choice import row, starting
from tests.builders import case, interval, result, run, steady


def said(of: Run) -> list[str]:
    return [block.text for block in between(analyse(of)) if isinstance(block, Paragraph)]


@pytest.mark.parametrize(
    ("wall", "words"),
    [
        (0.12, "Stay on 3.13: 3.14 is 1.20× slower ±0.0%."),
        (0.05, "Switch to 3.14: it is 2.00× faster ±0.0%."),
        (0.101, "It makes no difference: 3.14 takes as long as 3.13, within 5 %."),
    ],
)
def test_two_interpreters_have_one_line_with_the_factor_of_the_table(wall: float, words: str) -> None:
    found = run([row("3.13", 0.1), row("3.14", wall)])
    (line,) = said(found)
    assert line == words
    (table,) = (block for block in document(found) if isinstance(block, Table) and block.headers[0] == "strategy")
    if "×" in words:
        cell = next(cells[3] for cells in table.rows if cells[1] == "3.14")
        assert cell in line


def test_what_the_fork_server_costs_is_part_of_the_line() -> None:
    found = run([starting("3.13", "fork", 0.002), starting("3.14", "forkserver", 0.042)])
    assert said(found)[0].endswith(", its fork server costs 40 ms a start.")


def test_many_rows_have_the_names_of_the_best_in_the_line_and_a_count_for_each_interpreter() -> None:
    rows = [row("3.13", 0.2, "thread"), row("3.13", 0.1, "process")]
    rows += [row("3.13t", 0.12, "thread"), row("3.13t", 0.3, "process")]
    first, second = said(run(rows))
    assert first.startswith("Stay on 3.13: 3.13t is 1.20× slower ±")
    assert first.endswith("% (thread beside process).")
    assert second == (
        "3.13t compared with 3.13: faster in 1 of 2 cases (thread: 1.67× faster), slower in 1 (process: 3.00× slower)."
    )


def test_an_interpreter_without_figures_is_named() -> None:
    failed = result(case("cpu/serial", side="3.15"), failure="no")
    assert said(run([row("3.13", 0.1), row("3.14", 0.2), failed]))[0].endswith("; 3.15 could not be measured.")
    assert said(run([row("3.13", 0.1), failed])) == [
        "Nothing was measured under 3.15, so there is nothing to compare 3.13 with."
    ]
    assert said(run([failed, row("3.13", 0.1), row("3.14", 0.1)])) == [
        "Nothing was measured under 3.15, so there is nothing to compare 3.13 and 3.14 with."
    ]


def alternative(side: str, standing: str, ratio: float = 1.0) -> Alternative:
    verdict = "undecided" if standing == "open" else standing
    return Alternative(
        side=side,
        standing=standing,  # type: ignore[arg-type]  # one of them
        ratio=interval(ratio),
        verdict=verdict,  # type: ignore[arg-type]  # one of them
    )


def test_five_interpreters_are_one_line() -> None:
    others = (alternative("3.12", "slower", 1.3), alternative("3.14", "same"), alternative("3.14t", "open"))
    switch = Choice(
        first="3.13",
        found="switch",
        to=("3.15",),
        others=(*others, alternative("3.15", "faster", 0.5)),
        missing=(),
        several=False,
    )
    assert choice_in_words(switch) == (
        "Switch to 3.15: it is 2.00× faster ±5%; 3.14 takes as long as 3.13, within 5 %; 3.12 is 1.30× slower ±5%; "
        "3.14t is too close to call."
    )
    both = replace(switch, to=("3.15", "3.16"), others=(*switch.others, alternative("3.16", "faster", 0.5)))
    assert choice_in_words(both).startswith("Switch to 3.15 or 3.16: 3.15 is 2.00× faster ±5%; 3.16 is 2.00× faster")
    open_ = replace(switch, found="open", to=(), others=others)
    assert choice_in_words(open_) == (
        "Too close to call between 3.13 and 3.14t: 3.14t is between 1.05× faster and 1.05× slower than 3.13 (95 % "
        "interval); 3.14 takes as long as 3.13, within 5 %; 3.12 is 1.30× slower ±5%."
    )
    same = replace(switch, found="same", to=(), others=(alternative("3.14", "same"), alternative("3.15", "same")))
    assert choice_in_words(same) == "It makes no difference: 3.14 and 3.15 take as long as 3.13, within 5 %."
    two = replace(open_, others=(alternative("3.14", "open"), alternative("3.15", "open")))
    assert choice_in_words(two) == "Too close to call between 3.13, 3.14 and 3.15."


def test_a_prediction_is_said_to_be_one() -> None:
    found = Choice(
        first="3.13",
        found="stay",
        to=(),
        others=(alternative("3.14", "slower", 2.0),),
        missing=(),
        several=False,
        predicted=True,
    )
    assert choice_in_words(found) == ("Stay on 3.13: 3.14 is predicted to be 2.00× slower than 3.13 (1.90× to 2.10×).")


def tables_of(walls: dict[str, tuple[float, ...]]) -> list[Result]:
    """A row in each of several tables, under each interpreter."""
    return [
        result(case(f"part {number}/serial", side=side), steady(wall))
        for side, each in walls.items()
        for number, wall in enumerate(each)
    ]


@pytest.mark.parametrize(
    ("walls", "words"),
    [
        ((0.1, 0.2), "Stay on 3.13: no case is faster under 3.14, and some are slower."),
        ((0.1, 0.05), "Switch to 3.14: some cases are faster there than under 3.13, and none is slower."),
        ((0.2, 0.05), "It depends on the case: some are faster under 3.14 than under 3.13, and some slower."),
        ((0.1, 0.1), "It makes no difference: every case takes as long under 3.14 as under 3.13, within 5 %."),
    ],
)
def test_several_tables_have_a_line_on_their_rows(walls: tuple[float, ...], words: str) -> None:
    line, counts = said(run(tables_of({"3.13": (0.1, 0.1), "3.14": walls})))
    assert line == words
    assert counts.startswith("3.14 compared with 3.13: ")


def test_a_row_that_the_first_interpreter_lacks_is_counted_beside_the_one_that_has_it() -> None:
    rows = [row("3.13", 0.1), result(case("cpu/thread", side="3.13"), failure="no")]
    rows += [row(side, 0.1, name) for side in ("3.14", "3.15") for name in ("serial", "thread")]
    assert [text.partition(":")[0] for text in said(run(rows))[1:]] == [
        "3.14 compared with 3.13",
        "3.15 compared with 3.13",
        "3.15 compared with 3.14",
    ]
