"""Running a command that prepares a side, however long it takes, so that nothing it started outlives it."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from concbench.measure.containment import Containment, KeeperKilled
from concbench.measure.host_process import LEAVE

SHOWN = 2**16
"""Bytes at the end of what a command wrote that are kept: it may write megabytes, and who reads them?"""
LONGEST_LINE = 300
"""Letters of a line that are kept."""


def without_git(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return an environment without what git says to hooks of the repository that they run in.

    With it, no other repository could be asked, and a version that is made of tags would be the wrong one.

    >>> without_git({"GIT_DIR": ".git", "HOME": "/home/me"})
    {'HOME': '/home/me'}
    """
    return {key: value for key, value in environment.items() if not key.startswith("GIT_")}


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    status: int
    """Its exit status, negative for a signal."""
    lines: list[str]
    """The last that it wrote."""
    left: int
    """How many processes it left behind, which were ended."""


def run_to_its_end(
    containment: Containment,
    command: list[str],
    environment: dict[str, str],
    folder: Path,
    patience: float | None = None,
) -> Finished:
    """Run a command in a folder, end what it leaves running, and return what came of it and the last lines it wrote.

    Raises subprocess.TimeoutExpired after `patience` seconds.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", dir=containment.folder) as output:
        status, left = -signal.SIGKILL, 0
        with suppress(KeeperKilled):  # by the command, and so it was killed, too
            process = containment.start(command, environment, output, folder, stdout=output)
            grace = 0.0
            try:
                if process.stdin is not None:
                    process.stdin.close()
                status = process.wait(patience)
                grace = LEAVE  # not for the command, but to see what of it stays
            finally:
                left = containment.end(process, grace)
        written = output.fileno()
        os.lseek(written, max(0, os.fstat(written).st_size - SHOWN), os.SEEK_SET)
        return Finished(status, last_lines(os.read(written, SHOWN)), left)


def last_lines(said: bytes) -> list[str]:
    """Return the lines of the end of an output, each of a length that can be shown.

    >>> last_lines(b"one" + 400 * b"!")[0][-5:]
    '!!! …'
    """
    lines = said.decode(errors="replace").splitlines()
    return [line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} …" for line in lines]
