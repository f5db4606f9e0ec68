"""What programs do all day: hash, read files, recurse, build texts."""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import reduce
from pathlib import Path

FOLDER = Path(tempfile.gettempdir())
LINES = "".join(f"{number} some words of a line that is neither short nor long\n" for number in range(4000))


def digest(number: int) -> str:
    """The SHA-256 of 512 KB."""
    return hashlib.sha256(bytes([number % 256]) * 2**19).hexdigest()


def words_in_a_file(number: int) -> int:
    """Write a file of 200 KB, read it, and count its words."""
    path = FOLDER / f"words-{os.getpid()}-{number}"
    path.write_text(LINES)
    try:
        with path.open() as file:
            return sum(len(line.split()) for line in file)
    finally:
        path.unlink()


def queens(number: int) -> int:
    """In how many ways six to eight queens can stand on a board, by recursion."""
    return _placed(6 + number % 3, ())


def _placed(size: int, columns: tuple[int, ...]) -> int:
    if len(columns) == size:
        return 1
    row = len(columns)
    free = (
        column
        for column in range(size)
        if all(column != other and abs(column - other) != row - above for above, other in enumerate(columns))
    )
    return sum(_placed(size, (*columns, column)) for column in free)


def page(number: int) -> str:
    """Build a table of 500 rows as text."""
    rows = (f"<tr><td>{row}</td><td>{row * number % 97:>8}</td></tr>" for row in range(500))
    return reduce(lambda text, row: text + row + "\n", rows, f"<table id='{number}'>\n") + "</table>"
