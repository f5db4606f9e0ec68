"""Threads: what those of one process share, and the two ways to make one."""

from __future__ import annotations

import os
import threading

from concbench.facts.fact import PATIENCE, fact
from concbench.facts.observation import Waiting, waits

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterable

    from concbench.facts.fact import Context


def _run_all(threads: Iterable[threading.Thread]) -> None:
    """Start threads one by one, each after the one before has ended."""
    for thread in threads:
        thread.daemon = True  # one that never ends must not keep the host alive
        thread.start()
        Waiting(thread.join).result()


@fact(
    "Threads of one process share its memory: what one changes, the others see.",
    expected="the main thread sees 99",
    processes=False,
)
def threads_share_memory(_context: Context) -> str:
    """Let a thread take one from a plain dict's 100."""
    counts = {"count": 100}

    def take_one() -> None:
        counts["count"] -= 1

    _run_all([threading.Thread(target=take_one)])
    return f"the main thread sees {counts['count']}"


@fact(
    "A thread is a worker inside a process: several threads, one process id.",
    expected="3 threads, 1 process",
    processes=False,
)
def threads_are_of_one_process(_context: Context) -> str:
    """Let two threads at once, beside the main one, record their identity and their process."""
    seen = {(threading.get_ident(), os.getpid())}
    meeting = threading.Barrier(2)  # or the second might get the identity of the first, which has ended

    def say() -> None:
        seen.add((threading.get_ident(), os.getpid()))
        meeting.wait(PATIENCE)

    threads = [Waiting(say), Waiting(say)]
    for thread in threads:
        thread.result()
    identities, processes = zip(*seen, strict=True)
    return f"{len(set(identities))} threads, {len(set(processes))} process"


@fact("join on a thread blocks until that thread has ended.", expected="waits: ended", processes=False)
def join_waits_for_a_thread(_context: Context) -> str:
    """Let a thread wait at a gate, and open it a moment after it is joined."""
    gate = threading.Event()
    thread = threading.Thread(target=gate.wait, daemon=True)
    thread.start()

    def join() -> str:
        thread.join()
        return "running" if thread.is_alive() else "ended"

    return waits(join, until=gate.set)


class _Greeter(threading.Thread):
    """A thread whose work is its `run`, and whose data are its attributes."""

    def __init__(self, name: str, greetings: list[str]) -> None:
        super().__init__()
        self.whom = name
        self.greetings = greetings

    def run(self) -> None:
        _greet(self.whom, self.greetings)


def _greet(whom: str, greetings: list[str]) -> None:
    greetings.append(f"hello {whom}")


@fact(
    "A subclass of Thread with its own run method works like a Thread with a target.",
    expected="target: hello you, subclass: hello you",
    processes=False,
)
def thread_subclass_equals_target(_context: Context) -> str:
    """Do the same work in both ways."""
    greetings: list[str] = []
    _run_all([threading.Thread(target=_greet, args=("you", greetings)), _Greeter("you", greetings)])
    return "target: {}, subclass: {}".format(*greetings)
