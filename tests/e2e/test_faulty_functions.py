"""Whatever is wrong with a function, the command ends in time, says what it was, and leaves nothing behind."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from concbench.runs.reading import read_run
from tests.e2e.command import CONCBENCH
from tests.e2e.faulty_functions import ALL, MEASURED, NOT_MEASURED, ROWS, WRONG_USE, Faulty
from tests.e2e.own_namespace import EndedAlone, namespaces, run_alone

pytestmark = pytest.mark.skipif(namespaces() is None, reason="needs namespaces of its own, as Linux has them")

STRATEGIES = [word for row in ROWS for word in ("--strategy", row)]
COMPARE = (str(CONCBENCH), "compare", *STRATEGIES, "--rounds", "1", "--blocks", "1", "--workers", "2")
PATIENCE = 60.0
"""Seconds after which a command counts as hanging."""
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
    (folder / faulty.file).write_text(faulty.code)
    for name, text in faulty.beside:
        (folder / name).write_text(text)
    document = tmp_path / "run.json"
    (tmp_path / "temporary").mkdir()
    ended = run_alone(
        [*COMPARE, "--workload", faulty.workload, "--items", faulty.items, "--json", str(document), *faulty.words],
        folder,
        {**os.environ, "TMPDIR": str(tmp_path / "temporary")},
        PATIENCE,
    )
    told(ended, faulty)
    assert not ended.left
    assert not [*(tmp_path / "temporary").iterdir()]
    if ended.status == WRONG_USE:
        assert not document.exists()
    elif ended.status in (MEASURED, NOT_MEASURED):
        measured(document, faulty, ended.status)


def told(ended: EndedAlone, faulty: Faulty) -> None:
    """Look at what was said."""
    said = ended.stdout + ended.stderr
    expected = faulty.status if isinstance(faulty.status, tuple) else (faulty.status,)
    assert ended.status in expected, said[-3000:]
    assert len(said) < LETTERS
    assert "Internal" not in said
    assert OWN_FRAME.search(said) is None, said[-3000:]
    assert CONTROL.search(said) is None
    words = " ".join(said.split())
    for sentence in faulty.says:
        assert sentence in words, said[-3000:]


def measured(document: Path, faulty: Faulty, status: int) -> None:
    """Look at what was saved: every row has figures or a reason."""
    assert document.stat().st_size < DOCUMENT
    run = read_run(document)
    assert [case.subject for case in run.cases] == [*ROWS]
    assert run.complete
    for case in run.cases:
        assert bool(case.samples) != bool(case.error), case
        assert all(sample.wall > 0 for sample in case.samples)
    if faulty.measured is not None or status == MEASURED:
        rows = faulty.measured if faulty.measured is not None else ROWS
        assert {case.subject: case.error for case in run.cases if case.subject in rows and case.error} == {}
        assert {case.subject for case in run.cases if case.samples} == {*rows}
