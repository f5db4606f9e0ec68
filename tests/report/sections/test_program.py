"""What is said of a traced program promises: a row for each place, parts that add up, and its slowest tasks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.regions import places
from concbench.measure.parts import PARTS
from concbench.model.program import Call, Program
from concbench.report.blocks import Block, Heading, Table
from concbench.report.document import ReportOptions, document
from concbench.report.sections.method import how_measured
from concbench.report.sections.program import (
    MEANING,
    MOST_PLACES,
    calls_words,
    parts_table,
    program,
    workers_words,
)
from concbench.report.terminal import terminal_text
from tests.recorded import program as recorded
from tests.recorded import region, regions, straggling, task, traced_run


def said(traced: Program, *, why: bool = False) -> list[Block]:
    """The blocks of a program."""
    return list(program(traced, why=why, quiet=False, verbose=False))


def tables(traced: Program, *, why: bool = False) -> list[Table]:
    """Its tables."""
    return [block for block in said(traced, why=why) if isinstance(block, Table)]


def straggler() -> Program:
    """A program whose last task is a straggler."""
    found = straggling().program
    assert found is not None
    return found


def test_a_place_says_how_well_its_workers_were_used_and_what_they_were_given() -> None:
    table = tables(straggler())[0]
    rows = {row[0]: dict(zip(table.headers[1:], row[1:], strict=True)) for row in table.rows}
    outer = rows["ProcessPoolExecutor at job.py:41"]
    assert (outer["tasks"], outer["wall"], outer["workers"]) == ("4", "2.00 s", "2 processes")
    assert outer["given"] == "2 maps of 2 items, chunksize 1"
    assert rows["Semaphore at job.py:50"]["workers"] == "2 at a time"
    assert rows["Semaphore at job.py:50"]["given"] == "held 6 times"
    assert rows["Semaphore at job.py:50"]["computing"] == "-"


def test_what_a_worker_opened_stands_below_the_pool_of_that_worker_which_a_note_names() -> None:
    found = straggler()
    last_first = replace(found, regions=[*found.regions[:1], found.regions[2], found.regions[1]])
    table = tables(last_first)[0]
    assert [row[0] for row in table.rows] == [
        "ProcessPoolExecutor at job.py:41",
        "ThreadPoolExecutor at job.py:12",
        "Semaphore at job.py:50",
    ]
    note = "ThreadPoolExecutor at job.py:12: opened in workers of ProcessPoolExecutor at job.py:41."
    assert note in table.notes


def test_a_pool_that_was_opened_in_a_loop_is_one_row() -> None:
    pools = [region([task(at + 0.1, at + 0.5)], opened=at, ready=at, closed=at + 0.6) for at in range(5)]
    (table,) = tables(recorded(*pools))
    (row,) = table.rows
    assert row[0] == "ProcessPoolExecutor at job.py:41"
    assert "5 × 2 processes" in row
    assert "5 submits" in row


def test_calls_read_well() -> None:
    tasks = [task(0, 1), task(1, 2), task(2, 3)]
    one = Call(method="map", number=1, items=2, chunksize=None)
    some = Call(method="imap", number=2, items=None, chunksize=100)
    for name, calls, words in (
        ("Pool", (), "3 apply calls"),
        ("ThreadPoolExecutor", (), "3 submits"),
        ("Pool", (one,), "map of 2 items; 1 apply call"),
        ("Pool", (some,), "2 imaps, chunksize 100"),
        ("Pool", (replace(some, number=2, items=3),), "2 imaps of 3 items in all, chunksize 100"),
    ):
        (place,) = places(recorded(region(tasks, name=name, calls=calls)))
        assert calls_words(place) == words
    (group,) = places(recorded(region(tasks, name="Thread", kind="threads", group=True, workers=None, lanes=3)))
    assert (calls_words(group), workers_words(group)) == ("3 started", "up to 3 at a time")
    (wide,) = places(recorded(region(tasks, workers=8, lanes=2)))
    assert workers_words(wide) == "8 processes, 2 used"


@given(st.lists(regions(), max_size=4))
def test_the_parts_of_a_row_add_up_and_each_header_is_explained_once(found: list[object]) -> None:
    known = places(recorded(*found))  # type: ignore[arg-type]  # hypothesis does not know what regions gives
    if not known:
        return
    table = parts_table(known)
    for place in known:
        assert sum(getattr(place.parts, name) for name in PARTS) == pytest.approx(place.wall)
    shown = table.headers[2:]
    for name, word in PARTS.items():
        assert (f"{word}: {MEANING[name]}" in table.notes[1]) == (word in shown)
        assert word in shown or word in table.notes[0]


def test_stragglers_are_named_with_their_items_without_being_asked_for() -> None:
    found = next(table for table in tables(straggler()) if table.title == "The slowest tasks")
    assert found.rows[0] == ("ProcessPoolExecutor at job.py:41", "4", "1.60 s", "25%", "400 ms", "2", "'the large one'")
    alike = recorded(region([task(at, at + 1) for at in range(8)]))
    assert not [table for table in tables(alike) if table.title == "The slowest tasks"]
    assert [table for table in tables(alike, why=True) if table.title == "The slowest tasks"]


def test_a_program_without_tasks_has_no_table_beside_its_answer() -> None:
    assert list(said(recorded(region([])), why=True)) == []


def test_a_program_with_very_many_places_shows_the_first_of_them() -> None:
    many = recorded(*(region([task(0, 1)], line=at) for at in range(MOST_PLACES + 5)))
    table = tables(many)[0]
    assert len(table.rows) == MOST_PLACES
    assert table.notes[-1] == "5 more regions had tasks."


def test_the_method_of_a_trace_is_its_one_run() -> None:
    run = straggling()
    text = how_measured(run)
    assert text.startswith("One run of the program, recorded: 2.60 s, 1.50 s of CPU time in 2 processes; Python 3.13.5")
    assert "samples" not in text
    assert "block" not in text
    failed = traced_run(status=-9, unseen=["what a worker did before it was killed"], gil=False)
    text = how_measured(failed)
    assert "Python 3.13.5, free-threaded, " in text
    assert " Signal 9 ended it. " in text
    assert text.endswith(" what a worker did before it was killed.")


def test_details_name_the_processes_of_the_program() -> None:
    blocks = document(straggling(), ReportOptions(verbose=True))
    text = terminal_text(blocks, 120)
    assert "The processes of the program" in text
    assert "job.py --fast" in text


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_of_a_report_is_wider_than_the_terminal(width: int) -> None:
    text = terminal_text(document(straggling(), ReportOptions(why=True)), width)
    assert max(map(len, text.splitlines())) <= width
    assert next(block.text for block in document(straggling()) if isinstance(block, Heading)) == (
        "Where the tasks of job.py --fast ran"
    )
