"""What comparing two saved runs promises: relative to a reference, with wider margins, warned of what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.changes import (
    BETWEEN_RUNS,
    LEAST_CPU_SHARE,
    WEIGHED,
    against_baseline,
    comparable,
    compared_files,
    compared_runs,
    cpu_margin,
    cpu_share,
    differing,
    some,
)
from concbench.model.case import Settings
from concbench.model.result import Result
from concbench.model.run import Change, Run
from concbench.runs.checking import faults
from concbench.stats.sequential import Key
from tests import builders

CASE, REFERENCE = "work/pool-map head", "reference/serial head"
MARGINS = {Key(CASE, "wall"): 0.05, Key(CASE, "cpu"): 0.03, Key(CASE, "memory"): 0.10}


def case(name: str, seconds: float, seed: int, memory: int = 10**7, cores: float = 1.0) -> Result:
    """Eight blocks of six samples, which scatter by 2 %."""
    draw = Random(seed)
    walls = [[seconds * exp(draw.gauss(0, 0.02)) for _ in range(6)] for _ in range(8)]
    peaks = {block: memory + draw.randrange(1000) for block in range(8)}
    return builders.result(
        name.removesuffix(" head"), walls, cpu=cores, side="head", subject="serial", task_time=0.001, peaks=peaks
    )


def run(work: float, reference: float = 0.01, seed: int = 0, memory: int = 10**7, cores: float = 1.0) -> Run:
    """A run of one case and the reference case."""
    return builders.run([case(CASE, work, seed, memory, cores), case(REFERENCE, reference, seed + 1)])


def changes(base: Run, head: Run) -> list[Change]:
    return against_baseline(base, head, MARGINS, REFERENCE, 0.01)


def verdicts(base: Run, head: Run) -> list[str]:
    """Of wall time, CPU time and memory."""
    return [change.verdict for change in changes(base, head)]


def test_what_has_not_changed_is_the_same() -> None:
    assert verdicts(run(0.02), run(0.02, seed=5)) == ["same", "same", "same"]


def test_a_slower_case_is_found() -> None:
    assert verdicts(run(0.02), run(0.03, seed=5)) == ["slower", "slower", "same"]


def test_more_memory_is_found_whatever_the_reference_does() -> None:
    assert verdicts(run(0.02), run(0.03, 0.015, seed=5, memory=2 * 10**7)) == ["same", "same", "slower"]


def test_a_machine_that_is_slower_as_a_whole_is_no_change() -> None:
    base, head = run(0.02), run(0.03, 0.015, seed=5)
    assert set(verdicts(base, head)) == {"same"}
    assert [found.verdict for found in compared_runs(base, head, {Key(CASE, "wall"): 0.1}, None, 0.01)] == ["slower"]


def test_margins_are_wider_than_those_of_two_sides() -> None:
    for change in changes(run(0.02), run(0.02, seed=5)):
        assert change.margin == pytest.approx(MARGINS[Key(CASE, change.metric)] + BETWEEN_RUNS)


def test_a_failure_on_either_side_is_noted_with_its_side() -> None:
    base, head = run(0.02), run(0.02)
    failed = builders.result("work/pool-map", failure="no", side="head", subject="serial")
    found = changes(base, replace(head, results=[failed, *head.results[1:]]))
    assert {(change.note, change.verdict) for change in found} == {("head: no", "undecided")}


def test_everything_that_differs_except_the_code_is_warned_of() -> None:
    base = run(0.02)
    assert list(differing(base, run(0.03))) == []
    environment = replace(base.environment, cpu_model="Another", usable_cores=64, python="3.99.1", os="Plan 9")
    warnings = "\n".join(differing(base, replace(base, environment=environment, concbench="99")))
    for word in ("Another", "64", "3.99.1", "Plan 9", "99"):
        assert word in warnings


def test_other_work_and_missing_cases_are_warned_of_in_a_line_each() -> None:
    base, head = run(0.02), run(0.02)
    first, second = head.results
    other = replace(first, case=replace(first.case, settings=Settings(workers=7)))
    new = [case(f"new/{number} head", 0.01, number) for number in range(5)]
    assert list(differing(base, replace(head, results=[other, second, *new]))) == [
        f"the settings or sizes of {CASE} differ, so they did not do the same work",
        "only the head has new/0 head, new/1 head, new/2 head and 2 more",
    ]


def shared(utilisation: list[float], dispatch: list[float]) -> Run:
    """A run of a command, in each block of which its lanes were used like this."""
    walls = [[0.1, 0.101]] * len(utilisation)
    shares = list(zip(utilisation, dispatch, strict=True))
    command = builders.result("job/python job.py", walls, experiment="commands", cpu=1.0, shares=shares)
    return builders.run([command])


def test_shares_of_two_runs_are_compared_by_their_difference() -> None:
    base, head = shared([0.9, 0.91, 0.9, 0.89], [0.01, 0.02, 0.01, 0.02]), shared([0.5, 0.52, 0.51, 0.5], [0.01] * 4)
    found = {change.metric: change for change in compared_files(base, head, None, 0.01)}
    assert found["utilisation"].verdict == "slower"
    assert found["utilisation"].difference is not None
    assert found["utilisation"].difference.estimate == pytest.approx(-0.3925)
    assert found["dispatch"].verdict == "same"
    assert found["wall"].difference is None


@given(st.lists(st.floats(0, 1), min_size=2, max_size=4), st.lists(st.floats(0, 1), min_size=2, max_size=4))
def test_shares_and_their_differences_stay_possible(before: list[float], after: list[float]) -> None:
    base, head = (shared(found, [1 - each for each in found]) for found in (before, after))
    for change in compared_files(base, head, None, 0.01):
        if change.metric in ("utilisation", "dispatch"):
            for least, found in ((0, change.base), (0, change.head), (-1, change.difference)):
                assert found is not None
                assert least <= found.estimate <= 1
                assert found.low is None or least <= found.low <= found.estimate + 1e-9
    assert not list(faults(replace(head, changes=compared_files(base, head, None, 0.01))))


def test_what_a_baseline_lacks_could_not_be_compared() -> None:
    key = Key("job/python job.py", "dispatch")
    bare = builders.run([builders.result("job/python job.py", [[0.1]] * 4, experiment="commands")])
    (found,) = compared_runs(bare, shared([0.9] * 4, [0.1] * 4), {key: 0.05}, None, 0.01)
    assert found.note == "not measured"


def test_what_two_runs_share_is_comparable() -> None:
    base, head = run(0.02), run(0.02)
    first, second = head.results
    head = replace(head, results=[first, replace(second, samples=()), case("new/one head", 0.01, 1)])
    assert set(comparable(base, head)) == {*MARGINS, Key(REFERENCE, "memory")}


def test_names_are_counted_where_there_are_many() -> None:
    assert some(["a", "b", "c", "d"]) == "a, b, c and 1 more"


# Files


def few(wall: float, blocks: int = 1, name: str = "a", rounds: int = 20) -> Result:
    """A case of few blocks, whose rounds scatter by 5 %."""
    draw = Random(blocks)
    return builders.result(
        f"pyperf/{name}", [[wall * exp(draw.gauss(0, 0.05)) for _ in range(rounds)] for _ in range(blocks)]
    )


def between(base: Sequence[Result], head: Sequence[Result], reference: str | None = None) -> list[Change]:
    return compared_files(builders.run(base), builders.run(head), reference, 0.01)


def test_one_process_on_a_side_has_a_change_and_no_interval() -> None:
    (found,) = between([few(0.1)], [few(0.13)])
    assert found.ratio is not None
    assert found.ratio.estimate == pytest.approx(1.3, rel=0.01)
    assert (found.ratio.low, found.ratio.high, found.verdict, found.margin) == (None, None, "undecided", 1.0)


@pytest.mark.parametrize(("wall", "verdict"), [(0.3, "slower"), (0.03, "faster"), (0.1, "undecided")])
def test_without_an_interval_only_what_nearly_all_rounds_agree_on_is_a_change(wall: float, verdict: str) -> None:
    assert [each.verdict for each in between([few(0.1)], [few(wall)])] == [verdict]
    assert [each.verdict for each in between([few(0.1, 2)], [few(wall, 2)])] == [verdict]


def test_a_single_sample_needs_more_than_a_factor_of_two() -> None:
    assert [each.verdict for each in between([few(0.1, rounds=1)], [few(0.3, rounds=1)])] == ["undecided"]


def test_three_processes_on_each_side_have_an_interval() -> None:
    (found,) = between([few(0.1, 20)], [few(0.13, 20)])
    assert found.ratio is not None
    assert found.ratio.low is not None
    assert (found.verdict, found.margin) == ("slower", BETWEEN_RUNS)


def test_a_reference_is_divided_by_without_an_interval_too() -> None:
    found = between([few(0.1), few(0.1, name="reference")], [few(0.3), few(0.3, name="reference")], "pyperf/reference")
    assert [(each.case, each.verdict) for each in found if each.case == "pyperf/a"] == [("pyperf/a", "undecided")]
    assert found[0].ratio is not None
    assert found[0].ratio.estimate == pytest.approx(1.0)


def test_what_one_side_alone_has_is_new_or_gone_and_nothing_wrong() -> None:
    found = between([few(0.1), few(0.2, name="old")], [few(0.1), few(0.3, name="new")])
    assert [(each.case, each.only, each.open) for each in found[1:]] == [
        ("pyperf/new", "head", False),
        ("pyperf/old", "base", False),
    ]
    assert found[1].head is not None
    assert (found[1].base, found[2].head) == (None, None)


def test_a_case_that_failed_on_one_side_has_a_note() -> None:
    failed = builders.result("pyperf/a", failure="no")
    assert [each.note for each in between([few(0.1)], [failed])] == ["head: no"]
    assert between([failed], [failed]) == []


# CPU time as a share of wall time


@given(st.floats(1e-4, 8), st.floats(0.001, 0.5))
def test_the_less_a_case_computes_the_wider_is_its_margin(share: float, margin: float) -> None:
    found = cpu_margin(margin, share)
    if share < LEAST_CPU_SHARE:
        assert found is None
    else:
        assert found is not None
        assert found >= margin
        # In seconds it is a share of the CPU time, or of a part of the wall time, whichever is more.
        assert found * share == pytest.approx(margin * max(share, WEIGHED))


def test_the_share_does_not_depend_on_which_side_computes_more() -> None:
    one, other = case(CASE, 0.02, 1, cores=0.1), case(CASE, 0.03, 2, cores=0.4)
    assert cpu_share(one, other) == cpu_share(other, one)
    unknown = builders.result("work/serial", [[0.02]])
    assert cpu_share(unknown, unknown) is None


def test_cpu_time_that_is_a_small_part_of_wall_time_is_left_out() -> None:
    wall, cpu, _ = changes(run(0.02, cores=0.01), run(0.02, seed=5, cores=0.01))
    assert (wall.verdict, wall.left_out) == ("same", "")
    assert (cpu.verdict, cpu.left_out) == ("undecided", "CPU time is 1% of wall time here: too little to gate")
