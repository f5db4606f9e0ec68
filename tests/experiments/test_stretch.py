"""What a trace shows of the GIL: threads that compute stretch each other's tasks with one, and not without."""

from __future__ import annotations

import os
import sys

import pytest

from benchmarks.stretch import factors
from concbench.measure.environment import usable_cores
from tests.host.test_other_interpreters import FOLDER

FREE_THREADED = FOLDER / "python3.13t"

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(usable_cores() < 2, reason="on one core, threads stretch each other's tasks anyway"),
]


@pytest.mark.skipif(not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="this interpreter has no GIL")
def test_threads_with_a_gil_stretch_each_others_tasks() -> None:
    assert factors(sys.executable, [2], turns=5)[2] > 1.5


@pytest.mark.skipif(not os.access(FREE_THREADED, os.X_OK), reason=f"there is no {FREE_THREADED}")
def test_threads_without_a_gil_stretch_them_less() -> None:
    with_gil, without = factors(sys.executable, [2], turns=5)[2], factors(str(FREE_THREADED), [2], turns=5)[2]
    assert without < with_gil
