"""What finding files in shared memory promises: what an engine left behind, and nothing that anyone still uses."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from mmap import mmap
from pathlib import Path

import pytest

from concbench.measure.containment import shared_files
from concbench.measure.containment.shared_files import made_by
from tests.measure.process_tree import needs_proc

pytestmark = needs_proc

PID = 4711
NAMED = [f"joblib_memmapping_folder_{PID}_e3a1_77", f"sem.loky-{PID}-hlh2vg8w"]
"""What has the id of the process in its name."""


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in the place of /dev/shm, with what engines make there, and others."""
    monkeypatch.setattr(shared_files, "SHARED", tmp_path)
    for name in (NAMED[0], "joblib_memmapping_folder_471_e3a1_77"):
        (tmp_path / name).mkdir()
    for name in (NAMED[1], "sem.loky-47-a7_x3r7d", "mpich_shm_ab12_0", "psm_0f1ffb0f", "sem.mp-0i5nl3m0"):
        (tmp_path / name).write_bytes(bytes(4096))
    yield tmp_path


def found(since: float = 0.0) -> list[str]:
    return sorted(path.name for path in made_by(PID, since))


def test_what_is_named_after_a_host_and_what_no_process_maps_are_found_and_nothing_else(shared: Path) -> None:
    assert found() == sorted([*NAMED, "mpich_shm_ab12_0"])


def test_what_a_process_still_maps_is_left(shared: Path) -> None:
    with (shared / "mpich_shm_ab12_0").open("r+b") as file, mmap(file.fileno(), 0):
        assert found() == NAMED
    assert found() == sorted([*NAMED, "mpich_shm_ab12_0"])


def test_what_was_there_before_the_host_is_left(shared: Path) -> None:
    assert found(since=time.time() + 60) == NAMED


def test_what_is_another_users_is_left(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert found() == NAMED


def test_a_system_without_shared_memory_has_none(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_files, "SHARED", shared / "missing")
    assert found() == []
