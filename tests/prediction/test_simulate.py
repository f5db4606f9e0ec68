"""A simulation agrees with what can be computed by hand, and with the laws that every queue obeys."""

from __future__ import annotations

import time
from dataclasses import replace
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.prediction.simulate import Chunks, Form, Machinery, simulate

POOLED: list[Form] = ["pool", "lazy pool", "in turn"]
FORMS: list[Form] = [*POOLED, "one each", "loop"]


@st.composite
def machineries(draw: st.DrawFn, forms: list[Form] = FORMS) -> Machinery:
    form = draw(st.sampled_from(forms))
    few = st.floats(0.0, 1e-3)
    return Machinery(
        form=form,
        cores=draw(st.integers(1, 8)),
        stretch=draw(st.floats(1.0, 2.0)),
        shared_gil=form == "loop" or draw(st.booleans()),
        workers=1 if form == "in turn" else draw(st.integers(1, 12)),
        ahead=draw(st.sampled_from([1.0, float("inf")])),
        open=draw(few),
        open_each=draw(few),
        ready=draw(few),
        close=draw(few),
        close_each=draw(few),
        cpu=draw(few),
        cpu_each=draw(few),
        send=draw(few),
        lag=draw(few),
        wake=draw(few),
        handle=draw(few),
        gap=draw(few),
        warm=draw(st.booleans()),
    )


@st.composite
def jobs(draw: st.DrawFn) -> Chunks:
    return Chunks(
        items=draw(st.integers(1, 200)),
        size=draw(st.integers(1, 60)),
        times=draw(st.lists(st.floats(0.0, 0.1), min_size=1, max_size=8)),
        computing=draw(st.floats(0.0, 1.0)),
        gil=draw(st.floats(0.0, 1.0)),
        send_item=draw(st.floats(0.0, 1e-4)),
        handle_item=draw(st.floats(0.0, 1e-4)),
        first=draw(st.floats(0.0, 0.01)),
    )


@pytest.mark.parametrize(
    ("machinery", "chunks", "seconds"),
    [
        (Machinery(form="pool", cores=2, workers=2), Chunks(items=8, size=1, times=[0.5], computing=1.0), 2.0),
        (Machinery(form="pool", cores=2, workers=4), Chunks(items=8, size=1, times=[0.5], computing=1.0), 2.0),
        (Machinery(form="pool", cores=2, workers=4), Chunks(items=8, size=1, times=[0.5], computing=0.0), 1.0),
        (Machinery(form="pool", cores=4, workers=4), Chunks(items=8, size=8, times=[0.5], computing=1.0), 4.0),
        (
            Machinery(form="pool", cores=4, workers=4, shared_gil=True),
            Chunks(items=8, size=1, times=[0.5], computing=1.0),
            4.0,
        ),
        (
            Machinery(form="pool", cores=4, workers=4, shared_gil=True),
            Chunks(items=8, size=1, times=[0.5], computing=1.0, gil=0.0),
            1.0,
        ),
        (
            Machinery(form="pool", cores=2, workers=2, stretch=1.5),
            Chunks(items=8, size=1, times=[0.5], computing=1.0),
            3,
        ),
        (Machinery(form="one each", cores=2, workers=8), Chunks(items=8, size=1, times=[0.5], computing=0.0), 0.5),
        (Machinery(form="one each", cores=2, workers=2), Chunks(items=8, size=1, times=[0.5], computing=0.0), 2.0),
        (
            Machinery(form="loop", cores=2, workers=8, shared_gil=True),
            Chunks(items=8, size=1, times=[1.0], computing=0.5),
            4.5,
        ),
        (Machinery(form="in turn", cores=2, workers=4), Chunks(items=8, size=1, times=[0.5], computing=1.0), 4.0),
        (Machinery(form="serial", cores=2, workers=1), Chunks(items=8, size=1, times=[0.5, 1.5], computing=1.0), 8.0),
    ],
)
def test_it_gives_what_can_be_computed_by_hand(machinery: Machinery, chunks: Chunks, seconds: float) -> None:
    assert simulate(machinery, chunks).wall == pytest.approx(seconds)


def test_the_parent_is_a_server_that_saturates() -> None:
    parent = Machinery(form="pool", cores=64, workers=32, send=50e-6)
    found = simulate(parent, Chunks(items=20_000, size=1, times=[100e-6], computing=1.0))
    assert found.run == pytest.approx(20_000 * 50e-6, rel=0.01)
    assert found.parent == pytest.approx(1.0, abs=0.01)
    larger = simulate(parent, Chunks(items=20_000, size=50, times=[100e-6], computing=1.0))
    assert larger.run < found.run / 10


def test_the_parent_takes_a_core_from_the_workers() -> None:
    chunks = Chunks(items=2000, size=1, times=[100e-6], computing=1.0)
    free = simulate(Machinery(form="pool", cores=3, workers=2, send=40e-6), chunks)
    shared = simulate(Machinery(form="pool", cores=2, workers=2, send=40e-6), chunks)
    assert shared.run == pytest.approx(2000 * 140e-6 / 2, rel=0.02)
    assert free.run < shared.run


def least_possible(machinery: Machinery, chunks: Chunks) -> float:
    """The least seconds of the run phase: the largest of the bounds of an operational analysis.

    Throughput is at most that of the resource with the largest demand, and at most the number of customers by the time
    that one takes alone (Lazowska, Zahorjan, Graham and Sevcik, "Quantitative System Performance", 1984, chapter 5).
    """
    mean = sum(chunks.times) / len(chunks.times)
    work = mean * (chunks.items - chunks.items % len(chunks.times))
    computing = work * chunks.computing
    lanes = min(machinery.workers, chunks.items)
    held = computing * chunks.gil if machinery.shared_gil else 0.0
    return max(computing / machinery.cores, held, work / lanes)


@given(machineries(), jobs())
def test_nothing_is_faster_than_what_its_busiest_resource_allows(machinery: Machinery, chunks: Chunks) -> None:
    found = simulate(machinery, chunks)
    assert found.run >= least_possible(machinery, chunks) * (1 - 1e-9) - 1e-9
    assert found.cpu <= found.wall * machinery.cores + machinery.cpu + machinery.cpu_each * machinery.workers + 1e-9


@given(machineries(), jobs())
def test_work_is_neither_lost_nor_done_twice(machinery: Machinery, chunks: Chunks) -> None:
    computing = sum(chunks.times) / len(chunks.times) * chunks.computing
    turns, rest = divmod(chunks.items, len(chunks.times))
    least = turns * sum(chunks.times) * chunks.computing
    found = simulate(machinery, chunks)
    assert found.cpu >= least - 1e-9
    beside = (
        machinery.cpu
        + machinery.workers * (machinery.cpu_each + machinery.ready)
        + chunks.number * (machinery.send + machinery.handle + machinery.wake + chunks.first)
        + chunks.items * (chunks.send_item + chunks.handle_item)
    )
    most = sum(sorted(chunks.times, reverse=True)[:rest]) * chunks.computing
    assert found.cpu <= least + most + beside + 1e-9, computing


@given(machineries(), jobs())
def test_shares_are_shares(machinery: Machinery, chunks: Chunks) -> None:
    found = simulate(machinery, chunks)
    for share in (found.parent, found.holder, found.cores, found.occupied):
        assert 0.0 <= share <= 1.0
    assert 1 <= found.most <= max(machinery.workers, chunks.number)


@given(machineries(), jobs(), st.integers(0, 2**32))
def test_the_same_seed_gives_the_same(machinery: Machinery, chunks: Chunks, seed: int) -> None:
    assert simulate(machinery, chunks, seed) == simulate(machinery, chunks, seed)


@given(machineries(["pool", "lazy pool"]), jobs())
def test_workers_that_exist_already_cost_nothing_to_start(machinery: Machinery, chunks: Chunks) -> None:
    cold, warm = (simulate(replace(machinery, warm=warm), chunks) for warm in (False, True))
    assert warm.start == warm.stop == 0.0
    assert warm.cpu <= cold.cpu + 1e-9


@given(st.integers(1, 16), st.integers(1, 16), st.integers(1, 300), st.floats(1e-4, 0.1))
def test_waiting_tasks_take_as_many_rounds_as_there_are_tasks_for_a_worker(
    cores: int, workers: int, items: int, seconds: float
) -> None:
    machinery = Machinery(form="pool", cores=cores, workers=workers)
    found = simulate(machinery, Chunks(items=items, size=1, times=[seconds], computing=0.0))
    assert found.run == pytest.approx(ceil(items / workers) * seconds)


@pytest.mark.parametrize("form", ["pool", "lazy pool", "one each", "loop"])
def test_a_part_of_many_chunks_stands_for_all_of_them(form: Form) -> None:
    machinery = Machinery(
        form=form, cores=2, workers=16, send=20e-6, handle=10e-6, wake=5e-6, shared_gil=form == "loop", open_each=1e-3
    )
    few = Chunks(items=4000, size=1, times=[1e-4, 3e-4], computing=0.5)
    base = simulate(machinery, few)
    many = simulate(machinery, replace(few, items=400_000))
    assert many.run == pytest.approx(100 * base.run, rel=0.05)
    assert many.cpu == pytest.approx(100 * base.cpu, rel=0.05)


def test_a_million_items_take_seconds_and_not_minutes() -> None:
    """The limit is two seconds; this leaves room for a machine that is busy."""
    began = time.process_time()
    for form in FORMS:
        machinery = Machinery(form=form, cores=16, workers=256, send=3e-5, handle=2e-5, wake=1e-5, shared_gil=True)
        simulate(machinery, Chunks(items=1_000_000, size=1, times=[0.001, 0.1], computing=0.5))
    assert time.process_time() - began < 2.0 * len(FORMS)


def test_threads_with_long_tasks_are_simulated_as_quickly_as_those_with_short_ones() -> None:
    """An hour of holding the GIL is not a million turns of five milliseconds."""
    machinery = Machinery(form="lazy pool", cores=2, workers=4, shared_gil=True)
    found = simulate(machinery, Chunks(items=4000, size=1, times=[3600.0], computing=1.0))
    assert found.run == pytest.approx(4000 * 3600.0)
