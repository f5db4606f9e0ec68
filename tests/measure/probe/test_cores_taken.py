"""What takes how many cores: each with its number, or with the reason why there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from concbench.measure.probe.cores_taken import MISSING, PROGRAM, CoresTaken, answer_of, cores_taken
from tests.builders import environment


def by(found: list[CoresTaken]) -> dict[str, CoresTaken]:
    return {each.by: each for each in found}


def test_every_one_is_there_with_a_number_or_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    found = by(cores_taken(sys.executable, environment(affinity=[0, 1, 2], cgroup_cpus=1.5), "mine"))
    assert list(found) == [
        *("os.cpu_count", "os.process_cpu_count", "affinity", "cgroup quota"),
        *("joblib", "loky", "OpenBLAS", "torch"),
    ]
    assert found["os.cpu_count"].cores == os.cpu_count()
    assert (found["affinity"].cores, found["cgroup quota"].cores) == (3, 1.5)
    assert found["OpenBLAS"].cores == 1  # as it is in the dev environment, with its number set
    assert all(each.cores is not None or each.why_not for each in found.values())
    assert {each.python for each in found.values()} == {"mine"}


def test_what_is_not_installed_is_said_to_be(tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True, timeout=60)
    python = bare / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    found = by(cores_taken(str(python), environment(affinity=None, cgroup_cpus=None)))
    assert [found[each].why_not for each in ("joblib", "loky", "OpenBLAS", "torch")] == [MISSING] * 4
    assert (found["affinity"].why_not, found["cgroup quota"].why_not) == ("none", "none")


def test_an_answer_that_is_none_counts_as_not_installed() -> None:
    for code in ("print('warming up')", "import sys; sys.exit(1)", "print('[1]')"):
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
            assert answer_of(process) is None
    assert PROGRAM.exists()
