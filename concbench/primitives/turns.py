"""How workers take turns on a primitive: the loops that they run, with nothing else in them."""

from __future__ import annotations

TYPE_CHECKING = False  # as typing's, without importing typing: every worker holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


def acquire_and_release(lock: Any, _worker: int, count: int) -> None:
    """Acquire and release the lock or semaphore that all workers share."""
    acquire, release = lock.acquire, lock.release
    for _ in range(count):
        acquire()
        release()


def ring(make_event: Callable[[], Any], workers: int) -> list[Any]:
    """An event for each worker; the first worker's is set, as it has the first turn."""
    events = [make_event() for _ in range(workers)]
    events[0].set()
    return events


def pass_on(events: Sequence[Any], worker: int, count: int) -> None:
    """Wait for the own event and set the next worker's, which is the own one where there is one worker.

    Exactly one event is set, or one worker is between its `wait` and its `set`. So no event is set twice, no
    turn is lost, and a worker that starts late finds its event as it was left.
    """
    mine, others = events[worker], events[(worker + 1) % len(events)]
    wait, clear, pass_it = mine.wait, mine.clear, others.set
    for _ in range(count):
        wait()
        clear()
        pass_it()


def pair(condition: Any, workers: int) -> tuple[Any, int]:
    """What the workers of a condition share: the condition, and their number."""
    if workers not in (1, 2):
        raise ValueError(f"one worker or two hand over to each other, not {workers}")
    return condition, workers


def notify_and_wait(shared: tuple[Any, int], _worker: int, count: int) -> None:
    """Notify the other worker and wait for it to notify back; where there is no other, only notify.

    Two workers need no turn number, whichever starts first. A worker holds the lock whenever it does not wait, so the
    second one enters when the first one already waits. From then on one of them waits, not yet notified, and the other
    has been notified, or runs: only the one that runs can notify, and it notifies before it waits. So they alternate
    strictly. The second one's notify k ends the first one's wait k, whose notify k + 1 ends the second one's wait k.
    The first one's last wait is ended by the second one's last notify within the loop, and the second one's last wait
    by the notify that the first one has after its loop.
    """
    condition, workers = shared
    notify, wait = condition.notify, condition.wait
    if workers == 1:
        for _ in range(count):
            with condition:
                notify()
        return
    with condition:
        for _ in range(count):
            notify()
            wait()
        notify()


def meet(barrier: Any, _worker: int, count: int) -> None:
    """Wait at a barrier until all workers are there."""
    wait = barrier.wait
    for _ in range(count):
        wait()
