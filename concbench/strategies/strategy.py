"""What a strategy is, the register of all of them, and what can go wrong with one."""

from __future__ import annotations

import sys

from concbench.registry import Registry

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from typing import Any, Literal

    from concbench.model import Settings

    RunTasks = Callable[[Callable[[Any], Any], Sequence[Any]], Sequence[Any]]
    """Runs a task on every item, and returns what the strategy says that it `returns`."""

    Open = Callable[[Settings], AbstractContextManager[RunTasks]]
    Returns = Literal["results", "results in any order", "exit codes"]
    Workers = Literal["none", "processes", "threads", "interpreters", "coroutines"]
    Chunks = Callable[[Settings, int], int]
    """Returns how many of so many items are handed to a worker at once."""
    SettingName = Literal["workers", "chunksize", "start_method", "maxtasksperchild", "limit"]


class Unavailable(Exception):
    """A strategy can't run here, or not with these settings; the text is one sentence that says why."""


class WorkerDied(Exception):
    """A worker ended without handing over its result."""


class Strategy:
    """A registered way to run the tasks of a workload."""

    def __init__(
        self,
        *,
        name: str,
        open_: Open,
        workers: Workers,
        returns: Returns,
        settings: tuple[SettingName, ...],
        coroutine: bool,
        chunks: Chunks | None,
        missing: Callable[[], str | None],
    ) -> None:
        self.name = name
        self.open = open_
        self.workers = workers
        self.returns = returns
        self.settings = settings
        """The settings that this strategy heeds; the others are not part of its cases."""
        self.coroutine = coroutine
        """Whether it runs the workload's coroutine form and not its plain function."""
        self.chunks = chunks
        """None: items are handed out one by one."""
        self.missing = missing
        """Returns one sentence on why this interpreter can't run it, or None: it can."""

    @property
    def about(self) -> str:
        """What the strategy is, in a sentence."""
        return (self.open.__doc__ or "").partition("\n")[0]

    def lanes(self, settings: Settings, tasks: int) -> int:
        """Return how many tasks may be under way at once."""
        if self.workers == "none":
            return 1
        if "workers" in self.settings:
            return settings.workers or 1
        return min(tasks, settings.limit or tasks)

    def why_not(self, workload: str, has_coroutine: bool) -> str | None:
        """Return one sentence on why it can't run a workload in this interpreter, or None."""
        if self.coroutine and not has_coroutine:
            return f"workload {workload!r} has no coroutine form"
        return self.missing()


strategies: Registry[Strategy] = Registry("strategy", "concbench.strategies")


def nothing() -> str | None:
    """Answer for a strategy that needs nothing but Python itself."""
    return None


def python_at_least(major: int, minor: int) -> Callable[[], str | None]:
    """Return a check for what only later versions of Python have."""

    def missing() -> str | None:
        if sys.version_info >= (major, minor):
            return None
        return f"needs Python {major}.{minor} or later, and this is {sys.version_info.major}.{sys.version_info.minor}"

    return missing


def strategy(
    name: str,
    *,
    workers: Workers,
    returns: Returns = "results",
    settings: tuple[SettingName, ...] = (),
    coroutine: bool = False,
    chunks: Chunks | None = None,
    missing: Callable[[], str | None] = nothing,
) -> Callable[[Open], Open]:
    """Register the decorated context manager as a strategy.

    Entering it creates the workers, what it yields runs the tasks, leaving it takes the workers down: the three
    phases of a sample. On an exception it must leave no worker behind. The first line of its docstring is shown.
    """

    def register(open_: Open) -> Open:
        strategies.add(
            name,
            Strategy(
                name=name,
                open_=open_,
                workers=workers,
                returns=returns,
                settings=settings,
                coroutine=coroutine,
                chunks=chunks,
                missing=missing,
            ),
        )
        return open_

    return register
