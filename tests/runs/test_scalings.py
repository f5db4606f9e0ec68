"""What reading promises of scaling laws: as they were written, none where a document is older, and no nonsense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from concbench.runs.reading import UnreadableRun, read_run
from concbench.runs.writing import encode_run, write_run
from tests.report.runs import scaling_run

DOCUMENT = encode_run(scaling_run())
FIRST = ("scalings", 0, "predictions", 0)


def read(document: dict[str, Any], file: Path) -> str:
    """The one line that reading a document ends with."""
    file.write_text(json.dumps(document))
    with pytest.raises(UnreadableRun) as caught:
        read_run(file)
    return str(caught.value)


def test_laws_are_read_as_they_were_written(tmp_path: Path) -> None:
    run = scaling_run()
    assert len(run.scalings) == 2
    assert read_run(write_run(run, tmp_path / "run.json")) == run


def test_a_document_that_is_older_than_the_laws_has_none(tmp_path: Path) -> None:
    document = json.loads(DOCUMENT)
    del document["scalings"]
    (tmp_path / "run.json").write_text(json.dumps(document))
    assert read_run(tmp_path / "run.json").scalings == []


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("scalings", 0, "table"), "other", "there is no table 'other'"),
        ((*FIRST, "case"), "other", "there is no case 'other'"),
        ((*FIRST, "workers"), 0, "Expected `int` >= 1"),
        ((*FIRST, "workers"), -1, "Expected `int` >= 1"),
        ((*FIRST, "ratio", "estimate"), 0.0, "Expected `float` >= 1e-12"),
        ((*FIRST, "seconds", "low"), 1e6, "after it ends"),
        (("scalings", 0, "predictions"), [], "Expected `array` of length >= 1"),
        (("scalings", 0, "single", "estimate"), 0.0, "Expected `float` >= 1e-12"),
        (("scalings", 1, "sigma", "low"), -0.1, "Expected `float` >= 0.0"),
        (("scalings", 1, "kappa", "confidence"), 2.0, "Expected `float` < 1.0"),
        (("scalings", 1, "law"), "moore", "moore"),
    ],
)
def test_a_fault_is_reported(path: tuple[str | int, ...], value: object, problem: str, tmp_path: Path) -> None:
    document = json.loads(DOCUMENT)
    holder: Any = document
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    complaint = read(document, tmp_path / "run.json")
    assert problem in complaint
    assert "scalings[" in complaint
