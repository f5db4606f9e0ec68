"""What workers of a crew do in tests, and crews at work: in fresh interpreters, where signals reach the main thread.

It imports the standard library and concbench's inside only, so that any interpreter can run it.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
import traceback
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Literal

from concbench.experiments.crews import crew
from concbench.experiments.process_crew import ProcessCrew, processes
from concbench.model import Settings

if TYPE_CHECKING:
    from concbench.experiments.crew import Gate, Workers

    Waits = Literal["ready", "results"]

WAITS: tuple[Waits, ...] = ("ready", "results")
"""Where the main thread waits when a worker fails."""
PATIENCE = 60
"""Seconds after which what has not happened will not happen any more."""


def square(gate: Gate, number: int) -> int:
    gate.ready()
    gate.wait()
    return number * number


def say_when(gate: Gate) -> float:
    """Return the moment when the gate was passed."""
    gate.ready()
    gate.wait()
    return time.perf_counter()


def fail(gate: Gate, index: int, failing: int, how: str, waits: Waits) -> None:
    """Let one worker fail, before it is ready or after the word to go; the others wait for ever."""
    if waits == "results":
        gate.ready()
        gate.wait()
    if index == failing:
        go_wrong(how)
    threading.Event().wait()


def go_wrong(how: str) -> None:
    if how == "raises":
        raise LookupError("the job's own trouble")
    if how == "exits":
        os._exit(3)
    if how == "leaves":
        raise SystemExit("the job wants to leave")
    if how == "is odd":
        raise Odd("the job", "odd")
    raise AssertionError(how)


class Odd(Exception):
    """It is made with two arguments and pickled with one, as happens to people."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} is {why}")


def settings_of(start_method: str | None) -> Settings:
    return Settings(start_method=start_method)


def squares_of(workers: Workers, start_method: str | None, counts: list[int]) -> list[list[int]]:
    """Return what crews of several sizes return."""
    return [squares(workers, start_method, count) for count in counts]


def squares(workers: Workers, start_method: str | None, count: int) -> list[int]:
    """Return what a crew returns, each worker another number."""
    with crew(workers, settings_of(start_method), square, [(number,) for number in range(count)]) as staff:
        staff.wait_until_ready()
        staff.go()
        return staff.results()


def gate_holds(workers: Workers, start_method: str | None, count: int) -> bool:
    """Say whether no worker passes its gate before the word to go, though all have long been ready."""
    with crew(workers, settings_of(start_method), say_when, [()] * count) as staff:
        staff.wait_until_ready()
        time.sleep(0.05)  # time enough to pass for whoever does not wait; nobody waits for it to be enough
        told = time.perf_counter()
        staff.go()
        return all(passed >= told for passed in staff.results())


def failures(
    workers: Workers, start_method: str | None, count: int, failing: int, how: str
) -> dict[str, dict[str, Any]]:
    """Return what a crew with a failing worker raises, wherever the main thread waits when it fails."""
    return {waits: failure(workers, start_method, count, failing, how, waits) for waits in WAITS}


def failure(
    workers: Workers, start_method: str | None, count: int, failing: int, how: str, waits: Waits
) -> dict[str, Any]:
    """Return what a crew with a failing worker raises, its cause, and which processes are left."""
    jobs = [(index, failing, how, waits) for index in range(count)]
    try:
        with crew(workers, settings_of(start_method), fail, jobs) as staff:
            staff.wait_until_ready()
            staff.go()
            staff.results()
    except BaseException as error:  # noqa: BLE001 - it is said what it is
        return {
            "error": f"{type(error).__name__}: {error}",
            "cause": str(error.__cause__),
            "left": [child.name for child in multiprocessing.active_children()],
        }
    raise AssertionError("nothing was raised")


def all_fail(workers: Workers, start_method: str | None, count: int) -> dict[str, Any]:
    """Return what a crew raises whose workers fail all at once, and how many errors that is, one in the other."""
    jobs = [(index, index, "raises", "results") for index in range(count)]
    try:
        with crew(workers, settings_of(start_method), fail, jobs) as staff:
            staff.wait_until_ready()
            staff.go()
            staff.results()
    except LookupError as error:
        left = [child.name for child in multiprocessing.active_children()]
        return {"contexts": "".join(traceback.format_exception(error)).count("During handling"), "left": left}
    raise AssertionError("nothing was raised")


def block_raises(workers: Workers, start_method: str | None, count: int) -> list[str]:
    """Return which processes are left when the block raises something of its own, while the workers wait."""
    try:
        with crew(workers, settings_of(start_method), square, [(number,) for number in range(count)]) as staff:
            staff.wait_until_ready()
            raise InterruptedError
    except InterruptedError:
        return [child.name for child in multiprocessing.active_children()]


def ready_and_gone(gate: Gate) -> None:
    gate.ready()
    os._exit(4)


def go_to_the_dead(start_method: str | None) -> list[str]:
    """Return what is raised when a worker has died before it is told to go: in that order, whoever is quicker."""
    said: list[str] = []

    def block(made: ProcessCrew) -> None:
        made.wait_until_ready()
        # Not joined: who listens does that, and the exit code is there once only.
        wait([each.sentinel for each in made.started], PATIENCE)
        made.go()
        made.results()

    try:
        with processes(settings_of(start_method), ready_and_gone, [()]) as made:
            block(made)
    except Exception as error:  # noqa: BLE001 - it is said what it is
        said.append(f"{type(error).__name__}: {error}")
    return said


def cannot_start(start_method: str | None) -> dict[str, Any]:
    """Return what is raised when the last worker can't be started, and which processes are left."""
    jobs: list[tuple[Any, ...]] = [(0,), (1,), (lambda: None,)]
    try:
        with crew("processes", settings_of(start_method), square, jobs):
            pass
    except Exception as error:  # noqa: BLE001 - it is said what it is
        left = [child.name for child in multiprocessing.active_children()]
        return {"error": type(error).__name__, "text": str(error), "left": left}
    raise AssertionError("nothing was raised")


def promises(kinds: list[Workers]) -> dict[str, dict[str, Any]]:
    """Return, for several kinds of workers, what a crew of them returns, whether its gate holds, and what it raises."""
    return {
        kind: {
            "squares": squares(kind, None, 3),
            "gate holds": gate_holds(kind, None, 2),
            "failures": failures(kind, None, 2, 1, "raises"),
        }
        for kind in kinds
    }
