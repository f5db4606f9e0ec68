"""The user's initializer (`--init`): each worker calls it before its first task of a sample, to load a model, say."""

from __future__ import annotations

import threading
from itertools import count

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import this module
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import Any

done = threading.local()
"""The number of the sample that this thread, and so this process, was initialized for."""
here: dict[str, int] = {}
"""The same for this interpreter."""
numbers = count()


class Initialized:
    """A task that calls the initializer first, where this worker has not done so for this sample.

    A pool's own `initializer` would run while the pool starts; this one runs in the first task, with every strategy
    alike, so that it is part of the phase run.
    """

    def __init__(self, task: Callable[[Any], Any], init: Callable[[], Any]) -> None:
        self.task = task
        self.init = init
        self.sample = next(numbers)

    def initialize(self) -> None:
        """Call the initializer, once a worker and sample."""
        if getattr(done, "sample", None) != self.sample:
            self.init()
            done.sample = self.sample

    def __call__(self, item: Any) -> Any:
        """Run the task."""
        self.initialize()
        return self.task(item)


class InitializedInterpreter(Initialized):
    """The same where each worker is an interpreter with modules of its own.

    A thread's data do not last there: `InterpreterPoolExecutor` gives every call a thread state of its own.
    """

    def initialize(self) -> None:
        """Call the initializer, once an interpreter and sample."""
        if here.get("sample") != self.sample:
            self.init()
            here["sample"] = self.sample


class Once:
    """An initializer that the first thread calls, for all threads of its process; the others wait for it."""

    def __init__(self, init: Callable[[], Any]) -> None:
        self.init = init
        self.lock = threading.Lock()
        self.is_done = False

    def __call__(self) -> None:
        """Call the initializer, unless that is done."""
        with self.lock:
            if not self.is_done:
                self.init()
                self.is_done = True


class InitializedCoroutine(Initialized):
    """The same for the coroutine form of a task: all of them share a thread, and so a worker."""

    async def __call__(self, item: Any) -> Any:
        """Await the task."""
        self.initialize()
        return await self.task(item)


class AwaitedCoroutine(Initialized):
    """The same with an initializer that is an `async def`: the first task starts it, and all wait until it is done."""

    doing: asyncio.Task[object] | None = None

    async def __call__(self, item: Any) -> Any:
        """Await the initializer, then the task."""
        if self.doing is None:
            import asyncio  # here, so that only a host that runs coroutines carries it

            self.doing = asyncio.create_task(self.init())
        await self.doing
        return await self.task(item)
