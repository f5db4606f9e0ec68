"""Engines as a user meets them: in tables with their differences, by the right name, and gone however it ends."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from concbench.strategies.strategy import of_engines, strategies
from tests.cli.calling import mistake
from tests.e2e.command import ONCE, Command, end, usually
from tests.e2e.test_advise import printed_program
from tests.measure.process_tree import is_living, needs_proc, wait_until
from tests.strategies.engines.clusters import CLUSTERS
from tests.strategies.engines.conftest import files_of_killed_processes  # noqa: F401 - used by all tests

pytestmark = needs_proc

PROCESSES = [name for name, each in of_engines().items() if each.workers == "processes"]
SHARED = Path("/dev/shm")
LONGEST = 6.0
"""Seconds: by then every engine has started, run tasks and begun anew."""
MOMENTS = random.Random(19).sample(range(1000), 20)
"""Of a thousand in that time."""
USUAL = (("joblib-loky", 300), ("ray", 500))
WORK = """
def count(number):
    for _ in range(20_000):
        number += 1
    return number
"""


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder with a short name: ray's sockets lie far down in it."""
    with TemporaryDirectory(dir="/tmp") as name:
        yield Path(name)


def test_engines_are_rows_beside_a_pool_and_below_stands_in_what_they_differ(tmp_path: Path) -> None:
    command = Command(tmp_path)
    ended = command.run(
        *("compare", "--workload", "cpu", "--strategy", "pool-map", "--strategy", "joblib-loky", "--strategy", "mpire"),
        *("--start-method", "spawn", "--workers", "2", "--tasks", "8", "--warm", *ONCE),
    )
    assert ended.returncode == 0, ended.stderr
    results = command.saved().results
    assert [result.case.row for result in results] == ["pool-map", "joblib-loky", "mpire"]
    assert all(result.case.settings.warm and result.samples for result in results)
    text = " ".join(ended.stdout.split())
    said = re.search("chunksize: (.+) inner threads:", text)
    assert said is not None
    assert set(said[1].split("; ")) <= {"1 in pool-map and mpire", "1 in mpire and pool-map", "growing in joblib-loky"}
    assert command.left() == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("ProcessPoolExecutor", "executor-processes"), ("Pool", "pool-map"), ("joblib", "joblib-loky")],
)
def test_what_people_call_a_strategy_suggests_its_name(typed: str, meant: str) -> None:
    said = mistake("compare", "--workload", "cpu", "--strategy", typed)
    assert f"there is no strategy {typed!r}; did you mean {meant!r}?" in said


def test_an_interpreter_without_an_engine_says_what_to_install(tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True, timeout=100)
    command = Command(tmp_path)
    names = ("--strategy", "serial", "--strategy", "ray", "--strategy", "dask-threads")
    ended = command.run("compare", "--workload", "cpu", "--python", str(bare / "bin" / "python"), *names, *ONCE)
    assert ended.returncode == 3  # as they were named
    said = {result.case.subject: result.failure for result in command.saved().results}
    assert said["serial"] is None
    for name, wanted in (("ray", "pip install ray"), ("dask-threads", "pip install 'dask[distributed]'")):
        failure = said[name]
        assert failure is not None
        assert failure.kind == "unavailable"
        assert failure.message.endswith(wanted)


@pytest.mark.parametrize("name", usually("joblib-loky", "mpire", among=list(of_engines())))
def test_what_advise_prints_for_an_engine_runs_as_it_stands(name: str, tmp_path: Path, temporary: Path) -> None:
    (tmp_path / "work.py").write_text(WORK)
    command = Command(tmp_path, TMPDIR=str(temporary))
    ended = command.run("advise", "work.py:count", "--items", "9", "--strategy", name, "--workers", "2", "--quick")
    assert ended.returncode == 0, ended.stderr
    assert command.left() == []
    results = command.saved().results
    assert name in {result.case.subject for result in results if result.samples}
    program = printed_program(ended.stdout)
    (tmp_path / "pasted.py").write_text(program)
    # As in an environment that is activated: MPI needs its `mpiexec` on the PATH.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    variables = {**os.environ, "PATH": path, "TMPDIR": str(temporary)}
    words = [sys.executable, "pasted.py"]
    done = subprocess.run(words, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=100)
    assert (done.stdout, done.returncode) == ("9 results\n", 0), done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize(
    ("name", "moment"),
    usually(*USUAL, among=[*USUAL, *((name, moment) for name in PROCESSES for moment in MOMENTS)]),
)
def test_however_it_ends_an_engine_leaves_nothing(
    name: str, moment: int, number: signal.Signals, tmp_path: Path, temporary: Path
) -> None:
    """No process, nothing in its temporary folder or at home, and no shared memory: names there hold a process's id."""
    home = tmp_path / "home"
    home.mkdir()
    command = Command(tmp_path, TMPDIR=str(temporary), HOME=str(home))
    words = ("--workload", "payload", "--payload", "2MiB", "--tasks", "4", "--workers", "2")
    with command.started("compare", *words, "--strategy", name, "--blocks", "50") as process:
        time.sleep(LONGEST * moment / 1000)  # it is any moment that is asked for, not one in which something is
        seen = [pid for pid in command.left() if pid != process.pid]
        process.send_signal(number)
        ended = end(process)
    assert "Traceback" not in ended.stderr
    wait_until(lambda: not command.left() and not any(map(is_living, seen)), "all processes were ended")
    wait_until(lambda: not list(temporary.iterdir()), "the run's folder is removed")
    assert not [file for file in SHARED.iterdir() if set(re.split("[-_.]", file.name)) & set(map(str, seen))]
    assert list(home.iterdir()) == []


def test_an_engine_that_kills_its_host_with_a_dead_worker_is_a_row_and_leaves_no_shared_memory(tmp_path: Path) -> None:
    def shared() -> set[str]:
        return {path.name for path in SHARED.iterdir() if path.name.startswith("mpich_shm_")}

    command = Command(tmp_path)
    before = shared()
    ended = command.run("compare", "--workload", "is-killed", "--strategy", "serial", "--strategy", "mpi", *ONCE)
    assert ended.returncode == 3
    failures = {result.case.subject: result.failure for result in command.saved().results}
    failure = failures["mpi"]
    assert failure is not None
    assert failure.kind == "worker died"
    assert "its engine killed the others and the host" in failure.message
    assert command.left() == []
    wait_until(lambda: shared() <= before, "what MPI mapped is removed")


def test_every_engine_that_the_tests_are_to_run_is_installed() -> None:
    wanted = {name for name in of_engines() if name != "ray" or sys.version_info < (3, 15)}
    assert {name for name in wanted if strategies.get(name).missing() is None} == wanted


@pytest.mark.parametrize("name", ["dask-cluster", "mpi-cluster"])
def test_a_function_of_a_file_runs_on_a_cluster_and_nothing_complains(
    name: str, tmp_path: Path, temporary: Path
) -> None:
    (tmp_path / "work.py").write_text(WORK)
    command = Command(tmp_path)
    words = ("--workload", "work.py:count", "--items", "8", "--strategy", "serial")
    with CLUSTERS[name](temporary) as cluster:
        ended = command.run("compare", *words, "--engine-address", cluster.address, "--blocks", "1", "--rounds", "2")
        assert cluster.is_unchanged()
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    run = command.saved()
    serial, there = run.results
    assert (there.case.subject, len(serial.samples), len(there.samples)) == (name, 2, 2)
    # Its processes are watched from there, by themselves.
    assert serial.watch is not None
    assert (there.watch, there.trace) == (None, None)
    assert [[node.node for node in sample.nodes] for sample in there.samples] == 2 * [list(cluster.nodes)]
    assert f"Workers by node of {name}" in ended.stdout
    assert "‡ held by the cluster's workers" in ended.stdout
    assert not [warning for warning in run.warnings if "traced" in warning]
    assert command.left() == []


MPIEXEC = (str(Path(sys.executable).with_name("mpiexec")), "-n", "3")


def test_the_other_ranks_of_a_command_are_its_workers(tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text(WORK)
    command = Command(tmp_path)
    words = ("--workload", "work.py:count", "--items", "8", "--strategy", "serial", *ONCE)
    ended = command.run("compare", *words, before=MPIEXEC)
    assert ended.returncode == 0, ended.stderr
    serial, there = command.saved().results
    assert (serial.case.subject, there.case.subject, there.case.settings.workers) == ("serial", "mpi-cluster", 2)
    assert [sum(node.workers for node in sample.nodes) for sample in there.samples] == [2]
    assert ended.stdout.count("Workers by node of mpi-cluster") == 1
    assert command.left() == []


def test_a_command_without_a_cluster_runs_once_under_mpiexec(tmp_path: Path) -> None:
    command = Command(tmp_path)
    ended = command.run("list", "suites", before=MPIEXEC)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == command.run("list", "suites").stdout
    assert command.left() == []


def words_of(process: psutil.Process) -> list[str]:
    """The command line of a process; empty once it has ended."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_the_other_ranks_of_a_command_end_with_it(number: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text(WORK)
    command = Command(tmp_path)
    words = ("--workload", "work.py:count", "--items", "8", "--strategy", "serial", "--budget", "60")
    with command.started("compare", *words, before=MPIEXEC) as process:
        first: list[psutil.Process] = []

        def measures() -> bool:
            below = [(each, words_of(each)) for each in psutil.Process(process.pid).children(recursive=True)]
            first[:] = [each for each, line in below if "compare" in line]
            return len(first) == 1 and any(line[-1:] and line[-1].endswith("host/__main__.py") for _, line in below)

        wait_until(measures, "the first rank measures")
        first[0].send_signal(number)
        end(process)
    wait_until(lambda: command.left() == [], "nothing is left")
