"""A traced task, as its worker runs it: it records when it ran, and where.

Workers that are not forked import this module for their first task, which an untraced sample does not make them do; so
it imports next to nothing.
"""

from __future__ import annotations

from mmap import mmap
from struct import Struct
from threading import get_native_id
from time import perf_counter_ns

TYPE_CHECKING = False  # as typing's, without importing typing: workers import this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

SLOT = Struct("=qqQ")
"""Begin and end, in nanoseconds of the clock, and the worker: the system's number of its thread."""

opened: dict[str, mmap] = {}
"""By path, the slots that this process has mapped. A forked worker inherits them; any other opens them once."""


def slots_at(path: str) -> mmap:
    """The slots in a file, mapped once in every process and interpreter."""
    if path not in opened:
        with open(path, "r+b") as file:  # noqa: PTH123 - no host carries pathlib
            opened[path] = mmap(file.fileno(), 0)
    return opened[path]


class RecordedTask:
    """A task that is called with its place and its item, and records when it ran and where."""

    def __init__(self, task: Callable[[Any], Any], path: str) -> None:
        self.task = task
        self.path = path

    def __call__(self, numbered: tuple[int, Any]) -> Any:
        """Run the task on the item."""
        place, item = numbered
        slots = slots_at(self.path)
        began = perf_counter_ns()
        result = self.task(item)
        SLOT.pack_into(slots, place * SLOT.size, began, perf_counter_ns(), get_native_id())
        return result


class RecordedCoroutine(RecordedTask):
    """The coroutine form: each task is a worker of its own, as all may run at once."""

    async def __call__(self, numbered: tuple[int, Any]) -> Any:
        """Await the task on the item."""
        place, item = numbered
        slots = slots_at(self.path)
        began = perf_counter_ns()
        result = await self.task(item)
        SLOT.pack_into(slots, place * SLOT.size, began, perf_counter_ns(), place)
        return result
