"""Every chart of a run, in the order in which a report shows them."""

from __future__ import annotations

from collections.abc import Iterator

from concbench.model import Case, Part, Run
from concbench.report.html.breakdown_chart import breakdown_chart
from concbench.report.html.chart import Chart
from concbench.report.html.lost_chart import lost_chart
from concbench.report.html.marks import MOST_MARKS
from concbench.report.html.ratio_chart import ratio_chart
from concbench.report.html.timeline_chart import timeline_chart
from concbench.report.html.wall_chart import wall_chart
from concbench.report.html.watch_chart import watch_charts

ALL_MARKS = 60_000
"""What all timelines of a run draw together: with many cases, each draws fewer."""
FEWEST_MARKS = 500


def part_charts(part: Part, run: Run) -> Iterator[Chart]:
    """Yield the charts of one part."""
    cases = cases_of(part, run)
    first = (wall_chart(part, cases, run), ratio_chart(part, cases, run), lost_chart(part, cases))
    yield from (chart for chart in (*first, breakdown_chart(part, cases, run)) if chart is not None)
    most = marks_each(run)
    yield from (timeline_chart(case, case.trace, most) for case in cases if case.trace is not None and case.trace.tasks)
    yield from watch_charts(part, cases)


def cases_of(part: Part, run: Run) -> list[Case]:
    """Return the cases of a part."""
    return [case for case in run.cases if case.part == part.name]


def marks_each(run: Run) -> int:
    """Return how many marks each timeline of a run may draw."""
    traced = sum(case.trace is not None for case in run.cases)
    return max(FEWEST_MARKS, min(MOST_MARKS, ALL_MARKS // max(1, traced)))
