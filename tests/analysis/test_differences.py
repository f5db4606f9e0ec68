"""What differences promise: in what the rows of a table with engines differ beside what their names say."""

from __future__ import annotations

from typing import Any

from concbench.analysis.differences import Difference, differences
from concbench.model.result import Result
from tests.builders import result


def row(name: str, **values: Any) -> Result:
    return result(f"cpu/{name}", [[0.01]] * 3, **{"workers": 2, "tasks": 128, **values})


def found(*results: Result, cores: int = 4) -> dict[str, dict[str, list[str]]]:
    return {each.what: said(each) for each in differences(results, cores)}


def said(difference: Difference) -> dict[str, list[str]]:
    return {value: [each.case.row for each in rows] for value, rows in difference.rows}


def test_without_an_engine_nothing_is_said() -> None:
    assert found(row("pool-map", start_method="fork"), row("executor-processes", start_method="spawn")) == {}


def test_how_workers_start_is_said_where_it_differs() -> None:
    forked = row("pool-map", start_method="fork"), row("mpire", start_method="fork")
    assert "start method" not in found(*forked)
    assert found(*forked, row("loky"))["start method"] == {"fork": ["pool-map", "mpire"], "spawn": ["loky"]}


def test_chunks_are_those_of_each_strategy_for_these_items() -> None:
    rows = row("pool-map"), row("mpire"), row("ray"), row("joblib-loky"), row("joblib-loky", chunksize=5)
    assert found(*rows)["chunksize"] == {
        "16": ["pool-map"],
        "1": ["mpire", "ray"],
        "growing": ["joblib-loky"],
        "5": ["joblib-loky"],
    }


def test_what_the_name_of_a_row_says_is_not_repeated() -> None:
    pools = [row(f"pool-map chunksize {size}", subject="pool-map", chunksize=size) for size in (5, 50)]
    assert found(*pools, row("ray"), row("joblib-loky"))["chunksize"] == {"1": ["ray"], "growing": ["joblib-loky"]}
    named = row("mpire chunksize 1", subject="mpire", chunksize=1)
    assert "chunksize" not in found(*pools, named)
    spawned = row("pool-map spawn", subject="pool-map", start_method="spawn")
    assert found(spawned, row("mpire", start_method="fork"))["start method"] == {"fork": ["mpire"]}


def test_inner_threads_are_those_that_an_engine_sets_unless_they_are_asked_for() -> None:
    rows = row("loky"), row("joblib-loky"), row("dask-processes")
    assert found(*rows)["inner threads"] == {
        "as many as they choose": ["loky"],
        "2": ["joblib-loky"],
        "1": ["dask-processes"],
    }
    asked = (row(name, inner_threads=1) for name in ("loky", "joblib-loky", "dask-processes"))
    assert "inner threads" not in found(*asked)


def test_threads_and_the_loop_have_no_start_method_and_what_is_unknown_is_left_out() -> None:
    rows = row("serial"), row("joblib-threads"), row("from-elsewhere"), row("dask-threads")
    assert found(*rows) == {"chunksize": {"growing": ["joblib-threads"], "1": ["dask-threads"]}}


def test_how_the_workers_of_a_cluster_were_started_is_not_known() -> None:
    rows = row("pool-map", start_method="fork"), row("ray-cluster"), row("dask-cluster")
    assert found(*rows) == {"chunksize": {"16": ["pool-map"], "1": ["ray-cluster", "dask-cluster"]}}
