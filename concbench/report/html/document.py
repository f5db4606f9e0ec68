"""The report: one HTML file that needs nothing else, made from run documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from concbench import __version__
from concbench.report.html.chart import Chart, Table
from concbench.report.html.embedding import as_code, as_data, chart_library, integrity, own_file
from concbench.report.html.look import LIGHT
from concbench.report.html.naming import Names
from concbench.report.html.run_page import RunPage, run_page
from concbench.report.html.runs_chart import ratios_chart, times_charts
from concbench.report.html.side_by_side import Named, cautions, difference_table, differences, shared
from concbench.report.safe import printable, printable_lines


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What a report of several runs begins with."""

    names: Sequence[str]
    cautions: Sequence[str]
    charts: Sequence[Chart]
    table: Table | None
    """Of the differences, where no chart has it."""


def document(runs: Sequence[Named]) -> str:
    """Return the report of one run or several as HTML.

    Example:
        `document([Named("pools", read_run(Path("results/pools.json")))])`
    """
    anchors = Names()
    pages = [run_page(named, anchors) for named in runs]
    script, style = as_code(own_file("page.js")), own_file("style.css")
    page: str = (
        _templates()
        .from_string(own_file("page.html.jinja"))
        .render(
            title=", ".join(named.name for named in runs),
            version=__version__,
            runs=pages,
            comparison=comparison(runs) if len(runs) > 1 else None,
            chart_ids=anchors,
            library=chart_library(),
            script=script,
            style=Markup(style),  # noqa: S704 - our own file
            policy=policy(chart_library(), script),
            has_charts=any(charts_in(pages)) or len(runs) > 1,
        )
    )
    return page


def comparison(runs: Sequence[Named]) -> Comparison:
    """Return the section that shows several runs beside each other."""
    names = [named.name for named in runs]
    found = differences(runs)
    ratios = ratios_chart(found, names[0])
    charts = list(times_charts(shared(runs), names))
    return Comparison(
        names=names,
        cautions=list(cautions(runs)),
        charts=charts if ratios is None else [*charts, ratios],
        table=difference_table(found, names[0]) if found and ratios is None else None,
    )


def charts_in(pages: Sequence[RunPage]) -> list[Chart]:
    """Return all charts of these runs."""
    return [chart for page in pages for part in (*(part.charts for part in page.parts), page.sweeps) for chart in part]


def policy(*scripts: str) -> str:
    """Return the content security policy: these scripts and no other, and nothing from anywhere else."""
    allowed = " ".join(f"'{integrity(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def chart_data(chart: Chart) -> Markup:
    """Return what the page needs to draw a chart."""
    found: dict[str, Any] = {"spec": chart.spec, "data": chart.data, "kind": chart.kind, "facts": chart.facts}
    return as_data(found)


def lines(text: str) -> Markup:
    """Return a text of several lines, each safe to show."""
    return escape(printable_lines(text))


def _templates() -> Environment:
    """Return templates in which every text is made safe to show: no control characters, and nothing that is HTML."""
    found = Environment(
        loader=BaseLoader(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    found.filters.update(chart_data=chart_data, lines=lines)
    found.globals["light"] = LIGHT
    return found


def _shown(value: object) -> object:
    return printable(value) if type(value) is str else value
