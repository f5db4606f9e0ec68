"""Pipes between a parent and a child: who holds which end, and what its closing means to the other."""

from __future__ import annotations

from concbench.facts.connections import pipe
from concbench.facts.fact import fact
from concbench.facts.observing import await_data, child, comes, outcome, received

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from concbench.facts.fact import Context

SOON = 0.1
"""Seconds for the news that an end was closed, which is there before anybody asks for it."""


@fact(
    "pipe-connects-parent-and-child",
    statement="A pipe made before a process starts connects the two: what the parent sends, the child receives.",
    expected="the child received: hello",
    processes=True,
)
def pipe_connects_parent_and_child(context: Context) -> str:
    """Give one end to a child, which answers a message."""
    with pipe(context) as (ours, theirs), child(context, answer, theirs):
        ours.send("hello")
        return str(received(ours))


def answer(connection: Connection) -> None:
    """Answer one message, in a child."""
    connection.send(f"the child received: {received(connection)}")


@fact(
    "child-closes-and-parent-gets-eof",
    statement="When the far end of a pipe is closed, a receiver gets EOFError instead of waiting forever.",
    expected="recv: EOFError, recv_bytes: EOFError",
    processes=True,
)
def child_closes_and_parent_gets_eof(context: Context) -> str:
    """Give the only open copies of two ends to a child that closes them and ends."""
    seen = []
    with (
        pipe(context) as (first, far_first),
        pipe(context) as (second, far_second),
        child(context, close_all, far_first, far_second),
    ):
        far_first.close()  # or the far ends would still be open, here
        far_second.close()
        for name, end, receive in (("recv", first, first.recv), ("recv_bytes", second, second.recv_bytes)):
            await_data(end)
            seen.append(f"{name}: {outcome(receive)}")
    return ", ".join(seen)


def close_all(*connections: Connection) -> None:
    """Close ends of pipes, in a child."""
    for connection in connections:
        connection.close()


@fact(
    "parent-closes-and-child-gets-eof",
    statement="When the parent closes its end, a child that waits in recv gets EOFError and can leave its loop.",
    expected="EOFError",
    processes=True,
    note="a forked child holds a copy of the parent's end, too, so that end stays open until the child closes its copy",
)
def parent_closes_and_child_gets_eof(context: Context) -> str:
    """Close the parent's end as in the tutorial, tell the child so through another pipe, and let it receive.

    Where the end is closed for good, the child can know it before it is told; so it need not wait long.
    """
    with pipe(context) as (ours, theirs), pipe(context) as (telling, told), child(context, receive_end, theirs, told):
        ours.close()
        telling.send("closed")
        return str(received(telling))


def receive_end(connection: Connection, told: Connection) -> None:
    """Wait until told that the far end was closed, and say what receiving comes to, in a child."""
    received(told)
    told.send(outcome(connection.recv) if comes(connection, SOON) else "still waiting for a message")
