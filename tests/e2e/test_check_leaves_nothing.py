"""However a gate is ended, no process, no temporary file and nothing in the repository is left of it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryDirectory

import pytest

from tests.e2e.checking import Gate, rows
from tests.e2e.command import Command, Ended, end, usually
from tests.e2e.test_interruption import wrapped
from tests.gate.repository import Repository, quick_environments
from tests.measure.process_tree import command_line, hosts, needs_proc, wait_until

pytestmark = needs_proc

CONFIGURATION = """
[[cases]]
name = "steps"
workload = "steps:step"
tasks = 4
strategies = ["pool-map"]
workers = 2
start-method = "fork"
metrics = ["wall"]
margin = "0.001%" # so little that nothing is decided before the signal comes
"""
STEPS = """
import os, time

def step(number):
    with open(os.environ["STEPS_TAKEN"], "ab") as file:
        file.write(b".")
    time.sleep(0.005)
"""
SLEEPS = "sleep 654 & wait"
"""A shell that has a child of its own, and goes on for longer than any test."""
FILTER = '"sleep 654 & wait"'
"""The same, as git's configuration has it."""
ENOUGH = 150
"""Steps that are taken when both sides have samples: to open and warm up take 40 of them."""


@pytest.fixture
def temporary() -> Iterator[Path]:
    """The folder for temporary files; with a short name, as those of sockets must have no more than 107 letters."""
    with TemporaryDirectory(dir="/tmp") as name:
        yield Path(name)


@dataclass(frozen=True)
class Going:
    """A gate that has come to a moment in which it stays until it is ended."""

    command: Command
    process: Popen[str]
    repository: Repository
    before: dict[str, object]
    """What the repository was like."""
    temporary: Path

    def traces(self) -> tuple[list[int], list[str]]:
        """The processes that are there, and the temporary files and folders."""
        return self.command.left(), [path.name for path in self.temporary.glob("cb-*")]


def sleeping(command: Command) -> bool:
    """Whether what sleeps has started its child."""
    return any(command_line(pid).split() == ["sleep", "654"] for pid in command.left())


@dataclass(frozen=True)
class Moment:
    """A moment of a gate that lasts until a signal comes."""

    has_come: Callable[[Command], bool]
    slow_filter: bool = False
    arguments: tuple[str, ...] = ()
    with_setup: bool = False
    """In an environment of its own on each side."""
    measured: bool = False
    """Whether there are samples by then."""


def steps_were_measured(command: Command) -> bool:
    taken = Path(command.environment["STEPS_TAKEN"])
    return taken.exists() and taken.stat().st_size >= ENOUGH and len(hosts(command.token)) == 2


MOMENTS = {
    # Files that are large are fetched by such filters, and that takes long.
    "while files are checked out": Moment(has_come=sleeping, slow_filter=True),
    "in a set-up": Moment(has_come=sleeping, arguments=("--setup", SLEEPS), with_setup=True),
    "while it measures": Moment(has_come=steps_were_measured, measured=True),
    "while it measures after a set-up": Moment(
        has_come=steps_were_measured, arguments=("--setup", "true"), with_setup=True, measured=True
    ),
}


@contextmanager
def come_to(
    moment: Moment, folder: Path, temporary: Path, before: Sequence[str] = (), more: Sequence[str] = ()
) -> Iterator[Going]:
    """Run a gate until it is in a moment."""
    home = folder / "home"
    home.mkdir()
    if moment.slow_filter:
        (home / ".gitconfig").write_text(f'[filter "slow"]\n\tsmudge = {FILTER}\n')
    gate = Gate(
        folder / "repository",
        {"steps.py": STEPS, "large.bin": "large", ".gitattributes": "*.bin filter=slow\n"},
        {"steps.py": f"# A comment.\n{STEPS}"},
        CONFIGURATION,
    )
    state = gate.repository.state()
    command = gate.command(HOME=str(home), TMPDIR=str(temporary), STEPS_TAKEN=str(folder / "steps-taken"))
    python = str(quick_environments(folder))
    arguments = [
        *more,
        *moment.arguments,
        *(("--base-python", python, "--head-python", python) if moment.with_setup else ()),
    ]
    with command.started("check", "--against", "HEAD~1", "--budget", "600s", *arguments, before=before) as process:
        wait_until(lambda: moment.has_come(command) or process.poll() is not None, "the gate came to its moment")
        assert process.poll() is None, process.communicate()
        yield Going(command, process, gate.repository, state, temporary)


def check_interrupted(ended: Ended, measured: bool) -> None:
    """Exit status 130, and what was measured by then is shown."""
    assert ended.returncode == 130, ended.stderr
    assert "Interrupted." in ended.stderr
    assert "concbench/cli" not in ended.stderr  # no traceback of concbench's; workers may complain as they are ended
    if measured:
        assert rows(ended) == {("steps/pool-map", "wall"): "undecided"}
        assert "these are the figures so far" in " ".join(ended.stderr.split())
    else:
        assert ended.stdout == ""


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("moment", "number"),
    [
        *((moment, signal.SIGINT) for moment in MOMENTS),
        ("in a set-up", signal.SIGTERM),
        ("while it measures", signal.SIGTERM),
    ],
)
def test_a_signal_leaves_nothing(moment: str, number: signal.Signals, tmp_path: Path, temporary: Path) -> None:
    with come_to(MOMENTS[moment], tmp_path, temporary) as going:
        going.process.send_signal(number)
        ended = end(going.process)
        assert going.traces() == ([], [])
        assert going.repository.state() == going.before
        check_interrupted(ended, MOMENTS[moment].measured)


@pytest.mark.parametrize("moment", usually("while it measures", among=MOMENTS))
def test_sigkill_leaves_nothing(moment: str, tmp_path: Path, temporary: Path) -> None:
    with come_to(MOMENTS[moment], tmp_path, temporary) as going:
        going.process.kill()
        ended = end(going.process)
        assert ended.returncode == -signal.SIGKILL
        wait_until(lambda: going.traces() == ([], []), "nothing was left")
        assert going.repository.state() == going.before


@pytest.mark.thorough
def test_a_run_to_its_end_leaves_nothing(tmp_path: Path, temporary: Path) -> None:
    gate = Gate(tmp_path / "repository", {"steps.py": STEPS}, {"steps.py": f"# A comment.\n{STEPS}"}, CONFIGURATION)
    before = gate.repository.state()
    command = gate.command(TMPDIR=str(temporary), STEPS_TAKEN=str(tmp_path / "steps-taken"))
    python = str(quick_environments(tmp_path))
    ended = command.run(
        *("check", "--against", "HEAD~1", "--budget", "0.5s", "--setup", "sleep 654 & true"),
        *("--base-python", python, "--head-python", python),
    )
    assert ended.returncode == 0, ended.stderr
    assert command.left() == []
    assert list(temporary.iterdir()) == []
    assert gate.repository.state() == before


@pytest.mark.thorough
def test_more_signals_while_an_interrupted_gate_is_told_do_not_lose_its_reports(
    tmp_path: Path, temporary: Path
) -> None:
    before = wrapped("concbench.cli.check", "job_summary", "SIGTERM")
    with come_to(MOMENTS["while it measures"], tmp_path, temporary, before, ("--summary", "../summary.md")) as going:
        going.process.send_signal(signal.SIGINT)
        check_interrupted(end(going.process), measured=True)
        assert "undecided" in (tmp_path / "summary.md").read_text()
