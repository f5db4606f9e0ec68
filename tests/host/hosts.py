"""A real host, as the outside starts it, and what a sample left behind there."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from textwrap import dedent
from typing import Any, BinaryIO

import psutil
import pytest

from concbench.model.case import Settings, Workload
from tests.fresh_interpreter import write_distribution

PLUGIN = Path(__file__).parent.parent / "plugin"
"""A third party's workloads that misbehave, found by entry point when this is on the path."""
METHODS = ("fork", "forkserver", "spawn")
every_method = pytest.mark.parametrize(
    "method", ["fork", *(pytest.param(method, marks=pytest.mark.thorough) for method in METHODS[1:])]
)
KEPT = re.compile(r"multiprocessing\.(forkserver|resource_tracker)")
"""In the command line of a process that multiprocessing keeps."""
GENEROUS = 100.0
"""Seconds after which an answer will not come any more."""


class Host:
    """A running host."""

    def __init__(self, process: subprocess.Popen[bytes], said: BinaryIO) -> None:
        self.process = process
        self._said = said

    @property
    def pid(self) -> int:
        return self.process.pid

    def send(self, line: bytes) -> None:
        """Send a line as it is."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def line(self) -> bytes:
        """The next line of the answers; empty at their end."""
        assert self.process.stdout is not None
        assert select.select([self.process.stdout], [], [], GENEROUS)[0], "the host does not answer"
        return self.process.stdout.readline()

    def ask(self, do: str, **more: Any) -> dict[str, Any]:
        """The answer to a request."""
        self.send(json.dumps({"do": do, **more}).encode())
        answer: dict[str, Any] = json.loads(self.line())
        return answer

    def open(self, subject: str, workload: Workload, experiment: str = "tasks", **settings: Any) -> dict[str, Any]:
        """Let it take on a case."""
        described = {"workload": asdict(workload), "settings": asdict(Settings(**settings))}
        return self.ask("open", case={"experiment": experiment, "subject": subject, **described})

    def sample(self, subject: str, workload: Workload, experiment: str = "tasks", **settings: Any) -> dict[str, Any]:
        """Its answer to one sample of a case, or to taking it on, if that fails."""
        opened = self.open(subject, workload, experiment, **settings)
        return self.ask("sample") if "ok" in opened else opened

    def failure(self, subject: str, workload: Workload, experiment: str = "tasks", **settings: Any) -> dict[str, str]:
        """How one sample of a case fails."""
        answer = self.sample(subject, workload, experiment, **settings)
        assert "failure" in answer, answer
        failure: dict[str, str] = answer["failure"]
        return failure

    def figures(self, subject: str, workload: Workload, experiment: str = "tasks", **settings: Any) -> dict[str, Any]:
        """The figures of one sample, whose phases add up."""
        answer = self.sample(subject, workload, experiment, **settings)
        assert "ok" in answer, answer
        figures: dict[str, Any] = answer["ok"]
        assert figures["start"] + figures["run"] + figures["stop"] == pytest.approx(figures["wall"], rel=0, abs=1e-9)
        assert min(figures["start"], figures["run"], figures["stop"], figures["cpu"]) >= 0
        return figures

    def leave(self) -> int:
        """End its input; returns its exit status."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        return self.process.wait(GENEROUS)

    def said(self) -> str:
        """What it and its children have written to stderr so far."""
        self._said.seek(0)
        return self._said.read().decode()


@contextmanager
def started(
    *path: Path | str, python: str = sys.executable, environment: Mapping[str, str] | None = None
) -> Iterator[Host]:
    """Start a host with these folders on its path; it is ended at the end, if it has not left."""
    variables = {**os.environ, **(environment or {})}
    if path:
        variables["PYTHONPATH"] = os.pathsep.join(map(str, path))
    with tempfile.TemporaryFile() as said:
        command = [python, "-P", "-m", "concbench.host"]
        # In a session of its own, as the outside starts it: MPI kills the whole group of a process whose worker died.
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env=variables,
            start_new_session=True,
        )
        host = Host(process, said)
        try:
            yield host
            host.leave()
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):
                        pipe.close()


def write_workload(folder: Path, name: str, task: str) -> Path:
    """Write a third party's workload, whose function is `task`; returns the folder that must be on the path."""
    register = f'''
from concbench.workloads.workload import Tasks, workload

@workload("{name}", tasks=4)
def build(sizes):
    """A third party's."""
    items = range(sizes.tasks)
    return Tasks(task=task, items=items, expected=items, busy=0.0)
'''
    return write_distribution(folder, "concbench.workloads", {name: name}, **{name: dedent(task) + register})


def by_method(names: Iterable[str], thread_names: Iterable[str] = ()) -> list[Any]:
    """Each of some subjects with each start method, and those of threads without one."""
    ways = [
        pytest.param(name, method, marks=[] if method == "fork" else [pytest.mark.thorough])
        for name in names
        for method in METHODS
    ]
    return [*ways, *((name, None) for name in thread_names)]


def left_by(host: Host) -> list[psutil.Process]:
    """What a sample left of its workers: the children of a host, beside those that multiprocessing keeps as long as it.

    Its fork server, the default from Python 3.14 on, reaps workers a moment after they end.
    """
    parent = psutil.Process(host.pid)
    kept = [child for child in parent.children() if KEPT.search(" ".join(child.cmdline()))]
    left = [child for child in parent.children(recursive=True) if child not in kept]
    return psutil.wait_procs(left, timeout=GENEROUS if kept else 0)[1]


def files_of(pid: int) -> dict[str, str]:
    """The open files of a process, by number, without the numbers that the system gives to pipes and sockets."""
    folder = Path(f"/proc/{pid}/fd")
    return {each.name: str(each.readlink()).partition("[")[0] for each in folder.iterdir()}


def shared_memory_of(pid: int) -> set[str]:
    """The blocks of shared memory that a process has mapped."""
    words = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").split()
    return {word for word in words if word.startswith("/dev/shm/psm_")}
