"""What schedules promise: which block they return, by results alone; none of them needs a process or a clock."""

from __future__ import annotations

from math import exp
from random import Random

import pytest

from concbench.measure.plan import Block, Results
from concbench.model.case import Case
from concbench.model.result import Failure, Result
from concbench.model.run import Gated
from concbench.session.comparison import comparison_of
from concbench.session.fixed import Fixed
from concbench.session.gate import PEAKS, Figure, GateSchedule, Recording
from concbench.session.options import Options
from concbench.session.precision import Precision
from concbench.session.survey import Survey
from concbench.session.threshold import ThresholdSchedule
from concbench.stats.sequential import FEWEST_BLOCKS, LONGEST, Threshold
from concbench.suites.suite import suites
from tests.builders import by_id, case, result, steady
from tests.session.simulation import Simulation, Timed, evenly, simulated

A, B, C = (case(f"t/{name}", subject="serial") for name in "abc")
NONE: Results = by_id(*(Result(case=each) for each in (A, B, C)))


def rows(block: Block | None) -> list[str] | None:
    return None if block is None else [each.label for each in block.cases]


# Fixed


def test_fixed_blocks_are_of_all_cases_and_the_first_is_watched_and_traced() -> None:
    schedule = Fixed(3, fewest_blocks=2)
    blocks = [schedule.next(NONE, used) for used in (0.0, 0.3, 0.6, 0.9)]
    assert [rows(block) for block in blocks] == [["a", "b", "c"]] * 3 + [None]
    assert [block and block.watched == block.traced == set(NONE) for block in blocks[:1]] == [True]
    assert [(block.watched, block.traced) for block in blocks[1:3] if block] == [(frozenset(), frozenset())] * 2


def test_fixed_blocks_end_with_the_budget() -> None:
    schedule = Fixed(9, fewest_blocks=1)
    assert rows(schedule.next(NONE, 0.0))
    assert schedule.next(NONE, 1.0) is None


def test_fixed_blocks_may_be_of_some_cases_only() -> None:
    schedule = Fixed(1, fewest_blocks=1, only=frozenset({B.id}))
    block = schedule.next(NONE, 0.0)
    assert rows(block) == ["b"]
    assert block is not None
    assert block.watched == {B.id}


def test_tables_are_measured_apart_where_an_engine_that_is_kept_would_disturb_the_others() -> None:
    assert not Survey(suites.get("gil"), Options()).schedule.apart
    assert Survey(suites.get("engines"), Options()).schedule.apart
    assert not Survey(comparison_of("cpu", ["serial", "ray"], None), Options()).schedule.apart
    assert Survey(comparison_of("cpu", ["serial", "ray"], None), Options(warm=True)).schedule.apart


# Until precise


def test_until_precise_goes_on_with_what_is_vague_and_what_that_is_compared_with() -> None:
    schedule = Precision(0.05, {"t": A.id}, fewest_blocks=3)
    first = schedule.next(NONE, 0.0)
    assert rows(first) == ["a", "b", "c"]
    assert first is not None
    assert first.watched == first.traced == set(NONE)
    vague, precise = [[1.0], [1.5], [0.7]], [[1.0], [1.001], [1.0]]
    found = by_id(result(A, precise), result(B, vague), result(C, precise))
    assert rows(schedule.next(found, 0.5)) == ["a", "b"]
    assert rows(schedule.next(by_id(result(A, vague), result(B, precise), result(C, precise)), 0.5)) == ["a"]
    assert schedule.next(by_id(*(result(each, precise) for each in (A, B, C))), 0.5) is None


def test_until_precise_does_not_wait_for_what_failed() -> None:
    schedule = Precision(0.05, {"t": A.id}, fewest_blocks=3)
    schedule.next(NONE, 0.0)
    found = by_id(result(A, [[1.0], [1.0], [1.0]]), result(B, failure="no"), result(C, [[1.0], [1.0], [1.0]]))
    assert schedule.next(found, 0.5) is None


# Until a threshold is reached or missed


@pytest.mark.parametrize(("times", "finding"), [(3.0, "reached"), (1.1, "missed")])
def test_a_threshold_is_measured_until_it_is_surely_reached_or_missed(times: float, finding: str) -> None:
    schedule = ThresholdSchedule(A.id, B.id, Threshold(1.5))
    found = simulated(schedule, [A, B, C], lambda each, _: (1.0 if each == A else times, None), evenly(40))
    assert schedule.threshold.finding == finding
    assert len(found.blocks) < 40
    assert found.rows == [["a", "b"]] * len(found.blocks)
    assert [block.watched == block.traced == {A.id, B.id} for block in found.blocks][:2] == [True, False]


def test_a_threshold_that_may_be_either_side_takes_the_whole_budget() -> None:
    draw = Random(1)
    schedule = ThresholdSchedule(A.id, B.id, Threshold(1.5))
    found = simulated(
        schedule, [A, B], lambda each, _: ((1.0 if each == A else 1.5) * exp(draw.gauss(0, 0.2)), None), evenly(12)
    )
    assert schedule.threshold.finding == "undecided"
    assert len(found.blocks) == 12


def test_a_threshold_ends_where_one_of_the_two_fails() -> None:
    schedule = ThresholdSchedule(A.id, B.id, Threshold(1.5))
    assert schedule.next(by_id(result(A, failure="no"), Result(case=B)), 0.0) is None
    failure = Failure(kind="raised", message="no")
    found = simulated(schedule, [A, B], lambda each, _: failure if each == B else (1.0, None), evenly(9))
    assert len(found.blocks) == 1


# A gate

MARGINS: dict[Gated, float] = {"wall": 0.05, "cpu": 0.03, "memory": 0.10}


def pair(row: str) -> tuple[Case, Case]:
    base, head = (case(f"t/{row}", subject="serial", side=side) for side in ("base", "head"))
    return base, head


def gate_of(*pairs: tuple[Case, Case], margins: dict[Gated, float] = MARGINS) -> GateSchedule:
    figures = {Figure(base.id, head.id, metric): margin for base, head in pairs for metric, margin in margins.items()}
    return GateSchedule(figures, 0.01)


def gated(
    *pairs: tuple[Case, Case],
    factor: float = 1.0,
    share: float = 1.0,
    noise: float = 0.002,
    cpu_noise: float = 0.002,
    blocks: int = 18,
    margins: dict[Gated, float] = MARGINS,
) -> tuple[GateSchedule, Simulation]:
    """Gate pairs whose first head takes a factor longer, and of whose wall time a share is CPU time."""
    draw, schedule = Random(3), gate_of(*pairs, margins=margins)

    def timing(each: Case, _block: int) -> Timed:
        wall = 0.1 * exp(draw.gauss(0, noise)) * (factor if each == pairs[0][1] else 1.0)
        return wall, wall * share * exp(draw.gauss(0, cpu_noise))

    shares = [number / blocks for number in range(1, round(LONGEST * blocks) + 1)]
    return schedule, simulated(schedule, [each for both in pairs for each in both], timing, shares, rounds=3)


def verdicts(schedule: GateSchedule, found: Simulation) -> dict[str, str]:
    return {change.metric: change.verdict for change in schedule.changes(found.results, 1.0)}


def test_a_gate_measures_pairs_until_all_of_their_figures_are_decided() -> None:
    schedule, found = gated(pair("x"), pair("y"))
    assert found.rows[0] == ["x base", "x head", "y base", "y head"]
    assert FEWEST_BLOCKS <= len(found.blocks) < 18
    assert set(verdicts(schedule, found).values()) == {"same"}


def test_a_pair_that_is_decided_leaves_the_others_their_time() -> None:
    draw, (x, y) = Random(5), (pair("x"), pair("y"))
    schedule = gate_of(x, y, margins={"wall": 0.05})

    def timing(each: Case, _block: int) -> Timed:
        return 0.1 * exp(draw.gauss(0, 0.3 if each in y else 0.001)), None

    found = simulated(schedule, [*x, *y], timing, evenly(18), rounds=3)
    assert found.rows[0] == ["x base", "x head", "y base", "y head"]
    assert found.rows[-1] == ["y base", "y head"]


def test_a_slowing_is_red_and_needs_no_more_samples() -> None:
    schedule, found = gated(pair("x"), factor=1.2)
    assert verdicts(schedule, found)["wall"] == "slower"
    assert len(found.blocks) < 18


@pytest.mark.parametrize(("factor", "goes_on"), [(1.0, False), (1.055, True)])
def test_beyond_the_budget_only_what_is_probably_slower_goes_on(factor: float, goes_on: bool) -> None:
    _, found = gated(pair("x"), factor=factor, noise=0.12, margins={"wall": 0.05})
    assert (len(found.blocks) > 18) == goes_on


def test_memory_is_looked_for_as_long_as_it_is_undecided() -> None:
    schedule, found = gated(pair("x"), noise=0.3, blocks=18)
    looked = [bool(block.peaks) for block in found.blocks]
    assert looked == sorted(looked, reverse=True)
    assert 1 <= looked.count(True) < len(looked)
    assert found.blocks[0].peaks == {"t/x base", "t/x head"}
    assert verdicts(schedule, found)["memory"] == "same"


def test_a_pair_of_which_one_fails_is_measured_no_more_and_says_why() -> None:
    x, y = pair("x"), pair("y")
    schedule = gate_of(x, y)
    failure = Failure(kind="raised", message="no such thing")
    found = simulated(schedule, [*x, *y], lambda each, block: failure if each == x[1] else (0.1, 0.1), evenly(18))
    assert found.rows[1] == ["y base", "y head"]
    changes = {(change.case, change.metric): change for change in schedule.changes(found.results, 1.0)}
    assert changes[x[1].id, "wall"].note == "head: no such thing"
    assert changes[x[1].id, "cpu"].left_out == ""
    assert changes[y[1].id, "wall"].verdict == "same"


@pytest.mark.parametrize("kind", ["unfit function", "unfit items"])
def test_where_nothing_of_a_group_can_be_measured_nothing_is(kind: str) -> None:
    x, y = pair("x"), pair("y")
    unfit = Failure(kind=kind, message="no such function")  # type: ignore[arg-type]  # it is one of them
    schedules = (
        GateSchedule(gate_of(x, y).margins, 0.01, groups=[[each.id for each in x]]),
        Recording(True, [[x[1].id]]),
    )
    for schedule in schedules:
        some = by_id(result(x[0]), result(x[1], failure="broken"), *map(result, y))
        both = by_id(*(result(each, failure=unfit) for each in x), *map(result, y))
        assert schedule.next(both, 0.0) is None
        assert rows(schedule.next(some, 0.0))


# CPU time that is a small part of a case


def test_cpu_time_of_what_only_waits_is_left_out_at_once_and_nothing_waits_for_it() -> None:
    schedule, found = gated(pair("x"), share=0.02, cpu_noise=0.4)
    assert len(found.blocks) < 18
    wall, cpu, memory = schedule.changes(found.results, 1.0)
    assert (wall.verdict, memory.verdict) == ("same", "same")
    assert "2% of wall time" in cpu.left_out
    assert not cpu.open


def test_cpu_time_of_what_computes_a_little_has_a_wider_margin_and_no_more_than_the_budget() -> None:
    schedule, found = gated(pair("x"), share=0.1)
    cpu = schedule.changes(found.results, 1.0)[1]
    assert cpu.margin == pytest.approx(0.03 * 0.5 / 0.1, rel=0.1)
    assert (cpu.verdict, cpu.left_out) == ("same", "")


@pytest.mark.parametrize(("share", "margins"), [(0.9, MARGINS), (0.02, {"cpu": 0.03})])
def test_cpu_time_of_what_computes_or_alone_is_judged_as_it_was_asked_for(
    share: float, margins: dict[Gated, float]
) -> None:
    schedule, found = gated(pair("x"), share=share, cpu_noise=0.4, margins=margins)
    cpu = next(change for change in schedule.changes(found.results, 1.0) if change.metric == "cpu")
    assert (cpu.margin, cpu.left_out) == (0.03, "")


# Shares of a command

SHARES: dict[Gated, float] = {"utilisation": 0.05, "dispatch": 0.05}


def shared(
    base: tuple[float, float], head: tuple[float, float], noise: float = 0.01
) -> tuple[GateSchedule, Simulation]:
    """Gate a command whose utilisation and dispatch are these."""
    x, draw = pair("x"), Random(7)
    schedule = gate_of(x, margins={"wall": 0.05, **SHARES})

    def used(each: Case, _block: int) -> tuple[float, float]:
        utilisation, dispatch = head if each == x[1] else base
        return utilisation + draw.gauss(0, noise), dispatch + draw.gauss(0, noise)

    return schedule, simulated(
        schedule, x, lambda each, _: (0.1 * exp(draw.gauss(0, 0.002)), 0.1), evenly(18), rounds=3, used_lanes=used
    )


def test_a_share_that_gets_worse_by_more_than_its_margin_is_red_and_the_difference_is_in_points() -> None:
    schedule, found = shared((0.9, 0.02), (0.7, 0.2))
    wall, utilisation, dispatch = schedule.changes(found.results, 1.0)
    assert [each.verdict for each in (wall, utilisation, dispatch)] == ["same", "slower", "slower"]
    assert (utilisation.ratio, dispatch.ratio) == (None, None)
    for change, difference, base in ((utilisation, -0.2, 0.9), (dispatch, 0.18, 0.02)):
        assert change.difference is not None
        assert change.base is not None
        assert change.difference.estimate == pytest.approx(difference, abs=0.02)
        assert change.difference.low is not None
        assert change.difference.high is not None
        assert change.difference.low < change.difference.estimate < change.difference.high
        assert change.base.estimate == pytest.approx(base, abs=0.02)
        assert change.margin == 0.05


def test_a_share_of_dispatch_that_doubles_from_almost_nothing_is_the_same() -> None:
    schedule, found = shared((0.9, 0.01), (0.9, 0.02), noise=0.002)
    assert verdicts(schedule, found) == {"wall": "same", "utilisation": "same", "dispatch": "same"}


def test_more_utilisation_and_less_dispatch_are_better() -> None:
    schedule, found = shared((0.5, 0.4), (0.8, 0.1))
    assert verdicts(schedule, found) == {"wall": "same", "utilisation": "faster", "dispatch": "faster"}


def test_a_command_is_traced_for_as_long_as_one_of_its_shares_is_undecided() -> None:
    _, found = shared((0.9, 0.02), (0.9, 0.02), noise=0.04)
    traced = [bool(block.shares) for block in found.blocks]
    assert traced == sorted(traced, reverse=True)
    assert found.blocks[0].shares == {"t/x base", "t/x head"}
    assert not gate_of(pair("x")).next(found.results, 0.0).shares  # type: ignore[union-attr]  # there is a block


def test_a_command_in_which_no_task_was_seen_says_so() -> None:
    x = pair("x")
    schedule = gate_of(x, margins=SHARES)
    found = simulated(schedule, x, lambda each, _: (0.1, 0.1), evenly(18))
    notes = [change.note for change in schedule.changes(found.results, 1.0)]
    assert all(note.startswith("base: no pool, executor, thread or coroutine") for note in notes)


# Recording


def test_recording_measures_everything_until_the_budget_is_used_up() -> None:
    found = simulated(Recording(memory=True), [A, B], lambda each, _: (1.0, 1.0), evenly(12))
    assert found.rows == [["a", "b"]] * 12
    assert [len(block.peaks) for block in found.blocks] == [2] * PEAKS + [0] * (12 - PEAKS)
    found = simulated(Recording(memory=False, traced=frozenset({A.id})), [A, B], lambda each, _: (1.0, 1.0), evenly(12))
    assert not any(block.peaks for block in found.blocks)
    assert [block.shares for block in found.blocks] == [{A.id}] * PEAKS + [frozenset()] * (12 - PEAKS)


def test_a_schedule_decides_by_results_alone() -> None:
    """The same results at the same shares: the same blocks."""
    times = dict(zip((A.id, B.id), (steady(1.0), steady(2.0)), strict=True))
    found = by_id(result(A, times[A.id]), result(B, times[B.id]))
    for make in (
        lambda: Fixed(3, 1),
        lambda: Precision(0.001, {}, 1),
        lambda: ThresholdSchedule(A.id, B.id, Threshold(1.5)),
        lambda: Recording(memory=True),
    ):
        first, again = make(), make()
        assert [first.next(found, used) for used in (0.0, 0.4, 0.8)] == [
            again.next(found, used) for used in (0.0, 0.4, 0.8)
        ]
