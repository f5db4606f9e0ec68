"""What writing a run document promises: whole or not at all, and never over another file."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import fields, replace
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import NoReturn
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.model.run import Run
from concbench.runs.reading import read_run
from concbench.runs.writing import UnwritableRun, default_name, encode_run, write_run
from tests.builders import example_run
from tests.runs.any_run import runs

POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such thing")


def large_run() -> Run:
    """A run whose document needs about a megabyte."""
    return replace(example_run(), warnings=["x" * 1000] * 1000)


def complaint(run: Run, path: Path) -> str:
    """The text of the error that writing ends with; a line that a terminal can show."""
    with pytest.raises(UnwritableRun) as caught:
        write_run(run, path)
    text = str(caught.value)
    assert text.isprintable()
    return text


def names(folder: Path) -> list[str]:
    """What lies in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


def refuse_links(source: object, target: object) -> NoReturn:
    """As FAT and some network disks do."""
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


@pytest.fixture(params=["links", "no links"])
def any_disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "no links":
        monkeypatch.setattr(os, "link", refuse_links)


# The bytes


def test_a_document_has_the_fields_in_the_order_of_the_model() -> None:
    document = json.loads(encode_run(example_run()))
    assert list(document) == [field.name for field in fields(Run)]


def test_a_document_is_indented_and_ends_its_last_line() -> None:
    lines = encode_run(example_run()).decode().split("\n")
    assert lines[:2] == ["{", ' "schema": 2,']
    assert lines[-2:] == ["}", ""]


def test_the_same_run_makes_the_same_bytes() -> None:
    assert encode_run(example_run()) == encode_run(example_run())


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_lacks_is_refused_and_not_turned_into_null(number: float) -> None:
    with pytest.raises(UnwritableRun, match=r"at \$\.duty: .* is not a finite number"):
        encode_run(replace(example_run(), duty=number))


def test_a_number_of_more_than_64_bits_is_refused() -> None:
    with pytest.raises(UnwritableRun, match=r"at \$\.seed: the number is too large"):
        encode_run(replace(example_run(), seed=2**64))


def test_text_that_was_no_text_is_spelled_out(tmp_path: Path) -> None:
    """A word of the command line may be any bytes; Python keeps those that are no UTF-8 as lone surrogates."""
    run = replace(example_run(), command=["concbench", os.fsdecode(b"caf\xe9 \xc3\xa9")])
    assert read_run(write_run(run, tmp_path / "run.json")).command == ["concbench", r"caf\udce9 é"]


# The file


def test_what_was_written_is_read_again(any_disk: None, tmp_path: Path) -> None:
    path = write_run(example_run(), tmp_path / "run.json")
    assert path == tmp_path / "run.json"
    assert read_run(path) == example_run()
    assert names(tmp_path) == ["run.json"]


def test_missing_folders_are_created(tmp_path: Path) -> None:
    assert write_run(example_run(), tmp_path / "new" / "er" / "run.json").exists()


def test_a_name_alone_means_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert write_run(example_run(), Path("run.json")) == Path("run.json")
    assert names(tmp_path) == ["run.json"]


def test_a_name_that_is_taken_is_counted_up(any_disk: None, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("precious")
    paths = [write_run(replace(example_run(), seed=seed), tmp_path / "run.json") for seed in range(3)]
    assert [path.name for path in paths] == ["run-2.json", "run-3.json", "run-4.json"]
    assert [read_run(path).seed for path in paths] == [0, 1, 2]
    assert (tmp_path / "run.json").read_text() == "precious"


@POSIX_ONLY
def test_a_link_to_nowhere_is_a_name_that_is_taken(any_disk: None, tmp_path: Path) -> None:
    (tmp_path / "run.json").symlink_to(tmp_path / "nowhere.json")
    assert write_run(example_run(), tmp_path / "run.json").name == "run-2.json"
    assert not (tmp_path / "nowhere.json").exists()


@POSIX_ONLY
def test_others_may_read_a_document_as_the_umask_says(any_disk: None, tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        path = write_run(example_run(), tmp_path / "run.json")
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def write_when_all_are_ready(folder: Path, seed: int, links: bool, barrier: Barrier) -> None:
    with nullcontext() if links else patch.object(os, "link", refuse_links):
        for turn in range(25):
            barrier.wait(timeout=60)
            write_run(replace(example_run(), seed=seed), folder / f"turn{turn}.json")


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_two_processes_that_write_the_same_name_at_once_both_keep_their_documents(links: bool, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    writers = [
        context.Process(target=write_when_all_are_ready, args=(tmp_path, seed, links, barrier)) for seed in (1, 2)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=100)
    assert [writer.exitcode for writer in writers] == [0, 0]
    for turn in range(25):
        seeds = {read_run(tmp_path / name).seed for name in (f"turn{turn}.json", f"turn{turn}-2.json")}
        assert seeds == {1, 2}
    assert len(names(tmp_path)) == 50


# Failures leave nothing behind


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for 16 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    try:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)], capture_output=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("this system has no mount command")
    if mounted.returncode != 0:
        pytest.skip("mounting a disk needs root on Linux")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_reported_and_nothing_is_left_on_it(tiny_disk: Path) -> None:
    precious = write_run(example_run(), tiny_disk / "run.json")
    text = complaint(large_run(), tiny_disk / "run.json")
    assert f"{precious} can't be written (No space left on device): free some space" in text
    assert names(tiny_disk) == ["run.json"]
    assert read_run(precious) == example_run()


WRITE_WITH_LITTLE_ROOM = """
import resource, signal, sys
from pathlib import Path
from concbench.runs.writing import UnwritableRun, write_run
from tests.runs.test_writing import large_run

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))
try:
    write_run(large_run(), Path(sys.argv[1]))
except UnwritableRun as error:
    print(error)
"""


@POSIX_ONLY
def test_a_limit_on_the_size_of_files_is_reported_and_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    done = subprocess.run(
        [sys.executable, "-B", "-c", WRITE_WITH_LITTLE_ROOM, str(path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(f"{path} can't be written (File too large): ")
    assert names(tmp_path) == []


def test_a_failure_while_the_name_is_given_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Path, target: Path) -> NoReturn:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "link", refuse_links)
    monkeypatch.setattr(Path, "replace", fail)
    assert "can't be written (Input/output error)" in complaint(example_run(), tmp_path / "run.json")
    assert names(tmp_path) == []


def test_an_interrupt_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(file: int) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_run(example_run(), tmp_path / "run.json")
    assert names(tmp_path) == []


def test_a_folder_is_not_written_to_under_another_name(tmp_path: Path) -> None:
    assert complaint(example_run(), tmp_path) == f"{tmp_path} is a folder: name a file in it"


def test_a_path_through_a_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    for path in (tmp_path / "file" / "run.json", tmp_path / "file" / "folder" / "run.json"):
        assert "a part of the path is a file where a folder should be" in complaint(example_run(), path)
    assert (tmp_path / "file").read_text() == "precious"


def test_an_impossible_name_is_reported(tmp_path: Path) -> None:
    assert r"a\x00b.json can't be the name of a file" in complaint(example_run(), tmp_path / "a\0b.json")
    assert "choose a shorter name" in complaint(example_run(), tmp_path / ("x" * 300))
    assert names(tmp_path) == []


# The name


def test_a_file_is_named_after_the_suite_and_the_second() -> None:
    assert default_name(example_run()) == "pool-vs-process-20261123-045500.json"


def test_the_second_is_in_utc() -> None:
    assert default_name(replace(example_run(), started="2026-11-23T05:55:00+01:00")).endswith("-20261123-045500.json")
    assert default_name(replace(example_run(), started="2026-11-23T04:55:00Z")).endswith("-20261123-045500.json")


@pytest.mark.parametrize(
    ("suite", "name"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\my suite", "C-my-suite"),
        ("-rf", "rf"),
        (".hidden", "hidden"),
        ("a\0b\nc", "a-b-c"),
        ("…", "run"),
        ("", "run"),
        ("x" * 500, "x" * 80),
    ],
)
def test_a_suite_with_odd_characters_makes_a_safe_name(suite: str, name: str) -> None:
    assert default_name(replace(example_run(), suite=suite)) == f"{name}-20261123-045500.json"


@given(run=runs(), suite=st.text(), started=st.text() | st.datetimes(timezones=st.timezones()).map(str))
def test_any_name_is_one_plain_word(run: Run, suite: str, started: str) -> None:
    name = default_name(replace(run, suite=suite, started=started))
    assert name.isascii()
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")
    assert name[0] not in ".-"
    assert len(name) < 200
