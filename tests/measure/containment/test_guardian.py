"""What the guardian promises: groups end when its input ends, resource trackers last, other processes never."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from concbench.measure.containment import guardian
from tests.measure.process_tree import is_living, needs_proc, new_token, wait_until

pytestmark = needs_proc

SLEEPS = "import time; print('up', flush=True); time.sleep(3600)"
HAS_A_CHILD = (
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)']);"
    "print('up', flush=True); time.sleep(3600)"
)
ENDS_AT_A_LINE = "import sys; print('up', flush=True); sys.stdin.readline()"
FORKS_AND_FORKS = """
import os, time
print('up', flush=True)
for _ in range(10_000):  # each process starts the next one, and ends: whoever looks sees another one
    if os.fork():
        os._exit(0)
"""
TRACKS = """
# multiprocessing.resource_tracker, as the guardian knows it: by its command line
import os, sys
print('up', flush=True)
sys.stdin.read()
open({file!r}, 'w').write('cleaned up')
"""
Start = Callable[..., Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts Python code as the leader of a group, and waits until it runs."""
    started: list[Popen[str]] = []

    def start(code: str, mark: str | None = None) -> Popen[str]:
        process = Popen(
            [sys.executable, "-c", code],
            stdin=PIPE,
            stdout=PIPE,
            text=True,
            process_group=0,
            env={**os.environ, **({guardian.MARK: mark} if mark else {})},
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        return process

    yield start
    for process in started:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.communicate()


def members(group: int) -> list[int]:
    return list(guardian._members(group))


def test_ending_a_group_ends_all_of_it_and_waits(start: Start) -> None:
    process, stopped = start(HAS_A_CHILD), start(SLEEPS)
    stopped.send_signal(signal.SIGSTOP)
    group = members(process.pid)
    assert len(group) == 2
    for each in (process, stopped):
        guardian.end_group(each.pid)
    assert not any(map(is_living, [*group, stopped.pid]))


def test_a_group_that_is_gone_already_is_no_fault(start: Start) -> None:
    process = start(SLEEPS)
    process.kill()
    process.wait()
    guardian.end_group(process.pid, grace=60.0)  # without waiting


def test_within_the_grace_a_process_ends_by_itself(start: Start) -> None:
    process = start(ENDS_AT_A_LINE)
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    guardian.end_group(process.pid, grace=60.0)
    assert process.wait() == 0


def test_a_chain_of_forks_does_not_get_away(start: Start) -> None:
    process = start(FORKS_AND_FORKS)
    guardian.end_group(process.pid)
    wait_until(lambda: not members(process.pid), "the last of the chain is dead")


def test_a_resource_tracker_may_clean_up_after_the_others(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "cleaned"
    leader = start(SLEEPS)
    # It reads from the leader's pipe, as a tracker does from its clients'.
    reads, writes = os.pipe()
    keeper = Popen(
        [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(3600)"],
        pass_fds=[writes],
        stdout=PIPE,
        process_group=leader.pid,
    )
    tracker = Popen(
        [sys.executable, "-c", TRACKS.format(file=str(file))], stdin=reads, stdout=PIPE, process_group=leader.pid
    )
    os.close(reads)
    os.close(writes)
    for process in (keeper, tracker):
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
    guardian.end_group(leader.pid)
    for process in (keeper, tracker):
        process.communicate()
    assert file.read_text() == "cleaned up"
    assert keeper.returncode == -signal.SIGKILL
    assert tracker.returncode == 0


def test_a_resource_tracker_that_never_ends_is_killed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guardian, "TRACKER_GRACE", 0.1)
    tracker = start("# multiprocessing.resource_tracker\n" + SLEEPS)
    guardian.end_group(tracker.pid)
    assert tracker.wait() == -signal.SIGKILL


def test_whoever_carries_the_mark_is_ended(start: Start) -> None:
    mark = new_token()
    marked = [start(HAS_A_CHILD, mark), start(SLEEPS, mark)]
    others = [start(SLEEPS), start(SLEEPS, new_token()), start(SLEEPS, mark + "0")]
    guardian.end_marked(mark)
    assert all(process.wait() == -signal.SIGKILL for process in marked)
    assert not any(members(process.pid) for process in marked)
    assert all(process.poll() is None for process in others)


def test_a_marked_resource_tracker_is_killed_last(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guardian, "TRACKER_GRACE", 0.1)
    mark = new_token()
    killed: list[int] = []
    kill = guardian._kill

    def watched_kill(pids: list[int]) -> None:
        killed.extend(pid for pid in pids if pid not in killed)
        kill(pids)

    monkeypatch.setattr(guardian, "_kill", watched_kill)
    tracker = start("# multiprocessing.resource_tracker\n" + SLEEPS, mark)
    other = start(SLEEPS, mark)
    guardian.end_marked(mark)
    assert killed == [other.pid, tracker.pid]


def test_waiting_ends_with_the_process_or_with_the_time(start: Start) -> None:
    process = start(SLEEPS)
    guardian.wait_for([process.pid], 0.01)
    assert process.poll() is None
    process.kill()
    guardian.wait_for([process.pid], 3600.0)
    assert process.wait() == -signal.SIGKILL
    guardian.wait_for([process.pid], 3600.0)  # reaped: nothing to wait for


def run_guardian(lines: str, mark: str, temporary: str) -> None:
    """As it is started: isolated, with nothing but the standard library."""
    command = [sys.executable, "-I", "-S", guardian.__file__, mark, temporary]
    subprocess.run(command, input=lines, text=True, check=True, timeout=60)


def test_the_end_of_input_ends_what_is_registered_or_marked_and_removes_the_folder(
    start: Start, tmp_path: Path
) -> None:
    mark, folder = new_token(), tmp_path / "cb-any"
    registered, forgotten, other = start(HAS_A_CHILD), start(SLEEPS), start(SLEEPS)
    marked = start(SLEEPS, mark)
    group = members(registered.pid)
    (folder / "pymp-any").mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(folder / "pymp-any" / "listener"))
        run_guardian(f"+{registered.pid}\n+{forgotten.pid}\n-{forgotten.pid}\n", mark, str(folder))
    assert len(group) == 2
    assert not any(map(is_living, group))
    assert marked.wait() == -signal.SIGKILL
    assert (forgotten.poll(), other.poll()) == (None, None)
    assert list(tmp_path.iterdir()) == []


def test_while_its_input_is_open_the_guardian_touches_no_process(start: Start) -> None:
    mark = new_token()
    registered, marked = start(SLEEPS), start(ENDS_AT_A_LINE, mark)
    with Popen([sys.executable, "-I", "-S", guardian.__file__, mark, "/nowhere"], stdin=PIPE, text=True) as process:
        assert process.stdin is not None
        process.stdin.write(f"+{registered.pid}\n")
        process.stdin.flush()
        assert marked.communicate("\n")[0] == ""
        assert marked.returncode == 0
        assert registered.poll() is None
        assert process.poll() is None
    assert registered.wait() == -signal.SIGKILL
