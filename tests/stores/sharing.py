"""How a test shares a counter between two workers, and what it sees in the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from multiprocessing import active_children
from typing import TYPE_CHECKING, Any

from concbench.model import Settings
from concbench.primitives.primitive import primitives
from concbench.stores.counter import Counter
from concbench.stores.store import stores
from tests.primitives.fresh import Left, left_behind
from tests.primitives.working import RUN
from tests.stores.stepping import Slow, meeting, work

if TYPE_CHECKING:
    from concbench.stores.counter import Guard

INITIAL = 1000
BY = 3
STEPS = 8
WORKERS = 2


def shared(store: str, settings: Settings, counter: Counter, count: int, by: int, guard: Guard | None) -> int:
    """Let all workers take steps on a counter, and return the number that it has in the end."""
    gate, returned = barrier(store, settings), settings.context.SimpleQueue()
    RUN[stores.get(store).workers](settings, work, [(gate, counter, count, by, guard, returned)] * WORKERS)
    values = [returned.get() for _ in range(WORKERS)]
    returned.close()
    return counter.final(values)


def barrier(store: str, settings: Settings) -> Any:
    """Make a barrier for the workers of a store."""
    threads = stores.get(store).workers == "threads"
    return threading.Barrier(WORKERS) if threads else settings.context.Barrier(WORKERS)


def guarded(store: str, start_method: str | None, locks: Sequence[str]) -> tuple[dict[str, int], Left]:
    """Return what a counter has in the end under each of some locks, and what is left behind."""
    settings = Settings(workers=WORKERS, start_method=start_method)

    def final(lock: str) -> int:
        with (
            stores.get(store).open(settings, INITIAL) as counter,
            primitives.get(lock).open(settings, WORKERS, counter.manager) as guard,
        ):
            return shared(store, settings, counter, STEPS, Slow(BY), guard)

    with left_behind() as left:
        finals = {lock: final(lock) for lock in locks}
    return finals, left


def unguarded(store: str, start_method: str | None) -> tuple[int, Left]:
    """Return what a counter has in the end when every worker reads it before one writes, and what is left behind."""
    settings = Settings(workers=WORKERS, start_method=start_method)

    def final() -> int:
        with stores.get(store).open(settings, INITIAL) as counter:
            return shared(store, settings, counter, 1, meeting(BY, barrier(store, settings)), None)

    with left_behind() as left:
        number = final()
    return number, left


def alone(names: Sequence[str]) -> dict[str, list[int]]:
    """Return what each store's counter has before any step, after those of this process, and after more of them."""
    settings = Settings(workers=1, start_method="fork")
    seen: dict[str, list[int]] = {}
    for name in names:
        with stores.get(name).open(settings, INITIAL) as counter:
            returned: list[int | None] = []
            seen[name] = [counter.final(returned)]
            for _ in range(2):
                returned.append(counter.take_steps(STEPS, BY, None))
                seen[name].append(counter.final(returned))
    return seen


def broken_off(names: Sequence[str]) -> dict[str, Left]:
    """Return what each store leaves behind when its block raises."""

    def raises(_counter: Counter) -> None:
        raise InterruptedError

    return {name: after_an_exception(name, raises, InterruptedError) for name in names}


def step_breaks_off(names: Sequence[str]) -> dict[str, Left]:
    """Return what each store leaves behind when a step raises in the process that opened it."""

    def raises(counter: Counter) -> None:
        counter.take_steps(1, "not a number", None)  # type: ignore[arg-type]  # that is the point

    return {name: after_an_exception(name, raises, TypeError) for name in names}


def after_an_exception(store: str, raises: Callable[[Counter], None], expected: type[Exception]) -> Left:
    """Return what a store leaves behind when its block raises what is expected."""

    def block() -> None:
        with stores.get(store).open(Settings(workers=1, start_method="fork"), INITIAL) as counter:
            raises(counter)

    with left_behind() as left:
        try:
            block()
        except expected:
            return left
    raise AssertionError("the exception did not come through")


def managers_lock(names: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """Return how many processes each store has, without and with a lock of its manager, and its counter after that."""
    settings = Settings(workers=1, start_method="fork")
    seen: dict[str, tuple[int, int, int]] = {}
    for name in names:
        with stores.get(name).open(settings, INITIAL) as counter:
            without = len(active_children())
            with primitives.get("manager-lock").open(settings, 1, counter.manager) as guard:
                counter.take_steps(1, BY, guard)
                with_lock = len(active_children())
            seen[name] = (without, with_lock, counter.final([]))
    return seen
