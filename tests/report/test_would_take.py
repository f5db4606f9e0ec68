"""The benchmark that measures what something would take: what it finds in a run, and what it calls an error."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.would_take import Said, beside_of, functions, said, table
from concbench.model.run import Advice, Run
from tests.builders import result, run

CASE, TRIED = "cpu/pool-map", "advice for cpu/pool-map/chunksize 5"
BESIDE = "advice for cpu/pool-map/as it was"


def advised(took: float) -> Run:
    """A pool took a second and would take half of that; by then everything takes twice as long."""
    measured = run([result(CASE, [[1.0]]), result(BESIDE, [[2.0]]), result(TRIED, [[took]])])
    return replace(measured, advice=[Advice(case=CASE, chunksize=5, predicted=0.5, tried=TRIED)])


def test_what_was_tried_is_compared_with_the_case_as_it_was_beside_it() -> None:
    document = advised(took=1.0)
    assert beside_of(document, document.advice[0]) == BESIDE
    (found,) = said("suite", document)
    assert (found.predicted, found.before, found.measured, found.beside) == (0.5, 1.0, 1.0, 2.0)
    assert found.error == pytest.approx(0.0)


def test_an_error_is_the_share_by_which_too_much_was_predicted() -> None:
    (found,) = said("suite", advised(took=0.8))
    assert found.error == pytest.approx(0.25)


def test_what_could_not_be_tried_is_left_out() -> None:
    assert list(said("suite", replace(advised(took=1.0), results=advised(took=1.0).results[:2]))) == []


def test_the_worst_predictions_come_first() -> None:
    near, far = (
        Said(source=name, case=CASE, what="", predicted=predicted, before=1.0, measured=1.0, beside=1.0)
        for name, predicted in (("near", 1.1), ("far", 0.4))
    )
    lines = table([near, far]).splitlines()
    assert "far" in lines[2]
    assert "near" in lines[3]


def test_functions_have_names_of_their_own() -> None:
    names = [each.name for each in functions()]
    assert len(names) == len(set(names))
