"""What is said of a prediction: the answer in a sentence, a table with ranges, and what it assumes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

from concbench.analysis.analysis import Analysis
from concbench.analysis.forecast import Forecast, most_workers
from concbench.model.run import Run
from concbench.prediction.predict import Bottleneck, Prediction, Range, is_engine
from concbench.report.blocks import Block, Heading, Paragraph, Table
from concbench.report.experiments.view import NOTHING
from concbench.report.safe import printable
from concbench.report.sections.jobs import inner_threads_in_words
from concbench.report.uncertainty import predicted_time, time_range
from concbench.report.units import SIZE_UNITS, binary_size, counted, figures, listed, percent, seconds, size
from concbench.strategies.strategy import strategies

MOST_JOBS = 4
"""Jobs that have a sentence each; of more, the marks of the table speak for themselves."""
BEST = " *"
BEST_NOTE = "* least time for these items and cores, or too close to call"
RANGES = "ranges hold nine of ten outcomes, by the errors that the model is known to have"
RANGES_OF_ENGINES = "by their own rows, with what these leave open; no error of that is known"
TOO_LARGE = " !"
WAITS: dict[Bottleneck, str] = {"cores": "cores", "parent": "parent", "gil": "the GIL", "workers": "workers"}
"""What a job of workers waits for most."""


def prediction(analysis: Analysis, found: Forecast, memory: float | None = None) -> Iterator[Block]:
    """The answer for each job, the table, and what it assumes; `memory` are the bytes that it has to fit into."""
    jobs = _by_job(found.predictions)
    best = [_best(each, memory) for each in jobs]
    if len(jobs) <= MOST_JOBS:
        for each, of_it in zip(jobs, best, strict=True):
            yield Paragraph(_answer(each, of_it, memory), "answer")
            yield Paragraph(" ".join(_about(each, of_it, analysis, found, memory)))
    yield Heading(f"{found.table.title.rstrip('.')}: what it would take")
    yield _table(found, [one for of_it in best for one in of_it], memory)
    yield from (Paragraph(text, "note") for text in notes(analysis.run, found))


def _by_job(predictions: Sequence[Prediction]) -> list[list[Prediction]]:
    jobs: dict[object, list[Prediction]] = {}
    for each in predictions:
        jobs.setdefault(each.job, []).append(each)
    return list(jobs.values())


def _best(of_job: Sequence[Prediction], memory: float | None) -> list[Prediction]:
    """What takes least of what fits, and what may take as little, the one with the least estimate first."""
    fitting = [each for each in of_job if fits(each, memory)]
    if not fitting:
        return []
    first = min(fitting, key=lambda each: each.wall.estimate)
    return [first, *(each for each in fitting if each is not first and each.wall.low < first.wall.high)]


def fits(found: Prediction, memory: float | None) -> bool:
    """Whether it fits into some bytes, at the end of its range."""
    return memory is None or found.memory is None or found.memory.high <= memory


def _answer(of_job: Sequence[Prediction], best: Sequence[Prediction], memory: float | None) -> str:
    if not best:
        return f"Too large: nothing that was asked about certainly fits into {_limit(memory or 0.0)}."
    first = best[0]
    job, rests_on = first.job, basis(first)
    time = predicted_time(first.wall)
    what = counted(job.items, "task") + (f" on {counted(job.cores, 'core')}" if job.cores else "")
    said = f"{name_of(first)} {'took' if first.case is not None else 'would take about'} {time} for {what}"
    others = [each for each in of_job if each is not first and fits(each, memory)]
    if not others:
        return f"{rests_on[:1].upper()}{rests_on[1:]}: {said}."
    if len(best) == 1:
        second = min(others, key=lambda each: each.wall.estimate)
        factor = figures(second.wall.estimate / first.wall.estimate)
        takes = "took" if second.case is not None else "would take"
        return f"Fastest: {said}, {rests_on}; {name_of(second)} {takes} {factor} times as long."
    close = listed([name_of(each) for each in best[1 : MOST_JOBS + 1]])
    more = f" and {counted(len(best) - 1 - MOST_JOBS, 'other')}" if len(best) - 1 > MOST_JOBS else ""
    return f"Too close to call: {said}, {rests_on}; {close}{more} may take as little."


def _about(
    of_job: Sequence[Prediction], best: Sequence[Prediction], analysis: Analysis, found: Forecast, memory: float | None
) -> Iterator[str]:
    """What the answer costs, what limits it, and what fits into the memory."""
    first = best[0] if best else min(of_job, key=lambda each: each.wall.estimate)
    costs = f"{predicted_time(first.cpu)} of CPU time"
    if first.memory is not None:
        costs += f" and {predicted_size(first.memory)} of memory at its peak"
    yield f"{'It' if best else name_of(first)} {'cost' if first.case is not None else 'would cost'} {costs}."
    yield limit_in_words(first, found.cores)
    if memory is not None:
        yield from _memory_in_words(first, analysis, found, memory)


def limit_in_words(found: Prediction, measured: int) -> str:
    """What a job waits for most, and what would change that."""
    cores = counted(found.job.cores or measured, "core")
    if strategies.get(found.subject).workers == "none":
        return "One task runs after the other, on one core."
    if strategies.get(found.subject).coroutine and found.bottleneck in ("parent", "gil"):
        return f"The event loop is what saturates: it is busy {percent(found.busy)} of the time."
    if is_engine(found.subject):
        return f"Of the time after its start, {percent(found.busy)} is the engine's, and the rest is the tasks'."
    match found.bottleneck:
        case "parent":
            busy = f"The parent is what saturates: it is busy {percent(found.busy)} of the time"
            rate = float(f"{found.chunks_a_second:.2g}")
            return f"{busy}, and hands out at most {rate:,.0f} chunks a second." if isfinite(rate) else f"{busy}."
        case "gil":
            return f"The GIL is what saturates: it is held {percent(found.busy)} of the time."
        case "workers":
            return f"The workers are what saturates, and not the {cores}: more of them would help."
    return f"The {cores} are what saturates: more workers would gain nothing."


def waits_for(found: Prediction) -> str:
    """What a job waits for most, in a cell."""
    strategy = strategies.get(found.subject)
    if strategy.workers == "none" or strategy.engine is not None:
        return NOTHING
    if strategy.coroutine and found.bottleneck in ("parent", "gil"):
        return "the event loop"
    return WAITS[found.bottleneck]


def _memory_in_words(first: Prediction, analysis: Analysis, found: Forecast, memory: float) -> Iterator[str]:
    if first.memory is None:
        yield f"What memory it needs is unknown, and so is whether {_limit(memory)} is enough."
        return
    model = analysis.predictor(found.case)
    most = None if model is None else most_workers(model, first, memory)
    fits_in = f"It {'fits' if first.memory.high <= memory else 'may not fit'} into {_limit(memory)}"
    yield f"{fits_in}." if most is None else f"{fits_in}; up to {counted(most, 'worker')} would."


def _limit(memory: float) -> str:
    """Bytes that were asked for, as people ask for them: `4 GiB`, `500 MB`."""
    return size(memory) if memory % 1_000_000 == 0 else binary_size(round(memory))


def name_of(found: Prediction) -> str:
    """A strategy with its settings in words, safe to print."""
    settings = found.settings
    named = [
        *([counted(settings.workers, "worker")] if settings.workers else []),
        *([f"chunksize {settings.chunksize}"] if settings.chunksize else []),
        *([f"limit {settings.limit}"] if settings.limit else []),
        *inner_threads_in_words(settings.inner_threads),
    ]
    return printable(f"{found.subject}{f' with {listed(named)}' if named else ''}")


def basis(found: Prediction) -> str:
    """What a figure rests on: `measured`, `predicted`, or `extrapolated along items and workers`."""
    return f"{found.basis} along {listed(found.beyond)}" if found.basis == "extrapolated" else found.basis


def predicted_size(found: Range) -> str:
    """Bytes with their range, in one unit: `1.95 GB (1.60 to 2.31)`."""
    return _with_size_range(found, " to ")


def _with_size_range(found: Range, between: str) -> str:
    text = size(found.estimate)
    scale = next(scale for scale, unit in SIZE_UNITS if unit == text.rpartition(" ")[2])
    low, high = (figures(end / scale) for end in (found.low, found.high))
    return text if low == high else f"{text} ({low}{between}{high})"


def _time_cell(found: Range) -> str:
    text = seconds(found.estimate)
    reach = time_range(text.rpartition(" ")[2], found.low, found.high, "-")
    return text if seconds(found.low) == text == seconds(found.high) else f"{text} ({reach})"


def _table(found: Forecast, best: Sequence[Prediction], memory: float | None) -> Table:
    varying = list(_varying(found.predictions))
    rows = []
    for each in found.predictions:
        needs = NOTHING if each.memory is None else _with_size_range(each.memory, "-")
        rows.append(
            (
                printable(each.subject),
                *(cells[each] for _, cells in varying),
                _time_cell(each.wall) + (BEST if any(each is one for one in best) else ""),
                _time_cell(each.cpu),
                needs + ("" if fits(each, memory) else TOO_LARGE),
                waits_for(each),
                basis(each).replace(" along", ":").replace(" and", ","),
            )
        )
    headers = ("strategy", *(name for name, _ in varying), "time", "CPU", "memory", "waits for", "basis")
    large = (
        []
        if memory is None or all(fits(each, memory) for each in found.predictions)
        else [f"! may not fit into {_limit(memory)}"]
    )
    return Table(
        headers=headers,
        rows=tuple(rows),
        title="What it would take",
        align="l" + "r" * (len(headers) - 3) + "ll",
        names=1 + len(varying),
        notes=(*([BEST_NOTE] if best else []), *large, *_on_ranges(found.predictions)),
        best=tuple(place for place, each in enumerate(found.predictions) if any(each is one for one in best)),
        decisive=2 + len(varying),
    )


def _on_ranges(predictions: Sequence[Prediction]) -> Iterator[str]:
    """What the ranges of simulated strategies rest on, and those of engines."""
    engines = dict.fromkeys(each.subject for each in predictions if is_engine(each.subject) and each.case is None)
    if any(not is_engine(each.subject) for each in predictions):
        yield RANGES
    if engines:
        yield f"ranges of {printable(listed(list(engines)))}: {RANGES_OF_ENGINES}"


def _varying(predictions: Sequence[Prediction]) -> Iterator[tuple[str, dict[Prediction, str]]]:
    """The columns of what differs between the rows; the number of items always is one."""
    columns: Mapping[str, Sequence[int | None]] = {
        "items": [each.job.items for each in predictions],
        "workers": [each.settings.workers for each in predictions],
        "chunksize": [each.settings.chunksize for each in predictions],
        "limit": [each.settings.limit for each in predictions],
        "inner threads": [each.settings.inner_threads for each in predictions],
        "cores": [each.job.cores for each in predictions],
    }
    for name, values in columns.items():
        if name in ("items", "workers", "inner threads") or len(set(values)) > 1:
            cells = [NOTHING if value is None else f"{value:,}" for value in values]
            if any(cell != NOTHING for cell in cells):
                yield name, dict(zip(predictions, cells, strict=True))


def notes(run: Run, found: Forecast) -> Iterator[str]:
    """Of which machine the figures are, and what they assume where that is more than the run knows."""
    of = run.environment
    machine = of.cpu_model or "unknown processor"
    yield (
        f"Of the machine of the run: {printable(machine)}, {counted(found.cores, 'usable core')}, {printable(of.os)}, "
        f"{of.implementation} {of.python}. On another machine, or under another kernel, the costs are others."
    )
    if any(each.job.cores is not None and each.job.cores != found.cores for each in found.predictions):
        yield (
            f"Other numbers of cores are assumed to be like the {found.cores} that were measured: as fast, with memory "
            "and caches to match. What several sockets (NUMA), memory bandwidth and shared caches do is not known."
        )
    if any(each.job.warm for each in found.predictions):
        yield "Warm: the workers exist already, so neither starting nor stopping them is part of the time."
