"""What tables and texts in other formats promise: every row and reason, and no text of a file that means anything."""

from __future__ import annotations

import re

import pytest
from tabulate import tabulate_formats

from concbench.report.blocks import Code, Heading, Paragraph, Table, Verdict
from concbench.report.document import document
from concbench.report.markdown import CELLS, FORMATS, TEXTS, markdown, rendered, table
from concbench.report.safe import printable
from concbench.runs.formats.markdown import plain
from tests.builders import HOSTILE, example_run, failed_run
from tests.report.runs import sharing_run

EVIL = "a|b`c`*d* _e_ <f> &g; [h](i) {j} $k$ #l ~m~ n\\o 50% ^p \x1b[31m"


def test_formats_that_escape_nothing_are_not_offered() -> None:
    assert set(tabulate_formats) - set(FORMATS) == {"unsafehtml", "latex_raw"}


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_shows_every_row_and_why_others_failed(form: str) -> None:
    text = markdown(document(example_run()), form)
    assert all(part in text for part in ("process", "pool-map", "ray", "413 ms", "81.8 ms"))
    failed = markdown(document(failed_run()), form)
    for number, kind in enumerate(("raised", "timeout", "unavailable")):
        assert f"{kind}: case {number} did not work" in failed
    sharing = markdown(document(sharing_run()), form).replace("\\_", "_")
    assert all(result.case.label in sharing for result in sharing_run().results)
    assert all(fact.statement in sharing for fact in sharing_run().facts)


@pytest.mark.parametrize("form", FORMATS)
def test_a_name_from_a_file_is_text_in_every_format(form: str) -> None:
    shown = "\n".join(
        rendered(block, form)
        for block in (Heading(EVIL), Paragraph(EVIL), Table((EVIL, "b"), ((EVIL, "1"),), failures=((EVIL, EVIL),)))
    )
    assert "\x1b" not in shown
    if form in TEXTS:
        assert printable(EVIL) not in shown
        assert TEXTS[form](printable(EVIL)) in shown
    if form in CELLS:
        assert shown.count(CELLS[form](printable(EVIL))) == 6


@pytest.mark.parametrize("form", ["github", "pipe"])
def test_a_pipe_or_a_line_break_in_a_cell_begins_nothing_new(form: str) -> None:
    text = table(Table((HOSTILE, "b"), ((HOSTILE, "1"), ("x", "2")), failures=((HOSTILE, HOSTILE),)), form)
    assert len(text.splitlines()) == 2 + 3
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines()}) == 1
    assert "<script>" not in text


def test_markdown_has_headings_outcomes_and_fenced_programs() -> None:
    assert rendered(Heading("A table", 4), "github") == "#### A table"
    assert rendered(Verdict("confirmed", "So.", "1 is 1."), "github") == "**CONFIRMED:** So.\n\n1 is 1."
    assert rendered(Code("a = 1"), "github") == "```python\na = 1\n```"
    assert rendered(Code("a = '```'"), "github") == "    a = '```'"
    assert rendered(Code("a < 1"), "html") == "<pre>a &lt; 1</pre>"


def test_a_table_without_rows_is_its_headers() -> None:
    assert table(Table(("a", "b"), ()), "plain") == "a    b"


def test_exports_and_tables_escape_alike() -> None:
    assert plain(EVIL).replace("&#42;", r"\*") == CELLS["github"](printable(EVIL))
