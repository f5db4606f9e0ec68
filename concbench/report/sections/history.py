"""A history of saved runs: what changed last; for each suite and machine, trends and change points, newest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from itertools import pairwise
from math import log
from statistics import fmean
from sys import float_info
from typing import Any

from concbench.analysis.history import History, LeftOut, Machine, Series, SeriesKey, Step
from concbench.report.blocks import Block, Heading, Paragraph, Table
from concbench.report.terminal import GAP, WIDTH
from concbench.report.units import counted, figures, seconds, spread
from concbench.stats.change_points import FEWEST, LEVEL

HEADERS = ("case", "runs", "first", "last", "trend")
STEP_HEADERS = ("case", "change point", "revision", "change", "ratio")
NARROWEST_TREND, WIDEST_TREND = 8, 40
REVISION = 7
"""Characters of a git revision, as git itself shortens it."""
LARGEST_RATIO = 9999
NOTHING = "There is nothing to show."
MOST_NAMED = 3
"""Series that the answer names, at most."""

BLOCKS, PLAIN_BLOCKS = "▁▂▃▄▅▆▇█", ".:-=+o%#"
"""The letters of a trend, low to high; the plain ones are for an output that has no others, and mean nothing to
Markdown."""
MARK = "|"
"""Stands at a change point."""
TIMED = ("task_time", 0.0)
"""What a series has instead of a length that is found by timing."""
FLATTEST = 1.1
"""The least ratio from the bottom to the top of a trend, so that noise does not look like mountains."""
ROUNDING = 1e-6
"""Of a block: a value on the border of two is drawn as the upper one, whatever its last bit."""


def history_blocks(
    history: History, series: Sequence[Series], width: int = WIDTH, letters: str = BLOCKS, *, every: bool = False
) -> Iterator[Block]:
    """The answer; a heading, a table and the change points for each suite and machine; and how all of it was read.

    `letters` are those of a trend, low to high. A trend takes the columns that others leave, 8 to 40 of them. Series of
    a single run are only counted, unless `every` series is asked for.
    """
    shown = [one for one in series if every or len(one.points) > 1]
    groups: dict[tuple[str, Machine], list[Series]] = {}
    for one in shown:
        groups.setdefault((one.kind.suite, one.kind.machine), []).append(one)
    suites = [suite for suite, _ in groups]
    if series:
        yield Paragraph(answer(history, series))
    for group in sorted(groups.values(), key=lambda group: max(map(_last, group)), reverse=True):
        cases = [one.kind.case for one in group]
        group.sort(key=lambda one: cases.index(one.kind.case))
        names = row_names(group)
        yield Heading(title(group))
        others = suites.count(group[0].kind.suite) > 1
        yield _table(names, group, width, letters, tuple(_notes(group, others)))
        if any(one.steps for one in group):
            rows = tuple((name, *_step_cells(step)) for name, step in _newest_first(zip(names, group, strict=True)))
            yield Table(STEP_HEADERS, rows, "Change points", align="lllrr")
    if not series:
        yield Paragraph(NOTHING, "note")
    elif len(shown) < len(series):
        yield Paragraph(f"Not shown: {len(series) - len(shown):,} series of a single run (--all shows them).", "note")
    yield Paragraph(how_read(history, series), "note")


def answer(history: History, series: Sequence[Series]) -> str:
    """What changed last, the largest changes first; or that nothing did, or that there are too few runs to say."""
    if not series:
        return NOTHING
    steps = [(one, step) for one in series for step in one.steps]
    of_all = f"{len(series):,} series of {counted(history.runs, 'run')}"
    if not steps:
        longest = max(len(one.points) for one in series)
        if longest < 2 * FEWEST:
            return f"Too few runs to find a change: at most {longest} in a series, and it takes about a dozen."
        return f"No change points in {of_all}."
    last = max(step.first.instant for _, step in steps)
    latest = [(one, step) for one, step in steps if _runs_between(one, step, last) < FEWEST]
    latest.sort(key=lambda each: abs(log(max(each[1].ratio.estimate, float_info.min))), reverse=True)
    named = [f"{one.kind.case} {change(step.ratio.estimate)}" for one, step in latest[:MOST_NAMED]]
    more = f" and {len(latest) - MOST_NAMED:,} more" if len(latest) > MOST_NAMED else ""
    (day, revision), _ = Counter(
        (step.first.instant.date(), step.first.git_revision) for _, step in latest
    ).most_common(1)[0]
    return (
        f"{counted(len(steps), 'change point')} in {of_all}. The latest, on {day} (revision "
        f"{short_revision(revision)}): {', '.join(named)}{more}."
    )


def _runs_between(series: Series, step: Step, last: datetime) -> int:
    """The runs of a series from a change point up to a later moment: one change may show a run or two apart."""
    return sum(point.instant < last for point in series.points[step.at :])


def _newest_first(series: Iterable[tuple[str, Series]]) -> list[tuple[str, Step]]:
    """The change points of named series, the latest first; those of one run as their series are."""
    steps = [(name, step) for name, one in series for step in one.steps]
    return sorted(steps, key=lambda each: each[1].first.instant, reverse=True)


def _last(series: Series) -> datetime:
    return series.points[-1].instant


def title(group: Sequence[Series]) -> str:
    """The suite, the machine, and which runs."""
    points = [point for series in group for point in series.points]
    days = sorted(point.instant for point in points)
    first, last = days[0].date(), days[-1].date()
    period = f"{first} to {last}" if first != last else f"{first}"
    runs = counted(len({point.file for point in points}), "run")
    return f"{group[0].kind.suite} on {machine(group[0].kind.machine)}: {runs}, {period}"


def machine(found: Machine) -> str:
    """A machine and interpreter: `AMD EPYC, 2 usable cores, CPython 3.13.5`."""
    gil = "" if found.gil else ", free-threaded"
    cores = counted(found.usable_cores, "usable core")
    return f"{found.cpu_model or 'unknown CPU'}, {cores}, {found.implementation} {found.python}{gil}"


def row_names(group: Sequence[Series]) -> list[str]:
    """The case of each series, with what distinguishes it from other series of that case."""
    return [f"{one.kind.case}{_differing(one.kind, [each.kind for each in group])}" for one in group]


def how_read(history: History, series: Sequence[Series]) -> str:
    """Where the figures come from, and what a change point is."""
    text = f"{counted(history.runs, 'run')}, {len(series):,} series."
    if left_out := left_out_words(history.left_out):
        text += f" Left out: {left_out}."
    if history.followed == "cpu":
        text += " Figures are CPU time of a sample."
    if any(one.steps for one in series):
        text += (
            f" A change point ({MARK}) splits a series better than all but {100 * LEVEL:g} % of random orders would. "
            "The ratio is the level from there on as a multiple of the level before; ± is half its 95 % interval over "
            "runs."
        )
    return text


def left_out_words(found: LeftOut) -> str:
    """What is in no series: `1 incomplete run, 2 failed cases`; empty for nothing."""
    named = (
        (found.incomplete_runs, "incomplete run"),
        (found.duplicate_files, "duplicate file"),
        (found.failed_cases, "failed case"),
        (found.missing_figures, "missing figure"),
    )
    return ", ".join(counted(number, what) for number, what in named if number)


def change(ratio: float) -> str:
    """A ratio as what it adds or takes away.

    >>> change(1.081), change(0.5), change(12.3)
    ('+8.1 %', '-50.0 %', '12.3 times')
    """
    if ratio >= 10:
        return f"{figures(ratio)} times" if ratio <= LARGEST_RATIO else f">{LARGEST_RATIO} times"
    return f"{100 * (ratio - 1):+.1f} %"


def short_revision(revision: str | None) -> str:
    """A git revision as git shortens it, with its `+` for uncommitted changes.

    >>> short_revision("a9b887066b21d6f06b103fecc7c9e66508e4d138+"), short_revision(None)
    ('a9b8870+', 'unknown')
    """
    if not revision:
        return "unknown"
    return revision[:REVISION] + ("+" if revision.endswith("+") and len(revision) > REVISION else "")


def sparkline(values: Sequence[float], marks: Sequence[int], width: int, letters: str = BLOCKS) -> str:
    """Positive values as blocks of a height, on a log scale, with a mark before each position in `marks`.

    Where there are more values than columns, a column is the geometric mean of several, but never of both sides of a
    mark. Marks are left out if there is no room for them.

    >>> sparkline([1, 1, 1, 2, 2, 2], [3], 20)
    '▁▁▁|███'
    >>> sparkline([1, 1, 1, 2, 2, 2], [3], 5)
    '▁▁|██'
    """
    if len(marks) * 2 + 1 > width:
        marks = []
    logs = [log(value) for value in values]
    pieces = [logs[begin:end] for begin, end in pairwise([0, *marks, len(logs)])]
    room = width - len(marks)
    if len(logs) > room:
        spare, crowd = room - len(pieces), len(logs) - len(pieces)
        pieces = [_thinned(piece, 1 + (len(piece) - 1) * spare // crowd) for piece in pieces]
    drawn = [value for piece in pieces for value in piece]
    reach = max(max(drawn) - min(drawn), log(FLATTEST))
    bottom = (max(drawn) + min(drawn) - reach) / 2

    def letter(value: float) -> str:
        return letters[min(len(letters) - 1, int((value - bottom) / reach * len(letters) + ROUNDING))]

    return MARK.join("".join(map(letter, piece)) for piece in pieces)


def _thinned(values: Sequence[float], columns: int) -> list[float]:
    size = len(values)
    return [fmean(values[place * size // columns : (place + 1) * size // columns]) for place in range(columns)]


def _table(names: Sequence[str], group: Sequence[Series], width: int, letters: str, notes: tuple[str, ...]) -> Table:
    cells = [
        (name, f"{len(one.points):,}", seconds(one.points[0].seconds), seconds(one.points[-1].seconds))
        for name, one in zip(names, group, strict=True)
    ]
    columns = zip(HEADERS, *cells, strict=False)
    others = sum(max(len(header) + GAP, *map(len, column)) + GAP for header, *column in columns)
    trend = max(NARROWEST_TREND, min(WIDEST_TREND, width - others))
    rows = tuple((*row, _trend(one, trend, letters)) for row, one in zip(cells, group, strict=True))
    return Table(HEADERS, rows, "Trends", align="lrrrl", notes=notes)


def _trend(series: Series, width: int, letters: str) -> str:
    return sparkline([point.seconds for point in series.points], [step.at for step in series.steps], width, letters)


def _step_cells(step: Step) -> tuple[str, ...]:
    ratio = step.ratio
    text = figures(ratio.estimate) if ratio.estimate <= LARGEST_RATIO else f">{LARGEST_RATIO}"
    about = f"{text} {spread(ratio.estimate, ratio.low, ratio.high)}".rstrip()
    return str(step.first.instant.date()), short_revision(step.first.git_revision), change(ratio.estimate), about


def _notes(group: Sequence[Series], others: bool) -> Iterator[str]:
    if others:
        yield "Runs on other machines or interpreters have tables of their own."
    if len({series.kind.case for series in group}) < len(group):
        yield "A case that was measured with other sizes or settings has a row for each."


def _differing(key: SeriesKey, group: Sequence[SeriesKey]) -> str:
    """In brackets, the sizes and settings that differ between the series of one case."""
    alike = [other for other in group if other.case == key.case]
    found = []
    for part in ("workload", "settings"):
        for name in (one.name for one in fields(getattr(key, part))):
            value = getattr(getattr(key, part), name)
            if len({getattr(getattr(other, part), name) for other in alike}) > 1 and (name, value) != TIMED:
                found.append(f"{name} {_value(name, value)}")
    if len({other.experiment for other in alike}) > 1:
        found.append(key.experiment)
    return f" ({', '.join(found)})" if found else ""


def _value(name: str, value: Any) -> str:
    if value is None:
        return "default"
    return seconds(value) if name == "task_time" else str(value)
