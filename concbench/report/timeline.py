"""The timeline of a traced case, drawn with letters: a row a worker, and in each column how busy it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from concbench.experiments.lanes import Chain, lanes_of
from concbench.experiments.spans import NANO, Spans, unpack
from concbench.model import Case, Trace
from concbench.report.axis import LEAST_COLUMNS, axis, time_ticks
from concbench.report.columns import label
from concbench.report.safe import printable
from concbench.report.sentences import counted, filled
from concbench.report.units import percent, seconds

SHADES = " ░▒▓█"
PLAIN_SHADES = " .:+#"
"""For a column in which a worker was idle, and busy for a quarter, a half, three quarters, all of the time; the plain
ones for an output that has no other letters."""
MOST_LANES = 16
"""So many rows are shown; a hundred can't be told apart."""
WIDE = 2.0
"""Columns: a task that is wider is drawn as one of its own."""


def timeline(case: Case, trace: Trace, width: int, shades: str = SHADES) -> Iterator[str]:
    """Yield the lines of a drawing: what it is of, the phases, a row for each worker, and the time below.

    Where there are many workers only some are shown. `shades` are the letters, idle to busy.
    """
    spans = unpack(trace.spans, trace.tasks)
    lanes = lanes_of(spans, trace.lanes)
    shown = chosen(lanes, spans)
    rows = [(f"worker {at + 1}", f"{len(lanes[at]):,}", percent(busy_share(lanes[at], spans, trace))) for at in shown]
    names = max(len(name) for name, _, _ in rows)
    counts = max(len("tasks"), *(len(count) for _, count, _ in rows))
    shares = max(len("busy"), *(len(share) for _, _, share in rows))
    beside = f"{'tasks':>{counts}}  {'busy':>{shares}}"
    columns = width - names - len("  ||") - len(beside)
    whole = max(trace.start + trace.run + trace.stop, NANO)

    yield filled(title(case, trace, len(lanes), len(set(spans.workers))), width)
    if columns < LEAST_COLUMNS:
        columns, beside = max(1, width - names - len(" ||")), ""
    yield f"{'':{names}} |{phases(trace, columns)}| {beside}".rstrip()
    for at, (name, count, share) in zip(shown, rows, strict=True):
        figures = f"{count:>{counts}}  {share:>{shares}}" if beside else ""
        yield f"{name:{names}} |{row(lanes[at], spans, whole, columns, shades)}| {figures}".rstrip()
    for line in axis(time_ticks(whole, columns), columns):
        yield f"{'':{names}} {line}"
    if len(shown) < len(lanes):
        yield f"... and {counted(len(lanes) - len(shown), 'more worker')} between them"


def title(case: Case, trace: Trace, lanes: int, workers: int) -> str:
    """Return what a drawing is of: the case, how long its phases took, and how many workers did how many tasks."""
    phases = ", ".join(f"{name} {seconds(getattr(trace, name))}" for name in ("start", "run", "stop"))
    who = counted(lanes, "worker")
    if workers > lanes:
        who += f" at a time, {workers:,} in all"
    return f"{printable(case.id)}: {seconds(trace.wall)} ({phases}); {counted(trace.tasks, 'task')}, {who}"


def legend(width: int, shades: str = SHADES) -> str:
    """Return what the letters mean."""
    _, quarter, half, most, full = tuple(shades)
    return filled(
        f"A column shows for how much of its time a worker was inside tasks: {quarter} about a quarter, {half} a half, "
        f"{most} three quarters, {full} all of it; tasks wider than two columns are {full} and {most} in turn. "
        "Busy is the share of the phase run.",
        width,
    )


def untraced(cases: Sequence[Case], width: int) -> Iterator[str]:
    """Yield a sentence for each reason why cases have no trace, with all of those that have it for that reason."""
    found: dict[str, list[str]] = {}
    for case in cases:
        if case.trace is None:
            found.setdefault(why_untraced(case), []).append(label(case))
    for reason, names in found.items():
        yield filled(f"Not traced: {', '.join(names)}: {reason}.", width)


def why_untraced(case: Case) -> str:
    """Return why a case has no trace."""
    if case.error is not None:
        return f"failed ({case.error.kind})"
    if case.experiment != "tasks":
        return "only what runs tasks is traced"
    if not case.samples:
        return "not measured"
    return "the file has no trace of it, as those of other tools and of older versions; or a warning says why"


def chosen(lanes: Sequence[Chain], spans: Spans) -> list[int]:
    """Return which lanes are shown, by number: all of them, or as many as there is room for.

    Those are every k-th in the order in which they began, with the first and the last, because they show how long it
    took until all were at work, and which never were; and always the one that all others had to wait for.
    """
    if len(lanes) <= MOST_LANES:
        return list(range(len(lanes)))
    even = {at * (len(lanes) - 1) // (MOST_LANES - 2) for at in range(MOST_LANES - 1)}
    latest = max(range(len(lanes)), key=lambda at: spans.ends[lanes[at][-1]] if lanes[at] else -1)
    return sorted(even | {latest})


def busy_share(tasks: Chain, spans: Spans, trace: Trace) -> float:
    """Return for which share of the phase run a lane was inside tasks."""
    inside = sum(spans.ends[task] - spans.begins[task] for task in tasks) * NANO
    return min(1.0, inside / trace.run) if trace.run else 0.0


def phases(trace: Trace, columns: int) -> str:
    """Return a ruler of so many columns on which each phase is as long as it took, with its name where there is room.

    >>> trace = Trace(start=1, run=2, stop=0.5, wall=3.5, samples=1, lanes=1, chunksize=None, gil=True, cost=0.0,
    ...     argument_bytes=None, result_bytes=None, tasks=0, spans=b"")
    >>> phases(trace, 28)
    'start---|run------------|---'
    """
    whole = max(trace.start + trace.run + trace.stop, NANO)
    text = ""
    for name, end in (("start", trace.start), ("run", trace.start + trace.run), ("stop", whole)):
        room = round(end / whole * columns) - len(text)
        word = f"|{name}" if text else name
        text += (word if len(word) <= room else word[: len(word) - len(name)])[: max(0, room)].ljust(room, "-")
    return text


def row(tasks: Chain, spans: Spans, whole: float, columns: int, shades: str = SHADES) -> str:
    """Return the tasks of a lane in a row of so many columns, which stand for `whole` seconds.

    >>> second = 10**9
    >>> row([0, 1], Spans([0, 6 * second], [6 * second, 12 * second], [0, 0]), 16.0, 8)
    '███▓▓▓  '
    """
    busy = [0.0] * columns
    widest = [0.0] * columns
    owners = [(0, 0.0)] * columns
    """Of each column: which task of the lane has most of it, and how wide that is in all."""
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


def _letter(share: float, place: int, wide: bool, shades: str) -> str:
    if not share:
        return shades[0]
    level = min(4, max(1, round(4 * share)))
    if not wide:
        return shades[level]
    # Two tasks of a lane that are neighbours differ in shade, and what is lighter than both is the edge of one.
    return shades[4 - place % 2] if level == 4 else shades[min(2, level)]
