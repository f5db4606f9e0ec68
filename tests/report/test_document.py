"""What a whole report promises: the answer first, one order for every renderer, and sentences that read well.

The snapshots are read as prose: each is all that is printed of a run.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.model.result import Failure
from concbench.model.run import Run
from concbench.report.blocks import Block, Chart, Code, Details, Paragraph, Table, Verdict
from concbench.report.document import ReportOptions, document
from concbench.report.markdown import markdown
from concbench.report.notebook import in_notebook
from concbench.report.sections.tables import Sort
from concbench.report.terminal import FORMATS, TEXT, pieces, terminal_text
from concbench.runs.reading import read_run
from tests.builders import case, change, dealt, example_run, failed_run, gate_run, hostile_run, result, trace_of, watch
from tests.recorded import straggling
from tests.report.runs import advised_run, chunks_run, lengths_run, scaling_run, sharing_run, tried
from tests.runs.any_run import runs
from tests.snapshots import check_snapshot

SNAPSHOTS = Path(__file__).parent / "snapshots"
EXAMPLES = ("pool-vs-process", "scaling", "semantics", "tutorial")
FULL = ReportOptions(why=True, verbose=True)


def advice() -> Run:
    """Threads are recommended, and a pool is as fast."""
    trace = trace_of(dealt([0.01] * 10, 2, 1, begin=0.005), 2, start=0.005, stop=0.005)
    best = replace(tried("executor-threads workers 2", 0.06, workers=2, memory=12_000_000), trace=trace, ideal=0.05)
    pool = tried("pool-map workers 2", 0.06, workers=2)
    run = advised_run(best, pool, tried("serial", 0.1), equal=(pool.case.label,))
    return replace(run, environment=replace(run.environment, gil=False))


def raised() -> Run:
    """A run in which a task raised, once with a traceback, and that was interrupted."""
    failure = Failure(kind="raised", message="LookupError: no", traceback="Traceback:\n  line\nLookupError: no")
    found = example_run()
    failed = [replace(each, samples=(), median=None, trace=None, failure=failure) for each in found.results[1:]]
    return replace(found, results=[found.results[0], *failed], comparisons=[], claims=[], complete=False)


RUNS: dict[str, Callable[[], Run]] = {
    "example": example_run,
    "sharing": sharing_run,
    "lengths": lengths_run,
    "chunks": chunks_run,
    "laws": scaling_run,
    "advice": advice,
    "failed": failed_run,
    "raised": raised,
    "gate": lambda: gate_run(change(verdict="slower"), change(metric="cpu", verdict="undecided")),
    "gate-of-lanes": lambda: gate_run(
        change(), change(metric="utilisation", verdict="slower"), change(metric="dispatch")
    ),
    "program": straggling,
}


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("width", [80, 120])
def test_an_example_reads_well(name: str, width: int) -> None:
    run = read_run(Path(f"results/example-{name}.json"))
    check_snapshot(SNAPSHOTS / f"example-{name}-{width}.txt", terminal_text(document(run), width))


@pytest.mark.parametrize("name", RUNS)
def test_a_run_reads_well(name: str) -> None:
    check_snapshot(SNAPSHOTS / f"{name}.txt", terminal_text(document(RUNS[name](), FULL)))


def test_markdown_reads_well() -> None:
    check_snapshot(SNAPSHOTS / "example.md", markdown(document(example_run())))


# Order and options


def kinds(blocks: list[Block]) -> list[str]:
    """Each kind of block, where it comes first."""
    return list(dict.fromkeys(type(block).__name__ for block in blocks))


def test_the_answer_comes_first_then_tables_then_how_it_was_measured() -> None:
    run = replace(example_run(), warnings=[])
    blocks = document(run)
    assert isinstance(blocks[0], Verdict)
    assert kinds(blocks)[:3] == ["Verdict", "Heading", "Table"]
    assert isinstance(blocks[-1], Paragraph)
    assert blocks[-1].kind == "note"


def test_what_is_recommended_comes_before_the_table_and_its_program_after_it() -> None:
    blocks = document(advice())
    places = {type(block): place for place, block in reversed(list(enumerate(blocks)))}
    assert isinstance(blocks[0], Paragraph)
    assert blocks[0].kind == "answer"
    assert blocks[0].text.startswith("Threads: 1.67× faster than serial (")
    assert places[Table] < places[Code]


def test_warnings_come_before_everything_that_they_cast_doubt_on() -> None:
    first = document(example_run())[0]
    assert isinstance(first, Paragraph)
    assert (first.kind, first.text[:16]) == ("warning", "the load was 1.3")


def test_quiet_leaves_tables_and_warnings() -> None:
    blocks = document(sharing_run(), ReportOptions(quiet=True))
    assert not [block for block in blocks if isinstance(block, Verdict | Details)]
    assert not [block for block in blocks if isinstance(block, Paragraph) and block.kind == "note"]
    quiet = document(advice(), ReportOptions(quiet=True))
    assert terminal_text(quiet).startswith("Threads: 1.67× faster than serial (")
    assert not any(isinstance(block, Code) for block in quiet)


def test_verbose_adds_the_machine_the_settings_and_outliers_as_details() -> None:
    usual, verbose = document(example_run()), document(example_run(), ReportOptions(verbose=True))
    assert verbose[: len(usual)] == usual
    titles = [block.title for block in verbose[len(usual) :] if isinstance(block, Details)]
    assert titles == ["The machine and the interpreter", "The settings of every case"]


def test_charts_are_named_for_those_who_can_draw_them() -> None:
    charts = [block for block in document(example_run()) if isinstance(block, Chart)]
    assert [(chart.kind, chart.case) for chart in charts] == [
        ("timeline", "short/pool-map"),
        *((kind, "") for kind in ("breakdown", "wall", "ratio", "lost")),
        ("watch", ""),
    ]
    sweeps = [block for block in document(lengths_run()) if isinstance(block, Chart) and block.kind == "sweep"]
    assert sweeps == [Chart("sweep", case="cpu 1e-05 0 8/serial")]
    laws = [block for block in document(scaling_run()) if isinstance(block, Chart) and block.kind == "scaling"]
    assert laws == [Chart("scaling", "sleep")]


# Whatever the run

sorts: st.SearchStrategy[Sort] = st.sampled_from(["given", "name", "time", "cpu", "memory", "ideal"])


@pytest.mark.parametrize("form", [TEXT, "html", "github"])
@given(run=runs(), sort=sorts, why=st.booleans())
def test_any_run_that_can_be_read_can_be_shown(form: str, run: Run, sort: Sort, why: bool) -> None:
    blocks = document(run, ReportOptions(sort=sort, why=why, verbose=True))
    for piece in pieces(blocks, 80, form):
        assert all(line.isprintable() for line in plain(piece.text).split("\n"))


@pytest.mark.parametrize("form", FORMATS)
def test_no_text_of_a_file_acts_on_a_terminal_or_a_page(form: str) -> None:
    run = replace(hostile_run(), facts=sharing_run().facts)
    for piece in pieces(document(run, FULL), 80, form):
        assert all(line.replace("\t", "").isprintable() for line in plain(piece.text).split("\n"))
        assert piece.aside or form not in ("html", "github", "pipe") or "<script>" not in piece.text


def test_no_text_of_a_file_acts_in_a_notebook() -> None:
    page = in_notebook(hostile_run())
    assert "<script>" not in page
    assert all(line.isprintable() for line in page.split("\n"))


def plain(text: str) -> str:
    """A piece without the styles that are ours."""
    return re.sub(r"\x1b\[(?:0|1|3[1-3])m", "", text)


def test_a_case_with_the_largest_figures_fits() -> None:
    run = replace(example_run(), results=[result(case("short/a"), [[1e300]], watch=watch())])
    assert terminal_text(document(run, FULL))
