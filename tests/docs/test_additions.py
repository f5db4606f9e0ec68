"""What the guide to adding a strategy adds works in a file, and from an installed package."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import programs
from tests.e2e.command import CONCBENCH


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("--workload doubling --strategy thread-strided --strategy pool-map --tasks 9", "thread-strided"),
        ("--workload doubling --strategy striding.py:thread-strided --tasks 9", "striding.py:thread-strided"),
        ("--channel two-simple-queues --start-method spawn --tasks 9", "two-simple-queues"),
    ],
)
def test_what_the_guide_adds_works_in_a_file_and_as_an_installed_package(
    command: str, shown: str, tmp_path: Path
) -> None:
    strategy, workload, channel = programs("docs/how-to/add-a-strategy.md")
    (tmp_path / "striding.py").write_text(strategy, encoding="utf-8")
    (tmp_path / "doubling.py").write_text(workload, encoding="utf-8")
    (tmp_path / "two_queues.py").write_text(channel, encoding="utf-8")
    info = tmp_path / "yourpackage-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: yourpackage\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(
        "[concbench.strategies]\nstriding = striding\n[concbench.workloads]\ndoubling = doubling\n"
        "[concbench.channels]\ntwo-queues = two_queues\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [CONCBENCH, "compare", *command.split(), "--blocks", "1", "--rounds", "1"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert shown in done.stdout
