"""What `--format csv` promises: a row a case, plain numbers, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest
from hypothesis import given

from concbench.model.run import Run
from concbench.report.comma_separated import CHANGES, REGIONS, RESULTS, figures_of, figures_of_changes
from tests.builders import HOSTILE, case, change, example_run, gate_run, not_measured, result, run, steady
from tests.recorded import straggling
from tests.report.runs import counters_run
from tests.runs.any_run import runs


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


@given(found=runs())
def test_any_run_has_a_row_for_every_case_of_its_tables(found: Run) -> None:
    names = {table.name for table in found.tables}
    shown = rows(figures_of(found))
    if found.results:
        assert len(shown) == sum(each.case.table in names for each in found.results)
        assert all(tuple(row) == RESULTS for row in shown)


def test_a_name_that_is_a_formula_or_holds_control_characters_is_harmless() -> None:
    found = run([result(case("a/=1+1"), steady(0.1)), result(case(f"a/{HOSTILE}", subject="x"), failure="no")])
    first, second = rows(figures_of(found))
    assert first["case"] == "'=1+1"
    assert "\x1b" not in second["case"]
    assert second["problem"].startswith("raised: ")


def test_a_traced_program_has_a_row_for_each_place_whose_parts_add_up() -> None:
    shown = rows(figures_of(straggling()))
    assert [(row["region"], row["line"], row["tasks"]) for row in shown] == [
        ("ProcessPoolExecutor", "41", "4"),
        ("ThreadPoolExecutor", "12", "2"),
        ("Semaphore", "50", "6"),
    ]
    for row in shown:
        assert tuple(row) == REGIONS
        parts = REGIONS[REGIONS.index("start") :]
        assert sum(float(row[part]) for part in parts) == pytest.approx(float(row["wall"]))


def test_rows_are_in_the_order_of_the_table() -> None:
    found = replace(example_run(), suite="compare-cpu")
    assert [row["case"] for row in rows(figures_of(found))] == ["pool-map", "process", "ray"]
    assert [row["case"] for row in rows(figures_of(found, "name"))] == ["pool-map", "process", "ray"]
    assert [row["case"] for row in rows(figures_of(found, "given"))] == ["process", "pool-map", "ray"]


def test_lost_updates_are_counted() -> None:
    assert [row["lost"] for row in rows(figures_of(counters_run(), "given"))] == ["0", "40000", "8", "0"]


def test_what_commands_left_running_is_the_median_of_the_table() -> None:
    made = result("commands/make", [[0.4, 0.5]], experiment="commands", sample={"left": 2})
    assert [float(row["left"]) for row in rows(figures_of(run([made])))] == [2]


def test_changes_have_their_levels_and_why_there_are_none() -> None:
    gate = gate_run(change("short/pool-map"), not_measured("short/process"))
    measured, missing = rows(figures_of_changes(gate.changes))
    assert tuple(measured) == CHANGES
    assert float(measured["head"]) / float(measured["base"]) > 1
    assert (missing["ratio"], bool(missing["problem"])) == ("", True)
    gone, new = rows(figures_of_changes([change(only="base", ratio=None), change(only="head", ratio=None)]))
    assert (gone["verdict"], new["verdict"]) == ("gone", "new")
