"""Records `ProcessPoolExecutor`, of the standard library and of loky, which is also what joblib runs on."""

from __future__ import annotations

from time import perf_counter_ns

from concbench.instruments import changes, items, regions, texts, workers
from concbench.instruments.patches import Noted, Watched, like, replace
from concbench.instruments.pickling import Sender, moves
from concbench.instruments.recorder import CALLED, METHODS, RECEIVED, recorder
from concbench.instruments.workers import Results, Worker, batch_of

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from functools import partial
    from types import ModuleType
    from typing import Any
else:
    from _functools import partial  # as functools imports half a dozen modules

MAP = METHODS.index("map")


def instrument(module: ModuleType) -> None:
    """Record what executors do."""
    executors: Any = module
    kind = executors.ProcessPoolExecutor
    _instrument_workers(executors)
    if changes.asked:
        _change(kind)
    replace(kind, "__init__", Watched(kind.__init__, partial(_opened, executors)))
    replace(kind, "map", Noted(kind.map, mapped))
    replace(kind, "shutdown", Watched(kind.shutdown, shut_down))
    _instrument_results(executors._ExecutorManagerThread)


def _instrument_workers(executors: Any) -> None:
    """Let a worker know of the task that it unpickles, and who sends one that it is pickled."""
    working: list[Worker] = []

    def with_queues(args: tuple[Any, ...]) -> tuple[Any, ...]:
        call_queue, result_queue, *rest = args
        working[:] = [Worker(0)]
        return (call_queue, Results(result_queue, working[0]), *rest)

    def unpickled(call: Any, state: dict[str, Any]) -> None:
        vars(call).update(state)
        if working and recorder.folder is not None:
            _taken(executors, working[0], call)

    def pickled(call: Any) -> dict[str, Any]:
        moves().key = call.work_id
        state: dict[str, Any] = vars(call)
        return state

    workers.of_pool(executors._process_worker, with_queues)
    replace(executors._CallItem, "__setstate__", unpickled)
    replace(executors._CallItem, "__getstate__", pickled)


def _taken(executors: Any, worker: Worker, call: Any) -> None:
    worker.take(call.work_id)
    function = call.fn
    batch = batch_of(function)
    if is_chunk(executors, function):
        call.args = (worker.chunk(call.args[0]), *call.args[1:])
    elif batch is not None:
        batch.items = worker.chunk(batch.items)
    elif texts.asked:
        texts.write(0, call.work_id, 0, texts.of_call(call.args, call.kwargs))


def is_chunk(executors: Any, function: Any) -> bool:
    """Whether a function runs a chunk of a `map`."""
    return isinstance(function, partial) and function.func is getattr(executors, "_process_chunk", None)


def _opened(executors: Any, executor: Any, began: int) -> None:
    """An executor was opened, or could not be."""
    about = vars(executor)
    if recorder.folder is None or "_result_queue" not in about or "_concbench" in about:
        return
    number = regions.opened(type(executor).__name__.lstrip("_"), "processes", began)
    executor._concbench = number
    sender = Sender(number)
    regions.know(executor._call_queue._buffer, sender)
    regions.know(executor._call_queue, number)
    regions.know(executor._result_queue, number)
    _instrument_submission(executors, executor._work_ids, executor._pending_work_items, sender)
    context = about.get("_mp_context") or about["_context"]
    regions.ready(number, workers=executor._max_workers, start_method=context.get_start_method())


def _instrument_submission(executors: Any, ids: Any, pending: dict[int, Any], sender: Sender) -> None:
    """Write down when each task is submitted, by its number. Nothing here may hold the executor: it would live on."""
    put = type(ids).put

    def recorded_put(key: int, *args: Any, **kwargs: Any) -> None:
        work = pending.get(key)
        if work is not None:
            chunk = work.args[0] if is_chunk(executors, work.fn) else ()
            sender.submitted[key] = (perf_counter_ns(), len(chunk))
            if items.asked or not key:  # tasks are counted from 0
                items.seen(sender.region, *_submitted(executors, work))
        put(ids, key, *args, **kwargs)

    ids.put = recorded_put


def _submitted(executors: Any, work: Any) -> tuple[Any, Any]:
    """The function of a task or chunk, and a function that returns the arguments of its calls."""
    function, args, kwargs = work.fn, work.args, work.kwargs
    if is_chunk(executors, function):
        return function.args[0], lambda: [tuple(each) for each in args[0]]
    return function, lambda: [(*args, *kwargs.values())]


def _instrument_results(manager: Any) -> None:
    process = manager.process_result_item

    @like(process)
    def recorded_process(self: Any, result_item: Any, *args: Any, **kwargs: Any) -> Any:
        key = getattr(result_item, "work_id", None)
        if key is not None:
            number = regions.of_queue(self.result_queue)
            if number is not None:
                now = perf_counter_ns()
                recorder.record(RECEIVED, number, key, 0, now, moves().unpickling(now))
        return process(self, result_item, *args, **kwargs)

    replace(manager, "process_result_item", recorded_process)


def mapped(executor: Any) -> None:
    """Write down that a `map` of an executor is called."""
    number = vars(executor).get("_concbench")
    if number is not None:
        recorder.record(CALLED, number, 0, MAP, perf_counter_ns(), -1, -1)


def shut_down(executor: Any, began: int) -> None:
    """Write down that an executor was shut down."""
    number = vars(executor).get("_concbench")
    if number is not None:
        regions.closed(number, began)


def _change(kind: Any) -> None:
    """Let executors and their calls be other than the program says."""
    init, call = kind.__init__, kind.map

    @like(init)
    def changed_init(self: Any, *args: Any, **kwargs: Any) -> None:
        asked = changes.here()
        args, kwargs = changes.with_workers(asked, args, kwargs, "max_workers")
        init(self, *args, **changes.with_context(asked, kwargs, "mp_context"))
        self._concbench_changes = asked

    @like(call)
    def changed_call(self: Any, *args: Any, **kwargs: Any) -> Any:
        chunksize = vars(self).get("_concbench_changes", {}).get("chunksize")
        return call(self, *args, **kwargs if chunksize is None else {**kwargs, "chunksize": chunksize})

    kind.__init__, kind.map = changed_init, changed_call
