"""What migration promises: a document of schema 1 is read as the same run that schema 2 would hold."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from concbench.model.result import Failure
from concbench.model.run import SCHEMA, Run
from concbench.runs.reading import UnreadableRun, read_run
from concbench.runs.writing import encode_run
from tests.builders import BASE, HEAD, change, dealt, gate_run, hosts, result, run, steady, trace_of, traced, watch
from tests.report.runs import scaling_run, sharing_run

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "results").glob("example-*.json"))
NESTED = ("samples", "watch", "trace", "ideal", "median", "hosts", "peaks")


def schema_1(found: Run) -> dict[str, Any]:
    """A run as concbench wrote it before cases were frozen: a case held its own result, and tables were parts."""
    document = json.loads(encode_run(found))
    for each in document["scalings"]:
        each["part"] = each.pop("table")
    cases = [
        {
            "id": result["case"]["id"],
            "part": table,
            **{name: result["case"][name] for name in ("subject", "experiment", "workload", "settings", "side")},
            "error": result["failure"],
            **{name: result[name] for name in NESTED},
        }
        for result, table in zip(document.pop("results"), [each.case.table for each in found.results], strict=True)
    ]
    return {**document, "schema": 1, "parts": document.pop("tables"), "cases": cases}


def without_axes(found: Run) -> Run:
    """The run as schema 1 holds it: values along axes were words of names only."""
    results = [
        replace(each, case=replace(each.case, group=each.case.table, row=each.case.name, along={}))
        for each in found.results
    ]
    return replace(found, results=results)


def read(document: object, file: Path) -> Run:
    file.write_text(json.dumps(document))
    return read_run(file)


def everything() -> Run:
    """A run with sides, a failure, a watch, a trace, peaks and hosts."""
    trace = trace_of(dealt([0.01] * 8, lanes=2, chunksize=2), 2, chunksize=2)
    rows = [
        result(
            f"short/{name}",
            steady(0.1 * factor),
            side=side,
            workers=2,
            peaks={0: 10**7, 1: 10**7},
            hosts=hosts(2),
            watch=watch(),
            ideal=0.05,
        )
        for name, factor in (("pool-map", 1.0), ("thread workers 2", 2.0))
        for side in ("base", "head")
    ]
    failed = result("short/ray", failure=Failure(kind="unavailable", message="no", traceback="Traceback"), side="head")
    timed = traced("long/pool-map", trace, side="head", task_time=0.01)
    return run([*rows, failed, timed], sides=[BASE, HEAD])


@pytest.mark.parametrize(
    "twin",
    [everything(), gate_run(change(), change(metric="memory", verdict="slower")), scaling_run(), sharing_run()],
    ids=["everything", "gate", "scaling", "sharing"],
)
def test_a_run_of_schema_1_becomes_its_twin_of_schema_2(twin: Run, tmp_path: Path) -> None:
    twin, document = without_axes(twin), schema_1(twin)
    found = read(document, tmp_path / "run.json")
    assert [each.case.id for each in found.results] == [case["id"] for case in document["cases"]]
    assert found == twin
    assert found.schema == SCHEMA


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_read_and_keep_their_ids(path: Path, tmp_path: Path) -> None:
    document, found = json.loads(path.read_bytes()), read_run(path)
    if document["schema"] == 1:
        assert [each.case.id for each in found.results] == [case["id"] for case in document["cases"]]
        assert [table.name for table in found.tables] == [part["name"] for part in document["parts"]]
    assert {each.case.table for each in found.results} <= {table.name for table in found.tables}
    written = tmp_path / "run.json"
    written.write_bytes(encode_run(found))
    assert read_run(written) == found


@pytest.mark.parametrize(
    "document",
    [
        {"schema": 1, "parts": 3, "cases": None},
        {"schema": 1, "cases": [1, "two", None, {}], "scalings": [[]]},
        {"schema": 1, "cases": [{"id": 3, "part": [], "side": {}, "error": 1}]},
        {"schema": 1, "results": [], "tables": []},
    ],
)
def test_what_is_no_run_of_schema_1_either_is_refused_in_a_line(document: object, tmp_path: Path) -> None:
    with pytest.raises(UnreadableRun, match=r"run\.json is not a (valid run|concbench run document)"):
        read(document, tmp_path / "run.json")


@pytest.mark.parametrize(
    ("part", "row", "side"),
    [("cpu", "pool-map", None), ("a b", "x head", "head"), ("head", "head", "head"), ("a/b", "c/d", None)],
)
def test_rows_and_sides_are_found_in_the_ids_of_schema_1(part: str, row: str, side: str | None, tmp_path: Path) -> None:
    (one,) = run([result(f"{part}/x", steady(0.1), side=side)]).results
    document = schema_1(run([one]))
    label = row if side is None else f"{row} {side}"
    document["cases"][0] |= {"id": f"{part}/{label}", "part": part}
    document["parts"][0] |= {"name": part, "reference": f"{part}/{label}"}
    case = read(document, tmp_path / "run.json").results[0].case
    assert (case.group, case.row, case.side, case.id) == (part, row, side, f"{part}/{label}")
