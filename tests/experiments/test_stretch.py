"""What a trace shows of the GIL: threads that compute stretch each other's tasks with one, and not without."""

from __future__ import annotations

import os
import sys

import pytest

from benchmarks.stretch import factors
from concbench.measure.environment import usable_cores
from tests.host.test_other_interpreters import FOLDER

FREE_THREADED = FOLDER / "python3.13t"

TRIES = 4

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(usable_cores() < 2, reason="on one core, threads stretch each other's tasks anyway"),
]


@pytest.mark.skipif(not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="this interpreter has no GIL")
def test_threads_with_a_gil_stretch_each_others_tasks() -> None:
    assert factors(sys.executable, [2], turns=5)[2] > 1.5


@pytest.mark.skipif(not os.access(FREE_THREADED, os.X_OK), reason=f"there is no {FREE_THREADED}")
def test_threads_without_a_gil_stretch_them_less() -> None:
    """What else runs on this machine stretches tasks, too: it is enough that in one of some tries nothing did."""
    python = str(FREE_THREADED)
    tries = ((factors(sys.executable, [2], turns=5)[2], factors(python, [2], turns=5)[2]) for _ in range(TRIES))
    assert any(without < with_gil for with_gil, without in tries)
