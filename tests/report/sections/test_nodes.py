"""What the table of nodes promises: where the tasks of a cluster's rows ran, and what of that is unknown."""

from __future__ import annotations

from dataclasses import replace

from concbench.analysis.analysis import analyse
from concbench.model.result import Result
from concbench.report.blocks import Table
from concbench.report.document import document
from concbench.report.sections.nodes import MOST, workers_by_node
from concbench.report.sections.tables import results_table
from tests.analysis.test_nodes import node, on_cluster
from tests.builders import result, run


def shown(*results: Result) -> list[Table]:
    found = run(results)
    return [block for block in workers_by_node(analyse(found), found.tables[0]) if isinstance(block, Table)]


def test_nothing_is_shown_where_nothing_ran_on_a_cluster() -> None:
    assert shown(result("cpu/serial", [[1.0]])) == []


def test_each_node_has_a_line() -> None:
    (table,) = shown(result("cpu/serial", [[1.0]]), on_cluster([node("10.0.0.7", memory=2_000_000), node("10.0.0.8")]))
    assert table.title == "Workers by node of dask-cluster"
    assert table.headers == ("node", "workers", "lanes", "CPU", "CPU%", "memory")
    assert table.rows == (
        ("10.0.0.7", "1", "2", "1.0 s", "50%", "2.0 MB"),
        ("10.0.0.8", "1", "2", "1.0 s", "50%", "100 B"),
    )


def test_several_rows_on_a_cluster_are_told_apart() -> None:
    other = on_cluster([node("10.0.0.7")])
    warm = replace(other, case=replace(other.case, row="ray-cluster", subject="ray-cluster"))
    (table,) = shown(on_cluster([node("10.0.0.7")]), warm)
    assert table.names == 2
    assert [row[:2] for row in table.rows] == [("dask-cluster", "10.0.0.7"), ("ray-cluster", "10.0.0.7")]


def test_what_workers_cannot_say_is_unknown() -> None:
    quiet = on_cluster([node("a", cpu=None, memory=None)])
    (table,) = shown(quiet)
    assert table.rows == (("a", "1", "2", "unknown", "unknown", "unknown"),)
    assert row_of(quiet)[-4:-1] == ("unknown", "unknown", "unknown")


def test_of_many_nodes_the_last_line_is_their_sum() -> None:
    (table,) = shown(on_cluster([node(f"n{number:03}", memory=1_000_000) for number in range(100)]))
    assert len(table.rows) == MOST
    assert table.rows[-1] == ("81 others", "81", "162", "81 s", "4050%", "81 MB")


def row_of(found: Result) -> tuple[str, ...]:
    """The row of a result in the table of all."""
    its = run([found])
    (row,) = results_table(analyse(its), its.tables[0], its.results, "").rows
    return row


def test_the_memory_of_workers_is_marked_as_theirs() -> None:
    found = on_cluster([node("a", memory=2_000_000), node("b", memory=3_000_000)])
    its = run([found])
    table = results_table(analyse(its), its.tables[0], its.results, "")
    assert table.rows[0][-2] == "5.0 MB ‡"
    assert any(note.startswith("‡ held by the cluster's workers") for note in table.notes)
    local = run([result("cpu/serial", [[1.0]])])
    notes = results_table(analyse(local), local.tables[0], local.results, "").notes
    assert not any("‡" in note for note in notes)


def test_a_name_from_a_file_is_printed_safely() -> None:
    (table,) = shown(on_cluster([node("a\x1b[31mb")]))
    assert table.rows[0][0].isprintable()


def test_a_report_has_it_below_its_table() -> None:
    titles = [block.title for block in document(run([on_cluster([node("a")])])) if isinstance(block, Table)]
    assert titles[1:] == ["Workers by node of dask-cluster"]
