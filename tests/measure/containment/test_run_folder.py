"""What the folder of a run promises: the next run removes it where nothing else could, and never another folder."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("POSIX only", allow_module_level=True)

from concbench.measure.containment.guardian import LOCK, remove
from concbench.measure.containment.run_folder import remove_dead, run_folder

DEAD = "cb-deaddead"


def left_in(around: Path, name: str = DEAD) -> Path:
    """A folder that a run left, as whoever kills all of it does."""
    folder = around / name
    (folder / "t1" / "t").mkdir(parents=True)
    (folder / "t1" / "t" / "file").write_text("a task's")
    (folder / "t1").chmod(0o500)
    (folder / LOCK).touch()
    folder.chmod(0o700)
    return folder


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    with (folder / LOCK).open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_the_folder_of_a_dead_run_is_removed_by_the_next(tmp_path: Path) -> None:
    left_in(tmp_path)
    remove_dead(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_a_run_that_lives_is_never_touched(tmp_path: Path) -> None:
    folder = left_in(tmp_path)
    with locked(folder):
        remove_dead(tmp_path)
        assert (folder / "t1" / "t" / "file").read_text() == "a task's"


def test_a_run_holds_its_folder_from_the_first_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    monkeypatch.setattr("concbench.measure.containment.run_folder.LONGEST_TEMPORARY", 1000)
    with run_folder() as run:
        remove_dead(run.path.parent)
        assert (run.path / LOCK).exists()
    remove_dead(run.path.parent)
    assert not run.path.exists()


def test_whoever_inherits_the_lock_keeps_the_folder(tmp_path: Path) -> None:
    """As the nursery does, when concbench is killed."""
    folder = left_in(tmp_path)
    with (folder / LOCK).open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        heir = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[lock.fileno()], text=True
        )
    remove_dead(tmp_path)
    assert folder.exists()
    heir.communicate("\n")
    remove_dead(tmp_path)
    assert not folder.exists()


@pytest.mark.parametrize("name", ["cb-short", "cb-1234567890", "xb-deaddead", "cb-DEADDEAD"])
def test_a_folder_of_another_name_is_left_alone(name: str, tmp_path: Path) -> None:
    folder = left_in(tmp_path, name)
    remove_dead(tmp_path)
    assert folder.exists()


def test_a_folder_without_a_lock_or_open_to_others_is_left_alone(tmp_path: Path) -> None:
    unlocked, shared = left_in(tmp_path), left_in(tmp_path, "cb-seebyall")
    (unlocked / LOCK).unlink()
    shared.chmod(0o755)
    remove_dead(tmp_path)
    for folder in (unlocked, shared):
        assert (folder / "t1" / "t" / "file").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_folder_of_another_user_is_left_alone(tmp_path: Path) -> None:
    folder = left_in(tmp_path)
    os.chown(folder, 12345, 12345)
    remove_dead(tmp_path)
    assert folder.exists()


def test_links_are_not_followed(tmp_path: Path) -> None:
    elsewhere = left_in(tmp_path, "elsewhere")
    around = tmp_path / "around"
    around.mkdir()
    (around / DEAD).symlink_to(elsewhere, target_is_directory=True)
    folder = left_in(around, "cb-deadlink")
    (folder / "link").symlink_to(elsewhere, target_is_directory=True)
    other = left_in(around, "cb-linklock")
    (other / LOCK).unlink()
    (other / LOCK).symlink_to(elsewhere / LOCK)
    remove_dead(around)
    assert (elsewhere / "t1" / "t" / "file").exists()
    assert sorted(path.name for path in around.iterdir()) == [DEAD, "cb-linklock"]


# Removing


def test_a_deep_tree_is_removed_where_few_files_may_be_open(tmp_path: Path) -> None:
    folder = left_in(tmp_path)
    code = f"""
import os, resource
from concbench.measure.containment.guardian import remove
os.chdir({str(folder)!r})
for depth in range(1500):  # the path gets longer than any system call takes
    os.mkdir("deep" * 4)
    os.chdir("deep" * 4)
    open("file", "w").close()
os.chdir("/")
resource.setrlimit(resource.RLIMIT_NOFILE, (5, 5))
remove({str(folder)!r})
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert list(tmp_path.iterdir()) == []


def test_what_may_not_be_written_to_is_removed_too(tmp_path: Path) -> None:
    folder = left_in(tmp_path)
    for name in ("a", "a/b", "a/0"):
        (folder / name).mkdir()
    for name in ("a/b", "a/0", "a"):
        (folder / name).chmod(0o000)
    remove(str(folder))
    assert not folder.exists()


def test_the_lock_goes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A removal that is interrupted can be seen by the next run."""
    folder = left_in(tmp_path)
    unlinked: list[str] = []
    unlink = os.unlink

    def noted(path: str) -> None:
        unlinked.append(Path(path).name)
        unlink(path)

    monkeypatch.setattr("os.unlink", noted)
    remove(str(folder))
    assert unlinked == ["file", LOCK]
