"""Scaling laws of a subject on several numbers of workers: a table of measured and predicted times, and sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from concbench.analysis.analysis import Analysis
from concbench.analysis.workers import MoreWorkers, more_workers
from concbench.model.result import Interval, Result
from concbench.model.run import Predicted, Run, Scaling, Table
from concbench.report import blocks
from concbench.report.experiments.view import NOTHING, median_cell
from concbench.report.uncertainty import predicted_time
from concbench.report.units import counted, figures, seconds
from concbench.stats.scaling_laws import Name

NAMES: dict[Name, str] = {"usl": "the universal scalability law", "amdahl": "Amdahl's law"}
SHORT: dict[Name, str] = {"usl": "USL", "amdahl": "Amdahl"}
POOR = 0.1
"""A law that is off by more at a held-out number of workers does not describe what was measured."""
LARGEST = 1e15
"""Larger numbers, which only a file can hold, are shown as this one."""
HELD_OUT_MARK = " †"
HELD_OUT = "† held out: the laws were fitted without it"


@dataclass(frozen=True)
class Line:
    """A subject on several numbers of workers, with one or more laws that were fitted to it."""

    table: str
    subject: str
    laws: dict[Name, Scaling]

    @property
    def predictions(self) -> Sequence[Predicted]:
        """Those of the first law; all laws have the same numbers of workers."""
        return next(iter(self.laws.values())).predictions


def scaling(analysis: Analysis, of: Table, quiet: bool = False) -> Iterator[blocks.Block]:
    """A table for each subject of a run's table that laws were fitted to, and what they say."""
    found = [line for line in lines(analysis.run) if line.table == of.name]
    for line in found:
        title = f"{line.subject}: measured and predicted times"
        yield blocks.Table(headers(line), tuple(rows(line, analysis)), title, notes=(HELD_OUT,))
        if not quiet:
            yield from (blocks.Paragraph(text) for text in sentences(line, analysis))
    if found:
        yield blocks.Chart("scaling", of.name)


def lines(run: Run) -> list[Line]:
    """The subjects that laws were fitted to, in the order of the run."""
    found: dict[tuple[str, str], Line] = {}
    for scaling in run.scalings:
        line = found.setdefault((scaling.table, scaling.subject), Line(scaling.table, scaling.subject, {}))
        line.laws[scaling.law] = scaling
    return list(found.values())


def sentences(line: Line, analysis: Analysis) -> Iterator[str]:
    """What the laws say of a subject, and how far off they are where they were not fitted."""
    if "usl" in line.laws and not describes(line):
        yield parameters(line, analysis)
    said = [off_by(scaling, worst, analysis) for scaling in by_name(line) if (worst := farthest(scaling)) is not None]
    if said:
        where = ", ".join(f"{each.workers:,}" for each in line.predictions if each.held_out)
        yield f"Fitted without {where} workers: {'; '.join(said)}."
    more = predicted(line, analysis)
    if more is not None:
        yield beyond(more)


def describes(line: Line) -> bool:
    """Whether the universal scalability law describes a line, so that its sentence is an answer."""
    if "usl" not in line.laws:
        return False
    worst = farthest(line.laws["usl"])
    return worst is None or distance(worst) <= POOR


def by_name(line: Line) -> list[Scaling]:
    """The laws of a line, the one with more parameters first."""
    return [line.laws[name] for name in NAMES if name in line.laws]


def parameters(line: Line, analysis: Analysis) -> str:
    """The parameters of the universal scalability law, in a sentence; where it has its peak, it is fastest."""
    scaling = line.laws["usl"]
    sigma, *ends = scaled(scaling.sigma, 100)
    text = f"{sigma} % ({f'{ends[0]} to {ends[1]}, ' if ends else ''}sigma) of the "
    text += f"{seconds(scaling.single.estimate)} on one worker can't run in parallel"
    if scaling.kappa is None or scaling.kappa.estimate == 0:
        return f"{scaling.subject}: {text}; one more worker adds no measurable cost."
    each = seconds(min(scaling.kappa.estimate * scaling.single.estimate, LARGEST))
    kappa, *ends = scaled(scaling.kappa, 1e6)
    text += f", and one more worker adds {each} (kappa {kappa} ppm{f', {ends[0]} to {ends[1]}' if ends else ''})"
    return f"{scaling.subject}: {peak_in_words(line, analysis)}{text}."


def peak_in_words(line: Line, analysis: Analysis) -> str:
    """With how many workers the universal scalability law is fastest, to begin a sentence; empty if with no number.

    Where that lies beyond the numbers that were measured, the law extrapolates. What the costs of machinery say of that
    many workers is then said instead, if it is known.
    """
    peak, most = line.laws["usl"].peak, max(each.workers for each in line.predictions)
    if peak is None:
        return ""
    about = round(min(peak.estimate, LARGEST))
    ends = scaled_workers(peak)
    by = f"fastest with about {counted(about, 'worker')}{f' ({ends})' if ends else ''}, by {NAMES['usl']}"
    if about <= most:
        return f"{by}; "
    return "" if predicted(line, analysis) is not None else f"{by}, beyond the {most:,} measured: extrapolated; "


def scaled_workers(peak: Interval) -> str:
    """The interval of a number of workers, as `28 to 34`; empty without one that whole numbers show."""
    if peak.low is None or peak.high is None:
        return ""
    low, high = (round(min(end, LARGEST)) for end in (peak.low, peak.high))
    return "" if low == high else f"{low:,} to {high:,}"


def predicted(line: Line, analysis: Analysis) -> MoreWorkers | None:
    """What is predicted for more workers than any that were measured; None where that is not known."""
    results = {
        each.workers: result for each in line.predictions if (result := analysis.results.get(each.case)) is not None
    }
    model = analysis.predictor(next(iter(results.values())).case) if results else None
    return None if model is None else more_workers(results, model)


def beyond(found: MoreWorkers) -> str:
    """What more workers would do, as it is predicted."""
    workers = counted(found.best.settings.workers or 1, "worker")
    time = f"{workers} would take about {predicted_time(found.best.wall)}"
    word = "faster" if found.helps else "no faster"
    return f"More workers than the {found.measured:,} measured are predicted to be {word}: {time}, extrapolated."


def scaled(share: Interval, scale: float) -> list[str]:
    """A share times a scale: the estimate, followed by both ends of its interval if there is one."""
    ends = [] if share.low is None or share.high is None else [share.low, share.high]
    return [figures(min(scale * value, LARGEST)) for value in (share.estimate, *ends)]


def off_by(scaling: Scaling, worst: Predicted, analysis: Analysis) -> str:
    """How far a law is off at most, where numbers of workers were held out."""
    off = distance(worst)
    result = analysis.results.get(worst.case)
    took = f", measured {seconds(result.median.estimate)}" if result is not None and result.median is not None else ""
    text = (
        f"{NAMES[scaling.law]} is off by at most {min(100 * off, LARGEST):.1f} % "
        f"({worst.workers:,} workers: predicted {seconds(worst.seconds.estimate)}{took})"
    )
    return f"{text}, so it does not describe these results" if off > POOR else text


def farthest(scaling: Scaling) -> Predicted | None:
    """The held-out prediction that is off by most; None if none was held out."""
    return max((each for each in scaling.predictions if each.held_out), key=distance, default=None)


def distance(predicted: Predicted) -> float:
    """How far a prediction is off, relative to what was measured."""
    return abs(predicted.ratio.estimate - 1)


def headers(line: Line) -> tuple[str, ...]:
    """The headers of a line's table."""
    laws = (header for scaling in by_name(line) for header in (SHORT[scaling.law], "off by"))
    return ("workers", "median", "speed-up", "ideal", *laws)


def rows(line: Line, analysis: Analysis) -> list[tuple[str, ...]]:
    """The cells of a line's table: what was measured, and what each law says."""
    results = analysis.results
    first = results.get(line.predictions[0].case) if line.predictions[0].workers == 1 else None
    laws = [{each.workers: each for each in scaling.predictions} for scaling in by_name(line)]
    found = []
    for each in line.predictions:
        result = results.get(each.case)
        cells = [NOTHING] * 3 if result is None else [median_cell(result), *speed_ups(first, result)]
        for by_workers in laws:
            law = by_workers.get(each.workers)
            cells += [NOTHING, NOTHING] if law is None else [seconds(law.seconds.estimate), signed(law.ratio)]
        found.append((f"{each.workers:,}{HELD_OUT_MARK if each.held_out else ''}", *cells))
    return found


def speed_ups(first: Result | None, result: Result) -> Iterator[str]:
    """The speed-up over one worker, and that which is possible."""
    medians = first and first.median and result.median and (first.median.estimate, result.median.estimate)
    ideals = first and first.ideal and result.ideal and (first.ideal, result.ideal)
    for pair in (medians, ideals):
        yield figures(min(pair[0] / pair[1], LARGEST)) if pair else NOTHING


def signed(ratio: Interval) -> str:
    """How far a ratio is from 1, with its sign.

    >>> signed(Interval(estimate=0.951, low=0.9, high=1.01, confidence=0.95, blocks=4))
    '-4.9%'
    """
    return f"{min(100 * (ratio.estimate - 1), LARGEST):+.1f}%"
