"""What workers of a crew do in tests, and crews at work: in fresh interpreters, where signals reach the main thread.

It imports the standard library and concbench's inside only, so that any interpreter can run it.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from concbench.experiments.crew import crew, processes
from concbench.model.case import Settings

if TYPE_CHECKING:
    from concbench.experiments.crew import Gate, Workers

PATIENCE = 60
"""Seconds after which what has not happened never will."""


def square(gate: Gate, number: int) -> int:
    gate.ready()
    gate.wait()
    return number * number


def passed(gate: Gate) -> float:
    gate.ready()
    gate.wait()
    return time.perf_counter()


def fail(gate: Gate, fails: bool, how: str, when: str) -> None:
    """Fail before this worker is ready or after the word to go; or wait forever."""
    if when == "going":
        gate.ready()
        gate.wait()
    if fails:
        go_wrong(how)
    threading.Event().wait()


def ready_and_gone(gate: Gate) -> None:
    gate.ready()
    os._exit(4)


def go_wrong(how: str) -> None:
    if how == "raises":
        raise LookupError("the job's own trouble")
    if how == "exits":
        os._exit(3)
    if how == "leaves":
        raise SystemExit("the job wants to leave")
    raise Odd("the job", "odd")


class Odd(Exception):
    """It is made with two arguments and pickled with one, as is easily done."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} is {why}")


def outcome(run: Callable[[], Any]) -> dict[str, Any]:
    """What comes of a crew: its results, or its error, how many others that hides, and which processes are left."""
    try:
        return {"results": run()}
    except BaseException as error:  # noqa: BLE001 - whatever it is, the test names it
        return {
            "error": f"{type(error).__name__}: {error}",
            "cause": str(error.__cause__),
            "hidden": "".join(traceback.format_exception(error)).count("During handling"),
            "left": [child.name for child in multiprocessing.active_children()],
        }


def run_crew(workers: Workers, method: str | None, job: str, arguments: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """What comes of a crew, whose job is one of this module's."""

    def run() -> list[Any]:
        jobs = [tuple((lambda: None) if each == "unpicklable" else each for each in given) for given in arguments]
        with crew(workers, Settings(start_method=method), globals()[job], jobs) as staff:
            staff.wait_until_ready()
            staff.go()
            return staff.results()

    return outcome(run)


def gate_holds(workers: Workers, method: str | None) -> bool:
    """Whether no worker passes its gate before the word to go, though all have long been ready."""
    with crew(workers, Settings(start_method=method), passed, [()] * 3) as staff:
        staff.wait_until_ready()
        time.sleep(0.05)  # time enough for one that does not wait; the test does not depend on it
        went = time.perf_counter()
        staff.go()
        return all(each >= went for each in staff.results())


def block_raises(workers: Workers, method: str | None) -> dict[str, Any]:
    """What comes of a block that raises while the workers wait."""

    def run() -> None:
        with crew(workers, Settings(start_method=method), square, [(number,) for number in range(3)]) as staff:
            staff.wait_until_ready()
            raise InterruptedError("of the block")

    return outcome(run)


def go_to_the_dead(method: str | None) -> dict[str, Any]:
    """What comes of a worker that has died before the word to go: in that order, whoever is quicker."""

    def run() -> list[Any]:
        with processes(Settings(start_method=method), ready_and_gone, [()]) as made:
            made.wait_until_ready()
            # Not joined: whoever listens does that, and the exit code is there only once.
            wait([each.sentinel for each in made.started], PATIENCE)
            made.go()
            return made.results()

    return outcome(run)


def promises(kinds: list[Workers]) -> dict[str, dict[str, Any]]:
    """What crews of several kinds come to, and whether their gates hold."""
    return {
        kind: {
            "squares": run_crew(kind, None, "square", [[0], [1], [2]]),
            "gate holds": gate_holds(kind, None),
            "failures": [
                run_crew(kind, None, "fail", [[False, "raises", when], [True, "raises", when]])
                for when in ("starting", "going")
            ],
        }
        for kind in kinds
    }
