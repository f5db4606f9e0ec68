"""Text from a file or a task, made safe to print: no control characters, no line that is not ours."""

from __future__ import annotations

import html


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


def in_markdown(text: str) -> str:
    r"""Return the text as a cell of a Markdown table: it neither ends the cell nor is taken for HTML.

    >>> in_markdown("a|b<script>")
    'a\\|b&lt;script&gt;'
    """
    return html.escape(text, quote=False).replace("|", r"\|")
