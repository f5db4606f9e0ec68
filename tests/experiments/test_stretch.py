"""What a trace shows of the GIL: threads that compute stretch each other's tasks with one, and not without."""

from __future__ import annotations

import os
import sys

import pytest

from benchmarks.stretch import factors
from concbench.measure.probe.environment import usable_cores
from tests.other_interpreters import FOLDER

FREE_THREADED = FOLDER / "python3.13t"

TRIES = 4
LIKE_ONE_CORE = 1.5
"""What two processes that compute stretch each other's tasks by, where they don't have a core each."""

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(usable_cores() < 2, reason="on one core, threads stretch each other's tasks anyway"),
]


@pytest.mark.skipif(not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="this interpreter has no GIL")
def test_threads_with_a_gil_stretch_each_others_tasks() -> None:
    """Usually by about 2; by less where something else slows down the task that runs alone."""
    assert any(factors(sys.executable, [2], turns=5)[2] > 1.5 for _ in range(TRIES))


@pytest.mark.skipif(not os.access(FREE_THREADED, os.X_OK), reason=f"there is no {FREE_THREADED}")
def test_threads_without_a_gil_stretch_them_less_than_with_one() -> None:
    """Where this machine gives two cores: where it is busy with something else, processes stretch each other, too."""
    tries: list[dict[str, float]] = []
    for _ in range(TRIES):
        found = {
            "with": factors(sys.executable, [2], turns=5)[2],
            "without": factors(str(FREE_THREADED), [2], turns=5)[2],
            "processes": factors(sys.executable, [2], turns=5, subject="pool-map")[2],
        }
        tries.append(found)
        if found["without"] < found["with"]:
            return
    assert all(found["processes"] > LIKE_ONE_CORE for found in tries), tries
