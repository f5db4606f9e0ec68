"""What a synchronisation primitive is, and the register of all of them."""

from __future__ import annotations

from concbench.registry import Registry

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from multiprocessing.managers import SyncManager
    from typing import Any, Literal, Protocol, TypeVar

    from concbench.model import Settings

    Workers = Literal["processes", "threads"]
    SettingName = Literal["workers", "start_method"]

    class Open(Protocol):
        """Makes a primitive for so many workers, and yields what they share."""

        def __call__(
            self, settings: Settings, workers: int, manager: SyncManager | None = None
        ) -> AbstractContextManager[Any]:
            """Return the context manager that makes it."""

    TakeTurns = Callable[[Any, int, int], None]
    """Run by each worker, with what they share, the worker's number from 0, and how many turns it takes."""

    AnyOpen = TypeVar("AnyOpen", bound=Open)


class Primitive:
    """A registered way for workers to wait for each other."""

    def __init__(
        self, *, name: str, open_: Open, take_turns: TakeTurns, workers: Workers, guards: bool, pairs: bool
    ) -> None:
        self.name = name
        self.open = open_
        """Yields what the workers share: a process can be given it, under any start method.

        A primitive of a manager is made by the running one that is given, or else by one of its own.
        """
        self.take_turns = take_turns
        self.workers = workers
        self.guards = guards
        """Whether what is shared can guard a counter: `with guard:`."""
        self.pairs = pairs
        """Whether one worker or two hand over to each other; the others take any number of workers."""

    @property
    def about(self) -> str:
        """What the primitive is, in a sentence."""
        return (self.open.__doc__ or "").partition("\n")[0]

    @property
    def settings(self) -> tuple[SettingName, ...]:
        """The settings that this primitive heeds; the others are not part of its cases."""
        heeded: tuple[SettingName, ...] = () if self.pairs else ("workers",)
        return (*heeded, "start_method") if self.workers == "processes" else heeded


primitives: Registry[Primitive] = Registry("primitive", "concbench.primitives")


def primitive(
    name: str, *, workers: Workers, take_turns: TakeTurns, guards: bool = False, pairs: bool = False
) -> Callable[[AnyOpen], AnyOpen]:
    """Register the decorated context manager as a primitive.

    Entering it makes the primitive, what it yields is shared by the workers, leaving it ends what it had started.
    The first line of its docstring is shown. `take_turns` must be found by its name in its module: it is sent to
    processes.
    """

    def register(open_: AnyOpen) -> AnyOpen:
        primitives.add(
            name,
            Primitive(name=name, open_=open_, take_turns=take_turns, workers=workers, guards=guards, pairs=pairs),
        )
        return open_

    return register
