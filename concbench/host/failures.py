"""From an exception in a sample to the reason and the traceback that its row shows."""

from __future__ import annotations

import errno
import os
import pickle
import re
import signal
import sys

import concbench
from concbench.experiments.verification import WrongResult
from concbench.registry import UnknownName
from concbench.strategies.strategy import Unavailable, UnpicklableResult, WorkerDied
from concbench.workloads.excerpt import MOST_TEXT, cut, text_of
from concbench.workloads.workload import MissingFunction, UnfitFunction, UnfitItems

KINDS = (
    ((Unavailable, UnknownName), "unavailable"),
    (MissingFunction, "missing function"),
    (UnfitFunction, "unfit function"),
    (UnfitItems, "unfit items"),
    (WrongResult, "wrong result"),
)
REFUSALS = (errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EPERM)
"""The system's errors when it refuses to start another process: limits on processes, files and memory."""
SHARED = "/dev/shm"  # noqa: S108 - where Linux keeps semaphores and shared memory; nothing is made in it here
LACKING_SHARED = (errno.ENOENT, errno.ENOSPC, errno.EROFS, errno.EACCES)
"""The system's errors when it can't make semaphores or shared memory."""
BUS_ERROR = "memory that maps a file could not be written to, which happens when /dev/shm or the disk is full"

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
MOST_OF_TRACEBACK = 200_000
"""Characters of a traceback that are parsed: an exception may hold megabytes of text, and so may its traceback."""
HEAD = "Traceback (most recent call last):"
FRAME = '  File "'
GROUP_HEAD = f"  + Exception Group {HEAD}"
GROUP_FRAME = '  |   File "'
"""The same of an `ExceptionGroup`; the exceptions in it are indented further."""
WRONG_CALL = re.compile(r"TypeError: .*\(\) (missing|takes|got) ")
"""Raised where a function can't be called with these arguments, so that it has no frame of its own."""


def failure_of(error: BaseException) -> dict[str, str]:
    """The fields of a `Failure`, in words that say what to do where that is known."""
    text = text_of(error)
    name = type(error).__name__
    for types, kind in KINDS:
        if isinstance(error, types):
            return {"kind": kind, "message": text}
    if name == "CommandFailed":  # by name: only a host of a command carries it
        return {"kind": "raised", "message": text}
    if isinstance(error, WorkerDied):
        of_memory = hasattr(signal, "SIGBUS") and text.endswith(f"signal {signal.SIGBUS:d}")
        return {"kind": "worker died", "message": f"{text}: {BUS_ERROR}" if of_memory else text}
    if name == "BrokenProcessPool":  # by name: importing concurrent.futures here would burden every host
        return {"kind": "worker died", "message": "a worker process ended abruptly, and with it the whole executor"}
    if isinstance(error, UnpicklableResult) or name == "MaybeEncodingError" or _is_refused_by_pickle(error, text):
        return {
            "kind": "unpicklable",
            "message": f"it can't be moved between processes: {_said_by_pickle(error, text)}",
        }
    lack = shared_memory_lacks(error)
    if lack is not None:
        return {"kind": "refused", "message": f"{lack}: {text}"}
    no_process = isinstance(error, OSError) and error.errno in REFUSALS
    no_thread = isinstance(error, RuntimeError) and "can't start new thread" in text
    if (no_process or no_thread) and not is_carried(error):
        return {"kind": "refused", "message": f"the system refuses to start more: {text}"}
    # By name: only a host with a user's function carries these.
    if name in ("RaisedOnItem", "RaisedBefore") and error.__cause__ is not None:
        failure = {"kind": "raised", "message": text}
        trace = error.__cause__.__traceback__
        if trace is not None and trace.tb_next is None:  # raised by the call itself: the frame is ours
            return failure
        return {**failure, "traceback": task_traceback(error.__cause__)}
    message = f"{name}: {text}" if text != name else name
    return {"kind": "raised", "message": message, "traceback": task_traceback(error)}


def shared_memory_lacks(error: BaseException, shared: str = SHARED) -> str | None:
    """Why no semaphore or shared memory can be made, if that may have caused an error; else None (Linux only)."""
    if sys.platform != "linux" or not isinstance(error, OSError) or error.errno not in LACKING_SHARED:
        return None
    if error.filename is not None and not str(error.filename).startswith(("/psm_", shared)):
        return None  # it is about a file of the task's own
    try:
        room = os.statvfs(shared)
    except OSError:
        return f"there is no {shared}, where semaphores and shared memory are made: mount a tmpfs there"
    if room.f_flag & os.ST_RDONLY or not os.access(shared, os.W_OK):
        return f"{shared}, where semaphores and shared memory are made, can't be written to"
    if error.errno == errno.ENOSPC and not (room.f_bavail and room.f_favail):
        return f"{shared}, where semaphores and shared memory are made, is full: empty or enlarge it"
    return None


def _is_refused_by_pickle(error: BaseException, text: str) -> bool:
    """Whether `pickle` raised it, which it does by four types of exception."""
    if isinstance(error, pickle.PicklingError):
        return True
    if isinstance(error, RecursionError):
        return "while pickling" in text
    return isinstance(error, (TypeError, AttributeError)) and re.search("(cannot|can't) pickle", text, re.I) is not None


def _said_by_pickle(error: BaseException, text: str) -> str:
    """The message of `pickle`, without the wrapping of a pool or a queue, each of which has its own."""
    reason = getattr(error, "exc", text)  # of a MaybeEncodingError: the exception's repr
    match = re.fullmatch(r"""\w+(?:\((['"])(?P<in_repr>.*)\1\)|: (?P<after>.*))""", str(reason), re.DOTALL)
    return cut((match["in_repr"] or match["after"]) if match else str(reason))


def is_carried(error: BaseException) -> bool:
    """Whether an exception was raised in another process or thread, and brought here."""
    return type(error.__cause__).__name__ in CARRIED


def task_traceback(error: BaseException) -> str:
    """The traceback of a task's exception, from the task's own first frame on, cut."""
    import traceback  # here: only a failure needs it

    text = str(error.__cause__) if is_carried(error) else "".join(traceback.format_exception(error))
    text = cut(text, MOST_OF_TRACEBACK).strip().removeprefix('"""').removesuffix('"""').strip()
    return cut(from_task_on(text), 5 * MOST_TEXT)


def from_task_on(text: str) -> str:
    """Remove the outer frames of a traceback, up to those of the machinery that called the task.

    Machinery that the task itself calls stays, and so do causes, which come first. If nothing else is left, the
    machinery itself raised, and the whole text stays; but for a function that can't be called with one item, only the
    error does.
    """
    lines = text.splitlines()
    head = max((index for index, line in enumerate(lines) if line == HEAD or _is_group(line)), default=0)
    frames = [index for index in range(head, len(lines)) if lines[index].startswith((FRAME, GROUP_FRAME))]
    called = False
    for index in frames:
        ours = any(part in lines[index] for part in MACHINERY)
        if called and not ours:
            title = GROUP_HEAD if _is_group(lines[head]) else HEAD
            return "\n".join([*lines[:head], title, *lines[index:]])
        called = called or ours
    return lines[-1] if called and WRONG_CALL.match(lines[-1]) else text


def _is_group(line: str) -> bool:
    """Whether a line is the head of an outermost group's traceback."""
    return line.strip() == GROUP_HEAD.strip()  # without its margin where it is the first line of a text
