"""What `descendants` promises: every living process below one, however it came there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from concbench.host import descendants as room
from concbench.host.descendants import descendants

WAIT = "import sys; print('here', flush=True); sys.stdin.read()"
NEST = f"""
import subprocess, sys, threading
def start():
    global child
    child = subprocess.Popen([sys.executable, "-c", {WAIT!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline()
{{how}}
print(child.pid, flush=True)
sys.stdin.read()
child.stdin.close()
child.wait()
"""
DIRECTLY = "start()"
IN_A_THREAD = """
done, leave = threading.Event(), threading.Event()
def thread():
    start()
    done.set()
    leave.wait()
threading.Thread(target=thread, daemon=True).start()
done.wait()
"""

pytestmark = pytest.mark.skipif(not room.LISTED, reason="this kernel has no /proc/PID/task/TID/children")


@contextmanager
def running(program: str) -> Iterator[tuple[int, str]]:
    """Start a program that prints a line and stays; yield its process id and the line."""
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.pid, process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(100)
        process.stdout.close()


def test_a_process_without_children_has_no_descendants() -> None:
    with running(WAIT) as (pid, _):
        assert descendants(pid) == []


def test_children_are_found() -> None:
    with running(WAIT) as (one, _), running(WAIT) as (two, _):
        assert {one, two} <= set(descendants(os.getpid()) or ())


@pytest.mark.parametrize("how", [DIRECTLY, IN_A_THREAD], ids=["directly", "in a thread"])
def test_grandchildren_are_found_after_their_parents(how: str) -> None:
    with running(NEST.format(how=how)) as (child, grandchild):
        assert descendants(child) == [int(grandchild)]
        found = descendants(os.getpid())
        assert found is not None
        assert found.index(child) < found.index(int(grandchild))


def test_a_child_that_has_ended_and_was_not_reaped_is_found() -> None:
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", ""], os.environ)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert child in (descendants(os.getpid()) or ())
    os.waitpid(child, 0)
    assert child not in (descendants(os.getpid()) or ())


def test_a_process_that_is_gone_has_no_descendants() -> None:
    with running(WAIT) as (pid, _):
        pass
    assert descendants(pid) == []


def test_where_the_kernel_does_not_list_children_it_can_not_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LISTED", False)
    assert descendants(os.getpid()) is None
