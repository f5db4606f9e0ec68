"""How text that came from a file, or from a file's name, is shown in an error."""

from __future__ import annotations

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
