"""Records `multiprocessing.Pool` and `ThreadPool`: what each call submits, sends and gets back, and what workers do.

Those of `multiprocess`, too, on which pathos and datasets are built: it is `multiprocessing` with another pickler.
"""

from __future__ import annotations

from time import perf_counter_ns

from concbench.instruments import changes, items, regions, texts, workers
from concbench.instruments.patches import Noted, Observed, Watched, like, replace, then
from concbench.instruments.pickling import moves
from concbench.instruments.recorder import CALLED, METHODS, RECEIVED, SENT, recorder
from concbench.instruments.workers import Inward, Outward, Worker, batch_of

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import ModuleType
    from typing import Any

JOB = 32
"""Bits for the number of a chunk within its call: a task's key is the call's number, and the chunk's."""
CALLS = ("map", "starmap", "map_async", "starmap_async", "imap", "imap_unordered")
"""Methods that take a function, items and a chunksize."""


def key_of(job: int, place: int | None) -> int:
    """The key of a chunk of a call.

    >>> key_of(2, 1) == (2 << JOB) + 1
    True
    """
    return (job << JOB) + (place or 0)


class _Opening:
    """What is known of a pool in the process that opens it."""

    def __init__(self) -> None:
        self.began = perf_counter_ns()
        self.number = 0
        self.closing = 0
        self.changes = changes.here()


def instrument(module: ModuleType) -> None:
    """Record what pools do."""
    pool: Any = module
    _instrument_workers(pool)
    _instrument_states(pool)

    def populated(self: Any) -> None:  # by its workers, for the first time: its queues are there, and no threads yet
        opening = vars(self).get("_concbench")
        if opening is not None and not opening.number:
            _open(pool, self, opening)

    def ended(self: Any, _began: int) -> None:
        opening = vars(self).get("_concbench")
        if opening is not None and opening.number and opening.closing:
            regions.closed(opening.number, opening.closing)

    replace(pool.Pool, "_repopulate_pool", Noted(pool.Pool._repopulate_pool, populated))
    for name in ("terminate", "join"):
        replace(pool.Pool, name, Watched(getattr(pool.Pool, name), ended))
    if changes.asked:
        _change(pool)


def _instrument_workers(pool: Any) -> None:
    def with_queues(args: tuple[Any, ...]) -> tuple[Any, ...]:
        inqueue, outqueue, *rest = args
        state = Worker(regions.of_queue(inqueue) or 0)

        def taken(task: Any) -> Any:
            if task is None:
                return None
            job, place, function, args, kwargs = task
            if function is pool._helper_reraises_exception:
                return task  # the iterable of the program raised
            state.take(key_of(job, place))
            batch = batch_of(function)
            if function is pool.mapstar or function is pool.starmapstar:
                ((called, chunk),) = args
                args = ((called, state.chunk(chunk)),)
            elif batch is not None:
                batch.items = state.chunk(batch.items)
            elif texts.asked:
                texts.write(state.region, state.key, 0, texts.of_call(args, kwargs))
            return job, place, function, args, kwargs

        return (Inward(inqueue, taken), Outward(outqueue, state), *rest)

    workers.of_pool(pool.worker, with_queues)


def _instrument_states(pool: Any) -> None:
    def changed(self: Any, _before: Any, state: Any) -> None:
        if state == pool.INIT:
            if recorder.folder is not None:
                self._concbench = _Opening()
            return
        opening = vars(self).get("_concbench")
        if opening is None or not opening.number:
            return
        if state == pool.RUN:
            method = None if isinstance(self, pool.ThreadPool) else self._ctx.get_start_method()
            regions.ready(opening.number, workers=self._processes, start_method=method)
        else:
            opening.closing = opening.closing or perf_counter_ns()

    replace(pool.Pool, "_state", Observed("_state", changed))


def _open(pool: Any, self: Any, opening: _Opening) -> None:
    """A pool is about to start its workers."""
    kind = "threads" if isinstance(self, pool.ThreadPool) else "processes"
    opening.number = number = regions.opened(type(self).__name__, kind, opening.began)
    regions.know(self._inqueue, number)
    self._taskqueue = _Submissions(pool, self._taskqueue, self._cache, number, self._processes)

    def received(result: Any) -> Any:
        if result is not None:
            now = perf_counter_ns()
            recorder.record(RECEIVED, number, key_of(result[0], result[1]), 0, now, moves().unpickling(now))
        return result

    self._quick_get = then(self._quick_get, received)


class _Submissions:
    """The queue of a pool's calls, each with its tasks; it writes down what is called, and when its tasks are sent."""

    def __init__(self, pool: Any, queue: Any, cache: Mapping[int, Any], number: int, processes: int) -> None:
        self._pool, self._queue, self._cache = pool, queue, cache
        self._number, self._processes = number, processes
        self.get = queue.get

    def put(self, call: Any) -> None:
        """Put the tasks of a call into the queue; None is what ends the thread that sends them."""
        if call is not None and recorder.folder is not None:
            tasks, set_length = call
            call = (self._sent(tasks, set_length, perf_counter_ns()), set_length)
        self._queue.put(call)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    def _sent(self, tasks: Iterable[Any], set_length: Any, called: int) -> Iterator[Any]:
        """The tasks of a call; what asks for the next one has sent the one before."""
        number, record = self._number, recorder.record
        submitted = called
        counted = longest = 0
        first = None
        try:
            for task in tasks:
                if set_length is not None:  # an iterator, whose next item was not there before
                    submitted = perf_counter_ns()
                    chunk = task[3][0][1] if task[2] is self._pool.mapstar else (None,)
                    counted, longest = counted + len(chunk), max(longest, len(chunk))
                if first is None or items.asked:
                    items.seen(number, *_submitted(self._pool, task))
                if first is None:
                    first = task[0], task[2]
                    if set_length is None:
                        self._call(tasks, *first, called)
                own = moves()
                own.size, own.took, own.key = -1, 0, None
                yield task
                key = (task[0] << JOB) + (task[1] or 0)
                record(SENT, number, key, 0, submitted, perf_counter_ns(), own.took, own.size)
                del task
        finally:
            if set_length is not None and first is not None:
                unordered = isinstance(set_length.__self__, self._pool.IMapUnorderedIterator)
                method = METHODS.index("imap_unordered" if unordered else "imap")
                record(CALLED, number, 0, method, called, counted, longest if longest > 1 else -1)

    def _call(self, tasks: object, job: int, function: Any, called: int) -> None:
        """Write down a call whose items are known."""
        if isinstance(tasks, list):
            recorder.record(CALLED, self._number, 0, METHODS.index("apply"), called, 1, -1)
            return
        result = self._cache.get(job)
        if isinstance(result, self._pool.MapResult):
            length, chunksize = len(result._value), result._chunksize
            usual = -(-length // (4 * self._processes))
            method = METHODS.index("map" if function is self._pool.mapstar else "starmap")
            recorder.record(CALLED, self._number, 0, method, called, length, -1 if chunksize == usual else chunksize)


def _submitted(pool: Any, task: Any) -> tuple[Any, Any]:
    """The function of a task or chunk, and a function that returns the arguments of its calls."""
    _, _, function, args, kwargs = task
    if function is pool.mapstar:
        called, chunk = args[0]
        return called, lambda: [(item,) for item in chunk]
    if function is pool.starmapstar:
        called, chunk = args[0]
        return called, lambda: [tuple(item) for item in chunk]
    return function, lambda: [(*args, *kwargs.values())]


def _change(pool: Any) -> None:
    """Let pools and their calls be other than the program says."""
    init = pool.Pool.__init__
    init_of_threads = pool.ThreadPool.__init__

    @like(init)
    def changed_init(self: Any, *args: Any, **kwargs: Any) -> None:
        if not isinstance(self, pool.ThreadPool):
            asked = changes.here()
            args, kwargs = changes.with_workers(asked, args, kwargs, "processes")
            kwargs = changes.with_context(asked, kwargs, "context", pool.__name__.partition(".")[0])
        init(self, *args, **kwargs)

    @like(init_of_threads)
    def changed_init_of_threads(self: Any, *args: Any, **kwargs: Any) -> None:
        args, kwargs = changes.with_workers(changes.here(), args, kwargs, "processes")
        init_of_threads(self, *args, **kwargs)

    replace(pool.Pool, "__init__", changed_init)
    replace(pool.ThreadPool, "__init__", changed_init_of_threads)
    for name in CALLS:
        _change_call(pool.Pool, name)


def _change_call(kind: Any, name: str) -> None:
    call = getattr(kind, name)

    @like(call)
    def changed_call(self: Any, func: Any, iterable: Any, *args: Any, **kwargs: Any) -> Any:
        opening = vars(self).get("_concbench")
        chunksize = None if opening is None else opening.changes.get("chunksize")
        if chunksize is not None:
            kwargs.pop("chunksize", None)
            args = (chunksize, *args[1:])
        return call(self, func, iterable, *args, **kwargs)

    replace(kind, name, changed_call)
