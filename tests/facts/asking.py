"""A host that observes facts, and what it leaves behind."""

from __future__ import annotations

import sys
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass

import psutil

from concbench.facts.fact import facts
from concbench.measure.interpreters import import_path_for
from tests.host.hosts import started
from tests.strategies.running import line_of, processes_below, wait_until

MARK = "CONCBENCH_TEST_OBSERVER"
SECONDS = 10.0
"""Seconds that a process which ought to end gets for that."""


@dataclass
class Answer:
    """What a host observed, and what was there when it had."""

    observed: dict[str, str]
    processes: list[str]
    """Processes below it that multiprocessing does not keep on purpose."""
    outlived: list[str]
    """Processes that were there after its end."""
    said: str
    """What it and its children wrote to stderr."""

    @property
    def differences(self) -> dict[str, str]:
        """What was observed where it is not what a reader of the tutorial expects."""
        return {name: seen for name, seen in self.observed.items() if seen != facts.get(name).expected}


def ask(method: str, *names: str, python: str = sys.executable, cpus: int | None = None) -> Answer:
    """Let a host observe facts, on some of the CPUs; when it has, one thread must be left of it."""
    mark = uuid.uuid4().hex
    environment = {MARK: mark, "PYTHONWARNINGS": "error"}
    with (
        import_path_for(python) as path,
        started(*([path] if path else []), python=python, environment=environment) as host,
    ):
        own = psutil.Process(host.pid)
        if cpus is not None:
            own.cpu_affinity(own.cpu_affinity()[:cpus])
        asked = {name: host.ask("fact", name=name, start_method=method) for name in names}
        left = still_there(own)
        wait_until(lambda: own.num_threads() == 1)
        assert host.leave() == 0
        outlived = [line_of(other) for other in outliving(mark)]
        return Answer({name: each["ok"]["observed"] for name, each in asked.items()}, left, outlived, host.said())


def still_there(process: psutil.Process) -> list[str]:
    """What runs below a process and does not end soon, except for what `multiprocessing` keeps there."""
    return [line_of(child) for child in psutil.wait_procs(processes_below(process), timeout=SECONDS)[1]]


def outliving(mark: str) -> list[psutil.Process]:
    """The processes that have this mark in their environment and do not end soon of themselves."""
    deadline = time.monotonic() + SECONDS
    while (found := marked(mark)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def marked(mark: str) -> list[psutil.Process]:
    """The processes that have this mark, whoever their parent is; what has ended has no environment."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark:
                found.append(process)
    return found
