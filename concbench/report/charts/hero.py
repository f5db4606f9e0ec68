"""The card that stands for a run: what came out, by which factor, and the two timelines that show it, on one scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from concbench.analysis.answer import Answer, answers, inverted
from concbench.analysis.figures import pairs_of, values_of
from concbench.experiments.trace import lanes_of, unpack
from concbench.model import run as model
from concbench.model.result import Interval, Result, Trace
from concbench.model.run import Run, Verdict
from concbench.report.charts import style
from concbench.report.charts.timeline import cells, task_columns
from concbench.report.experiments.view import in_words, view_of
from concbench.report.safe import printable
from concbench.report.sections.answer import named
from concbench.report.sections.jobs import gain_in_words, measured_in_words, way_in_words
from concbench.report.uncertainty import beside, factor, time_in_words, time_with_reach
from concbench.report.units import counted, seconds, time_unit
from concbench.stats.verdicts import MARGIN

NAME = "hero"
"""Of its chart."""

Shade = Literal["even", "odd", "busy-1", "busy-2", "busy-3", "start", "stop", "bar"]
ACROSS, DOWN = 1000, 100
"""A strip's own coordinates: the whole time scale, and its height."""
LEAST = 1.6
"""Of `ACROSS`: the width of a task that is too short to be seen."""
THINNEST = 6.0
"""Of `DOWN`: the height of a task on one of very many lanes."""
MOST_TASKS = 2_000
"""Of a strip; more are drawn as cells that show how busy the workers were."""
MOST_LANES = 100
GAPS_TO = 25
"""Lanes: with more there is no room for a gap between two."""
LANE, LOWEST, HIGHEST = 13, 26, 72
"""Pixels of a page: of a lane, and of all lanes together at least and at most."""
BEYOND = 1.5
"""Times the medians: the scale reaches no further for an interval."""

TONES = {"confirmed": "good", "refuted": "bad", "undecided": "doubt", "not measured": "doubt"}
KICKERS = {"recommendation": "Recommended", "fastest": "Fastest"}


@dataclass(frozen=True, kw_only=True)
class Strip:
    """One of the results: when its workers were busy, or, without a trace, a bar of its median."""

    name: str
    time: str
    """Its median, as its table has it."""
    about: str
    """What is drawn: `100 tasks on 2 workers`."""
    lanes: int
    paths: Mapping[Shade, str]
    """What to fill with each shade, as the data of an SVG path in a box of `ACROSS` by `DOWN`."""
    extent: float
    """How far it reaches, of `ACROSS`."""
    median: float
    """Where its median is, of `ACROSS`."""
    interval: tuple[float, float] | None
    """The same of the interval, of a bar."""

    @property
    def pixels(self) -> int:
        """Its height on a page."""
        return max(LOWEST, min(HIGHEST, self.lanes * LANE))

    @property
    def words(self) -> str:
        """What it shows, for readers who can't see it."""
        return f"{self.name}: {self.about or 'median'}, {self.time}"


@dataclass(frozen=True, kw_only=True)
class Hero:
    """The card, as text and shapes."""

    kicker: str
    """`Confirmed`, `Recommended`, …"""
    outcome: str
    """Of a claim; empty for others."""
    tone: str
    """`good`, `bad` or `doubt`: the colour of the above."""
    claim: str
    figure: str
    """What is set in the largest type: `7.30×`; empty where nothing was compared, or nothing differs."""
    word: str
    """What follows it: `faster`."""
    detail: str
    strips: tuple[Strip, ...]
    ticks: tuple[tuple[float, str], ...]
    """Where on the time scale, of `ACROSS`, and what it says."""
    legend: tuple[tuple[str, str], ...]
    """Shades, and what they mean."""
    machine: str
    date: str

    @property
    def words(self) -> str:
        """All of it in a sentence or two, for readers who can't see the card."""
        headline = " ".join(filter(None, (self.figure, self.word)))
        return f"{self.kicker}: {self.claim.rstrip('.')}. {headline}. {self.detail}"


def hero(run: Run) -> Hero | None:
    """The card of a run's first answer; None for a run that has none, such as a gate."""
    answer = next(answers(run), None)
    if answer is None or answer.result.median is None:
        return None
    kicker, claim = _headline(answer)
    outcome = "" if answer.claim is None else answer.claim.outcome
    figure, word = _factor(answer)
    strips, end = _strips([each for each in (answer.result, answer.beside) if each is not None])
    return Hero(
        kicker=kicker,
        outcome=outcome,
        tone=TONES.get(outcome, "good"),
        claim=claim,
        figure=figure,
        word=word,
        detail=_detail(answer),
        strips=tuple(strips),
        ticks=tuple(_ticks(end)) if strips else (),
        legend=tuple(_legend(strips)),
        machine=_machine(run.environment),
        date=_date(run.started),
    )


# What it says


def _headline(answer: Answer) -> tuple[str, str]:
    if answer.claim is not None:
        return answer.claim.outcome.capitalize(), printable(answer.claim.claim.sentence)
    work = printable(answer.result.case.workload.name)
    job = answer.predicted
    if job is not None and job.way is not None and job.target is not None:
        return KICKERS[answer.kind], f"{way_in_words(job.way)} for {counted(job.target.items, 'item')} of {work}"
    if answer.kind == "fastest":
        work = next(iter(view_of(answer.result).about([answer.result])), work)
    return KICKERS[answer.kind], f"{in_words(answer.result)} for {work}"


def _factor(answer: Answer) -> tuple[str, str]:
    """A factor in two parts, `7.30×` and `faster`; or what is to be said where there is none."""
    ratio = _ratio(answer)
    if ratio is None:
        return "" if answer.result.median is None else seconds(answer.result.median.estimate), ""
    figure, _, word = factor(ratio.estimate).partition(" ")
    match _verdict(answer):
        case "undecided":
            return "", "too close to call"
        case "same":
            return "", "no difference"
        case _:
            return (figure, word) if word else ("", "no difference")


def _ratio(answer: Answer) -> Interval | None:
    """The time of the answer's result as a multiple of that of the other."""
    return None if answer.ratio is None or answer.ratio.estimate <= 0 else inverted(answer.ratio)


def _verdict(answer: Answer) -> Verdict:
    if answer.claim is not None and answer.claim.comparison is not None:
        return answer.claim.comparison.verdict
    if answer.predicted is not None:
        return "faster" if answer.verdict == "slower" else "undecided"
    return "undecided" if answer.beside in answer.equal else "faster"


def _detail(answer: Answer) -> str:
    """The factor in a sentence, with how sure it is."""
    if answer.predicted is not None:
        return f"{gain_in_words(answer.predicted)} {measured_in_words(answer.result, ())}".strip()
    result, other, ratio = answer.result, answer.beside, _ratio(answer)
    if other is None or ratio is None:
        return f"{in_words(result)} takes {time_in_words(result)}."
    margin = MARGIN if answer.claim is None or answer.claim.comparison is None else answer.claim.comparison.margin
    text = f"{in_words(result)} {beside(ratio, pairs_of(result, other), _verdict(answer), in_words(other), margin)}."
    return f"{text} {_ties(answer)}".rstrip()


def _ties(answer: Answer) -> str:
    """Which others are as fast as the result, but for the one that it is beside."""
    tied = [result for result in answer.equal if result is not answer.beside]
    return f"As fast, or too close to call: {named(tied)}." if tied else ""


def _machine(environment: model.Environment) -> str:
    cores = counted(environment.usable_cores, "core")
    if environment.usable_cores < environment.logical_cores:
        cores = f"{environment.usable_cores} of {counted(environment.logical_cores, 'core')}"
    python = f"{environment.implementation} {environment.python}{'' if environment.gil else ', free-threaded'}"
    system = " ".join(environment.os.split("-")[:2])  # Linux-6.12.8-x86_64-with-glibc2.36: that would be the whole line
    return printable(", ".join(filter(None, (environment.cpu_model, cores, python, system))))


def _date(started: str) -> str:
    try:
        found = datetime.fromisoformat(started)
    except ValueError:
        return printable(started)
    return f"{found.day} {found:%B %Y}"


def _legend(strips: Sequence[Strip]) -> Iterator[tuple[str, str]]:
    drawn = {shade for strip in strips for shade in strip.paths}
    if "bar" in drawn:
        yield "bar", "median"
        if any(strip.interval for strip in strips):
            yield "interval", "95 % interval"
        return
    if drawn & {"even", "odd"}:
        yield "even", "tasks"
    if drawn & {"busy-1", "busy-2", "busy-3"}:
        yield "busy-3", "tasks (darker: busier)"
    yield from ((name, name) for name in ("start", "stop") if name in drawn)
    if strips:
        yield "median", "median of the samples without a trace"


# What it shows


def _strips(results: Sequence[Result]) -> tuple[list[Strip], float]:
    """The timelines of results on one scale, or bars of their medians if one has no trace; and the scale's end."""
    medians = [result.median for result in results if result.median is not None and result.median.estimate > 0]
    if len(medians) < len(results):
        return [], 0.0
    traces = [result.trace for result in results if result.trace is not None and result.trace.tasks]
    traced = len(traces) == len(results) and all(result.case.metric == "wall" for result in results)
    longest = max(median.estimate for median in medians)
    ends = (
        [trace.wall for trace in traces]
        if traced
        else [min(median.high or 0.0, longest * BEYOND) for median in medians]
    )
    end = min(style.LARGEST, max(longest, *ends) * 1.01)
    strips = []
    for number, (result, median) in enumerate(zip(results, medians, strict=True)):
        at = min(float(ACROSS), ACROSS * median.estimate / end)
        interval = None
        if traced:
            paths, lanes, extent = _timeline(traces[number], end)
            workers = counted(lanes, "worker")
            about = f"{counted(traces[number].tasks, 'task')} on {workers}"
        else:
            paths, lanes, extent, about = {"bar": _box(0, at, 0, DOWN)}, 1, at, ""
            if median.low is not None and median.high is not None and median.low < median.high:
                interval = ACROSS * median.low / end, min(float(ACROSS), ACROSS * median.high / end)
        strips.append(
            Strip(
                name=in_words(result),
                time=time_with_reach(median, values_of(result)),
                about=about,
                lanes=lanes,
                paths=paths,
                extent=extent,
                median=at,
                interval=interval,
            )
        )
    return strips, end


def _timeline(trace: Trace, end: float) -> tuple[dict[Shade, str], int, float]:
    """What to draw of a trace, on how many lanes, and how far it reaches."""
    spans = unpack(trace.spans, trace.tasks)
    lanes = lanes_of(spans, trace.lanes)
    stop = trace.start + trace.run
    unit = end / ACROSS
    found: dict[Shade, list[str]] = {}
    for name, begin, until in (("start", 0.0, trace.start), ("stop", stop, stop + trace.stop)):
        if until - begin > unit and begin < end:
            shade: Shade = "start" if name == "start" else "stop"
            found[shade] = [_box(begin / unit, min(until, end) / unit, 0, DOWN)]
    if len(spans) <= MOST_TASKS and len(lanes) <= MOST_LANES:
        columns, together = task_columns(spans, lanes, unit, trace.chunksize), 1
        shades: list[Shade] = ["odd" if shade else "even" for shade in columns["shade"]]
    else:
        grid = cells(spans, lanes, unit, MOST_TASKS)
        columns, together = grid.columns, grid.lanes
        shades = [_busy(float(busy)) for busy in columns["busy"]]
    height = DOWN / len(lanes)
    gap = 0.1 * height if len(lanes) <= GAPS_TO else 0.0
    places = ([float(value) for value in columns[name]] for name in ("lane", "begin", "end"))
    for lane, left, right, shade in zip(*places, shades, strict=True):
        top = (lane - 1) * height
        bottom = min(float(DOWN), top + height * together)
        if left < ACROSS:
            top = min(top, DOWN - THINNEST)
            box = _box(left, min(float(ACROSS), right), top + gap, max(bottom - gap, top + THINNEST))
            found.setdefault(shade, []).append(box)
    extent = min(float(ACROSS), trace.wall / unit)
    return {shade: "".join(boxes) for shade, boxes in found.items()}, len(lanes), extent


def _busy(share: float) -> Shade:
    return "busy-3" if share > 2 / 3 else "busy-2" if share > 1 / 3 else "busy-1"


def _box(left: float, right: float, top: float, bottom: float) -> str:
    width, height = max(LEAST, right - left), bottom - top
    return f"M{left:.6g} {top:.4g}h{width:.4g}v{height:.4g}h-{width:.4g}z"


def _ticks(end: float) -> Iterator[tuple[float, str]]:
    scale, unit = time_unit(end)
    for tick in style.even_ticks(0.0, end):
        yield ACROSS * tick / end, f"{tick / scale:.4g} {unit}" if tick else "0"
