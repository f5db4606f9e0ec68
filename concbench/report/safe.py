"""Text from a file or a task, made safe to print: no control characters, no line that is not ours."""

from __future__ import annotations

import html
import re


def printable(text: str) -> str:
    r"""Return the text with everything that a terminal might act on written out.

    >>> printable("red\x1b[31m")
    'red\\x1b[31m'
    """
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def printable_lines(text: str) -> str:
    """Return the text with its line breaks as they are and everything else made safe."""
    return "\n".join(printable(line) for line in text.splitlines())


def in_html(text: str) -> str:
    """Return the text with everything that HTML would act on written out."""
    return html.escape(text)


def in_latex(text: str) -> str:
    r"""Return the text with everything that LaTeX would act on written out.

    >>> in_latex("50 % of a_b")
    '50 \\% of a\\_b'
    """
    return "".join(LATEX.get(char, char) for char in text)


def in_org(text: str) -> str:
    r"""Return the text without what ends a cell of an Org table.

    >>> in_org("a|b")
    'a\\vert{}b'
    """
    return text.replace("|", r"\vert{}")


def in_rst(text: str) -> str:
    r"""Return the text with everything that reStructuredText may act on behind a backslash.

    >>> in_rst("*args")
    '\\*args'
    """
    return re.sub(r"([\\*`|]|_(?!\w)|(?<!\w)_|:(?=`))", r"\\\1", text)


LATEX = {
    **{char: f"\\{char}" for char in "&%$#_{}"},
    **{char: f"\\ensuremath{{{char}}}" for char in "<>"},
    "^": r"\^{}",
    "~": r"\textasciitilde{}",
    "\\": r"\textbackslash{}",
    "`": r"\textasciigrave{}",
    "|": r"\textbar{}",
}
"""What stands for a character that means something to LaTeX."""
