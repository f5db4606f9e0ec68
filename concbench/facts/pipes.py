"""Pipes: which way they go, how long they wait, when they are closed, what goes through, and who holds which end."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

from concbench.facts.fact import fact
from concbench.facts.observation import Waiting, await_data, child, comes, outcome, received, waits

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from concbench.facts.fact import Context


AT_ONCE = 2.0
"""Seconds within which even a busy machine finishes what does not wait."""
SHORT = 0.05
"""Seconds to wait for data that never comes."""
TICK = 0.02
"""Seconds by which the system's clock may be coarser than the one read here."""


@contextmanager
def pipe(context: Context, duplex: bool = True) -> Iterator[tuple[Connection, Connection]]:
    """Make a pipe, and close its ends afterwards."""
    first, second = context.Pipe(duplex)
    try:
        yield first, second
    finally:
        first.close()
        second.close()


@fact(
    "A pipe is full-duplex: each of its two ends can both send and receive.", expected="there and back", processes=False
)
def pipe_goes_both_ways(context: Context) -> str:
    """Send a message there, and another one back."""
    with pipe(context) as (first, second):
        first.send("there")
        there = received(second)
        second.send("back")
        return f"{there} and {received(first)}"


@fact(
    "With duplex=False, the first end can only receive and the second can only send.",
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


@fact("If there is no message to receive, recv blocks until one comes.", expected="waits: a message", processes=False)
def recv_waits(context: Context) -> str:
    """Receive in a thread, and send a moment later."""
    with pipe(context) as (first, second):
        return waits(first.recv, until=lambda: second.send("a message"))


@fact(
    "Without a timeout, poll returns at once whether there is data to receive.",
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
    "With a timeout, poll waits at most that long for data.",
    expected="empty: False after the timeout, with a message: True",
    processes=False,
)
def poll_waits_as_long_as_told(context: Context) -> str:
    """Poll with a short timeout while nothing is there, and with a very long one while something is."""
    with pipe(context) as (first, second):
        began = time.monotonic()
        empty = Waiting(lambda: first.poll(SHORT)).result()
        after = "after" if time.monotonic() - began > SHORT - TICK else "before"
        second.send("a message")
        filled = Waiting(lambda: first.poll(1e6)).result()
        return f"empty: {empty} {after} the timeout, with a message: {filled}"


@fact(
    "With a timeout of None, poll waits until there is data, however long that takes.",
    expected="waits: True",
    processes=False,
)
def poll_none_waits_forever(context: Context) -> str:
    """Poll in a thread, and send a moment later."""
    with pipe(context) as (first, second):
        return waits(lambda: first.poll(None), until=lambda: second.send("a message"))


@fact(
    "Using an end of a pipe after closing it raises OSError (handle is closed).",
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
    "Once the far end is closed, recv hands over what was sent before and then raises EOFError.",
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
    "A connection that is garbage-collected is closed automatically.",
    expected="EOFError at the far end",
    processes=False,
)
def forgotten_connection_is_closed(context: Context) -> str:
    """Drop the last reference to one end, and receive at the other."""
    import gc  # here, because no other fact needs it

    first, second = context.Pipe()
    try:
        del second
        gc.collect()  # a Python that does not count references keeps it for longer
        if not comes(first, SHORT):
            return "still open"
        return f"{outcome(first.recv)} at the far end"
    finally:
        first.close()


@fact("The fileno of a connection is the integer that identifies it to the system.", expected="int", processes=False)
def fileno_is_an_integer(context: Context) -> str:
    """Ask one end for its number."""
    with pipe(context) as (first, _second):
        return type(first.fileno()).__name__


# Messages


def _received_bytes(connection: Connection, maxlength: int | None = None) -> bytes:
    await_data(connection)
    return connection.recv_bytes(maxlength)


@fact(
    "send takes any object that can be pickled, and recv returns an equal one.",
    expected="equal, and not the same",
    processes=False,
)
def send_takes_what_can_be_pickled(context: Context) -> str:
    """Send objects of several types, in one another."""
    sent = {"text": "¡señor!", "numbers": [1, 2.5, None], "nested": {("a", "tuple"): {b"bytes"}}}
    with pipe(context) as (first, second):
        first.send(sent)
        arrived = received(second)
        return f"{'equal' if arrived == sent else 'different'}, and {'the same' if arrived is sent else 'not the same'}"


@fact("An object that cannot be pickled cannot be sent.", expected="TypeError, and nothing arrives", processes=False)
def send_refuses_what_cannot_be_pickled(context: Context) -> str:
    """Send a lock of a thread, which exists in one process only."""
    with pipe(context) as (first, second):
        refused = outcome(lambda: first.send(threading.Lock()))
        return f"{refused}, and {'something' if second.poll() else 'nothing'} arrives"


@fact("What one send_bytes sends, one recv_bytes receives, complete.", expected="b'one', b'two'", processes=False)
def bytes_arrive_as_whole_messages(context: Context) -> str:
    """Send two messages, and then receive them."""
    with pipe(context) as (first, second):
        first.send_bytes(b"one")
        first.send_bytes(b"two")
        return f"{_received_bytes(second)!r}, {_received_bytes(second)!r}"


@fact(
    "With an offset and a size, send_bytes sends that part of the buffer.",
    expected="from 2: b'cdef', 3 from 2: b'cde'",
    processes=False,
)
def send_bytes_sends_a_part(context: Context) -> str:
    """Send a part of a buffer with an offset only, and with a size, too."""
    with pipe(context) as (first, second):
        first.send_bytes(b"abcdef", 2)
        first.send_bytes(b"abcdef", 2, 3)
        return f"from 2: {_received_bytes(second)!r}, 3 from 2: {_received_bytes(second)!r}"


@fact(
    "A message longer than the maxlength of recv_bytes raises OSError (once called IOError).",
    expected="as long: b'12345', longer: OSError",
    processes=False,
)
def too_long_a_message_raises(context: Context) -> str:
    """Receive a message that is just short enough, and one that is not."""
    with pipe(context) as (first, second):
        second.send_bytes(b"12345")
        second.send_bytes(b"123456")
        return f"as long: {_received_bytes(first, 5)!r}, longer: {outcome(lambda: _received_bytes(first, 5))}"


@fact(
    "After a message longer than maxlength, nothing more can be read from that connection.",
    expected="duplex: not readable, simplex: not readable",
    processes=False,
)
def too_long_a_message_ends_reading(context: Context) -> str:
    """Receive a message that is too long, and then a good one, through both kinds of pipe.

    CPython closes the end of a one-way pipe, and forbids only reading at that of a two-way one, which still sends.
    """
    seen = []
    for kind in ("duplex", "simplex"):
        with pipe(context, duplex=kind == "duplex") as (first, second):
            second.send_bytes(b"123456")
            second.send_bytes(b"good")
            outcome(lambda end=first: _received_bytes(end, 5))  # type: ignore[misc]
            after = outcome(lambda end=first: _received_bytes(end))  # type: ignore[misc]
            seen.append(f"{kind}: {'not readable' if after == 'OSError' else after}")
    return ", ".join(seen)


@fact(
    "recv_bytes_into puts a message into a buffer at an offset, and returns its length.",
    expected="returned 3: bytearray(b'__abc_')",
    processes=False,
)
def recv_bytes_into_a_buffer(context: Context) -> str:
    """Receive three bytes into a buffer of six, from its third byte on."""
    buffer = bytearray(b"______")
    with pipe(context) as (first, second):
        second.send_bytes(b"abc")
        await_data(first)
        return f"returned {first.recv_bytes_into(buffer, 2)}: {buffer!r}"


@fact(
    "If a message does not fit into the buffer, recv_bytes_into raises BufferTooShort, which holds it.",
    expected="BufferTooShort with b'abcdef'",
    processes=False,
)
def recv_bytes_into_too_short_a_buffer(context: Context) -> str:
    """Receive six bytes into a buffer with room for four after the offset."""
    with pipe(context) as (first, second):
        second.send_bytes(b"abcdef")
        await_data(first)
        try:
            return f"returned {first.recv_bytes_into(bytearray(6), 2)}"
        except context.BufferTooShort as error:
            return f"{type(error).__name__} with {error.args[0]!r}"


# Between a parent and a child


SOON = 0.1
"""Seconds for the news that an end was closed, which has arrived by then."""


@fact(
    "A pipe made before a process starts connects the two: what the parent sends, the child receives.",
    expected="the child received: hello",
)
def pipe_connects_parent_and_child(context: Context) -> str:
    """Give one end to a child, which answers a message."""
    with pipe(context) as (ours, theirs), child(context, _answer, theirs):
        ours.send("hello")
        return str(received(ours))


def _answer(connection: Connection) -> None:
    connection.send(f"the child received: {received(connection)}")


@fact(
    "When the far end of a pipe is closed, a receiver gets EOFError instead of waiting forever.",
    expected="recv: EOFError, recv_bytes: EOFError",
)
def child_closes_and_parent_gets_eof(context: Context) -> str:
    """Give the only open copies of two ends to a child that closes them and ends."""
    seen = []
    with (
        pipe(context) as (first, far_first),
        pipe(context) as (second, far_second),
        child(context, _close_all, far_first, far_second),
    ):
        far_first.close()  # or the far ends would still be open, here
        far_second.close()
        for name, end, receive in (("recv", first, first.recv), ("recv_bytes", second, second.recv_bytes)):
            await_data(end)
            seen.append(f"{name}: {outcome(receive)}")
    return ", ".join(seen)


def _close_all(*connections: Connection) -> None:
    for connection in connections:
        connection.close()


@fact(
    "When the parent closes its end, a child that waits in recv gets EOFError and can leave its loop.",
    expected="EOFError",
    note="a forked child holds a copy of the parent's end, too, so that end stays open until the child closes its copy",
)
def parent_closes_and_child_gets_eof(context: Context) -> str:
    """Close the parent's end as in the original tutorial, notify the child through another pipe, and let it receive.

    If the end is really closed, the child can see that before it is notified, so it need not wait long.
    """
    with (
        pipe(context) as (ours, theirs),
        pipe(context) as (notify, notice),
        child(context, _receive_end, theirs, notice),
    ):
        ours.close()
        notify.send("closed")
        return str(received(notify))


def _receive_end(connection: Connection, notice: Connection) -> None:
    received(notice)
    notice.send(outcome(connection.recv) if comes(connection, SOON) else "still waiting for a message")
