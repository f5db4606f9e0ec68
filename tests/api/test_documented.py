"""What the page on the Python API shows works, and so does the example notebook, cell by cell."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import pytest

import concbench
from tests.api.typing_in import run_cell, typed_in
from tests.docs.pages import ROOT, programs

QUICKER = "blocks=3, rounds=1"
"""In the place of `quick=True`, so that examples take a second."""


@pytest.mark.thorough
def test_the_example_of_the_page_prints_a_table_and_a_speedup(capsys: pytest.CaptureFixture[str]) -> None:
    program = programs("docs/reference/api.md")[0]
    assert "quick=True" in program
    with typed_in() as names:
        run_cell(program.replace("quick=True", QUICKER), names)
    out = capsys.readouterr().out
    assert re.search(r"^threadpool-map +\d", out, re.MULTILINE)
    assert "Interval(" in out


@pytest.mark.thorough
def test_the_example_of_advice_prints_what_is_recommended(capsys: pytest.CaptureFixture[str]) -> None:
    program = programs("docs/reference/api.md")[1]
    with typed_in() as names:
        run_cell(program, names)
    assert re.match(r"[a-z]", capsys.readouterr().out)
    assert names["answer"].run.recommendations


@pytest.mark.thorough
def test_the_example_of_commands_prints_a_row_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    program = next(each for each in programs("docs/reference/api.md") if "concbench.Command" in each)
    with typed_in() as names:
        run_cell(program.replace("quick=True", QUICKER), names)
    out = capsys.readouterr().out
    assert re.search(r"^sleep 0\.01 ", out, re.MULTILINE)
    assert re.search(r"^sleep 0\.05 ", out, re.MULTILINE)


@pytest.mark.thorough
def test_the_example_of_data_frames_prints_the_cases_and_their_samples(capsys: pytest.CaptureFixture[str]) -> None:
    program = next(each for each in programs("docs/reference/api.md") if "to_dataframe" in each)
    with typed_in() as names:
        run_cell(program.replace("quick=True", QUICKER), names)
    out = capsys.readouterr().out
    assert re.search(r"^0 +serial ", out, re.MULTILINE)
    assert re.search(r"^thread +3\.0 ", out, re.MULTILINE)


def test_the_notebook_runs_from_its_first_cell_to_its_last(capsys: pytest.CaptureFixture[str]) -> None:
    notebook = json.loads((ROOT / "docs" / "how-to" / "notebook.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert not any(cell.get("outputs") for cell in notebook["cells"])  # they would be of some other machine
    with typed_in() as names:
        for cell in cells:
            run_cell(cell.replace("quick=True", QUICKER), names)
        answer: Any = names["answer"]
    assert [result.failure for result in answer.run.results] == [None, None, None]
    assert "× faster than serial (" in capsys.readouterr().out
    assert "<table>" in answer._repr_html_()


def test_every_error_of_the_page_exists() -> None:
    page = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    errors = set(re.findall(r"^\| `concbench\.(\w+)`", page, re.MULTILINE))
    others = {"Answer", "Command", "Interval", "Prediction"}
    assert errors == {name for name in concbench.PUBLIC if name[0].isupper()} - others
    assert all(issubclass(getattr(concbench, name), BaseException) for name in errors)


@pytest.mark.parametrize("function", [concbench.compare, concbench.advise, concbench.run])
def test_every_argument_is_explained(function: Any) -> None:
    for name in inspect.signature(function).parameters:
        assert re.search(rf"\b{name}\b", function.__doc__), name
