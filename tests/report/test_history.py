"""What the tables of a history promise: change points are marked, every format has them, and tables fit."""

from __future__ import annotations

import html
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concbench.model import Run
from concbench.report.history import history_tables
from concbench.report.history_runs import Followed
from concbench.report.history_words import how_read
from concbench.report.sparkline import BLOCKS, MARK
from concbench.report.tables import FORMATS, TEXT
from tests.report.histories import FLAT, STEPPED, noisy, printed, read, run_of
from tests.report.runs import HOSTILE, hostile_run, measured_runs
from tests.runs.any_run import runs


def row(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(name))


def test_a_change_point_has_date_revision_and_step() -> None:
    found = noisy(*STEPPED)
    (series, _) = read(found).series()
    (step,) = series.steps
    assert (step.at, step.first.started) == (12, found[12].started)
    assert str(step).startswith("2026-01-13 000000c +")
    text = printed([series])
    assert str(step) in text
    assert row(text, "short/process").split()[1] == "20"
    assert MARK in row(text, "short/process")


def test_a_series_without_a_change_has_neither_mark_nor_change() -> None:
    text = printed(read(noisy(*FLAT)).series())
    assert MARK not in text
    assert row(text, "short/process").split()[-1] == "-"


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_shows_every_case_and_its_change_points(form: str) -> None:
    text = printed(read(noisy(*STEPPED)).series(), form)
    assert "short/process" in text
    assert "short/pool-map" in text
    assert text.count("2026-01-13 000000c") == 2


@pytest.mark.parametrize("width", [80, 100, 120])
def test_a_table_fits_the_terminal(width: int) -> None:
    text = printed(read(noisy(*STEPPED, *[0.7] * 10)).series(), width=width)
    assert max(map(len, text.splitlines())) <= width
    assert text.count("2026-01-21") == 2


def test_where_it_is_narrow_the_trend_shrinks_and_then_change_points_have_a_table_of_their_own() -> None:
    series = read(noisy(*STEPPED)).series()
    heads = {width: printed(series, width=width).count("change points") for width in (200, 100, 80)}
    assert heads == {200: 1, 100: 1, 80: 1}
    trends = [sum(letter in BLOCKS for letter in row(printed(series, width=width), "short/p")) for width in (200, 100)]
    assert trends[0] == 20
    assert 8 <= trends[1] + 1 <= 20
    text = printed(series, width=80)
    assert sum(line.startswith("short/process") for line in text.splitlines()) == 2


@pytest.mark.parametrize("width", [80, 100])
@given(run=measured_runs())
@settings(max_examples=20)
def test_no_line_is_wider_than_the_terminal(width: int, run: Run) -> None:
    assert max(map(len, printed(read([run]).series(), width=width).splitlines())) <= width


@pytest.mark.parametrize("form", [TEXT, "html", "github"])
@given(found=st.lists(runs(), max_size=3), followed=st.sampled_from(["wall", "cpu"]))
@settings(max_examples=10)
def test_any_run_that_can_be_read_can_be_shown(form: str, found: list[Run], followed: Followed) -> None:
    history = read(found, followed=followed)
    series = history.series()
    for block in [*history_tables(series, form), how_read(history, series)]:
        assert all(line.isprintable() for line in block.split("\n"))


@pytest.mark.parametrize("form", [TEXT, "html", "github"])
def test_nothing_in_a_file_reaches_the_terminal_unescaped(form: str) -> None:
    found = []
    for day in range(20):
        run = hostile_run()
        run.started, run.suite = run_of(day).started, f"suite{HOSTILE}"
        run.cases[0].part = run.cases[1].part = run.parts[0].name
        run.environment = replace(run.environment, git_revision=f"{HOSTILE}+")
        for case in run.cases:
            case.samples = [replace(sample, wall=sample.wall * (1 + day // 10)) for sample in case.samples]
        found.append(run)
    text = printed(read(found).series(), form)
    assert "\\x1b[31mre" in html.unescape(text)
    assert all(line.isprintable() for line in text.split("\n"))
    assert form == TEXT or "<script>" not in text
