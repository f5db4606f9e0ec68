"""Whatever happens to stdout and stderr, the run is saved, nothing is left running, and the exit status is right."""

from __future__ import annotations

import errno
import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest

from tests.e2e.command import CONCBENCH, Command, Ended, environment, new_terminal, usually
from tests.gate.repository import changed
from tests.measure.process_tree import DEADLINE, TOKEN, needs_proc, wait_until

pytestmark = needs_proc

EXAMPLE = Path(__file__).parents[2] / "results" / "example-pool-vs-process.json"
SIZES = ("--blocks", "2", "--rounds", "1", "--tasks", "4")
COMPARE = ("compare", "--workload", "sleep", "--strategy", "serial", "--strategy", "thread", *SIZES)
MEASURING = {
    "compare": COMPARE,
    "run": ("run", "pool-vs-process", "--blocks", "1", "--rounds", "1", "--tasks", "2"),
    "advise": ("advise", "json:dumps", "--items", "20", "--budget", "3s", "--strategy", "executor-threads"),
    "check": ("check", "--base-python", sys.executable, "--head-python", sys.executable, "--budget", "1s", "--save"),
}
GATE = '[[cases]]\nname = "naps"\nworkload = "sleep"\ntasks = 4\ntask-time = "5ms"\nstrategies = ["thread"]\n'


class Terminal:
    """A command on a terminal of its own, until that is closed."""

    def __init__(self, process: subprocess.Popen[bytes], ours: int) -> None:
        self.process = process
        self._ours = ours
        self.seen = b""

    def read(self, size: int) -> None:
        """Read what is shown until there has been that much of it, or all."""
        while len(self.seen) < size:
            try:
                self.seen += os.read(self._ours, 65536)
            except OSError as error:
                assert error.errno == errno.EIO  # the command has ended
                return

    def read_until(self, condition: Callable[[], object], what: str) -> None:
        """Read what is shown until something is so: a terminal that is not read stops the command."""

        def looked() -> object:
            if select.select([self._ours], [], [], 0)[0]:
                self.read(len(self.seen) + 1)
            return condition()

        wait_until(looked, what)

    def close(self) -> None:
        """Close it, as the window of a terminal is closed."""
        os.close(self._ours)
        self._ours = -1

    def status(self) -> int:
        return self.process.wait(DEADLINE)


@contextmanager
def on_terminal(
    command: Command, words: Sequence[str], hangs_up: bool, before: Sequence[str] = (), stdout: int | None = None
) -> Iterator[Terminal]:
    """Run a command on a terminal; where that `hangs_up`, closing it sends a SIGHUP, as it does from a shell."""
    ours, theirs = new_terminal(100)

    def control() -> None:
        import fcntl
        import termios

        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    try:
        process = subprocess.Popen(
            [*before, str(CONCBENCH), *words],
            cwd=command.folder,
            env=environment({name: command.environment[name] for name in (TOKEN, "PYTHONPATH")}),
            stdin=theirs,
            stdout=theirs if stdout is None else stdout,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=control if hangs_up else None,
        )
    finally:
        os.close(theirs)
    terminal = Terminal(process, ours)
    try:
        yield terminal
    finally:
        process.kill()
        process.wait()
        if terminal._ours >= 0:
            terminal.close()


def prepared(folder: Path) -> Command:
    changed(folder / "here", {"concbench.toml": GATE}, {})
    return Command(folder / "here")


# A terminal that is closed


@pytest.mark.parametrize("name", usually("compare", among=MEASURING))
def test_a_terminal_that_hangs_up_ends_the_run_which_is_saved(name: str, tmp_path: Path) -> None:
    command = prepared(tmp_path)
    with on_terminal(command, MEASURING[name], hangs_up=True) as terminal:
        terminal.read(300)  # progress is shown
        terminal.close()
        assert terminal.status() == 130
    assert not command.saved().complete
    assert command.left() == []


@pytest.mark.thorough
@pytest.mark.parametrize("name", MEASURING)
def test_a_terminal_that_is_gone_without_a_signal_is_no_reason_to_end(name: str, tmp_path: Path) -> None:
    command = prepared(tmp_path)
    with on_terminal(command, MEASURING[name], hangs_up=False) as terminal:
        terminal.read(300)
        terminal.close()
        assert terminal.status() == 0
    assert command.saved().complete
    assert command.left() == []


@pytest.mark.parametrize(
    ("size", "hangs_up"),
    [
        (1000, False),
        *usually(among=[(1000, True), *product([1, 30, 2000, 3000, 4000, 5000], [True, False])]),
    ],
)
def test_a_terminal_may_be_closed_at_any_moment(size: int, hangs_up: bool, tmp_path: Path) -> None:
    command = prepared(tmp_path)
    with on_terminal(command, COMPARE, hangs_up) as terminal:
        terminal.read(size)
        terminal.close()
        assert terminal.status() in ((130, 0) if hangs_up else (0,))  # 0 where all had been said before
    assert command.saved().complete or hangs_up
    assert command.left() == []


SAVES_SLOWLY = """
import os, sys, time
original = os.fsync
def slow(number):
    open("saving", "x").close()
    while not os.path.exists("go-on"):
        time.sleep(0.01)
    return original(number)
os.fsync = slow
sys.argv.pop(0)
from concbench.cli.main import main
main()
"""


@pytest.mark.parametrize(("hangs_up", "status"), usually(False, among=[(True, 130), (False, 0)]))
@pytest.mark.thorough
def test_a_terminal_that_is_closed_while_the_run_is_saved(hangs_up: bool, status: int, tmp_path: Path) -> None:
    command = prepared(tmp_path)
    with on_terminal(command, COMPARE, hangs_up, before=(sys.executable, "-c", SAVES_SLOWLY)) as terminal:
        terminal.read_until((command.folder / "saving").exists, "the run is being saved")
        terminal.close()
        (command.folder / "go-on").touch()
        assert terminal.status() == status
    assert command.saved().complete
    assert command.left() == []


@pytest.mark.thorough
def test_where_only_the_display_is_gone_the_results_come_all_the_same(tmp_path: Path) -> None:
    command = prepared(tmp_path)
    with (
        (tmp_path / "out").open("wb") as out,
        on_terminal(command, COMPARE, hangs_up=False, stdout=out.fileno()) as terminal,
    ):
        terminal.read(300)
        terminal.close()
        assert terminal.status() == 0
    assert "serial" in (tmp_path / "out").read_text()


# Streams that are full, closed, or slow


def redirected(command: Command, words: Sequence[str], redirection: str) -> Ended:
    """Run a command in a shell that redirects its streams."""
    return command.run(*words, before=("sh", "-c", f'exec "$0" "$@" {redirection}'))


def check_told_in_one_line(ended: Ended, reason: str) -> None:
    errors = [line for line in ended.stderr.splitlines() if line.startswith("Error: ")]
    assert errors == [f"Error: the output can't be written to stdout: {reason}"]
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr


STREAMS = {
    "stdout is full": ("1>/dev/full", 3, "No space left on device"),
    "stdout is closed": ("1>&-", 3, "it is closed"),
    "stderr is full": ("2>/dev/full", 0, None),
    "stderr is closed": ("2>&-", 0, None),
    "both are full": ("1>/dev/full 2>/dev/full", 3, None),
    "all are closed": ("0<&- 1>&- 2>&-", 3, None),
}


@pytest.mark.parametrize(
    ("name", "streams"),
    usually(("compare", "stdout is full"), among=product(MEASURING, STREAMS)),
)
def test_a_stream_that_takes_nothing_costs_what_was_to_be_written_to_it(
    name: str, streams: str, tmp_path: Path
) -> None:
    redirection, status, reason = STREAMS[streams]
    command = prepared(tmp_path)
    ended = redirected(command, MEASURING[name], redirection)
    assert ended.returncode == status, ended.stderr
    if reason is not None:
        check_told_in_one_line(ended, reason)
    assert command.saved().complete
    assert command.left() == []


@pytest.mark.parametrize(
    ("words", "streams"),
    usually(
        *product(["show run.json"], set(STREAMS) - {"both are full"}),
        among=product(["list", "show run.json", "--help", "export run.json --to csv"], STREAMS),
    ),
)
def test_what_reads_a_run_says_that_its_output_is_lost(words: str, streams: str, tmp_path: Path) -> None:
    from concbench.runs.writing import write_run
    from tests.builders import example_run

    write_run(example_run(), tmp_path / "run.json")
    redirection, status, reason = STREAMS[streams]
    ended = redirected(Command(tmp_path), words.split(), redirection)
    assert ended.returncode == status, ended.stderr
    if reason is not None:
        check_told_in_one_line(ended, reason)


@pytest.mark.thorough
def test_a_regression_stays_one_where_it_can_not_be_shown(tmp_path: Path) -> None:
    fast, slow = (f"import time\ndef nap(number):\n    time.sleep({seconds})\n" for seconds in (0.005, 0.05))
    gate = '[[cases]]\nname = "naps"\nworkload = "mine:nap"\ntasks = 4\nstrategies = ["serial"]\nmetrics = ["wall"]\n'
    changed(tmp_path / "here", {"mine.py": fast, "concbench.toml": gate}, {"mine.py": slow})
    ended = redirected(Command(tmp_path / "here"), ("check", "--against", "HEAD~1", "--budget", "4s"), "1>/dev/full")
    assert ended.returncode == 1, ended.stderr


def test_a_document_that_stdout_did_not_take_is_saved(tmp_path: Path) -> None:
    command = Command(tmp_path)
    ended = redirected(command, (*COMPARE, "--json", "-"), "1>/dev/full")
    assert ended.returncode == 3
    assert "Saved results/" in ended.stderr
    assert command.saved().complete


@pytest.mark.thorough
def test_a_document_whose_reader_has_gone_is_saved(tmp_path: Path) -> None:
    command = Command(tmp_path)
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            [str(CONCBENCH), *COMPARE, "--json", "-"],
            cwd=tmp_path,
            env=command.environment,
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            timeout=DEADLINE,
        )
    finally:
        os.close(writing)
    assert ended.returncode == 141, ended.stderr
    assert "Saved results/" in ended.stderr
    assert command.saved().complete


def test_a_pipe_that_does_not_block_gets_all_of_a_document(tmp_path: Path) -> None:
    """As where the reader is a program that waits for events: a pipe that is full is no error, however slow it is."""
    command = Command(tmp_path)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    words = ("export", str(EXAMPLE), "--to", "chrome-trace")
    with subprocess.Popen(
        [str(CONCBENCH), *words], cwd=tmp_path, env=command.environment, stdout=writing, stderr=subprocess.DEVNULL
    ) as process:
        os.close(writing)
        received = bytearray()
        with os.fdopen(reading, "rb", buffering=0) as pipe:
            while data := pipe.read(1000):
                received += data
    assert process.returncode == 0
    assert len(received) > 65536  # more than a pipe holds
    assert json.loads(received)["traceEvents"]


# Faults of concbench's own

FAULTY = """
import sys
from concbench.suites.suite import suites
def broken():
    raise KeyError("found\\x1b[31m")
suites.all = broken
sys.argv.pop(0)
from concbench.cli.main import main
main()
"""


def test_a_fault_of_its_own_is_a_status_of_its_own_a_line_and_a_report(tmp_path: Path) -> None:
    command = Command(tmp_path, TMPDIR=str(tmp_path))
    ended = command.run("list", "suites", before=(sys.executable, "-c", FAULTY))
    assert ended.returncode == 70
    (line,) = ended.stderr.splitlines()
    assert line.startswith("Error: this is a fault of concbench: KeyError: 'found")
    assert line.isprintable()
    (report,) = tmp_path.glob("concbench-fault-*.txt")
    assert str(report) in line
    text = report.read_text()
    for wanted in ("Traceback (most recent call last)", "KeyError", "$ concbench list suites", sys.platform.title()):
        assert wanted in text
    assert report.stat().st_mode & 0o077 == 0


def test_a_fault_whose_report_can_not_be_written_is_told_all_the_same(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from concbench.cli import crash_report

    monkeypatch.setattr(crash_report, "folders", lambda: iter([tmp_path / "nowhere"]))
    crash_report.report_fault(ValueError("no"))
    assert "ValueError: no; no report could be written" in capfd.readouterr().err


def test_a_fault_on_closed_streams_is_a_status(tmp_path: Path) -> None:
    command = Command(tmp_path, TMPDIR=str(tmp_path))
    shell = ("sh", "-c", 'exec "$0" "$@" 1>&- 2>&-', sys.executable, "-c", FAULTY)
    assert command.run("list", "suites", before=shell).returncode == 70
    assert len(list(tmp_path.glob("concbench-fault-*.txt"))) == 1


# The working folder


def test_a_working_folder_that_was_deleted_is_told(tmp_path: Path) -> None:
    for words in MEASURING.values():
        (tmp_path / "gone").mkdir()
        shell = ("sh", "-c", 'cd gone && rmdir ../gone && exec "$0" "$@"')
        ended = Command(tmp_path).run(*words, before=shell)
        assert ended.returncode == 2
        assert ended.stderr.splitlines()[-1] == (
            "Error: the working folder was deleted: change to a folder that exists"
        )


@pytest.mark.thorough
def test_a_working_folder_that_is_deleted_while_it_measures_costs_the_document_only(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    command = Command(here)
    with command.started(*COMPARE, "--verbose") as process:
        assert process.stderr is not None
        assert "block 1" in process.stderr.readline()
        here.rmdir()
        out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 3
    assert "can't be written (No such file or directory)" in err
    assert "Traceback" not in err
    assert "serial" in out
