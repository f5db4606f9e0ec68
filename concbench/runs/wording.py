"""How text that came from a file, or from a file's name, is shown: in an error, or in Markdown."""

from __future__ import annotations

import re

LONGEST_QUOTE = 80
"""Characters of a file's text that an error shows at most."""


def one_line(text: str) -> str:
    r"""Return `text` with everything that is not printable escaped, so that a terminal has nothing to obey.

    >>> one_line("two\nlines, \x1b[31mred")
    'two\\nlines, \\x1b[31mred'
    """
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def shortened(text: str) -> str:
    """Return the beginning of `text`: a hostile file can put megabytes into the one word that is wrong.

    >>> shortened("short enough")
    'short enough'
    """
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "…"


_ACTED_ON = re.compile(r"[^\w\n ./:()+,%=×–…±'\"!?;-]|(?<![^\W_])_|_(?![^\W_])")  # noqa: RUF001 - this dash is meant
"""Everything that Markdown or HTML may act on; an underscore within a word is none of that."""


def in_markdown(text: str) -> str:
    """Return a text in which Markdown sees nothing but text, within a cell, a heading or a paragraph.

    Everything that might mean something is written as a character reference, which all other wikis read, too.

    >>> in_markdown("pool_map <b> a|b")
    'pool_map &#60;b&#62; a&#124;b'
    """
    return _ACTED_ON.sub(lambda found: f"&#{ord(found.group())};", text)
