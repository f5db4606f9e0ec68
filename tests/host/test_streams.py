"""What a host promises of its streams: nothing that a task does can disturb the protocol."""

from __future__ import annotations

import os
import select
import signal
from pathlib import Path

import pytest

from concbench.model.case import Workload
from tests.host.hosts import GENEROUS, PLUGIN, started, write_workload

STRATEGIES = ["serial", "thread", "pool-map", "process", "process-pipe"]


@pytest.mark.parametrize("strategy", [*STRATEGIES, "executor-processes"])
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_what_a_task_prints_goes_to_stderr_and_never_into_the_protocol(strategy: str, method: str) -> None:
    with started(PLUGIN) as host:
        assert "ok" in host.sample(strategy, Workload(name="prints", tasks=2), workers=1, start_method=method)
        assert host.leave() == 0
        assert host.line() == b""
        said = host.said()
    assert [said.count(f"printed by task {number}") for number in (0, 1)] == [1, 1]
    assert [said.count(f"grumbled by task {number}") for number in (0, 1)] == [1, 1]


def test_what_a_program_that_a_task_starts_prints_goes_to_stderr_too(tmp_path: Path) -> None:
    task = """
        import os, subprocess

        def task(number):
            subprocess.run(["echo", f"echoed for {number}"], check=True)
            os.write(1, b"written past Python\\n")
            return number
    """
    with started(write_workload(tmp_path, "echoes", task)) as host:
        assert "ok" in host.sample("process-pipe", Workload(name="echoes", tasks=1))
        assert host.leave() == 0
        assert host.line() == b""
        assert sorted(host.said().splitlines()) == ["echoed for 0", "written past Python"]


@pytest.mark.parametrize("strategy", [*STRATEGIES, "executor-processes"])
def test_a_task_that_reads_gets_the_end_of_file_and_never_a_request(strategy: str) -> None:
    with started(PLUGIN) as host:
        assert "ok" in host.sample(strategy, Workload(name="reads", tasks=2), workers=1)
        assert "ok" in host.ask("sample")


WAITING = """
    import os, signal

    def task(number):
        with open(os.environ["MEETING"], "w") as meeting:
            meeting.write(str(os.getpid()))
        signal.pause()
"""


def test_a_forked_worker_does_not_hold_the_hosts_channel_open(tmp_path: Path) -> None:
    meeting = tmp_path / "meeting"
    os.mkfifo(meeting)
    with started(write_workload(tmp_path, "waits", WAITING), environment={"MEETING": str(meeting)}) as host:
        host.open("process", Workload(name="waits", tasks=1), start_method="fork")
        host.send(b'{"do": "sample"}')
        worker = int(meeting.read_text(encoding="utf-8"))
        watched = os.pidfd_open(worker)
        try:
            host.process.kill()
            assert host.line() == b""
            assert not select.select([watched], [], [], 0)[0], "the worker has ended, so this shows nothing"
        finally:
            signal.pidfd_send_signal(watched, signal.SIGKILL)
            assert select.select([watched], [], [], GENEROUS)[0]
            os.close(watched)


GRANDCHILD = """
    import os

    def task(number):
        # A worker's own child: the numbers that the worker closed may stand for other files by now.
        held = [os.open(os.devnull, os.O_RDONLY) for _ in range(20)]
        child = os.fork()
        if child == 0:
            try:
                for each in held:
                    os.fstat(each)
            except OSError:
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        return number if status == 0 else "a file of the worker was closed in its child"
"""


def test_a_worker_that_forks_keeps_its_own_files_open(tmp_path: Path) -> None:
    with started(write_workload(tmp_path, "forks", GRANDCHILD)) as host:
        assert "ok" in host.sample("process-pipe", Workload(name="forks", tasks=2), start_method="fork")
