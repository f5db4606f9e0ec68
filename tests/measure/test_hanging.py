"""What is said of a case that gave no result in time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen

import pytest

from concbench.measure.blocks import measure
from concbench.measure.hanging import reaped_so_far, timed_out
from concbench.measure.plan import Plan, Tally
from concbench.model import Case, Settings, Workload
from tests.measure.process_tree import needs_proc

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


@contextmanager
def parent() -> Iterator[Popen[str]]:
    """Run a process that starts children when it is told to."""
    with Popen([sys.executable, "-c", REAPS], stdin=PIPE, stdout=PIPE, text=True) as process:
        yield process


def tell(process: Popen[str], word: str) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{word}\n")
    process.stdin.flush()
    assert process.stdout.readline() == f"{word}\n"


def case_of(subject: str, settings: Settings | None = None, workload: str = "sleep") -> Case:
    return Case(
        id="it",
        part="",
        subject=subject,
        workload=Workload(name=workload, tasks=8),
        settings=settings or Settings(workers=2),
    )


@needs_proc
def test_the_count_grows_when_a_child_is_reaped_and_only_then() -> None:
    with parent() as process:
        tell(process, "wait")
        first = reaped_so_far(process.pid)
        tell(process, "keep")
        assert reaped_so_far(process.pid) == first
        tell(process, "reap")
        second = reaped_so_far(process.pid)
        assert first is not None
        assert second is not None
        assert second > first


def test_of_a_process_that_is_gone_nothing_is_told() -> None:
    with parent() as process:
        process.kill()
    assert reaped_so_far(process.pid) is None
    failure = timed_out(case_of("process"), process.pid, 1.5, None)
    assert (failure.kind, failure.message) == ("timeout", "no result after 1.5 s (--timeout)")


def test_the_processes_that_are_still_there_are_counted() -> None:
    with parent() as process:
        tell(process, "keep")
        before = reaped_so_far(process.pid)
        one = timed_out(case_of("pool-map"), process.pid, 60.0, before)
        assert (one.kind, one.message) == ("timeout", "no result after 60 s (--timeout); 1 worker process still there")


@needs_proc
@pytest.mark.parametrize(
    ("subject", "settings", "kind"),
    [
        ("pool-map", Settings(workers=2), "worker died"),
        ("pool-map", Settings(workers=2, maxtasksperchild=1), "timeout"),  # replaced on purpose
        ("process", Settings(), "timeout"),  # each ends after its task
        ("threadpool-map", Settings(workers=2), "timeout"),  # has no processes: what ended was the task's own
    ],
)
def test_only_a_pool_that_keeps_its_workers_lost_one(subject: str, settings: Settings, kind: str) -> None:
    with parent() as process:
        for _ in range(settings.workers or 0):  # a pool puts another worker into the place of one that it lost
            tell(process, "keep")
        before = reaped_so_far(process.pid)
        tell(process, "reap")
        assert timed_out(case_of(subject, settings), process.pid, 1.0, before).kind == kind


@needs_proc
def test_a_pool_that_is_being_closed_lost_no_worker() -> None:
    with parent() as process:
        tell(process, "keep")  # the other worker of two has ended, and no other has taken its place
        before = reaped_so_far(process.pid)
        tell(process, "reap")
        failure = timed_out(case_of("pool-map"), process.pid, 1.0, before, "sampling")
    assert failure.kind == "timeout"
    assert failure.message == "no result after 1 s (--timeout) while sampling; 1 worker process still there"


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no fork and no fork server")
@needs_proc
@pytest.mark.parametrize("start_method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize(("workload", "kind"), [("is-killed", "worker died"), ("hangs", "timeout")])
def test_a_pool_that_lost_a_worker_says_so_and_one_that_hangs_does_not(
    start_method: str, workload: str, kind: str, token: str
) -> None:
    case = case_of("pool-map", Settings(workers=2, start_method=start_method), workload)
    measure([case], Plan(blocks=1, fewest_blocks=1, rounds=1, timeout=2.0), Tally(), lambda now: None)
    assert case.error is not None
    assert case.error.kind == kind
    assert ("--timeout" in case.error.message) and ("2 s" in case.error.message)


@needs_proc
def test_what_was_reaped_before_the_sample_does_not_count() -> None:
    with parent() as process:
        tell(process, "reap")
        before = reaped_so_far(process.pid)
        assert timed_out(case_of("pool-map"), process.pid, 1.0, before).kind == "timeout"
