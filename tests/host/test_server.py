"""What a host answers, and what it leaves."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import psutil
import pytest

from concbench.host.process_tree import descendants
from concbench.model.case import Settings, Workload
from concbench.strategies.strategy import standard, strategies
from tests.fresh_interpreter import write_distribution
from tests.host.hosts import PLUGIN, left_by, started, write_workload

SLEEP = Workload(name="sleep", tasks=4, task_time=0.001)


def faulty(name: str) -> Workload:
    return Workload(name=name, tasks=8)


def test_opening_a_case_answers_with_the_interpreter_and_the_settings_in_effect() -> None:
    with started() as host:
        facts = host.open("pool-map", SLEEP, workers=2)["ok"]
        assert (facts["pid"], facts["python"]) == (host.pid, sys.version.split()[0])
        settings = msgspec.convert(facts["settings"], Settings)
        assert settings == Settings(workers=2, start_method=multiprocessing.get_start_method())
        assert host.open("process", SLEEP, start_method="spawn")["ok"]["settings"]["start_method"] == "spawn"
        assert host.open("thread", SLEEP)["ok"]["settings"]["start_method"] is None


def test_a_sample_answers_with_its_phases() -> None:
    with started() as host:
        figures = host.figures("serial", Workload(name="sleep", tasks=3, task_time=0.02))
        assert figures["run"] >= 0.06
        assert all(figures[name] is None for name in ("each", "each_p99", "stream", "lost"))  # which tasks don't have


@pytest.mark.parametrize("name", list(standard()))
def test_every_strategy_answers_a_warm_up_and_samples_or_says_why_not(name: str) -> None:
    reason = strategies.get(name).why_not("sleep", has_coroutine=True)
    with started() as host:
        opened = host.open(name, SLEEP, workers=2)
        if reason is not None:
            assert opened == {"failure": {"kind": "unavailable", "message": reason}}
            return
        assert "ok" in opened
        assert host.ask("warm-up")["ok"]["count"] >= 1
        assert [set(host.ask("sample")) for _ in range(2)] == [{"ok"}, {"ok"}]


def test_a_host_takes_on_another_case_when_asked() -> None:
    with started() as host:
        assert "ok" in host.sample("serial", SLEEP)
        assert host.failure("asyncio-gather", Workload(name="cpu", tasks=2))["kind"] == "unavailable"
        assert "ok" in host.sample("process", SLEEP)


@pytest.mark.parametrize("name", ["pool-map", "executor-processes"])
def test_a_warm_case_is_closed_when_the_host_takes_on_another(name: str) -> None:
    with started() as host:
        assert "ok" in host.sample(name, SLEEP, workers=2, warm=True)
        workers = set(descendants(host.pid) or ())
        assert len(workers) >= 2
        assert "ok" in host.ask("sample")
        assert set(descendants(host.pid) or ()) == workers
        assert "ok" in host.open("serial", SLEEP)
        assert not workers & set(descendants(host.pid) or ())
        assert "ok" in host.sample(name, SLEEP, workers=2, warm=True)
        assert host.leave() == 0


def test_what_can_not_be_kept_open_says_so() -> None:
    with started() as host:
        failure = host.failure("process", SLEEP, warm=True)
        assert failure["kind"] == "unavailable"
        assert failure["message"] == "it can't be kept open from one sample to the next: measure it without --warm"


def test_a_fork_server_imports_modules_ahead_and_nothing_else_does() -> None:
    with started(PLUGIN) as host:
        assert "ok" in host.open("pool-map", SLEEP, start_method="forkserver", forkserver_preload=["colorsys"])
        assert "ok" in host.ask("sample")
        for method, module, problem in (
            ("spawn", "colorsys", "only a fork server imports modules ahead, and this is spawn"),
            ("forkserver", "no.such", "there is no module 'no.such'"),
        ):
            failure = host.failure("pool-map", SLEEP, start_method=method, forkserver_preload=[module])
            assert failure["kind"] == "unavailable"
            assert problem in failure["message"]


def test_a_watched_case_runs_at_least_once_and_says_how_often() -> None:
    with started() as host:
        host.open("serial", SLEEP)
        assert host.ask("watched", seconds=0)["ok"]["samples"] == 1
        many = host.ask("watched", seconds=0.3)["ok"]
        assert many["samples"] > 1
        assert many["seconds"] >= 0.3
        assert many["cpu"] > 0


def test_calibrating_needs_no_case_and_changes_none() -> None:
    with started() as host:
        found = host.ask("calibrate", workload={"name": "cpu", "tasks": 1, "task_time": 0.001})["ok"]
        assert list(found) == ["loops"]
        assert found["loops"] > 0
        host.open("serial", SLEEP)
        assert host.ask("calibrate", workload={"name": "sleep", "tasks": 1, "task_time": 0.001}) == {"ok": {}}
        assert "ok" in host.ask("sample")


def test_what_can_not_be_done_and_what_is_no_request_are_failures_and_the_host_goes_on() -> None:
    with started() as host:
        for do in ("sample", "warm-up"):
            message = f"ValueError: no case is open, so there is nothing to {do}"
            assert host.ask(do)["failure"]["message"] == message
        host.open("serial", SLEEP)
        assert host.ask("dance")["failure"]["message"] == "ValueError: unknown request 'dance'"
        for line in (b"not JSON", b"", b"[]", b"{}", b'{"do": "open"}', b"\xff"):
            host.send(line)
            assert set(json.loads(host.line())) == {"failure"}, line
        assert "ok" in host.ask("sample")


@pytest.mark.parametrize("name", ["serial", "executor-threads", "asyncio-to-thread"])
def test_a_task_that_leaves_the_interpreter_is_a_failure_and_the_host_goes_on(name: str) -> None:
    with started(PLUGIN) as host:
        failure = host.failure(name, faulty("exits"), workers=2)
        assert (failure["kind"], failure["message"]) == ("raised", "SystemExit: the task wants to leave")
        assert "in exits" in failure["traceback"]
        assert "ok" in host.sample(name, SLEEP, workers=2)


@pytest.mark.parametrize(
    ("workload", "kind", "names"),
    [
        ("raises", "raised", ("serial", "pool-map", "thread")),
        ("is-wrong", "wrong result", ("pool-imap-unordered", "process-queue")),
        ("is-killed", "worker died", ("process", "process-pipe", "executor-processes")),
        ("crashes", "worker died", ("process-queue",)),
        ("exits", "worker died", ("process",)),
        ("exits", "raised", ("thread",)),
        ("cannot-be-pickled", "unpicklable", ("pool-map", "process-pipe", "executor-processes")),
    ],
)
def test_a_faulty_task_is_a_failure_of_its_kind_and_leaves_no_process(
    workload: str, kind: str, names: tuple[str, ...]
) -> None:
    with started(PLUGIN) as host:
        for name in names:
            assert host.failure(name, faulty(workload), workers=2)["kind"] == kind
            assert left_by(host) == []
            assert "ok" in host.sample(name, SLEEP, workers=2)


@pytest.mark.parametrize("strategy", ["process", "process-pipe", "process-queue"])
def test_a_system_that_refuses_more_is_a_refusal_and_no_process_is_left(strategy: str) -> None:
    with started() as host:
        host.open(strategy, Workload(name="sleep", tasks=200, task_time=0.001))
        assert sys.platform == "linux"
        psutil.Process(host.pid).rlimit(psutil.RLIMIT_NOFILE, (60, 60))
        failure = host.ask("sample")["failure"]
        assert failure["kind"] == "refused"
        assert "Too many open files" in failure["message"]
        assert left_by(host) == []
        # What was refused leaves nothing open that the next one would need.
        assert "ok" in host.sample(strategy, SLEEP)


@pytest.mark.parametrize(
    ("tasks", "task_time", "workers", "items"),
    [
        (100, 0.5, 4, 4),  # 50 ms are over at once, and each worker gets one
        (100, 0.01, 2, 10),  # 5 turns of 10 ms for each of 2 workers
        (100, 0.0001, 2, 16),  # the most
        (100, 0.0001, 20, 20),  # except one for each worker
        (3, 0.0001, 20, 3),  # and never more than there are
        (100, 0.0, 2, 16),
    ],
)
def test_a_warm_up_runs_a_few_first_items(
    tasks: int, task_time: float, workers: int, items: int, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    task = f"""
        def task(number):
            with open({str(seen)!r}, "a") as file:
                file.write(f"{{number}}\\n")
            return number
    """
    with started(write_workload(tmp_path, "noting", task)) as host:
        host.open("pool-map", Workload(name="noting", tasks=tasks, task_time=task_time), workers=workers)
        assert host.ask("warm-up")["ok"]["count"] == items
    assert sorted(map(int, seen.read_text(encoding="utf-8").split())) == list(range(items))


@pytest.mark.parametrize("asked", [True, False])
def test_the_end_of_its_input_ends_a_host_with_status_zero(asked: bool) -> None:
    with started() as host:
        if asked:
            assert "ok" in host.sample("pool-map", SLEEP, workers=2)
        assert host.leave() == 0
        assert (host.line(), host.said()) == (b"", "")


OUTSIDE = ("click", "msgspec", "psutil", "rich", "tabulate", "numpy", "concbench.measure", "concbench.cli")
STRANGE = """
    import sys

    def task(number):
        return [name for name in sys.modules if name.startswith({})] or number
"""


@pytest.mark.parametrize(
    ("strategy", "method", "strange"),
    [
        ("serial", None, OUTSIDE),
        # A worker that is not forked does not carry the host.
        ("pool-map", "spawn", ("concbench.host", "concbench.exp")),
        ("pool-map", "forkserver", ("concbench.host", "concbench.exp")),
    ],
)
def test_tasks_run_with_nothing_of_ours_in_memory(
    strategy: str, method: str | None, strange: tuple[str, ...], tmp_path: Path
) -> None:
    with started(write_workload(tmp_path, "curious", STRANGE.format(strange))) as host:
        assert "ok" in host.sample(strategy, Workload(name="curious", tasks=4), workers=1, start_method=method)


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
    """Raises the names of its settings."""
    raise ValueError(" ".join(sorted(name for name in dir(settings) if not name.startswith("_"))))
    yield
'''


def test_the_settings_that_a_host_opens_a_strategy_with_have_all_that_settings_have(tmp_path: Path) -> None:
    # The host makes no `Settings` of its own, to weigh less.
    write_distribution(tmp_path, "concbench.strategies", {"curious": "curious"}, curious=CURIOUS)
    with started(tmp_path) as host:
        message = host.failure("curious", Workload(name="sleep", tasks=1))["message"]
    assert message.split()[1:] == sorted(name for name in dir(Settings()) if not name.startswith("_"))


@pytest.mark.skipif(sys.platform == "win32", reason="TMPDIR is POSIX's")
def test_the_folder_for_temporary_files_is_made_again_after_a_task_removed_it_if_it_is_concbench_s(
    tmp_path: Path,
) -> None:
    """Else the next task that empties it would empty the system's."""
    folder = tmp_path / "temporary"
    task = """
        import shutil, tempfile

        def task(number):
            tempfile.tempdir = None  # as in a process that has not asked yet
            shutil.rmtree(tempfile.gettempdir())
            return number
    """
    folder.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {"TMPDIR": str(folder), "CONCBENCH_RUN": "this", "TEMP": str(elsewhere), "TMP": str(elsewhere)}
    with started(write_workload(tmp_path, "removing", task), environment=environment) as host:
        for _ in range(3):
            assert "ok" in host.sample("serial", Workload(name="removing", tasks=1))
            assert not folder.exists()
        assert elsewhere.exists()
    without = {name: value for name, value in os.environ.items() if name != "CONCBENCH_RUN"}
    with started(environment={**without, "TMPDIR": str(tmp_path / "missing")}) as host:
        assert "ok" in host.sample("serial", SLEEP)
    assert not (tmp_path / "missing").exists()
