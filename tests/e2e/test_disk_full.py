"""When the run can't be saved: the table is printed all the same, and the reason in a line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.command import ONCE, Command, Ended, with_limit

SERIAL = ("compare", "--workload", "tutorial", "--strategy", "serial", "--tasks", "8", *ONCE)
posix = pytest.mark.skipif(sys.platform == "win32", reason="limits and mounts as POSIX has them")
pytestmark = posix


def check(ended: Ended, reason: str) -> None:
    """The table, one line that says why, exit status 3."""
    assert ended.returncode == 3, ended.stderr
    assert "serial" in ended.stdout
    assert "strategy" in ended.stdout
    (error,) = [line for line in ended.stderr.splitlines() if line.startswith("Error: ")]
    assert reason in error
    assert "Traceback" not in ended.stderr
    assert "Saved" not in ended.stderr


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A results/ of one page."""
    results = tmp_path / "results"
    results.mkdir()
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    if mount is None or unmount is None or os.geteuid() != 0:
        pytest.skip("only root can mount a tiny disk; the limit on the size of files is tested all the same")
    mounted = subprocess.run([mount, "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(results)], check=False)
    if mounted.returncode != 0:
        pytest.skip("this system does not let root mount; the limit on the size of files is tested all the same")
    try:
        yield results
    finally:
        subprocess.run([unmount, str(results)], check=True)


def test_a_full_disk_costs_the_document_and_nothing_else(tiny_disk: Path, tmp_path: Path) -> None:
    ended = Command(tmp_path).run(*SERIAL)
    check(ended, "No space left on device")
    assert list(tiny_disk.iterdir()) == []


def test_a_limit_on_the_size_of_files_costs_the_document_and_nothing_else(tmp_path: Path) -> None:
    ended = Command(tmp_path).run(*SERIAL, before=with_limit("f", 4))
    check(ended, "File too large")
    assert list((tmp_path / "results").iterdir()) == []


def test_what_could_not_be_saved_can_be_had_on_stdout(tmp_path: Path) -> None:
    ended = Command(tmp_path).run(*SERIAL, "--json", "-", before=with_limit("f", 4))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("{")
    assert ended.stdout.endswith("}\n")
