"""A worker of a pool, as it sees its queues: it gets a task, runs it and puts the result; all of that is recorded.

The pool's own worker runs unchanged, on queues that write down when a task was taken and when its result was put. So no
frame of ours stands between a task and its worker, and tracebacks are those of the program. The items of a chunk come
out of a generator, which sees when the task asks for the next one.
"""

from __future__ import annotations

from time import perf_counter_ns, thread_time_ns

from concbench.instruments import texts
from concbench.instruments.patches import then
from concbench.instruments.pickling import Moves, moves
from concbench.instruments.recorder import RAN, recorder

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    Arguments = tuple[Any, ...]

_queues: list[tuple[Any, Callable[[Arguments], Arguments]]] = []
"""The functions that work for pools and executors, each with what replaces the queues among its arguments."""


def of_pool(function: Any, with_queues: Callable[[Arguments], Arguments]) -> None:
    """From now on, what runs this function in a thread or a process is a worker."""
    _queues.append((function, with_queues))


def is_of_pool(function: Any) -> bool:
    """Whether a function works for a pool or an executor."""
    return any(function is each for each, _ in _queues)


def arguments(function: Any, args: Arguments) -> Arguments:
    """The arguments of a function that is run in a thread or process; of a worker, with queues that are recorded."""
    for each, with_queues in _queues:
        if function is each:
            return with_queues(args)
    return args


class Worker:
    """What one worker is doing."""

    def __init__(self, region: int) -> None:
        self.region = region
        """0: the region is that of this process, which the process that started it writes down."""
        self.key = self.item = 0
        self.under_way = False
        """Whether it runs a task."""
        self.began = self.cpu = 0
        self.unpickled = 0
        """Nanoseconds that it took to unpickle what came; -1: nothing was unpickled."""
        self._moves: Moves | None = None

    @property
    def moves(self) -> Moves:
        """What its thread moves: that which first asks, as others make workers."""
        if self._moves is None:
            self._moves = moves()
        return self._moves

    def take(self, key: int) -> None:
        """A task or a chunk was taken."""
        self.key, self.item, self.under_way = key, 0, True
        now = perf_counter_ns()
        own = self.moves
        self.unpickled = own.unpickling(now) or -1
        own.place = -1
        self.began, self.cpu = now, thread_time_ns()

    def chunk(self, chunk: Iterable[Any]) -> Iterator[Any]:
        """The items of the chunk that was taken, as its task asks for them."""
        first = True
        for item in chunk:
            if first:
                first = False
            else:
                self._record()
                self.item += 1
            if texts.asked:
                texts.write(self.region, self.key, self.item, item)
            yield item

    def _record(self) -> int:
        """The item under way has ended, and the next one begins."""
        ended, cpu = perf_counter_ns(), thread_time_ns()
        place = recorder.record(
            RAN, self.region, self.key, self.item, self.began, ended, cpu - self.cpu, -1, self.unpickled, -1, 0
        )
        self.unpickled = min(0, self.unpickled)  # it came with the first item
        self.began, self.cpu = ended, cpu
        return place

    def end(self) -> None:
        """The task has ended, and its result is pickled next."""
        if self.under_way:
            self.under_way = False
            self.moves.place = self._record()


class Inward:
    """The queue that a worker gets its tasks from."""

    def __init__(self, queue: Any, opened: Callable[[Any], Any]) -> None:
        self._queue = queue
        self.get = then(queue.get, opened)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)


class Outward:
    """The queue that a worker puts its results into; `put` is looked up once, and then called for each."""

    def __init__(self, queue: Any, worker: Worker) -> None:
        self._queue, self._worker = queue, worker

    def put(self, result: Any) -> None:
        """Put a result."""
        self._worker.end()
        self._queue.put(result)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)


class Results:
    """The same where `put` is looked up for each: what it raises has no frame of ours."""

    def __init__(self, queue: Any, worker: Worker) -> None:
        self._queue, self._worker = queue, worker

    @property
    def put(self) -> Any:
        """What puts a result."""
        self._worker.end()
        return self._queue.put

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)


def batch_of(function: Any) -> Any:
    """The batch of calls of joblib, where a function is one or wraps one; or else None."""
    for each in (function, getattr(function, "func", None)):
        if type(each).__name__ == "BatchedCalls":
            return each
    return None
