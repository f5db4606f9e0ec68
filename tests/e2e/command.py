"""The installed `concbench` command as a user runs it: in a pipe or on a terminal, with the faulty tasks at hand."""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import pytest

from concbench.model.run import Run
from concbench.runs.reading import read_run
from tests.measure.process_tree import DEADLINE, PLUGIN, TOKEN, carrying, new_token

CONCBENCH = Path(sys.executable).with_name("concbench")
ONCE = ("--blocks", "1", "--rounds", "1")

LONGEST = 100.0
"""Seconds after which a command is given up: no test expects to wait so long."""
TINY = ("--blocks", "1", "--rounds", "1", "--tasks", "4")
"""Measures as little as possible."""
SEQUENCE = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")

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

    Its output ends when concbench, its nursery, hosts and tasks have all ended.
    """
    stdout, stderr = process.communicate(timeout=DEADLINE)
    return Ended(process.args, process.returncode, stdout, stderr)


def with_limit(name: str, value: int) -> list[str]:
    """Words before a command that lower a limit of the shell's `ulimit` for it."""
    return ["sh", "-c", f'ulimit -{name} {value} && exec "$0" "$@"']


def signal_names(*names: str) -> list[signal.Signals]:
    """The signals of these names that this system has."""
    return [signal.Signals[name] for name in names if hasattr(signal, name)]


# On a plain terminal, and without the faulty workloads


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """The environment of a user at a plain terminal, whatever the tests run in, with some changes."""
    unwanted = {"CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}
    found = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**found, "TERM": "xterm-256color", **changes}


def concbench(
    *words: str, folder: Path, env: Mapping[str, str] | None = None, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[bytes]:
    """Run the command with its output in pipes."""
    return subprocess.run(
        [CONCBENCH, *words],
        cwd=folder,
        env=environment(env or {}),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=LONGEST,
    )


@dataclass
class Seen:
    """What a terminal was sent: on stdout, and on stderr."""

    status: int
    out: str
    err: str


def on_terminal(
    words: Sequence[str],
    folder: Path,
    columns: int = 100,
    env: Mapping[str, str] | None = None,
    stdout: bool = True,
    stderr: bool = True,
) -> Seen:
    """Run the command with a terminal each as its stdout and stderr, or with a pipe in its place."""
    reading, writing = [], []
    for terminal in (stdout, stderr):
        ours, theirs = new_terminal(columns) if terminal else os.pipe()
        reading.append(ours)
        writing.append(theirs)
    try:
        with subprocess.Popen(
            [CONCBENCH, *words],
            cwd=folder,
            env=environment(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=writing[0],
            stderr=writing[1],
        ) as process:
            for end in writing:
                os.close(end)
            out, err = read_all(reading)
            return Seen(process.wait(LONGEST), out, err)
    finally:
        for end in reading:
            os.close(end)


def new_terminal(columns: int) -> tuple[int, int]:
    """A terminal: our end of it, and the end of the program that runs on it."""
    import fcntl  # these three exist on POSIX only
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    return ours, theirs


def read_all(ends: Sequence[int]) -> list[str]:
    """Read from all ends at once, until all are closed."""
    received = dict.fromkeys(ends, b"")
    with selectors.DefaultSelector() as selector:
        for end in ends:
            selector.register(end, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select(LONGEST):
                try:
                    data = os.read(key.fd, 65536)
                except OSError:  # Linux's way to say that a terminal's other end is closed
                    data = b""
                received[key.fd] += data
                if not data:
                    selector.unregister(key.fd)
    return [received[end].decode() for end in ends]


def screen(sent: str) -> list[str]:
    """What is left on a terminal after it was sent this: as much of a terminal as concbench uses."""
    lines, at, column = [""], 0, 0
    for piece in re.findall(r"\x1b\[[?0-9;]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", sent):
        if piece == "\r":
            column = 0
        elif piece == "\n":
            at += 1
            lines += [""] if at == len(lines) else []
        elif piece.startswith("\x1b"):
            if piece.endswith("A"):
                at = max(0, at - int(piece[2:-1] or 1))
            elif piece == "\x1b[2K":
                lines[at] = ""
            elif not COLOUR.fullmatch(piece) and piece not in ("\x1b[?25l", "\x1b[?25h"):
                raise ValueError(f"the terminal was sent {piece!r}")
        else:
            lines[at] = lines[at][:column].ljust(column) + piece + lines[at][column + len(piece) :]
            column += len(piece)
    return [line.rstrip() for line in lines]


def usually(*these: object, among: Iterable[Any]) -> list[Any]:
    """Parameters of a test, all but these for `make test-all` only; a row of several is named by its first value."""
    rows = [(row, row if isinstance(row, tuple) else (row,)) for row in among]
    return [
        pytest.param(*values, marks=[] if row in these or values[0] in these else [pytest.mark.thorough])
        for row, values in rows
    ]
