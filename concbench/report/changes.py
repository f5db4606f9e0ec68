"""What a gate found: the table of changes, and a sentence for each that needs one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tabulate import tabulate

from concbench.model import Change, Interval, Run, Side
from concbench.report.safe import printable
from concbench.report.sentences import counted, filled, listed
from concbench.report.tables import WIDTH
from concbench.report.tabulated import CELLS
from concbench.report.units import seconds, size, waiting
from concbench.stats.gate import FEWEST_BLOCKS

WORDS = {"wall": "wall time", "each": "time of each", "cpu": "CPU time", "memory": "peak of memory"}
VERDICTS = {"slower": "REGRESSION", "faster": "better", "same": "same", "undecided": "undecided"}
HEADERS = ("case", "metric", "base", "head", "change", "interval", "margin", "verdict")
WORDY = ("case", "metric", "verdict")
NOTHING = "-"
FARTHEST = 99_999.5
"""A change of more per cent is only said to be more: an interval from few blocks may reach anywhere."""
MANY = 2
"""Undecided figures that get a sentence each; of more, one sentence tells."""
SHORT = 10
"""Letters of a commit's name that are shown."""


def change_table(changes: Sequence[Change], form: str = "simple", width: int = WIDTH) -> str:
    """Return the changes as a table in one of tabulate's formats; a case's name stands in its first row.

    Where the simple format is too wide, a name has a line of its own, above the rows of its case.
    """
    names = [case_name(change) for change in changes]
    if form != "simple":
        escaped = CELLS.get(form, str)
        rows = [[escaped(cell) for cell in (name, *cells(change))] for name, change in zip(names, changes, strict=True)]
        return _tabulated(HEADERS, rows, form)
    first = [name if at == 0 or name != names[at - 1] else "" for at, name in enumerate(names)]
    table = _tabulated(HEADERS, [(name, *cells(change)) for name, change in zip(first, changes, strict=True)])
    if max(map(len, table.splitlines())) <= width:
        return table
    header, ruler, *figures = _tabulated(HEADERS[1:], [cells(change) for change in changes]).splitlines()
    lines = [f"  {header}", f"  {ruler}"]
    for name, row in zip(first, figures, strict=True):
        lines += [filled(name, width)] if name else []
        lines.append(f"  {row}")
    return "\n".join(lines)


def _tabulated(headers: Sequence[str], rows: Sequence[Sequence[str]], form: str = "simple") -> str:
    align = ["left" if header in WORDY else "right" for header in headers]
    return tabulate(rows, headers=headers, tablefmt=form, disable_numparse=True, colalign=align if rows else None)


def cells(change: Change) -> tuple[str, ...]:
    """Return a change's cells after the case's name."""
    ratio = None if change.note else change.ratio
    return (
        change.metric,
        amount(change, change.base),
        amount(change, change.head),
        NOTHING if ratio is None else percentage(ratio.estimate),
        NOTHING if ratio is None else reach(ratio),
        f"{100 * change.margin:.3g}%",
        outcome(change),
    )


def outcome(change: Change) -> str:
    """Return the word for what was found."""
    if change.left_out:
        return "left out"
    return "not measured" if change.note else VERDICTS[change.verdict]


def case_name(change: Change) -> str:
    """Return the name of a change's case: its id without the side."""
    return printable(change.case.removesuffix(" head"))


def amount(change: Change, level: Interval | None) -> str:
    """Return a level in its unit: seconds, or bytes for memory."""
    if level is None:
        return NOTHING
    return size(level.estimate) if change.metric == "memory" else seconds(level.estimate)


def percentage(ratio: float) -> str:
    """Return a ratio as a change in per cent.

    >>> percentage(1.083), percentage(0.5), percentage(3.0), percentage(1e9)
    ('+8.3%', '-50%', '+200%', '>+99999%')
    """
    change = 100 * (ratio - 1)
    if change >= FARTHEST:
        return ">+99999%"
    return f"{change:+.1f}%" if abs(change) < 9.95 else f"{change:+.0f}%"


def reach(ratio: Interval) -> str:
    """Return an interval of ratios as one of changes: `+4.1% to +12.7%`."""
    if ratio.low is None or ratio.high is None:
        return NOTHING
    return f"{percentage(ratio.low)} to {percentage(ratio.high)}"


def gate_verdict(run: Run) -> str:
    """Return the one sentence that matters."""
    red = [change for change in run.changes if change.regression]
    unknown = [change for change in run.changes if change.note]
    undecided = [change for change in run.changes if change.open]
    cases = counted(len({change.case for change in run.changes}), "case")
    parts = []
    if red:
        parts.append(f"{counted(len(red), 'regression')} in {cases}")
    elif not unknown:
        parts.append(f"No regression in {cases}")
    if unknown:
        parts.append(f"{counted(len(unknown), 'figure')} of {len(run.changes)} could not be measured")
    if undecided:
        parts.append(f"{counted(len(undecided), 'figure')} of {len(run.changes)} undecided")
    return "; ".join(parts) + "."


def findings(run: Run) -> Iterator[tuple[Change, str]]:
    """Yield a sentence for each change that is a regression, undecided, left out, or could not be measured."""
    for change in run.changes:
        what = f"{case_name(change)}: {WORDS[change.metric]}"
        if change.note:
            yield change, f"{what} could not be measured: {printable(change.note)}"
        elif change.regression and change.ratio is not None:
            more = "more" if change.metric == "memory" else "longer"
            yield (
                change,
                f"{what} is {percentage(change.ratio.estimate)} {more} (interval {reach(change.ratio)}; "
                f"up to {100 * change.margin:.3g}% would be none)",
            )
        elif change.left_out:
            yield change, f"{case_name(change)}: {printable(change.left_out)}"
        elif change.verdict == "undecided":
            yield change, f"{what} is undecided{still_needed(change)}"


def sentences(run: Run) -> Iterator[str]:
    """Yield what a person should read under the table: each regression, each failure once, and what is undecided."""
    told = set()
    for change, sentence in findings(run):
        if change.note and (change.case, change.note) not in told:
            told.add((change.case, change.note))
            yield f"{case_name(change)} could not be measured: {printable(change.note)}"
        elif change.regression:
            yield sentence
    red = {change.case for change in run.changes if change.regression}
    yield from left_out(run)
    undecided = [(change, text) for change, text in findings(run) if change.open and change.case not in red]
    if len(undecided) <= MANY:
        yield from (text for _, text in undecided)
        return
    times = [change.more_seconds for change, _ in undecided if change.more_seconds is not None]
    text = f"{len(undecided)} figures are undecided"
    if times:
        text += f"; about {waiting(min(times))} to {waiting(max(times))} more would settle each (--budget)"
    yield text


def left_out(run: Run) -> Iterator[str]:
    """Yield a sentence for each figure that is not judged; of many, one for all."""
    found = [(change, text) for change, text in findings(run) if change.left_out]
    if len(found) <= MANY:
        yield from (text for _, text in found)
    else:
        names = listed([case_name(change) for change, _ in found])
        yield f"CPU time of {names} is too small beside their wall time to be gated"


def still_needed(change: Change) -> str:
    """Return what an undecided change would need."""
    if change.ratio is None or change.ratio.low is None:
        return ": there are too few blocks (--budget)"
    if change.ratio.blocks < FEWEST_BLOCKS:
        return (
            f": it was measured in {counted(change.ratio.blocks, 'block')}, and {FEWEST_BLOCKS} are needed (--budget)"
        )
    at = f": {percentage(change.ratio.estimate)}, interval {reach(change.ratio)}"
    if change.more_seconds is None:
        return at
    return f"{at}; about {waiting(change.more_seconds)} more would settle it (--budget)"


def side_named(side: Side) -> str:
    """Return what a side is: `base (HEAD~1, 1a2b3c4d5e, Python 3.13.5)`."""
    known = [side.about, f"Python {side.python}"]
    if side.revision is not None:
        known.insert(1, side.revision[:SHORT] + ("+" if side.revision.endswith("+") else ""))
    return f"{side.name} ({printable(', '.join(known))})"


def compared(run: Run) -> str:
    """Return which sides were compared, and how."""
    sides = " with ".join(side_named(side) for side in run.sides)
    what = "Compared" if len(run.sides) > 1 else "Measured"
    samples = sum(len(case.samples) for case in run.cases)
    ending = "" if run.complete else " Interrupted: these are the figures so far."
    return (
        f"{what} {sides}: {counted(samples, 'sample')} in {counted(run.blocks, 'block')}, {seconds(run.seconds)}; "
        f"seed {run.seed}. Intervals hold 95 % over all looks together.{ending}"
    )
