"""What reading the environment and the git revision promises, whatever machine the tests run on."""

from __future__ import annotations

import multiprocessing
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import psutil
import pytest

import concbench
from concbench.measure.probe.environment import (
    count_usable,
    cpu_model,
    git_revision,
    governor,
    load_average,
    read_environment,
    usable_cores,
)
from concbench.measure.probe.kernel import GroupLimits
from concbench.model.run import Environment
from tests.measure.probe.tree import CPU, write

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def python(code: str) -> str:
    """What a fresh interpreter prints for the code."""
    folder = Path(concbench.__file__).parent.parent
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


# Cores


@pytest.mark.parametrize(
    ("affinity", "quota", "usable"),
    [
        ([0, 1, 2, 3], 1.5, 2),
        ([0, 1, 2, 3], 2.0, 2),
        ([0, 1, 2, 3], 0.01, 1),
        ([2, 3], 8.0, 2),
        ([0, 2, 5], None, 3),
        (None, None, psutil.cpu_count() or 1),
    ],
)
def test_usable_cores_are_the_affinity_or_the_quota_rounded_up(
    affinity: list[int] | None, quota: float | None, usable: int
) -> None:
    assert count_usable(affinity, GroupLimits(cpus=quota, memory=None)) == usable


def test_a_control_group_limits_the_usable_cores(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/\n",
            "sys/fs/cgroup/cgroup.controllers": "cpu\n",
            "sys/fs/cgroup/cpu.max": "1000 100000\n",
        },
    )
    assert usable_cores(tmp_path) == 1
    assert read_environment(tmp_path).cgroup_cpus == 0.01


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity to set")
def test_a_process_bound_to_one_core_has_one_usable_core() -> None:
    bound = (
        "import os; from concbench.measure.probe.environment import read_environment;"
        "core = min(os.sched_getaffinity(0)); os.sched_setaffinity(0, [core]); environment = read_environment();"
        "print(environment.usable_cores, environment.affinity == [core])"
    )
    assert python(bound) == "1 True"


def test_cores_that_a_variable_sets_do_not_change_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_CPU_COUNT", "77")
    code = "from concbench.measure.probe.environment import read_environment; print(read_environment().logical_cores)"
    assert int(python(code)) == (psutil.cpu_count() or os.cpu_count())


# The processor


def test_the_cpu_model_is_the_model_name_of_the_first_core(tmp_path: Path) -> None:
    write(tmp_path, {"proc/cpuinfo": "processor\t: 0\nmodel name\t: Fast: CPU @ 3 GHz\n\nmodel name\t: Other\n"})
    assert cpu_model(tmp_path) == "Fast: CPU @ 3 GHz"


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS asks sysctl")
@pytest.mark.parametrize("cpuinfo", ["processor\t: 0\nBogoMIPS\t: 48.00\n", "model name\t:\n", ""])
def test_a_cpu_without_a_model_name_falls_back_to_what_platform_says(tmp_path: Path, cpuinfo: str) -> None:
    write(tmp_path, {"proc/cpuinfo": cpuinfo})
    assert cpu_model(tmp_path) == (platform.processor() or None)


@pytest.mark.parametrize(
    ("policies", "policy"),
    [
        (["powersave"] * 3, "powersave"),
        (["powersave", "performance", "powersave"], "performance, powersave"),
        ([], None),
    ],
)
def test_the_governor_is_that_of_all_cores_or_each_where_they_differ(
    policies: list[str], policy: str | None, tmp_path: Path
) -> None:
    write(tmp_path, {f"{CPU}/cpu{core}/cpufreq/scaling_governor": f"{each}\n" for core, each in enumerate(policies)})
    assert governor(tmp_path) == policy


def test_the_load_average_is_a_number_where_the_system_has_one() -> None:
    load = load_average()
    assert load is None or load >= 0
    assert load is not None or sys.platform == "win32" or not Path("/proc/loadavg").exists()


# The interpreter


def test_the_environment_describes_this_interpreter() -> None:
    environment = read_environment()
    assert environment.python == platform.python_version()
    assert environment.implementation == platform.python_implementation()
    assert platform.python_compiler() in environment.build
    assert environment.os
    assert environment.versions["concbench"] == concbench.__version__
    assert environment.versions["psutil"] == psutil.__version__
    assert environment.versions["msgspec"] == msgspec.__version__


def test_the_gil_is_what_the_interpreter_says_it_is() -> None:
    asked = getattr(sys, "_is_gil_enabled", lambda: True)
    assert read_environment().gil is asked()


def test_reading_the_environment_leaves_the_start_method_open() -> None:
    code = (
        "import multiprocessing; from concbench.measure.probe.environment import read_environment;"
        "method = read_environment().start_method; assert multiprocessing.get_start_method(allow_none=True) is None;"
        "multiprocessing.set_start_method('spawn'); print(method, read_environment().start_method)"
    )
    default = multiprocessing.get_all_start_methods()[0]
    assert python(code) == f"{default} spawn"


# The whole


def test_the_environment_survives_the_run_document() -> None:
    environment = read_environment()
    assert environment.load_end is None  # left to the caller
    assert msgspec.json.decode(msgspec.json.encode(environment), type=Environment) == environment


def test_a_system_that_reports_nothing_raises_nothing(tmp_path: Path) -> None:
    environment = read_environment(tmp_path / "nothing")
    assert (environment.governor, environment.cgroup_cpus, environment.cgroup_memory) == (None, None, None)
    assert environment.memory > 0
    assert 1 <= environment.usable_cores <= environment.logical_cores


# The git revision


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which git sees no repository, no settings, and nothing of one that the tests may run in."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    settings = tmp_path / "gitconfig"
    settings.write_text("[user]\nname = Tester\nemail = tester@example.org\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    empty = tmp_path / "folder"
    empty.mkdir()
    return empty


def git(folder: Path, *arguments: str) -> str:
    ended = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, timeout=30, check=True)
    return ended.stdout.strip()


@pytest.fixture
def repository(folder: Path) -> Path:
    """A repository with one commit of one file."""
    git(folder, "init", "--quiet")
    write(folder, {"task.py": "answer = 42\n"})
    git(folder, "add", "task.py")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


@needs_git
def test_the_revision_is_the_commit_of_the_repository_around_a_folder(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = repository / "inside"
    inside.mkdir()
    commit = git(repository, "rev-parse", "HEAD")
    assert git_revision(repository) == git_revision(inside) == commit
    monkeypatch.chdir(repository)
    assert read_environment().git_revision == commit


@needs_git
@pytest.mark.parametrize("name", ["task.py", "new.py"])
def test_uncommitted_work_gives_a_plus(repository: Path, name: str) -> None:
    write(repository, {name: "answer = 43\n"})
    assert git_revision(repository) == git(repository, "rev-parse", "HEAD") + "+"


@needs_git
def test_asking_for_the_revision_leaves_the_repository_as_it_was(repository: Path) -> None:
    index = repository / ".git/index"
    before = index.read_bytes()
    os.utime(repository / "task.py", (1, 1))  # a plain `git status` would note the new time in its index
    assert git_revision(repository) == git(repository, "rev-parse", "HEAD")
    assert index.read_bytes() == before


@needs_git
def test_without_a_commit_or_a_repository_there_is_no_revision(folder: Path) -> None:
    assert git_revision(folder / "gone") is None
    assert git_revision(folder) is None
    git(folder, "init", "--quiet")
    assert git_revision(folder) is None


def test_without_git_there_is_no_revision(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    assert git_revision(folder) is None


@pytest.mark.skipif(os.name == "nt", reason="the slow git is a shell script")
def test_a_git_that_does_not_answer_in_time_gives_no_revision(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = folder / "git"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    began = time.monotonic()
    assert git_revision(folder, timeout=0.2) is None
    assert time.monotonic() - began < 30
