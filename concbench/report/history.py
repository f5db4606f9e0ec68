"""A history as tables: for each suite and machine a row a series, with its trend and its change points."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tabulate import tabulate

from concbench.model import Interval
from concbench.report.columns import NOTHING
from concbench.report.history_kinds import Machine
from concbench.report.history_series import LARGEST_RATIO, Series
from concbench.report.history_words import in_rows, title
from concbench.report.sentences import filled
from concbench.report.sparkline import BLOCKS, sparkline
from concbench.report.tables import TEXT, TITLES, WIDTH
from concbench.report.tabulated import CELLS, wrapped
from concbench.report.units import figures, seconds, spread

HEADERS = ("case", "runs", "first", "last", "change", "trend", "change points")
_ALIGNED = ("left", "right", "right", "right", "right", "left", "left")
NARROWEST_TREND, WIDEST_TREND = 8, 40


def history_tables(
    series: Sequence[Series], form: str = TEXT, width: int = WIDTH, blocks: str = BLOCKS
) -> Iterator[str]:
    """Yield a title and a table for each suite and machine; `blocks` are the letters of a trend, low to high."""
    groups: dict[tuple[str, Machine], list[Series]] = {}
    for one in series:
        groups.setdefault((one.kind.suite, one.kind.machine), []).append(one)
    suites = [suite for suite, _ in groups]
    for (suite, _), group in groups.items():
        about = title(group, others=suites.count(suite) - 1)
        rows = in_rows(group)
        if form == TEXT:
            yield filled(about, width)
            yield text_table(rows, width, blocks)
        else:
            yield TITLES.get(form, str)(about)
            yield other_table(rows, form, blocks)


def text_table(rows: Sequence[tuple[str, Series]], width: int, blocks: str) -> str:
    """Return a table for a terminal; where it is too wide, change points follow in a table of their own.

    The trend takes the columns that are left, 8 to 40 of them.
    """
    named = [(wrapped(name, max(16, width - 52)), series) for name, series in rows]
    longest = max(len(series.points) + len(series.steps) for _, series in named)
    least = max(len("trend"), min(NARROWEST_TREND, longest))

    def table(headers: Sequence[str], trend: Callable[[Series], str]) -> str:
        cells = [[*_cells(name, series, trend(series)), _steps(series, "\n")] for name, series in named]
        return _tabulated([row[: len(headers)] for row in cells], headers, "simple")

    for headers in (HEADERS, HEADERS[:-1]):
        spare = width - max(map(len, table(headers, lambda _series: least * "x").splitlines()))
        if spare >= 0:
            break
    columns = min(WIDEST_TREND, least + max(0, spare))
    pieces = [table(headers, lambda series: sparkline_of(series, columns, blocks))]
    stepped = [[name, _steps(series, "\n")] for name, series in named if series.steps]
    if stepped and headers != HEADERS:
        pieces.append(_tabulated(stepped, [HEADERS[0], HEADERS[-1]], "simple"))
    return "\n\n".join(pieces)


def other_table(rows: Sequence[tuple[str, Series]], form: str, blocks: str) -> str:
    """Return a table in one of tabulate's formats."""
    escaped = CELLS.get(form, str)
    cells = [
        [*_cells(name, series, sparkline_of(series, WIDEST_TREND, blocks)), _steps(series, "; ")]
        for name, series in rows
    ]
    return _tabulated([[escaped(cell) for cell in row] for row in cells], HEADERS, form)


def sparkline_of(series: Series, width: int, blocks: str = BLOCKS) -> str:
    """Return the trend of a series, in at most so many columns."""
    return sparkline([point.seconds for point in series.points], [step.at for step in series.steps], width, blocks)


def _cells(name: str, series: Series, trend: str) -> list[str]:
    """Return the cells of a row but for the last, which is `_steps`."""
    points, steps = series.points, series.steps
    first, last = seconds(points[0].seconds), seconds(points[-1].seconds)
    return [name, f"{len(points):,}", first, last, _ratio(steps[-1].ratio) if steps else NOTHING, trend]


def _ratio(ratio: Interval) -> str:
    text = figures(ratio.estimate) if ratio.estimate <= LARGEST_RATIO else f">{LARGEST_RATIO}"
    return f"{text} {spread(ratio.estimate, ratio.low, ratio.high)}".rstrip()


def _steps(series: Series, between: str) -> str:
    return between.join(map(str, series.steps)) or NOTHING


def _tabulated(rows: Sequence[Sequence[str]], headers: Sequence[str], form: str) -> str:
    aligned = [_ALIGNED[HEADERS.index(header)] for header in headers]
    return tabulate(rows, headers=headers, tablefmt=form, disable_numparse=True, colalign=aligned)
