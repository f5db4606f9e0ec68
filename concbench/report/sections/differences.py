"""What can be said of the changes between two saved files: how many there are, and what their intervals cover."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from concbench.analysis.changes import BETWEEN_RUNS
from concbench.analysis.figures import SHARES
from concbench.model.run import Change
from concbench.report.sections.changes import ONE_SIDED
from concbench.report.units import counted
from concbench.stats.intervals import FEWEST_BLOCKS

UNITS = {
    "pyperf": ("processes", "the values of a process count as one"),
    "hyperfine": ("runs", "each run is a process"),
    "": ("blocks", "the samples of a block count as one"),
}
"""By tool, what an interval is over, and why."""
NOT_COVERED = {
    "pyperf": "They don't cover what differed between the two measurements as a whole: temperature, other load.",
    "hyperfine": (
        "The runs of one file all came before those of the other, and the files don't name their machine: "
        "a machine that was slower meanwhile looks like a change."
    ),
    "": "They don't cover what differed between the two runs as a whole: temperature, other load.",
}
ONE_PROCESS = (
    "There is no interval: pytest-benchmark runs all rounds of a benchmark in one process, and a single process can't "
    "show by how much processes of the same code differ"
)


def sentences(changes: Sequence[Change], tool: str, reference: str | None) -> Iterator[str]:
    """How many figures changed, why others could not be compared, and what an interval means in files of this tool.

    The `tool` is empty for runs of concbench.
    """
    compared = [change for change in changes if change.found is not None]
    narrow = [change for change in compared if change.found is not None and change.found.low is not None]
    least = f"{100 * BETWEEN_RUNS:.0f}%"
    if any(change.metric in SHARES for change in compared):
        least += f", or {100 * BETWEEN_RUNS:.0f} points of a share,"
    margin = f" Less than {least} is no change between two runs." if narrow or not compared else ""
    relative = f" Times are multiples of {reference.removeprefix(f'{tool}/')}'s." if reference else ""
    yield f"{summary(changes)}.{margin}{relative}"
    yield from (f"{change.case} could not be compared: {change.note}" for change in changes if change.note)
    if narrow:
        over, why = UNITS[tool]
        yield f"Intervals (95 %) are over {over}: {why}. {NOT_COVERED[tool]}"
    if len(narrow) < len(compared):
        if tool not in UNITS:
            lead = ONE_PROCESS
        elif narrow:
            lead = f"Where there is no interval, a side has fewer than {FEWEST_BLOCKS} {UNITS[tool][0]}"
        else:
            lead = f"There is no interval: a side has fewer than {FEWEST_BLOCKS} {UNITS[tool][0]}"
        yield (
            f"{lead}. A row without one counts as a change only where nearly every sample of one side takes more than "
            "twice as long as nearly every one of the other."
        )


def summary(changes: Sequence[Change]) -> str:
    """How many figures changed, and how many cases only one side has."""
    both = [change for change in changes if change.only is None and not change.note]
    worse = sum(change.verdict == "slower" for change in both)
    better = sum(change.verdict == "faster" for change in both)
    counts = {word: sum(each.only == side for each in changes) for side, word in ONE_SIDED.items()}
    alone = "".join(f"; {number} {word}" for word, number in counts.items() if number)
    return f"{worse} of {counted(len(both), 'figure')} worse, {better} better{alone}"
