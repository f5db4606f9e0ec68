"""What goes through a pipe: objects that can be pickled, and bytes, whole messages of either."""

from __future__ import annotations

import threading

from concbench.facts.connections import pipe
from concbench.facts.fact import fact
from concbench.facts.observing import await_data, outcome, received

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from concbench.facts.fact import Context


def received_bytes(connection: Connection, maxlength: int | None = None) -> bytes:
    """Return the next bytes; raises what `recv_bytes` does, and StillWaiting where nothing comes."""
    await_data(connection)
    return connection.recv_bytes(maxlength)


@fact(
    "send-takes-what-can-be-pickled",
    statement="send takes any object that can be pickled, and recv returns an equal one.",
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


@fact(
    "send-refuses-what-cannot-be-pickled",
    statement="An object that cannot be pickled cannot be sent.",
    expected="TypeError, and nothing arrives",
    processes=False,
)
def send_refuses_what_cannot_be_pickled(context: Context) -> str:
    """Send a lock of a thread, which exists in one process only."""
    with pipe(context) as (first, second):
        refused = outcome(lambda: first.send(threading.Lock()))
        return f"{refused}, and {'something' if second.poll() else 'nothing'} arrives"


@fact(
    "bytes-arrive-as-whole-messages",
    statement="What one send_bytes sends, one recv_bytes receives, complete.",
    expected="b'one', b'two'",
    processes=False,
)
def bytes_arrive_as_whole_messages(context: Context) -> str:
    """Send two messages, and then receive them."""
    with pipe(context) as (first, second):
        first.send_bytes(b"one")
        first.send_bytes(b"two")
        return f"{received_bytes(second)!r}, {received_bytes(second)!r}"


@fact(
    "send-bytes-sends-a-part",
    statement="With an offset and a size, send_bytes sends that part of the buffer.",
    expected="from 2: b'cdef', 3 from 2: b'cde'",
    processes=False,
)
def send_bytes_sends_a_part(context: Context) -> str:
    """Send a part of a buffer with an offset only, and with a size, too."""
    with pipe(context) as (first, second):
        first.send_bytes(b"abcdef", 2)
        first.send_bytes(b"abcdef", 2, 3)
        return f"from 2: {received_bytes(second)!r}, 3 from 2: {received_bytes(second)!r}"


@fact(
    "too-long-a-message-raises",
    statement="A message longer than the maxlength of recv_bytes raises OSError (once called IOError).",
    expected="as long: b'12345', longer: OSError",
    processes=False,
)
def too_long_a_message_raises(context: Context) -> str:
    """Receive a message that is just short enough, and one that is not."""
    with pipe(context) as (first, second):
        second.send_bytes(b"12345")
        second.send_bytes(b"123456")
        return f"as long: {received_bytes(first, 5)!r}, longer: {outcome(lambda: received_bytes(first, 5))}"


@fact(
    "too-long-a-message-ends-reading",
    statement="After a message longer than maxlength, nothing more can be read from that connection.",
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
            outcome(lambda end=first: received_bytes(end, 5))  # type: ignore[misc]
            after = outcome(lambda end=first: received_bytes(end))  # type: ignore[misc]
            seen.append(f"{kind}: {'not readable' if after == 'OSError' else after}")
    return ", ".join(seen)


@fact(
    "recv-bytes-into-a-buffer",
    statement="recv_bytes_into puts a message into a buffer at an offset, and returns how many bytes came.",
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
    "recv-bytes-into-too-short-a-buffer",
    statement="Where a message does not fit into the buffer, recv_bytes_into raises BufferTooShort, which holds it.",
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
