"""A fresh interpreter that observes facts, and a test that looks at what it leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass

import psutil

from concbench.facts.fact import facts
from concbench.measure.interpreters import import_path_for
from tests.strategies.running import SERVANTS, line_of

# It is no file, so spawned children do not import it, as they do not import anything of a host's main module.
OBSERVER = """
import json, multiprocessing, sys, threading
from concbench.facts.fact import facts

method, names = json.loads(sys.stdin.readline())
context = multiprocessing.get_context(method)
observed = {name: facts.get(name).observe(context) for name in names}
print(json.dumps({"observed": observed, "threads": threading.active_count()}), flush=True)
sys.stdin.read()
"""
MARK = "CONCBENCH_TEST_OBSERVER"
SECONDS = 10.0
"""Seconds that a process which ought to end gets for that."""


@dataclass
class Answer:
    """What an interpreter observed, and what was there when it had."""

    observed: dict[str, str]
    threads: int
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
    """Let a fresh interpreter observe facts; `cpus` is how many CPUs it may use."""
    mark = uuid.uuid4().hex
    with import_path_for(python) as path, tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [python, "-W", "error", "-c", OBSERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            env={**os.environ, **({"PYTHONPATH": path} if path else {}), MARK: mark},
        )
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin, process.stdout:
            try:
                below = psutil.Process(process.pid)
                if cpus is not None:
                    below.cpu_affinity(below.cpu_affinity()[:cpus])
                process.stdin.write(json.dumps([method, names]) + "\n")
                process.stdin.flush()
                line = process.stdout.readline()
                left = still_there(below)
                process.stdin.close()
                status = process.wait(SECONDS)
            finally:
                process.kill()
                process.wait()
        outlived = [line_of(other) for other in outliving(mark)]
        said.seek(0)
        assert line, said.read()
        assert status == 0
        answer = json.loads(line)
        return Answer(answer["observed"], answer["threads"], left, outlived, said.read())


def still_there(process: psutil.Process) -> list[str]:
    """Return what runs below a process, but for what `multiprocessing` keeps there."""
    servants = {child.pid for child in process.children() if any(word in line_of(child) for word in SERVANTS)}
    others = [child for child in process.children(recursive=True) if child.pid not in servants]
    return [line_of(child) for child in psutil.wait_procs(others, timeout=SECONDS)[1]]


def outliving(mark: str) -> list[psutil.Process]:
    """Return the processes that have this mark in their environment and do not end soon of themselves."""
    deadline = time.monotonic() + SECONDS
    while (found := marked(mark)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def marked(mark: str) -> list[psutil.Process]:
    """Return the processes that have this mark, whoever their parent is; what has ended has no environment."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark:
                found.append(process)
    return found
