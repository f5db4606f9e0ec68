"""What it takes to pickle what goes to another process, and to unpickle what comes from one: seconds and bytes.

It stands in for the pickler in the modules that move objects between processes. Who sends or gets a task asks it right
afterwards, in the same thread.
"""

from __future__ import annotations

from _thread import _local, get_ident
from time import perf_counter_ns

from concbench.instruments.recorder import SENT, recorder

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


class _Last(_local):
    """The last object that this thread pickled, and the last that it unpickled: bytes (-1: none) and nanoseconds."""

    dumped = loaded = (-1, 0)


last = _Last()
senders: dict[int, tuple[int, dict[int, int]]] = {}
"""By the thread that pickles for an executor: its region, and when each of its tasks was submitted."""


def forget() -> None:
    """Forget what was pickled before, so that what is not pickled is not taken for it."""
    last.dumped = last.loaded = (-1, 0)


def instrument(module: ModuleType) -> None:
    """Measure what a module pickles."""
    for name in ("_ForkingPickler",):
        pickler = getattr(module, name, None)
        if pickler is not None and not hasattr(pickler, "measured"):
            setattr(module, name, _measuring(pickler))
    dumps = module.__dict__.get("dumps")
    if dumps is not None:  # loky's own
        module.dumps = _dumping(dumps)  # type: ignore[attr-defined]  # it has it


def _measuring(pickler: Any) -> Any:
    """A class that does what a pickler does, and measures it."""
    load = pickler.loads

    class Measured(pickler):  # type: ignore[misc]  # its base depends on the module
        measured = True
        dumps = staticmethod(_dumping(pickler.dumps))

        @staticmethod
        def loads(data: Any, *args: Any, **kwargs: Any) -> Any:
            began = perf_counter_ns()
            loaded = load(data, *args, **kwargs)
            last.loaded = (len(data), perf_counter_ns() - began)
            return loaded

    Measured.__name__, Measured.__qualname__ = pickler.__name__, pickler.__qualname__
    return Measured


def _dumping(dump: Any) -> Any:
    def dumps(thing: Any, *args: Any, **kwargs: Any) -> Any:
        began = perf_counter_ns()
        data = dump(thing, *args, **kwargs)
        ended = perf_counter_ns()
        size = len(data)
        last.dumped = (size, ended - began)
        sender = senders.get(get_ident())
        if sender is not None:
            key = getattr(thing, "work_id", None)
            if key is not None:
                region, submitted = sender
                recorder.record(SENT, region, key, 0, submitted.pop(key, began), ended, ended - began, size)
        return data

    return dumps
