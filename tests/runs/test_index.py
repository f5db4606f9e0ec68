"""What an index promises: documents are read once, and whatever is wrong with it costs time and nothing else."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.history import CaseFigures, RunFigures, figures_of
from concbench.runs import index as module
from concbench.runs.index import FEWEST, NAME, Index
from concbench.runs.reading import UnreadableRun, read_bytes
from concbench.runs.writing import encode_run
from tests.analysis.test_history import run_of

SIMPLE = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text()
LONG_AGO = 10**18
"""Nanoseconds: a time of writing that has settled."""


def write(folder: Path, day: int, factor: float = 1.0) -> Path:
    """A run document that was written long ago."""
    file = folder / f"run-{day:03}.json"
    file.write_bytes(encode_run(run_of(day, factor)))
    os.utime(file, ns=(LONG_AGO, LONG_AGO))
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for day in range(FEWEST):
        write(tmp_path, day)
    return tmp_path


def indexed(folder: Path) -> list[RunFigures]:
    """What a history gets of the documents in a folder; the index is written."""
    index = Index(folder, RunFigures, figures_of)
    found = [index.of(file) for file in sorted(folder.glob("*.json"))]
    index.save()
    return found


def as_read(folder: Path) -> list[RunFigures]:
    """The same without an index."""
    return [figures_of(run_of(day)) for day in range(len(list(folder.glob("*.json"))))]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the documents that are opened from now on."""
    names: list[str] = []
    read = read_bytes

    def counting(path: Path, *, descriptors: bool) -> bytes:
        names.append(path.name)
        return read(path, descriptors=descriptors)

    monkeypatch.setattr(module, "read_bytes", counting)
    return names


def sealed(entries: Any) -> bytes:
    """An index with these entries, whose first line is right."""
    body = msgspec.msgpack.encode(entries)
    return module._head(body) + body


# Each document is read once


def test_documents_in_an_index_are_not_opened_again(folder: Path, opened: list[str]) -> None:
    first = indexed(folder)
    assert len(opened) == FEWEST
    opened.clear()
    assert indexed(folder) == first == as_read(folder)
    assert opened == []


def test_a_new_document_is_the_only_one_that_is_opened(folder: Path, opened: list[str]) -> None:
    indexed(folder)
    opened.clear()
    new = write(folder, FEWEST)
    for _ in range(2):
        assert indexed(folder) == as_read(folder)
    assert opened == [new.name]


def test_a_document_that_was_written_again_is_read_again(folder: Path) -> None:
    indexed(folder)
    file = folder / "run-003.json"
    file.write_bytes(encode_run(run_of(3, 2.0)))
    assert indexed(folder)[3] == figures_of(run_of(3, 2.0)) != figures_of(run_of(3))


def test_documents_that_were_copied_are_recognised_by_their_contents(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexed(folder)
    for file in folder.glob("*.json"):
        os.utime(file, ns=(LONG_AGO + 1, LONG_AGO + 1))
    with monkeypatch.context() as patch:
        patch.setattr(module, "run_in", None)  # no document can be decoded now
        assert indexed(folder) == as_read(folder)


def test_the_time_of_a_document_that_was_just_written_proves_nothing(folder: Path, opened: list[str]) -> None:
    """It may be written again within one step of the file system's clock."""
    file = folder / "run-000.json"
    file.touch()
    indexed(folder)
    opened.clear()
    assert indexed(folder) == as_read(folder)
    assert opened == [file.name]


def test_documents_that_are_gone_leave_the_index(folder: Path) -> None:
    write(folder, FEWEST)
    indexed(folder)
    (folder / "run-000.json").unlink()
    write(folder, FEWEST, 2.0)
    indexed(folder)
    assert len(module._entries_in(folder / NAME)) == FEWEST


def test_a_few_documents_are_not_worth_a_file(tmp_path: Path) -> None:
    for day in range(FEWEST - 1):
        write(tmp_path, day)
    indexed(tmp_path)
    assert not (tmp_path / NAME).exists()


def test_what_is_no_run_is_refused_every_time(folder: Path) -> None:
    (folder / "run-001.json").write_text("{}")
    for _ in range(2):
        with pytest.raises(UnreadableRun):
            indexed(folder)


def test_a_run_with_any_seed_is_in_the_index(tmp_path: Path, opened: list[str]) -> None:
    for day in range(FEWEST):
        write(tmp_path, day).write_bytes(encode_run(replace(run_of(day), seed=-day)))
    for file in tmp_path.glob("*.json"):
        os.utime(file, ns=(LONG_AGO, LONG_AGO))
    for _ in range(2):
        assert [each.seed for each in indexed(tmp_path)] == [-day for day in range(FEWEST)]
    assert len(opened) == FEWEST


# Whatever is wrong with it


def damaged(data: bytes) -> list[bytes]:
    middle = len(data) // 2
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    return [b"", b"\n", data[:middle], data[:-1], data + b"\0", flipped, data.replace(b"index 1 ", b"index 0 ", 1)]


@pytest.mark.parametrize("number", range(7))
def test_a_damaged_index_is_made_anew(number: int, folder: Path) -> None:
    indexed(folder)
    sound = (folder / NAME).read_bytes()
    (folder / NAME).write_bytes(damaged(sound)[number])
    assert indexed(folder) == as_read(folder)
    assert (folder / NAME).read_bytes() == sound


def entry_of(file: Path, kept: Any) -> list[Any]:
    """An entry that says it is of a document as it is."""
    found = file.stat()
    return [found.st_size, found.st_mtime_ns, b"", kept]


def changed(run: RunFigures, **figures: Any) -> Any:
    """The figures of a run with others in its first case, as data that no dataclass has checked."""
    first, *others = msgspec.to_builtins(run)["cases"]
    return {**msgspec.to_builtins(run), "cases": [first | figures, *others]}


KEY = msgspec.to_builtins(figures_of(run_of(0)).cases[0].key)
HOSTILE: list[Any] = [
    None,
    [],
    {},
    changed(figures_of(run_of(0)), wall=-1.0),
    changed(figures_of(run_of(0)), wall=0.0),
    changed(figures_of(run_of(0)), cpu=float("nan")),
    changed(figures_of(run_of(0)), wall=float("inf")),
    changed(figures_of(run_of(0)), wall="0.1"),
    changed(figures_of(run_of(0)), key={**KEY, "machine": {**KEY["machine"], "usable_cores": -1}}),
    changed(figures_of(run_of(0)), key={**KEY, "workload": {**KEY["workload"], "tasks": 2**63}}),
    {**msgspec.to_builtins(figures_of(run_of(0))), "started": "yesterday"},
    {**msgspec.to_builtins(figures_of(run_of(0))), "cases": [[]]},
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_what_an_index_says_is_validated_and_else_read_from_the_document(number: int, folder: Path) -> None:
    file = folder / "run-000.json"
    (folder / NAME).write_bytes(sealed({file.name: entry_of(file, HOSTILE[number])}))
    assert indexed(folder) == as_read(folder)


@pytest.mark.parametrize("entry", [None, [], [1, 2], ["size", 0, b"", None], [-1, -1, b"", 0], 2**64 - 1])
def test_an_entry_that_is_none_is_passed_over(entry: Any, folder: Path) -> None:
    (folder / NAME).write_bytes(sealed({"run-000.json": entry}))
    assert indexed(folder) == as_read(folder)


@given(st.binary(max_size=60) | st.recursive(SIMPLE, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_anything_may_stand_in_an_index(data: Any) -> None:
    body = data if isinstance(data, bytes) else msgspec.msgpack.encode(data)
    with tempfile.TemporaryDirectory() as name:
        file = write(Path(name), 0)
        (Path(name) / NAME).write_bytes(module._head(body) + body)
        assert Index(Path(name), RunFigures, figures_of).of(file) == figures_of(run_of(0))


def test_text_that_is_not_utf_8_is_passed_over(folder: Path) -> None:
    file = folder / "run-000.json"
    kept = msgspec.msgpack.encode(figures_of(run_of(0))).replace(b"pool-vs-process", b"pool-vs-proces\xff")
    (folder / NAME).write_bytes(sealed({file.name: entry_of(file, msgspec.Raw(kept))}))
    assert indexed(folder) == as_read(folder)


@pytest.mark.parametrize(
    "make",
    [Path.mkdir] if os.name == "nt" else [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("nowhere")],
)
def test_what_is_no_file_is_no_index(make: Any, folder: Path) -> None:
    make(folder / NAME)
    assert indexed(folder) == as_read(folder)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_link_in_its_place_is_replaced_and_what_it_leads_to_is_not(folder: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("stays")
    (folder / NAME).symlink_to(precious)
    indexed(folder)
    assert precious.read_text() == "stays"
    assert stat.S_ISREG((folder / NAME).lstat().st_mode)


def test_a_folder_that_cannot_be_written_to_has_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(module, "temporary_file", refused)  # a mode would not stop root
    assert indexed(folder) == as_read(folder)
    assert not (folder / NAME).exists()


def test_a_time_that_is_none_is_no_figure() -> None:
    figures = figures_of(run_of(0)).cases[0]
    with pytest.raises(ValueError, match="a figure is a positive number"):
        replace(figures, wall=-1.0)
    assert isinstance(replace(figures, wall=None), CaseFigures)


# Several at once


def test_histories_at_the_same_time_do_not_harm_each_other(folder: Path) -> None:
    indexed(folder)  # msgspec crashes if several threads are the first to decode a dataclass; commands are processes
    found: list[list[RunFigures]] = []

    def look() -> None:
        for _ in range(5):
            found.append(indexed(folder))
            with suppress(PermissionError):  # on Windows, while another one reads it
                (folder / NAME).unlink(missing_ok=True)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert all(each == as_read(folder) for each in found)
    assert not list(folder.glob("*.tmp"))


def test_two_commands_at_the_same_time_leave_a_sound_index(folder: Path) -> None:
    command = [str(Path(sys.executable).with_name("concbench")), "history", str(folder), "--json", "-"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(2)]
    one, other = (process.communicate(timeout=60)[0] for process in both)
    assert one == other
    assert len(module._entries_in(folder / NAME)) == FEWEST
