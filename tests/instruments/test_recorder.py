"""A record is amended by who wrote it, in the trace in which it was written, and by nobody else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from concbench.instruments.recorder import BITS, MOST, RAN, RECORD, SIZE, Recorder


def written(folder: Path) -> list[tuple[int, ...]]:
    """The records of all files, in order."""
    found: list[tuple[int, ...]] = []
    for path in sorted(folder.glob("*.records")):
        content = path.read_bytes()
        found += [record for record in RECORD.iter_unpack(content[: len(content) // SIZE * SIZE]) if record[0]]
    return found


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    found = Recorder()
    found.start(str(tmp_path))
    return found


def test_what_began_gets_its_end(recorder: Recorder, tmp_path: Path) -> None:
    place = recorder.record(RAN, 1, 2, 3, 10, 0, -1)
    recorder.end(place, 20, 5)
    recorder.amend(place, 7, 8)
    ((*_, begin, end, cpu, _, _, size, took),) = written(tmp_path)
    assert (begin, end, cpu, size, took) == (10, 20, 5, 7, 8)


def test_what_began_in_an_earlier_trace_changes_nothing_in_the_next(tmp_path: Path) -> None:
    recorder = Recorder()
    folders = [tmp_path / name for name in "ab"]
    places = []
    for folder in folders:
        folder.mkdir()
        recorder.start(str(folder))
        places.append(recorder.record(RAN, 1, 2, 3, 10, 0, -1))
        if folder == folders[0]:
            recorder.stop()
            recorder.end(places[0], 99, 99)  # there is no trace, and nothing to be amended
    recorder.end(places[0], 99, 99)
    recorder.amend(places[0], 99, 99)
    assert written(folders[0]) == written(folders[1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_does_not_amend_what_its_parent_wrote(recorder: Recorder, tmp_path: Path) -> None:
    place = recorder.record(RAN, 1, 2, 3, 10, 0, -1)
    pid = os.fork()
    if pid == 0:
        recorder.record(RAN, 1, 4, 3, 11, 0, -1)
        recorder.end(place, 99, 99)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert len(written(tmp_path)) == 2
    assert all(99 not in record for record in written(tmp_path))


def test_records_go_on_in_another_file(recorder: Recorder, tmp_path: Path) -> None:
    places = [recorder.record(RAN, 1, number, 0, number) for number in range(2**BITS + 3)]
    recorder.end(places[-1], 20, 5)
    assert len(list(tmp_path.glob("*.records"))) == 2
    found = written(tmp_path)
    assert [record[2] for record in found] == list(range(2**BITS + 3))
    assert found[-1][6:8] == (20, 5)
    assert sys.maxsize > MOST * 2**BITS


def test_without_a_trace_nothing_is_written(tmp_path: Path) -> None:
    recorder = Recorder()
    assert recorder.record(RAN, 1) == -1
    recorder.end(-1, 1, 1)
    recorder.amend(-1, 1, 1)
    assert not list(tmp_path.iterdir())
