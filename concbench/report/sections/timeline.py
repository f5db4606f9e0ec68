"""Timelines of traced results, drawn with letters: a row for each worker, a letter for how busy it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, floor, log10

from concbench.experiments.trace import NANO, Chain, Spans, lanes_of, unpack
from concbench.model.result import Result, Trace
from concbench.report.experiments.view import label
from concbench.report.terminal import filled
from concbench.report.units import counted, percent, seconds, time_unit

SHADES = " ░▒▓█"
PLAIN_SHADES = " .:+#"
"""Stand for a column in which a worker was idle, and busy for a quarter, a half, three quarters, all of the time; the
plain ones are for an output that has no other letters."""
MOST_LANES = 16
"""Rows at most: a hundred would blur."""
WIDE = 2.0
"""Columns from which on a task is drawn as one of its own."""
TICK = 10
"""Columns from one mark of an axis to the next, at least."""
LEAST_COLUMNS = 10
"""Of a drawing, however narrow the terminal."""
Tick = tuple[int, str]
"""A column of an axis, and what stands below it."""


def timelines(results: Sequence[Result], width: int, shades: str = SHADES) -> Iterator[str]:
    """The timelines of all results that were traced, and why the others were not."""
    for result in results:
        if result.trace is not None:
            yield ""
            yield from timeline(result, result.trace, width, shades)
    yield from untraced(results, width)


def timeline(result: Result, trace: Trace, width: int, shades: str = SHADES) -> Iterator[str]:
    """The lines of a drawing: its title, the phases, a row for each worker, or some of many, and the axis of time.

    `shades` are the letters, idle to busy.
    """
    spans = unpack(trace.spans, trace.tasks)
    lanes = lanes_of(spans, trace.lanes)
    whole = max(trace.start + trace.run + trace.stop, NANO)
    yield filled(title(result, trace, len(lanes), len(set(spans.workers))), width)
    drawing = Drawing(spans=spans, lanes=lanes, whole=whole, word="worker")
    busy = [busy_share(tasks, spans, trace) for tasks in lanes]
    yield from drawn(drawing, busy, lambda columns: phases(trace, columns), width, shades)


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """What a drawing shows."""

    spans: Spans
    """Nanoseconds since the left end of the drawing."""
    lanes: Sequence[Chain]
    whole: float
    """Seconds that it is long; more than 0."""
    word: str
    """What a lane is called: `worker`."""
    together: bool = False
    """Whether a row of all lanes comes first, where not every lane has one."""


def drawn(
    drawing: Drawing, busy: Sequence[float], ruler: Callable[[int], str], width: int, shades: str = SHADES
) -> Iterator[str]:
    """A row for each lane, or for some of many, between a ruler, made for a number of columns, and the axis of time.

    `busy` is the share of each lane that stands beside it.
    """
    lanes, spans, whole, word = drawing.lanes, drawing.spans, drawing.whole, drawing.word
    shown = chosen(lanes, spans)
    rows = [(f"{word} {at + 1}", f"{len(lanes[at]):,}", percent(busy[at])) for at in shown]
    every = drawing.together and len(shown) < len(lanes)
    if every:
        rows.insert(0, ("all", f"{len(spans):,}", percent(sum(busy) / len(busy))))
    names = max(len(name) for name, _, _ in rows)
    counts = max(len("tasks"), *(len(count) for _, count, _ in rows))
    shares = max(len("busy"), *(len(share) for _, _, share in rows))
    beside = f"{'tasks':>{counts}}  {'busy':>{shares}}"
    columns = width - names - len("  ||") - len(beside)
    if columns < LEAST_COLUMNS:
        columns, beside = max(1, width - names - len(" ||")), ""
    yield f"{'':{names}} |{ruler(columns)}| {beside}".rstrip()
    drawn_rows = [row(lanes[at], spans, whole, columns, shades) for at in shown]
    if every:
        drawn_rows.insert(0, row_of_all(spans, len(lanes), whole, columns, shades))
    for letters, (name, count, share) in zip(drawn_rows, rows, strict=True):
        figures = f"{count:>{counts}}  {share:>{shares}}" if beside else ""
        yield f"{name:{names}} |{letters}| {figures}".rstrip()
    for line in axis(time_ticks(whole, columns), columns):
        yield f"{'':{names}} {line}"
    if len(shown) < len(lanes):
        yield f"... and {counted(len(lanes) - len(shown), f'more {word}')} between them"


def title(result: Result, trace: Trace, lanes: int, workers: int) -> str:
    """The case, the length of its phases, and the numbers of tasks and workers."""
    phases = ", ".join(f"{name} {seconds(getattr(trace, name))}" for name in ("start", "run", "stop"))
    who = counted(lanes, "worker")
    if workers > lanes:
        who += f" at a time, {workers:,} in all"
    return f"{result.case.id}: {seconds(trace.wall)} ({phases}); {counted(trace.tasks, 'task')}, {who}"


def legend(width: int, shades: str = SHADES) -> str:
    """What the letters mean."""
    _, quarter, half, most, full = tuple(shades)
    return filled(
        f"Each column shows how much of its time a worker spent in tasks: {quarter} about a quarter, {half} half, "
        f"{most} three quarters, {full} all of it; tasks wider than two columns alternate between {full} and {most}. "
        "Busy is the share of the run phase.",
        width,
    )


def untraced(results: Sequence[Result], width: int) -> Iterator[str]:
    """A sentence for each reason why results have no trace."""
    found: dict[str, list[str]] = {}
    for result in results:
        if result.trace is None:
            found.setdefault(why_untraced(result), []).append(label(result))
    for reason, names in found.items():
        yield filled(f"Not traced: {', '.join(names)}: {reason}.", width)


def why_untraced(result: Result) -> str:
    """Why a result has no trace."""
    if result.failure is not None:
        return f"failed ({result.failure.kind})"
    if result.case.experiment != "tasks":
        return "only strategies, which run tasks, are traced"
    if not result.samples:
        return "not measured"
    return "the file has no trace of it, as is usual for other tools and older versions; or see the warnings"


def chosen(lanes: Sequence[Chain], spans: Spans) -> list[int]:
    """The numbers of the lanes that are shown: all of them, or `MOST_LANES` of many.

    Of many, these are every k-th in the order in which they began, from the first to the last, which shows how long it
    took until all were at work; and always the one that all others waited for.
    """
    if len(lanes) <= MOST_LANES:
        return list(range(len(lanes)))
    even = {at * (len(lanes) - 1) // (MOST_LANES - 2) for at in range(MOST_LANES - 1)}
    latest = max(range(len(lanes)), key=lambda at: spans.ends[lanes[at][-1]] if lanes[at] else -1)
    return sorted(even | {latest})


def busy_share(tasks: Chain, spans: Spans, trace: Trace) -> float:
    """The share of the run phase that a lane spent in tasks."""
    inside = sum(spans.ends[task] - spans.begins[task] for task in tasks) * NANO
    return min(1.0, inside / trace.run) if trace.run else 0.0


def phases(trace: Trace, columns: int) -> str:
    """A ruler on which each phase is as long as it took, with its name if there is room.

    >>> trace = Trace(start=1, run=2, stop=0.5, wall=3.5, samples=1, lanes=1, chunksize=None, gil=True, cost=0.0,
    ...     argument_bytes=None, result_bytes=None, tasks=0, spans=b"")
    >>> phases(trace, 28)
    'start---|run------------|---'
    """
    whole = max(trace.start + trace.run + trace.stop, NANO)
    return ruled([("start", trace.start), ("run", trace.start + trace.run), ("stop", whole)], whole, columns)


def ruled(phases: Sequence[tuple[str, float]], whole: float, columns: int) -> str:
    """A ruler of phases, each with the second at which it ends, on `columns` that stand for `whole` seconds."""
    text = ""
    for name, end in phases:
        room = round(end / whole * columns) - len(text)
        word = f"|{name}" if text else name
        text += (word if len(word) <= room else word[: len(word) - len(name)])[: max(0, room)].ljust(room, "-")
    return text


def row(tasks: Chain, spans: Spans, whole: float, columns: int, shades: str = SHADES) -> str:
    """The tasks of a lane in a row of `columns` that stand for `whole` seconds.

    >>> second = 10**9
    >>> row([0, 1], Spans([0, 6 * second], [6 * second, 12 * second], [0, 0]), 16.0, 8)
    '███▓▓▓  '
    """
    busy = [0.0] * columns
    widest = [0.0] * columns
    owners = [(0, 0.0)] * columns
    """Of each column, the task of the lane that has most of it, and the whole width of that task."""
    scale = columns * NANO / whole
    for place, task in enumerate(tasks):
        begin, end = spans.begins[task] * scale, spans.ends[task] * scale
        first = min(int(begin), columns - 1)
        for column in range(first, min(max(ceil(end), first + 1), columns)):
            share = max(NANO, min(end, column + 1) - max(begin, column))  # however short, it can be seen
            busy[column] += share
            if share > widest[column]:
                widest[column], owners[column] = share, (place, end - begin)
    return "".join(
        _letter(share, place, wide > WIDE, shades) for share, (place, wide) in zip(busy, owners, strict=True)
    )


def row_of_all(spans: Spans, lanes: int, whole: float, columns: int, shades: str = SHADES) -> str:
    """How much of the time of all lanes was spent in tasks, in a row of `columns` that stand for `whole` seconds.

    >>> second = 10**9
    >>> row_of_all(Spans([0, 0, 4 * second], [4 * second, 8 * second, 8 * second], [0, 1, 2]), 4, 16.0, 8)
    '▒▒▒▒    '
    """
    partly = [0.0] * columns
    wholly = [0] * (columns + 1)
    """How many more tasks than in the column before are under way through all of a column."""
    scale = columns * NANO / whole
    for begin, end in zip(spans.begins, spans.ends, strict=True):
        since, until = begin * scale, min(columns, end * scale)
        first, last = min(int(since), columns - 1), min(int(until), columns - 1)
        if first == last:
            partly[first] += until - since
        else:
            partly[first] += first + 1 - since
            partly[last] += until - last
            wholly[first + 1] += 1
            wholly[last] -= 1
    through = accumulate(wholly)
    return "".join(
        _letter(max(0.0, share + number) / lanes, 0, False, shades)
        for share, number in zip(partly, through, strict=False)
    )


def _letter(share: float, place: int, wide: bool, shades: str) -> str:
    if not share:
        return shades[0]
    level = min(4, max(1, round(4 * share)))
    if not wide:
        return shades[level]
    # Two tasks of a lane that are neighbours differ in shade, and what is lighter than both is the edge of one.
    return shades[4 - place % 2] if level == 4 else shades[min(2, level)]


def axis(ticks: Sequence[Tick], columns: int) -> tuple[str, str]:
    r"""The lower edge of a drawing with marks at some columns, and the line of words below them.

    >>> print("\n".join(axis([(0, "0"), (6, "5 s")], 12)))
    ++-----+-----+
     0     5 s
    """
    edge = "".join("+" if any(column == at for at, _ in ticks) else "-" for column in range(columns))
    words = ""
    for at, word in ticks:
        if at + len(word) <= columns + 1 and (not words or at > len(words)):
            words = words.ljust(at) + word
    return f"+{edge}+", f" {words}"


def time_ticks(whole: float, columns: int) -> list[Tick]:
    """The marks of an axis from 0 to `whole` seconds: round figures in one unit.

    >>> time_ticks(0.081, 40)
    [(0, '0'), (25, '50 ms')]
    """
    scale, unit = time_unit(whole)
    most = whole / scale
    step = _round_figure(most / max(1, columns // TICK))
    places = max(0, -floor(log10(step)))
    figures = [number * step for number in range(int(most / step) + 1)]
    return [
        (min(columns - 1, round(figure / most * columns)), f"{figure:,.{places}f} {unit}" if figure else "0")
        for figure in figures
    ]


def _round_figure(value: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, 50, ... that is not smaller."""
    power: float = 10.0 ** floor(log10(value))
    return next(factor * power for factor in (1, 2, 5, 10, 20) if factor * power >= value)
