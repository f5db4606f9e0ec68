"""Text of a run document or of another tool's file: escaped for a terminal or for Markdown, or written as JSON."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

LONGEST_QUOTE = 80
"""Characters of a file's text that an error shows at most."""
NAMELESS = "unnamed"


def printable(text: str) -> str:
    r"""`text` with all control characters escaped, so that a terminal has nothing to obey.

    >>> printable("two\nlines, \x1b[31mred")
    'two\\nlines, \\x1b[31mred'
    """
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def shortened(text: str) -> str:
    """The beginning of `text`: a hostile file can put megabytes into the one word that is wrong.

    >>> shortened("short enough")
    'short enough'
    """
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "…"


_ACTED_ON = re.compile(r"[^\w\n ./:()+,%=×–…±†'\"!?;-]|(?<![^\W_])_|_(?![^\W_])")  # noqa: RUF001 - this dash is meant
"""Everything that Markdown or HTML may act on; an underscore within a word is none of that."""


def in_markdown(text: str) -> str:
    """`text` with everything that Markdown or HTML may act on as character references, which wikis understand too.

    It suits a cell, a heading or a paragraph.

    >>> in_markdown("pool_map <b> a|b")
    'pool_map &#60;b&#62; a&#124;b'
    """
    return _ACTED_ON.sub(lambda found: f"&#{ord(found.group())};", text)


def json_document(value: Any) -> str:
    """Lists, dictionaries, dataclasses, text and finite numbers as indented JSON, in their order.

    >>> print(json_document({"pool-map": 0.25}), end="")
    {
     "pool-map": 0.25
    }
    """
    import msgspec  # here, because commands that only print need the rest of this module

    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode() + "\n"


def distinct(names: Iterable[str]) -> list[str]:
    """The names in their order; a name that is taken already gets a number.

    >>> distinct(["sort", "sort", "", "sort (2)"])
    ['sort', 'sort (2)', 'unnamed', 'sort (2) (2)']
    """
    found: dict[str, None] = {}
    # The next number of each name, so that a million equal names take a million steps.
    numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(2))
    for name in names:
        word = candidate = name or NAMELESS
        while candidate in found:
            candidate = f"{word} ({next(numbers[word])})"
        found[candidate] = None
    return list(found)
