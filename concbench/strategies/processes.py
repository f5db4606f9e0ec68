"""One process a task: `multiprocessing.Process`, with no result, with a pipe each, and with one queue for all."""

from __future__ import annotations

from contextlib import closing, contextmanager

from concbench.strategies.outcome import Outcome, UnpicklableResult, attempt
from concbench.strategies.strategy import WorkerDied, strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from multiprocessing.queues import Queue
    from typing import Any

    from concbench.model import Settings
    from concbench.strategies.strategy import RunTasks

PATIENCE = 0.2
"""Seconds to wait for a result before looking whether the process that owes it is still there."""


@strategy("process", workers="processes", returns="exit codes", settings=("start_method", "limit"))
@contextmanager
def process(settings: Settings) -> Iterator[RunTasks]:
    """A `Process` a task, all started and then joined, as in the tutorial: no result comes back."""
    context = settings.context
    started: list[BaseProcess] = []

    def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[int | None]:
        if settings.limit is None:
            # Nothing in this loop that a plainly written one lacks: after each fork, each page that it touches is
            # copied, and looking for a limit every time touched four more.
            for item in items:
                child = context.Process(target=task, args=(item,))
                child.start()
                started.append(child)
        else:
            start_with_room(task, items, settings.limit)
        for each in started:
            each.join()
        return [each.exitcode for each in started]

    def start_with_room(task: Callable[[Any], Any], items: Sequence[Any], limit: int) -> None:
        from multiprocessing.connection import wait  # here, so that the tutorial's way does not carry it

        running: list[BaseProcess] = []
        for item in items:
            if len(running) >= limit:
                ended = wait([each.sentinel for each in running])
                # Not by exit code, which comes a moment later: what has ended would be waited for a second time.
                running = [each for each in running if each.sentinel not in ended]
            child = context.Process(target=task, args=(item,))
            child.start()
            started.append(child)
            running.append(child)

    with none_left(started):
        yield run


@strategy("process-pipe", workers="processes", settings=("start_method", "limit"))
@contextmanager
def process_pipe(settings: Settings) -> Iterator[RunTasks]:
    """A `Process` a task, each with a `Pipe` of its own that brings its result back."""
    from multiprocessing.connection import wait  # here, so that no other strategy's host carries it

    context = settings.context
    started: list[BaseProcess] = []

    def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        waiting: dict[Any, int] = {}
        outcomes: dict[int, Outcome] = {}

        def receive(connection: Any) -> None:
            index = waiting.pop(connection)
            try:
                outcomes[index] = connection.recv()
            except EOFError:
                started[index].join()
                raise WorkerDied(f"the process of task {index} {ending(started[index])} and sent no result") from None
            connection.close()

        for index, item in enumerate(items):
            if settings.limit is not None and len(waiting) >= settings.limit:
                for ready in wait(list(waiting)):
                    receive(ready)
            receiver, sender = context.Pipe(duplex=False)
            child = context.Process(target=send_outcome, args=(sender, task, item))
            child.start()
            sender.close()  # or a dead child would not be noticed: its end would still be open here
            started.append(child)
            waiting[receiver] = index
        for connection in list(waiting):
            receive(connection)
        for each in started:
            each.join()
        return [outcomes[index].get() for index in range(len(items))]

    with none_left(started):
        yield run


@strategy("process-queue", workers="processes", settings=("start_method", "limit"))
@contextmanager
def process_queue(settings: Settings) -> Iterator[RunTasks]:
    """A `Process` a task, and one `Queue` that brings all their results back."""
    context = settings.context
    started: list[BaseProcess] = []
    with closing(context.Queue()) as results, none_left(started):

        def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
            outcomes: dict[int, Outcome] = {}
            for index, item in enumerate(items):
                if settings.limit is not None and len(started) - len(outcomes) >= settings.limit:
                    receive_one(results, outcomes, started)
                child = context.Process(target=put_outcome, args=(results, task, index, item))
                child.start()
                started.append(child)
            while len(outcomes) < len(items):
                receive_one(results, outcomes, started)
            for each in started:
                each.join()
            return [outcomes[index].get() for index in range(len(items))]

        yield run


def send_outcome(connection: Connection, task: Callable[[Any], Any], item: Any) -> None:
    """Run one task in a child process, and send back what became of it."""
    outcome = attempt(task, item)
    try:
        connection.send(outcome)
    except Exception as error:  # noqa: BLE001 - pickling runs the result's own code; nothing has been sent yet
        connection.send(Outcome(error=UnpicklableResult(f"{type(error).__name__}: {error}")))
    connection.close()


def put_outcome(results: Queue[tuple[int, Outcome]], task: Callable[[Any], Any], index: int, item: Any) -> None:
    """Run one task in a child process, and put what became of it on the common queue."""
    results.put((index, attempt(task, item)))


def receive_one(
    results: Queue[tuple[int, Outcome]], outcomes: dict[int, Outcome], started: Sequence[BaseProcess]
) -> None:
    """Take one outcome from the queue.

    Raises WorkerDied or UnpicklableResult when a process is gone and its outcome never came.
    """
    from queue import Empty  # here, so that no other strategy's host carries it

    gone: list[int] = []
    while True:
        try:
            index, outcomes[index] = results.get(timeout=PATIENCE)
        except Empty:
            # What was gone before this wait had handed over all that it ever would, and the queue is still empty.
            if gone:
                lost = gone[0]
                if started[lost].exitcode == 0:  # the queue's own thread prints why, in the child, and goes on
                    raise UnpicklableResult(f"the result of task {lost} never came; stderr says why") from None
                raise WorkerDied(f"the process of task {lost} {ending(started[lost])} and sent no result") from None
            gone = [i for i, child in enumerate(started) if i not in outcomes and not child.is_alive()]
        else:
            return


@contextmanager
def none_left(processes: Sequence[BaseProcess]) -> Iterator[None]:
    """End whatever is still running of `processes` when the block raises; after a good run nothing is."""
    try:
        yield
    except BaseException:
        for process in processes:
            process.kill()
        for process in processes:
            process.join()
        raise


def ending(process: BaseProcess) -> str:
    """Say how a process that was joined ended, as `was killed by signal 9`."""
    code = process.exitcode
    if code is not None and code < 0:
        return f"was killed by signal {-code}"
    return f"ended with exit code {code}"
