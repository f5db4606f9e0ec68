"""What an exchange of messages promises: what arrives is what was sent, or its row says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from concbench.experiments.messages import NotDelivered, compare
from concbench.model.case import Workload
from concbench.model.result import Failure
from tests.e2e.command import ONCE, Command
from tests.host.hosts import PLUGIN, every_method, started
from tests.measure.process_tree import needs_proc
from tests.strategies.running import processes_left

SMALL = Workload(name="messages", tasks=5, payload=100)
"""As many messages as make the third party's channels go wrong where their names say."""
LARGE = Workload(name="messages", tasks=5, payload=100 * 2**10)


WHICH = {
    "out-checked": "message 1",
    "out-stream": "the stream's last message",
    "back-checked": "message 1 on the way back",
    "back-echo": "the last round trip's message",
}
FAULTS = {
    "flips": "differs from what was sent from byte 99 on, of 100",
    "truncates": "has 99 bytes, and 100 were sent",
    "lengthens": "has 101 bytes, and 100 were sent",
}
OTHERS = {
    # What is dropped, repeated or swapped is noticed by the message that comes in its place.
    **{f"{fault}-{place}": WHICH[place] for fault in ("drops", "swaps") for place in list(WHICH)[:3]},
    "repeats-out-stream": "message 1",
    "repeats-out-checked": "message 2",
    "repeats-back-checked": "message 2 on the way back",
}
WRONG = {
    **{f"{fault}-{place}": f"{which} {how}" for fault, how in FAULTS.items() for place, which in WHICH.items()},
    **{name: f"{which} differs from what was sent from byte 0 on, of 100" for name, which in OTHERS.items()},
}


@every_method
def test_a_message_that_is_not_what_was_sent_is_a_wrong_result_that_says_which(method: str) -> None:
    with started(PLUGIN) as host:
        for name in WRONG if method == "fork" else ("flips-out-stream", "truncates-back-echo", "swaps-out-checked"):
            failure = host.failure(name, SMALL, "messages", start_method=method)
            assert failure == {"kind": "wrong result", "message": WRONG[name]}, name
            assert processes_left(host.pid) == []
        host.figures("pipe", SMALL, "messages", start_method=method)
        assert host.leave() == 0
        assert host.said() == ""


def test_a_warm_up_is_checked_too() -> None:
    with started(PLUGIN) as host:
        assert "ok" in host.open("flips-out-stream", SMALL, "messages", start_method="fork")
        assert host.ask("warm-up")["failure"]["kind"] == "wrong result"


@every_method
def test_a_dead_far_end_is_noticed_and_named(method: str) -> None:
    with started(PLUGIN) as host:
        for name, ending in {
            "far-end-exits": "ended with exit code 3",
            "far-end-is-killed": "was killed by signal 9",
            "far-end-hangs-up": "ended with exit code 3",
        }.items():
            failure = host.failure(name, SMALL, "messages", start_method=method)
            assert failure == {"kind": "worker died", "message": f"worker 0 {ending} before its job was done"}
            assert processes_left(host.pid) == []
        host.figures("pipe", SMALL, "messages", start_method=method)


@every_method
def test_a_dead_far_end_is_noticed_while_the_pipe_to_it_is_full(method: str) -> None:
    with started(PLUGIN) as host:
        failure = host.failure("far-end-never-reads", LARGE, "messages", start_method=method)
        assert failure == {"kind": "worker died", "message": "worker 0 ended with exit code 5 before its job was done"}
        assert processes_left(host.pid) == []
        host.figures("pipe", LARGE, "messages", start_method=method)


@every_method
def test_what_a_far_end_raises_is_shown_with_its_own_traceback(method: str) -> None:
    with started(PLUGIN) as host:
        failure = host.failure("far-end-raises", SMALL, "messages", start_method=method)
        assert failure["kind"] == "raised"
        assert failure["message"] == "LookupError: the channel's own trouble"
        lines = failure["traceback"].splitlines()
        assert [line for line in lines if line.startswith("  File ")][-1].endswith("in raises")
        assert lines[-1] == "LookupError: the channel's own trouble"
        assert processes_left(host.pid) == []


def test_what_a_far_end_raises_may_be_impossible_to_read() -> None:
    with started(PLUGIN) as host:
        failure = host.failure("far-end-raises-particularly", SMALL, "messages", start_method="fork")
        assert failure["kind"] == "unpicklable"
        assert "what worker 0 sent can't be read: TypeError: " in failure["message"]
        assert processes_left(host.pid) == []
        host.figures("pipe", SMALL, "messages", start_method="fork")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("thread-raises", "LookupError: the channel's own trouble"),
        ("thread-leaves-the-interpreter", "SystemExit: the channel wants to leave"),
    ],
)
def test_what_a_far_end_in_a_thread_raises_is_shown_and_the_host_goes_on(name: str, message: str) -> None:
    with started(PLUGIN) as host:
        failure = host.failure(name, SMALL, "messages")
        assert (failure["kind"], failure["message"]) == ("raised", message)
        assert failure["traceback"].endswith(message)
        host.figures("thread-queue", SMALL, "messages")


def test_a_message_that_can_not_be_pickled_is_a_failure_that_says_so() -> None:
    with started(PLUGIN) as host:
        failure = host.failure("unpicklable-pipe", SMALL, "messages", start_method="fork")
        assert failure["kind"] == "unpicklable"
        assert "it can't be moved between processes: " in failure["message"]
        assert processes_left(host.pid) == []


@needs_proc
def test_an_answer_that_never_comes_ends_at_the_timeout_in_a_row_that_says_so(tmp_path: Path) -> None:
    command = Command(tmp_path)
    ended = command.run("run", "without-an-answer", *ONCE, "--timeout", "2", "--start-method", "fork")
    assert command.left() == []
    assert ended.returncode == 3, ended.stderr
    errors: dict[str, Failure | None] = {result.case.subject: result.failure for result in command.saved().results}
    assert errors["pipe"] is None
    silent = "no result after 2 s (--timeout) while warming up; 1 worker process still there"
    for subject in ("far-end-is-silent", "drops-out-trip", "unpicklable-queue"):
        assert errors[subject] == Failure(kind="timeout", message=silent)
    refused = errors["unpicklable-pipe"]
    assert refused is not None
    assert refused.kind == "unpicklable"
    # A queue's own thread is the only one that knows why.
    assert "unpicklable_queue.<locals>" in ended.stderr


def test_whatever_equals_the_bytes_is_a_message_and_an_object_of_another_type_is_none() -> None:
    for message in (b"same", bytearray(b"same"), memoryview(b"same")):
        compare(message, b"same", "it")
    for other in (None, "same", list(b"same")):
        with pytest.raises(NotDelivered, match=f"^it is of type {type(other).__name__}, and bytes were sent$"):
            compare(other, b"same", "it")
