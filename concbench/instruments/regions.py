"""Regions: the pools, executors, groups of threads or tasks that a process opens, each with a name and a place.

A region's workers in other processes write their tasks without its number, which they do not know; the process that
starts them writes down which process works for which region.
"""

from __future__ import annotations

import os
from time import perf_counter_ns

from concbench.instruments import items
from concbench.instruments.call_site import call_site
from concbench.instruments.recorder import recorder

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from typing import Any

    Place = tuple[str, int, str]

by_queue: dict[int, tuple[int, int]] = {}
"""By the identity of the queue that workers get their tasks from: the process, and its region's number."""
groups: dict[tuple[int, str, str, int, str], int] = {}
"""Regions of what is started one by one: by the process, what it is, and the place."""


def opened(name: str, kind: str, began: int | None = None, **more: Any) -> int:
    """Open a region, and return its number. `kind` is what its workers are, as of a strategy."""
    number = recorder.region()
    file, line, function = call_site()
    recorder.write(event="region", number=number, name=name, kind=kind, file=file, line=line, function=function,
                   at=perf_counter_ns() if began is None else began, **more)  # fmt: skip
    items.of_place(number, file, line)
    return number


def ready(number: int, **more: Any) -> None:
    """Write down that a region can be used, and what is known of it now."""
    recorder.write(event="ready", number=number, at=perf_counter_ns(), **more)


def closed(number: int, began: int) -> None:
    """Write down that a region was closed, from when on that took."""
    recorder.write(event="closed", number=number, at=began, until=perf_counter_ns())


def group(name: str, kind: str, place: Place | None = None, **more: Any) -> int:
    """The region of what a place in the program starts one by one; opened when the first of them starts."""
    file, line, function = call_site() if place is None else place
    known = (os.getpid(), name, file, line, function)
    number = groups.get(known)
    if number is None:
        number = groups[known] = recorder.region()
        recorder.write(event="region", number=number, name=name, kind=kind, file=file, line=line, function=function,
                       at=perf_counter_ns(), group=True, **more)  # fmt: skip
    return number


def of_queue(queue: object) -> int:
    """The region whose workers get their tasks from a queue, if this process opened it; or else 0."""
    owner, number = by_queue.get(id(queue), (0, 0))
    return number if owner == os.getpid() else 0


def works_for(queue: object, pid: int | None, began: int) -> None:
    """Write down which process works for the region of a queue, and when its start began and was over."""
    number = of_queue(queue)
    if number:
        recorder.write(event="worker", number=number, pid=pid, at=began, until=perf_counter_ns())
