"""What facts observe with: waits that end, and workers that are gone afterwards."""

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
"""Seconds in which a call that should block may still return.

A call that blocks is never taken for one that doesn't, however slow the machine: only the other way round.
"""


class Waiting:
    """A call in a thread of its own, because it has no timeout of its own."""

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
        """Whether the call has still not returned after a moment."""
        self._thread.join(MOMENT)
        return self._thread.is_alive()

    def result(self) -> Any:
        """The call's result, or its exception; raises StillWaiting if it does not end."""
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            raise StillWaiting
        if self._errors:
            raise self._errors[0]
        return self._results[0]


def waits(call: Callable[[], Any], until: Callable[[], object]) -> str:
    """Describe whether a call blocks until something is done, and its result: `waits: 5`."""
    waiting = Waiting(call)
    try:
        waited = waiting.still()
    finally:
        until()
    result = waiting.result()
    return f"{'waits' if waited else 'does not wait'}: {result}"


def outcome(call: Callable[[], Any]) -> str:
    """Describe the end of a call: `EOFError`, `returned 5`."""
    try:
        return f"returned {call()!r}"
    except StillWaiting:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what was observed
        return type(error).__name__


def comes(connection: Connection, within: float) -> bool:
    """Whether there is something to receive within this time: a message, or the end of the file."""
    try:
        return connection.poll(within)
    except BrokenPipeError:  # raised by Windows for an empty pipe whose far end is closed
        return True


def await_data(connection: Connection) -> None:
    """Wait until something can be received; raises StillWaiting if nothing comes."""
    if not comes(connection, PATIENCE):
        raise StillWaiting


def received(connection: Connection) -> Any:
    """Receive the next message; raises EOFError as `recv` does, and StillWaiting if nothing comes."""
    await_data(connection)
    return connection.recv()


@contextmanager
def child(context: Context, target: Callable[..., object], *arguments: Any) -> Iterator[BaseProcess]:
    """Start a process, and wait for its end; on an exception, kill it."""
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
    """Start a pool; close it after a good run, and terminate it after an exception.

    Its tasks can wait at a gate, an event of the context. That can't be an argument of a task, because it can only be
    given to a worker at its start.
    """
    pool = context.Pool(workers, initializer=_hold, initargs=(gate,))
    try:
        yield pool
        pool.close()
        Waiting(pool.join).result()
    except BaseException:
        pool.terminate()
        pool.join()
        raise


class _Held:
    """What a worker of a pool was given at its start."""

    gate: Any = None


def _hold(gate: Any) -> None:
    _Held.gate = gate


def pass_gate() -> None:
    """Wait in a worker of a pool until the gate opens."""
    wait_at(_Held.gate)


def wait_at(gate: Any) -> None:
    """Wait until a gate opens."""
    if not gate.wait(PATIENCE):
        raise StillWaiting("at the gate")
