"""The git revision of a folder: which code a run was started beside."""

from __future__ import annotations

import shutil
from pathlib import Path

from concbench.measure.system import COMMAND_TIMEOUT, command_output


def git_revision(folder: Path = Path(), timeout: float = COMMAND_TIMEOUT) -> str | None:
    """Return the commit that is checked out in the folder's repository, with a `+` where something is uncommitted.

    A file that git neither tracks nor ignores counts as uncommitted. None where there is no git, no repository or no
    commit, and where one of the two commands fails or takes longer than `timeout` seconds. Never raises.

    >>> git_revision(Path("/no such folder")) is None
    True
    """
    git = shutil.which("git")
    if git is None:
        return None
    # To look must change nothing: no refreshed index, and no file system monitor left running beside the measurements.
    command = [git, "--no-optional-locks", "-c", "core.fsmonitor=false"]
    revision = command_output([*command, "rev-parse", "--verify", "HEAD"], folder, timeout)
    if not revision:
        return None
    changes = command_output([*command, "status", "--porcelain", "--untracked-files=normal"], folder, timeout)
    if changes is None:
        return None
    return f"{revision}+" if changes else revision
