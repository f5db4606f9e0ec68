"""Counters that two workers share, and their numbers in the end."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from multiprocessing import active_children
from typing import TYPE_CHECKING, Any

from concbench.model.case import Settings
from concbench.primitives.primitive import primitives
from concbench.stores.counter import Counter
from concbench.stores.store import stores
from tests.fresh_interpreter import Left, left_behind
from tests.primitives.working import RUN
from tests.stores.stepping import Slow, meeting, work

if TYPE_CHECKING:
    from concbench.stores.counter import Guard

INITIAL = 1000
BY = 3
STEPS = 8
WORKERS = 2


def shared(store: str, settings: Settings, counter: Counter, count: int, by: int, guard: Guard | None) -> int:
    """The number that a counter has after all workers have taken their steps."""
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
    """A counter in the end under each of some locks, and what is left behind."""
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
    """A counter in the end when every worker reads it before one writes, and what is left behind."""
    settings = Settings(workers=WORKERS, start_method=start_method)

    def final() -> int:
        with stores.get(store).open(settings, INITIAL) as counter:
            return shared(store, settings, counter, 1, meeting(BY, barrier(store, settings)), None)

    with left_behind() as left:
        number = final()
    return number, left


def alone(names: Sequence[str]) -> dict[str, list[int]]:
    """Each store's counter before any step, after those of this process, and after more of them."""
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


def broken_off(names: Sequence[str], what: str) -> dict[str, Left]:
    """What each store leaves behind when its block raises, or a step in the process that opened it."""

    def raises(store: str) -> None:
        with stores.get(store).open(Settings(workers=1, start_method="fork"), INITIAL) as counter:
            if what == "block":
                raise InterruptedError
            counter.take_steps(1, "not a number", None)  # type: ignore[arg-type]  # that is the point

    found = {}
    for name in names:
        with left_behind() as found[name]:
            try:
                raises(name)
            except (InterruptedError, TypeError):
                continue
        raise AssertionError("the exception did not come through")
    return found


def managers_lock(names: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """The number of processes of each store, without and with a lock of its manager, and its counter after that."""
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
