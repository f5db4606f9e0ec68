"""One process for each task: `multiprocessing.Process` without results, with a pipe each, or with one queue."""

from __future__ import annotations

from contextlib import closing, contextmanager

from concbench.strategies.strategy import Outcome, UnpicklableResult, WorkerDied, attempt, strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from multiprocessing.queues import Queue
    from typing import Any

    from concbench.model.case import Settings
    from concbench.strategies.strategy import RunTasks

PATIENCE = 0.2
"""Seconds to wait for a result before checking that the process it should come from still exists."""


PROCESS_PROGRAM = """
import multiprocessing
from multiprocessing.connection import wait  #? limit

if __name__ == "__main__":
    {items}
    context = multiprocessing.get_context({start_method})
    processes = []
    running = []  #? limit
    for item in items:
        if len(running) >= {limit}:
            ended = wait([process.sentinel for process in running])
            running = [process for process in running if process.sentinel not in ended]
        process = {multiprocessing}.Process(target={task}, args=(item,))
        process.start()
        processes.append(process)
        running.append(process)  #? limit
    for process in processes:
        process.join()
    # A process keeps what the function returns to itself: only this comes back.
    exit_codes = [process.exitcode for process in processes]
    print(exit_codes.count(0), "of", len(exit_codes), "processes succeeded")
"""


@strategy(
    "process",
    workers="processes",
    returns="exit codes",
    settings=("start_method", "limit"),
    program=PROCESS_PROGRAM,
)
@contextmanager
def process(settings: Settings) -> Iterator[RunTasks]:
    """A `Process` for each task, all started, then joined, as in the original tutorial: no result comes back."""
    context = settings.context
    started: list[BaseProcess] = []

    def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[int | None]:
        if settings.limit is None:
            # As plain as a user would write it: after each fork, every page that this loop touches is copied, and
            # checking for a limit each time touched four more.
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
        from multiprocessing.connection import wait  # here, as it is not needed without a limit

        running: list[BaseProcess] = []
        for item in items:
            if len(running) >= limit:
                ended = wait([each.sentinel for each in running])
                # Not by exit code, which is known a moment later: a process that has ended would be waited for again.
                running = [each for each in running if each.sentinel not in ended]
            child = context.Process(target=task, args=(item,))
            child.start()
            started.append(child)
            running.append(child)

    with none_left(started):
        yield run


PIPE_PROGRAM = """
import multiprocessing
from multiprocessing.connection import wait  #? limit


def send_result(sender, item):
    with sender:
        try:
            sender.send(({task}(item), None))
        except Exception as error:
            sender.send((None, error))
            raise


if __name__ == "__main__":
    {items}
    context = multiprocessing.get_context({start_method})
    outcomes = [None] * len(items)
    processes = []
    waiting = {}
    for index, item in enumerate(items):
        if len(waiting) >= {limit}:
            for receiver in wait(list(waiting)):
                outcomes[waiting.pop(receiver)] = receiver.recv()
        receiver, sender = {multiprocessing}.Pipe(duplex=False)
        process = {multiprocessing}.Process(target=send_result, args=(sender, item))
        process.start()
        sender.close()  # so that recv() raises EOFError if the process is killed
        processes.append(process)
        waiting[receiver] = index
    for receiver, index in waiting.items():
        outcomes[index] = receiver.recv()
    for process in processes:
        process.join()
    for _, error in outcomes:
        if error is not None:
            raise error
    results = [result for result, _ in outcomes]
    print(len(results), "results")
"""


@strategy("process-pipe", workers="processes", settings=("start_method", "limit"), program=PIPE_PROGRAM)
@contextmanager
def process_pipe(settings: Settings) -> Iterator[RunTasks]:
    """A `Process` for each task, with a `Pipe` of its own for the result."""
    from multiprocessing.connection import wait  # here, as no other strategy's host needs it

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
            sender.close()  # or a dead child would go unnoticed, as its end would still be open here
            started.append(child)
            waiting[receiver] = index
        for connection in list(waiting):
            receive(connection)
        for each in started:
            each.join()
        return [outcomes[index].get() for index in range(len(items))]

    with none_left(started):
        yield run


QUEUE_PROGRAM = """
import multiprocessing


def put_result(queue, index, item):
    try:
        queue.put((index, ({task}(item), None)))
    except Exception as error:
        queue.put((index, (None, error)))
        raise


if __name__ == "__main__":
    {items}
    context = multiprocessing.get_context({start_method})
    queue = {multiprocessing}.Queue()
    outcomes = [None] * len(items)
    processes = []
    for index, item in enumerate(items):
        if index >= {limit}:
            done, outcomes[done] = queue.get()
        process = {multiprocessing}.Process(target=put_result, args=(queue, index, item))
        process.start()
        processes.append(process)
    # A process that is killed puts nothing, and get() would wait for it forever.
    for _ in range(min({limit}, len(items))):
        done, outcomes[done] = queue.get()
    for _ in processes:  #? not limit
        done, outcomes[done] = queue.get()
    for process in processes:
        process.join()
    for _, error in outcomes:
        if error is not None:
            raise error
    results = [result for result, _ in outcomes]
    print(len(results), "results")
"""


@strategy("process-queue", workers="processes", settings=("start_method", "limit"), program=QUEUE_PROGRAM)
@contextmanager
def process_queue(settings: Settings) -> Iterator[RunTasks]:
    """A `Process` for each task, and one `Queue` for all results."""
    context = settings.context
    started: list[BaseProcess] = []
    with closing(context.Queue()) as results, none_left(started):

        def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
            outcomes: dict[int, Outcome] = {}
            for index, item in enumerate(items):
                if settings.limit is not None and len(started) - len(outcomes) >= settings.limit:
                    _receive_one(results, outcomes, started)
                child = context.Process(target=_put_outcome, args=(results, task, index, item))
                child.start()
                started.append(child)
            while len(outcomes) < len(items):
                _receive_one(results, outcomes, started)
            for each in started:
                each.join()
            return [outcomes[index].get() for index in range(len(items))]

        yield run


def send_outcome(connection: Connection, task: Callable[[Any], Any], item: Any) -> None:
    """Run one task in a child process, and send its outcome."""
    outcome = attempt(task, item)
    try:
        connection.send(outcome)
    except Exception as error:  # noqa: BLE001 - pickling runs the result's own code; nothing has been sent yet
        connection.send(Outcome(error=UnpicklableResult(f"{type(error).__name__}: {error}")))
    connection.close()


def _put_outcome(results: Queue[tuple[int, Outcome]], task: Callable[[Any], Any], index: int, item: Any) -> None:
    results.put((index, attempt(task, item)))


def _receive_one(
    results: Queue[tuple[int, Outcome]], outcomes: dict[int, Outcome], started: Sequence[BaseProcess]
) -> None:
    """Take one outcome from the queue; raises WorkerDied or UnpicklableResult if a process ended without one."""
    from queue import Empty  # here, as no other strategy's host needs it

    gone: list[int] = []
    while True:
        try:
            index, outcomes[index] = results.get(timeout=PATIENCE)
        except Empty:
            # A process that was gone before this wait had put all that it ever will, and the queue is still empty.
            if gone:
                lost = gone[0]
                if started[lost].exitcode == 0:  # the queue's thread in the child printed why, and went on
                    raise UnpicklableResult(f"the result of task {lost} never came; stderr says why") from None
                raise WorkerDied(f"the process of task {lost} {ending(started[lost])} and sent no result") from None
            gone = [i for i, child in enumerate(started) if i not in outcomes and not child.is_alive()]
        else:
            return


@contextmanager
def none_left(processes: Sequence[BaseProcess]) -> Iterator[None]:
    """End those of the processes that still run when the block raises."""
    try:
        yield
    except BaseException:
        for process in processes:
            process.kill()
        for process in processes:
            process.join()
        raise


def ending(process: BaseProcess) -> str:
    """How a joined process ended, such as `was killed by signal 9`."""
    code = process.exitcode
    if code is not None and code < 0:
        return f"was killed by signal {-code}"
    return f"ended with exit code {code}"
