"""What the benchmark of predictions draws, what the model may know of it, and how errors become figures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.prediction.accuracy import (
    Outcome,
    accuracy,
    by,
    factor,
    known,
    outcomes,
    part_of,
    repeated,
    within_targets,
    worst,
)
from benchmarks.prediction.cells import (
    CELLS,
    LONGEST,
    PARTS,
    SEEN,
    SHORTEST,
    STRATEGIES,
    Part,
    drawn,
    portion,
    rough,
    seen,
    speeds,
)
from concbench.model.case import Settings
from concbench.model.run import Run
from concbench.prediction.predict import Job, Prediction, Range
from concbench.strategies.strategy import strategies
from tests.builders import result, run

EVERY_PART = pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)


def outcome(wall: float, *, held: bool = True, subject: str = "pool-map", beyond: bool = False) -> Outcome:
    """A cell that took a second and was predicted to take `wall`; nothing is known of its CPU time and memory."""
    stated = Range(estimate=wall, low=0.9 if held else 1.1, high=1.2)
    return Outcome(
        part="1 ms",
        kind="computing",
        cell=f"{subject} {wall}",
        subject=subject,
        cores=(2, 2),
        prediction=Prediction(
            subject=subject,
            settings=Settings(),
            job=Job(items=1),
            wall=stated,
            cpu=stated,
            memory=None,
            start=0.0,
            run=wall,
            stop=0.0,
            bottleneck="cores",
            busy=0.0,
            chunks_a_second=1.0,
            beyond=("items",) if beyond else (),
        ),
        measured={"wall": 1.0},
        phases=(0.0, 1.0, 0.0),
        blocks=(1.0, 1.1, 1.0),
    )


def measured(part: Part) -> Run:
    """A run of a part in which everything took a second."""
    cases = [*speeds(), *seen(part, 2), *drawn(part, 1, 2, 1)]
    return replace(run([result(case, [[1.0]]) for case in cases]), suite=part.name)


@EVERY_PART
def test_every_strategy_that_can_run_the_work_is_drawn(part: Part) -> None:
    subjects = {case.subject for case in drawn(part, 1, 2, 2)}
    of_threads = {name for name in STRATEGIES if strategies.get(name).workers == "threads"}
    fit = set(STRATEGIES) if part.waits else set(STRATEGIES) - {"asyncio-gather"}
    assert subjects >= fit - of_threads  # which move large data too quickly to be measured


@EVERY_PART
def test_cells_take_no_longer_than_a_round_can_bear(part: Part) -> None:
    assert all(SHORTEST <= rough(part, case, 2) <= LONGEST for case in drawn(part, 1, 2, 3))


@EVERY_PART
def test_no_two_cells_are_alike(part: Part) -> None:
    ids = [case.id for case in [*drawn(part, 1, 2, 3), *seen(part, 2), *speeds()]]
    assert len(ids) == len(set(ids))


def test_a_seed_draws_the_same_cells_again_and_another_seed_draws_others() -> None:
    first, again, other = (list(drawn(PARTS[2], seed, 2, 1)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@given(of=st.integers(1, 20))
def test_portions_make_up_all_parts(of: int) -> None:
    together = [part for number in range(1, of + 1) for part in portion(PARTS, number, of)]
    assert sorted(part.name for part in together) == sorted(part.name for part in PARTS)


def test_the_model_knows_none_of_the_cells() -> None:
    document = measured(PARTS[0])
    assert {each.case.group for each in document.results} > {CELLS, SEEN}
    assert {each.case.group for each in known(document).results} == {SEEN}


def test_cells_of_a_run_without_costs_are_not_predicted() -> None:
    document = measured(PARTS[0])
    found, refused = outcomes(document)
    assert found == []
    assert len(refused) == sum(each.case.group == CELLS for each in document.results)


def test_a_run_says_which_part_it_measured() -> None:
    assert part_of(measured(PARTS[3])) is PARTS[3]


def test_an_error_is_the_share_by_which_too_much_was_predicted() -> None:
    assert outcome(1.25).error("wall") == pytest.approx(0.25)
    assert outcome(0.8).error("wall") == pytest.approx(-0.2)
    assert outcome(0.8).error("cpu") is None


def test_accuracy_is_of_absolute_errors() -> None:
    found = accuracy([outcome(0.9), outcome(1.1), outcome(1.3, held=False)], "wall")
    assert found is not None
    assert found.cells == 3
    assert found.median == pytest.approx(0.1)
    assert found.most == pytest.approx(0.28)
    assert found.held == pytest.approx(2 / 3)


def test_there_is_no_accuracy_without_outcomes() -> None:
    assert accuracy([], "wall") is None
    assert accuracy([outcome(1.0)], "memory") is None


def test_what_the_machine_makes_of_the_same_cell_is_known_from_its_blocks() -> None:
    found = repeated([outcome(1.0)])
    assert found is not None
    assert found.cells == 3
    assert found.median == pytest.approx(1 - 1 / 1.1)


def test_targets_are_missed_where_a_figure_is_unknown() -> None:
    good = outcome(1.0)
    everything = replace(
        good,
        prediction=replace(good.prediction, memory=good.prediction.wall),
        measured={"wall": 1.0, "cpu": 1.0, "memory": 1.0},
    )
    assert within_targets([everything])
    assert not within_targets([good])


def test_the_worst_come_first_whatever_their_sign() -> None:
    found = worst([outcome(1.1), outcome(0.5), outcome(1.3)], "wall", 2)
    assert [each.prediction.wall.estimate for each in found] == [0.5, 1.3]


def test_outcomes_are_grouped_by_what_was_extrapolated() -> None:
    groups = by([outcome(1.0), outcome(1.1, beyond=True), outcome(1.2)], "beyond")
    assert {name: len(group) for name, group in groups.items()} == {"nothing": 2, "items": 1}


def test_strategies_that_go_about_it_alike_are_a_form() -> None:
    groups = by([outcome(1.0), outcome(1.0, subject="pool-apply-async"), outcome(1.0, subject="thread")], "form")
    assert {name: len(group) for name, group in groups.items()} == {"pool": 2, "one each": 1}


def test_nine_of_ten_outcomes_lie_within_the_factor() -> None:
    found = factor([outcome(1.0)] * 8 + [outcome(0.5), outcome(4.0)], "wall")
    assert found == pytest.approx(2.0 * 2.0**0.1)
    assert factor([], "wall") is None
