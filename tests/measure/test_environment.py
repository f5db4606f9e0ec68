"""What `concbench.measure.environment` and `concbench.measure.revision` promise, whatever machine the tests run on."""

from __future__ import annotations

import dataclasses
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
from concbench.measure.cgroup import GroupLimits
from concbench.measure.environment import (
    count_usable,
    cpu_model,
    governor,
    load_average,
    read_environment,
    usable_cores,
)
from concbench.measure.revision import git_revision
from concbench.model import Environment

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def limits(cpus: float | None) -> GroupLimits:
    return GroupLimits(cpus=cpus, memory=None)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def python(code: str) -> str:
    """What a fresh interpreter prints for the code."""
    folder = Path(concbench.__file__).parent.parent
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


# Cores


def test_a_quota_of_one_and_a_half_cores_leaves_two_usable_cores() -> None:
    assert count_usable([0, 1, 2, 3], limits(1.5)) == 2


def test_a_quota_of_two_cores_leaves_two_usable_cores() -> None:
    assert count_usable([0, 1, 2, 3], limits(2.0)) == 2


def test_a_quota_above_the_affinity_leaves_the_affinity() -> None:
    assert count_usable([2, 3], limits(8.0)) == 2


def test_without_a_quota_the_affinity_counts() -> None:
    assert count_usable([0, 2, 5], limits(None)) == 3


def test_without_an_affinity_all_cores_count() -> None:
    assert count_usable(None, limits(None)) == (psutil.cpu_count() or 1)


def test_there_is_always_one_usable_core(tmp_path: Path) -> None:
    write(tmp_path / "proc/self/cgroup", "0::/\n")
    write(tmp_path / "sys/fs/cgroup/cgroup.controllers", "cpu\n")
    write(tmp_path / "sys/fs/cgroup/cpu.max", "1000 100000\n")
    assert usable_cores(tmp_path) == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity to set")
def test_a_process_bound_to_one_core_has_one_usable_core() -> None:
    bound = (
        "import os; from concbench.measure.environment import read_environment;"
        "core = min(os.sched_getaffinity(0)); os.sched_setaffinity(0, [core]); environment = read_environment();"
        "print(environment.usable_cores, environment.affinity == [core])"
    )
    assert python(bound) == "1 True"


def test_cores_that_the_interpreter_is_told_to_use_do_not_change_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_CPU_COUNT", "77")
    code = "from concbench.measure.environment import read_environment; print(read_environment().logical_cores)"
    assert int(python(code)) == (psutil.cpu_count() or os.cpu_count())


# The processor


def test_the_cpu_model_is_the_model_name_of_the_first_core(tmp_path: Path) -> None:
    write(tmp_path / "proc/cpuinfo", "processor\t: 0\nmodel name\t: Fast: CPU @ 3 GHz\n\nmodel name\t: Other\n")
    assert cpu_model(tmp_path) == "Fast: CPU @ 3 GHz"


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS asks sysctl")
@pytest.mark.parametrize("cpuinfo", ["processor\t: 0\nBogoMIPS\t: 48.00\n", "model name\t:\n", ""])
def test_a_cpu_without_a_model_name_falls_back_to_what_platform_says(tmp_path: Path, cpuinfo: str) -> None:
    write(tmp_path / "proc/cpuinfo", cpuinfo)
    assert cpu_model(tmp_path) == (platform.processor() or None)


def test_no_cpu_model_is_none_or_a_name_but_never_empty(tmp_path: Path) -> None:
    assert cpu_model(tmp_path) != ""


def test_cores_with_one_governor_give_it_once(tmp_path: Path) -> None:
    for core in range(3):
        write(tmp_path / f"sys/devices/system/cpu/cpu{core}/cpufreq/scaling_governor", "powersave\n")
    assert governor(tmp_path) == "powersave"


def test_cores_whose_governors_differ_give_each_of_them(tmp_path: Path) -> None:
    for core, policy in enumerate(["powersave", "performance", "powersave"]):
        write(tmp_path / f"sys/devices/system/cpu/cpu{core}/cpufreq/scaling_governor", f"{policy}\n")
    assert governor(tmp_path) == "performance, powersave"


def test_a_machine_without_governors_has_none(tmp_path: Path) -> None:
    (tmp_path / "sys/devices/system/cpu/cpu0").mkdir(parents=True)
    assert governor(tmp_path) is None


# Load


def test_the_load_average_is_a_number_where_the_system_has_one() -> None:
    load = load_average()
    assert load is None or load >= 0
    assert load is not None or sys.platform == "win32" or not Path("/proc/loadavg").exists()


def test_the_load_at_the_end_is_left_to_the_caller() -> None:
    environment = read_environment()
    assert environment.load_end is None
    assert dataclasses.replace(environment, load_end=0.5).load_end == 0.5


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
        "import multiprocessing; from concbench.measure.environment import read_environment;"
        "method = read_environment().start_method; assert multiprocessing.get_start_method(allow_none=True) is None;"
        "multiprocessing.set_start_method('spawn'); print(method, read_environment().start_method)"
    )
    default = multiprocessing.get_all_start_methods()[0]
    assert python(code) == f"{default} spawn"


def test_the_default_start_method_is_the_one_that_processes_get() -> None:
    code = (
        "import multiprocessing; from concbench.measure.environment import read_environment;"
        "print(read_environment().start_method == multiprocessing.get_start_method())"
    )
    assert python(code) == "True"


# The whole


def test_the_environment_survives_the_run_document() -> None:
    environment = read_environment()
    assert msgspec.json.decode(msgspec.json.encode(environment), type=Environment) == environment


def test_a_system_that_tells_nothing_raises_nothing(tmp_path: Path) -> None:
    environment = read_environment(tmp_path / "nothing")
    assert environment.governor is None
    assert environment.cgroup_cpus is None
    assert environment.cgroup_memory is None
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
    write(folder / "task.py", "answer = 42\n")
    git(folder, "add", "task.py")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


@needs_git
def test_a_clean_repository_gives_its_commit(repository: Path) -> None:
    assert git_revision(repository) == git(repository, "rev-parse", "HEAD")


@needs_git
def test_the_revision_is_the_current_folders(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    assert read_environment().git_revision == git(repository, "rev-parse", "HEAD")


@needs_git
@pytest.mark.parametrize("name", ["task.py", "new.py"])
def test_uncommitted_work_gives_a_plus(repository: Path, name: str) -> None:
    write(repository / name, "answer = 43\n")
    assert git_revision(repository) == git(repository, "rev-parse", "HEAD") + "+"


@needs_git
def test_a_folder_inside_a_repository_gives_the_repositorys_commit(repository: Path) -> None:
    inside = repository / "inside"
    inside.mkdir()
    assert git_revision(inside) == git(repository, "rev-parse", "HEAD")


@needs_git
def test_asking_for_the_revision_leaves_the_repository_as_it_was(repository: Path) -> None:
    index = repository / ".git/index"
    before = index.read_bytes()
    os.utime(repository / "task.py", (1, 1))  # a plain `git status` would note the new time in its index
    assert git_revision(repository) == git(repository, "rev-parse", "HEAD")
    assert index.read_bytes() == before


@needs_git
def test_a_repository_without_a_commit_has_no_revision(folder: Path) -> None:
    git(folder, "init", "--quiet")
    assert git_revision(folder) is None


def test_a_folder_outside_a_repository_has_no_revision(folder: Path) -> None:
    assert git_revision(folder) is None


def test_a_folder_that_does_not_exist_has_no_revision(folder: Path) -> None:
    assert git_revision(folder / "gone") is None


def test_without_git_there_is_no_revision(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    assert git_revision(folder) is None


@pytest.mark.skipif(os.name == "nt", reason="the slow git is a shell script")
def test_a_git_that_does_not_answer_in_time_gives_no_revision(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = folder / "git"
    write(slow, "#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    began = time.monotonic()
    assert git_revision(folder, timeout=0.2) is None
    assert time.monotonic() - began < 30
