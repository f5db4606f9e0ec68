"""What is said of scaling laws promises: their parameters, how far they are off, and where they don't fit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from concbench.analysis.analysis import analyse
from concbench.model.result import Interval
from concbench.model.run import Run, Table
from concbench.report import blocks
from concbench.report.sections.answer import laws
from concbench.report.sections.scaling import scaling
from concbench.stats.scaling_laws import Law
from tests.builders import example_run
from tests.laws import predicting, with_costs
from tests.report.runs import scaling_run


def report(run: Run, table: Table | None = None) -> list[blocks.Block]:
    return list(scaling(analyse(run), table or run.tables[0]))


def said(run: Run) -> list[str]:
    return [block.text for block in report(run) if isinstance(block, blocks.Paragraph)]


def table_of(run: Run) -> blocks.Table:
    found = report(run)[0]
    assert isinstance(found, blocks.Table)
    return found


def law(run: Run) -> str:
    """What a report begins with."""
    (found,) = laws(analyse(run))
    return found.text


def test_without_several_numbers_of_workers_there_is_nothing_to_say() -> None:
    assert report(example_run()) == []
    assert report(scaling_run(), Table(name="other", title="", reference=None)) == []


def test_parameters_come_with_what_they_mean() -> None:
    assert law(scaling_run()) == (
        "threadpool-map: fastest with about 31 workers, by the universal scalability law; 1.00 % (1.00 to 1.00, sigma) "
        "of the 640 ms on one worker can't run in parallel, and one more worker adds 640 µs (kappa 1000 ppm, 1000 to "
        "1000)."
    )


EIGHT = (1, 2, 4, 6, 8)


def test_a_peak_beyond_what_was_measured_is_said_to_be_extrapolated() -> None:
    run = scaling_run(counts=EIGHT)
    (usl,) = (each for each in run.scalings if each.law == "usl")
    wide = replace(usl, peak=Interval(estimate=25.2, low=19.0, high=40.4, confidence=0.95, blocks=3))
    assert law(replace(run, scalings=[wide])).startswith(
        "threadpool-map: fastest with about 25 workers (19 to 40), by the universal scalability law, beyond the 8 "
        "measured: extrapolated; 1.00 %"
    )


@pytest.mark.parametrize(
    ("reach", "words"),
    [
        (0.03, "More workers than the 8 measured are predicted to be faster: 16 workers would take about 40.0 ms (38.8 "
               "to 41.2), extrapolated."),
        (2.0, None),
    ],
)  # fmt: skip
def test_with_costs_the_law_gives_way_to_what_they_predict(
    monkeypatch: pytest.MonkeyPatch, reach: float, words: str | None
) -> None:
    predicting(monkeypatch, lambda _subject, settings, _job: 0.64 / min(16, settings.workers or 1), reach=reach)
    run = with_costs(scaling_run(counts=EIGHT))
    assert ("extrapolated" in law(run)) == (words is None)
    assert [text for text in said(run) if "predicted to be" in text] == [words] * (words is not None)


def test_where_more_workers_would_gain_nothing_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    predicting(monkeypatch, lambda _subject, settings, _job: 0.64 / min(2, settings.workers or 1))
    assert said(with_costs(scaling_run(counts=EIGHT)))[-1] == (
        "More workers than the 8 measured are predicted to be no faster: 16 workers would take about 320 ms (311 to "
        "330), extrapolated."
    )


def test_it_says_where_a_law_was_not_fitted_and_how_far_it_is_off_there() -> None:
    (text,) = said(scaling_run())
    assert text.startswith("Fitted without 4, 16 workers: the universal scalability law is off by at most 0.0 % (")
    assert "; Amdahl's law is off by at most " in text


def test_a_law_that_does_not_describe_the_results_is_said_not_to() -> None:
    parameters, fit = said(scaling_run(Law(single=0.64), corner=4))
    assert parameters.startswith("threadpool-map: ")
    assert fit.partition("; ")[0].endswith("), so it does not describe these results")
    assert "describe" not in said(scaling_run())[0].partition("; ")[0]


def test_workers_that_cost_nothing_are_said_to() -> None:
    assert law(scaling_run(Law(single=0.64))).endswith("; one more worker adds no measurable cost.")


def test_one_block_has_parameters_without_intervals() -> None:
    run = scaling_run()
    amdahl, usl = run.scalings
    assert usl.kappa is not None
    alone = replace(usl, sigma=replace(usl.sigma, low=None, high=None), kappa=replace(usl.kappa, low=None, high=None))
    text = law(replace(run, scalings=[amdahl, alone]))
    assert "1.00 % (sigma) of the" in text
    assert "(kappa 1000 ppm)" in text


def test_a_table_has_a_row_for_every_number_of_workers_with_both_laws() -> None:
    table = table_of(scaling_run())
    assert table.headers == ("workers", "median", "speed-up", "ideal", "USL", "off by", "Amdahl", "off by")
    assert [row[0] for row in table.rows] == ["1", "2", "4 †", "8", "16 †", "32", "64"]
    assert table.rows[0][1:6] == ("640 ms ±3%", "1.00", "1.00", "640 ms", "+0.0%")
    assert [row[3] for row in table.rows] == ["1.00", "2.00", "4.00", "8.00", "16.0", "32.0", "64.0"]
    assert all(row[5] in ("+0.0%", "-0.0%") for row in table.rows)
    assert any(row[7] not in ("+0.0%", "-0.0%") for row in table.rows)
    assert table.notes == ("† held out: the laws were fitted without it",)


def test_without_one_worker_there_is_no_speed_up() -> None:
    assert {row[2:4] for row in table_of(scaling_run(counts=(2, 4, 8, 16, 32))).rows} == {("-", "-")}


def test_a_prediction_of_a_case_that_is_not_there_leaves_its_cells_empty() -> None:
    run = scaling_run()
    short = replace(run, results=run.results[:3])
    assert table_of(short).rows[5][1:4] == ("-", "-", "-")
    assert said(short)
