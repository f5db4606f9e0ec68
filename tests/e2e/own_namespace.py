"""A command as the only thing in a world of processes: it can hurt nobody, and whoever is left after it is its doing.

Run as a script, this is the first process of that world: it runs the command, takes in orphans, and counts who is left.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

UNSHARE = ("unshare", "--pid", "--fork", "--mount", "--mount-proc", "--kill-child")
GRACE = 5.0
"""Seconds that what ends by itself, as the guardian does, may take to be gone."""


@dataclass(frozen=True)
class EndedAlone:
    """What became of a command, and who was left."""

    status: int
    stdout: str
    stderr: str
    left: tuple[str, ...]
    """Command lines."""


@cache
def namespaces() -> tuple[str, ...] | None:
    """Return the words that start a command in namespaces of its own; None where this user may not, or has none."""
    if shutil.which("unshare") is None:
        return None
    for words in (UNSHARE, (*UNSHARE, "--user", "--map-root-user")):
        if subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0:
            return words
    return None


def run_alone(command: Sequence[str], folder: Path, environment: Mapping[str, str], patience: float) -> EndedAlone:
    """Run a command in a folder, in namespaces of its own; raises subprocess.TimeoutExpired when patience is lost."""
    words = namespaces()
    assert words is not None
    found = folder.parent / "alone.json"
    done = subprocess.run(
        [*words, sys.executable, __file__, str(found), *command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=patience,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    report = json.loads(found.read_text())
    stdout, stderr = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
    return EndedAlone(report["status"], stdout, stderr, tuple(report["left"]))


def living() -> list[str]:
    """Return the command lines of all processes but this one that are no zombies."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                state = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            except OSError:
                continue  # it has just ended
            if state not in ("Z", "X"):
                found.append(words)
    return found


def main(report: str, command: Sequence[str]) -> None:
    """Run the command, and write down how it ended and who is left."""
    status = subprocess.run(command, check=False).returncode
    deadline = time.monotonic() + GRACE
    while (left := living()) and time.monotonic() < deadline:
        time.sleep(0.01)  # orphans are this process's children, but their own children are not
    Path(report).write_text(json.dumps({"status": status, "left": left}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
