"""Blocks on a terminal: results for stdout, all else for stderr, lines no wider than the terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import click

from concbench.report.blocks import Block, Chart, Code, Details, Heading, Paragraph, Table, Verdict
from concbench.report.markdown import CSV, LEAD, SIMPLE, printable_row, rendered, tabulated, wrapped
from concbench.report.markdown import FORMATS as OTHER_FORMATS
from concbench.report.safe import printable, printable_lines

TEXT = "text"
"""The format that is meant for a terminal."""
WHOLE = "markdown"
"""The whole report as Markdown, with all that otherwise goes to stderr."""
MARKDOWN = "github"
FORMATS = [TEXT, WHOLE, CSV, *OTHER_FORMATS]
WIDTH = 100
"""Columns, unless the terminal says otherwise."""
NARROWEST = 16
"""Columns that a wrapped cell has at least, however narrow the terminal."""
NAME = 24
"""Columns of a row's name where that helps a table to fit."""
MOST_PIECES = 2
"""Pieces of a table, unless it is too wide for that with wrapped names, too."""
HEADER = 2
"""Lines above the rows of a table: the headers, and a rule."""
GAP = 2
"""Columns between two columns of a table."""
FACTOR = re.compile(r"\b\d[\d,.]*×\s(faster|slower)\b")
OPEN = re.compile(r"(faster|slower)\b.* \?( |$)|\bbetween\s\d|: (?:undecided|too few to decide)")
"""What says that a factor is undecided: the mark of a cell, or the words of a sentence."""
FACTORS = {"faster": "green", "slower": "red"}
"""The colours of factors."""
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
    whole = form == WHOLE
    form = MARKDOWN if whole else form
    heading: Heading | None = None
    before: Block | None = None
    for block in blocks:
        if isinstance(block, Heading | Chart):
            heading = block if isinstance(block, Heading) else None
            continue
        aside = is_aside(block) and not whole
        if isinstance(before, Paragraph) and before.kind == "warning" and not aside and not whole:
            before = None  # no empty line begins the results
        if heading is not None and not aside:
            title = _shown(heading, width, form)
            if title:
                yield Piece(_apart(before, heading, form) + title)
                before = heading
            heading = None
        text = _shown(block, width, TEXT if aside else form)
        if text:
            gap = "\n" if heading is not None and before is not None else _apart(before, block, TEXT if aside else form)
            yield Piece(gap + text, aside)
            before, heading = block, None


def is_aside(block: Block) -> bool:
    """Whether a block goes to stderr: warnings, small print, errors, tracebacks and details."""
    match block:
        case Paragraph():
            return block.kind not in ("plain", "answer")
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
            case Verdict(), Verdict() | Paragraph(kind="plain" | "answer"):
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
            if block.kind == "warning":
                return printable(f"Warning: {block.text}")
            text = filled(block.text, width)
            return coloured(_lead(text)) if block.kind == "answer" else text
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
    return "\n".join([first, *([coloured(filled(block.because, width, "  "))] if block.because else [])])


def _lead(text: str) -> str:
    """An answer whose lead stands out."""
    found = LEAD.match(text)
    return text if found is None else click.style(found[0], fg="green", bold=True) + text[found.end() :]


def coloured(text: str) -> str:
    """A text whose factors are in colour, unless they are undecided."""
    if OPEN.search(text):
        return text
    return FACTOR.sub(lambda found: click.style(found[0], fg=FACTORS[found[1]]), text)


def _table(block: Table, width: int) -> str:
    tables = []
    if block.rows:
        tables = [_wrapped_table(block, width)] if block.wraps else _fitted(block, width)
    names = [row[0] for row in block.rows] + [name for name, _ in block.failures]
    indent = max((len(printable(name)) for name in names), default=0) + GAP
    lines = [_failure(name, reason, indent, width) for name, reason in block.failures]
    lines += [filled(note, width) for note in block.notes]
    return "\n".join(filter(None, ["\n\n".join(tables), *lines]))


def _fitted(block: Table, width: int) -> list[str]:
    """A table as text; or, if it is too wide, in several pieces: in two, if long names in several lines allow that."""
    columns = range(len(block.headers))
    pieces = _split(block, columns, width)
    if len(pieces) > MOST_PIECES:
        wrapped_names = _split(block, columns, width, NAME)
        pieces = wrapped_names if len(wrapped_names) < len(pieces) else pieces
    return pieces


def _split(block: Table, columns: Sequence[int], width: int, name: int | None = None) -> list[str]:
    """Some columns as text; or, if they are too wide, in several pieces, each with the columns that name the rows.

    The columns that decide stay together if they fit, and so do the others; else each piece takes what fits.
    """
    text = _piece(block, columns, name)
    names, others = columns[: block.names], columns[block.names :]
    if _width(text) <= width or len(others) < 2:
        return [_outstanding(text, block, name)]
    decisive = [at for at in others if at < block.decisive]
    parts = [decisive, [at for at in others if at not in decisive]]
    if not all(part and _width(_piece(block, [*names, *part], name)) <= width for part in parts):
        numbers = range(len(others) - 1, 0, -1)
        most = next((n for n in numbers if _width(_piece(block, [*names, *others[:n]], name)) <= width), 1)
        parts = [list(others[:most]), list(others[most:])]
    return [piece for part in parts for piece in _split(block, [*names, *part], width, name)]


def _piece(block: Table, columns: Sequence[int], name: int | None) -> str:
    rows = [printable_row(row[at] for at in columns) for row in block.rows]
    return tabulated(
        printable_row(block.headers[at] for at in columns),
        [[_name(first, name), *others] for first, *others in rows],
        "".join(block.alignment[at] for at in columns),
        SIMPLE,
    )


def _name(text: str, width: int | None) -> str:
    """The name of a row; where it is wider than that, its settings stand below its first word."""
    if width is None or len(text) <= width:
        return text
    first, _, settings = text.partition(" ")
    return "\n".join([first, *filled(settings, width, "  ").splitlines()])


def _width(text: str) -> int:
    return max(map(len, text.splitlines()))


def _outstanding(text: str, block: Table, name: int | None) -> str:
    """A table whose best rows and factors are in colour."""
    lines = text.splitlines()
    shown, at = lines[:HEADER], HEADER
    for place, row in enumerate(block.rows):
        after = at + len(_name(printable(row[0]), name).splitlines() or [""])
        shown += [click.style(line, bold=True) if place in block.best else coloured(line) for line in lines[at:after]]
        at = after
    return "\n".join(shown)


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
    return tabulated(headers, rows, block.alignment, SIMPLE if any(block.headers) else "plain")


def _failure(name: str, reason: str, indent: int, width: int) -> str:
    """The row of what has no figures: its name and, in place of them, the reason."""
    lines = textwrap.wrap(printable(reason), max(20, width - indent), break_on_hyphens=False)
    return "\n".join(f"{first:{indent}}{line}" for first, line in zip_longest([printable(name)], lines, fillvalue=""))
