"""Text from a file or a task, made safe to print: no control characters, no line that is not ours."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from concbench.runs.text import printable

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["in_html", "in_latex", "in_org", "in_rst", "printable", "printable_lines", "templates"]


def printable_lines(text: str) -> str:
    """The text with its line breaks, and everything else made safe."""
    return "\n".join(printable(line) for line in text.splitlines())


def in_html(text: str) -> str:
    """The text with everything written out that HTML would act on."""
    return html.escape(text)


def in_latex(text: str) -> str:
    r"""The text with everything written out that LaTeX would act on.

    >>> in_latex("50 % of a_b")
    '50 \\% of a\\_b'
    """
    return "".join(LATEX.get(char, char) for char in text)


def in_org(text: str) -> str:
    r"""The text without anything that ends a cell of an Org table.

    >>> in_org("a|b")
    'a\\vert{}b'
    """
    return text.replace("|", r"\vert{}")


def in_rst(text: str) -> str:
    r"""The text with a backslash before everything that reStructuredText may act on.

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
"""Replacements for characters that mean something to LaTeX."""


def templates() -> Environment:
    """Templates in which every text is safe to show: without control characters, and escaped for HTML and XML."""
    from jinja2 import BaseLoader, Environment, StrictUndefined  # here: only the extra `report` brings it

    return Environment(
        loader=BaseLoader(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
