"""A run as a notebook shows it: the blocks of its report as HTML, without scripts and without the network."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from concbench.analysis.analysis import Analysis, analyse
from concbench.model.run import Run
from concbench.report.blocks import Block, Chart, Code, Paragraph
from concbench.report.document import report_blocks
from concbench.report.markdown import rendered
from concbench.report.safe import in_html, printable

PICTURES = ("wall", "ratio")
"""The charts that are shown, of each table."""
EXTRA = ("altair", "jinja2", "markupsafe", "vl_convert")
"""What the extra `report` brings."""


def in_notebook(run: Run) -> str:
    """The run as a piece of a page; every text of the run is escaped in it."""
    return "\n".join(['<div class="concbench">', *filter(None, _elements(run)), "</div>"])


def _elements(run: Run) -> Iterator[str]:
    analysis = analyse(run)
    for block in report_blocks(analysis):
        if not isinstance(block, Chart):
            yield _element(block)
        elif block.kind in PICTURES:
            yield from _pictures(block, analysis)


def _element(block: Block) -> str:
    match block:
        case Paragraph(kind="note"):
            return f"<p><small>{in_html(printable(block.text))}</small></p>"
        case Code(language="pytb"):
            return f"<details><summary>Traceback</summary>{rendered(block, 'html')}</details>"
    return rendered(block, "html")


def _pictures(chart: Chart, analysis: Analysis) -> Iterator[str]:
    """A chart, if the extra that draws it is installed.

    It is an image, not an element of the page: whatever its text says, it can't act there.
    """
    try:
        from concbench.report.charts import plots
        from concbench.report.charts.pictures import svg
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in EXTRA:
            raise
        return
    for plot in plots(chart, analysis):
        alternative = in_html(printable(f"{plot.title}. {plot.finding}"))
        image = base64.b64encode(svg(plot)).decode("ascii")
        yield f'<p><img alt="{alternative}" src="data:image/svg+xml;base64,{image}"></p>'
