"""From an exception in a sample to the reason that its row shows."""

from __future__ import annotations

import errno
import pickle

from concbench.experiments.tasks import WrongResult
from concbench.host.tracebacks import is_carried, task_traceback
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
    if not is_carried(error) and isinstance(error, OSError) and error.errno in REFUSALS:
        return Failure(kind="refused", message=f"the system refuses to start more: {text}")
    if not is_carried(error) and isinstance(error, RuntimeError) and "can't start new thread" in text:
        return Failure(kind="refused", message=f"the system refuses to start more: {text}")
    message = f"{kind}: {text}" if text != kind else kind
    return Failure(kind="raised", message=message, traceback=task_traceback(error))
