"""What an exchange of messages promises: what arrives is what was sent, or its row says what is wrong; nobody hangs."""

from __future__ import annotations

from pathlib import Path

import pytest

from concbench.experiments.messages import NotDelivered, compare
from concbench.model import Failure, Workload
from tests.e2e.command import ONCE, Command
from tests.experiments.hosting import METHODS, children_of, failed, opened, sampled
from tests.host.talking import PLUGIN, started
from tests.measure.process_tree import needs_proc

SMALL = Workload(name="messages", tasks=5, payload=100)
"""So many messages that the third party's channels go wrong where their names say."""
LARGE = Workload(name="messages", tasks=5, payload=100 * 2**10)

every_method = pytest.mark.parametrize("method", METHODS)

WRONG = {
    "flips-out-checked": "message 1 differs from what was sent from byte 99 on, of 100",
    "flips-out-stream": "the stream's last message differs from what was sent from byte 99 on, of 100",
    "flips-back-checked": "message 1 on the way back differs from what was sent from byte 99 on, of 100",
    "flips-back-echo": "the last round trip's message differs from what was sent from byte 99 on, of 100",
    "truncates-out-checked": "message 1 has 99 bytes, and 100 were sent",
    "truncates-out-stream": "the stream's last message has 99 bytes, and 100 were sent",
    "truncates-back-checked": "message 1 on the way back has 99 bytes, and 100 were sent",
    "truncates-back-echo": "the last round trip's message has 99 bytes, and 100 were sent",
    "lengthens-out-checked": "message 1 has 101 bytes, and 100 were sent",
    "lengthens-out-stream": "the stream's last message has 101 bytes, and 100 were sent",
    "lengthens-back-checked": "message 1 on the way back has 101 bytes, and 100 were sent",
    "lengthens-back-echo": "the last round trip's message has 101 bytes, and 100 were sent",
    # What is dropped, repeated or swapped is noticed by the message that comes in its place.
    "drops-out-stream": "the stream's last message differs from what was sent from byte 0 on, of 100",
    "drops-out-checked": "message 1 differs from what was sent from byte 0 on, of 100",
    "drops-back-checked": "message 1 on the way back differs from what was sent from byte 0 on, of 100",
    "repeats-out-stream": "message 1 differs from what was sent from byte 0 on, of 100",
    "repeats-out-checked": "message 2 differs from what was sent from byte 0 on, of 100",
    "repeats-back-checked": "message 2 on the way back differs from what was sent from byte 0 on, of 100",
    "swaps-out-stream": "the stream's last message differs from what was sent from byte 0 on, of 100",
    "swaps-out-checked": "message 1 differs from what was sent from byte 0 on, of 100",
    "swaps-back-checked": "message 1 on the way back differs from what was sent from byte 0 on, of 100",
}


@every_method
def test_a_message_that_is_not_what_was_sent_is_a_wrong_result_that_says_which(method: str) -> None:
    with started(PLUGIN) as host:
        for name in WRONG if method == "fork" else ("flips-out-stream", "truncates-back-echo", "swaps-out-checked"):
            failure = failed(host, "messages", name, SMALL, start_method=method)
            assert failure == {"kind": "wrong result", "message": WRONG[name]}, name
            assert children_of(host.pid) == []
        sampled(host, "messages", "pipe", SMALL, start_method=method)
        assert host.leave() == 0
        assert host.said() == ""


def test_a_warm_up_is_checked_too() -> None:
    with started(PLUGIN) as host:
        assert "ok" in opened(host, "messages", "flips-out-stream", SMALL, start_method="fork")
        assert host.ask("warm-up")["failure"]["kind"] == "wrong result"


@every_method
def test_a_dead_far_end_is_noticed_and_named(method: str) -> None:
    with started(PLUGIN) as host:
        for name, ending in {
            "far-end-exits": "ended with exit code 3",
            "far-end-is-killed": "was killed by signal 9",
            "far-end-hangs-up": "ended with exit code 3",
        }.items():
            failure = failed(host, "messages", name, SMALL, start_method=method)
            assert failure == {"kind": "worker died", "message": f"worker 0 {ending} before its job was done"}
            assert children_of(host.pid) == []
        sampled(host, "messages", "pipe", SMALL, start_method=method)


@every_method
def test_a_dead_far_end_is_noticed_while_the_pipe_to_it_is_full(method: str) -> None:
    with started(PLUGIN) as host:
        failure = failed(host, "messages", "far-end-never-reads", LARGE, start_method=method)
        assert failure == {"kind": "worker died", "message": "worker 0 ended with exit code 5 before its job was done"}
        assert children_of(host.pid) == []
        sampled(host, "messages", "pipe", LARGE, start_method=method)


@every_method
def test_what_a_far_end_raises_is_shown_with_its_own_traceback(method: str) -> None:
    with started(PLUGIN) as host:
        failure = failed(host, "messages", "far-end-raises", SMALL, start_method=method)
        assert failure["kind"] == "raised"
        assert failure["message"] == "LookupError: the channel's own trouble"
        lines = failure["traceback"].splitlines()
        assert [line for line in lines if line.startswith("  File ")][-1].endswith("in raises")
        assert lines[-1] == "LookupError: the channel's own trouble"
        assert children_of(host.pid) == []


def test_what_a_far_end_raises_may_be_impossible_to_read() -> None:
    with started(PLUGIN) as host:
        failure = failed(host, "messages", "far-end-raises-particularly", SMALL, start_method="fork")
        assert failure["kind"] == "unpicklable"
        assert "what worker 0 sent can't be read: TypeError: " in failure["message"]
        assert children_of(host.pid) == []
        sampled(host, "messages", "pipe", SMALL, start_method="fork")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("thread-raises", "LookupError: the channel's own trouble"),
        ("thread-leaves-the-interpreter", "SystemExit: the channel wants to leave"),
    ],
)
def test_what_a_far_end_in_a_thread_raises_is_shown_and_the_host_goes_on(name: str, message: str) -> None:
    with started(PLUGIN) as host:
        failure = failed(host, "messages", name, SMALL)
        assert (failure["kind"], failure["message"]) == ("raised", message)
        assert failure["traceback"].endswith(message)
        sampled(host, "messages", "thread-queue", SMALL)


def test_a_message_that_can_not_be_pickled_is_a_failure_that_says_so() -> None:
    with started(PLUGIN) as host:
        failure = failed(host, "messages", "unpicklable-pipe", SMALL, start_method="fork")
        assert failure["kind"] == "unpicklable"
        assert "it can't be moved between processes: " in failure["message"]
        assert children_of(host.pid) == []


@needs_proc
def test_an_answer_that_never_comes_ends_at_the_timeout_in_a_row_that_says_so(tmp_path: Path) -> None:
    command = Command(tmp_path)
    ended = command.run("run", "without-an-answer", *ONCE, "--timeout", "2", "--start-method", "fork")
    assert command.left() == []
    assert ended.returncode == 3, ended.stderr
    errors: dict[str, Failure | None] = {case.subject: case.error for case in command.saved().cases}
    assert errors["pipe"] is None
    silent = "no result after 2 s (--timeout) while warming up; 1 worker process still there"
    for subject in ("far-end-is-silent", "drops-out-trip", "unpicklable-queue"):
        assert errors[subject] == Failure(kind="timeout", message=silent)
    refused = errors["unpicklable-pipe"]
    assert refused is not None
    assert refused.kind == "unpicklable"
    # A queue's own thread is the only one that knows why.
    assert "unpicklable_queue.<locals>" in ended.stderr


@pytest.mark.parametrize("message", [b"same", bytearray(b"same"), memoryview(b"same")])
def test_what_compares_equal_to_bytes_is_a_message(message: object) -> None:
    compare(message, b"same", "it")


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        (b"some", "it differs from what was sent from byte 1 on, of 4"),
        (memoryview(b"samE"), "it differs from what was sent from byte 3 on, of 4"),
        (b"", "it has 0 bytes, and 4 were sent"),
        (b"same again", "it has 10 bytes, and 4 were sent"),
        (None, "it is of type NoneType, and bytes were sent"),
        ("same", "it is of type str, and bytes were sent"),
        (list(b"same"), "it is of type list, and bytes were sent"),
    ],
)
def test_a_complaint_says_what_is_different(message: object, complaint: str) -> None:
    with pytest.raises(NotDelivered, match=f"^{complaint}$"):
        compare(message, b"same", "it")
