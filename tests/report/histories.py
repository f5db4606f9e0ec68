"""Histories to test with: runs of many days, what makes one of them another series, and all of them read."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from concbench.model import Run
from concbench.report.history import history_tables
from concbench.report.history_runs import Followed, History
from concbench.report.history_series import Series
from concbench.report.sparkline import BLOCKS
from concbench.report.tables import TEXT
from tests.example_run import example_run


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
