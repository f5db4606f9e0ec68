"""Event loops that drive an `async def` where a plain function is called: one for each worker and sample.

A client or a pool of connections belongs to the loop in which it was opened. So the initializer of a worker and all of
its tasks share a loop, as they would in a program of the user's own.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from types import SimpleNamespace

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import this module
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator
    from typing import Any

    Place = threading.local | SimpleNamespace

of_thread = threading.local()
"""Holds the loop of each thread that is a worker."""
of_interpreter = SimpleNamespace()
"""Holds the loop of an interpreter that is a worker: its thread-local data do not last from one call to the next."""
opened: set[asyncio.Runner] = set()
"""Those of this process that have not been closed."""


class Driven:
    """An `async def` as a plain function, which the event loop of the calling worker runs to its end."""

    place: Place = of_thread

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *arguments: Any) -> Any:
        """Call the function, and await what it returns."""
        return _runner_in(self.place).run(self.function(*arguments))


class DrivenInInterpreter(Driven):
    """The same where each worker is an interpreter."""

    place = of_interpreter


class OnlyTask:
    """A task whose worker runs no other one: the worker's event loop is closed with it."""

    def __init__(self, task: Callable[[Any], Any]) -> None:
        self.task = task

    def __call__(self, item: Any) -> Any:
        """Run the task, then close the loop."""
        try:
            return self.task(item)
        finally:
            runner = getattr(of_thread, "runner", None)
            if runner in opened:
                opened.remove(runner)
                _close(runner)


def for_workers(function: Callable[..., Any], *, interpreters: bool) -> Callable[..., Any]:
    """A plain function as it is, and one that is driven as this kind of workers needs it."""
    if isinstance(function, Driven) and interpreters:
        return DrivenInInterpreter(function.function)
    return function


@contextmanager
def closing_loops() -> Iterator[None]:
    """Close the loops that workers of this process open meanwhile, once none is at work any more."""
    try:
        yield
    finally:
        close_all()


def close_all() -> None:
    """Close all loops that are open in this process, with what is left in them."""
    while opened:
        _close(opened.pop())


def close_connections(runner: asyncio.Runner) -> None:
    """Close what is still connected in an event loop, as clients are that no code of the user's closes.

    Otherwise its sockets would stay open until Python finds them to be garbage, and count towards what the server
    allows.
    """
    transports = getattr(runner.get_loop(), "_transports", None)  # of other loops than asyncio's: unknown
    if transports:
        runner.run(_abort(list(transports.values())))


async def _abort(transports: list[asyncio.Transport]) -> None:
    import asyncio

    for each in transports:
        each.abort()
    await asyncio.sleep(0)  # in which they are closed


def _runner_in(place: Place) -> asyncio.Runner:
    """The loop of the calling worker, opened where it has none in this sample."""
    runner: asyncio.Runner | None = getattr(place, "runner", None)
    if runner is None or runner not in opened:
        import asyncio  # here, so that only a host that runs coroutines carries it

        runner = place.runner = asyncio.Runner()
        opened.add(runner)
        if place is of_interpreter:
            import atexit

            atexit.register(close_all)  # nothing outside of this interpreter can
    return runner


def _close(runner: asyncio.Runner) -> None:
    try:
        close_connections(runner)
    finally:
        runner.close()
