"""What one line of a program opens is one place, and what no region covers is elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from concbench.analysis.regions import outside, places
from tests import builders


def test_one_line_that_opens_pools_again_and_again_is_one_place() -> None:
    again = [builders.region([(at, at, at + 1, 0)], opened=float(at)) for at in range(3)]
    elsewhere = builders.region([(0, 0, 1, 0)], line=50)
    first, second = places(builders.program(*again, elsewhere))
    assert (len(first.regions), first.tasks, second.first.line) == (3, 3, 50)
    assert first.wall == pytest.approx(3)


def test_a_region_in_a_worker_of_its_own_line_is_a_place_of_its_own() -> None:
    outer = builders.region([(0, 0, 4, 0)])
    inner = replace(builders.region([(1, 1, 2, 0)], opened=1.0), inside=0)
    assert len(places(builders.program(outer, inner))) == 2


def test_what_no_region_covers_is_elsewhere() -> None:
    parts = outside(builders.program(builders.region([(1, 1, 2, 0), (1, 1, 3, 1)], opened=1.0), wall=10.0))
    assert parts.regions == pytest.approx(2)
    assert parts.elsewhere == pytest.approx(8)


def test_waiting_for_a_semaphore_covers_nothing() -> None:
    limit = builders.region([(0, 1, 2, 0)], limit=True, kind="coroutines", name="Semaphore")
    assert outside(builders.program(limit, wall=2.0)).regions == 0
