"""Processes: what is theirs alone, how they end, and what happens to workers when the main program ends."""

from __future__ import annotations

import os
import sys
import threading

from concbench.facts.fact import PATIENCE, StillWaiting, fact
from concbench.facts.observation import child, received, wait_at, waits
from concbench.facts.pipes import pipe

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from concbench.facts.fact import Context


@fact("Every process has at least one thread, the one that does its work.", expected="1 thread, the main thread")
def process_starts_with_one_thread(context: Context) -> str:
    """Let a child count its threads."""
    with pipe(context, duplex=False) as (receiver, sender), child(context, _send_threads, sender):
        return str(received(receiver))


def _send_threads(connection: Connection) -> None:
    count = threading.active_count()
    main = "the main thread" if threading.current_thread() is threading.main_thread() else "another thread"
    connection.send(f"{count} thread{'' if count == 1 else 's'}, {main}")


@fact(
    "Memory of different processes is separate: what a child changes, the parent does not see.",
    expected="child: 99, parent: 100, in two processes",
)
def processes_do_not_share_memory(context: Context) -> str:
    """Let a child take one from a plain dict's 100."""
    counts = {"count": 100}
    with pipe(context, duplex=False) as (receiver, sender), child(context, _take_one_and_send, counts, sender):
        changed, pid = received(receiver)
    where = "one process" if pid == os.getpid() else "two processes"
    return f"child: {changed}, parent: {counts['count']}, in {where}"


def _take_one_and_send(counts: dict[str, int], connection: Connection) -> None:
    counts["count"] -= 1
    connection.send((counts["count"], os.getpid()))


@fact("join on a process blocks until that process has ended.", expected="waits: exit code 0")
def join_waits_for_a_process(context: Context) -> str:
    """Let a child wait at a gate, and open it a moment after the parent joins."""
    gate = context.Event()
    with child(context, wait_at, gate) as process:

        def join() -> str:
            process.join()
            return f"exit code {process.exitcode}"

        return waits(join, until=gate.set)


@fact(
    "The exit code of a process is 0 on success, 1 after an exception, and -N after signal N.",
    expected="returned: 0, raised: 1, terminated: -SIGTERM",
)
def exit_code_tells_how_a_process_ended(context: Context) -> str:
    """Let one child return and one raise, and terminate one that waits."""
    import signal  # here, because no other fact needs it

    gate = context.Event()
    gate.set()
    with child(context, wait_at, gate) as returning, child(context, _raise_quietly) as raising:
        pass
    gate.clear()
    with child(context, wait_at, gate) as waiting:
        waiting.terminate()
    signalled = "-SIGTERM" if waiting.exitcode == -signal.SIGTERM else waiting.exitcode
    return f"returned: {returning.exitcode}, raised: {raising.exitcode}, terminated: {signalled}"


def _raise_quietly() -> None:
    import io
    import sys

    sys.stderr = io.StringIO()
    raise LookupError


# When the main program ends


PROGRAMS = f"{os.path.dirname(__file__)}/programs"  # noqa: PTH120 - a host can't afford pathlib


def _lines_of(program: str, context: Context) -> str:
    """Run one of the programs under a start method; return the lines that it and its children print.

    The interpreter runs without installed packages, which the programs don't need.
    """
    import subprocess  # here, because nothing else needs it

    command = [sys.executable, "-I", "-S", f"{PROGRAMS}/{program}.py", context.get_start_method()]
    try:
        # Its output ends only when its children, which write to the same pipe, have ended, too.
        ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise StillWaiting("running") from None
    if ran.returncode:
        return f"exit status {ran.returncode}: {ran.stderr.strip()[-200:]}"
    return ", ".join(ran.stdout.splitlines())


@fact(
    "Without join or get, a main program does not wait for the tasks of its pool: they end with it, unfinished.",
    expected="main ends",
)
def main_ends_and_takes_its_pool(context: Context) -> str:
    """Run a program whose task would print something once the program is gone."""
    return _lines_of("forgets_its_pool", context)


@fact(
    "With close and join, a main program waits until all tasks of its pool are done.",
    expected="task 0, task 1, task 2, main ends",
)
def close_and_join_let_tasks_finish(context: Context) -> str:
    """Run a program that submits three tasks which print, and then closes and joins its pool."""
    return _lines_of("joins_its_pool", context)


@fact(
    "A main program waits for the processes that it started, even if it does not join them.",
    expected="last statement of main, process done, main has ended",
)
def main_waits_for_its_processes(context: Context) -> str:
    """Run a program whose process begins its work only when the program has come to its last statement."""
    return _lines_of("leaves_a_process", context)
