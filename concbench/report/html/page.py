"""The page: one HTML file that needs nothing else, made of the blocks of one run's report or of several."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import groupby, pairwise
from typing import Any

import vl_convert
from jinja2 import Template
from markupsafe import Markup, escape

from concbench import __version__
from concbench.analysis.analysis import analyse
from concbench.model.run import Run
from concbench.report.blocks import Block, Chart, Details, Heading, Paragraph, Verdict
from concbench.report.charts import plots
from concbench.report.charts.chart import Plot, UniqueNames, printable_text, slug
from concbench.report.charts.hero import ACROSS, DOWN, Hero, hero
from concbench.report.charts.pictures import vega_lite_version
from concbench.report.charts.runs import NamedRun, cautions, comparison_plots, difference_table, differences
from concbench.report.document import ReportOptions, report_blocks
from concbench.report.markdown import LEAD
from concbench.report.safe import printable_lines, templates
from concbench.report.sections.program_changes import program_changes
from concbench.report.sections.tables import FEW

MARKS = {"confirmed": "✓", "passed": "✓", "refuted": "✗", "failed": "✗", "undecided": "?", "not measured": "-"}
"""Of the outcome of a verdict."""
RUN_LEVEL = 2
"""The level of the heading of a run."""
ESCAPES = {ord("<"): r"\u003c", ord(">"): r"\u003e", ord("&"): r"\u0026"}


@dataclass(frozen=True)
class Folded:
    """Timelines that would fill the page if they were not folded."""

    plots: Sequence[Plot]
    of: str = "cases"

    @property
    def title(self) -> str:
        """What the reader unfolds."""
        return f"Timelines of {len(self.plots):,} {self.of}"


PageBlock = Block | Plot | Folded


@dataclass(frozen=True)
class Element:
    """A block, or several verdicts in a row, as the template shows it."""

    kind: str
    """`heading`, `paragraph`, `verdicts`, `table`, `plot`, `code`, `folded` or `details`."""
    block: Any
    id: str = ""
    level: int = RUN_LEVEL
    """Of a heading, and of a chart's title."""
    elements: Sequence[Element] = ()
    """Those inside details."""
    titled: bool = False
    """Whether a table shows its title, because no heading says what it is about."""


@dataclass(frozen=True)
class Section:
    """A run, or the comparison of several."""

    id: str
    title: str
    elements: Sequence[Element]
    hero: Hero | None = None

    @property
    def contents(self) -> list[Element]:
        """The headings that the table of contents lists."""
        return [each for each in self.elements if each.kind == "heading" and each.level == RUN_LEVEL + 1]


def page(runs: Sequence[NamedRun]) -> str:
    """The report of one run or several as HTML.

    Example:
        `page([NamedRun("pools", read_run(Path("results/pools.json")))])`
    """
    names = UniqueNames()
    names.unique("content")
    several = len(runs) > 1
    sections = [
        _section(named.name, run_blocks(named.run, introduced=several), names, hero(named.run)) for named in runs
    ]
    if several:
        title = f"Side by side: {', '.join(named.name for named in runs)}"
        sections.insert(0, _section(title, comparison_blocks(runs), names))
    script, library = as_code(_own_file("page.js")), chart_library()
    text: str = _template().render(
        title=", ".join(named.name for named in runs),
        heading=f"{len(runs)} runs compared" if several else runs[0].run.question or runs[0].run.suite,
        version=__version__,
        sections=sections,
        several=several,
        library=library,
        script=script,
        style=Markup(_own_file("style.css")),  # noqa: S704 - our own file
        policy=policy(library, script),
        has_charts=any(element.kind == "plot" for section in sections for element in section.elements),
    )
    return text


def run_blocks(run: Run, *, introduced: bool) -> Iterator[PageBlock]:
    """The blocks of a run's report, with its charts ready to draw, behind what identifies the run."""
    if introduced and run.question:
        yield Paragraph(run.question)
    yield Paragraph(f"{run.suite}, {run.started}", "note")
    if not run.complete:
        yield Paragraph("This run was interrupted: these are the figures so far.", "warning")
    analysis = analyse(run)
    timelines: list[Plot] = []
    for block in report_blocks(analysis, ReportOptions(verbose=True)):
        if isinstance(block, Chart) and block.kind in ("timeline", "region"):
            timelines += plots(block, analysis)
            continue
        yield from _folded(timelines, run)
        timelines = []
        if isinstance(block, Chart):
            yield from plots(block, analysis)
        else:
            yield block
    yield from _folded(timelines, run)


def _folded(timelines: Sequence[Plot], run: Run) -> Sequence[Plot | Folded]:
    """Timelines, folded if they are many."""
    if len(timelines) <= FEW:
        return timelines
    return [Folded(timelines, "cases" if run.program is None else "regions")]


def comparison_blocks(runs: Sequence[NamedRun]) -> Iterator[PageBlock]:
    """What several runs have in common, and how they differ."""
    yield from (Paragraph(caution, "warning") for caution in cautions(runs))
    traces = [(named.name, named.run.program) for named in runs if named.run.program is not None]
    if len(traces) == len(runs):
        (base, before), *others = traces
        for name, after in others:
            yield Heading(f"{name} after {base}", RUN_LEVEL + 1)
            yield from program_changes(before, after, quiet=False)
        return
    charts, found = list(comparison_plots(runs)), differences(runs)
    yield from charts
    if found and not any(one.change.ratio for one in found):  # else the chart of ratios has the same table
        yield difference_table(found, runs[0].name)
    elif not charts:
        yield Paragraph("These runs have no measured case in common.")


def policy(*scripts: str) -> str:
    """The content security policy: only these scripts, and nothing from anywhere else."""
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii") for script in scripts)
    allowed = " ".join(f"'sha256-{found}'" for found in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def as_data(value: Any) -> Markup:
    r"""JSON for a script element: nothing in it ends the element or begins a comment.

    All but ASCII is written as `\uXXXX`, including U+2028, which older scripts take for the end of a line.

    >>> print(as_data({"name": "</script>"}))
    {"name":"\u003c/script\u003e"}
    """
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return Markup(text.translate(ESCAPES))  # noqa: S704 - nothing is left in it that HTML acts on


def as_code(script: str) -> Markup:
    """A script of ours or of a library for a script element; a string in it can't end the element."""
    found = re.sub("</(script)", r"<\\/\1", script, flags=re.IGNORECASE).replace("<!--", r"\x3c!--")
    return Markup(found)  # noqa: S704 - never data


@cache
def chart_library() -> Markup:
    """Vega-Embed, with all that it needs, as one script."""
    return as_code(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=vega_lite_version()))


def _section(title: str, found: Iterable[PageBlock], names: UniqueNames, card: Hero | None = None) -> Section:
    id_ = names.unique(slug("run", title))
    return Section(id_, title, _elements(list(found), id_, names), card)


def _elements(found: Sequence[PageBlock], section: str, names: UniqueNames) -> list[Element]:
    elements: list[Element] = []
    level = RUN_LEVEL
    for is_verdict, group in groupby(found, lambda block: isinstance(block, Verdict)):
        if is_verdict:
            elements.append(Element("verdicts", list(group)))
            continue
        for block in group:
            kind = type(block).__name__.lower()
            match block:
                case Heading():
                    level = block.level
                    id_ = names.unique(f"{section}-{slug(block.name or block.text)}")
                    elements.append(Element(kind, block, id_, level))
                case Plot():
                    elements.append(Element(kind, block, names.unique(f"chart-{block.name}"), level + 1))
                case Folded():
                    elements.append(Element(kind, block, elements=_elements(block.plots, section, names)))
                case Details():
                    elements.append(Element(kind, block, elements=_elements(block.blocks, section, names)))
                case _:
                    titled = bool(elements) and elements[-1].kind != "heading"
                    elements.append(Element(kind, block, titled=titled))
    return [each for each, after in pairwise([*elements, None]) if each and not _is_empty(each, after)]


def _is_empty(element: Element, after: Element | None) -> bool:
    """Whether nothing stands below a heading."""
    below = after is not None and (after.kind not in ("heading", "plot") or after.level > element.level)
    return element.kind == "heading" and not below


@cache
def _template() -> Template:
    """The page's template."""
    found = templates()
    found.filters["chart_data"] = lambda plot: as_data(
        printable_text(
            {
                "spec": plot.spec,
                "data": plot.data,
                "marks": plot.marks,
                "context": plot.context,
                "heights": list(plot.heights),
            }
        )
    )
    found.filters["lead"] = _lead
    found.filters["lines"] = lambda text: escape(printable_lines(text))
    found.globals.update(marks=MARKS, across=ACROSS, down=DOWN)
    return found.from_string(_own_file("page.html.jinja"))


def _lead(text: str) -> tuple[str, str]:
    """The beginning of an answer, which says what it is about, and the rest."""
    lead = LEAD.match(text)
    return (lead[0], text[lead.end() :]) if lead else ("", text)


def _own_file(name: str) -> str:
    return resources.files(__package__ or "concbench.report.html").joinpath(name).read_text(encoding="utf-8")
