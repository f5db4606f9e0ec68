"""What a gate found: the table of changes, and a sentence for each that needs one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tabulate import tabulate

from concbench.model import Change, Interval, Run, Side
from concbench.report.safe import printable
from concbench.report.sentences import counted
from concbench.report.tables import CELLS
from concbench.report.units import seconds, size, waiting

WORDS = {"wall": "wall time", "each": "time of each", "cpu": "CPU time", "memory": "peak of memory"}
VERDICTS = {"slower": "REGRESSION", "faster": "better", "same": "same", "undecided": "undecided"}
HEADERS = ("case", "metric", "base", "head", "change", "interval", "margin", "verdict")
NOTHING = "-"
SHORT = 10
"""Letters of a commit's name that are shown."""


def change_table(changes: Sequence[Change], form: str = "simple") -> str:
    """Return the changes as a table in one of tabulate's formats; a case's name stands in its first row."""
    escaped = CELLS.get(form, str)
    rows = []
    before = None
    for change in changes:
        name = case_name(change)
        rows.append([escaped(cell) for cell in ("" if form == "simple" and name == before else name, *cells(change))])
        before = name
    return tabulate(
        rows,
        headers=HEADERS,
        tablefmt=form,
        disable_numparse=True,
        colalign=("left", "left", *["right"] * 5, "left") if rows else None,
    )


def cells(change: Change) -> tuple[str, ...]:
    """Return a change's cells after the case's name."""
    verdict = "not measured" if change.note else VERDICTS[change.verdict]
    return (
        change.metric,
        amount(change, change.base),
        amount(change, change.head),
        NOTHING if change.ratio is None else percentage(change.ratio.estimate),
        NOTHING if change.ratio is None else reach(change.ratio),
        f"{100 * change.margin:g}%",
        verdict,
    )


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

    >>> percentage(1.083), percentage(0.5), percentage(3.0)
    ('+8.3%', '-50%', '+200%')
    """
    change = 100 * (ratio - 1)
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
    undecided = [change for change in run.changes if change.verdict == "undecided" and not change.note]
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
    """Yield a sentence for each change that is a regression, undecided, or could not be measured."""
    for change in run.changes:
        what = f"{case_name(change)}: {WORDS[change.metric]}"
        if change.note:
            yield change, f"{what} could not be measured: {printable(change.note)}"
        elif change.regression and change.ratio is not None:
            more = "more" if change.metric == "memory" else "longer"
            yield (
                change,
                f"{what} is {percentage(change.ratio.estimate)} {more} (interval {reach(change.ratio)}; "
                f"up to {100 * change.margin:g}% would be none)",
            )
        elif change.verdict == "undecided":
            yield change, f"{what} is undecided{still_needed(change)}"


def still_needed(change: Change) -> str:
    """Return what an undecided change would need."""
    if change.ratio is None or change.ratio.low is None:
        return ": there are too few blocks (--budget)"
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
