"""What a history promises: series hold what is comparable, change points are marked, and tables fit."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concbench.model import Failure, Run, Side
from concbench.report.history import (
    BLOCKS,
    MARK,
    PLAIN_BLOCKS,
    Followed,
    History,
    Series,
    figure,
    history_tables,
    how_read,
    sparkline,
)
from concbench.report.tables import FORMATS, TEXT
from tests.example_run import example_run
from tests.report.runs import HOSTILE, hostile_run, measured_runs
from tests.runs.any_run import runs, unhurried


def run_of(day: int, factor: float = 1.0) -> Run:
    """The example as it was measured on a day, its times multiplied by a factor."""
    run = example_run()
    month, day_of_month = divmod(day, 28)
    run.started = f"2026-{month + 1:02}-{day_of_month + 1:02}T04:55:00+00:00"
    run.environment = replace(run.environment, git_revision=f"{day:07x}" + 33 * "0")
    for case in run.cases:
        case.samples = [
            replace(sample, wall=factor * sample.wall, cpu=factor * (sample.cpu or 0)) for sample in case.samples
        ]
    return run


def noisy(*levels: float) -> list[Run]:
    """A run a day at each level, with 2 % of noise."""
    generator = random.Random(7)
    return [run_of(day, level * generator.lognormvariate(0, 0.02)) for day, level in enumerate(levels)]


STEPPED = [1.0] * 12 + [1.2] * 8
FLAT = [1.0] * 10


def read(found: Iterable[Run], pattern: str = "*", suite: str | None = None, followed: Followed = "wall") -> History:
    history = History(followed=followed, suite=suite, pattern=pattern)
    for number, run in enumerate(found):
        history.add(run, Path(f"{number:03}.json"))
    return history


def printed(series: list[Series], form: str = TEXT, width: int = 100, blocks: str = BLOCKS) -> str:
    return "\n".join(history_tables(series, form, width, blocks))


def row(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(name))


# Series


def test_a_series_holds_the_runs_of_a_case_in_the_order_of_time() -> None:
    found = noisy(*FLAT)
    series = read(reversed(found)).series()
    assert [one.kind.case for one in series] == ["short/process", "short/pool-map"]
    for one, case in zip(series, found[0].cases, strict=False):
        assert [point.started for point in one.points] == [run.started for run in found]
        assert one.points[0].seconds == figure(case, "wall")


def test_runs_that_began_at_the_same_time_are_in_the_order_of_their_files() -> None:
    (series, _) = read([run_of(1, 3.0), run_of(1, 2.0), run_of(0, 1.0)]).series()
    assert [point.file for point in series.points] == ["002.json", "000.json", "001.json"]


def test_a_time_without_a_zone_is_utc() -> None:
    one, other = run_of(0), run_of(0, 2.0)
    one.started, other.started = "2026-11-02T12:00:00", "2026-11-02T12:30:00+01:00"
    (series, _) = read([one, other]).series()
    assert [point.file for point in series.points] == ["001.json", "000.json"]


def other_cpu(run: Run) -> None:
    run.environment = replace(run.environment, cpu_model="Another CPU")


def other_cores(run: Run) -> None:
    run.environment = replace(run.environment, usable_cores=1)


def other_python(run: Run) -> None:
    run.environment = replace(run.environment, python="3.14.0")


def no_gil(run: Run) -> None:
    run.environment = replace(run.environment, gil=False)


def other_suite(run: Run) -> None:
    run.suite = "another"


def other_size(run: Run) -> None:
    for case in run.cases:
        case.workload = replace(case.workload, tasks=7)


def other_settings(run: Run) -> None:
    for case in run.cases:
        case.settings = replace(case.settings, workers=None)


OTHERS = [other_cpu, other_cores, other_python, no_gil, other_suite, other_size, other_settings]


@pytest.mark.parametrize("change", OTHERS)
def test_what_can_not_be_compared_is_another_series(change: Callable[[Run], None]) -> None:
    found = noisy(*FLAT)
    for run in found[5:]:
        change(run)
    assert [len(one.points) for one in read(found).series()] == [5] * 4


def test_what_every_run_draws_or_calibrates_anew_makes_no_other_series() -> None:
    found = noisy(*FLAT)
    for number, run in enumerate(found):
        run.seed = number
        for case in run.cases:
            case.workload = replace(case.workload, loops=20_000 + number, seed=number)
    assert len(read(found).series()) == 2
    for number, run in enumerate(found):
        for case in run.cases:
            case.workload = replace(case.workload, name="tutorial", task_time=2e-6 + number * 1e-8)
    assert len(read(found).series()) == 2


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (other_cpu, "runs on another machine or interpreter are in a table of their own"),
        (other_size, "a case that was measured with other sizes or settings has a row for each"),
    ],
)
def test_the_heading_says_what_has_a_series_of_its_own(change: Callable[[Run], None], hint: str) -> None:
    found = noisy(*FLAT)
    assert hint not in " ".join(printed(read(found).series()).split())
    change(found[-1])
    assert hint in " ".join(printed(read(found).series()).split())


def test_each_side_of_a_gate_has_its_own_revision_and_interpreter() -> None:
    found = noisy(*FLAT)
    for run in found:
        run.sides = [Side(name="base", revision="b" * 40, python="3.13.5", about="HEAD~1")]
        run.sides.append(Side(name="head", revision=None, python="3.14.0", about="another interpreter"))
        run.cases[0].side, run.cases[1].side = "base", "head"
    series = {one.kind.case: one for one in read(found).series()}
    base, head = series["short/process"], series["short/pool-map"]
    assert (base.kind.machine.python, head.kind.machine.python) == ("3.13.5", "3.14.0")
    assert base.points[3].git_revision == "b" * 40
    assert head.points[3].git_revision == found[3].environment.git_revision


def test_rows_of_one_case_say_what_differs() -> None:
    found = noisy(*FLAT)
    other_size(found[-1])
    other_settings(found[-2])
    text = printed(read(found).series(), form="github")
    for hint in ("tasks 100, workers 2", "tasks 7, workers 2", "tasks 100, workers default"):
        assert f"short/process ({hint})" in text


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


# Tables


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
@settings(unhurried, max_examples=20)
def test_no_line_is_wider_than_the_terminal(width: int, run: Run) -> None:
    assert max(map(len, printed(read([run]).series(), width=width).splitlines())) <= width


@pytest.mark.parametrize("form", [TEXT, "html", "github"])
@given(found=st.lists(runs(), max_size=3), followed=st.sampled_from(["wall", "cpu"]))
@settings(unhurried, max_examples=10)
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
    assert "\\x1b[31mre" in text
    assert all(line.isprintable() for line in text.split("\n"))
    assert form == TEXT or "<script>" not in text


# Trends


def test_a_trend_has_a_block_a_run_and_a_mark_at_each_change() -> None:
    assert sparkline([1.0, 1.0, 2.0, 2.0, 4.0], [2, 4], 40) == "▁▁|▅▅|█"
    assert sparkline([1.0, 1.0, 2.0, 2.0, 4.0], [2, 4], 40, PLAIN_BLOCKS) == "..|++|#"


def test_small_noise_is_no_mountain() -> None:
    assert set(sparkline([1.0, 1.01, 1.0, 1.02], [], 40)) <= set("▄▅▆")


@given(
    st.lists(st.integers(1, 10**6), min_size=1, max_size=200),
    st.sets(st.integers(1, 199), max_size=10),
    st.integers(1, 60),
)
def test_a_trend_fits_its_columns(values: list[int], marks: set[int], width: int) -> None:
    inside = sorted(mark for mark in marks if mark < len(values))
    drawn = sparkline(values, inside, width)
    assert 1 <= len(drawn) <= width
    assert drawn.count(MARK) == (len(inside) if 2 * len(inside) + 1 <= width else 0)
    assert MARK * 2 not in drawn
    assert PLAIN_BLOCKS.isascii()
    assert len(sparkline(values, inside, width, PLAIN_BLOCKS)) == len(drawn)


def test_a_trend_of_many_runs_shows_their_means() -> None:
    assert sparkline([1.0, 4.0] * 50 + [16.0] * 100, [100], 9) == "▁▁▁▁|████"
