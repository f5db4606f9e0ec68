"""Pipes, with both ends in one process: which way they go, how long they wait, when they are closed."""

from __future__ import annotations

import time
from contextlib import contextmanager

from concbench.facts.fact import fact
from concbench.facts.observing import Waiting, comes, outcome, received, waits

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from concbench.facts.fact import Context

AT_ONCE = 2.0
"""Seconds within which even a busy machine does what does not wait for anything."""
SHORT = 0.05
"""Seconds to wait for data that never comes."""
TICK = 0.02
"""Seconds by which a system's clock may be coarser than the one that is read here."""


@contextmanager
def pipe(context: Context, duplex: bool = True) -> Iterator[tuple[Connection, Connection]]:
    """Make a pipe, and close what is still open of it."""
    first, second = context.Pipe(duplex)
    try:
        yield first, second
    finally:
        first.close()
        second.close()


@fact(
    "pipe-goes-both-ways",
    statement="A pipe is full-duplex: each of its two ends can both send and receive.",
    expected="there and back",
    processes=False,
)
def pipe_goes_both_ways(context: Context) -> str:
    """Send a message there, and another one back."""
    with pipe(context) as (first, second):
        first.send("there")
        there = received(second)
        second.send("back")
        return f"{there} and {received(first)}"


@fact(
    "simplex-pipe-goes-one-way",
    statement="With duplex=False, the first end can only receive and the second can only send.",
    expected="first.send: OSError, second.recv: OSError, second to first: arrives",
    processes=False,
)
def simplex_pipe_goes_one_way(context: Context) -> str:
    """Try both directions."""
    with pipe(context, duplex=False) as (first, second):
        sending = outcome(lambda: first.send("wrong way"))
        receiving = outcome(lambda: received(second))
        second.send("arrives")
        return f"first.send: {sending}, second.recv: {receiving}, second to first: {received(first)}"


@fact(
    "recv-waits",
    statement="Where there is no message to receive, recv blocks until one comes.",
    expected="waits: a message",
    processes=False,
)
def recv_waits(context: Context) -> str:
    """Receive in a thread, and send a moment later."""
    with pipe(context) as (first, second):
        return waits(first.recv, until=lambda: second.send("a message"))


@fact(
    "poll-returns-at-once",
    statement="Without a time-out, poll says at once whether there is data to receive.",
    expected="empty: False at once, with a message: True",
    processes=False,
)
def poll_returns_at_once(context: Context) -> str:
    """Poll before and after a message is sent."""
    with pipe(context) as (first, second):
        began = time.monotonic()
        empty = Waiting(first.poll).result()
        when = "at once" if time.monotonic() - began < AT_ONCE else "late"
        second.send("a message")
        return f"empty: {empty} {when}, with a message: {first.poll()}"


@fact(
    "poll-waits-as-long-as-told",
    statement="With a time-out, poll waits at most that long for data.",
    expected="empty: False after the time-out, with a message: True",
    processes=False,
)
def poll_waits_as_long_as_told(context: Context) -> str:
    """Poll with a short time-out while nothing is there, and with one too long to wait for while something is."""
    with pipe(context) as (first, second):
        began = time.monotonic()
        empty = Waiting(lambda: first.poll(SHORT)).result()
        after = "after" if time.monotonic() - began > SHORT - TICK else "before"
        second.send("a message")
        filled = Waiting(lambda: first.poll(1e6)).result()
        return f"empty: {empty} {after} the time-out, with a message: {filled}"


@fact(
    "poll-none-waits-forever",
    statement="With None for a time-out, poll waits until there is data, however long that takes.",
    expected="waits: True",
    processes=False,
)
def poll_none_waits_forever(context: Context) -> str:
    """Poll in a thread, and send a moment later."""
    with pipe(context) as (first, second):
        return waits(lambda: first.poll(None), until=lambda: second.send("a message"))


@fact(
    "closed-connection-is-unusable",
    statement="Using an end of a pipe after closing it raises OSError (handle is closed).",
    expected="recv: OSError, send: OSError, poll: OSError",
    processes=False,
)
def closed_connection_is_unusable(context: Context) -> str:
    """Close one end, and call its methods."""
    with pipe(context) as (first, _second):
        first.close()
        calls = {"recv": first.recv, "send": lambda: first.send("too late"), "poll": first.poll}
        return ", ".join(f"{name}: {outcome(call)}" for name, call in calls.items())


@fact(
    "far-end-closed-is-end-of-file",
    statement="Once the far end is closed, recv hands over what was sent before and then raises EOFError.",
    expected="the last message, then EOFError",
    processes=False,
)
def far_end_closed_is_end_of_file(context: Context) -> str:
    """Send one message, close, and receive twice."""
    with pipe(context) as (first, second):
        second.send("the last message")
        second.close()
        return f"{received(first)}, then {outcome(lambda: received(first))}"


@fact(
    "forgotten-connection-is-closed",
    statement="A connection that is garbage-collected is closed without being told to.",
    expected="EOFError at the far end",
    processes=False,
)
def forgotten_connection_is_closed(context: Context) -> str:
    """Drop the last reference to one end, and receive at the other."""
    import gc  # here, because no other fact needs it

    first, second = context.Pipe()
    try:
        del second
        gc.collect()  # a Python that does not count references would keep it for longer
        if not comes(first, SHORT):
            return "still open"
        return f"{outcome(first.recv)} at the far end"
    finally:
        first.close()


@fact(
    "fileno-is-an-integer",
    statement="The fileno of a connection is the integer by which the system knows it.",
    expected="int",
    processes=False,
)
def fileno_is_an_integer(context: Context) -> str:
    """Ask one end for its number."""
    with pipe(context) as (first, _second):
        return type(first.fileno()).__name__
