"""A real host, as the outside starts it, and a test that talks to it line by line."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from textwrap import dedent
from typing import Any, BinaryIO

from concbench.model import Settings, Workload

PLUGIN = Path(__file__).parent.parent / "plugin"
"""A third party's workloads that misbehave, found by entry point when this is on the path."""
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
        """Return the next line of the answers; empty at their end."""
        assert self.process.stdout is not None
        assert select.select([self.process.stdout], [], [], GENEROUS)[0], "the host does not answer"
        return self.process.stdout.readline()

    def ask(self, do: str, **more: Any) -> dict[str, Any]:
        """Send a request, and return its answer."""
        self.send(json.dumps({"do": do, **more}).encode())
        answer: dict[str, Any] = json.loads(self.line())
        return answer

    def open(self, subject: str, workload: Workload, **settings: Any) -> dict[str, Any]:
        """Let it take on a case."""
        case = {
            "experiment": "tasks",
            "subject": subject,
            "workload": asdict(workload),
            "settings": asdict(Settings(**settings)),
        }
        return self.ask("open", case=case)

    def sample(self, subject: str, workload: Workload, **settings: Any) -> dict[str, Any]:
        """Let it take on a case, and return its answer to one sample."""
        opened = self.open(subject, workload, **settings)
        return self.ask("sample") if "ok" in opened else opened

    def failure(self, subject: str, workload: Workload, **settings: Any) -> dict[str, str]:
        """Return how one sample of a case fails."""
        failure: dict[str, str] = self.sample(subject, workload, **settings)["failure"]
        return failure

    def leave(self) -> int:
        """End its input, and return its exit status."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        return self.process.wait(GENEROUS)

    def said(self) -> str:
        """Return what it and its children wrote to stderr so far."""
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
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, env=variables)
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


def write_distribution(folder: Path, name: str, group: str, module: str) -> Path:
    """Write a third party's distribution of one module; return the folder that must be on the path."""
    metadata = folder / f"a_{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: a_{name}\nVersion: 1.0\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(f"[{group}]\n{name} = a_{name}\n", encoding="utf-8")
    (folder / f"a_{name}.py").write_text(module, encoding="utf-8")
    return folder


def write_workload(folder: Path, name: str, task: str) -> Path:
    """Write a third party's workload, whose function is `task`; return the folder that must be on the path."""
    register = f'''
from concbench.workloads.kinds import Tasks, workload

@workload("{name}", tasks=4)
def build(sizes):
    """A third party's."""
    items = range(sizes.tasks)
    return Tasks(task=task, items=items, expected=items, busy=0.0)
'''
    return write_distribution(folder, name, "concbench.workloads", dedent(task) + register)
