"""Names for files and for places in a page, made of whatever a run document calls things."""

from __future__ import annotations

import re

LONGEST = 60
"""Characters that a name keeps of each word that it is made of."""


def slug(*words: str) -> str:
    """Return a name that every file system takes, and that means nothing special to a page or a shell.

    >>> slug("sleep", "timeline", "pool-map"), slug("../<b>", "x")
    ('sleep-timeline-pool-map', 'b-x')
    """
    safe = (re.sub(r"[^A-Za-z0-9_]+", "-", word)[:LONGEST].strip("-") for word in words)
    return "-".join(filter(None, safe)) or "run"


class Names:
    """Gives out names that are all different, also where file systems don't tell `a` from `A`."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def distinct(self, name: str) -> str:
        """Return the name, with a number behind it where it was given out before.

        >>> names = Names()
        >>> names.distinct("cpu"), names.distinct("CPU"), names.distinct("cpu")
        ('cpu', 'CPU-2', 'cpu-3')
        """
        found, number = name, 1
        while found.lower() in self._taken:
            number += 1
            found = f"{name}-{number}"
        self._taken.add(found.lower())
        return found
