"""What a table along an axis promises: a row for each value, a column for each subject, honest marks of the fastest."""

from __future__ import annotations

from dataclasses import replace

from concbench.analysis.analysis import analyse
from concbench.model.run import Run
from concbench.report.blocks import Chart, Table
from concbench.report.sections.axes import LEGEND, tables_along_axes
from tests.builders import change, gate_run, result
from tests.report.runs import CPU, at, axes_run, chunks_run, lengths_run, scaling_run


def tables(run: Run) -> list[Table]:
    return [block for block in tables_along_axes(analyse(run)) if isinstance(block, Table)]


def titles(run: Run) -> list[str]:
    return [table.title for table in tables(run)]


def test_a_row_is_a_value_with_its_unit_and_a_column_a_subject() -> None:
    (table,) = tables(lengths_run())
    assert table.title == "By the length of a task: cpu, 8 tasks, 2 workers"
    assert table.headers == ("a task", "serial", "thread", "pool-map")
    assert [row[0] for row in table.rows] == ["10.0 µs", "100 µs", "10.0 ms"]


def test_the_fastest_of_a_row_is_marked_and_what_failed_is_a_dash() -> None:
    (table,) = tables(lengths_run())
    assert [[cell.endswith(" *") for cell in row[1:]] for row in table.rows] == [
        [True, False, False],
        [True, False, False],
        [False, False, True],
    ]
    assert table.rows[1][2] == "-"
    assert table.notes == (LEGEND,)


def test_start_methods_have_a_table_and_no_chart() -> None:
    walls = {"fork": 0.01, "forkserver": 0.05, "spawn": 0.06}
    rows = [
        result(f"cpu/{name}", [[wall]] * 4, along={"start_method": method})
        for name, factor in (("pool-map", 1), ("process", 8))
        for method, wall in ((method, factor * wall) for method, wall in walls.items())
    ]
    found = axes_run(rows, "start_method")
    (table,) = tables(found)
    assert table.title == "By the start method: cpu, 8 tasks"
    assert table.headers == ("start method", "pool-map", "process")
    assert [row[0] for row in table.rows] == ["fork", "forkserver", "spawn"]
    assert table.notes[-1] == "Fastest: pool-map with fork; process with fork."
    assert not any(isinstance(block, Chart) for block in tables_along_axes(analyse(found)))


def test_the_fastest_has_another_mark_where_that_is_not_conclusive() -> None:
    close = [at("serial", 0.01 * n, replace(CPU, tasks=n)) for n in (1, 2)]
    close += [at("thread", 0.0101 * n, replace(CPU, tasks=n)) for n in (1, 2)]
    (table,) = tables(axes_run(close, "tasks"))
    assert [[cell[-1] for cell in row[1:]] for row in table.rows] == [["?", "%"], ["?", "%"]]


def test_one_block_is_conclusive_only_by_far() -> None:
    run = lengths_run()
    short = replace(run, results=[replace(each, samples=each.samples[:1]) for each in run.results])
    first, second, third = tables(short)[0].rows
    assert (first[1][-1], second[1][-1], third[3][-1]) == ("?", "*", "?")


def test_auto_is_the_last_row_and_who_does_not_use_it_stands_below() -> None:
    (table,) = tables(chunks_run())
    assert table.title == "By the chunksize: cpu, 8 tasks of 1.00 ms, 2 workers"
    assert table.headers == ("chunksize", "pool-map")
    assert [row[0] for row in table.rows] == ["1", "8", "auto"]
    first, second = table.notes
    assert first == "Fastest: pool-map with chunksize auto."
    assert second.startswith("Not affected by it: serial 7.99 ms ±")


def test_settings_that_set_lines_of_one_subject_apart_are_in_their_names() -> None:
    results = [
        at("pool-map", 0.01, CPU, workers=workers, chunksize=size) for workers in (1, 2) for size in (1, 4, None)
    ]
    workers, chunks = tables(axes_run(results, "workers", "chunksize"))
    assert workers.headers == ("workers", "pool-map chunksize 1", "pool-map chunksize 4", "pool-map chunksize auto")
    assert chunks.headers == ("chunksize", "pool-map workers 1", "pool-map workers 2")


def test_each_kind_of_work_has_a_table() -> None:
    results = [at("pool-map", 0.01, replace(CPU, tasks=n), workers=workers) for n in (1, 10) for workers in (1, 2)]
    assert titles(axes_run(results, "workers", "tasks")) == [
        "By the number of workers: cpu, 1 task of 1.00 ms",
        "By the number of workers: cpu, 10 tasks of 1.00 ms",
        "By the number of tasks: cpu, tasks of 1.00 ms",
    ]


def test_two_values_that_were_not_asked_for_have_no_table() -> None:
    two, three = ([at("serial", 0.01, replace(CPU, tasks=n)) for n in range(1, most)] for most in (3, 4))
    assert (titles(axes_run(two)), len(titles(axes_run(two, "tasks"))), len(titles(axes_run(three)))) == ([], 1, 1)


def test_a_gate_has_none_and_laws_have_tables_of_their_own() -> None:
    assert titles(replace(lengths_run(), changes=gate_run(change()).changes)) == []
    assert titles(scaling_run()) == []


def test_experiments_count_in_their_own_words() -> None:
    steps = [
        at("value", 0.01, replace(CPU, name="steps", tasks=n, task_time=0.0), "counters", workers=workers)
        for n in (10, 20)
        for workers in (1, 2)
    ]
    assert titles(axes_run(steps, "workers", "tasks")) == [
        "By the number of workers: 10 steps",
        "By the number of workers: 20 steps",
        "By the number of tasks",
    ]
    sizes = [(16, 300), (1024, 300), (2048, 300), (4096, 8)]
    trips = [
        at("pipe", 0.01, replace(CPU, name="messages", payload=size, tasks=n, task_time=0.0), "messages")
        for size, n in sizes
    ]
    assert titles(axes_run(trips, "payload")) == ["By the size of messages: 300 round trips"]
    assert titles(axes_run(trips)) == ["By the size of messages"]  # a suite sends fewer large ones
