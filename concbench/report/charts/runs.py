"""Several runs side by side: the cases that they share, the charts of their times, and ratios to the first run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import altair as alt

from concbench.analysis.changes import comparable, compared_runs, differing
from concbench.model.result import Interval, Result
from concbench.model.run import Change, Run
from concbench.report import blocks
from concbench.report.charts import style
from concbench.report.charts.chart import Datum, Plot, by_column, slug
from concbench.report.charts.ratio import counted_verdicts
from concbench.report.experiments.view import NOTHING, label, median_cell, view_of
from concbench.report.safe import printable
from concbench.report.sections.changes import amount, outcome, percentage, reach
from concbench.report.units import figures
from concbench.stats.sequential import FALSE_ALARMS

LANE = 13
"""The height of one run within a row, in pixels."""
GAP = 8
"""Pixels between two rows."""
DIFFERENT_TIMES = (
    "These runs were measured at different times, so a difference may be the machine's: how warm or busy it was. "
    "To be sure, measure both at once with concbench check --against REV."
)


@dataclass(frozen=True)
class NamedRun:
    """A run and its name in a report."""

    name: str
    run: Run


@dataclass(frozen=True)
class SharedCase:
    """A case that several runs measured."""

    result: Result
    """Of the first of them."""
    by_run: dict[str, Result]


@dataclass(frozen=True)
class Difference:
    """A figure of a case in another run, compared with the first run's."""

    run: str
    change: Change


def shared_cases(runs: Sequence[NamedRun]) -> list[SharedCase]:
    """The cases that more than one run has a median of."""
    found: dict[str, dict[str, Result]] = {}
    for named in runs:
        for result in named.run.results:
            if result.median is not None and result.median.estimate > 0:
                found.setdefault(result.case.id, {})[named.name] = result
    return [SharedCase(next(iter(by_run.values())), by_run) for by_run in found.values() if len(by_run) > 1]


def differences(runs: Sequence[NamedRun]) -> list[Difference]:
    """How the times of each further run compare with the first run's."""
    first, *others = runs
    found = []
    for other in others:
        margins = {
            key: margin for key, margin in comparable(first.run, other.run).items() if key[1] in ("wall", "each")
        }
        changes = compared_runs(first.run, other.run, margins, None, FALSE_ALARMS)
        found += [Difference(other.name, change) for change in changes]
    return found


def cautions(runs: Sequence[NamedRun]) -> Iterator[str]:
    """What to know before trusting a comparison of these runs."""
    yield DIFFERENT_TIMES
    for other in runs[1:]:
        for sentence in differing(runs[0].run, other.run):
            text = sentence.replace("the base", runs[0].name).replace("the head", other.name)
            yield f"{text[:1].upper()}{text[1:]}."


def difference_table(found: Sequence[Difference], first: str) -> blocks.Table:
    """The differences as a table, in the words of `concbench diff`."""
    return blocks.Table(
        headers=("case", "run", first, "this run", "change", "interval", "verdict"),
        rows=tuple(
            (
                one.change.case,
                one.run,
                amount(one.change, one.change.base),
                amount(one.change, one.change.head),
                NOTHING if one.change.ratio is None else percentage(one.change.ratio.estimate),
                NOTHING if one.change.ratio is None else reach(one.change.ratio),
                outcome(one.change),
            )
            for one in found
        ),
        title=f"Differences from {first}",
        align="llrrrrl",
    )


def comparison_plots(runs: Sequence[NamedRun]) -> Iterator[Plot]:
    """A chart of the times of each table's cases in all runs, and one of all ratios to the first run."""
    tables: dict[str, list[SharedCase]] = {}
    for case in shared_cases(runs):
        tables.setdefault(case.result.case.table, []).append(case)
    for table, cases in tables.items():
        yield _times_plot(table, cases, [named.name for named in runs])
    yield from _ratios_plot(differences(runs), runs[0].name)


def _times_plot(table: str, cases: Sequence[SharedCase], names: Sequence[str]) -> Plot:
    rows: list[Datum] = [
        {
            "case": label(result),
            "run": name,
            "offset": LANE * (names.index(name) - (len(names) - 1) / 2),
            **style.point(result.median),
            "tip": f"{label(result)} in {name}: {median_cell(result)}",
        }
        for case in cases
        for name, result in case.by_run.items()
        if result.median is not None
    ]
    domain = style.domain_of(
        result.median for case in cases for result in case.by_run.values() if result.median is not None
    )
    time = view_of(cases[0].result).median.lower()
    legend = style.names_legend()
    colours = [style.SERIES[number % len(style.SERIES)] for number in range(len(names))]
    shapes = [style.SHAPES[number % len(style.SHAPES)] for number in range(len(names))]
    named = style.Rows(
        [label(case.result) for case in cases], step=max(style.STEP, LANE * len(names) + GAP), several=True
    )
    layers = style.points_with_intervals(
        style.time_axis(f"{time} (log scale)", domain),
        style.log_scale(domain),
        named,
        color=alt.Color("run:N", scale=alt.Scale(domain=list(names), range=colours), legend=legend),
        shape=alt.Shape("run:N", scale=alt.Scale(domain=list(names), range=shapes), legend=legend),
    )
    return Plot(
        name=slug("runs", table),
        title=f"{table}: {time} in each run",
        finding=f"The cases that these runs share. {style.INTERVALS}",
        spec=style.specification(named.height, *layers, stacked=named.stacked),
        data={style.DATA: by_column(rows), **named.data},
        table=blocks.Table(
            headers=("case", *names),
            rows=tuple(
                (
                    label(case.result),
                    *(median_cell(case.by_run[name]) if name in case.by_run else NOTHING for name in names),
                )
                for case in cases
            ),
        ),
        height=named.height + 90,
        heights=named.heights,
    )


def _ratios_plot(found: Sequence[Difference], first: str) -> Iterator[Plot]:
    """The ratios to the first run, unless there were too few blocks for any."""
    known = [(one, one.change.ratio) for one in found if one.change.ratio is not None and one.change.ratio.estimate > 0]
    if not known:
        return
    several = len({one.run for one, _ in known}) > 1
    rows: list[Datum] = []
    for one, ratio in known:
        name = printable(one.change.case) + (f" ({one.run})" if several else "")
        tip = f"{name}: {_times(ratio)} the time in {first}: {one.change.verdict}"
        rows.append({"case": name, **style.point(ratio), "verdict": one.change.verdict, "tip": tip})
    named = style.Rows([str(row["case"]) for row in rows])
    yield Plot(
        name="runs-ratios",
        title=f"Compared with {first}",
        finding=f"{counted_verdicts([one.change.verdict for one, _ in known])}. {style.INTERVALS}",
        spec=style.ratios_with_verdicts(
            [ratio for _, ratio in known], {one.change.verdict for one, _ in known}, named, changes=True
        ),
        data={style.DATA: by_column(rows), **named.data, "line": {"at": [1.0]}},
        table=difference_table(found, first),
        height=named.height + 80,
        heights=named.heights,
    )


def _times(ratio: Interval) -> str:
    interval = "" if ratio.low is None or ratio.high is None else f" ({figures(ratio.low)} to {figures(ratio.high)})"
    return f"{figures(ratio.estimate)} times{interval}"
