"""Lines of Python as a formatter lays them out: what is too long for one line is broken at its brackets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

WIDTH = 88
"""Columns: what Black and Ruff allow where nobody says otherwise."""
INDENT = "    "


@dataclass(frozen=True)
class Wrapped:
    """Parts between two brackets, such as the arguments of a call."""

    head: str
    parts: Sequence[str | Wrapped]
    tail: str = ")"
    separator: str = ", "

    @property
    def flat(self) -> str:
        """All of it on one line."""
        return f"{self.head}{self.inner}{self.tail}"

    @property
    def inner(self) -> str:
        """What is between the brackets, on one line."""
        return self.separator.join(part if isinstance(part, str) else part.flat for part in self.parts)


@dataclass(frozen=True)
class Block:
    """A line that ends in a colon, and the lines below it."""

    header: str | Wrapped
    body: Sequence[Code]


Code = str | Wrapped | Block


def lines_of(code: Iterable[Code], width: int = WIDTH) -> Iterator[str]:
    r"""Yield the lines of some code.

    >>> print(*lines_of([Block("while True:", [Wrapped("call(", ["one", "another"])])], width=16), sep="\n")
    while True:
        call(
            one,
            another,
        )
    """
    for part in code:
        if isinstance(part, str):
            yield part
        elif isinstance(part, Wrapped):
            yield from wrapped(part, width)
        else:
            yield from lines_of([part.header], width)
            yield from indented(lines_of(part.body, width - len(INDENT)))


def wrapped(code: Wrapped, width: int) -> Iterator[str]:
    """Yield it as one line; else with its parts on a line below; else with a line a part."""
    if len(code.flat) <= width:
        yield code.flat
        return
    within = width - len(INDENT)
    yield code.head
    if len(code.inner) <= within:
        yield f"{INDENT}{code.inner}"
    elif len(code.parts) == 1:
        yield from indented(lines_of(code.parts, within))
    else:
        for part in code.parts:
            *others, last = lines_of([part], within - 1)
            yield from indented([*others, f"{last}{code.separator.rstrip()}"])
    yield code.tail


def indented(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines one level further to the right; empty ones stay empty."""
    return (f"{INDENT}{line}" if line else "" for line in lines)
