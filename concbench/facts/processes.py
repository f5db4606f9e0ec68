"""Processes: what is theirs alone, and how they end."""

from __future__ import annotations

import os
import threading

from concbench.facts.connections import pipe
from concbench.facts.fact import fact
from concbench.facts.observing import child, received, wait_at, waits

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from concbench.facts.fact import Context


@fact(
    "process-starts-with-one-thread",
    statement="Every process has at least one thread, the one that does its work.",
    expected="1 thread, the main thread",
    processes=True,
)
def process_starts_with_one_thread(context: Context) -> str:
    """Let a child count its threads."""
    with pipe(context, duplex=False) as (receiver, sender), child(context, send_threads, sender):
        return str(received(receiver))


def send_threads(connection: Connection) -> None:
    """Say how many threads there are, in a child."""
    count = threading.active_count()
    main = "the main thread" if threading.current_thread() is threading.main_thread() else "another thread"
    connection.send(f"{count} thread{'' if count == 1 else 's'}, {main}")


@fact(
    "processes-do-not-share-memory",
    statement="Memory of different processes is separate: what a child changes, the parent does not see.",
    expected="child: 99, parent: 100, in two processes",
    processes=True,
)
def processes_do_not_share_memory(context: Context) -> str:
    """Let a child take one from a plain dict's 100."""
    counts = {"count": 100}
    with pipe(context, duplex=False) as (receiver, sender), child(context, take_one_and_send, counts, sender):
        changed, pid = received(receiver)
    where = "one process" if pid == os.getpid() else "two processes"
    return f"child: {changed}, parent: {counts['count']}, in {where}"


def take_one_and_send(counts: dict[str, int], connection: Connection) -> None:
    """Take one from a count, and say what is left and who knows, in a child."""
    counts["count"] -= 1
    connection.send((counts["count"], os.getpid()))


@fact(
    "join-waits-for-a-process",
    statement="join on a process blocks until that process has ended.",
    expected="waits: exit code 0",
    processes=True,
)
def join_waits_for_a_process(context: Context) -> str:
    """Let a child wait at a gate, and open it a moment after the parent joins."""
    gate = context.Event()
    with child(context, wait_at, gate) as process:

        def join() -> str:
            process.join()
            return f"exit code {process.exitcode}"

        return waits(join, until=gate.set)


@fact(
    "exit-code-tells-how-a-process-ended",
    statement="The exit code of a process is 0 after a good end, 1 after an exception, and -N after signal N.",
    expected="returned: 0, raised: 1, terminated: -SIGTERM",
    processes=True,
)
def exit_code_tells_how_a_process_ended(context: Context) -> str:
    """Let one child return, one raise, and terminate one that waits."""
    import signal  # here, because no other fact needs it

    gate = context.Event()
    gate.set()
    with child(context, wait_at, gate) as returning, child(context, raise_quietly) as raising:
        pass
    gate.clear()
    with child(context, wait_at, gate) as waiting:
        waiting.terminate()
    signalled = "-SIGTERM" if waiting.exitcode == -signal.SIGTERM else waiting.exitcode
    return f"returned: {returning.exitcode}, raised: {raising.exitcode}, terminated: {signalled}"


def raise_quietly() -> None:
    """Raise in a child, with the traceback going nowhere."""
    import io
    import sys

    sys.stderr = io.StringIO()
    raise LookupError
