"""How far an examination is, for whoever waits for it: a few bytes that the host writes and the outside reads.

A function that hangs may do so with the GIL held, so nothing in its process could say then where it is. To store a
number in mapped memory takes some 30 ns, and so the pass over the items is timed with it.
"""

from __future__ import annotations

STARTING, IMPORTING, INITIALISING, MAKING_ITEMS, CALLING, CHECKING, LOOKING = range(7)
"""What is being done: Python starts; the function, `--init` and `--expect` are imported; `--init` is called; `--items`
are made; the function is called with an item; `--expect` is called with an item and its result; what was found is
compared and written down."""
SIZE = 24
"""Bytes: what is being done, with which item, and how many steps were taken; each a native integer of 64 bits."""


class Progress:
    """What is being done now; told by `phase`, and within it by `at`, a sequence whose item `ITEM` is to be set."""

    def __init__(self, path: str | None) -> None:
        """Write into a file of `SIZE` bytes; without one, nobody looks."""
        self.at: list[int] | memoryview[int] = [0, 0, 0]
        if path is not None:
            import mmap  # here: of the hosts that know a function, only the one that examines it needs it

            with open(path, "r+b") as file:  # noqa: PTH123 - no host carries pathlib
                self.at = memoryview(mmap.mmap(file.fileno(), SIZE)).cast("q")

    def phase(self, phase: int) -> None:
        """Note that something else is being done from now on, with no item yet."""
        self.at[ITEM] = 0
        self.at[PHASE] = phase
        self.at[STEPS] += 1


PHASE, ITEM, STEPS = range(3)
"""Places in `Progress.at`."""
