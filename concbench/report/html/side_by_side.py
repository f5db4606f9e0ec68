"""Several runs beside each other: the cases that they share, and how their times compare with the first run's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from concbench.gate.baseline import comparable, compared_runs, differing
from concbench.model import Case, Change, Run
from concbench.report.changes import amount, outcome, percentage, reach
from concbench.report.html.chart import Table
from concbench.report.safe import printable
from concbench.stats.gate import FALSE_ALARMS

MOMENTS = (
    "These runs were not measured side by side: a machine that was warmer or busier in one of them looks like a "
    "difference. To know for sure, measure both at once (concbench check --against REV)."
)


@dataclass(frozen=True)
class Named:
    """A run, and what a report calls it."""

    name: str
    run: Run


@dataclass(frozen=True)
class Beside:
    """What one run says of a case that the first run has, too."""

    case: Case
    runs: list[tuple[str, Case]]
    """The runs that measured it, the first among them."""


@dataclass(frozen=True)
class Differs:
    """A figure of a case in another run, compared with the first run's."""

    run: str
    change: Change


def shared(runs: Sequence[Named]) -> list[Beside]:
    """Return the cases that more than one run has a median of, in the order of the first run that has each."""
    found: dict[str, list[tuple[str, Case]]] = {}
    for named in runs:
        for case in named.run.cases:
            if case.median is not None and case.median.estimate > 0:
                found.setdefault(case.id, []).append((named.name, case))
    return [Beside(cases[0][1], cases) for cases in found.values() if len(cases) > 1]


def differences(runs: Sequence[Named]) -> list[Differs]:
    """Return how the times of each further run compare with the first run's."""
    first = runs[0]
    found = []
    for other in runs[1:]:
        margins = {
            key: margin for key, margin in comparable(first.run, other.run).items() if key[1] in ("wall", "each")
        }
        changes = compared_runs(first.run, other.run, margins, None, FALSE_ALARMS)
        found += [Differs(other.name, change) for change in changes]
    return found


def cautions(runs: Sequence[Named]) -> Iterator[str]:
    """Yield what should be known before the figures are believed."""
    yield MOMENTS
    for other in runs[1:]:
        for sentence in differing(runs[0].run, other.run):
            told = sentence.replace("the base", runs[0].name).replace("the head", other.name)
            yield printable(f"{told[:1].upper()}{told[1:]}.")


def difference_table(found: Sequence[Differs], first: str) -> Table:
    """Return the differences as a table, in the words of `concbench diff`."""
    rows = []
    for one in found:
        change = one.change
        ratio = change.ratio
        rows.append(
            [
                printable(change.case),
                one.run,
                amount(change, change.base),
                amount(change, change.head),
                "-" if ratio is None else percentage(ratio.estimate),
                "-" if ratio is None else reach(ratio),
                outcome(change),
            ]
        )
    return Table(headers=("case", "run", first, "this run", "change", "interval", "verdict"), rows=rows)
