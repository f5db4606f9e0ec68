"""A task's traceback, shown as theirs: without the frames of concbench and of the machinery that called the task."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import concbench

CARRIED = ("TaskTraceback", "RemoteTraceback", "_RemoteTraceback")
"""Exceptions that hold, as text, the traceback of a task that raised in another process or thread."""

MACHINERY = (
    str(Path(concbench.__file__).parent) + os.sep,
    f"{os.sep}multiprocessing{os.sep}",
    f"{os.sep}concurrent{os.sep}futures{os.sep}",
    f"{os.sep}asyncio{os.sep}",
    f"{os.sep}threading.py",
)
FRAME = '  File "'


def is_carried(error: BaseException) -> bool:
    """Say whether an exception was raised in another process or thread, and brought here."""
    return type(error.__cause__).__name__ in CARRIED


def task_traceback(error: BaseException) -> str:
    """Return the traceback of what a task raised, from the task's own first frame on."""
    text = str(error.__cause__) if is_carried(error) else "".join(traceback.format_exception(error))
    return from_task_on(text.strip().removeprefix('"""').removesuffix('"""').strip())


def from_task_on(text: str) -> str:
    """Return a traceback without its outer frames up to the last one of the machinery.

    Where nothing else is left, the whole text: then the machinery itself is what raised.
    """
    lines = text.splitlines()
    frames = [index for index, line in enumerate(lines) if line.startswith(FRAME)]
    ours = [index for index in frames if any(part in lines[index] for part in MACHINERY)]
    own = [index for index in frames if not ours or index > ours[-1]]
    return "\n".join(["Traceback (most recent call last):", *lines[own[0] :]]) if own else text
