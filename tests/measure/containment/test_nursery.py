"""What the nursery promises: all descendants of a host are found and ended with it, and counted if they were left."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen, TimeoutExpired

import pytest

from concbench.measure.containment import KeeperKilled, contained, guardian, nursery, spare_folder
from tests.measure.process_tree import carrying, is_living, keepers, needs_proc, wait_until

if sys.platform != "linux":
    pytest.skip("Linux only", allow_module_level=True)

from concbench.measure.containment.linux import NurseryContainment

pytestmark = needs_proc

SECONDS = f"654.{os.getpid()}"
"""By which a daemon of these tests is known."""
DAEMON = (
    f"import os, subprocess; subprocess.Popen(['setsid', 'sleep', '{SECONDS}'], env={{'PATH': os.environ['PATH']}})"
)
FORKED_TWICE = f"""
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve('/bin/sleep', ['sleep', '{SECONDS}'], {{}})
    os._exit(0)
os.wait()
"""
CHAIN = """
import os
if os.fork() == 0:
    while True:  # each process starts the next one, in a session of its own, and ends: whoever looks sees another one
        if os.fork():
            os._exit(0)
        os.setsid()
"""
TRACKER = "import multiprocessing; multiprocessing.set_start_method('spawn'); held = multiprocessing.Lock()"
MANAGER = "import multiprocessing; manager = multiprocessing.Manager()"
FORK_THAT_STAYS = "import os, time; os.fork() == 0 and time.sleep(654)"
LATE_EXEC = f"import os, time; os.fork() or [time.sleep(0.3), os.execve('/bin/sleep', ['sleep', '{SECONDS}'], {{}})]"
ORPHANS = """
import os, sys
for _ in range(200):
    if os.fork() == 0:
        if os.fork() == 0:
            os._exit(0)
        os._exit(0)
    os.wait()
print("done", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def containment() -> Iterator[NurseryContainment]:
    with contained() as each:
        assert isinstance(each, NurseryContainment)
        yield each


def left_by(containment: NurseryContainment, code: str) -> int:
    """Run code to its end, and return how many processes it left behind."""
    process = containment.start([sys.executable, "-c", code], dict(os.environ), None)
    assert process.wait(60.0) == 0
    return containment.end(process, grace=60.0)


def sleepers() -> set[int]:
    wanted = f"sleep\0{SECONDS}\0".encode()
    return {int(path.parent.name) for path in Path("/proc").glob("[0-9]*/cmdline") if wanted in text(path)}


def text(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize(
    ("code", "left"),
    [(DAEMON, 1), (FORKED_TWICE, 1), (FORK_THAT_STAYS, 1), (LATE_EXEC, 1), (TRACKER, 0), (MANAGER, 0)],
    ids=["clean environment", "forked twice", "fork that stays", "late exec", "resource tracker", "manager"],
)
def test_what_outlives_its_host_is_ended_and_counted_unless_multiprocessing_ends_it(
    code: str, left: int, containment: NurseryContainment
) -> None:
    assert left_by(containment, code) == left
    assert sleepers() == set()


def test_a_host_ends_in_time_where_the_caller_has_blocked_all_signals() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        with contained() as containment:
            assert isinstance(containment, NurseryContainment)
            assert left_by(containment, DAEMON) == 1
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    assert sleepers() == set()


def test_a_chain_of_forks_does_not_get_away(token: str) -> None:
    with contained() as containment:
        assert isinstance(containment, NurseryContainment)
        assert left_by(containment, CHAIN) >= 1
    assert carrying(token) == []


def test_what_is_at_work_when_its_host_is_ended_at_once_is_not_counted(containment: NurseryContainment) -> None:
    code = f"{DAEMON}; print('up', flush=True); import time; time.sleep(654)"
    process = containment.start([sys.executable, "-c", code], dict(os.environ), None)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    assert containment.end(process, grace=0.0) == 0  # it has a parent, which may have waited for it


def test_orphans_are_reaped_while_the_host_lives(token: str, containment: NurseryContainment) -> None:
    process = containment.start([sys.executable, "-c", ORPHANS], dict(os.environ), None)
    assert process.stdout is not None
    assert process.stdout.readline() == b"done\n"
    (above,) = keepers(token)
    wait_until(lambda: nursery.tree(above) == [process.pid], "no zombies are left")
    assert containment.end(process, grace=60.0) == 0


def test_the_process_that_calls_is_no_subreaper(containment: NurseryContainment) -> None:
    import ctypes

    answer = ctypes.c_int(-1)
    get_child_subreaper = 37
    assert ctypes.CDLL(None).prctl(get_child_subreaper, ctypes.byref(answer), 0, 0, 0) == 0
    assert answer.value == 0


def test_an_exit_status_is_heard_of(containment: NurseryContainment) -> None:
    environment = dict(os.environ)
    ended = containment.start(["sh", "-c", "exit 7"], environment, None)
    killed = containment.start(["sh", "-c", "kill -TERM $$"], environment, None)
    stays = containment.start(["sleep", "654"], environment, None)
    assert ended.wait() == 7
    assert killed.wait() == -signal.SIGTERM
    with pytest.raises(TimeoutExpired):
        stays.wait(0.01)
    containment.end(stays, grace=0.0)
    assert stays.wait() == -signal.SIGKILL


def test_what_can_not_be_started_is_an_error_that_names_it(containment: NurseryContainment) -> None:
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        containment.start(["/no-such-program"], {}, None)
    with pytest.raises(PermissionError):
        containment.start(["/etc/passwd"], {}, None)


def test_a_large_environment_arrives(containment: NurseryContainment) -> None:
    environment = {f"V{number}": "ä\udcff" * 1000 for number in range(100)}
    process = containment.start(["/usr/bin/env"], environment, None)
    assert process.stdout is not None
    lines = process.stdout.read().splitlines()
    assert sum(line.startswith(b"V") for line in lines) == 100
    assert f"V0={environment['V0']}".encode(errors="surrogateescape") in lines


def test_when_its_keeper_is_killed_a_process_is_too(token: str, containment: NurseryContainment) -> None:
    process = containment.start(["sleep", "654"], dict(os.environ), None)
    (above,) = keepers(token)
    os.kill(above, signal.SIGKILL)
    with pytest.raises(KeeperKilled):
        process.wait(60.0)
    wait_until(lambda: not is_living(process.pid), "the nursery has ended it")
    assert containment.end(process, grace=0.0) == 0


def test_keepers_hold_on_when_the_nursery_is_killed(token: str, containment: NurseryContainment) -> None:
    process = containment.start([sys.executable, "-c", f"{DAEMON}; input()"], dict(os.environ), None)
    wait_until(sleepers, "the daemon is there")
    os.kill(containment._nursery.pid, signal.SIGKILL)
    guardian.wait_for([containment._nursery.pid], 60.0)
    assert process.stdin is not None
    process.stdin.write(b"\n")
    assert containment.end(process, grace=60.0) == 1
    assert sleepers() == set()


def test_descendants_are_found_where_the_kernel_lists_no_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nursery, "LISTED", False)
    with Popen(["sh", "-c", "sleep 654 & wait"], start_new_session=True) as shell:
        try:
            wait_until(lambda: len(nursery.tree(shell.pid)) == 1, "it has started its child")
            (child,) = nursery.tree(shell.pid)
            both = {shell.pid, child}
            assert both <= set(nursery.tree(os.getpid()))
            assert not both & set(nursery.tree(os.getpid(), without={shell.pid}))
        finally:
            os.killpg(shell.pid, signal.SIGKILL)


# Temporary files


def where(containment: NurseryContainment, script: str) -> list[str]:
    """Run a shell script in a process, and return the lines that it wrote."""
    process = containment.start(["sh", "-c", script], dict(os.environ), None)
    assert process.stdout is not None
    lines = process.stdout.read().decode().splitlines()
    containment.end(process, grace=60.0)
    return lines


def test_each_process_has_a_folder_for_temporary_files_that_goes_with_it(containment: NurseryContainment) -> None:
    one, other = (where(containment, "touch $TMPDIR/file; echo $TMPDIR")[0] for _ in range(2))
    assert one != other
    assert Path(one).parent.parent == Path(other).parent.parent == containment.folder
    assert not Path(one).parent.exists()


def test_what_tempfile_falls_back_to_can_not_be_removed(containment: NurseryContainment) -> None:
    removing = 'rm -rf "$TEMP" "$TMP" "$(readlink -f "$TEMP")" 2> /dev/null'
    script = f'{removing}; touch "$TEMP/file" && echo still there'
    assert where(containment, script) == ["still there"]


def test_without_proc_links_stand_in_for_the_folder(tmp_path: Path) -> None:
    import shutil

    names = spare_folder(tmp_path)
    for name in ("TEMP", "TMP"):
        with pytest.raises(OSError, match=r"symbolic link|Errno"):  # the latter from Python 3.15 on
            shutil.rmtree(names[name])
        assert Path(names[name], ".").is_dir()
