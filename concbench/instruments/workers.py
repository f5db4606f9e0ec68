"""A worker of a pool, as it sees its queues: it gets a task, runs it and puts the result; all of that is recorded.

The pool's own worker runs unchanged, on queues that write down when a task was taken and when its result was put. So no
frame of ours stands between a task and its worker, and tracebacks are those of the program. The items of a chunk come
out of a generator, which sees when the task asks for the next one.
"""

from __future__ import annotations

from time import perf_counter_ns, thread_time_ns

from concbench.instruments import pickling
from concbench.instruments.recorder import RAN, recorder

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    Opened = tuple[int, Any]
    """The key of a task in its pool, and the task itself, its items replaced by the worker's generator."""


class Worker:
    """What one worker is doing."""

    def __init__(self, region: int) -> None:
        self.region = region
        """0: the region is that of this process, which the process that started it writes down."""
        self.key = 0
        self.items = False
        """Whether the task under way is a chunk, whose generator records its items."""
        self.under_way = False
        self.item = 0
        self.began = self.cpu = 0
        self.came = (-1, 0)
        self.rest = (0, 0)
        """What came with the other items of a chunk: all of it came with the first."""
        self.place = -1

    def take(self, key: int, submitted: int | None = None) -> None:
        """A task or a chunk was taken; in the process that submitted it, with the time when that was."""
        self.key, self.item = key, 0
        self.came = pickling.last.loaded if submitted is None else (submitted, -1)
        self.rest = (0, 0) if submitted is None else self.came
        self.items, self.under_way = False, True
        self.cpu = thread_time_ns()
        self.began = perf_counter_ns()

    def chunk(self, items: Iterable[Any]) -> Iterator[Any]:
        """The items of the chunk that was taken, as its task asks for them."""
        self.items = True
        first = True
        for item in items:
            if first:
                first = False
            else:
                self._record()
                self.item += 1
            yield item

    def _record(self) -> None:
        """The item under way has ended, and the next one begins."""
        ended, cpu = perf_counter_ns(), thread_time_ns()
        size, took = self.came
        self.place = recorder.record(
            RAN, self.region, self.key, self.item, self.began, ended, cpu - self.cpu, size, took, -1, 0
        )
        self.came = self.rest
        self.began, self.cpu = ended, cpu

    def put(self, send: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Send a result by the queue's own method."""
        if not self.under_way:
            return send(*args)
        self._record()
        self.under_way = False
        pickling.last.dumped = (-1, 0)
        try:
            return send(*args)
        finally:
            recorder.amend(self.place, *pickling.last.dumped)


class Inward:
    """The queue that a worker gets its tasks from."""

    def __init__(self, queue: Any, worker: Worker, opened: Callable[[Worker, Any], None]) -> None:
        self._queue, self._worker, self._opened = queue, worker, opened

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """The next task."""
        task = self._queue.get(*args, **kwargs)
        if task is None:
            return None
        return self._opened(self._worker, task)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)


class Outward:
    """The queue that a worker puts its results into."""

    def __init__(self, queue: Any, worker: Worker) -> None:
        self._queue, self._worker = queue, worker

    def put(self, *args: Any) -> Any:
        """Put a result."""
        return self._worker.put(self._queue.put, args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)
