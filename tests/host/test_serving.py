"""What a host promises to those who talk to it."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from concbench.model import Settings, Workload
from concbench.strategies.strategy import strategies
from tests.host.talking import PLUGIN, started, write_distribution, write_workload

SLEEP = Workload(name="sleep", tasks=4, task_time=0.001)


def faulty(name: str) -> Workload:
    return Workload(name=name, tasks=8)


def test_opening_a_case_answers_with_facts() -> None:
    with started() as host:
        facts = host.open("pool-map", SLEEP, workers=2)["ok"]
        assert facts["pid"] == host.pid
        assert facts["python"] == sys.version.split()[0]
        assert facts["settings"] == {
            "workers": 2,
            "chunksize": None,
            "start_method": multiprocessing.get_start_method(),
            "maxtasksperchild": None,
            "limit": None,
            "cores": None,
            "lock": None,
        }


def test_a_start_method_that_is_asked_for_is_kept() -> None:
    with started() as host:
        assert host.open("process", SLEEP, start_method="spawn")["ok"]["settings"]["start_method"] == "spawn"
        assert host.open("thread", SLEEP)["ok"]["settings"]["start_method"] is None


def test_a_sample_answers_with_its_phases() -> None:
    with started() as host:
        host.open("serial", Workload(name="sleep", tasks=3, task_time=0.02))
        phases = host.ask("sample")["ok"]
        assert {"start", "run", "stop", "wall", "cpu"} <= set(phases)
        assert all(phases[name] is None for name in ("each", "each_p99", "stream", "lost"))  # what tasks have not
        assert phases["start"] + phases["run"] + phases["stop"] == pytest.approx(phases["wall"], rel=0, abs=1e-9)
        assert phases["run"] >= 0.06
        assert phases["cpu"] >= 0


@pytest.mark.parametrize("name", list(strategies.all()))
def test_every_strategy_answers_a_warm_up_and_samples_or_says_why_not(name: str) -> None:
    strategy = strategies.get(name)
    reason = strategy.why_not("sleep", has_coroutine=True)
    with started() as host:
        opened = host.open(name, SLEEP, workers=2)
        if reason is None:
            assert "ok" in opened
            assert host.ask("warm-up")["ok"]["count"] >= 1
            assert [set(host.ask("sample")) for _ in range(2)] == [{"ok"}, {"ok"}]
        else:
            assert opened == {"failure": {"kind": "unavailable", "message": reason}}


def test_a_host_takes_on_another_case_when_asked() -> None:
    with started() as host:
        assert "ok" in host.sample("serial", SLEEP)
        assert host.sample("asyncio-gather", Workload(name="cpu", tasks=2))["failure"]["kind"] == "unavailable"
        assert "ok" in host.sample("process", SLEEP)


def test_a_watched_case_runs_at_least_once_and_says_how_often() -> None:
    with started() as host:
        host.open("serial", SLEEP)
        once = host.ask("watched", seconds=0)["ok"]
        assert once["samples"] == 1
        many = host.ask("watched", seconds=0.3)["ok"]
        assert many["samples"] > 1
        assert many["seconds"] >= 0.3
        assert many["cpu"] > 0


def test_a_computing_workload_is_calibrated() -> None:
    with started() as host:
        found = host.ask("calibrate", workload={"name": "cpu", "tasks": 1, "task_time": 0.001})["ok"]
        assert list(found) == ["loops"]
        assert found["loops"] > 0


def test_calibrating_needs_no_case_and_changes_none() -> None:
    with started() as host:
        host.open("serial", SLEEP)
        request = {"name": "sleep", "tasks": 1, "task_time": 0.001}
        assert host.ask("calibrate", workload=request) == {"ok": {}}
        assert "ok" in host.ask("sample")


@pytest.mark.parametrize("do", ["sample", "warm-up"])
def test_without_a_case_there_is_nothing_to_run(do: str) -> None:
    with started() as host:
        failure = host.ask(do)["failure"]
        assert failure["kind"] == "raised"
        assert failure["message"] == f"ValueError: no case is open, so there is nothing to {do}"


def test_an_unknown_request_is_a_failure() -> None:
    with started() as host:
        host.open("serial", SLEEP)
        assert host.ask("dance")["failure"]["message"] == "ValueError: unknown request 'dance'"
        assert "ok" in host.ask("sample")


@pytest.mark.parametrize("line", [b"not JSON", b"", b"[]", b"{}", b'{"do": "open"}', b"\xff"])
def test_a_line_that_is_no_request_is_a_failure_and_the_host_goes_on(line: bytes) -> None:
    with started() as host:
        host.send(line)
        assert set(json.loads(host.line())) == {"failure"}
        assert "ok" in host.sample("serial", SLEEP)


def test_names_that_do_not_exist_are_unavailable_and_suggest_others() -> None:
    with started() as host:
        failure = host.failure("pool-mp", SLEEP)
        assert failure == {"kind": "unavailable", "message": "there is no strategy 'pool-mp'; did you mean 'pool-map'?"}
        failure = host.failure("serial", Workload(name="slep", tasks=1))
        assert failure["message"].startswith("there is no workload 'slep'; did you mean 'sleep'?")


@pytest.mark.parametrize("name", ["process", "pool-map", "executor-processes"])
def test_a_start_method_that_the_system_has_not_is_unavailable(name: str) -> None:
    with started() as host:
        failure = host.failure(name, SLEEP, start_method="no-such")
        assert failure == {"kind": "unavailable", "message": "this system has no start method 'no-such'"}


def test_settings_that_a_strategy_can_not_have_are_unavailable_at_the_first_sample() -> None:
    with started() as host:
        failure = host.failure("executor-processes", SLEEP, workers=1, start_method="fork", maxtasksperchild=1)
        assert failure["kind"] == "unavailable"
        assert "use --start-method spawn or forkserver" in failure["message"]


@pytest.mark.parametrize("name", ["serial", "executor-threads", "asyncio-to-thread"])
def test_a_task_that_leaves_the_interpreter_is_a_failure_and_the_host_goes_on(name: str) -> None:
    with started(PLUGIN) as host:
        failure = host.failure(name, faulty("exits"), workers=2)
        assert failure["kind"] == "raised"
        assert failure["message"] == "SystemExit: the task wants to leave"
        assert "in exits" in failure["traceback"]
        assert "ok" in host.sample(name, SLEEP, workers=2)


@pytest.mark.parametrize(
    ("workload", "strategy", "kind"),
    [
        ("raises", "serial", "raised"),
        ("raises", "pool-map", "raised"),
        ("raises", "thread", "raised"),
        ("is-wrong", "pool-imap-unordered", "wrong result"),
        ("is-wrong", "process-queue", "wrong result"),
        ("is-killed", "process", "worker died"),
        ("is-killed", "process-pipe", "worker died"),
        ("is-killed", "executor-processes", "worker died"),
        ("crashes", "process-queue", "worker died"),
        ("exits", "process", "worker died"),
        ("exits", "thread", "raised"),
        ("cannot-be-pickled", "pool-map", "unpicklable"),
        ("cannot-be-pickled", "process-pipe", "unpicklable"),
        ("cannot-be-pickled", "executor-processes", "unpicklable"),
    ],
)
def test_a_faulty_task_is_a_failure_of_its_kind_and_leaves_no_process(workload: str, strategy: str, kind: str) -> None:
    with started(PLUGIN) as host:
        assert host.failure(strategy, faulty(workload), workers=2)["kind"] == kind
        assert psutil.Process(host.pid).children(recursive=True) == []
        assert "ok" in host.sample(strategy, SLEEP, workers=2)


@pytest.mark.parametrize("strategy", ["process", "process-pipe", "process-queue"])
def test_a_system_that_refuses_more_is_a_refusal_and_no_process_is_left(strategy: str) -> None:
    with started() as host:
        host.open(strategy, Workload(name="sleep", tasks=200, task_time=0.001))
        assert sys.platform == "linux"
        psutil.Process(host.pid).rlimit(psutil.RLIMIT_NOFILE, (60, 60))
        failure = host.ask("sample")["failure"]
        assert failure["kind"] == "refused"
        assert "Too many open files" in failure["message"]
        assert psutil.Process(host.pid).children(recursive=True) == []
        # What was refused leaves nothing open that the next one would need.
        assert "ok" in host.sample(strategy, SLEEP)


@pytest.mark.parametrize(
    ("tasks", "task_time", "settings", "items"),
    [
        (100, 0.5, {"workers": 4}, 4),  # 50 ms are over at once, and each worker gets one
        (100, 0.01, {"workers": 2}, 10),  # 5 turns of 10 ms for each of 2 workers
        (100, 0.0001, {"workers": 2}, 16),  # no more than so many
        (100, 0.0001, {"workers": 20}, 20),  # except one for each worker
        (3, 0.0001, {"workers": 20}, 3),  # and never more than there are
        (100, 0.0, {"workers": 2}, 16),
    ],
)
def test_a_warm_up_runs_a_few_first_items(
    tasks: int, task_time: float, settings: dict[str, Any], items: int, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    task = f"""
        def task(number):
            with open({str(seen)!r}, "a") as file:
                file.write(f"{{number}}\\n")
            return number
    """
    with started(write_workload(tmp_path, "noting", task)) as host:
        host.open("pool-map", Workload(name="noting", tasks=tasks, task_time=task_time), **settings)
        assert host.ask("warm-up")["ok"]["count"] == items
    assert sorted(map(int, seen.read_text(encoding="utf-8").split())) == list(range(items))


def test_the_end_of_its_input_ends_a_host_with_status_zero() -> None:
    with started() as host:
        assert "ok" in host.sample("pool-map", SLEEP, workers=2)
        assert host.leave() == 0
        assert host.line() == b""


def test_a_host_that_was_never_asked_anything_ends_with_status_zero_and_says_nothing() -> None:
    with started() as host:
        assert host.leave() == 0
        assert host.said() == ""


def test_a_host_has_nothing_of_the_outside_in_memory(tmp_path: Path) -> None:
    task = """
        import sys

        def task(number):
            strange = {"click", "msgspec", "psutil", "rich", "tabulate", "numpy", "concbench.measure", "concbench.cli"}
            return sorted(strange & set(sys.modules)) or number
    """
    with started(write_workload(tmp_path, "looking", task)) as host:
        assert "ok" in host.sample("serial", Workload(name="looking", tasks=4))


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_worker_that_is_not_forked_does_not_carry_the_host(method: str, tmp_path: Path) -> None:
    task = """
        import sys

        def task(number):
            return [name for name in sys.modules if name.startswith(("concbench.host", "concbench.exp"))] or number
    """
    with started(write_workload(tmp_path, "looking", task)) as host:
        assert "ok" in host.sample("pool-map", Workload(name="looking", tasks=2), workers=1, start_method=method)


def test_an_idle_host_uses_no_cpu() -> None:
    with started() as host:
        assert "ok" in host.sample("pool-map", SLEEP, workers=2)
        seen = psutil.Process(host.pid)
        while seen.status() != psutil.STATUS_SLEEPING:  # on its way from the answer to the next read
            pass
        before = (seen.cpu_times(), seen.num_ctx_switches())
        subprocess.run([sys.executable, "-c", "sum(range(10**7))"], check=True, timeout=100)
        assert (seen.cpu_times(), seen.num_ctx_switches()) == before


CURIOUS = '''
from contextlib import contextmanager
from concbench.strategies.strategy import strategy

@strategy("curious", workers="none", settings=("start_method",))
@contextmanager
def curious(settings):
    """Says what its settings are called."""
    raise ValueError(" ".join(sorted(name for name in dir(settings) if not name.startswith("_"))))
    yield
'''


def test_the_settings_that_a_host_opens_a_strategy_with_have_all_that_settings_have(tmp_path: Path) -> None:
    # The host makes no `Settings` of its own, to weigh less.
    write_distribution(tmp_path, "curious", "concbench.strategies", CURIOUS)
    with started(tmp_path) as host:
        message = host.failure("curious", Workload(name="sleep", tasks=1))["message"]
    assert message.split()[1:] == sorted(name for name in dir(Settings()) if not name.startswith("_"))


@pytest.mark.skipif(sys.platform == "win32", reason="TMPDIR is POSIX's")
def test_the_folder_for_temporary_files_is_there_again_after_a_task_removed_it(tmp_path: Path) -> None:
    """Else the next task that empties it would empty the system's."""
    folder = tmp_path / "temporary"
    task = """
        import shutil, tempfile

        def task(number):
            tempfile.tempdir = None  # as in a process that has not asked yet
            shutil.rmtree(tempfile.gettempdir())
            return number
    """
    path = write_workload(tmp_path, "removing", task)
    environment = {"TMPDIR": str(folder), "CONCBENCH_RUN": "this"}
    workload = Workload(name="removing", tasks=1)
    folder.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with started(path, environment={**environment, "TEMP": str(elsewhere), "TMP": str(elsewhere)}) as host:
        for _ in range(3):
            assert "ok" in host.sample("serial", workload)
            assert not folder.exists()
        assert elsewhere.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="TMPDIR is POSIX's")
def test_a_folder_that_is_not_concbench_s_own_is_not_made(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "CONCBENCH_RUN"}
    with started(environment={**environment, "TMPDIR": str(tmp_path / "missing")}) as host:
        assert "ok" in host.sample("serial", SLEEP)
    assert not (tmp_path / "missing").exists()
