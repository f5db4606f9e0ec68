"""The parts of a region add up to its wall time, whatever its tasks do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.measure.parts import PARTS, added, parts_of, shares_of
from concbench.model.program import Region
from tests import builders

LENGTH = st.floats(0.0, 2.0)


@st.composite
def regions(draw: st.DrawFn) -> Region:
    """Any region: tasks of any length on any worker, submitted at any time, of any number of lanes."""
    rows = []
    for _ in range(draw(st.integers(0, 12))):
        submitted, wait, length = draw(st.tuples(LENGTH, LENGTH, LENGTH))
        rows.append((submitted, submitted + wait, submitted + wait + length, draw(st.integers(0, 3))))
    # A worker has one task at a time, and there is a lane for each.
    lanes = draw(st.integers(4, 6))
    free = dict.fromkeys(range(4), 0.0)
    apart = []
    for submitted, begin, end, worker in sorted(rows, key=lambda row: row[1]):
        later = max(0.0, free[worker] - begin)
        apart.append((submitted, begin + later, end + later, worker))
        free[worker] = end + later
    last = max((row[2] for row in apart), default=0.0)
    ready = draw(LENGTH)
    closing = draw(st.none() | st.floats(max(last, ready), max(last, ready) + 1.0))
    return builders.region(
        apart,
        lanes=lanes,
        ready=ready,
        closing=closing,
        closed=max(last, ready) + 1.0,
        computing=draw(st.floats(0.0, 1.0)),
        chunksize=draw(st.integers(1, 3)),
        received=draw(st.booleans()),
    )


@given(regions())
def test_parts_add_up_to_the_wall_time(region: Region) -> None:
    parts = parts_of(region)  # which raises where they don't
    assert parts.wall == pytest.approx(region.closed - region.opened, abs=1e-5)
    assert all(getattr(parts, name) >= -1e-9 for name in PARTS)


def test_workers_that_always_have_a_task_lose_nothing() -> None:
    parts = parts_of(builders.region(builders.in_turn([0.5] * 8, 2)))
    assert parts.computing == pytest.approx(parts.wall)


def test_time_between_tasks_is_a_gap_only_while_tasks_wait() -> None:
    waiting = builders.region([(0, 0, 1, 0), (0, 3, 4, 0)], lanes=1)
    late = builders.region([(0, 0, 1, 0), (3, 3, 4, 0)], lanes=1)
    assert parts_of(waiting).gaps == pytest.approx(2)
    assert parts_of(waiting).idle == 0
    assert parts_of(late).gaps == 0
    assert parts_of(late).idle == pytest.approx(2)


def test_a_worker_without_a_first_task_leads_in_and_one_without_a_last_is_the_tail() -> None:
    parts = parts_of(builders.region([(0, 0, 4, 0), (0, 1, 2, 1)]))
    assert parts.lead_in == pytest.approx(0.5)
    assert parts.tail == pytest.approx(1.0)


def test_what_a_task_does_not_compute_it_waits() -> None:
    parts = parts_of(builders.region([(0, 0, 4, 0)], lanes=1, computing=0.25))
    assert parts.computing == pytest.approx(1)
    assert parts.waiting == pytest.approx(3)


def test_opening_and_ending_are_parts_of_their_own() -> None:
    region = builders.region([(1, 1, 2, 0)], lanes=1, ready=1.0, closing=2.0, closed=5.0)
    parts = parts_of(region)
    assert parts.start == pytest.approx(1)
    assert parts.stop == pytest.approx(3)


def test_results_on_their_way_are_no_idle_time() -> None:
    region = builders.region([(0, 0, 1, 0)], lanes=1, closed=3.0, received=False)
    assert parts_of(region).idle == pytest.approx(2)
    assert parts_of(builders.region([(0, 0, 1, 0)], lanes=1, closed=1.0)).back == 0


def test_shares_are_of_all_regions_by_their_time() -> None:
    busy = builders.region(builders.in_turn([0.5] * 8, 2))
    gaps = builders.region([(0, at, at + 0.5, worker) for at in (0, 1, 2, 3) for worker in (0, 1)])
    both = shares_of([busy, gaps], block=3)
    parts = [parts_of(busy), parts_of(gaps)]
    assert both.block == 3
    assert both.utilisation == pytest.approx(added(parts).inside / (parts[0].active + parts[1].active))
    assert both.dispatch == pytest.approx(parts[1].gaps / (parts[0].active + parts[1].active))
    assert parts[1].gaps == pytest.approx(1.5)


@given(st.lists(regions(), max_size=3))
def test_shares_are_shares_or_unknown(found: list[Region]) -> None:
    shares = shares_of(found, block=0)
    if not any(region.tasks for region in found):
        assert (shares.utilisation, shares.dispatch) == (None, None)
    if shares.utilisation is not None and shares.dispatch is not None:
        assert min(shares.utilisation, shares.dispatch) >= -1e-9
        assert shares.utilisation + shares.dispatch <= 1 + 1e-9


def test_a_semaphore_has_no_share() -> None:
    limit = builders.region([(0, 1, 2, 0)], limit=True, kind="coroutines", name="Semaphore")
    assert shares_of([limit], block=0).utilisation is None
