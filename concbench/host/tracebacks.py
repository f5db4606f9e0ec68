"""A task's traceback, shown as theirs: without the frames of concbench and of the machinery that called the task."""

from __future__ import annotations

import os
import re

import concbench
from concbench.workloads.excerpt import cut

CARRIED = ("TaskTraceback", "RemoteTraceback", "_RemoteTraceback")
"""Exceptions that hold, as text, the traceback of a task that raised in another process or thread."""

MACHINERY = (
    os.path.dirname(concbench.__file__) + os.sep,  # noqa: PTH120 - a host can't afford pathlib
    f"{os.sep}multiprocessing{os.sep}",
    f"{os.sep}concurrent{os.sep}futures{os.sep}",
    f"{os.sep}asyncio{os.sep}",
    f"{os.sep}threading.py",
    f"{os.sep}importlib{os.sep}",
    "<frozen importlib.",
)
MOST_TEXT = 200_000
"""Characters of a traceback that are looked into: an exception may hold megabytes of text, and its traceback, too."""
HEAD = "Traceback (most recent call last):"
FRAME = '  File "'
GROUP_HEAD = f"  + Exception Group {HEAD}"
GROUP_FRAME = '  |   File "'
"""The same of an `ExceptionGroup`; what is inside it stands further to the right."""
WRONG_CALL = re.compile(r"TypeError: .*\(\) (missing|takes|got) ")
"""What is raised where a function does not take what it is called with, so that no frame of its own is there."""


def is_carried(error: BaseException) -> bool:
    """Say whether an exception was raised in another process or thread, and brought here."""
    return type(error.__cause__).__name__ in CARRIED


def task_traceback(error: BaseException) -> str:
    """Return the traceback of what a task raised, from the task's own first frame on."""
    import traceback  # here: only a failure needs it

    text = str(error.__cause__) if is_carried(error) else "".join(traceback.format_exception(error))
    return from_task_on(cut(text, MOST_TEXT).strip().removeprefix('"""').removesuffix('"""').strip())


def from_task_on(text: str) -> str:
    """Return a traceback without its outer frames, up to the machinery's that called the task.

    Machinery that the task itself calls, further in, is shown, and so are the causes that stand before. Where
    nothing else is left, the whole text: then the machinery itself is what raised. Of a function that can't be
    called with one item, nothing is left but the error.
    """
    lines = text.splitlines()
    head = max((index for index, line in enumerate(lines) if line == HEAD or is_group(line)), default=0)
    frames = [index for index in range(head, len(lines)) if lines[index].startswith((FRAME, GROUP_FRAME))]
    called = False
    for index in frames:
        ours = any(part in lines[index] for part in MACHINERY)
        if called and not ours:
            title = GROUP_HEAD if is_group(lines[head]) else HEAD
            return "\n".join([*lines[:head], title, *lines[index:]])
        called = called or ours
    return lines[-1] if called and WRONG_CALL.match(lines[-1]) else text


def is_group(line: str) -> bool:
    """Say whether a line is the head of a group's traceback, and not that of a group inside it."""
    return line.strip() == GROUP_HEAD.strip()  # without its margin where it is the first line of a text
