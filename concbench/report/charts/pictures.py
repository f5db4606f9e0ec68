"""The charts of runs as pictures, one file each, drawn without a browser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import altair as alt
import vl_convert

from concbench.analysis.analysis import analyse
from concbench.model.run import Run
from concbench.registry import UnknownName
from concbench.report.blocks import Chart
from concbench.report.charts import card, plots, style
from concbench.report.charts.chart import Plot, UniqueNames, by_row, printable_text, slug
from concbench.report.charts.hero import NAME, Hero, hero
from concbench.report.charts.runs import NamedRun, comparison_plots
from concbench.report.document import report_blocks

WIDTH = 760
"""Pixels of a picture's plot, without its axes."""
FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"
"""Fonts of the same width: margins are computed for names in one of them, and the viewer may have another."""
SCALE = 2
"""Pixels of a PNG for one of a chart, so that it is sharp; the card has the size that is asked for."""


def pictures(
    runs: Sequence[NamedRun], form: Literal["svg", "png"], wanted: Sequence[str] = ()
) -> Iterator[tuple[str, bytes]]:
    """The file name and the bytes of each chart; or only of those `wanted`, by name. Raises UnknownName.

    Example:
        `[name for name, _ in pictures([NamedRun("sleep", run)], "svg")]` has `sleep-timeline-pool-map.svg`.
    """
    names = UniqueNames()
    found = {names.unique(name): drawn for name, drawn in _named(runs)}
    for name in wanted or found:
        if name not in found:
            raise UnknownName("chart", name, list(found))
        yield f"{name}.{form}", svg(found[name]) if form == "svg" else _png(found[name])


def all_plots(run: Run) -> Iterator[Plot]:
    """Every chart of a run's report."""
    analysis = analyse(run)
    for block in report_blocks(analysis):
        if isinstance(block, Chart):
            yield from plots(block, analysis)


def svg(drawn: Plot | Hero) -> bytes:
    """The picture of a chart, or of the card, as SVG."""
    if isinstance(drawn, Hero):
        return card.svg(drawn).encode()
    return vl_convert.vegalite_to_svg(_standalone(drawn), vl_version=vega_lite_version(), allowed_base_urls=[]).encode()


def vega_lite_version() -> str:
    """The version of Vega-Lite that Altair writes, as vl-convert names it: `6.4`."""
    return ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def _png(drawn: Plot | Hero) -> bytes:
    if isinstance(drawn, Hero):
        return card.png(drawn)
    return vl_convert.vegalite_to_png(
        _standalone(drawn), vl_version=vega_lite_version(), scale=SCALE, allowed_base_urls=[]
    )


def _named(runs: Sequence[NamedRun]) -> Iterator[tuple[str, Plot | Hero]]:
    """Every card and chart, with the run in its name if there are several."""
    if len(runs) > 1:
        yield from ((plot.name, plot) for plot in comparison_plots(runs))
    for named in runs:
        prefix = [named.name] if len(runs) > 1 else []
        found = hero(named.run)
        if found is not None:
            yield slug(*prefix, NAME), found
        yield from ((slug(*prefix, plot.name), plot) for plot in all_plots(named.run))


def _standalone(plot: Plot) -> dict[str, Any]:
    """The specification of a chart with its data, a title, and a background."""
    found: dict[str, Any] = printable_text(
        {
            **plot.spec,
            "datasets": {name: by_row(columns) for name, columns in plot.data.items()},
            "width": WIDTH,
            "title": {"text": plot.title},
            "background": style.LIGHT["surface"],
            "padding": 12,
            "config": {**plot.spec["config"], "font": FONT},
        }
    )
    return found
