"""Blocks as Markdown, or in another of tabulate's formats: LaTeX, HTML, wikis, tab-separated values; tables as CSV."""

from __future__ import annotations

import csv
import io
import re
import textwrap
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext

import tabulate as tabulate_module
from tabulate import tabulate, tabulate_formats

from concbench.report.blocks import Block, Chart, Code, Details, Heading, Paragraph, Table, Verdict
from concbench.report.safe import in_html, in_latex, in_org, in_rst, printable, printable_lines
from concbench.runs.text import in_markdown

UNSAFE = ("unsafehtml", "latex_raw")
"""Formats of tabulate's that let a cell say anything to a browser or to LaTeX."""
FORMATS = [form for form in tabulate_formats if form not in UNSAFE]
MARKDOWN = ("github", "pipe")
WIKIS = (*MARKDOWN, "mediawiki", "moinmoin", "jira", "youtrack", "textile", "asciidoc")
"""Formats that know character references."""
LATEX = ("latex", "latex_booktabs", "latex_longtable")
CELLS: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(WIKIS, in_markdown),
    **dict.fromkeys(MARKDOWN, lambda text: in_markdown(text).replace("&#42;", r"\*")),  # readable as it stands, too
    "orgtbl": in_org,
    "rst": in_rst,
}
"""How cells are escaped; HTML and LaTeX are escaped by tabulate, and the other formats are plain text."""
TEXTS: dict[str, Callable[[str], str]] = {**CELLS, "html": in_html, **dict.fromkeys(LATEX, in_latex)}
"""How text outside tables is escaped."""
HEADINGS = {**dict.fromkeys(MARKDOWN, "{0:#>{1}} {2}"), "html": "<h{1}>{2}</h{1}>"}
STRONG = {**dict.fromkeys(MARKDOWN, "**{}**"), "html": "<strong>{}</strong>", **dict.fromkeys(LATEX, "\\textbf{{{}}}")}
PARAGRAPHS = {"html": "<p>{}</p>"}
CODE = {
    **dict.fromkeys(MARKDOWN, "```{language}\n{}\n```"),
    "html": "<pre>{}</pre>",
    **dict.fromkeys(LATEX, "\\begin{{verbatim}}\n{}\n\\end{{verbatim}}"),
}
SIMPLE = "simple"
"""The format of tables on a terminal, where room is scarce."""
CSV = "csv"
"""Tables as comma-separated values, and nothing else."""
LEAD = re.compile(r"^[\w-]+(?:\.[\w-]+)*(?: [\w-]+(?:\.[\w-]+)*){0,6}:")
"""The beginning of an answer that says what it is about: `Fastest:`, `Threads under 3.13t:`."""
FENCE = "```"
PROBLEM = "problem"
"""Heads a column for what went wrong, in tables where something did."""
NOTHING = "-"


def markdown(blocks: Iterable[Block], form: str = "github") -> str:
    """Blocks as one text in one of `FORMATS`, apart by empty lines; charts are left out."""
    return "\n\n".join(filter(None, (rendered(block, form) for block in blocks)))


def rendered(block: Block, form: str) -> str:
    """One block in one of `FORMATS`; empty if the format can't show it.

    >>> rendered(Heading("a_b <c>", 3), "html"), rendered(Heading("a_b <c>", 3), "github")
    ('<h3>a_b &lt;c&gt;</h3>', '### a_b &#60;c&#62;')
    """
    if form == CSV:
        return comma_separated(block) if isinstance(block, Table) else ""
    match block:
        case Heading():
            return HEADINGS.get(form, "{2}").format("", block.level, _text(block.text, form))
        case Paragraph(kind="answer"):
            return _answer(block.text, form)
        case Paragraph():
            return _paragraph(("Warning: " if block.kind == "warning" else "") + block.text, form)
        case Verdict():
            outcome = STRONG.get(form, "{}").format(f"{_text(block.outcome.upper(), form)}:")
            first = PARAGRAPHS.get(form, "{}").format(f"{outcome} {_text(block.text, form)}")
            return "\n\n".join([first, *([_paragraph(block.because, form)] if block.because else [])])
        case Table():
            notes = [_paragraph(note, form) for note in block.notes]
            return "\n\n".join([table(block, form), *notes])
        case Code():
            return _code(block, form)
        case Details():
            return markdown((Heading(block.title, 4), *block.blocks), form)
        case Chart():
            return ""


def table(block: Table, form: str) -> str:
    """A table, with a last column for what went wrong, if anything did.

    >>> print(table(Table(("case", "took"), (("a", "12 ms"),)), "plain"))
    case      took
    a        12 ms
    """
    headers, rows, align = [*block.headers], [[*row] for row in block.rows], block.alignment
    best = block.best if form in MARKDOWN else ()
    if block.failures:
        unknown = [NOTHING] * (len(headers) - 1)
        rows = [[*row, NOTHING] for row in rows] + [[name, *unknown, reason] for name, reason in block.failures]
        headers, align = [*headers, PROBLEM], f"{align}l"
    return tabulated(printable_row(headers), [printable_row(row) for row in rows], align, form, best)


def comma_separated(block: Table) -> str:
    """The cells of a table for a spreadsheet, without a line break at the end.

    >>> comma_separated(Table(("case", "took"), (("=a", "12 ms"),))).splitlines()
    ['case,took', "'=a,12 ms"]
    """
    from concbench.runs.formats.comma_separated import cell as in_spreadsheet  # here: few outputs need it

    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerows([in_spreadsheet(cell) for cell in row] for row in (block.headers, *block.rows))
    rows.writerows([in_spreadsheet(cell) for cell in row] for row in block.failures)
    return text.getvalue().rstrip("\n")


def printable_row(cells: Iterable[str]) -> list[str]:
    """Cells of one row, safe to print."""
    return [printable(cell) for cell in cells]


def tabulated(
    headers: Sequence[str], rows: Sequence[Sequence[str]], align: str, form: str, best: Collection[int] = ()
) -> str:
    """Cells, safe to print, as a table in one of `FORMATS`; `align` is `l` or `r` for each column.

    The names of the `best` rows stand out.
    """
    escaped = CELLS.get(form, str)
    cells = [[escaped(cell) for cell in row] for row in rows]
    for place in best:
        cells[place][0] = STRONG[form].format(cells[place][0])
    with narrow_headers() if form == SIMPLE else nullcontext():
        return tabulate(
            cells,
            headers=[escaped(header) for header in headers],
            tablefmt=form,
            disable_numparse=True,
            colalign=[{"l": "left", "r": "right"}[side] for side in align] if rows else None,
        )


@contextmanager
def narrow_headers() -> Iterator[None]:
    """Without the two spaces that tabulate adds to every header: a column is as wide as its widest cell."""
    before, tabulate_module.MIN_PADDING = tabulate_module.MIN_PADDING, 0
    try:
        yield
    finally:
        tabulate_module.MIN_PADDING = before


def wrapped(text: str, width: int) -> str:
    """A cell's text in lines no wider than `width`; what has a hyphen, as names have, stays in one piece.

    tabulate's own `maxcolwidths` shows the text `False` as `True`.

    >>> wrapped("pool-map is False", 9).splitlines()
    ['pool-map', 'is False']
    """
    return "\n".join(textwrap.wrap(text, width, break_on_hyphens=False))


def _text(text: str, form: str) -> str:
    return TEXTS.get(form, str)(printable(text))


def _paragraph(text: str, form: str) -> str:
    return PARAGRAPHS.get(form, "{}").format(_text(text, form))


def _answer(text: str, form: str) -> str:
    """A paragraph whose lead stands out."""
    lead = LEAD.match(text)
    if lead is None:
        return _paragraph(text, form)
    strong = STRONG.get(form, "{}").format(_text(lead[0], form))
    return PARAGRAPHS.get(form, "{}").format(f"{strong}{_text(text[lead.end() :], form)}")


def _code(block: Code, form: str) -> str:
    text = printable_lines(block.text)
    if form in MARKDOWN and FENCE in text:  # the text would end its own fence
        return textwrap.indent(text, "    ")
    return CODE.get(form, "{}").format(in_html(text) if form == "html" else text, language=block.language)
