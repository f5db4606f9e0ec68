"""Private copies of stdin and stdout for the protocol, so that nothing a task reads or prints can disturb it."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from typing import BinaryIO


def take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Return what stdin and stdout were; from now on stdin is empty and stdout is stderr, for this and every child.

    A forked worker closes its copies at once: a worker that outlives the host must not make it look alive.
    """
    private_in, private_out = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if sys.stdout is not None and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)  # or a killed worker's last lines would be lost
    if hasattr(os, "register_at_fork"):
        held = [private_in, private_out]

        def close_in_child() -> None:
            while held:  # emptied: in a grandchild these numbers may stand for something else
                os.close(held.pop())

        os.register_at_fork(after_in_child=close_in_child)
    return os.fdopen(private_in, "rb"), os.fdopen(private_out, "wb")
