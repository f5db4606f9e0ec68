"""What it takes to pickle what goes to another process, and to unpickle what comes from one: seconds and bytes.

The picklers of `multiprocessing` and loky are replaced by subclasses that note when they are made and when they are
gone, which is when an object is pickled. Unpickling begins when `loads` is looked up; whoever gets the object knows
when it is over. So neither has a frame of ours in the traceback of an object that can't be pickled.
"""

from __future__ import annotations

from _thread import _local
from time import perf_counter_ns

from concbench.instruments.patches import replace
from concbench.instruments.recorder import SENT, recorder

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


class Sender:
    """What the thread that pickles for an executor knows of it."""

    def __init__(self, region: int) -> None:
        self.region = region
        self.submitted: dict[int, tuple[int, int]] = {}
        """When each task was submitted that has not been sent, and its items if it is a chunk (0: it is none)."""


class Moves:
    """What a thread pickles and unpickles."""

    __slots__ = ("key", "loading", "place", "sender", "size", "took")

    def __init__(self) -> None:
        self.size, self.took = -1, 0
        """The last object: bytes (-1: none), and nanoseconds."""
        self.loading = 0
        """When it began to unpickle the last object; 0: it did not."""
        self.sender: Sender | None = None
        self.key: int | None = None
        """The task of an executor that is being pickled."""
        self.place = -1
        """The record of the task whose result is pickled next."""

    def unpickling(self, now: int) -> int:
        """Nanoseconds that the object took to unpickle which the thread has just got; 0 where nothing was unpickled."""
        began = self.loading
        self.loading = 0
        return now - began if began else 0

    def pickled(self, size: int, began: int, ended: int) -> None:
        """An object was pickled: a task of an executor, a result, or something else."""
        self.size, self.took = size, ended - began
        if self.key is not None:
            key, self.key = self.key, None
            if self.sender is not None:
                submitted, items = self.sender.submitted.pop(key, (began, 0))
                recorder.record(SENT, self.sender.region, key, 0, submitted, ended, ended - began, size, items)
        elif self.place >= 0:
            recorder.amend(self.place, size, ended - began)
            self.place = -1


_threads = _local()


def moves() -> Moves:
    """What this thread pickles and unpickles."""
    try:
        found: Moves = _threads.moves
    except AttributeError:
        found = _threads.moves = Moves()
    return found


def instrument(module: ModuleType) -> None:
    """Measure what a module pickles."""
    for name in ("_ForkingPickler", "_LokyPickler"):
        pickler = vars(module).get(name)
        if pickler is not None and not hasattr(pickler, "measured"):
            replace(module, name, _measuring(pickler))


def _measuring(pickler: Any) -> Any:
    """A class that does what a pickler does, and measures it."""
    init = pickler.__init__

    class Measured(pickler):  # type: ignore[misc]  # its base depends on the module
        measured = True

        def __init__(self, file: Any, *args: Any, **kwargs: Any) -> None:
            self._measured = file, perf_counter_ns()
            init(self, file, *args, **kwargs)

        def __del__(self) -> None:
            now = perf_counter_ns()
            file, began = self._measured
            if getattr(file, "closed", False):
                return  # it was part of a cycle, and is gone long after it has pickled
            moves().pickled(file.tell(), began, now)

    if hasattr(pickler, "loads"):
        Measured.loads = _Loads(pickler.loads)
    Measured.__name__, Measured.__qualname__, Measured.__module__ = (
        pickler.__name__, pickler.__qualname__, pickler.__module__
    )  # fmt: skip
    return Measured


class _Loads:
    """The function that unpickles, which is looked up right before it is called."""

    def __init__(self, loads: Any) -> None:
        self.loads = loads

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        moves().loading = perf_counter_ns()
        return self.loads
