"""What is said of a load promises: the number first, how many calls were made, and what a reader must not overlook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from concbench.analysis.analysis import analyse
from concbench.analysis.knee import knees
from concbench.model.result import CallError, Result
from concbench.model.run import Run, Table
from concbench.report import blocks
from concbench.report.charts.load import load_plots
from concbench.report.document import document
from concbench.report.sections.load import answer
from tests.analysis.test_knee import corner, load, result
from tests.builders import HOSTILE, run


def load_run(results: Sequence[Result], most_calls: int = 9000) -> Run:
    """A run of these levels, with what follows from them."""
    table = Table(name="load", title="mine:fetch", reference=None)
    return run(results, tables=[table], comparisons=[], suite="load", knees=knees(results, most_calls))


def said(results: Sequence[Result]) -> list[str]:
    """The sentences of the answer."""
    return [block.text for block in answer(analyse(load_run(results))) if isinstance(block, blocks.Paragraph)]


LEVELS = (1, 2, 4, 8, 16, 28, 31, 32, 64)


def test_the_answer_is_the_number_with_its_range_and_its_row() -> None:
    first, second = said(corner(32, *LEVELS))
    assert first == (
        "31 concurrent calls are enough (30 to 31): 1,033 calls a second, 95 % of them within 30.0 ms. More only adds "
        "latency: with 64, 1,067 calls a second, 95 % of them within 60.0 ms."
    )
    assert second == (
        "7,200 calls made, of at most 9,000 (--max-calls). Measured in a closed loop: each caller makes its next call "
        "when its last one has come back."
    )


def test_its_figures_are_those_of_the_row_that_is_marked() -> None:
    found = document(load_run(corner(32, *LEVELS)))
    (table,) = [block for block in found if isinstance(block, blocks.Table)]
    (best,) = table.best
    assert table.rows[best][:2] == ("31", "1,033 (1,023 to 1,044) *")
    assert [row[0] for row in table.rows] == [str(level) for level in LEVELS]


def test_where_throughput_still_rises_it_says_what_to_allow() -> None:
    first, *_ = said(corner(100, 1, 2, 4, 8))
    assert first.startswith("At least 8 concurrent calls: 267 calls a second, 95 % of them within 30.0 ms. ")
    assert first.endswith("allow more with --max-calls, --levels or --budget.")


def test_where_calls_fail_it_says_from_where_on_and_with_what() -> None:
    refused = load(24, 700, failed=40)
    refused = replace(refused, errors=(CallError(kind="HTTPStatusError 429", calls=40, message="slow down"),))
    first, _, errors = said([*corner(100, 1, 2, 4, 8, 16, 20), result(24, refused)])
    assert first.startswith("20 concurrent calls are enough (18 to 20): ")
    assert first.endswith(" With 24, calls fail.")
    assert errors == "Errors: HTTPStatusError 429 (40×); the first says: slow down. Most of them from 24 callers on."


def test_where_all_calls_fail_there_is_no_number() -> None:
    first, *_ = said([result(1, load(1, 0.0, calls=4, failed=4))])
    assert first == "Calls fail with 1 caller already, so there is no number that is enough."


def test_callers_that_keep_a_core_busy_may_be_the_limit() -> None:
    busy = [
        replace(level, samples=tuple(replace(sample, cpu=0.97) for sample in level.samples))
        for level in corner(32, *LEVELS)
    ]
    assert said(busy)[-1].startswith("The callers themselves kept 97% of a core busy")


def test_figures_that_can_not_be_of_a_steady_state_are_named() -> None:
    odd = [replace(load(28, 930), little=0.6)] * 2
    rows = [*corner(32, 1, 2, 4, 8, 16, 31, 32, 64), result(28, *odd)]
    assert said(rows)[-1].startswith("With 28 concurrent calls, Little's law does not hold")


def test_a_report_has_a_chart_of_throughput_and_one_of_latency() -> None:
    analysis = analyse(load_run(corner(32, *LEVELS)))
    (chart,) = [block for block in document(analysis.run) if isinstance(block, blocks.Chart)]
    assert chart.kind == "load"
    throughput, latency = load_plots(analysis.run.tables[0], analysis)
    assert (throughput.name, latency.name) == ("load-throughput-load", "load-latency-load")
    assert list(throughput.data["rows"]["level"]) == list(LEVELS)
    assert throughput.finding == "31 concurrent calls: 1,033 calls a second. The dashed line is the knee."


def test_what_a_server_says_is_shown_as_text() -> None:
    loud = replace(load(4, 10, failed=100), errors=(CallError(kind=HOSTILE, calls=100, message=HOSTILE),))
    text = " ".join(said([*corner(100, 1, 2), result(4, loud)]))
    assert "\x1b" not in text


@pytest.mark.parametrize("levels", [(), (1,)])
def test_too_few_levels_have_no_chart(levels: tuple[int, ...]) -> None:
    analysis = analyse(load_run(corner(32, *levels)))
    assert list(load_plots(analysis.run.tables[0], analysis)) == []
