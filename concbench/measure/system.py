"""How the system is asked: by the small text files in which Linux describes itself, and by short commands."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

COMMAND_TIMEOUT = 3.0
"""Seconds that a command may take; a run should not wait longer for a note in its margin."""


def read_system_file(path: Path) -> str | None:
    """Return what the file says, without the white space around it; None where it can't be read.

    Never raises.

    >>> from pathlib import Path
    >>> read_system_file(Path("/proc/no such file")) is None
    True
    """
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    # OSError: no such file on this system, or not for this user. ValueError: a name that no file can have.
    except (OSError, ValueError):
        return None


def command_output(command: list[str], folder: Path | None = None, timeout: float = COMMAND_TIMEOUT) -> str | None:
    """Return what the command prints, without the white space around it.

    It runs in `folder`, or in the current one. None where it can't be started, fails or takes longer than `timeout`
    seconds. Never raises.

    >>> command_output(["no such command"]) is None
    True
    """
    try:
        ended = subprocess.run(
            command,
            cwd=folder,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            encoding="utf-8",
            errors="replace",
        )
    # OSError: no such program or folder. SubprocessError: an exit status other than 0, or too slow.
    except (OSError, subprocess.SubprocessError):
        return None
    return ended.stdout.strip()
