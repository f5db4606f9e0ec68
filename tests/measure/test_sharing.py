"""What PSS promises of a large object that workers read: one copy where it is shared, one for each worker elsewhere."""

from __future__ import annotations

import pytest

from benchmarks.large_data import WAYS, WITHIN, Way, of_the_object
from concbench.measure.watch import HAS_PSS
from concbench.workloads.sharing import INITIALIZER, SHARED_MEMORY

SIZE = 60_000_000
WORKERS = 2
USUAL = (SHARED_MEMORY, INITIALIZER)

pytestmark = pytest.mark.skipif(not HAS_PSS, reason="this system has no PSS")


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(
            way,
            id=f"{way.subject} {way.sharing}",
            marks=() if way.sharing in USUAL else pytest.mark.thorough,
        )
        for way in WAYS
    ],
)
def test_it_is_in_memory_as_often_as_it_should_be(way: Way) -> None:
    expected = way.copies(WORKERS) * SIZE
    assert of_the_object(way, WORKERS, SIZE) == pytest.approx(expected, rel=WITHIN)
