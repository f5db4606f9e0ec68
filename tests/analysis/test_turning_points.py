"""What turning points promise: from the number of items that is said on, the law has one way faster than the other."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from concbench.analysis.turning_points import MOST, counts, turning_point
from concbench.model.case import Case, Settings, Workload
from concbench.prediction.predict import Job, Predictor
from tests.builders import case, run
from tests.laws import ByLaw, Law

DOCUMENTS = Workload(name="mine:parsed", tasks=60, task_time=0.0003)


def pool(tasks: int = 60, chunksize: int | None = 15) -> Case:
    return case("advise/pool-map", workload=DOCUMENTS, tasks=tasks, workers=2, chunksize=chunksize)


def serial(tasks: int = 60) -> Case:
    return case("advise/serial", workload=DOCUMENTS, tasks=tasks)


def by(law: Law, reach: float = 0.03) -> Predictor:
    return ByLaw(run([]), DOCUMENTS, law, reach=reach)


PARSING = Law(task=0.0003, start=0.02)
"""Two workers take 40 ms to start, and halve what is left: they pay from 267 documents of 0.3 ms on, and a bit."""


def test_sixty_documents_are_for_serial_and_sixty_thousand_for_a_pool() -> None:
    found = turning_point(by(PARSING), pool(), serial())
    assert found is not None
    assert found.faster == "from"
    assert found.items is not None
    assert 250 < found.items.low < found.items.estimate < found.items.high < 350
    small, large = (Job(items=items) for items in (200, 400))
    settings = Settings(workers=2, chunksize=15)
    assert PARSING("pool-map", settings, small) > PARSING("serial", Settings(), small)
    assert PARSING("pool-map", settings, large) < PARSING("serial", Settings(), large)


def test_an_import_in_every_worker_costs_thirty_items_and_not_three_thousand() -> None:
    importing = Law(task=0.002, start=0.15)
    found = turning_point(by(importing), pool(30), serial(30))
    assert found is not None
    assert found.items is not None
    assert 30 < found.items.low < found.items.high < 3000


def test_what_never_pays_is_said_not_to_and_what_always_does_too() -> None:
    never = turning_point(by(Law(task=1e-7, send=1e-3)), pool(), serial())
    assert never is not None
    assert (never.faster, never.items, never.upto) == ("never", None, 6000)
    always = turning_point(by(Law(task=1.0, start=0.0, cores=2)), serial(), pool())
    assert always is None or always.faster != "always"


def test_where_the_model_is_too_unsure_there_is_no_turning_point() -> None:
    assert turning_point(by(PARSING, reach=2.0), pool(), serial()) is None
    unknown = ByLaw(run([]), DOCUMENTS, PARSING, unknown=("pool-map",))
    assert turning_point(unknown, pool(), serial()) is None


@given(st.floats(1e-5, 0.01), st.floats(0.0, 0.2), st.floats(0, 0.1))
def test_the_turn_lies_within_its_range_and_the_law_agrees(task: float, start: float, reach: float) -> None:
    law = Law(task=task, start=start, send=1e-6, item=0.0)
    found = turning_point(by(law, reach), pool(), serial())
    assume(found is not None and found.items is not None)
    assert found is not None
    assert found.items is not None
    items = found.items
    assert items.low <= items.estimate <= items.high <= found.upto
    beyond = Job(items=found.upto)
    assert law("pool-map", Settings(workers=2, chunksize=15), beyond) < law("serial", Settings(), beyond)


@pytest.mark.parametrize("now", [1, 7, 60, 10_000])
def test_the_numbers_that_are_looked_at_are_few_and_hold_the_one_that_was_run(now: int) -> None:
    found = counts(now, MOST)
    assert now in found
    assert (found[0], found[-1]) == (1, MOST)
    assert len(found) < 15
    assert all(after <= 4 * before for before, after in pairwise(found))
