"""What one host promises to the outside: an answer for every request, or the reason why there is none."""

from __future__ import annotations

import io
import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from typing import TextIO

import psutil
import pytest

from concbench.measure.containment import Containment, contained
from concbench.measure.hosts import CaseFailed, HostProcess, Launcher, pass_on, reaped_so_far, timed_out
from concbench.measure.plan import Launch
from concbench.model.case import Case, Settings
from concbench.model.result import HostRecord
from tests.builders import case
from tests.measure.measuring import measured
from tests.measure.process_tree import carrying, is_living, needs_proc, wait_until

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")


@pytest.fixture
def containment() -> Iterator[Containment]:
    with contained() as containment:
        yield containment


def opened(containment: Containment, workload: str, output: TextIO | None = None) -> HostProcess:
    host = Launcher(containment, task_output=output).start(Launch())
    host.open(case("it/serial", workload=workload), 60.0)
    return host


def test_a_host_answers_what_it_is_asked(containment: Containment) -> None:
    host = Launcher(containment).start(Launch())
    facts = host.open(case("it/pool-map", workload="sleep"), 60.0)
    assert facts["settings"]["start_method"] in ("fork", "spawn", "forkserver")
    sample = host.ask({"do": "sample"}, 60.0)
    assert sample["start"] + sample["run"] + sample["stop"] == pytest.approx(sample["wall"])


def test_no_answer_in_time_is_a_timeout_and_the_answer_can_still_be_had(token: str, containment: Containment) -> None:
    host = opened(containment, "sleeps-long")
    with pytest.raises(TimeoutError):
        host.ask({"do": "sample"}, 0.01)
    sample = host.answer(60.0)
    assert sample is not None
    assert sample["wall"] > 1.0  # 8 tasks of 0.2 s, and all of them were waited for


def test_what_a_task_raises_is_a_failure_and_the_host_goes_on(token: str, containment: Containment) -> None:
    host = opened(containment, "raises")
    for _ in range(2):
        with pytest.raises(CaseFailed) as caught:
            host.ask({"do": "sample"}, 60.0)
        assert caught.value.failure.kind == "raised"
        assert str(caught.value) == caught.value.failure.message
    host.open(case("it/serial", workload="sleep"), 60.0)
    assert host.ask({"do": "sample"}, 60.0)["wall"] >= 0


def test_what_a_host_can_not_do_is_a_failure(containment: Containment) -> None:
    host = Launcher(containment).start(Launch())
    for request in ({"do": "sample"}, {"do": "nonsense"}, {}):
        with pytest.raises(CaseFailed):
            host.ask(request, 60.0)


@posix
def test_a_host_that_was_killed_says_by_which_signal(token: str, containment: Containment) -> None:
    host = opened(containment, "hangs")
    host.send({"do": "sample"})
    os.kill(host.pid, signal.SIGKILL)
    with pytest.raises(CaseFailed, match="killed by signal 9") as caught:
        host.answer(60.0)
    assert caught.value.failure.kind == "host died"


@pytest.mark.parametrize(
    ("workload", "reason"),
    [
        pytest.param("crashes", f"killed by signal {signal.SIGSEGV.value}", marks=posix),
        ("ends-the-interpreter", "exit status 7"),
        ("closes-all-files", "closed all files"),
        *[
            (f"writes-{what}-everywhere", "a task wrote into the pipe of the host's answers")
            for what in ("answers", "failures", "half-lines", "bytes")
        ],
    ],
)
def test_a_task_that_takes_its_host_down_is_a_failure_that_says_how(
    workload: str, reason: str, token: str, containment: Containment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("concbench.measure.hosts.LEAVE", 0.1)
    host = opened(containment, workload)
    with pytest.raises(CaseFailed, match=reason) as caught:
        host.ask({"do": "sample"}, 60.0)
    assert caught.value.failure.kind == "host died"


def test_a_host_that_is_asked_after_its_death_is_ended_as_any_other(token: str, containment: Containment) -> None:
    host = opened(containment, "ends-the-interpreter")
    with pytest.raises(CaseFailed):
        host.ask({"do": "sample"}, 60.0)
    host.send({"do": "sample"})  # into a pipe without a reader
    host.leave()
    host.end()
    host.end(at_once=True)


def test_a_host_that_is_killed_in_the_middle_of_an_answer_has_died() -> None:
    answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    pass_on(io.BytesIO(b'token{"ok": {}}\ntoken{"ok": {"wa'), answers, b"token")
    assert [answers.get_nowait(), answers.get_nowait()] == [b'token{"ok": {}}\n', None]
    pass_on(io.BytesIO(b"tok"), answers, b"token")
    assert answers.get_nowait() is None


def test_an_endless_line_among_the_answers_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("concbench.measure.hosts.LONGEST", 1000)
    answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    endless = io.BytesIO(b"token" + b"x" * 10_000)
    pass_on(endless, answers, b"token")
    assert answers.get_nowait() == b""
    assert endless.tell() == 1000


def test_what_a_task_prints_or_reads_does_not_disturb_the_answers(token: str, tmp_path: Path) -> None:
    file = tmp_path / "printed"
    with file.open("a") as output, contained() as containment:
        for workload in ("prints", "reads"):
            assert opened(containment, workload, output).ask({"do": "sample"}, 60.0)["wall"] >= 0
    assert [line for line in file.read_text().splitlines() if line.startswith("printed")] == [
        f"printed by task {number}" for number in range(8)
    ]


def test_hash_seed_and_padding_are_in_the_environment(containment: Containment) -> None:
    host = Launcher(containment).start(Launch(), HostRecord(block=0, hash_seed=4_294_967_295, padding=4095))
    host.open(case("it/serial", workload="sleep"), 60.0)
    if sys.platform != "win32":
        environment = psutil.Process(host.pid).environ()
        assert environment["PYTHONHASHSEED"] == "4294967295"
        assert environment["CONCBENCH_PADDING"] == "x" * 4095


def test_files_of_the_current_folder_do_not_stand_in_for_modules(
    containment: Containment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "queue", "random", "concbench"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')")
    monkeypatch.chdir(tmp_path)
    host = Launcher(containment).start(Launch())
    assert host.open(case("it/pool-map", workload="sleep"), 60.0)["pid"] == host.pid


@needs_proc
def test_a_host_whose_input_ends_is_gone(token: str, containment: Containment) -> None:
    host = opened(containment, "prints")
    host.leave()
    wait_until(lambda: not is_living(host.pid), "the host has left by itself")
    host.end()
    assert len(carrying(token)) == 1  # the nursery


def test_no_thread_is_left_when_a_host_has_ended(containment: Containment) -> None:
    before = threading.active_count()
    host = Launcher(containment).start(Launch())
    host.open(case("it/serial", workload="sleep"), 60.0)
    assert threading.active_count() == before + 1
    host.end()
    for thread in threading.enumerate():
        if thread.name.endswith("(_read_into)"):
            thread.join(60.0)
    assert threading.active_count() == before


# No answer in time

REAPS = """
import subprocess, sys
kept = []
for line in sys.stdin:
    if line.strip() == "keep":
        kept.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))
    elif line.strip() == "reap":
        subprocess.run([sys.executable, "-c", ""], check=True)
    print(line.strip(), flush=True)
"""


def pooled(subject: str, settings: Settings | None = None, workload: str = "sleep") -> Case:
    return case(f"it/{subject}", workload=workload, settings=settings or Settings(workers=2))


@contextmanager
def parent() -> Iterator[Popen[str]]:
    """A process that starts children on request."""
    with Popen([sys.executable, "-c", REAPS], stdin=PIPE, stdout=PIPE, text=True) as process:
        yield process


def order(process: Popen[str], word: str) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{word}\n")
    process.stdin.flush()
    assert process.stdout.readline() == f"{word}\n"


@needs_proc
def test_the_count_grows_when_a_child_is_reaped_and_only_then() -> None:
    with parent() as process:
        order(process, "wait")
        first = reaped_so_far(process.pid)
        order(process, "keep")
        assert reaped_so_far(process.pid) == first
        order(process, "reap")
        second = reaped_so_far(process.pid)
        assert first is not None
        assert second is not None
        assert second > first


def test_of_a_process_that_is_gone_nothing_is_known() -> None:
    with parent() as process:
        process.kill()
    assert reaped_so_far(process.pid) is None
    failure = timed_out(pooled("process"), process.pid, 1.5, None)
    assert (failure.kind, failure.message) == ("timeout", "no result after 1.5 s (--timeout)")


@needs_proc
@pytest.mark.parametrize(
    ("subject", "settings", "there", "reaps", "kind"),
    [
        ("pool-map", Settings(workers=2), 2, True, "worker died"),  # a pool replaces a worker that it lost
        ("pool-map", Settings(workers=2), 2, False, "timeout"),
        ("pool-map", Settings(workers=2), 1, True, "timeout"),  # it is being closed: no other has taken its place
        ("pool-map", Settings(workers=2, maxtasksperchild=1), 2, True, "timeout"),  # replaced on purpose
        ("process", Settings(), 0, True, "timeout"),  # each ends after its task
        ("threadpool-map", Settings(workers=2), 2, True, "timeout"),  # what ended was the task's own
    ],
)
def test_only_a_pool_that_keeps_its_workers_lost_one(
    subject: str, settings: Settings, there: int, reaps: bool, kind: str
) -> None:
    with parent() as process:
        order(process, "reap")  # before the request, which does not count
        for _ in range(there):
            order(process, "keep")
        before = reaped_so_far(process.pid)
        if reaps:
            order(process, "reap")
        assert timed_out(pooled(subject, settings), process.pid, 1.0, before).kind == kind


@pytest.mark.parametrize(("doing", "said"), [("", ""), ("sampling", " while sampling")])
def test_a_timeout_says_what_was_waited_for_and_counts_the_processes_that_are_still_there(
    doing: str, said: str
) -> None:
    with parent() as process:
        order(process, "keep")
        failure = timed_out(pooled("pool-map"), process.pid, 60.0, reaped_so_far(process.pid), doing)
    message = f"no result after 60 s (--timeout){said}; 1 worker process still there"
    assert (failure.kind, failure.message) == ("timeout", message)


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no fork and no fork server")
@needs_proc
@pytest.mark.parametrize(
    "start_method", ["fork", *[pytest.param(each, marks=pytest.mark.thorough) for each in ("spawn", "forkserver")]]
)
@pytest.mark.parametrize(("workload", "kind"), [("is-killed", "worker died"), ("hangs", "timeout")])
def test_a_pool_that_lost_a_worker_says_so_and_one_that_hangs_does_not(
    start_method: str, workload: str, kind: str, token: str
) -> None:
    pool = pooled("pool-map", Settings(workers=2, start_method=start_method), workload)
    failure = measured([pool], timeout=2.0)[pool].failure
    assert failure is not None
    assert failure.kind == kind
    assert ("--timeout" in failure.message) and ("2 s" in failure.message)
