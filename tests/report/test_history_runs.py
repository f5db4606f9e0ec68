"""What of saved runs is in a history: what was asked for and measured, each run once, and all else is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from concbench.model import Failure
from concbench.report.history_runs import figure
from concbench.report.history_words import how_read
from tests.example_run import example_run
from tests.report.histories import FLAT, noisy, other_suite, read


def test_what_is_incomplete_or_failed_is_left_out_and_counted() -> None:
    found = noisy(*FLAT)
    found[0].complete = found[1].complete = False
    found[2].cases[0].error = Failure(kind="timeout", message="no")
    history = read(found)
    series = history.series()
    assert [len(one.points) for one in series] == [8, 7]
    assert [one.kind.case for one in series] == ["short/pool-map", "short/process"]
    assert "8 runs, 2 series. Left out: 2 incomplete runs, 9 failed cases." in how_read(history, series)


def test_a_run_in_two_files_counts_once() -> None:
    found = noisy(*FLAT)
    history = read([*found, found[3]])
    assert [len(one.points) for one in history.series()] == [10, 10]
    assert "1 duplicate file" in str(history.left_out)


def test_only_what_is_asked_for_is_in_a_history() -> None:
    found = noisy(*FLAT)
    other_suite(found[0])
    history = read(found, pattern="*/pool-*", suite="pool-vs-process")
    (series,) = history.series()
    assert (series.kind.case, len(series.points)) == ("short/pool-map", 9)
    assert history.suites == {"pool-vs-process", "another"}
    assert history.left_out.failed_cases == 0


def test_cpu_time_can_be_followed() -> None:
    found = noisy(*FLAT)
    found[0].cases[0].samples = [replace(sample, cpu=None) for sample in found[0].cases[0].samples]
    found[1].cases[0].samples = [replace(sample, cpu=0.0) for sample in found[1].cases[0].samples]
    history = read(found, followed="cpu")
    series = {one.kind.case: one for one in history.series()}
    assert len(series["short/process"].points) == 8
    assert str(history.left_out) == "10 failed cases, 2 missing figures"
    assert series["short/pool-map"].points[0].seconds == pytest.approx(0.14, rel=0.1)


def test_an_experiment_is_followed_by_its_own_figure() -> None:
    case = example_run().cases[0]
    case.experiment = "messages"
    case.samples = [replace(sample, each=0.001) for sample in case.samples]
    assert figure(case, "wall") == pytest.approx(0.001)
    case.samples = []
    assert figure(case, "wall") is None
