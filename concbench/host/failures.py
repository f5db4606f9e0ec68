"""From an exception in a sample to the reason that its row shows."""

from __future__ import annotations

import errno
import pickle
import traceback

from concbench.experiments.tasks import WrongResult
from concbench.model import Failure
from concbench.registry import UnknownName
from concbench.strategies.outcome import UnpicklableResult
from concbench.strategies.strategy import Unavailable, WorkerDied

REFUSALS = (errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EPERM)
"""What the system answers when it won't start another process: limits on processes, files and memory."""


def failure_of(error: BaseException) -> Failure:
    """Return why a case has no figures, in words that say what to do where that is known."""
    text = str(error) or type(error).__name__
    kind = type(error).__name__
    if isinstance(error, (Unavailable, UnknownName)):
        return Failure(kind="unavailable", message=text)
    if isinstance(error, WrongResult):
        return Failure(kind="wrong result", message=text)
    if isinstance(error, WorkerDied):
        return Failure(kind="worker died", message=text)
    if kind == "BrokenProcessPool":  # by name: importing concurrent.futures here would burden every host
        return Failure(kind="worker died", message="a worker process ended abruptly, and with it the whole executor")
    if isinstance(error, (UnpicklableResult, pickle.PicklingError)) or kind == "MaybeEncodingError" or "pickle" in text:
        return Failure(kind="unpicklable", message=f"it can't be moved between processes: {text}")
    if _came_from_here(error) and isinstance(error, OSError) and error.errno in REFUSALS:
        return Failure(kind="refused", message=f"the system refuses to start more: {text}")
    if _came_from_here(error) and isinstance(error, RuntimeError) and "can't start new thread" in text:
        return Failure(kind="refused", message=f"the system refuses to start more: {text}")
    trace = "".join(traceback.format_exception(error))
    return Failure(kind="raised", message=f"{kind}: {text}" if text != kind else kind, traceback=trace)


def _came_from_here(error: BaseException) -> bool:
    """Say whether an exception was raised in this process: a task's own, from elsewhere, has a traceback as cause."""
    return type(error.__cause__).__name__ not in ("TaskTraceback", "RemoteTraceback", "_RemoteTraceback")
