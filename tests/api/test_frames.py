"""What a data frame promises: a row a case or a sample, the same columns and types in pandas and polars, or a hint."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from math import isnan
from typing import Any

import polars as pl
import pytest

from concbench.api import frames
from concbench.api.answer import Answer
from concbench.api.frames import LIBRARIES, OF_CASES, OF_SAMPLES, Library
from tests.builders import example_run, run

TYPES = {int: pl.Int64, float: pl.Float64, str: pl.String}


@pytest.fixture
def answer() -> Answer:
    return Answer(example_run())


def rows(frame: Any) -> list[dict[str, Any]]:
    """The rows of a frame of either library; None where a value is missing."""
    found = frame.to_dicts() if isinstance(frame, pl.DataFrame) else frame.to_dict("records")
    return [{name: None if is_missing(value) else value for name, value in row.items()} for row in found]


def is_missing(value: Any) -> bool:
    return value is None or repr(value) == "<NA>" or (isinstance(value, float) and isnan(value))


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_row_is_a_case_with_its_median_its_cost_and_its_speedup(library: Library, answer: Answer) -> None:
    process, pool, ray = rows(answer.to_dataframe(library))
    assert (pool["table"], pool["case"], pool["workers"], pool["chunksize"]) == ("short", "pool-map", 2, 13)
    assert (pool["seconds"], pool["low"], pool["high"], pool["samples"]) == (0.0818, 0.0801, 0.0834, 8)
    assert pool["speedup"] == pytest.approx(1 / 0.198)
    assert pool["speedup_low"] < pool["speedup"] < pool["speedup_high"]
    assert (pool["verdict"], pool["failure"], pool["python"]) == ("faster", None, "3.13.5")
    assert pool["peak_memory"] == 31 * 1024 * 1024
    assert (process["speedup"], process["verdict"], process["peak_memory"]) == (1.0, None, None)
    assert (ray["samples"], ray["seconds"], ray["speedup"]) == (0, None, None)
    assert ray["failure"].startswith("ray is not installed")


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_row_is_a_sample_if_samples_are_asked_for(library: Library, answer: Answer) -> None:
    found = rows(answer.to_dataframe(library, samples=True))
    assert len(found) == sum(len(result.samples) for result in answer.run.results) == 16
    sample = answer.result("pool-map").samples[0]
    first = next(row for row in found if row["case"] == "pool-map")
    assert {name: first[name] for name in ("block", "round", "start", "wall", "cpu")} == {
        name: getattr(sample, name) for name in ("block", "round", "start", "wall", "cpu")
    }
    assert first["each"] is None


@pytest.mark.parametrize("samples", [False, True])
@pytest.mark.parametrize("empty", [False, True])
def test_columns_have_the_same_types_whatever_is_missing(samples: bool, empty: bool, answer: Answer) -> None:
    schema = OF_SAMPLES if samples else OF_CASES
    found = Answer(run()) if empty else answer
    frame = found.to_dataframe("polars", samples=samples)
    assert dict(frame.schema) == {name: TYPES[kind] for name, kind in schema.items()}
    other = found.to_dataframe("pandas", samples=samples)
    assert [str(kind) for kind in other.dtypes] == [
        {int: "Int64", float: "float64", str: "object"}[kind] for kind in schema.values()
    ]
    assert list(other.columns) == list(schema)


def test_a_case_of_a_side_has_its_interpreter(answer: Answer) -> None:
    from tests.builders import BASE, HEAD, result, steady

    both = [result("cpu/serial", steady(0.1), side=side) for side in ("base", "head")]
    found = Answer(replace(run(both), sides=[BASE, HEAD]))
    assert [row["python"] for row in rows(found.to_dataframe())] == ["3.13.5", "3.14.0"]


def test_the_library_is_the_one_that_is_installed(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    assert type(answer.to_dataframe()).__module__.startswith("pandas")
    monkeypatch.setattr(frames, "find_spec", lambda name: None if name == "pandas" else object())
    assert isinstance(answer.to_dataframe(), pl.DataFrame)
    with pytest.raises(ImportError, match=r"needs pandas: pip install pandas$"):
        answer.to_dataframe("pandas")


def test_without_a_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    monkeypatch.setattr(frames, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="needs pandas or polars: pip install pandas, or pip install polars"):
        answer.to_dataframe()


def test_another_library_is_refused(answer: Answer) -> None:
    with pytest.raises(ValueError, match="made by pandas or polars, not by 'dask'"):
        answer.to_dataframe("dask")  # type: ignore[call-overload]  # that is the test


def test_neither_library_is_imported_until_a_frame_is_asked_for() -> None:
    code = "import sys, concbench; concbench.Answer; print({'pandas', 'polars', 'IPython'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
