"""What advice on a chunksize promises: it is measured, or predicted beyond doubt, and contradicts no row of its run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.chunks import BETTER, BetterChunks, better_chunks, round_sizes
from concbench.model.case import Settings
from concbench.model.result import Result
from concbench.model.run import Run
from concbench.prediction.predict import Job
from tests.builders import result, run
from tests.laws import ByLaw, Law

TINY = Law(task=20e-6, send=40e-6)
"""2,000 of them in chunks of one keep the parent busy for 80 ms; in chunks of 1000, two workers take 21 ms each."""


def of(
    size: int, wall: float, subject: str = "pool-map", tasks: int = 2000, ideal: float = 0.02, workers: int = 2
) -> Result:
    return result(
        f"tiny/{subject} {size} {workers}",
        [[wall], [wall]],
        subject=subject,
        tasks=tasks,
        workers=workers,
        chunksize=size,
        ideal=ideal,
    )


def advised(found: Run, law: Law = TINY, reach: float = 0.03, **more: object) -> BetterChunks | None:
    first = found.results[0]
    size = first.case.settings.chunksize
    assert size is not None
    model = ByLaw(found, first.case.workload, law, reach=reach, **more)  # type: ignore[arg-type]  # its fields
    return better_chunks(first, size, 2, found.results, model)


def measured_as(size: int, wall: float) -> BetterChunks:
    """What a row took."""
    median = of(size, wall).median
    assert median is not None
    return BetterChunks(chunksize=size, seconds=median.estimate)


# 2,000 tasks of 20 µs: below chunks of 1000, a rule that knew nothing of what a chunk costs the parent advised chunks
# of 1, which a row of the same table had just measured to take four times as long.


def test_chunks_of_one_are_not_advised_for_tiny_tasks_whose_parent_they_keep_busy() -> None:
    assert advised(run([of(1000, 0.0310)])) is None


def test_nor_below_a_row_that_measured_them_to_be_slower() -> None:
    for slow in (of(1, 0.0826), of(1, 0.0826, subject="pool-imap-unordered")):
        found = advised(run([of(1000, 0.0310), slow]), Law(task=20e-6, send=0.1e-6, item=0.0))
        assert found is None or found.chunksize != 1


def test_tiny_tasks_one_by_one_are_advised_larger_chunks_whose_time_is_that_of_the_pool_and_all() -> None:
    """50,000 tasks of 0.2 µs: what a chunk costs the parent is all that counts, and starting the pool."""
    law = Law(task=0.2e-6)
    slow = of(1, law("pool-map", Settings(workers=2, chunksize=1), Job(items=50_000)), tasks=50_000, ideal=0.005)
    found = advised(run([slow]), law)
    assert found is not None
    assert found.chunksize >= 1000
    assert found.predicted is not None
    assert 0.015 < found.predicted.low <= found.seconds <= found.predicted.high < 0.03


# Rows before predictions


def test_where_rows_measured_what_is_as_good_their_figure_is_used() -> None:
    found = advised(run([of(1, 0.083), of(100, 0.0305), of(500, 0.032)]))
    assert found == measured_as(100, 0.0305)


def test_a_prediction_that_beats_every_row_even_at_the_end_of_its_range_is_said_all_the_same() -> None:
    found = advised(run([of(1, 0.083), of(2, 0.060)]))
    assert found is not None
    assert found.predicted is not None
    assert found.predicted.high <= BETTER * 0.060


def test_a_gain_that_is_no_larger_than_the_error_of_the_model_is_not_said() -> None:
    few = run([of(1, 0.036)])
    assert advised(few, reach=0.02) is not None
    assert advised(few, reach=0.5) is None


def test_without_a_prediction_the_best_of_the_rows_is_named_or_nothing() -> None:
    found = advised(run([of(1, 0.083), of(100, 0.031)]), unknown=("pool-map",))
    assert found == measured_as(100, 0.031)
    assert advised(run([of(1, 0.083)]), unknown=("pool-map",)) is None


def test_no_prediction_beats_the_ideal() -> None:
    found = advised(run([of(1, 0.083, ideal=0.04)]))
    assert found is not None
    assert found.predicted is not None
    assert found.seconds >= found.predicted.low >= 0.04


walls = st.floats(0.001, 0.2)
sizes = st.sampled_from([1, 2, 5, 10, 20, 50, 100, 250, 500, 1000])


@given(
    st.dictionaries(sizes, walls, min_size=1),
    st.dictionaries(sizes, walls),
    st.floats(1e-7, 1e-4),
    st.floats(0, 1e-3),
    st.floats(0, 0.3),
)
def test_no_chunksize_that_is_advised_contradicts_a_row(
    own: dict[int, float], others: dict[int, float], task: float, send: float, reach: float
) -> None:
    rows = [of(size, wall) for size, wall in own.items()]
    rows += [of(size, wall, subject="pool-imap") for size, wall in others.items()]
    rows += [of(size, wall, workers=3) for size, wall in others.items()]
    found = advised(run(rows), Law(task=task, send=send), reach)
    if found is None:
        return
    wall = next(iter(own.values()))
    assert found.seconds <= BETTER * wall * (1 + 1e-9)
    if found.predicted is None:
        assert own[found.chunksize] == pytest.approx(min(own.values()))
        assert found.seconds == pytest.approx(min(own.values()))
        return
    assert found.chunksize not in own
    assert found.predicted.high <= BETTER * min(own.values()) * (1 + 1e-9)
    assert others.get(found.chunksize, 0.0) <= wall * (1 + 1e-9)


@pytest.mark.parametrize("largest", [1, 2, 7, 25, 1000, 33_333])
def test_sizes_to_try_are_few_and_reach_the_largest(largest: int) -> None:
    found = round_sizes(largest)
    assert found[0] == 1
    assert found[-1] == largest
    assert found == sorted(set(found))
    assert len(found) < 25
