"""What a closed loop promises: that many callers, no call too many, errors as results, and rates that agree."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.experiments.load import Call, summary
from concbench.model.case import Workload
from tests.host.hosts import Host, started

ALLOWED = 4
"""Requests that the server answers at the same time; it refuses others with 429."""

FUNCTIONS = """
import asyncio
import os
import threading
import time
import urllib.request

here = threading.local()
doors = {}


def connect():
    here.connected = True


def get_ready():
    noted("ready")


def ready(item):
    pass


async def open_doors():
    await asyncio.sleep(0)
    doors[asyncio.get_running_loop()] = asyncio.Semaphore(2)


def noted(item):
    with open(os.environ["NOTED"], "a") as file:
        file.write(f"{item}\\n")


def naps(item):
    noted(item)
    time.sleep(0.002)


def connected(item):
    assert here.connected


async def naps_later(item):
    noted(item)
    async with doors[asyncio.get_running_loop()]:
        await asyncio.sleep(0.002)


def fails(item):
    raise [LookupError("no page"), OSError(111, "refused"), TimeoutError()][item % 3]


async def fails_later(item):
    fails(item)


def leaves(item):
    raise SystemExit(3)


def fetch(item):
    with urllib.request.urlopen(os.environ["ADDRESS"], timeout=60) as response:
        return len(response.read())


def no_server():
    raise ConnectionRefusedError(111, "no server")


def half(item):
    return item // 2


def is_even(item, result):
    return item % 2 == 0


def not_at_all(item):
    time.sleep(10)
"""


@pytest.fixture
def noted(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(FUNCTIONS, encoding="utf-8")
    return tmp_path / "noted"


@pytest.fixture
def host(noted: Path) -> Iterator[Host]:
    with serving() as address, started(noted.parent, environment={"NOTED": str(noted), "ADDRESS": address}) as host:
        yield host


@contextmanager
def serving() -> Iterator[str]:
    """A server on this machine, which answers no more than four requests at the same time."""
    free = threading.Semaphore(ALLOWED)
    enough = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = 200 if free.acquire(blocking=False) else 429
            if status == 200:
                enough.wait(0.02)  # never set
                free.release()
            self.send_response(status)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"page")

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


def load(host: Host, subject: str, function: str, calls: int, level: int, **own: Any) -> dict[str, Any]:
    """The load of one sample."""
    workload = Workload(name=f"mine:{function}", tasks=own.pop("tasks", 10), **own)
    figures = host.figures(subject, workload, "load", workers=level, calls=calls)
    found: dict[str, Any] = figures["load"]
    assert found["calls"] <= calls
    return found


@pytest.mark.parametrize(
    ("subject", "function", "init"), [("threads", "naps", None), ("coroutines", "naps_later", "mine:open_doors")]
)
def test_a_sample_makes_just_as_many_calls_as_were_asked_for(
    host: Host, noted: Path, subject: str, function: str, init: str | None
) -> None:
    for level in (1, 3):
        noted.write_text("")
        found = load(host, subject, function, calls=41, level=level, tasks=10, init=init)
        items = [int(line) for line in noted.read_text().splitlines()]
        assert (found["calls"], found["failed"], found["lost"], len(items)) == (41, 0, 0, 41)
        first = items[0]
        assert sorted(items) == sorted((first + number) % 10 for number in range(41))
        assert 0 < found["p50"] <= found["p95"]
        assert found["p99"] is None
        assert found["throughput"] > 0
        assert found["concurrency"] <= level + 1e-9


def test_a_warm_up_makes_no_call(host: Host, noted: Path) -> None:
    host.open("threads", Workload(name="mine:naps", tasks=3), "load", workers=2, calls=5)
    assert host.ask("warm-up")["ok"]["count"] == 1
    assert not noted.exists()


def test_each_thread_calls_the_initializer(host: Host) -> None:
    assert load(host, "threads", "connected", calls=40, level=8, init="mine:connect")["failed"] == 0


@pytest.mark.parametrize(("per", "calls"), [("process", 1), ("worker", 8)])
def test_one_thread_calls_the_initializer_for_all_where_that_is_asked_for(
    host: Host, noted: Path, per: str, calls: int
) -> None:
    found = load(host, "threads", "ready", calls=40, level=8, init="mine:get_ready", init_per=per)
    assert found["failed"] == 0
    assert noted.read_text().split() == ["ready"] * calls


def test_a_thread_runs_an_async_def_in_a_loop_of_its_own(host: Host) -> None:
    assert load(host, "threads", "naps_later", calls=12, level=3, init="mine:open_doors")["failed"] == 0


@pytest.mark.parametrize(("subject", "function"), [("threads", "fails"), ("coroutines", "fails_later")])
def test_errors_are_counted_by_kind_and_are_no_failure_of_the_case(host: Host, subject: str, function: str) -> None:
    found = load(host, subject, function, calls=6, level=2, tasks=3)
    assert (found["calls"], found["failed"], found["throughput"], found["p50"]) == (6, 6, 0.0, None)
    kinds = ("LookupError", "ConnectionRefusedError ECONNREFUSED", "TimeoutError")
    assert {error["kind"]: error["calls"] for error in found["errors"]} == dict.fromkeys(kinds, 2)


def test_a_function_that_leaves_does_not_end_its_caller(host: Host) -> None:
    found = load(host, "threads", "leaves", calls=5, level=2)
    assert found["errors"] == [{"kind": "SystemExit 3", "calls": 5, "message": "3"}]


def test_more_callers_than_a_server_serves_are_answered_with_429(host: Host) -> None:
    few = load(host, "threads", "fetch", calls=8, level=2)
    assert (few["calls"], few["failed"]) == (8, 0)
    many = load(host, "threads", "fetch", calls=80, level=8 * ALLOWED)
    assert [error["kind"] for error in many["errors"]] == ["HTTPError 429"]
    assert 0 < many["failed"] < 80


@pytest.mark.parametrize(("subject", "function"), [("threads", "naps"), ("coroutines", "naps_later")])
def test_callers_whose_initializer_raises_make_no_calls(host: Host, noted: Path, subject: str, function: str) -> None:
    found = load(host, subject, function, calls=9, level=3, init="mine:no_server")
    assert (found["calls"], found["lost"]) == (0, 3)
    assert found["errors"] == [
        {"kind": "ConnectionRefusedError ECONNREFUSED", "calls": 3, "message": "[Errno 111] no server"}
    ]
    assert not noted.exists()


def test_a_result_that_is_not_right_is_an_error(host: Host) -> None:
    found = load(host, "threads", "half", calls=10, level=2, expect="mine:is_even")
    assert found["failed"] == 5
    assert [error["kind"] for error in found["errors"]] == ["wrong result"]


def test_coroutines_need_an_async_def(host: Host) -> None:
    failure = host.failure("coroutines", Workload(name="mine:naps", tasks=3), "load", workers=2, calls=5)
    assert failure == {
        "kind": "unavailable",
        "message": "mine:naps is not an async def, so coroutines can't run it",
    }


def test_a_load_is_made_of_calls_of_your_own_function(host: Host) -> None:
    assert host.failure("threads", Workload(name="sleep", tasks=3), "load")["kind"] == "unfit function"
    assert host.failure("thread", Workload(name="mine:naps", tasks=3), "load")["message"] == (
        "there is no kind of caller 'thread'; did you mean 'threads'?"
    )


# What the calls come to


def closed_loop(level: int, latencies: list[float]) -> list[Call]:
    """The calls of a closed loop without any overhead, in the order in which they come back."""
    free = [0.0] * level
    calls = []
    for number, latency in enumerate(latencies):
        caller = min(range(level), key=free.__getitem__)
        calls.append(Call(free[caller], free[caller] + latency, None, number, None))
        free[caller] += latency
    return sorted(calls, key=lambda call: call.ended)


@given(st.integers(1, 30), st.integers(4, 12), st.floats(0.001, 10))
def test_where_all_calls_take_as_long_the_rate_is_the_level_by_the_latency(
    level: int, waves: int, latency: float
) -> None:
    found = summary(closed_loop(level, [latency] * (level * waves)), level, [])
    assert found["throughput"] == pytest.approx(level / latency)
    assert found["concurrency"] == pytest.approx(level)
    assert found["little"] == pytest.approx(1.0)
    assert found["p50"] == pytest.approx(latency)


@given(st.integers(1, 8), st.lists(st.floats(0.01, 0.1), min_size=400, max_size=500))
def test_littles_law_holds_for_any_latencies(level: int, latencies: list[float]) -> None:
    found = summary(closed_loop(level, latencies), level, [])
    assert found["concurrency"] == pytest.approx(level)
    assert found["little"] == pytest.approx(1.0, abs=0.15)  # calls that lie across an end of the window are whole


@given(st.integers(1, 20), st.integers(1, 20), st.integers(5, 12))
def test_a_server_that_answers_in_waves_has_the_rate_of_its_places(places: int, more: int, waves: int) -> None:
    level = places + more
    free, calls = [0.0] * places, []
    due = [0.0] * level
    for number in range(level * waves):
        caller = min(range(level), key=due.__getitem__)
        place = min(range(places), key=free.__getitem__)
        ended = max(due[caller], free[place]) + 0.02
        calls.append(Call(due[caller], ended, None, number, None))
        free[place] = due[caller] = ended
    assert summary(calls, level, [])["throughput"] == pytest.approx(places / 0.02, rel=0.12)


def test_the_first_calls_and_the_end_do_not_count_towards_the_rate() -> None:
    found = summary(closed_loop(2, [1.0, 1.0] + [0.1] * 30 + [5.0, 5.0]), 2, [])
    assert found["throughput"] == pytest.approx(20)
    assert found["calls"] == 34


def test_what_begins_while_connections_are_opened_does_not_count_where_enough_is_left() -> None:
    calls = closed_loop(2, [0.5, 2.0, 0.5, 0.5, 0.5] + [0.1] * 30)
    assert summary(calls, 2, [], warm=2.0)["throughput"] == pytest.approx(20)
    assert summary(calls[:8], 2, [], warm=2.0)["throughput"] > 0


def test_of_too_few_calls_all_count() -> None:
    assert summary(closed_loop(4, [1.0] * 4), 4, [])["throughput"] == pytest.approx(4)
    assert summary([], 4, [])["throughput"] == 0.0
