"""Regions: the pools, executors, groups of threads or tasks that a process opens, each with a name and a place.

A region's workers in other processes write their tasks without its number, which they do not know; the process that
starts them writes down which process works for which region.
"""

from __future__ import annotations

import os
from _weakref import ref
from time import perf_counter_ns

from concbench.instruments import items
from concbench.instruments.call_site import call_site
from concbench.instruments.recorder import recorder

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from typing import Any

MOST = 2_000
"""Regions of a process that are written down: a program may make a semaphore for each of a million requests."""

_queues: dict[int, tuple[ref[Any], int, Any]] = {}
"""By the identity of a queue: a reference to it, the process that opened it, and what is known of its region."""
_groups: dict[tuple[int, str, str, int, str], int] = {}
"""Regions of what is started one by one: by the process, what it is, and the place."""


def opened(name: str, kind: str, began: int | None = None, **more: Any) -> int:
    """Open a region, and return its number. `kind` is what its workers are, as of a strategy."""
    number = recorder.region()
    if number > MOST:  # what is recorded of it belongs to no region that is known, and is left out
        return number
    file, line, function = call_site()
    recorder.write(event="region", number=number, name=name, kind=kind, file=file, line=line, function=function,
                   at=perf_counter_ns() if began is None else began, **more)  # fmt: skip
    items.of_place(number, file, line)
    return number


def ready(number: int, **more: Any) -> None:
    """Write down that a region can be used, and what is known of it now."""
    if number <= MOST:
        recorder.write(event="ready", number=number, at=perf_counter_ns(), **more)


def closed(number: int, began: int) -> None:
    """Write down that a region was closed, from when on that took."""
    if number <= MOST:
        recorder.write(event="closed", number=number, at=began, until=perf_counter_ns())


def group(name: str, kind: str) -> int:
    """The region of what this place in the program starts one by one; opened when the first of them starts."""
    file, line, function = call_site()
    known = (recorder.generation, name, file, line, function)
    number = _groups.get(known)
    if number is None:
        number = _groups[known] = recorder.region()
        recorder.write(event="region", number=number, name=name, kind=kind, file=file, line=line, function=function,
                       at=perf_counter_ns(), group=True)  # fmt: skip
    return number


def know(queue: Any, about: Any) -> None:
    """Remember whose queue this is, while it lives."""
    place = id(queue)

    def forget(gone: ref[Any]) -> None:
        if _queues.get(place, (None,))[0] is gone:
            del _queues[place]

    _queues[place] = (ref(queue, forget), os.getpid(), about)


def of_queue(queue: object) -> Any:
    """What is known of a queue, if this process opened it; or else None."""
    reference, owner, about = _queues.get(id(queue), (None, 0, None))
    return about if reference is not None and reference() is queue and owner == recorder.pid else None


def works_for(number: int, pid: int | None, began: int) -> None:
    """Write down which process works for a region, and when its start began and was over."""
    recorder.write(event="worker", number=number, pid=pid, at=began, until=perf_counter_ns())
