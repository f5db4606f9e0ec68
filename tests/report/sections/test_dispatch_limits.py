"""What is said of more cores promises: the answer first, figures of the table, and what they assume."""

from __future__ import annotations

from dataclasses import replace

import pytest

from concbench.analysis.analysis import analyse
from concbench.model.result import Result
from concbench.report import blocks
from concbench.report.document import document
from concbench.report.markdown import rendered
from concbench.report.sections.dispatch_limits import limits_section
from concbench.report.terminal import terminal_text
from tests.analysis.test_dispatch_limits import empty
from tests.builders import HOSTILE, run

ROWS = (empty("pool-map", 0.004), empty("ray", 0.5), empty("dask-processes", 2.0))


def section(*rows: Result, quiet: bool = False) -> list[blocks.Block]:
    of = run(rows)
    return list(limits_section(analyse(of), of.tables[0], quiet))


def test_the_answer_comes_first_then_the_table_and_what_it_assumes() -> None:
    heading, answer, table, assumed, checked, chart = section(*ROWS)
    assert isinstance(heading, blocks.Heading)
    assert isinstance(answer, blocks.Paragraph)
    assert answer.text == (
        "To keep 1,000 cores busy, tasks have to take at least 4.00 ms (3.92 to 4.08) with pool-map, and 2.00 s (1.96 "
        "to 2.04) with dask-processes: extrapolated."
    )
    assert isinstance(table, blocks.Table)
    assert table.rows[:3] == (
        ("pool-map", "250,000 ±2%", "40.0 µs", "400 µs", "4.00 ms"),
        ("ray", "2,000 ±2%", "5.00 ms", "50.0 ms", "500 ms"),
        ("dask-processes", "500 ±2%", "20.0 ms", "200 ms", "2.00 s"),
    )
    assert isinstance(assumed, blocks.Paragraph)
    assert "with 2 workers" in assumed.text
    assert isinstance(checked, blocks.Paragraph)
    assert checked.text == (
        "Handed out here: ray 2,000 tasks a second (published: 8,190) and dask-processes 500 (published: 1,000 to "
        "4,000). What is published is of other machines."
    )
    assert chart == blocks.Chart("dispatch", "empty")


def test_published_rates_stand_below_the_measured_ones_and_name_their_sources() -> None:
    table = section(*ROWS)[2]
    assert isinstance(table, blocks.Table)
    assert [row[0] for row in table.rows[3:]] == [
        "dask, published ¹",
        "dask, published ²",
        "ray, published ³",
    ]
    assert len(table.notes) == 3
    assert "Ray 2.22.0" in table.notes[2]


def test_without_an_engine_nothing_is_published() -> None:
    found = section(empty("pool-map", 0.004), empty("executor-processes", 0.4))
    table = found[2]
    assert isinstance(table, blocks.Table)
    assert (len(table.rows), table.notes) == (2, ())
    assert "published" not in rendered(found[3], "markdown")


def test_other_runs_have_no_such_section() -> None:
    assert section(empty("pool-map", 0.004), empty("dask-processes", 2.0, warm=False)) == []


def test_quiet_leaves_the_table() -> None:
    kinds = [type(block) for block in section(*ROWS, quiet=True)]
    assert kinds == [blocks.Heading, blocks.Table, blocks.Chart]


@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_a_terminal(width: int) -> None:
    text = terminal_text(document(run(ROWS)), width)
    assert "To keep 1,000 cores busy" in text
    assert max(map(len, text.splitlines())) <= width


def test_names_from_a_file_do_no_harm() -> None:
    rows = [replace(row, case=replace(row.case, row=f"{row.case.subject} {HOSTILE}")) for row in ROWS]
    text = terminal_text(section(*rows), 120)
    assert "ray" in text
    assert "\x1b" not in text
