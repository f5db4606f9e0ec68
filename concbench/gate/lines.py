"""On which line of a TOML file a key stands, so that an error can say so."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_.\-\"' ]+?)\s*=")


def line_of(source: str, place: Sequence[str | int]) -> int | None:
    r"""Return the line, from 1, of a key, or else of the nearest thing around it that has a line; None for nothing.

    `place` is its path, with numbers for the tables of an array. What is written in an unusual way, as a table within
    braces, is found by what is around it.

    >>> line_of('[[cases]]\nname = "a"\n[[cases]]\nname = "b"\n', ("cases", 1, "name"))
    4
    >>> line_of('[[cases]]\nname = "a"\n', ("cases", 0, "tasks"))
    1
    """
    lines = _lines(source)
    for size in range(len(place), 0, -1):
        wanted = tuple(place[:size])
        if wanted in lines:
            return lines[wanted]
    return None


def _lines(source: str) -> dict[tuple[str | int, ...], int]:
    """Return the line of every table and key, by path."""
    found: dict[tuple[str | int, ...], int] = {}
    counts: dict[tuple[str, ...], int] = {}
    table: tuple[str | int, ...] = ()
    for number, line in enumerate(source.split("\n"), start=1):  # TOML knows no other end of a line
        header = _HEADER.match(line)
        if header:
            parts = _parts(header[2])
            table = _numbered(parts, counts)
            if header[1] == "[[":
                counts[parts] = counts.get(parts, 0) + 1
                table = (*_numbered(parts[:-1], counts), parts[-1], counts[parts] - 1)
                found.setdefault(table[:-1], number)
            found.setdefault(table, number)
            continue
        key = _KEY.match(line)
        if key:
            found.setdefault((*table, *_parts(key[1])), number)
    return found


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _numbered(parts: tuple[str, ...], counts: dict[tuple[str, ...], int]) -> tuple[str | int, ...]:
    """Return a path with the number of the last table after the name of every array in it."""
    path: tuple[str | int, ...] = ()
    for end in range(1, len(parts) + 1):
        path = (*path, parts[end - 1])
        if parts[:end] in counts:
            path = (*path, counts[parts[:end]] - 1)
    return path
