"""What CI runs works on a machine that has nothing of what it could use."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "run"
SHIMS = {"make": 'echo "make $*"', "apt-get": "exit 1"}


@pytest.mark.skipif(shutil.which("bash") is None or not SCRIPT.exists(), reason="CI runs a script for bash")
def test_where_there_is_nothing_beside_the_repository_its_set_up_goes_on_to_the_tests(tmp_path: Path) -> None:
    for path, text in (
        *((tmp_path / "shims" / name, text) for name, text in SHIMS.items()),
        (tmp_path / "repository" / ".venv" / "bin" / "python", "exit 1"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    (tmp_path / "repository" / ".ci").mkdir()
    shutil.copy(SCRIPT, tmp_path / "repository" / ".ci" / "run")
    environment = {name: value for name, value in os.environ.items() if name != "CONCBENCH_PYTHONS"}
    done = subprocess.run(
        [tmp_path / "repository" / ".ci" / "run"],
        env={**environment, "PATH": f"{tmp_path / 'shims'}{os.pathsep}{environment['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "make .venv/installed-dev\nmake test\n")
    assert "hosts are tested under this one only" in done.stderr
