"""How far an examination is: a few bytes that the host writes and the outside reads.

A function that hangs may hold the GIL, and then its process can report nothing. Storing a number in mapped memory takes
about 30 ns, so the timed pass over the items can afford it.
"""

from __future__ import annotations

STARTING, IMPORTING, INITIALISING, MAKING_ITEMS, CALLING, CHECKING, LOOKING, MAKING_SHARED = range(8)
"""Python starts; the function, `--init` and `--expect` are imported; `--init` is called; `--items` are made; the
function is called with an item; `--expect` is called with an item and its result; the findings are compared and
written; `--shared` is called."""
SIZE = 24
"""Bytes: the phase, the item, and the number of phases so far, each a native integer of 64 bits."""
PHASE, ITEM, STEPS = range(3)
"""Places in `Progress.at`."""


class Progress:
    """Reports the phase by `phase`, and the item within it by setting `at[ITEM]`."""

    def __init__(self, path: str | None) -> None:
        """Write into a file of `SIZE` bytes; None: report to no one."""
        self.at: list[int] | memoryview[int] = [0, 0, 0]
        if path is not None:
            import mmap  # here: of the hosts that know a function, only the one that examines it needs it

            with open(path, "r+b") as file:  # noqa: PTH123 - no host carries pathlib
                self.at = memoryview(mmap.mmap(file.fileno(), SIZE)).cast("q")

    def phase(self, phase: int) -> None:
        """Begin another phase, with no item yet."""
        self.at[ITEM] = 0
        self.at[PHASE] = phase
        self.at[STEPS] += 1
