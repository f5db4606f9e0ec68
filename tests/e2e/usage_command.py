"""The installed `concbench` command, run as a user runs it: in a pipe, or on a terminal."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

COMMAND = Path(sys.executable).with_name("concbench")
LONGEST = 100.0
"""Seconds after which a command is given up: no test expects to wait so long."""
TINY = ("--blocks", "1", "--rounds", "1", "--tasks", "4")
"""Measures as little as possible."""
SEQUENCE = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """The environment of a person at a plain terminal, whatever the tests run in, with some changes."""
    unwanted = {"CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}
    found = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**found, "TERM": "xterm-256color", **changes}


def concbench(
    *words: str, folder: Path, env: Mapping[str, str] | None = None, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[bytes]:
    """Run the command with its output in pipes."""
    return subprocess.run(
        [COMMAND, *words],
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
            [COMMAND, *words],
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
    """A terminal of so many columns: our end of it, and the end of the program that runs on it."""
    import fcntl  # these three exist on POSIX only
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    return ours, theirs


def read_all(ends: Sequence[int]) -> list[str]:
    """Read from all ends at once, until nobody writes to them any more."""
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
