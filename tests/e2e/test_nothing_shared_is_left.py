"""However a suite on sharing ends, no process, semaphore, shared memory or socket of it is left."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryDirectory

import pytest

from tests.e2e.command import Command, end, usually
from tests.measure.process_tree import carrying, needs_proc, wait_until

pytestmark = needs_proc

SHARED = Path("/dev/shm")
ENOUGH = 3
"""Names that are there at once when the run is ended."""


class Traces:
    """What a command's processes were seen to hold: files in /dev/shm, and what lies in their temporary folder."""

    def __init__(self, command: Command, temporary: Path) -> None:
        self.command = command
        self.temporary = temporary
        self.names: set[Path] = set()

    def look(self) -> int:
        """Look once more, and return how many names there have been."""
        for pid in carrying(self.command.token):
            self.names |= shared_by(pid)
        self.names |= set(self.temporary.glob("cb-*/pymp-*/*"))
        return len(self.names)

    def are_gone(self) -> bool:
        return not self.command.left() and not any(name.exists() for name in self.names)


def shared_by(pid: int) -> set[Path]:
    """Return the files in /dev/shm that a process has mapped, if it is still there."""
    try:
        lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    except OSError:
        return set()
    places = (line.partition(f"{SHARED}/")[2].removesuffix(" (deleted)") for line in lines)
    return {SHARED / place for place in places if place}


@contextmanager
def in_the_middle(suite: str, folder: Path, temporary: Path) -> Iterator[tuple[Popen[str], Traces]]:
    """Run a suite until it holds several things that have to be removed."""
    command = Command(folder, TMPDIR=str(temporary))
    traces = Traces(command, temporary)
    with command.started("run", suite, "--start-method", "forkserver") as process:
        wait_until(lambda: traces.look() >= ENOUGH, f"{suite} holds something")
        yield process, traces


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder with a short name: that of a socket in it must have no more than 107 letters."""
    with TemporaryDirectory(dir="/tmp") as name:
        yield Path(name)


SUITES = usually("pipes", among=("pipes", "shared-state", "locks", "startup", "semantics"))


@pytest.mark.parametrize("suite", SUITES)
def test_ctrl_c_leaves_nothing(suite: str, tmp_path: Path, temporary: Path) -> None:
    with in_the_middle(suite, tmp_path, temporary) as (process, traces):
        process.send_signal(signal.SIGINT)
        ended = end(process)
        assert ended.returncode == 130, ended.stderr
        assert "Traceback" not in ended.stderr
        assert traces.are_gone()
        assert list(traces.temporary.iterdir()) == []


@pytest.mark.parametrize("suite", SUITES)
def test_sigkill_leaves_nothing(suite: str, tmp_path: Path, temporary: Path) -> None:
    with in_the_middle(suite, tmp_path, temporary) as (process, traces):
        process.kill()
        end(process)
        wait_until(traces.are_gone, "everything is removed")
        wait_until(lambda: list(traces.temporary.iterdir()) == [], "the temporary files are removed")


@pytest.mark.thorough
def test_a_run_to_its_end_leaves_nothing(tmp_path: Path, temporary: Path) -> None:
    command = Command(tmp_path, TMPDIR=str(temporary))
    arguments = ("--channel", "shared-memory", "--channel", "unix-socket", "--channel", "manager-queue")
    ended = command.run("compare", *arguments, "--start-method", "spawn", "--blocks", "1", "--rounds", "1")
    assert ended.returncode == 0, ended.stderr
    assert command.left() == []
    assert list(temporary.iterdir()) == []
    assert "leaked" not in ended.stderr
