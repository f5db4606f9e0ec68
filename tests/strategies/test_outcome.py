"""What became of a task, and how it is carried."""

from __future__ import annotations

import pickle

import pytest

from concbench.strategies.outcome import Outcome, TaskTraceback, attempt
from tests.strategies import odd_tasks


def test_a_result_is_returned() -> None:
    assert attempt(odd_tasks.double, 4).get() == 8


def test_what_a_task_raised_is_raised_again_with_its_traceback_as_the_cause() -> None:
    outcome: Outcome = pickle.loads(pickle.dumps(attempt(odd_tasks.raises, odd_tasks.FAULTY)))
    with pytest.raises(LookupError, match="the task's own trouble") as caught:
        outcome.get()
    cause = caught.value.__cause__
    assert isinstance(cause, TaskTraceback)
    assert "in raises" in str(cause)
    assert str(cause).endswith("LookupError: the task's own trouble\n")


def test_a_result_of_none_is_a_result() -> None:
    assert pickle.loads(pickle.dumps(Outcome())).get() is None


def test_leaving_and_interrupting_are_not_an_outcome() -> None:
    with pytest.raises(SystemExit):
        attempt(odd_tasks.leaves, odd_tasks.FAULTY)
