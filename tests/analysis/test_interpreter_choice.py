"""What the verdict on several interpreters promises: to agree with the table, the first sentence, and every row."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.analysis import analyse
from concbench.analysis.answer import fastest
from concbench.analysis.interpreter_choice import Choice, choice, recommended_choice
from concbench.model.case import Settings
from concbench.model.result import Interval, Result
from concbench.model.run import Recommendation, Run, Side, Way
from tests.builders import case, change, result, run, steady, trace_of

BESIDE_3_13 = ("3.12", "3.14", "3.14t", "3.15")


def row(side: str, wall: float, name: str = "serial", scatter: float = 0.01) -> Result:
    return result(case(f"cpu/{name}", side=side), steady(wall, scatter=scatter))


def chosen(*results: Result, **more: object) -> Choice:
    found = run(results, **more)  # type: ignore[arg-type]  # fields of a run
    made = choice(analyse(found), found.tables[0])
    assert made is not None
    return made


def standings(found: Choice) -> dict[str, str]:
    return {each.side: each.standing for each in found.others}


@pytest.mark.parametrize(
    ("wall", "found", "standing"), [(0.12, "stay", "slower"), (0.08, "switch", "faster"), (0.1, "same", "same")]
)
def test_another_interpreter_is_slower_faster_or_takes_as_long(wall: float, found: str, standing: str) -> None:
    made = chosen(row("3.13", 0.1), row("3.14", wall))
    assert (made.first, made.found, standings(made)) == ("3.13", found, {"3.14": standing})
    assert made.to == (("3.14",) if found == "switch" else ())


def test_what_may_be_either_is_open() -> None:
    walls = ([[0.1], [0.11], [0.1], [0.11]], [[0.11], [0.1], [0.11], [0.101]])
    made = chosen(*(result(case("cpu/serial", side=side), each) for side, each in zip(("a", "b"), walls, strict=True)))
    assert (made.found, standings(made)) == ("open", {"b": "open"})


def test_the_best_of_each_is_compared_and_not_its_row_of_the_same_name() -> None:
    """Threads gain from a build without a GIL, and lose to processes with one."""
    rows = [row("3.13", 0.2, "executor-threads"), row("3.13", 0.1, "executor-processes")]
    rows += [row("3.13t", 0.15, "executor-threads"), row("3.13t", 0.3, "executor-processes")]
    made = chosen(*rows)
    (other,) = made.others
    assert (made.found, made.several, other.standing) == ("stay", True, "slower")
    assert other.result is not None
    assert other.first is not None
    assert (other.result.case.name, other.first.case.name) == ("executor-threads", "executor-processes")


def test_of_five_interpreters_each_is_placed_beside_the_first() -> None:
    made = chosen(
        *(row(side, wall) for side, wall in zip(("3.13", *BESIDE_3_13), (0.1, 0.12, 0.1, 0.2, 0.08), strict=True))
    )
    assert standings(made) == {"3.12": "slower", "3.14": "same", "3.14t": "slower", "3.15": "faster"}
    assert (made.found, made.to) == ("switch", ("3.15",))


def test_two_that_are_both_faster_are_both_to_switch_to_if_they_tie() -> None:
    made = chosen(row("3.13", 0.1), row("3.14", 0.0805), row("3.15", 0.08, scatter=0.02))
    assert made.to == ("3.15", "3.14")
    assert chosen(row("3.13", 0.1), row("3.14", 0.09), row("3.15", 0.05)).to == ("3.15",)


def test_an_interpreter_without_figures_is_missing_and_the_others_are_judged() -> None:
    failed = result(case("cpu/serial", side="3.15"), failure="no")
    made = chosen(row("3.13", 0.1), row("3.14", 0.2), failed)
    assert (made.found, made.missing, standings(made)) == (
        "stay",
        ("3.15",),
        {"3.14": "slower", "3.15": "not measured"},
    )
    assert (chosen(row("3.13", 0.1), failed).found, chosen(failed, row("3.13", 0.1)).found) == ("not measured",) * 2
    assert chosen(failed, row("3.13", 0.1), row("3.14", 0.2)).missing == ("3.15",)


def test_a_failed_row_leaves_the_interpreter_its_others() -> None:
    rows = [row("3.13", 0.1), result(case("cpu/thread", side="3.13"), failure="no")]
    rows += [row("3.14", 0.2), row("3.14", 0.05, "thread")]
    assert (chosen(*rows).found, chosen(*rows).missing) == ("switch", ())


def test_the_order_in_which_interpreters_were_given_decides_which_is_the_first() -> None:
    sides = [Side(name=name, revision=None, python=name, about=name) for name in ("3.13", "3.14")]
    assert chosen(row("3.14", 0.05), row("3.13", 0.1), sides=sides).first == "3.13"


def test_one_interpreter_and_a_gate_leave_no_choice() -> None:
    alone = run([row("3.13", 0.1), row("3.13", 0.2, "thread")])
    assert choice(analyse(alone), alone.tables[0]) is None
    gate = replace(run([row("base", 0.1), row("head", 0.2)]), changes=[change("cpu/serial")])
    assert choice(analyse(gate), gate.tables[0]) is None


def starting(side: str, method: str, start: float) -> Result:
    """A pool whose workers take so long to start, and then half as long for their tasks as serial."""
    tasks = [(start + 0.01 * number, start + 0.01 * (number + 1), 0) for number in range(10)]
    trace = trace_of(tasks, lanes=1, start=start, run=0.1)
    of = case("cpu/pool-map", side=side, tasks=10, settings=Settings(workers=1, start_method=method))
    return result(of, steady(start + 0.1), trace=trace)


def test_what_starting_takes_longer_is_named_where_it_is_most_of_the_difference() -> None:
    fork, server = starting("3.13", "fork", 0.002), starting("3.14", "forkserver", 0.042)
    (other,) = chosen(fork, server).others
    assert other.starting is not None
    assert other.starting[0] == "forkserver"
    assert other.starting[1] == pytest.approx(0.04, abs=0.002)
    assert chosen(fork, starting("3.14", "fork", 0.042)).others[0].starting is None
    assert chosen(starting("3.13", "forkserver", 0.042), starting("3.14", "fork", 0.002)).others[0].starting is None


# Agreement


@st.composite
def runs_of_interpreters(draw: st.DrawFn) -> Run:
    """Two to five interpreters, with one to three rows each, of which any may have failed, quiet or noisy."""
    random = Random(draw(st.integers(0, 2**32)))
    noise, blocks = draw(st.sampled_from([0.001, 0.02, 0.2, 1.0])), draw(st.integers(1, 5))
    names = ("serial", "thread", "pool-map")[: draw(st.integers(1, 3))]
    results = []
    for side in ("3.13", *BESIDE_3_13)[: draw(st.integers(2, 5))]:
        factor = draw(st.sampled_from([1.0, 1.0, 1.02, 1.1, 0.8, 3.0]))
        for name in names:
            of, share = case(f"cpu/{name}", side=side), factor * draw(st.sampled_from([1.0, 1.01, 1.3]))
            walls = [[0.1 * share * (1 + noise * random.random()) for _ in range(2)] for _ in range(blocks)]
            results.append(result(of, failure="no") if draw(st.integers(0, 7)) == 0 else result(of, walls))
    return run(results)


@given(runs_of_interpreters())
def test_the_verdict_contradicts_neither_the_first_sentence_nor_a_row(found: Run) -> None:
    analysis, (table,) = analyse(found), found.tables
    made, first = choice(analysis, table), fastest(found, table)
    assert made is not None
    if first is None or made.found == "not measured":
        return
    marked = {each.case.side for each in (first.result, *first.equal)}
    for each in made.others:
        assert each.standing != "slower" or each.side not in marked
        assert each.standing != "faster" or made.first not in marked
    assert made.found != "switch" or made.first not in marked
    assert made.found != "stay" or not any(each.standing == "faster" for each in made.others)
    if not made.several:
        rows = {each.result.case.side: each.verdict for each in analysis.interpreters(table)}
        for each in made.others:
            assert each.standing in (rows.get(each.side), "open", "not measured")


@given(runs_of_interpreters())
def test_a_row_that_its_own_comparison_calls_slower_is_never_marked_as_the_fastest(found: Run) -> None:
    (table,) = found.tables
    first = fastest(found, table)
    if first is None:
        return
    marked = {each.case.id for each in first.equal}
    behind = [each for each in found.comparisons if each.verdict == "slower" and each.case in marked]
    for each in behind:  # only where the rounds that it shares with the fastest say that it was faster
        other = next(result for result in found.results if result.case.id == each.case)
        ratio = each.ratio.estimate
        assert other.median is not None
        assert first.result.median is not None
        assert ratio > 1
        assert other.median.estimate <= first.result.median.estimate


# Recommendations


def way(wall: float, reach: float, case_: str | None = None) -> Way:
    ends = Interval(estimate=wall, low=wall / reach, high=wall * reach, confidence=0.9, blocks=0)
    return Way(subject="serial", settings=Settings(), wall=ends, case=case_)


def advised(*rows: tuple[Result, Way | None], sides: tuple[str, ...] = ("3.13", "3.14")) -> Choice | None:
    found = run([each for each, _ in rows])
    recommendations = [Recommendation(case=each.case.id, compared=[], equal=[], way=its) for each, its in rows]
    given_ = [Side(name=name, revision=None, python=name, about=name) for name in sides]
    return recommended_choice(replace(found, recommendations=recommendations, sides=given_))


def test_recommendations_are_compared_as_they_were_measured_or_as_they_are_predicted() -> None:
    fast, slow = row("3.14", 0.05), row("3.13", 0.1)
    measured = advised((fast, None), (slow, None))  # the fastest is recommended first
    assert measured is not None
    assert (measured.first, measured.found, measured.to, measured.predicted) == ("3.13", "switch", ("3.14",), False)
    predicted = advised((fast, way(9.0, 1.05)), (slow, way(3.0, 1.05)))
    assert predicted is not None
    assert (predicted.found, predicted.predicted) == ("stay", True)
    vague = advised((fast, way(9.0, 3.0)), (slow, way(8.0, 3.0)))
    assert vague is not None
    assert vague.found == "open"


def test_an_interpreter_without_a_recommendation_is_missing() -> None:
    found = advised((row("3.13", 0.1), None), (row("3.14", 0.1), None), sides=("3.13", "3.14", "3.15"))
    assert found is not None
    assert found.missing == ("3.15",)
    alone = advised((row("3.13", 0.1), None))
    assert alone is not None
    assert alone.found == "not measured"
    assert advised((row("3.13", 0.1), None), sides=("3.13",)) is None
