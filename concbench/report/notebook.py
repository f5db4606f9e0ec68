"""A run as a notebook shows it: tables, sentences and pictures as HTML without a script, and without the network."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from itertools import islice

from concbench.model import Part, Run
from concbench.report import scaling
from concbench.report.advice import advised
from concbench.report.facts import differences, fact_table, summary
from concbench.report.over import tables_over
from concbench.report.safe import in_html, printable
from concbench.report.sentences import claims, crossings, how_measured, tracebacks
from concbench.report.tables import tables
from concbench.report.why import reasons

WIDE = 10_000
"""Letters of a paragraph before it would be broken into lines: a page breaks them itself."""
PICTURES = 2
"""Of each table: how long each case took, and the ratios."""
EXTRA = ("altair", "jinja2", "markupsafe", "vl_convert")
"""What the extra `report` brings."""


def in_notebook(run: Run) -> str:
    """Return the run as a piece of a page; every text of the run is escaped in it."""
    return "\n".join(['<div class="concbench">', *pieces(run), "</div>"])


def pieces(run: Run) -> Iterator[str]:
    """Yield its elements, one after the other."""
    yield from (paragraph(f"Warning: {printable(warning)}") for warning in run.warnings)
    blocks = tables(run, "html")
    for part in run.parts:
        yield f"<p><strong>{next(blocks)}</strong></p>"
        yield next(blocks)
        yield from map(paragraph, reasons(run, part))
        for line in scaling.lines_of(run, part):
            yield scaling.table(line, run, "html")
            yield from map(paragraph, [scaling.HELD_OUT, *scaling.sentences(line, run)])
        yield from pictures(run, part)
    for title, table, notes in tables_over(run, "html"):
        yield f"<p><strong>{title}</strong></p>"
        yield table
        yield from (f"<p>{note}</p>" for note in notes)  # escaped, as the title is
    for found in advised(run):
        yield f"<p><strong>{in_html(found.heading)}</strong></p>"
        yield from map(paragraph, found.sentences)
        yield f"<pre>{in_html(found.program)}</pre>" if found.program else ""
    if run.facts:
        yield f"<p><strong>{in_html(summary(run))}</strong></p>"
        yield fact_table(run, "html", None, str)
        yield from map(paragraph, differences(run, WIDE))
    yield from (f"<pre>{in_html(trace)}</pre>" for trace in tracebacks(run))
    yield from map(paragraph, crossings(run))
    yield from map(paragraph, claims(run, WIDE))
    yield f"<p><small>{in_html(how_measured(run))}</small></p>"


def paragraph(text: str) -> str:
    """Return a text as a paragraph, its lines below each other."""
    return f"<p>{'<br>'.join(map(in_html, text.splitlines()))}</p>"


def pictures(run: Run, part: Part) -> Iterable[str]:
    """Return the first charts of a part, where the extra that draws them is installed.

    They are images and no elements of the page: whatever their text says, it can't act there.
    """
    try:
        from concbench.report.html.charts import part_charts
        from concbench.report.html.pictures import svg
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in EXTRA:
            raise
        return []
    return [
        f'<p><img alt="{in_html(printable(f"{chart.title}. {chart.finding}"))}" '
        f'src="data:image/svg+xml;base64,{base64.b64encode(svg(chart)).decode("ascii")}"></p>'
        for chart in islice(part_charts(part, run), PICTURES)
    ]
