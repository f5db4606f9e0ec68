"""What the table over an axis promises: a row a value, a column a subject, and the fastest marked only where it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from concbench.model import Run
from concbench.report.over import LEGEND, tables_over
from concbench.report.swept import along, swept
from concbench.report.tables import FORMATS
from tests.report.gate_runs import change, gate_run
from tests.report.over_runs import CPU, case, chunks_run, lengths_run, run_over
from tests.report.runs import HOSTILE


def lines(run: Run, width: int = 100) -> list[str]:
    """Title, table and notes of the only one, line by line."""
    ((title, table, notes),) = tables_over(run, width=width)
    return [title, *table.splitlines(), *(line for note in notes for line in note.splitlines())]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_a_row_is_a_value_with_its_unit_and_a_column_a_subject() -> None:
    title, header, _, *rows, legend = lines(lengths_run())
    assert title == "By the length of a task: cpu, 8 tasks, 2 workers"
    assert cells(header) == ["a task", "serial", "thread", "pool-map"]
    assert [cells(row)[0] for row in rows] == ["10.0 µs", "100 µs", "10.0 ms"]
    assert legend == LEGEND


def test_the_fastest_of_a_row_is_marked_and_what_failed_is_a_dash() -> None:
    rows = [cells(row) for row in lines(lengths_run())[3:6]]
    assert [[cell.endswith("*") for cell in row[1:]] for row in rows] == [
        [True, False, False],
        [True, False, False],
        [False, False, True],
    ]
    assert rows[1][2] == "-"


def test_who_is_fastest_but_perhaps_not_has_another_mark() -> None:
    close = [case("serial", 0.01 * n, replace(CPU, tasks=n)) for n in (1, 2)]
    close += [case("thread", 0.0101 * n, replace(CPU, tasks=n)) for n in (1, 2)]
    rows = [cells(row) for row in lines(run_over(close, "tasks"))[3:5]]
    assert [row[1].endswith("?") for row in rows] == [True, True]
    assert [row[2].endswith(("?", "*")) for row in rows] == [False, False]


def test_one_block_is_never_sure() -> None:
    run = lengths_run()
    for each in run.cases:
        del each.samples[1:]
    assert not any(line.endswith(" *") for line in lines(run)[3:6])


def test_auto_is_the_last_row_and_who_does_not_heed_it_stands_below() -> None:
    title, header, _, *rest = lines(chunks_run())
    assert title == "By the chunksize: cpu, 8 tasks of 1.00 ms, 2 workers"
    assert cells(header) == ["chunksize", "pool-map"]
    assert [cells(row)[0] for row in rest[:3]] == ["1", "8", "auto"]
    assert rest[3] == "Fastest: pool-map with chunksize auto."
    assert rest[4].startswith("Not changed by it: serial 7.99 ms ±")


def test_one_number_and_auto_are_two_values() -> None:
    cases = [case("pool-map", wall, CPU, workers=2, chunksize=size) for size, wall in ((1, 0.01), (None, 0.02))]
    run = run_over(cases, "chunksize")
    assert [cells(row)[0] for row in lines(run)[3:5]] == ["1", "auto"]
    assert [len(line.points) for line in swept(run)[0].lines] == [1]


def test_settings_that_set_lines_of_one_subject_apart_are_in_their_names() -> None:
    cases = [
        case("pool-map", 0.01, CPU, workers=workers, chunksize=size) for workers in (1, 2) for size in (1, 4, None)
    ]
    tables = {
        title.partition(":")[0]: table for title, table, _ in tables_over(run_over(cases, "workers", "chunksize"))
    }
    assert cells(tables["By the number of workers"].splitlines()[0]) == [
        "workers",
        "pool-map chunksize 1",
        "pool-map chunksize 4",
        "pool-map chunksize auto",
    ]
    assert cells(tables["By the chunksize"].splitlines()[0]) == [
        "chunksize",
        "pool-map workers 1",
        "pool-map workers 2",
    ]


def test_each_kind_of_work_has_its_own() -> None:
    cases = [
        case("pool-map", 0.01, replace(CPU, tasks=tasks), workers=workers) for tasks in (1, 10) for workers in (1, 2)
    ]
    titles = [title for title, _, _ in tables_over(run_over(cases, "workers", "tasks"))]
    assert titles == [
        "By the number of workers: cpu, 1 task of 1.00 ms",
        "By the number of workers: cpu, 10 tasks of 1.00 ms",
        "By the number of tasks: cpu, tasks of 1.00 ms",
    ]


def test_a_length_that_is_found_by_timing_sets_no_work_apart() -> None:
    work = replace(CPU, name="payload", loops=0)
    cases = [
        case("serial", 0.01, replace(work, payload=size, task_time=length))
        for size, length in ((16, 1e-6), (1024, 2e-6))
    ]
    (found,) = along("payload", run_over(cases))
    assert found.values == [16, 1024]
    unknown = [replace(each, workload=replace(each.workload, name="no-such-workload")) for each in cases]
    assert along("payload", run_over(unknown)) == []


def test_two_values_that_nobody_asked_for_have_no_table() -> None:
    two = [case("serial", 0.01, replace(CPU, tasks=tasks)) for tasks in (1, 2)]
    assert list(tables_over(run_over(two))) == []
    assert len(list(tables_over(run_over(two, "tasks")))) == 1
    three = [case("serial", 0.01, replace(CPU, tasks=tasks)) for tasks in (1, 2, 3)]
    assert len(list(tables_over(run_over(three)))) == 1


def test_the_sides_of_a_gate_have_none() -> None:
    assert list(tables_over(replace(lengths_run(), changes=gate_run(change(verdict="same")).changes))) == []


def test_cases_that_differ_in_more_are_no_line() -> None:
    run = lengths_run()
    run.cases += [replace(each, id=f"{each.id} again") for each in run.cases]
    assert swept(run) == []


def test_too_wide_a_table_is_cut_and_each_piece_has_the_values() -> None:
    found = lines(lengths_run(), width=50)
    assert max(map(len, found)) <= 50
    assert sum(line.startswith("10.0 µs") for line in found) > 1


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_every_value_and_lets_no_text_of_a_run_mean_anything(form: str) -> None:
    run = lengths_run()
    for each in run.cases:
        each.subject = f"{each.subject}{HOSTILE}|<b>"
    for title, table, notes in tables_over(run, form):
        for text in (title, *table.splitlines(), *notes):
            assert text.isprintable() or form == "tsv"
        assert "10.0 µs" in table
        if form in ("html", "github", "pipe"):
            assert "<b>" not in table


def test_larger_messages_may_be_fewer_but_not_where_sizes_were_asked_for() -> None:
    sizes = [(16, 300), (1024, 300), (2048, 300), (2048, 100), (4096, 8)]
    cases = [
        case("pipe", 0.01, replace(CPU, name="messages", payload=size, tasks=trips, task_time=0.0), "messages")
        for size, trips in sizes
    ]
    assert [found.values for found in along("payload", run_over(cases, "payload"))] == [[16, 1024, 2048]]
    assert [found.values for found in along("payload", run_over(cases[:2] + cases[3:]))] == [[16, 1024, 2048, 4096]]
    titles = [title for title, _, _ in tables_over(run_over(cases, "payload"))]
    assert titles == ["By the size of messages: 300 round trips"]
    titles = [title for title, _, _ in tables_over(run_over(cases[:2] + cases[3:]))]
    assert titles == ["By the size of messages"]


def test_steps_and_turns_are_counted_as_such() -> None:
    cases = [
        case("value", 0.01, replace(CPU, name="steps", tasks=tasks, task_time=0.0), "counters", workers=workers)
        for tasks in (10, 20)
        for workers in (1, 2)
    ]
    assert [title for title, _, _ in tables_over(run_over(cases, "workers", "tasks"))] == [
        "By the number of workers: 10 steps",
        "By the number of workers: 20 steps",
        "By the number of tasks",
    ]
