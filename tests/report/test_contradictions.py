"""Nothing that is said of a run contradicts what else is said of it; and what would is found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from benchmarks.contradictions import (
    Table,
    Told,
    contradictions,
    in_advice,
    in_claims,
    in_figures,
    in_findings,
    in_marks,
    in_order,
    in_reasons,
    in_titles,
    main,
)
from concbench.model import Run
from tests.example_run import example_run
from tests.runs.answered_run import answered_runs, swept_runs


@given(answered_runs())
@settings(max_examples=30)
def test_no_run_of_strategies_is_told_with_a_contradiction(run: Run) -> None:
    assert contradictions(run) == []


@given(swept_runs())
@settings(max_examples=30)
def test_no_run_over_an_axis_is_told_with_a_contradiction(run: Run) -> None:
    assert contradictions(run) == []


@pytest.mark.parametrize("name", ["pool-vs-process", "scaling", "semantics", "tutorial"])
def test_an_example_run_is_told_without_one(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"results/example-{name}.json"]) == 0, capsys.readouterr().out


def test_a_contradiction_is_printed_and_told_by_the_exit_status(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 2
    assert main([f"{tmp_path}/missing.json"]) == 2


HEADERS = ["strategy", "median", "x serial", "ideal", "CPU", "PSS"]


def table(*rows: tuple[str, ...], title: str = "Tasks: 10 tasks of 10.0 ms", sentences: tuple[str, ...] = ()) -> Table:
    """A printed table of such cells, and what stands below it."""
    return Table(title, HEADERS, [dict(zip(HEADERS, row, strict=False)) for row in rows], list(sentences))


def told(*parts: Table, **more: object) -> Told:
    """All that is said of a run: nothing but these."""
    empty = Told(parts=list(parts), by_time=list(parts), over=[], crossings=[], claims=[], advised=[], findings=[])
    return replace(empty, **more)  # type: ignore[arg-type]  # they are its fields


def claimed(outcome: str, because: str) -> Told:
    """A claim and the figures under it."""
    return told(claims=[f"{outcome}: So it is.\n  {because}"])


def recommended(*sentences: str, findings: tuple[str, ...] = ()) -> Told:
    """Advice on a function, below a table of which the second row is recommended."""
    advised = [("Recommended: pool-map", list(sentences))]
    return told(table(SERIAL, POOL), advised=advised, findings=list(findings))


SERIAL = ("serial", "100 ms ±2%", "1", "100%", "90 ms", "10 MB")
POOL = ("pool-map", "60.0 ms ±5%", "0.600 ±5%", "83%", "95 ms", "20 MB")


@pytest.mark.parametrize(
    ("said", "look"),
    [
        (told(table(("pool-map", "134 ms ±292%", "1.34 ±5%", "70%"))), in_figures),
        (told(table(("pool-map", "134 ms ±5%", "1.34 ±>999%", "70%"))), in_figures),
        (told(table(("pool-map", "134 ms ±5%", "1.34 ±5%", "134%"))), in_figures),
        (told(claims=["UNDECIDED: So.\n  a takes 24.0 times (one block, so no interval) the time of b"]), in_figures),
        (told(table(SERIAL, POOL)), in_order),
        (told(table(SERIAL, ("serial2", "105 ms", "1.05"), title="Tasks: 48 tasks of 3.92 ms")), in_titles),
        (told(table(POOL, sentences=("pool-map took 66.0 ms (ideal 50.0 ms): 10.0 ms between tasks.",))), in_reasons),
        (told(table(POOL, sentences=("pool-map took 60.0 ms (ideal 70.0 ms): 10.0 ms between tasks.",))), in_reasons),
        (told(table(POOL, sentences=("pool-map took 60.0 ms (ideal 50.0 ms): 99.0 ms between tasks.",))), in_reasons),
        (
            told(
                table(
                    POOL,
                    ("pool-map chunksize 8", "75.0 ms", "0.750"),
                    sentences=(
                        "pool-map took 60.0 ms (ideal 50.0 ms): 9.0 ms between tasks. 10 items went out one by one; "
                        "--chunksize 8 would take about 51.0 ms.",
                    ),
                )
            ),
            in_reasons,
        ),
        (
            told(
                table(
                    POOL,
                    sentences=(
                        "pool-map took 60.0 ms (ideal 50.0 ms): 9.0 ms between tasks. 10 items went out one by one; "
                        "--chunksize 8 would take about 41.0 ms.",
                    ),
                )
            ),
            in_reasons,
        ),
        (
            told(
                table(
                    SERIAL,
                    POOL,
                    sentences=(
                        "pool-map took 60.0 ms (ideal 50.0 ms): 9.0 ms between tasks. Having workers costs 9.0 ms at "
                        "start and stop, 15% of that, and saves 40.0 ms of the 133 ms that the tasks take one after "
                        "the other.",
                    ),
                )
            ),
            in_reasons,
        ),
        (
            told(claims=["CONFIRMED: So.\n  a takes 1.20 times (95 % interval 0.9 to 1.6) the time of b: slower."]),
            in_claims,
        ),
        (
            told(claims=["UNDECIDED: So.\n  a takes 1.20 times (95 % interval 1.1 to 1.3) the time of b: undecided."]),
            in_claims,
        ),
        (
            told(claims=["UNDECIDED: So.\n  a takes 24.0 times (20 to 28 in 3 rounds) the time of b: undecided."]),
            in_claims,
        ),
        (
            told(claims=["CONFIRMED: So.\n  a takes 3.0 times (1.1 to 9 in 3 rounds) the time of b: clearly slower."]),
            in_claims,
        ),
        (
            told(claims=["CONFIRMED: So.\n  a takes 0.5 times (95 % interval 0.4 to 0.6) the time of b: slower."]),
            in_claims,
        ),
        (
            told(claims=["UNDECIDED: So.\n  a takes 0.5 times (95 % interval 0.4 to 0.6) the time of b: faster."]),
            in_claims,
        ),
        (
            recommended("It takes 66.0 ms ±5% for 10 tasks."),
            in_advice,
        ),
        (
            told(
                table(SERIAL, POOL),
                advised=[
                    (
                        "Recommended: pool-map",
                        [
                            "It takes 60.0 ms ±5% for 10 tasks: 0.0400 times (0.03 to 0.05 in 3 rounds) the time of "
                            "serial. That it is faster than serial is not sure: a longer --budget would tell."
                        ],
                    )
                ],
            ),
            in_advice,
        ),
        (
            recommended("It costs 195 ms of CPU time and 20.1 MB of memory at its peak."),
            in_advice,
        ),
        (
            told(
                table(SERIAL, POOL),
                advised=[
                    ("Recommended: pool-map", ["It costs 95.1 ms of CPU time and 40.1 MB of memory at its peak."])
                ],
            ),
            in_advice,
        ),
        (told(table(SERIAL, POOL), advised=[("Recommended: pool-map", [])]), in_order),
        (
            told(
                over=[
                    Table(
                        "By the length of a task",
                        ["a task", "serial", "pool-map"],
                        [
                            {"a task": "1.00 ms", "serial": "10.0 ms ±1% *", "pool-map": "20.0 ms ±1%"},
                            {"a task": "10.0 ms", "serial": "100 ms ±1%", "pool-map": "60.0 ms ±1% *"},
                        ],
                    )
                ],
                crossings=["Whether pool-map overtakes serial between tasks of 1.00 ms and 10.0 ms is undecided."],
            ),
            in_marks,
        ),
        (
            told(
                over=[
                    Table(
                        "By the length of a task",
                        ["a task", "serial", "pool-map"],
                        [{"a task": "1.00 ms", "serial": "10.0 ms ±1% *", "pool-map": "20.0 ms ±1%"}],
                    )
                ],
                crossings=["pool-map is always faster than serial, from tasks of 1.00 ms to 10.0 ms."],
            ),
            in_marks,
        ),
        (
            told(
                table(POOL, SERIAL),
                advised=[("Recommended: pool-map", [])],
                findings=["Fastest is serial with 100 ms ±2%, slowest pool-map with 60.0 ms ±5%."],
            ),
            in_findings,
        ),
        (
            told(table(POOL, SERIAL), findings=["Fastest is serial with 100 ms ±2%, slowest pool-map with 60.0 ms."]),
            in_findings,
        ),
    ],
)
def test_each_kind_of_contradiction_is_found(said: Told, look: object) -> None:
    assert list(look(said))  # type: ignore[operator]  # one of the checks


def test_what_agrees_is_no_contradiction() -> None:
    run = example_run()
    assert contradictions(run) == []
