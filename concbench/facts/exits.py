"""What happens to workers when the main program ends: small programs, run as such."""

from __future__ import annotations

import os
import sys

from concbench.facts.fact import PATIENCE, StillWaiting, fact

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from concbench.facts.fact import Context

PROGRAMS = f"{os.path.dirname(__file__)}/programs"  # noqa: PTH120 - a host can't afford pathlib


def lines_of(program: str, context: Context) -> str:
    """Run one of the programs under a start method, and return the lines that it and its children print.

    The interpreter leaves out what concerns installed packages, which the programs do without.
    """
    import subprocess  # here, because nothing else needs it

    command = [sys.executable, "-I", "-S", f"{PROGRAMS}/{program}.py", context.get_start_method()]
    try:
        # Its output ends only when its children, who write to the same pipe, have ended, too.
        ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise StillWaiting("running") from None
    if ran.returncode:
        return f"exit status {ran.returncode}: {ran.stderr.strip()[-200:]}"
    return ", ".join(ran.stdout.splitlines())


@fact(
    "main-ends-and-takes-its-pool",
    statement="Without join or get, a main program does not wait for the tasks of its pool: they end with it, undone.",
    expected="main ends",
    processes=True,
)
def main_ends_and_takes_its_pool(context: Context) -> str:
    """Run a program whose task would print something once the program is gone."""
    return lines_of("forgets_its_pool", context)


@fact(
    "close-and-join-let-tasks-finish",
    statement="With close and join, a main program waits until all tasks of its pool are done.",
    expected="task 0, task 1, task 2, main ends",
    processes=True,
)
def close_and_join_let_tasks_finish(context: Context) -> str:
    """Run a program that submits three tasks which print, and then closes and joins its pool."""
    return lines_of("joins_its_pool", context)


@fact(
    "main-waits-for-its-processes",
    statement="A main program waits for the processes that it started, also where it does not join them.",
    expected="last statement of main, process done, main has ended",
    processes=True,
)
def main_waits_for_its_processes(context: Context) -> str:
    """Run a program whose process begins its work only when the program has come to its last statement."""
    return lines_of("leaves_a_process", context)
