"""A function that each worker calls before its first task of a sample: to load a model, to open a connection."""

from __future__ import annotations

import threading
from itertools import count

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import this module
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

done = threading.local()
"""Of each thread, and so of each process and interpreter: the number of the sample that it was initialised for."""
here: dict[str, int] = {}
"""Of this interpreter: the same."""
numbers = count()


class Initialised:
    """A task that calls an initializer first where this worker has not, for this sample.

    A pool's own `initializer` would do it while the pool starts; this does it in the first task, for all strategies in
    the same way, so that it is part of the phase run.
    """

    def __init__(self, task: Callable[[Any], Any], init: Callable[[], object]) -> None:
        self.task = task
        self.init = init
        self.sample = next(numbers)

    def initialise(self) -> None:
        """Call the initializer, once a worker and sample."""
        if getattr(done, "sample", None) != self.sample:
            self.init()
            done.sample = self.sample

    def __call__(self, item: Any) -> Any:
        """Run the task."""
        self.initialise()
        return self.task(item)


class InitialisedInterpreter(Initialised):
    """The same where each worker has an interpreter, and so modules, of its own.

    What is of a thread does not last there: `InterpreterPoolExecutor` gives every call a thread state of its own.
    """

    def initialise(self) -> None:
        """Call the initializer, once an interpreter and sample."""
        if here.get("sample") != self.sample:
            self.init()
            here["sample"] = self.sample


class InitialisedCoroutine(Initialised):
    """The same for the coroutine form of a task: all of them share a thread, and so a worker."""

    def __init__(self, task: Callable[[Any], Awaitable[Any]], init: Callable[[], object]) -> None:
        super().__init__(task, init)

    async def __call__(self, item: Any) -> Any:
        """Await the task."""
        self.initialise()
        return await self.task(item)
