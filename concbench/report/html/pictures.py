"""The charts of runs as pictures, one file each, drawn without a browser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import vl_convert

from concbench.registry import UnknownName
from concbench.report.html.chart import Chart, rows_of
from concbench.report.html.charts import part_charts
from concbench.report.html.embedding import vega_lite_version
from concbench.report.html.look import LIGHT
from concbench.report.html.naming import Names, slug
from concbench.report.html.runs_chart import ratios_chart, times_charts
from concbench.report.html.scaling_chart import scaling_charts
from concbench.report.html.side_by_side import Named, differences, shared
from concbench.report.html.sweep_chart import sweep_charts

Form = Literal["svg", "png"]
WIDTH = 760
"""Pixels of a picture's plot, without its axes."""
FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"
"""Letters are as wide in each of these: a picture's margins are made for names as wide as they are here, and who looks
at it may have another one of them."""
SCALE = 2
"""Pixels of a PNG to one of the chart, so that it is sharp."""


def pictures(runs: Sequence[Named], form: Form, wanted: Sequence[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Yield the file name and the bytes of each chart; or of those that are wanted, by name. Raises UnknownName.

    Example:
        `[name for name, _ in pictures([Named("sleep", run)], "svg")]` has `sleep-timeline-pool-map.svg`.
    """
    names = Names()
    charts = {names.distinct(slug(prefix, chart.name)): chart for prefix, chart in all_charts(runs)}
    for name in wanted:
        if name not in charts:
            raise UnknownName("chart", name, list(charts))
    for name in wanted or charts:
        if form == "svg":
            yield f"{name}.svg", svg(charts[name])
        else:
            picture = vl_convert.vegalite_to_png(
                alone(charts[name]), vl_version=vega_lite_version(), scale=SCALE, allowed_base_urls=[]
            )
            yield f"{name}.png", picture


def svg(chart: Chart) -> bytes:
    """Return the picture of a chart."""
    return vl_convert.vegalite_to_svg(alone(chart), vl_version=vega_lite_version(), allowed_base_urls=[]).encode()


def all_charts(runs: Sequence[Named]) -> Iterator[tuple[str, Chart]]:
    """Yield every chart, with the run that its name has to tell where there are several."""
    if len(runs) > 1:
        names = [named.name for named in runs]
        yield from (("", chart) for chart in times_charts(shared(runs), names))
        ratios = ratios_chart(differences(runs), names[0])
        if ratios is not None:
            yield "", ratios
    for named in runs:
        prefix = named.name if len(runs) > 1 else ""
        for part in named.run.parts:
            yield from ((prefix, chart) for chart in part_charts(part, named.run))
        yield from ((prefix, chart) for chart in (*scaling_charts(named.run), *sweep_charts(named.run)))


def alone(chart: Chart) -> dict[str, Any]:
    """Return the specification of a chart that stands on its own: with its data, a title, and a background."""
    spec = dict(chart.spec)
    spec["datasets"] = {name: rows_of(columns) for name, columns in chart.data.items()}
    spec["width"] = WIDTH
    spec["title"] = {"text": chart.title}
    spec["background"] = LIGHT["surface"]
    spec["padding"] = 12
    spec["config"] = {**spec["config"], "font": FONT}
    return spec
