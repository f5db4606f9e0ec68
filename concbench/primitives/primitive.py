"""What a synchronisation primitive is, and the table of all of them."""

from __future__ import annotations

from concbench.registry import Registry, first_line

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from multiprocessing.managers import SyncManager
    from typing import Any, Literal, Protocol, TypeVar

    from concbench.model.case import Settings

    Workers = Literal["processes", "threads"]
    SettingName = Literal["workers", "start_method"]

    class Open(Protocol):
        """Makes a primitive for a number of workers, and yields what they share."""

        def __call__(
            self, settings: Settings, workers: int, manager: SyncManager | None = None
        ) -> AbstractContextManager[Any]:
            """The context manager that makes it."""

    TakeTurns = Callable[[Any, int, int], None]
    """Run by each worker, with what they share, the worker's number from 0, and the number of turns."""

    AnyOpen = TypeVar("AnyOpen", bound=Open)


class Primitive:
    """A registered way for workers to wait for each other."""

    def __init__(self, *, name: str, open_: Open, take_turns: TakeTurns, workers: Workers, pairs: bool) -> None:
        self.name = name
        self.open = open_
        """Yields what the workers share, which a process can be given under any start method.

        A manager's primitive is made by the running manager that is given, or else by one of its own.
        """
        self.take_turns = take_turns
        self.workers = workers
        self.pairs = pairs
        """Whether one worker or two hand over to each other; the others take any number of workers."""
        self.about = first_line(open_)

    @property
    def settings(self) -> tuple[SettingName, ...]:
        """Those that this primitive takes; its cases have no others."""
        takes: tuple[SettingName, ...] = () if self.pairs else ("workers",)
        return (*takes, "start_method") if self.workers == "processes" else takes


primitives: Registry[Primitive] = Registry(
    "primitive",
    "concbench.primitives",
    {
        "standard": tuple(
            family + kind
            for family in ("", "manager-", "thread-")
            for kind in ("lock", "rlock", "semaphore", "bounded-semaphore", "event", "condition", "barrier")
        ),
    },
)


def primitive(
    name: str, *, workers: Workers, take_turns: TakeTurns, pairs: bool = False
) -> Callable[[AnyOpen], AnyOpen]:
    """Register the decorated context manager as a primitive.

    Entering it makes the primitive, what it yields is shared by the workers, leaving it ends what it started. The first
    line of its docstring is shown. `take_turns` must be found by its name in its module: it is sent to processes.
    """

    def register(open_: AnyOpen) -> AnyOpen:
        primitives.add(
            name,
            Primitive(name=name, open_=open_, take_turns=take_turns, workers=workers, pairs=pairs),
        )
        return open_

    return register
