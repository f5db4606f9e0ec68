"""What the scaling laws say of a subject on several numbers of workers: in sentences, and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tabulate import tabulate

from concbench.model import Case, Interval, Part, Predicted, Run, Scaling
from concbench.report.columns import NOTHING, median_cell
from concbench.report.safe import printable
from concbench.report.tables import TEXT
from concbench.report.tabulated import CELLS
from concbench.report.units import figures, seconds
from concbench.stats.scaling import Name

NAMES: dict[Name, str] = {"usl": "the universal scalability law", "amdahl": "Amdahl's law"}
SHORT: dict[Name, str] = {"usl": "USL", "amdahl": "Amdahl"}
POOR = 0.1
"""A law that is off by more, where it was not fitted, does not describe what was measured."""
LARGEST = 1e15
"""What is larger, in whatever a file says, is shown as so much."""
HELD_OUT = "Marked * was held out: the laws were fitted without it."


@dataclass(frozen=True)
class Line:
    """A subject on several numbers of workers, with the laws that were fitted to it: one at least."""

    part: str
    subject: str
    laws: dict[Name, Scaling]

    @property
    def predictions(self) -> Sequence[Predicted]:
        """What the first of the laws says; which numbers of workers there are, all say alike."""
        return next(iter(self.laws.values())).predictions


def lines(run: Run) -> list[Line]:
    """Return the subjects that laws were fitted to, in the order of the run."""
    found: dict[tuple[str, str], Line] = {}
    for scaling in run.scalings:
        line = found.setdefault((scaling.part, scaling.subject), Line(scaling.part, scaling.subject, {}))
        line.laws[scaling.law] = scaling
    return list(found.values())


def lines_of(run: Run, part: Part) -> list[Line]:
    """Return those of one part."""
    return [line for line in lines(run) if line.part == part.name]


def sentences(line: Line, run: Run) -> Iterator[str]:
    """Yield what the laws say of a subject, and how far they are off where they were not fitted."""
    if "usl" in line.laws:
        yield parameters(line.laws["usl"])
    said = [off_by(scaling, run) for scaling in by_name(line) if any(each.held_out for each in scaling.predictions)]
    if said:
        where = ", ".join(f"{each.workers:,}" for each in line.predictions if each.held_out)
        yield f"Fitted without {where} workers, {'; '.join(said)}."


def by_name(line: Line) -> list[Scaling]:
    """Return the laws of a line, the one with more parameters first."""
    return [line.laws[name] for name in NAMES if name in line.laws]


def parameters(scaling: Scaling) -> str:
    """Return the sentence on the parameters of the universal scalability law."""
    share = (
        f"{printable(scaling.subject)}: of the {seconds(scaling.single.estimate)} on one worker, "
        f"{share_of(scaling.sigma)} can't be shared"
    )
    if scaling.kappa is None or scaling.kappa.estimate == 0:
        return f"{share}, and one more worker costs nothing that was noticed."
    each = seconds(min(scaling.kappa.estimate * scaling.single.estimate, LARGEST))
    text = f"{share}, and one more worker costs {each} (kappa {millionths(scaling.kappa)})"
    if scaling.peak is None:
        return f"{text}."
    return f"{text}: fastest with {round(min(scaling.peak.estimate, LARGEST)):,} workers."


def share_of(share: Interval) -> str:
    """Return a share with its interval.

    >>> share_of(Interval(estimate=0.0123, low=0.009, high=0.0151, confidence=0.95, blocks=8))
    '1.23 % (0.900 to 1.51, sigma)'
    """
    shown = [figures(min(100 * value, LARGEST)) for value in ends(share)]
    return f"{shown[0]} % ({shown[1]} to {shown[2]}, sigma)" if len(shown) > 1 else f"{shown[0]} % (sigma)"


def millionths(share: Interval) -> str:
    """Return a tiny share with its interval, in parts of a million.

    >>> millionths(Interval(estimate=0.000176, low=None, high=None, confidence=0.95, blocks=1))
    '176 ppm'
    """
    shown = [figures(min(1e6 * value, LARGEST)) for value in ends(share)]
    return f"{shown[0]} ppm, {shown[1]} to {shown[2]}" if len(shown) > 1 else f"{shown[0]} ppm"


def ends(interval: Interval) -> list[float]:
    """Return the estimate, and after it both ends of the interval where there is one."""
    if interval.low is None or interval.high is None:
        return [interval.estimate]
    return [interval.estimate, interval.low, interval.high]


def off_by(scaling: Scaling, run: Run) -> str:
    """Return how far a law is off where it was not fitted, at most; it was not fitted somewhere."""
    worst = farthest(scaling)
    assert worst is not None
    off = distance(worst)
    case = measured(run).get(worst.case)
    took = f", measured {seconds(case.median.estimate)}" if case is not None and case.median is not None else ""
    text = (
        f"{NAMES[scaling.law]} is off by {min(100 * off, LARGEST):.1f} % at most "
        f"({worst.workers:,} workers: predicted {seconds(worst.seconds.estimate)}{took})"
    )
    return f"{text}, so it does not describe this" if off > POOR else text


def farthest(scaling: Scaling) -> Predicted | None:
    """Return the number of workers that was held out where a law is off by most; None where none was held out."""
    return max((each for each in scaling.predictions if each.held_out), key=distance, default=None)


def distance(predicted: Predicted) -> float:
    """Return how far a law is off, relative to what was measured."""
    return abs(predicted.ratio.estimate - 1)


def measured(run: Run) -> dict[str, Case]:
    """Return the cases of a run by their id."""
    return {case.id: case for case in run.cases}


def headers(line: Line) -> list[str]:
    """Return the headers of a line's table."""
    return [
        "workers",
        "median",
        "speed-up",
        "ideal",
        *(header for scaling in by_name(line) for header in (SHORT[scaling.law], "off by")),
    ]


def table(line: Line, run: Run, form: str = TEXT) -> str:
    """Return what was measured of a line, and what the laws say of it, as text or in one of tabulate's formats."""
    escaped = CELLS.get(form, str)
    shown = headers(line)
    return tabulate(
        [[escaped(cell) for cell in row] for row in rows(line, run)],
        headers=[escaped(header) for header in shown],
        tablefmt="simple" if form == TEXT else form,
        disable_numparse=True,
        colalign=("left", *["right"] * (len(shown) - 1)),
    )


def rows(line: Line, run: Run) -> list[list[str]]:
    """Return the cells of a line's table: what was measured, and what each law says."""
    cases = measured(run)
    first = cases.get(line.predictions[0].case) if line.predictions[0].workers == 1 else None
    said = [{each.workers: each for each in scaling.predictions} for scaling in by_name(line)]
    found = []
    for each in line.predictions:
        case = cases.get(each.case)
        cells = [
            f"{each.workers:,}{' *' if each.held_out else ''}",
            NOTHING if case is None else median_cell(case),
            NOTHING if case is None or first is None else speed_up(first, case),
            NOTHING if case is None or first is None else ideal_speed_up(first, case),
        ]
        for by_workers in said:
            law = by_workers.get(each.workers)
            cells += [NOTHING, NOTHING] if law is None else [seconds(law.seconds.estimate), signed(law.ratio)]
        found.append(cells)
    return found


def speed_up(first: Case, case: Case) -> str:
    """Return how many times as fast as on one worker it is."""
    if first.median is None or case.median is None:
        return NOTHING
    return _times(first.median.estimate, case.median.estimate)


def ideal_speed_up(first: Case, case: Case) -> str:
    """Return how many times as fast it could be at best."""
    return _times(first.ideal, case.ideal) if first.ideal and case.ideal else NOTHING


def _times(one: float, other: float) -> str:
    return figures(min(one / other, LARGEST))


def signed(ratio: Interval) -> str:
    """Return how far a ratio is from 1, with its sign.

    >>> signed(Interval(estimate=0.951, low=0.9, high=1.01, confidence=0.95, blocks=4))
    '-4.9%'
    """
    return f"{min(100 * (ratio.estimate - 1), LARGEST):+.1f}%"
