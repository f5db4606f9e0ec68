"""The JSON Schema of run documents agrees with what concbench writes, and with the file in the documentation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from concbench.model.run import Run
from concbench.runs.reading import read_run
from concbench.runs.schema import run_schema
from concbench.runs.writing import encode_run
from tests.docs.pages import ROOT
from tests.runs.any_run import runs

VALIDATOR = Draft202012Validator(run_schema())


def test_the_schema_is_valid_itself() -> None:
    Draft202012Validator.check_schema(run_schema())


def test_the_file_in_the_documentation_is_the_current_schema() -> None:
    file = ROOT / "docs" / "reference" / "run.schema.json"
    assert json.loads(file.read_text(encoding="utf-8")) == json.loads(json.dumps(run_schema())), "run `make schema`"


@pytest.mark.parametrize("path", sorted((ROOT / "results").glob("example-*.json")), ids=lambda path: path.stem)
def test_example_runs_follow_it(path: Path) -> None:
    assert [*VALIDATOR.iter_errors(json.loads(encode_run(read_run(path))))] == []


@given(runs())
def test_whatever_is_written_follows_it(run: Run) -> None:
    assert [*VALIDATOR.iter_errors(json.loads(encode_run(run)))] == []


def test_every_field_of_a_run_is_described_or_says_it_by_its_name() -> None:
    described = [name for name, field in run_schema()["properties"].items() if "description" in field]
    assert {"started", "blocks", "duty", "complete", "recommendations"} <= {*described}


def test_what_breaks_a_limit_does_not_follow_it() -> None:
    document = json.loads(encode_run(read_run(ROOT / "results" / "example-pool-vs-process.json")))
    document["seconds"] = -1
    (error,) = VALIDATOR.iter_errors(document)
    assert list(error.absolute_path) == ["seconds"]
