"""Waiting for the hosts that examine a person's own function: for as long as they get on with it."""

from __future__ import annotations

import struct
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from concbench.measure.host_process import Answer, CaseFailed, HostProcess
from concbench.measure.hosting import OPENING, Hosting, refused
from concbench.measure.plan import Launch
from concbench.model import Failure
from concbench.workloads.progress import (
    CALLING,
    CHECKING,
    IMPORTING,
    INITIALISING,
    ITEM,
    LOOKING,
    MAKING_ITEMS,
    PHASE,
    SIZE,
    STARTING,
)

POLL = 0.05
"""Seconds between two looks at how far a host is."""


@dataclass(frozen=True)
class Examination:
    """What one host is asked: to call a function with its items, one after the other."""

    request: Answer
    launch: Launch


def examined(hosting: Hosting, examinations: Sequence[Examination], timeout: float) -> list[Answer | Failure]:
    """Let a host carry out each examination, all at the same time, and return what they answer.

    A host may take as long as it needs for all of the items, but for none of its steps longer than `timeout` seconds:
    to import the function, to make the items, to call it with one of them. One that does is ended, and the failure
    says what it was at.
    """
    answers: list[Answer | Failure | None] = [None] * len(examinations)
    with ExitStack() as stack:
        waiting: dict[int, Examining] = {}
        for number, examination in enumerate(examinations):
            path = hosting.folder / f"progress-{time.monotonic_ns()}-{number}"
            path.write_bytes(bytes(SIZE))
            try:
                host = stack.enter_context(hosting.host(examination.launch))
            except OSError as error:
                answers[number] = refused(error)
                continue
            host.send({**examination.request, "progress": str(path)})
            waiting[number] = Examining(host, path, examination.request["workload"], timeout)
        while waiting:
            for number, examining in list(waiting.items()):
                answers[number] = examining.answer(POLL / len(waiting))
                if answers[number] is not None:
                    del waiting[number]
    return [answer for answer in answers if answer is not None]


class Examining:
    """A host that is at work, and when it was last seen to get on."""

    def __init__(self, host: HostProcess, path: Path, workload: dict[str, str], timeout: float) -> None:
        self.host, self.path, self.workload, self.timeout = host, path, workload, timeout
        self.seen = bytes(SIZE)
        self.since = time.perf_counter()

    def answer(self, seconds: float) -> Answer | Failure | None:
        """Wait some seconds, and return the answer or why there will be none; None if it is still at work."""
        try:
            answer = self.host.answer(seconds)
        except CaseFailed as failed:
            return failed.failure
        if answer is not None:
            return answer
        now, seen = time.perf_counter(), self.path.read_bytes()
        if seen != self.seen:
            self.seen, self.since = seen, now
        figures = struct.unpack("=3q", self.seen)
        patience = max(self.timeout, OPENING) if figures[PHASE] == STARTING else self.timeout
        if now - self.since <= patience:
            return None
        self.host.end(at_once=True)
        return Failure(kind="timeout", message=stuck(figures[PHASE], figures[ITEM], self.workload, patience))


def stuck(phase: int, item: int, workload: dict[str, str], timeout: float) -> str:
    """Return what a host was at when it was given up.

    >>> stuck(CALLING, 5, {"name": "mine:work"}, 2.0)
    'mine:work was still busy with item 5 after 2 s (--timeout), called by itself before anything was measured'
    """
    name = workload["name"]
    after = f"after {timeout:g} s (--timeout)"
    if phase == CALLING:
        return f"{name} was still busy with item {item} {after}, called by itself before anything was measured"
    doing = {
        STARTING: "Python was still starting",
        IMPORTING: f"{name} was still being imported",
        INITIALISING: f"--init {workload.get('init')} was still busy",
        MAKING_ITEMS: f"--items {workload.get('items')} was still being read",
        CHECKING: f"--expect {workload.get('expect')} was still busy with the result of item {item}",
        LOOKING: f"the items and results of {name} were still being compared, or taken down,",
    }
    return f"{doing[phase]} {after}"
