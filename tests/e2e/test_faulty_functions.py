"""Whatever is wrong with a function, the command ends in time, says what it was, and leaves nothing behind."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from concbench.runs.reading import read_run
from tests.e2e.command import CONCBENCH
from tests.e2e.confinement import Confined, confined, namespaces
from tests.e2e.faulty_functions import ALL, MEASURED, NOT_MEASURED, ROWS, WRONG_USE, Faulty

pytestmark = pytest.mark.skipif(namespaces() is None, reason="needs namespaces of its own, as Linux has them")

STRATEGIES = [word for row in ROWS for word in ("--strategy", row)]
COMPARE = (str(CONCBENCH), "compare", *STRATEGIES, "--rounds", "1", "--blocks", "1", "--workers", "2")
LETTERS = 40_000
"""That a command says at most, whatever is wrong."""
DOCUMENT = 2_000_000
"""Bytes that its run document takes at most."""
OWN_FRAME = re.compile(r'File "[^"]*/concbench/(?!.*site-packages)[^"]*\.py"')
"""A line of a traceback that lies in concbench, which is nothing that a user can do anything about."""
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@pytest.mark.parametrize(
    "faulty",
    [pytest.param(each, id=each.name, marks=() if each.always else pytest.mark.thorough) for each in ALL],
)
def test_a_faulty_function_ends_in_a_row_or_a_sentence(faulty: Faulty, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    for name, text in ((faulty.file, faulty.code), *faulty.beside):
        (folder / name).write_text(text)
    document = tmp_path / "run.json"
    words = [*COMPARE, "--workload", faulty.workload, "--items", faulty.items, "--json", str(document), *faulty.words]
    left = confined(Confined(command=f"cd work && exec {shlex.join(words)}", folder=str(tmp_path), wait=True))
    check_output(left.status, left.output, faulty)
    assert left.processes == []
    assert left.files == []
    if left.status == WRONG_USE:
        assert not document.exists()
    elif left.status in (MEASURED, NOT_MEASURED):
        check_document(document, faulty, left.status)


def check_output(status: int, said: str, faulty: Faulty) -> None:
    """The status, the sentences, and nothing of concbench's own."""
    expected = faulty.status if isinstance(faulty.status, tuple) else (faulty.status,)
    assert status in expected, said[-3000:]
    assert len(said) < LETTERS
    assert "Internal" not in said
    assert OWN_FRAME.search(said) is None, said[-3000:]
    assert CONTROL.search(said) is None
    words = " ".join(said.split())
    for sentence in faulty.says:
        assert sentence in words, said[-3000:]


def check_document(document: Path, faulty: Faulty, status: int) -> None:
    """Every row has figures or a reason."""
    assert document.stat().st_size < DOCUMENT
    run = read_run(document)
    assert [result.case.subject for result in run.results] == [*ROWS]
    assert run.complete
    for result in run.results:
        assert bool(result.samples) != bool(result.failure), result
        assert all(sample.wall > 0 for sample in result.samples)
    if faulty.measured is not None or status == MEASURED:
        rows = faulty.measured if faulty.measured is not None else ROWS
        assert {result.case.subject for result in run.results if result.samples} == {*rows}
