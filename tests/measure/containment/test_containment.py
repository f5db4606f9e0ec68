"""What a containment promises: whatever a host started is gone with it, however concbench ends, and nothing else is."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from subprocess import PIPE, Popen
from typing import TextIO

import pytest

from concbench.measure.containment import Containment, contained
from concbench.measure.containment import guardian as guardian_module
from concbench.measure.hosts import HostProcess, Launcher
from concbench.measure.plan import Launch
from concbench.model.case import Case
from tests.builders import case
from tests.measure.containment.holder import MOMENTS
from tests.measure.process_tree import (
    PLUGIN,
    TOKEN,
    carrying,
    command_line,
    hosts,
    is_living,
    keepers,
    needs_proc,
    nursery,
    wait_until,
    words_after,
)

if sys.platform == "win32":
    pytest.skip("POSIX only", allow_module_level=True)

from concbench.measure.containment.posix import contained_by_guardian

pytestmark = needs_proc
every_posix = pytest.mark.parametrize("containing", [contained, contained_by_guardian])

HOLDER = Path(__file__).with_name("holder.py")
Containing = Callable[[], AbstractContextManager[Containment]]
TREE = 3
"""Processes that say that they grew: a child, its child, and one in a session of its own."""


@pytest.fixture
def output(tmp_path: Path) -> Iterator[TextIO]:
    """Where what tasks print goes."""
    with (tmp_path / "output").open("a") as file:
        yield file


def grow_a_tree(containment: Containment, output: TextIO) -> tuple[HostProcess, list[int]]:
    """Start a host whose task starts processes of its own, and return it with them, once they are all there."""
    host = Launcher(containment, task_output=output).start(Launch())
    host.open(case("it/process", workload="grows-a-tree", start_method="fork"), 60.0)
    host.send({"do": "sample"})
    return host, grown(Path(output.name))


def grown(output: Path) -> list[int]:
    wait_until(lambda: len(words_after(output, "grew")) == TREE, "the tree has grown")
    tree = [int(word) for word in words_after(output, "grew")]
    assert all(map(is_living, tree))
    return tree


@contextmanager
def holder(moment: str, output: TextIO) -> Iterator[Popen[str]]:
    """Run the holder in a session of its own, as a terminal's foreground group."""
    command = [sys.executable, str(HOLDER), moment]
    with Popen(command, stdin=PIPE, stdout=PIPE, stderr=output, text=True, start_new_session=True) as process:
        try:
            yield process
        finally:
            process.kill()


def hear(process: Popen[str], word: str) -> None:
    """Read what the holder says, up to a word."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == word:
            return
    raise AssertionError(f"the holder ended before it said {word!r}")


def let_go_on(process: Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


# In order


@every_posix
def test_a_host_that_has_left_leaves_nothing(containing: Containing, token: str) -> None:
    with containing() as containment:
        host = Launcher(containment).start(Launch())
        host.open(case("it/pool-map", workload="prints", workers=2), 60.0)
        host.ask({"do": "sample"}, 60.0)
        host.leave()
        host.end()
        assert hosts(token) == []
    assert carrying(token) == []


def test_a_host_whose_context_is_left_after_the_containment_s_is_ended_once(token: str) -> None:
    """As where a signal comes between a context's start and its block: it is not left until it is collected."""

    @contextmanager
    def host_in(containment: Containment) -> Iterator[HostProcess]:
        host = Launcher(containment).start(Launch())
        try:
            yield host
        finally:
            host.end(at_once=True)

    with contained() as containment:
        context = host_in(containment)
        host = context.__enter__()  # never left by a `with`
    assert not is_living(host.pid)
    context.__exit__(None, None, None)
    assert carrying(token) == []


def test_a_host_that_does_not_leave_is_ended_when_its_grace_is_over(
    token: str, output: TextIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("concbench.measure.hosts.LEAVE", 0.1)
    with contained() as containment:
        host, tree = grow_a_tree(containment, output)
        host.leave()
        host.end()
        assert not any(map(is_living, [host.pid, *tree]))


def apart(tree: list[int]) -> int:
    (pid,) = [pid for pid in tree if is_living(pid) and os.getsid(pid) == pid]
    return pid


def test_a_host_can_end_by_itself_within_its_grace(token: str) -> None:
    with contained() as containment:
        host = Launcher(containment).start(Launch())
        host.open(case("it/serial", workload="prints"), 60.0)
        host.leave()
        process = containment._running[host.pid]
        host.end()
    assert process.wait() == 0
    assert host.left == 0


def test_with_a_host_its_group_and_its_daemons_end_and_those_of_others_do_not(token: str, output: TextIO) -> None:
    with contained() as containment:
        host, tree = grow_a_tree(containment, output)
        Path(output.name).write_text("")
        other, other_tree = grow_a_tree(containment, output)
        assert is_living(apart(tree))
        host.end(at_once=True)
        assert not any(map(is_living, [host.pid, *tree]))
        host.end()  # a second time is no fault
        assert all(map(is_living, [other.pid, *other_tree]))
    assert carrying(token) == []
    assert not any(map(is_living, other_tree))


@every_posix
def test_an_exception_leaves_nothing(containing: Containing, token: str, output: TextIO) -> None:
    with pytest.raises(ZeroDivisionError), containing() as containment:
        grow_a_tree(containment, output)
        Launcher(containment).start(Launch())
        raise ZeroDivisionError
    assert carrying(token) == []


# Killed


@pytest.mark.parametrize("moment", MOMENTS)
def test_when_concbench_is_killed_nothing_is_left(moment: str, token: str, output: TextIO) -> None:
    with holder(moment, output) as process:
        if MOMENTS.index(moment) >= MOMENTS.index("running"):
            hear(process, "running")
            tree = grown(Path(output.name))
            if moment != "running":
                let_go_on(process)
                hear(process, moment)
            if moment == "running":
                assert is_living(apart(tree))
        else:
            hear(process, moment)
        wait_until(lambda: len(carrying(token)) >= 2, "the holder and the nursery are there")
        process.kill()
        process.wait()
        wait_until(lambda: not carrying(token), "all processes were ended")


def test_when_concbench_is_killed_the_hosts_go_before_the_nursery(token: str, output: TextIO) -> None:
    with holder("running", output) as process:
        hear(process, "running")
        tree = grown(Path(output.name))
        above = nursery(token)
        handle = os.pidfd_open(above)
        try:
            process.kill()
            guardian_module.wait_for([above], 60.0)
            assert not is_living(above)
            assert not any(map(is_living, tree))
        finally:
            os.close(handle)
    assert carrying(token) == []


@pytest.mark.parametrize("moment", ["guarded", "started", "running", "ended"])
def test_ctrl_c_leaves_nothing(moment: str, token: str, output: TextIO) -> None:
    with holder(moment, output) as process:
        hear(process, "running" if moment == "ended" else moment)
        if moment in ("running", "ended"):
            grown(Path(output.name))
        if moment == "ended":
            let_go_on(process)
            hear(process, "ended")
        os.killpg(process.pid, signal.SIGINT)
        process.wait()
        assert process.returncode == -signal.SIGINT
        assert carrying(token) == []


@pytest.mark.parametrize("killed", ["nursery", pytest.param("keeper", marks=pytest.mark.thorough), "both"])
def test_when_a_stranger_kills_what_is_above_the_hosts_concbench_still_ends_all(
    killed: str, token: str, output: TextIO
) -> None:
    with contained() as containment:
        host, tree = grow_a_tree(containment, output)
        for pid in {"nursery": [nursery(token)], "keeper": keepers(token)}.get(
            killed, [nursery(token), *keepers(token)]
        ):
            os.kill(pid, signal.SIGKILL)
            guardian_module.wait_for([pid], 60.0)
        later = Launcher(containment).start(Launch())
        later.open(case("it/serial", workload="prints"), 60.0)
        later.end()
        assert not is_living(later.pid)
        host.end(at_once=True)
        assert not is_living(host.pid)
    assert carrying(token) == []
    assert not any(map(is_living, tree))


# What is no process


@pytest.mark.thorough
@pytest.mark.parametrize("start_method", ["spawn", "forkserver"])
@pytest.mark.parametrize("killed", ["host", "concbench"])
def test_named_semaphores_and_shared_memory_are_unlinked(
    start_method: str, killed: str, token: str, output: TextIO
) -> None:
    with contained() if killed == "host" else holder_of_memory(start_method, output) as held:
        if not isinstance(held, Popen):
            host = Launcher(held, task_output=output).start(Launch())
            host.open(memory_case(start_method), 60.0)
            host.send({"do": "sample"})
        wait_until(lambda: words_after(Path(output.name), "shares"), "the task has created shared memory")
        names = [*mapped_semaphores(hosts(token)), *words_after(Path(output.name), "shares")]
        files = [Path("/dev/shm", name) for name in names]
        assert len(files) > 1
        assert all(file.exists() for file in files)
        if isinstance(held, Popen):
            held.kill()
            wait_until(lambda: not carrying(token), "all processes were ended")
        else:
            host.end(at_once=True)
    assert [file.name for file in files if file.exists()] == []


def memory_case(start_method: str) -> Case:
    return case("it/pool-map", workload="keeps-shared-memory", workers=2, start_method=start_method)


def mapped_semaphores(pids: list[int]) -> set[str]:
    """The named semaphores that processes hold: they map the files in which these are kept, under whatever name."""
    maps = [Path(f"/proc/{pid}/maps").read_text() for pid in pids]
    inodes = {int(inode) for text in maps for inode in re.findall(r"\s(\d+) +/dev/shm/sem\.", text)}
    found = set()
    for file in Path("/dev/shm").glob("sem.mp-*"):
        with suppress(FileNotFoundError):  # another test's
            if file.stat().st_ino in inodes:
                found.add(file.name)
    return found


@contextmanager
def holder_of_memory(start_method: str, output: TextIO) -> Iterator[Popen[str]]:
    """Run a measurement of the case in a process of its own."""
    code = f"""
from concbench.measure.plan import Plan
from concbench.measure.record import Record
from concbench.measure.runner import measure
from concbench.session.fixed import Fixed
from tests.measure.containment.test_containment import memory_case
for _ in measure(Fixed(8, 3), [memory_case({start_method!r})], Plan(), Record()):
    pass
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PLUGIN.parent.parent), os.environ["PYTHONPATH"]])}
    with Popen([sys.executable, "-c", code], stderr=output, stdin=PIPE, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


# Others


def test_other_processes_are_never_touched(token: str, output: TextIO) -> None:
    with contained() as containment:
        host, _ = grow_a_tree(containment, output)
        words = command_line(host.pid).split()
        mine = {**os.environ, TOKEN: "another"}
        bystanders = [
            Popen(words, stdin=PIPE, stdout=subprocess.DEVNULL, env=mine, start_new_session=own_session)
            for own_session in (False, True)
        ]
        bystanders.append(
            Popen(words, stdin=PIPE, stdout=subprocess.DEVNULL, env={**mine, guardian_module.MARK: "another run"})
        )
        host.end(at_once=True)
    assert carrying(token) == []
    for bystander in bystanders:
        assert bystander.poll() is None
        assert bystander.stdin is not None
        with closing(bystander.stdin):
            pass  # the end of its input ends it
        assert bystander.wait() == 0
