"""Benchmarks of a pytest-benchmark suite: hosts of their own run them, which are pytest processes."""

from __future__ import annotations

from concbench.experiments.experiment import Experiment, experiments
from concbench.strategies.strategy import Unavailable

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from typing import Any

    from concbench.experiments.experiment import OpenCase
    from concbench.model.case import Workload


def _take_on(subject: str, _workload: Workload, _asked: dict[str, Any]) -> tuple[OpenCase, dict[str, Any]]:
    raise Unavailable(f"{subject} is a test: concbench check --pytest measures it in a pytest process")


experiments.add("benchmarks", Experiment(take_on=_take_on, settings_of=lambda _subject: ()))
