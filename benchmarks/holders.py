"""Tasks that read a large object and hold it until they are let go, so that it can be counted how often it is there.

Hosts import this, so it imports next to nothing.
"""

from __future__ import annotations

import os
import time

PAGE = 4096
"""Bytes: no larger than a page anywhere, so that reading at this step reads from every page."""
SIZE, FOLDER = "HELD_BYTES", "HELD_FOLDER"
"""Variables with the size of the object, and with the folder in which tasks tell that they hold it."""
LET_GO = "let-go"
"""The file whose appearance ends all tasks."""
POLL = 0.005


def data() -> bytes:
    """As many bytes as asked for."""
    return b"\xa5" * int(os.environ[SIZE])


def hold(item: int, shared: bytes) -> int:
    """Read from every page, tell so, and wait to be let go."""
    total = sum(bytes(shared[::PAGE]))
    folder = os.environ[FOLDER]
    with open(os.path.join(folder, f"{item}"), "wb"):  # noqa: PTH118, PTH123 - workers carry no pathlib
        pass
    while not os.path.exists(os.path.join(folder, LET_GO)):  # noqa: PTH110, PTH118 - as above
        time.sleep(POLL)
    return total
