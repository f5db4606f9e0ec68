"""Blocks on a terminal: results for stdout, all else for stderr, lines no wider than the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import click

from concbench.report.blocks import Block, Chart, Code, Details, Heading, Paragraph, Table, Verdict
from concbench.report.markdown import FORMATS as OTHER_FORMATS
from concbench.report.markdown import printable_row, rendered, tabulated, wrapped
from concbench.report.safe import printable, printable_lines

TEXT = "text"
"""The format that is meant for a terminal."""
FORMATS = [TEXT, *OTHER_FORMATS]
WIDTH = 100
"""Columns, unless the terminal says otherwise."""
NARROWEST = 16
"""Columns that a wrapped cell has at least, however narrow the terminal."""
GAP = 2
"""Columns between two columns of a table."""
COLOURS = {
    "confirmed": "green",
    "passed": "green",
    "refuted": "red",
    "failed": "red",
    "undecided": "yellow",
    "not measured": "yellow",
}


@dataclass(frozen=True)
class Piece:
    """Some lines, and whether they go to stderr."""

    text: str
    aside: bool = False


def terminal_text(blocks: Iterable[Block], width: int = WIDTH) -> str:
    """All blocks as one plain text, without a line break at its end."""
    return click.unstyle("\n".join(piece.text for piece in pieces(blocks, width)))


def pieces(blocks: Iterable[Block], width: int = WIDTH, form: str = TEXT) -> Iterator[Piece]:
    """What to print, one piece after the other; results are in one of `FORMATS`, all else is plain text.

    A heading is printed only if a result stands right below it. Charts are left out.
    """
    heading: Heading | None = None
    before: Block | None = None
    for block in blocks:
        if isinstance(block, Heading | Chart):
            heading = block if isinstance(block, Heading) else None
            continue
        aside = is_aside(block)
        if isinstance(before, Paragraph) and before.kind == "warning" and not aside:
            before = None  # no empty line begins the results
        if heading is not None and not aside:
            yield Piece(_apart(before, heading, form) + _shown(heading, width, form))
            before, heading = heading, None
        text = _shown(block, width, TEXT if aside else form)
        if text:
            gap = "\n" if heading is not None and before is not None else _apart(before, block, TEXT if aside else form)
            yield Piece(gap + text, aside)
            before, heading = block, None


def is_aside(block: Block) -> bool:
    """Whether a block goes to stderr: warnings, small print, errors, tracebacks and details."""
    match block:
        case Paragraph():
            return block.kind != "plain"
        case Code():
            return block.language == "pytb"
        case Details():
            return True
    return False


def _apart(before: Block | None, block: Block, form: str) -> str:
    """An empty line between two blocks, unless they belong together."""
    if before is None:
        return ""
    if form == TEXT:
        match before, block:
            case Heading(), _:
                return ""
            case Verdict(), Verdict() | Paragraph(kind="plain"):
                return ""
            case Paragraph(), Paragraph() | Code(language="pytb") if is_aside(before) == is_aside(block):
                return ""
    return "\n"


def _shown(block: Block, width: int, form: str) -> str:
    return terminal(block, width) if form == TEXT else rendered(block, form)


def terminal(block: Block, width: int = WIDTH) -> str:
    """One block as lines for a terminal, styled."""
    match block:
        case Heading():
            return click.style(filled(block.text, width), bold=True)
        case Paragraph():
            # A warning stays one line, so that it can be searched for in a log.
            return printable(f"Warning: {block.text}") if block.kind == "warning" else filled(block.text, width)
        case Verdict():
            return _verdict(block, width)
        case Table():
            return _table(block, width)
        case Code():
            return printable_lines(block.text)
        case Details():
            return "\n".join([filled(f"{block.title}:", width), *(terminal(each, width) for each in block.blocks)])
        case Chart():
            return ""


def filled(text: str, width: int, indent: str = "") -> str:
    """A paragraph in lines; names with hyphens are not broken, so that they can be copied."""
    return textwrap.fill(
        printable(text), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )


def _verdict(block: Verdict, width: int) -> str:
    outcome, colon, rest = filled(f"{block.outcome.upper()}: {block.text}", width).partition(":")
    first = click.style(outcome, fg=COLOURS.get(block.outcome), bold=True) + colon + rest
    return "\n".join([first, *([filled(block.because, width, "  ")] if block.because else [])])


def _table(block: Table, width: int) -> str:
    tables = []
    if block.rows:
        tables = [_wrapped_table(block, width)] if block.wraps else _fitted(block, range(len(block.headers)), width)
    names = [row[0] for row in block.rows] + [name for name, _ in block.failures]
    indent = max((len(printable(name)) for name in names), default=0) + GAP
    lines = [_failure(name, reason, indent, width) for name, reason in block.failures]
    lines += [filled(note, width) for note in block.notes]
    return "\n".join(filter(None, ["\n\n".join(tables), *lines]))


def _fitted(block: Table, columns: Sequence[int], width: int) -> list[str]:
    """A table of some columns as text; or several, each with the columns that name the rows, if it is too wide."""
    text = tabulated(
        printable_row(block.headers[at] for at in columns),
        [printable_row(row[at] for at in columns) for row in block.rows],
        "".join(block.alignment[at] for at in columns),
        "simple",
    )
    others = len(columns) - block.names
    if max(map(len, text.splitlines())) <= width or others < 2:
        return [text]
    middle = block.names + others // 2
    halves = columns[:middle], [*columns[: block.names], *columns[middle:]]
    return [piece for half in halves for piece in _fitted(block, half, width)]


def _wrapped_table(block: Table, width: int) -> str:
    """A table whose cells are broken into lines: wide columns share what narrow ones leave."""
    headers, *cells = map(printable_row, (block.headers, *block.rows))
    widths = [max(len(header) + GAP, *map(len, column)) for header, *column in zip(headers, *cells, strict=True)]
    room, wide = width - GAP * (len(widths) - 1), len(widths)
    for narrow in sorted(widths):
        if narrow * wide > room:
            break
        room, wide = room - narrow, wide - 1
    most = max(NARROWEST, room // wide) if wide else max(widths)
    rows = [[cell if len(cell) <= most else wrapped(cell, most) for cell in row] for row in cells]
    return tabulated(headers, rows, block.alignment, "simple" if any(block.headers) else "plain")


def _failure(name: str, reason: str, indent: int, width: int) -> str:
    """The row of what has no figures: its name and, in place of them, the reason."""
    lines = textwrap.wrap(printable(reason), max(20, width - indent), break_on_hyphens=False)
    return "\n".join(f"{first:{indent}}{line}" for first, line in zip_longest([printable(name)], lines, fillvalue=""))
