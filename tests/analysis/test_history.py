"""What a history promises: each run counts once, a series holds what can be compared, and steps are change points."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from concbench.analysis.history import Followed, History, Series, figure, figures_of
from concbench.model.result import Failure, Result
from concbench.model.run import Run, Side
from tests.builders import example_run, result

FLAT, STEPPED = [1.0] * 10, [1.0] * 12 + [1.2] * 8


def run_of(day: int, factor: float = 1.0) -> Run:
    """The example as it was measured on a day, with its times multiplied by a factor."""
    run = example_run()
    month, day_of_month = divmod(day, 28)
    return replace(
        run,
        started=f"2026-{month + 1:02}-{day_of_month + 1:02}T04:55:00+00:00",
        environment=replace(run.environment, git_revision=f"{day:07x}" + 33 * "0"),
        results=[
            replace(
                each, samples=tuple(replace(s, wall=factor * s.wall, cpu=factor * (s.cpu or 0)) for s in each.samples)
            )
            for each in run.results
        ],
    )


def noisy(*levels: float) -> list[Run]:
    """A run a day at each level, with 2 % of noise."""
    draw = Random(7)
    return [run_of(day, level * draw.lognormvariate(0, 0.02)) for day, level in enumerate(levels)]


def read(found: Iterable[Run], pattern: str = "*", suite: str | None = None, followed: Followed = "wall") -> History:
    history = History(followed=followed, suite=suite, pattern=pattern)
    for number, run in enumerate(found):
        history.add(figures_of(run), Path(f"{number:03}.json"))
    return history


def by_case(history: History) -> dict[str, Series]:
    return {series.kind.case: series for series in history.series()}


def elsewhere(**fields: Any) -> Callable[[Run], Run]:
    """The same run in an environment that differs in these fields."""
    return lambda run: replace(run, environment=replace(run.environment, **fields))


def with_cases(change: Callable[[Result], Result]) -> Callable[[Run], Run]:
    return lambda run: replace(run, results=[change(each) for each in run.results])


def sized(**sizes: Any) -> Callable[[Run], Run]:
    """The same run with other sizes."""
    return with_cases(
        lambda each: replace(each, case=replace(each.case, workload=replace(each.case.workload, **sizes)))
    )


def set_to(**values: Any) -> Callable[[Run], Run]:
    """The same run with other settings."""
    return with_cases(
        lambda each: replace(each, case=replace(each.case, settings=replace(each.case.settings, **values)))
    )


OTHERS = [
    *(elsewhere(cpu_model="Another CPU"), elsewhere(usable_cores=1), elsewhere(python="3.14.0"), elsewhere(gil=False)),
    *(lambda run: replace(run, suite="another"), sized(tasks=7), set_to(workers=None)),
]


@pytest.mark.parametrize("change", OTHERS)
def test_what_cannot_be_compared_is_another_series(change: Callable[[Run], Run]) -> None:
    found = noisy(*FLAT)
    series = read([*found[:5], *map(change, found[5:])]).series()
    assert [len(one.points) for one in series] == [5] * 4


def test_what_every_run_draws_calibrates_or_times_anew_makes_no_other_series() -> None:
    found = noisy(*FLAT)
    drawn = [replace(sized(loops=20_000 + n, seed=n)(run), seed=n) for n, run in enumerate(found)]
    assert len(read(drawn).series()) == 2
    timed = [sized(name="tutorial", task_time=2e-6 + n * 1e-8)(run) for n, run in enumerate(found)]
    assert len(read(timed).series()) == 2
    examined = [sized(name="a.b:c", busy=0.9 + n * 0.001)(run) for n, run in enumerate(found)]
    assert len(read(examined).series()) == 2


def test_each_side_of_a_gate_has_its_own_revision_and_interpreter() -> None:
    sides = [
        Side(name="base", revision="b" * 40, python="3.13.5", about="HEAD~1"),
        Side(name="head", revision=None, python="3.14.0", about="another interpreter"),
    ]
    found = [
        replace(
            run,
            sides=sides,
            results=[
                replace(each, case=replace(each.case, side=side))
                for each, side in zip(run.results, ("base", "head", None), strict=True)
            ],
        )
        for run in noisy(*FLAT)
    ]
    base, head = by_case(read(found)).values()
    assert (base.kind.machine.python, head.kind.machine.python) == ("3.13.5", "3.14.0")
    assert base.points[3].git_revision == "b" * 40
    assert head.points[3].git_revision == found[3].environment.git_revision


def test_a_series_holds_the_runs_of_a_case_in_the_order_of_time() -> None:
    found = noisy(*FLAT)
    series = read(reversed(found)).series()
    assert [one.kind.case for one in series] == ["short/process", "short/pool-map"]
    for one, first in zip(series, found[0].results, strict=False):
        assert [point.started for point in one.points] == [run.started for run in found]
        assert one.points[0].seconds == figure(first, "wall")


def test_runs_that_began_at_the_same_time_are_in_the_order_of_their_files() -> None:
    series, _ = read([run_of(1, 3.0), run_of(1, 2.0), run_of(0, 1.0)]).series()
    assert [point.file for point in series.points] == ["002.json", "000.json", "001.json"]


def test_a_time_without_a_zone_is_utc() -> None:
    one, other = (
        replace(run_of(0), started="2026-11-02T12:00:00"),
        replace(run_of(0, 2.0), started="2026-11-02T12:30:00+01:00"),
    )
    series, _ = read([one, other]).series()
    assert [point.file for point in series.points] == ["001.json", "000.json"]


def test_a_change_point_names_the_first_run_at_the_new_level() -> None:
    found = noisy(*STEPPED)
    (step,) = by_case(read(found))["short/process"].steps
    assert (step.at, step.first.started) == (12, found[12].started)
    assert step.ratio.estimate == pytest.approx(1.2, rel=0.03)
    assert by_case(read(noisy(*FLAT)))["short/process"].steps == []


def test_what_is_incomplete_or_failed_is_left_out_and_counted() -> None:
    first, second, third, *others = noisy(*FLAT)
    first_result, *rest = third.results
    failed = replace(first_result, failure=Failure(kind="timeout", message="no"))
    incomplete = [replace(run, complete=False) for run in (first, second)]
    history = read([*incomplete, replace(third, results=[failed, *rest]), *others])
    assert {name: len(one.points) for name, one in by_case(history).items()} == {
        "short/pool-map": 8,
        "short/process": 7,
    }
    assert (history.runs, history.left_out.incomplete_runs, history.left_out.failed_cases) == (8, 2, 9)


def test_a_run_in_two_files_counts_once() -> None:
    found = noisy(*FLAT)
    history = read([*found, found[3]])
    assert [len(one.points) for one in history.series()] == [10, 10]
    assert history.left_out.duplicate_files == 1


def test_only_the_cases_and_the_suite_that_were_asked_for_are_included() -> None:
    first, *others = noisy(*FLAT)
    history = read([replace(first, suite="another"), *others], pattern="*/pool-*", suite="pool-vs-process")
    (series,) = history.series()
    assert (series.kind.case, len(series.points)) == ("short/pool-map", 9)
    assert history.suites == {"pool-vs-process", "another"}
    assert history.cases == {"short/process", "short/pool-map", "short/ray"}
    assert history.left_out.failed_cases == 0


def test_cpu_time_can_be_followed() -> None:
    def without_cpu(run: Run, cpu: float | None) -> Run:
        first, *others = run.results
        return replace(
            run, results=[replace(first, samples=tuple(replace(each, cpu=cpu) for each in first.samples)), *others]
        )

    first, second, *others = noisy(*FLAT)
    history = read([without_cpu(first, None), without_cpu(second, 0.0), *others], followed="cpu")
    series = by_case(history)
    assert len(series["short/process"].points) == 8
    assert (history.left_out.failed_cases, history.left_out.missing_figures) == (10, 2)
    assert series["short/pool-map"].points[0].seconds == pytest.approx(0.14, rel=0.1)


def test_an_experiment_is_followed_by_its_own_metric() -> None:
    messages = result("t/pipe", [[0.001]] * 3, experiment="messages")
    assert figure(messages, "wall") == pytest.approx(0.001)
    assert figure(replace(messages, samples=()), "wall") is None
