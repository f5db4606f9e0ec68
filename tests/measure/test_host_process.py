"""What one host promises to the outside: an answer for every request, or a reason; and it leaves when told to."""

from __future__ import annotations

import io
import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from concbench.measure.containment import Containment, contained
from concbench.measure.host_process import CaseFailed, HostOptions, HostProcess, pass_on
from concbench.model import Case, Settings, Workload
from tests.measure.process_tree import carrying, is_living, needs_proc, wait_until

OPTIONS = HostOptions(hash_seed=1, padding=1)
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")


@pytest.fixture
def containment() -> Iterator[Containment]:
    with contained() as containment:
        yield containment


def case_of(workload: str, subject: str = "serial") -> Case:
    return Case(id="it", part="", subject=subject, workload=Workload(name=workload, tasks=8), settings=Settings())


def opened(containment: Containment, workload: str, options: HostOptions = OPTIONS) -> HostProcess:
    host = HostProcess(containment, options)
    host.open(case_of(workload), 60.0)
    return host


def test_a_host_answers_what_it_is_asked(containment: Containment) -> None:
    host = HostProcess(containment, OPTIONS)
    facts = host.open(case_of("sleep", "pool-map"), 60.0)
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
    host.open(case_of("sleep"), 60.0)
    assert host.ask({"do": "sample"}, 60.0)["wall"] >= 0


def test_what_a_host_can_not_do_is_a_failure(containment: Containment) -> None:
    host = HostProcess(containment, OPTIONS)
    for request in ({"do": "sample"}, {"do": "nonsense"}, {}):
        with pytest.raises(CaseFailed):
            host.ask(request, 60.0)


@posix
def test_a_host_that_was_killed_says_by_which_signal(token: str, containment: Containment) -> None:
    host = opened(containment, "hangs")
    host.send({"do": "sample"})
    os.kill(host.pid, signal.SIGKILL)
    with pytest.raises(CaseFailed) as caught:
        host.answer(60.0)
    assert caught.value.failure.kind == "host died"
    assert "killed by signal 9" in caught.value.failure.message


@posix
def test_a_task_that_crashes_the_interpreter_is_a_failure(token: str, containment: Containment) -> None:
    host = opened(containment, "crashes")
    with pytest.raises(CaseFailed) as caught:
        host.ask({"do": "sample"}, 60.0)
    assert f"killed by signal {signal.SIGSEGV.value}" in caught.value.failure.message


def test_a_task_that_ends_the_interpreter_is_a_failure_with_its_exit_status(
    token: str, containment: Containment
) -> None:
    host = opened(containment, "ends-the-interpreter")
    with pytest.raises(CaseFailed) as caught:
        host.ask({"do": "sample"}, 60.0)
    assert caught.value.failure.kind == "host died"
    assert "exit status 7" in caught.value.failure.message


def test_a_host_that_is_asked_after_its_death_says_so_and_is_ended_as_any_other(
    token: str, containment: Containment
) -> None:
    host = opened(containment, "ends-the-interpreter")
    with pytest.raises(CaseFailed):
        host.ask({"do": "sample"}, 60.0)
    host.send({"do": "sample"})  # into a pipe that nobody reads
    host.leave()
    host.end()
    host.end(at_once=True)


def test_a_task_that_closes_all_files_is_a_failure_and_no_hang(
    token: str, containment: Containment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("concbench.measure.host_process.LEAVE", 0.1)
    host = opened(containment, "closes-all-files")
    with pytest.raises(CaseFailed) as caught:
        host.ask({"do": "sample"}, 60.0)
    assert caught.value.failure.kind == "host died"
    assert "closed all files" in caught.value.failure.message


@pytest.mark.parametrize("said", ["answers", "failures", "half-lines", "bytes"])
def test_what_a_task_writes_into_the_answers_is_a_failure_and_no_answer(
    said: str, token: str, containment: Containment
) -> None:
    host = opened(containment, f"writes-{said}-everywhere")
    with pytest.raises(CaseFailed) as caught:
        host.ask({"do": "sample"}, 60.0)
    assert caught.value.failure.kind == "host died"
    assert "a task wrote into the pipe of the host's answers" in caught.value.failure.message


def test_a_host_that_is_killed_in_the_middle_of_an_answer_has_died() -> None:
    answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    pass_on(io.BytesIO(b'token{"ok": {}}\ntoken{"ok": {"wa'), answers, b"token")
    assert [answers.get_nowait(), answers.get_nowait()] == [b'token{"ok": {}}\n', None]
    pass_on(io.BytesIO(b"tok"), answers, b"token")
    assert answers.get_nowait() is None


def test_an_endless_line_among_the_answers_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("concbench.measure.host_process.LONGEST", 1000)
    answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    endless = io.BytesIO(b"token" + b"x" * 10_000)
    pass_on(endless, answers, b"token")
    assert answers.get_nowait() == b""
    assert endless.tell() == 1000


def test_what_a_task_prints_or_reads_does_not_disturb_the_answers(token: str, tmp_path: Path) -> None:
    file = tmp_path / "printed"
    with file.open("a") as output, contained() as containment:
        for workload in ("prints", "reads"):
            options = HostOptions(hash_seed=1, padding=1, task_output=output)
            assert opened(containment, workload, options).ask({"do": "sample"}, 60.0)["wall"] >= 0
    assert [line for line in file.read_text().splitlines() if line.startswith("printed")] == [
        f"printed by task {number}" for number in range(8)
    ]


def test_hash_seed_and_padding_are_in_the_environment(containment: Containment) -> None:
    host = HostProcess(containment, HostOptions(hash_seed=4_294_967_295, padding=4095))
    host.open(case_of("sleep"), 60.0)
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
    host = HostProcess(containment, OPTIONS)
    assert host.open(case_of("sleep", "pool-map"), 60.0)["pid"] == host.pid


@needs_proc
def test_a_host_whose_input_ends_is_gone(token: str, containment: Containment) -> None:
    host = opened(containment, "prints")
    host.leave()
    wait_until(lambda: not is_living(host.pid), "the host has left by itself")
    host.end()
    assert len(carrying(token)) == 1  # the nursery


def test_no_thread_is_left_when_a_host_has_ended(containment: Containment) -> None:
    before = threading.active_count()
    host = HostProcess(containment, OPTIONS)
    host.open(case_of("sleep"), 60.0)
    assert threading.active_count() == before + 1
    host.end()
    for thread in threading.enumerate():
        if thread.name.endswith("(_read_into)"):
            thread.join(60.0)
    assert threading.active_count() == before
