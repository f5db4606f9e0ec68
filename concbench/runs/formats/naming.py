"""Names that stand for one thing each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import count

NAMELESS = "unnamed"


def distinct(names: Iterable[str]) -> list[str]:
    """Return the names in their order, with a number behind each that is taken already.

    >>> distinct(["sort", "sort", "", "sort (2)"])
    ['sort', 'sort (2)', 'unnamed', 'sort (2) (2)']
    """
    found: dict[str, None] = {}
    # The next number of each name, so that a million equal ones take a million looks.
    numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(2))
    for name in names:
        word = candidate = name or NAMELESS
        while candidate in found:
            candidate = f"{word} ({next(numbers[word])})"
        found[candidate] = None
    return list(found)
