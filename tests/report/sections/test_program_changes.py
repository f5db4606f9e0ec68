"""What is said of two traces promises the whole first, then what changed where, and that there is no interval."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from concbench.model.program import Program, Region
from concbench.report.blocks import Paragraph, Table
from concbench.report.sections.program_changes import NO_INTERVAL, program_changes, warnings
from concbench.report.terminal import terminal_text
from tests.recorded import program, region, regions, task

SLOW = region([task(0.4 * at, 0.4 * at + 0.1, at % 2) for at in range(10)])
FAST = region([task(0.1 * (at // 2), 0.1 * (at // 2) + 0.1, at % 2) for at in range(10)], line=45)


def said(before: Program, after: Program) -> tuple[list[str], dict[str, Table]]:
    """The sentences, and the tables by their titles."""
    found = list(program_changes(before, after, quiet=False))
    sentences = [block.text for block in found if isinstance(block, Paragraph)]
    return sentences, {block.title: block for block in found if isinstance(block, Table)}


def test_the_answer_is_the_program_and_the_part_that_changed_most() -> None:
    (answer, note), _ = said(program(SLOW), program(FAST))
    assert answer == (
        "7.40× faster: it took 500 ms after 3.70 s. What changed most: gaps at ProcessPoolExecutor at job.py:45, "
        "2.80 s less."
    )
    assert note == NO_INTERVAL


def test_each_place_and_each_part_that_changed_has_a_row() -> None:
    _, tables = said(program(SLOW), program(FAST))
    assert tables["Where tasks ran"].rows == (
        ("ProcessPoolExecutor at job.py:45", "10", "3.70 s → 500 ms", "7.40× faster", "14% → 100%"),
    )
    (parts,) = [row for row in tables["Where the time went"].rows if row[1] == "gaps"]
    assert parts[2:] == ("2.80 s", "0 ns", "-2.80 s")
    assert tables["The program"].rows[0] == ("wall time", "3.70 s", "500 ms", "7.40× faster")


def test_what_is_hardly_different_is_no_change_and_has_no_parts() -> None:
    (answer, _), tables = said(program(FAST), program(FAST))
    assert answer == "About as long: it took 500 ms after 500 ms."
    assert "Where the time went" not in tables


def test_places_that_are_new_or_gone_say_so() -> None:
    _, tables = said(program(SLOW), program(region([task(0, 1)], file="/home/someone/other.py")))
    assert [(row[0], row[3]) for row in tables["Where tasks ran"].rows] == [
        ("ProcessPoolExecutor at other.py:41", "new"),
        ("ProcessPoolExecutor at job.py:41", "gone"),
    ]


def test_other_programs_and_bad_ends_are_warned_of() -> None:
    assert list(warnings(program(SLOW), program(FAST))) == []
    other = program(FAST, command=["python3", "other.py"], status=3)
    assert list(warnings(program(SLOW), other)) == [
        "these are two programs: job.py --fast and other.py",
        "after, the program did not end well: It exited with status 3",
    ]


@given(st.lists(regions(), max_size=3), st.lists(regions(), max_size=3))
def test_any_two_traces_can_be_compared(some: list[Region], others: list[Region]) -> None:
    text = terminal_text(program_changes(program(*some), program(*others), quiet=False), 80)
    assert "The program" in text
