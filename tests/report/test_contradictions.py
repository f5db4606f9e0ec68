"""Nothing that is said of a run contradicts anything else that is said of it; and a contradiction would be found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.contradictions import (
    Statements,
    Table,
    contradictions,
    in_advice,
    in_answers,
    in_claims,
    in_figures,
    in_findings,
    in_interpreters,
    in_marks,
    in_order,
    in_reasons,
    in_titles,
    main,
)
from concbench.model.run import Run
from tests.builders import example_run
from tests.laws import Law, predicting, with_costs
from tests.runs.answered_run import answered_runs, swept_runs
from tests.runs.any_run import runs


@given(answered_runs())
def test_no_run_of_strategies_is_described_with_a_contradiction(run: Run) -> None:
    assert contradictions(run) == []


LAWS = st.builds(
    Law, task=st.floats(1e-6, 0.1), start=st.floats(0, 0.05), send=st.floats(0, 1e-3), item=st.floats(0, 1e-5)
)


@given(answered_runs(), LAWS, st.floats(0, 0.5))
def test_no_prediction_contradicts_a_row_or_another_sentence(run: Run, law: Law, reach: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        predicting(patch, law, reach=reach)
        assert contradictions(with_costs(run)) == []


@given(swept_runs())
def test_no_run_along_an_axis_is_described_with_a_contradiction(run: Run) -> None:
    assert contradictions(run) == []


@pytest.mark.parametrize("name", ["pool-vs-process", "scaling", "semantics", "tutorial"])
def test_an_example_run_is_described_without_one(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"results/example-{name}.json"]) == 0, capsys.readouterr().out


def test_without_a_run_the_exit_status_is_2(tmp_path: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main([f"{tmp_path}/missing.json"]) == 2


HEADERS = ["strategy", "median", "vs serial", "ideal", "CPU", "PSS"]


def table(*rows: tuple[str, ...], title: str = "Tasks: 10 tasks of 10.0 ms", sentences: tuple[str, ...] = ()) -> Table:
    """A printed table of such cells, and what stands below it."""
    return Table(title, HEADERS, [dict(zip(HEADERS, row, strict=False)) for row in rows], list(sentences))


def said(*tables: Table, **more: object) -> Statements:
    """All that is said of a run: nothing but these."""
    empty = Statements(
        tables=list(tables), by_time=list(tables), along_axes=[], crossings=[], claims=[], advice=[], findings=[]
    )
    return replace(empty, **more)  # type: ignore[arg-type]  # they are its fields


def claimed(outcome: str, because: str) -> Statements:
    """A claim and the figures under it."""
    return said(claims=[f"{outcome}: So it is.\n  {because}"])


def recommended(*sentences: str, findings: tuple[str, ...] = ()) -> Statements:
    """Advice on a function, below a table of which the second row is recommended."""
    advice = [
        ("Processes: 1.67× faster than serial (1 round). pool-map takes 60.0 ms ±5% for 10 tasks.", list(sentences))
    ]
    return said(table(SERIAL, POOL), advice=advice, findings=list(findings))


SERIAL = ("serial", "100 ms ±2%", "1", "100%", "90 ms", "10 MB")
POOL = ("pool-map", "60.0 ms ±5% *", "1.67× faster ±5%", "83%", "95 ms", "20 MB")


def first(text: str) -> Statements:
    """What advice begins with, above the same table, whose ratios are to `serial`."""
    return said(table(SERIAL, POOL), advice=[(text, [])])


def fastest(*sentences: str) -> Statements:
    """What a comparison begins with, above the same table."""
    return said(table(POOL, SERIAL), answers=list(sentences))


def reason(*sentences: str) -> Statements:
    """Sentences below a table of which one row is the pool."""
    return said(table(SERIAL, POOL, ("pool-map chunksize 8", "75.0 ms", "1.33× faster"), sentences=sentences))


def under_both(sentence: str, marked: str) -> Statements:
    """A verdict on interpreters above a table in which a row under one of them is marked."""
    headers = ["strategy", "python", "median"]
    rows = [["serial", side, f"100 ms ±2%{' *' if side == marked else ''}"] for side in ("3.13", "3.14")]
    found = Table("Tasks", headers, [dict(zip(headers, row, strict=True)) for row in rows])
    return said(found, answers=[sentence])


def along(*rows: tuple[str, ...], crossing: str) -> Statements:
    """A table along an axis, and a sentence on where the pool overtakes serial."""
    headers = ["a task", "serial", "pool-map"]
    found = Table("By the length of a task", headers, [dict(zip(headers, row, strict=True)) for row in rows])
    return said(along_axes=[found], crossings=[crossing])


SHORT = ("1.00 ms", "10.0 ms ±1% *", "20.0 ms ±1%")
LONG = ("10.0 ms", "100 ms ±1%", "60.0 ms ±1% *")
TOOK = "pool-map took 60.0 ms (ideal 50.0 ms): 9.0 ms between tasks."


@pytest.mark.parametrize(
    ("statements", "look"),
    [
        (said(table(("pool-map", "134 ms ±292%", "1.34× slower ±5%", "70%"))), in_figures),
        (said(table(("pool-map", "134 ms ±5%", "1.34× slower ±>999%", "70%"))), in_figures),
        (said(table(("pool-map", "134 ms ±5%", "1.34× slower ±5%", "134%"))), in_figures),
        (claimed("UNDECIDED", "a is 24.0× slower than b (one block, so no interval)"), in_figures),
        (claimed("CONFIRMED", "a is 0.24× slower than b (1 round)."), in_figures),
        (claimed("CONFIRMED", "a is 9.00× faster than b (95 % interval 1.01× to 2,000×)."), in_figures),
        (said(table(SERIAL, POOL)), in_order),
        (said(table(SERIAL, POOL), advice=[("Processes: pool-map takes 60.0 ms for 10 tasks.", [])]), in_order),
        (said(table(SERIAL, ("serial2", "105 ms", "1.05× slower"), title="Tasks: 48 tasks of 3.92 ms")), in_titles),
        (reason("pool-map took 66.0 ms (ideal 50.0 ms): 10.0 ms between tasks."), in_reasons),
        (reason("pool-map took 60.0 ms (ideal 70.0 ms): 10.0 ms between tasks."), in_reasons),
        (reason("pool-map took 60.0 ms (ideal 50.0 ms): 99.0 ms between tasks."), in_reasons),
        (reason(f"{TOOK} 10 items went out one by one; --chunksize 8 would take about 51.0 ms."), in_reasons),
        (reason(f"{TOOK} 10 items went out one by one; --chunksize 2 would take about 41.0 ms."), in_reasons),
        (reason(f"{TOOK} Starting and stopping workers took 9.0 ms (15%); the workers saved 40.0 ms over running "
                "serially (133 ms)."), in_reasons),
        (claimed("CONFIRMED", "a is 1.20× slower than b (95 % interval 1.11× faster to 1.60× slower)."), in_claims),
        (claimed("CONFIRMED", "a is 1.70× slower than b (95 % interval 1.20× to 1.60×)."), in_claims),
        (claimed("UNDECIDED", "a is between 1.10× and 1.30× slower than b (95 % interval): undecided."), in_claims),
        (claimed("UNDECIDED", "a was between 20.0× and 28.0× slower than b in 3 rounds: undecided."), in_claims),
        (claimed("UNDECIDED", "a was 24.0× slower than b in the only round: too few to decide."), in_claims),
        (claimed("CONFIRMED", "a was 3.20× slower than b in the only round: too few to decide."), in_claims),
        (claimed("CONFIRMED", "a takes as long as b, within 5 % (95 % interval 1.30× faster to 1.02× slower)."),
         in_claims),
        (claimed("UNDECIDED", "a is 2.00× faster than b (95 % interval 1.80× to 2.20×)."), in_claims),
        (claimed("CONFIRMED", "a is between 1.02× faster and 1.30× slower than b (95 % interval): undecided."),
         in_claims),
        (said(table(SERIAL, POOL), claims=["CONFIRMED: So.\n  pool-map is 1.20× faster than serial (1 round)."]),
         in_claims),
        (first("Processes: 1.67× faster than serial (1 round). pool-map takes 66.0 ms ±5% for 10 tasks."), in_advice),
        (first("Processes: 1.90× faster than serial (1 round). pool-map takes 60.0 ms ±5% for 10 tasks."), in_advice),
        (first("Processes: the best of what was tried. thread takes 60.0 ms ±5% for 10 tasks."), in_advice),
        (first("No workers: nothing is faster. serial takes 100 ms ±2% for 10 tasks."), in_advice),
        (first("Processes: the best. pool-map takes 60.0 ms for 10 tasks; serial is 2.67× slower (1 round)."),
         in_advice),
        (first("Processes: the best. pool-map takes 60.0 ms for 10 tasks; serial was between 1.20× faster "
               "and 1.20× slower in 2 rounds: undecided."), in_advice),
        (recommended("It costs 195 ms of CPU time and 20.1 MB of memory at its peak."), in_advice),
        (recommended("It costs 95.1 ms of CPU time and 40.1 MB of memory at its peak."), in_advice),
        (recommended("Serial would be faster for fewer than about 12 tasks (9 to 13): predicted; 10 were run."),
         in_advice),
        (fastest("Fastest: serial, 100 ms for 10 tasks."), in_answers),
        (fastest("Fastest: pool-map, 66.0 ms for 10 tasks."), in_answers),
        (fastest("Fastest: pool-map, 60.0 ms for 10 tasks: 1.87× faster than serial (1 round)."), in_answers),
        (fastest("Fastest: pool-map, 60.0 ms for 10 tasks.", "As fast, or too close to call: serial."), in_answers),
        (fastest("Fastest: pool-map, 60.0 ms for 10 tasks.", "It costs 40 MB of memory at its peak."), in_answers),
        (under_both("Stay on 3.13: 3.14 is 1.20× slower ±3%.", "3.14"), in_interpreters),
        (under_both("Switch to 3.14: it is 1.20× faster ±3%.", "3.13"), in_interpreters),
        (under_both("Switch to 3.15: it is 2.00× faster ±3%; 3.14 is 1.20× slower ±3%.", "3.14"), in_interpreters),
        (along(SHORT, LONG, crossing="It is undecided whether pool-map overtakes serial between tasks of 1.00 ms and "
               "10.0 ms."), in_marks),
        (along(SHORT, crossing="pool-map is always faster than serial for tasks of 1.00 ms to 10.0 ms."), in_marks),
        (recommended(findings=("Fastest: serial, 100 ms ±2%; slowest: pool-map, 60.0 ms ±5%.",)), in_findings),
        (said(table(POOL, SERIAL), findings=["Fastest: serial, 100 ms ±2%; slowest: pool-map, 60.0 ms."]), in_findings),
    ],
)  # fmt: skip
def test_each_kind_of_contradiction_is_found(statements: Statements, look: object) -> None:
    assert list(look(statements))  # type: ignore[operator]  # one of the checks


def test_what_agrees_with_its_table_is_none() -> None:
    agreeing = [
        fastest(
            "Fastest: pool-map, 60.0 ms for 10 tasks: 1.67× faster than serial (1 round).",
            "It costs 95 ms of CPU time.",
        ),
        first("Processes: the best of what was tried. pool-map takes 60.0 ms ±5% for 10 tasks."),
        claimed("CONFIRMED", "a is 1.67× faster than b (95 % interval 1.60× to 1.75×)."),
        claimed(
            "UNDECIDED",
            "a is between 1.06× faster and 1.09× slower than b (95 % interval): undecided; about 2 min more.",
        ),
        claimed("UNDECIDED", "a was 3.20× slower than b in the only round: too few to decide; it takes more blocks."),
    ]
    stay = under_both("Stay on 3.13: 3.14 is 1.20× slower ±3%.", "3.13")
    switch = under_both("Switch to 3.14: it is 1.20× faster ±3%.", "3.14")
    assert [*in_interpreters(stay), *in_interpreters(switch)] == []
    for each in agreeing:
        assert [*in_answers(each), *in_advice(each), *in_claims(each), *in_figures(each)] == []


@given(run=runs())
def test_contradictions_can_be_searched_for_in_any_run_that_can_be_read(run: Run) -> None:
    assert all(map(bool, contradictions(run)))


def test_what_agrees_is_no_contradiction() -> None:
    run = example_run()
    assert contradictions(run) == []
