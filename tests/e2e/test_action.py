"""What the GitHub Action's own script promises: it finds the base, and its outcome is the check's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command import CONCBENCH
from tests.gate.repository import CONFIGURATION, Repository

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a composite action's step is a script of bash")

SCRIPT = Path(__file__).parents[2] / "action" / "check.sh"
GATED = """
false-alarms = "0.1%"

[[cases]]
name = "sums"
workload = "summing:total"
tasks = 1
strategies = ["serial"]
metrics = ["wall", "cpu"]
margins = { wall = "50%", cpu = "50%" }
"""
WORK = """
def total(_):
    return sum(range({size}))
"""
SLOW, QUICK = WORK.format(size=3_000_000), WORK.format(size=200_000)


def repository(folder: Path, before: str, after: str) -> Repository:
    made = Repository.new(folder)
    made.commit({"summing.py": before, CONFIGURATION: GATED})
    made.commit({"summing.py": after})
    return made


def act(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script as a runner does, with the inputs as variables; what is installed stands in for installing."""
    runner = {name: value for name, value in os.environ.items() if not name.startswith(("CHECK_", "GITHUB_", "GIT_"))}
    return subprocess.run(
        [str(SCRIPT)],
        cwd=folder,
        env={
            **runner,
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(folder.parent / "summary.md"),
            "CONCBENCH": str(CONCBENCH),
            "CHECK_BUDGET": "2s",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=100,
    )


def test_a_regression_is_red_with_its_metric_named(tmp_path: Path) -> None:
    done = act(
        repository(tmp_path / "repository", QUICK, SLOW).folder,
        CHECK_JUNIT=str(tmp_path / "gate.xml"),
        CHECK_SUMMARY=str(tmp_path / "gate.md"),
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "::error title=concbench::sums/serial: CPU time is " in done.stderr
    assert "REGRESSION" in (tmp_path / "summary.md").read_text()
    assert "<failure" in (tmp_path / "gate.xml").read_text()
    assert (tmp_path / "gate.md").read_text() == (tmp_path / "summary.md").read_text()


@pytest.mark.thorough
def test_a_comment_is_green(tmp_path: Path) -> None:
    done = act(repository(tmp_path / "repository", QUICK, f"# Why it is so.\n{QUICK}").folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No regression in 1 case" in done.stdout
    assert "::error" not in done.stderr


@pytest.mark.thorough
def test_a_broken_base_is_3_with_its_reason(tmp_path: Path) -> None:
    done = act(repository(tmp_path / "repository", "def total(_)\n", QUICK).folder)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "can't be imported: SyntaxError" in done.stderr


@pytest.mark.thorough
def test_of_a_pull_request_the_base_is_fetched_although_the_checkout_has_one_commit_only(tmp_path: Path) -> None:
    origin = repository(tmp_path / "origin", QUICK, QUICK)
    origin.git("checkout", "--quiet", "-b", "change")
    origin.commit({"summing.py": SLOW})
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth=1", "--branch=change", origin.folder.as_uri(), str(clone)], check=True
    )
    done = act(clone, GITHUB_BASE_REF="main")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "CPU time is " in done.stdout


@pytest.mark.thorough
def test_without_a_pull_request_the_commit_before_is_fetched_where_it_is_missing(tmp_path: Path) -> None:
    origin = repository(tmp_path / "origin", QUICK, SLOW)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", origin.folder.as_uri(), str(clone)], check=True)
    done = act(clone)
    assert done.returncode == 1, done.stdout + done.stderr


@pytest.mark.thorough
def test_what_the_check_refuses_is_2(tmp_path: Path) -> None:
    done = act(repository(tmp_path / "repository", QUICK, SLOW).folder, CHECK_CONFIG="no-such.toml")
    assert done.returncode == 2
    assert "no-such.toml" in done.stderr
