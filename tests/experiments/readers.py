"""Functions that read a shared object, for tests of `--shared`: workers import them."""

from __future__ import annotations

import os
from array import array
from pathlib import Path
from typing import Any


def table() -> array[float]:
    """A thousand numbers."""
    note = os.environ.get("NOTE_MAKING_IN")
    if note is not None:
        with Path(note).open("a") as file:
            file.write(f"{os.getpid()}\n")
    return array("d", [number / 2 for number in range(1000)])


def words() -> dict[str, int]:
    """What no memory can hold without making objects of it."""
    return {"one": 1, "two": 2}


def look_up(number: int, numbers: Any) -> float:
    """An entry of the table."""
    return float(numbers[number])


async def look_up_later(number: int, numbers: Any) -> float:
    """The same as a coroutine."""
    return float(numbers[number])


def count(number: int, known: dict[str, int]) -> int:
    """The number of words."""
    return len(known) + number


def note_that_it_was_called() -> None:
    """An initializer that leaves a line for each call."""
    with Path(os.environ["NOTE_CALLS_IN"]).open("a") as file:
        file.write("called\n")


def double(number: int) -> int:
    """Twice a number."""
    return 2 * number
