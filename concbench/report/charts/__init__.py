"""The charts of a report: what each draws, what it says in a sentence, and its figures as a table. One file a chart."""

from __future__ import annotations

from collections.abc import Iterator

from concbench.analysis.analysis import Analysis
from concbench.model.run import Run
from concbench.report.blocks import Chart
from concbench.report.charts.breakdown import breakdown_plot
from concbench.report.charts.chart import Plot
from concbench.report.charts.dispatch_limits import dispatch_limits_plot
from concbench.report.charts.load import load_plots
from concbench.report.charts.lost import lost_plot
from concbench.report.charts.prediction import prediction_of_items, prediction_plots
from concbench.report.charts.ratio import ratio_plot
from concbench.report.charts.regions import parts_plot, region_plot
from concbench.report.charts.scaling import scaling_plots
from concbench.report.charts.sweep import sweep_plots
from concbench.report.charts.timeline import MOST_MARKS, length_of, timeline_plot
from concbench.report.charts.wall import wall_plot
from concbench.report.charts.watch import watch_plots
from concbench.report.sections.program import MOST_PLACES, outer_first

ALL_MARKS = 60_000
"""Marks of all timelines of a run together: with many cases, each has fewer."""
FEWEST_MARKS = 500


def plots(chart: Chart, analysis: Analysis) -> list[Plot]:
    """A chart of a run's report, ready to draw; several if it has too many cases for one, none if it has no data."""
    return [plot for plot in _plots(chart, analysis) if plot is not None]


def _plots(chart: Chart, analysis: Analysis) -> Iterator[Plot | None]:
    if chart.kind in ("parts", "region") and analysis.run.program is not None:
        found = outer_first(analysis.run.program, analysis.places)
        if chart.kind == "parts":
            yield parts_plot(found[:MOST_PLACES])
        elif chart.case.isdecimal() and int(chart.case) < len(found):
            number = int(chart.case)
            yield region_plot(found[number], number, marks_of_each(len(found)))
        return
    table = next((table for table in analysis.run.tables if table.name == chart.table), None)
    match chart.kind:
        case "sweep":
            predicted = list(prediction_plots(chart.case, analysis))
            yield from predicted or sweep_plots(chart.case, analysis)
        case "timeline":
            result = analysis.results.get(chart.case)
            if result is not None and result.trace is not None and result.trace.tasks:
                others = [
                    length_of(other, other.trace)
                    for other in analysis.run.results
                    if other.case.table == result.case.table and other.trace is not None and other.trace.tasks
                ]
                yield timeline_plot(result, result.trace, marks_each(analysis.run), others)
        case _ if table is None:
            return
        case "prediction":
            yield from prediction_of_items(table, analysis)
        case "wall":
            yield wall_plot(table, analysis)
        case "ratio":
            yield ratio_plot(table, analysis)
        case "lost":
            yield lost_plot(table, analysis)
        case "breakdown":
            yield breakdown_plot(table, analysis)
        case "watch":
            yield from watch_plots(table, analysis)
        case "scaling":
            yield from scaling_plots(table.name, analysis)
        case "dispatch":
            yield dispatch_limits_plot(table, analysis)
        case "load":
            yield from load_plots(table, analysis)


def marks_each(run: Run) -> int:
    """The number of marks that each timeline of a run may have."""
    return marks_of_each(sum(result.trace is not None for result in run.results))


def marks_of_each(timelines: int) -> int:
    """The same, of the number of timelines."""
    return max(FEWEST_MARKS, min(MOST_MARKS, ALL_MARKS // max(1, timelines)))
