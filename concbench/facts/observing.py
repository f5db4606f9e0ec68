"""Waits that have an end, and workers that are gone afterwards: what the facts observe with."""

from __future__ import annotations

import threading
from contextlib import contextmanager

from concbench.facts.fact import PATIENCE, StillWaiting

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.pool import Pool
    from multiprocessing.process import BaseProcess
    from typing import Any

    from concbench.facts.fact import Context

MOMENT = 0.03
"""Seconds that a call which should block gets to return all the same.

What does block is never mistaken for what doesn't, however slow the machine: only the other way round.
"""


class Waiting:
    """A call in a thread of its own, because it has no time-out of its own."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._call = call
        self._results: list[Any] = []
        self._errors: list[Exception] = []
        self._thread = threading.Thread(target=self._run, daemon=True)  # a call that never ends must not hold the host
        self._thread.start()

    def _run(self) -> None:
        try:
            self._results.append(self._call())
        except Exception as error:  # noqa: BLE001 - it is raised where the result is asked for
            self._errors.append(error)

    def still(self) -> bool:
        """Return whether the call has not returned, after a moment for doing so."""
        self._thread.join(MOMENT)
        return self._thread.is_alive()

    def result(self) -> Any:
        """Return what the call does, or raise it; raises StillWaiting where it does neither."""
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            raise StillWaiting
        if self._errors:
            raise self._errors[0]
        return self._results[0]


def waits(call: Callable[[], Any], until: Callable[[], object]) -> str:
    """Say whether a call blocks until something is done, and what it then returns: `waits: 5`."""
    waiting = Waiting(call)
    try:
        waited = waiting.still()
    finally:
        until()
    result = waiting.result()
    return f"{'waits' if waited else 'does not wait'}: {result}"


def outcome(call: Callable[[], Any]) -> str:
    """Say what a call came to: `EOFError`, `returned 5`."""
    try:
        return f"returned {call()!r}"
    except StillWaiting:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what was observed
        return type(error).__name__


def comes(connection: Connection, within: float) -> bool:
    """Return whether something can be received soon enough: a message, or that there will be none any more."""
    try:
        return connection.poll(within)
    except BrokenPipeError:  # what Windows says of a pipe that is empty and whose far end is closed
        return True


def await_data(connection: Connection) -> None:
    """Return once something can be received; raises StillWaiting where nothing comes."""
    if not comes(connection, PATIENCE):
        raise StillWaiting


def received(connection: Connection) -> Any:
    """Return the next message; raises EOFError as `recv` does, and StillWaiting where nothing comes."""
    await_data(connection)
    return connection.recv()


@contextmanager
def child(context: Context, target: Callable[..., object], *arguments: Any) -> Iterator[BaseProcess]:
    """Start a process, and wait for its end; after an exception, end it."""
    process = context.Process(target=target, args=arguments)
    process.start()
    try:
        yield process
        process.join(PATIENCE)
        if process.is_alive():
            raise StillWaiting("running")
    except BaseException:
        process.kill()
        raise
    finally:
        process.join()


@contextmanager
def pool_of(context: Context, workers: int | None, gate: Any = None) -> Iterator[Pool]:
    """Start a pool; take it down in order after a good run, and at once after a bad one.

    Its tasks can wait at a gate, an event of the context: it can't be an argument, because only what is given to a
    worker at its start may be shared.
    """
    pool = context.Pool(workers, initializer=hold, initargs=(gate,))
    try:
        yield pool
        pool.close()
        Waiting(pool.join).result()
    except BaseException:
        pool.terminate()
        pool.join()
        raise


class Held:
    """What a worker of a pool was given at its start."""

    gate: Any = None


def hold(gate: Any) -> None:
    """Keep the gate, in a worker."""
    Held.gate = gate


def pass_gate() -> None:
    """Wait in a worker of a pool until the gate opens."""
    wait_at(Held.gate)


def wait_at(gate: Any) -> None:
    """Wait until a gate opens."""
    if not gate.wait(PATIENCE):
        raise StillWaiting("at the gate")
