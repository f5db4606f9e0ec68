"""Whatever is read from a file can be shown: no figure that a file may hold ends the command with a traceback."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.contradictions import contradictions
from concbench.model import Run
from concbench.report.facts import differences, fact_table, summary
from concbench.report.over import tables_over
from concbench.report.scaling import lines, sentences, table
from concbench.report.sentences import claims, crossings, details, how_measured, tracebacks
from concbench.report.tables import TEXT, Sort, tables
from concbench.report.tabulated import CELLS
from tests.runs.any_run import runs

sorts: st.SearchStrategy[Sort] = st.sampled_from(["given", "name", "time", "cpu", "memory", "ideal"])


@pytest.mark.parametrize("form", [TEXT, "html", "github"])
@given(run=runs(), sort=sorts)
def test_any_run_that_can_be_read_can_be_shown(form: str, run: Run, sort: Sort) -> None:
    shown = [
        *tables(run, form, sort),
        *(text for title, table, notes in tables_over(run, form) for text in (title, table, *notes)),
        *claims(run, 100),
        *crossings(run),
        how_measured(run),
        *details(run),
        *tracebacks(run),
        summary(run),
        fact_table(run, "simple" if form == TEXT else form, 100 if form == TEXT else None, CELLS.get(form, str)),
        *differences(run, 100),
        *(sentence for line in lines(run) for sentence in sentences(line, run)),
        *(table(line, run, form) for line in lines(run)),
    ]
    for block in shown:
        assert all(line.isprintable() for line in block.split("\n"))


@given(run=runs())
@settings(max_examples=30)
def test_in_any_run_that_can_be_read_contradictions_can_be_looked_for(run: Run) -> None:
    assert all(sentence.replace("\n", " ").isprintable() for sentence in contradictions(run))
