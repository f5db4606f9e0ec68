"""Starting hosts so that nothing they start outlives concbench, even if concbench is killed."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import Popen
from typing import Protocol, TextIO


class Containment(Protocol):
    """Starts processes, and ends each with all of its descendants."""

    folder: Path
    """Removed with all that is in it when the containment is left, even where concbench was killed (POSIX)."""

    def start(
        self, command: list[str], environment: dict[str, str], stderr: TextIO | None, folder: Path | None = None
    ) -> Popen[bytes]:
        """Start a process in a folder, with pipes to its stdin and stdout; `stderr` None means concbench's own."""

    def end(self, process: Popen[bytes], grace: float) -> None:
        """End a process and all its descendants, after `grace` seconds in which they may end by themselves."""


def contained() -> AbstractContextManager[Containment]:
    """Return the containment that this system offers; leaving it ends all that was started in it.

    POSIX systems get a process group for each host, and a guardian process that outlives concbench for a moment.
    Windows gets a job object, whose processes the kernel ends with the job's last handle; that part is untested.
    """
    if sys.platform == "win32":
        from concbench.measure.containment_windows import contained_by_job

        return contained_by_job()
    from concbench.measure.containment_posix import contained_by_guardian

    return contained_by_guardian()
