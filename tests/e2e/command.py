"""The installed `concbench` command as a user runs it: in a folder of its own, with the faulty workloads at hand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

from concbench.model import Run
from concbench.runs.reading import read_run
from tests.measure.process_tree import DEADLINE, PLUGIN, TOKEN, carrying, new_token

CONCBENCH = Path(sys.executable).with_name("concbench")
ONCE = ("--blocks", "1", "--rounds", "1")

Ended = subprocess.CompletedProcess[str]


class Command:
    """Runs `concbench` in a folder; every process that comes of it carries the command's own token."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.token = new_token()
        path = [str(PLUGIN), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path),
            TOKEN: self.token,
            **environment,
        }

    def run(self, *arguments: str, before: Sequence[str] = (), stdin: str = "") -> Ended:
        """Run it to its end; `before` are words that the command line begins with."""
        return subprocess.run(
            [*before, str(CONCBENCH), *arguments],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=2 * DEADLINE,
            check=False,
        )

    @contextmanager
    def started(self, *arguments: str, before: Sequence[str] = ()) -> Iterator[Popen[str]]:
        """Run it meanwhile, at the head of a group of its own, as a shell starts what stands in the foreground."""
        with Popen(
            [*before, str(CONCBENCH), *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            text=True,
            process_group=0,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def left(self) -> list[int]:
        """The processes that it left behind."""
        return carrying(self.token)

    def saved(self) -> Run:
        """The one run document that it wrote into results/, and no other file is there."""
        (path,) = (self.folder / "results").iterdir()
        return read_run(path)


def end(process: Popen[str]) -> Ended:
    """Wait for a command that was started, and return what became of it.

    Its output ends when nobody holds it any more: concbench, its nursery, hosts and tasks have all ended then.
    """
    stdout, stderr = process.communicate(timeout=DEADLINE)
    return Ended(process.args, process.returncode, stdout, stderr)


def with_limit(name: str, value: int) -> list[str]:
    """Words before a command that lower a limit of the shell's `ulimit` for it."""
    return ["sh", "-c", f'ulimit -{name} {value} && exec "$0" "$@"']


def signal_names(*names: str) -> list[signal.Signals]:
    """The signals of these names that this system has."""
    return [signal.Signals[name] for name in names if hasattr(signal, name)]
