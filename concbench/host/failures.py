"""From an exception in a sample to the reason that its row shows."""

from __future__ import annotations

import errno
import os
import pickle
import re
import signal
import sys

from concbench.experiments.tasks import WrongResult
from concbench.host.tracebacks import is_carried, task_traceback
from concbench.registry import UnknownName
from concbench.strategies.outcome import UnpicklableResult
from concbench.strategies.strategy import Unavailable, WorkerDied
from concbench.workloads.excerpt import MOST_TEXT, cut, text_of
from concbench.workloads.kinds import UnfitFunction, UnfitItems

REFUSALS = (errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EPERM)
"""What the system answers when it won't start another process: limits on processes, files and memory."""


SHARED = "/dev/shm"  # noqa: S108 - where Linux keeps semaphores and shared memory; nothing is made in it here
LACKING_SHARED = (errno.ENOENT, errno.ENOSPC, errno.EROFS, errno.EACCES)
"""What the system answers where semaphores or shared memory can't be made there."""
BUS_ERROR = "memory that maps a file could not be written to, as where /dev/shm or the disk is full"


def failure_of(error: BaseException) -> dict[str, str]:
    """Return why a case has no figures: the fields of a `Failure`, in words that say what to do where that is known."""
    text = text_of(error)
    kind = type(error).__name__
    if isinstance(error, (Unavailable, UnknownName)):
        return {"kind": "unavailable", "message": text}
    if isinstance(error, UnfitFunction):
        return {"kind": "unfit function", "message": text}
    if isinstance(error, UnfitItems):
        return {"kind": "unfit items", "message": text}
    if isinstance(error, WrongResult):
        return {"kind": "wrong result", "message": text}
    if isinstance(error, WorkerDied):
        of_memory = hasattr(signal, "SIGBUS") and text.endswith(f"signal {signal.SIGBUS:d}")
        return {"kind": "worker died", "message": f"{text}: {BUS_ERROR}" if of_memory else text}
    if kind == "BrokenProcessPool":  # by name: importing concurrent.futures here would burden every host
        return {"kind": "worker died", "message": "a worker process ended abruptly, and with it the whole executor"}
    if isinstance(error, UnpicklableResult) or kind == "MaybeEncodingError" or is_refused_by_pickle(error, text):
        return {"kind": "unpicklable", "message": f"it can't be moved between processes: {said_by_pickle(error, text)}"}
    lack = shared_memory_lacks(error)
    if lack is not None:
        return {"kind": "refused", "message": f"{lack}: {text}"}
    if not is_carried(error) and isinstance(error, OSError) and error.errno in REFUSALS:
        return {"kind": "refused", "message": f"the system refuses to start more: {text}"}
    if not is_carried(error) and isinstance(error, RuntimeError) and "can't start new thread" in text:
        return {"kind": "refused", "message": f"the system refuses to start more: {text}"}
    # By name: only a host with a person's own function carries these.
    if kind in ("RaisedOnItem", "RaisedBefore") and error.__cause__ is not None:
        told = {"kind": "raised", "message": text}
        trace = error.__cause__.__traceback__
        if trace is not None and trace.tb_next is None:  # raised by the call itself: the frame is ours
            return told
        return {**told, "traceback": traceback_of(error.__cause__)}
    message = f"{kind}: {text}" if text != kind else kind
    return {"kind": "raised", "message": message, "traceback": traceback_of(error)}


def shared_memory_lacks(error: BaseException, shared: str = SHARED) -> str | None:
    """Return why no semaphore or shared memory can be made, if an error may come of that; else None (Linux only)."""
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


def traceback_of(error: BaseException) -> str:
    """Return a task's traceback, cut: an exception may hold megabytes of text."""
    return cut(task_traceback(error), 5 * MOST_TEXT)


def is_refused_by_pickle(error: BaseException, text: str) -> bool:
    """Say whether it is `pickle` that complains, which it does by four kinds of exception."""
    if isinstance(error, pickle.PicklingError):
        return True
    if isinstance(error, RecursionError):
        return "while pickling" in text
    return isinstance(error, (TypeError, AttributeError)) and re.search("(cannot|can't) pickle", text, re.I) is not None


def said_by_pickle(error: BaseException, text: str) -> str:
    """Return what `pickle` said, without what a pool or a queue wraps it into, which differs from one to the next."""
    reason = getattr(error, "exc", text)  # of a MaybeEncodingError: the exception's repr
    match = re.fullmatch(r"""\w+(?:\((['"])(?P<in_repr>.*)\1\)|: (?P<after>.*))""", str(reason), re.DOTALL)
    return cut((match["in_repr"] or match["after"]) if match else str(reason))
