"""What a traced program loses, and what to change: the answer on the whole program first, then the causes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from concbench.analysis.losses import (
    WORTH,
    BusyLoop,
    FewThreads,
    Gain,
    IdleCores,
    LateFirst,
    Loss,
    Moved,
    NeverParallel,
    OneByOne,
    OneGil,
    OpenedAgain,
    SmallLimit,
    Straggler,
    UnevenChunks,
    WaitingProcesses,
    gain,
)
from concbench.analysis.losses import losses as found_losses
from concbench.analysis.regions import Place
from concbench.model.program import Program, Trial
from concbench.model.run import Run
from concbench.prediction.predict import Range
from concbench.report import blocks
from concbench.report.sections.reasons import workers
from concbench.report.uncertainty import factor, predicted_time
from concbench.report.units import binary_size, counted, figures, percent, seconds
from concbench.session.program import name_of

NEXT_TO_NOTHING = 1.05
"""A program that could be faster by less than this factor has nothing to gain worth a word."""


def losses(run: Run, traced: Program) -> Iterator[blocks.Block]:
    """The answer, and a paragraph for each loss, the largest first."""
    yield from (blocks.Paragraph(brought(trial), "answer") for trial in run.trials)
    found = found_losses(run, traced)
    yield blocks.Paragraph(answer(traced, gain(traced), found), "answer")
    yield from (blocks.Paragraph(words(loss)) for loss in found)


def brought(trial: Trial) -> str:
    """What a change brought, beside what was predicted."""
    before, after = median(trial.before), median(trial.after)
    pairs = list(zip(trial.before, trial.after, strict=True))
    same_way = sum((one > other) == (before > after) for one, other in pairs)
    where = f"{trial.name} at {Path(trial.file).name}:{trial.line}"
    text = f"{trial.setting}={trial.value} for {where}: {seconds(after)} instead of {seconds(before)}, "
    text += f"{factor(after / before)} in {same_way} of {counted(len(pairs), 'pair')}"
    if trial.predicted is not None and trial.low is not None and trial.high is not None:
        expected = Range(estimate=trial.predicted, low=trial.low, high=trial.high)
        text += f"; predicted were {predicted_time(expected)}"
    whole = f"{seconds(median(trial.program_after))} instead of {seconds(median(trial.program_before))}"
    return f"{text}. The whole program took {whole}."


def answer(traced: Program, possible: Gain, found: list[Loss]) -> str:
    """How long the program took, and what it could gain at most."""
    took = f"{name_of(traced.command)} took {seconds(traced.wall)}"
    if not any(region.tasks for region in traced.regions):
        busy = f"kept {figures(traced.cpu / traced.wall)} of {traced.cores} cores busy"
        return (
            f"{took}, in which {workers(len(traced.processes), 'processes')} {busy}: no pool, executor, thread or "
            "asyncio task was seen, so that other settings of them could gain nothing. A profiler of lines of code "
            "shows where the time goes."
        )
    inside = f"{took}, {seconds(possible.inside)} of it with workers"
    if possible.factor < NEXT_TO_NOTHING:
        return f"{inside}: they lose next to nothing."
    best = f"at best {seconds(possible.least)}, {figures(possible.factor)}× faster"
    if not found:
        return f"{inside}: {best}, and no single cause is worth a word."
    return f"{inside}: {best}, if they lost nothing. Most is lost in {place_words(found[0].place)}."


def place_words(place: Place) -> str:
    """What a place is called: `ProcessPoolExecutor at job.py:41`."""
    return place.first.title


def words(loss: Loss) -> str:
    """A loss, its cause with a figure, and what the change would bring."""
    return f"{place_words(loss.place)}: {_cause(loss)} {_change(loss)}"


def _cause(loss: Loss) -> str:
    cause, place = loss.cause, loss.place
    lost = f"{percent(loss.seconds / loss.active)} of its {seconds(loss.active)}"
    match cause:
        case OneByOne():
            went = "one by one" if cause.chunksize < 2 else f"in chunks of {figures(cause.chunksize)}"
            waited = f"a worker waited {seconds(cause.dispatch)} for each"
            return f"{counted(place.tasks, 'task')} of {seconds(cause.each)} went out {went}, and {waited}, {lost}."
        case OpenedAgain():
            return f"it is opened {cause.times} times, and each costs {seconds(cause.each)}, {lost} together."
        case Moved():
            moved = f"{binary_size(cause.moved)} are pickled, {binary_size(cause.argument)} to each task"
            moved += f" and {binary_size(cause.result)} back" if place.chunks == place.tasks else ""
            return f"{moved}; pickling takes {seconds(cause.moving)}, and workers wait for data for {lost}."
        case LateFirst():
            began = "its one worker ran its" if cause.workers == 1 else f"its {cause.workers} workers ran their"
            late = f"{began} first task {seconds(cause.after)} after there was one, {lost}: they had to start"
            more = f", and took {seconds(cause.unpickling)} to unpickle the task and import what it needs"
            return f"{late}{more if cause.unpickling > WORTH * cause.after else ''}."
        case Straggler():
            last = f"task {cause.place} of {place.first.tasks} takes {seconds(cause.longest)}, the median one "
            last += f"{seconds(cause.median)}, and began {seconds(cause.began)} after the first"
            return f"{last}: meanwhile other workers had nothing to do, {lost}."
        case UnevenChunks():
            dealt = f"{counted(cause.chunks, 'chunk')} of about {cause.chunksize} for {cause.workers} workers"
            return f"{dealt} left some without one, while others were busy, {lost}."
        case OneGil():
            return f"{cause.threads} threads take turns holding one GIL, and kept {figures(cause.held)} cores busy."
        case SmallLimit():
            let = f"it lets {counted(cause.limit, 'task')} through at a time: a task waits {seconds(cause.queued)} for "
            let += f"a place that it needs for {seconds(cause.hold)}"
            return f"{let}, and the event loop is busy for {percent(cause.busy)} of the time."
        case FewThreads():
            wait = (
                f"its {cause.threads} threads wait inside tasks all the time, and a task waits {seconds(cause.queued)}"
            )
            return f"{wait} for a thread that it needs for {seconds(cause.hold)}."
        case WaitingProcesses():
            wait = (
                f"its {cause.processes} processes wait for {percent(cause.waiting)} of the time that they are in tasks"
            )
            more = f"a task waits {seconds(cause.queued)} for a process that it needs for {seconds(cause.hold)}"
            return f"{wait}, and {more}."
        case NeverParallel():
            return (
                f"no two tasks ran at the same time on {cause.workers} workers: each was awaited before the next was "
                "submitted."
            )
        case BusyLoop():
            return f"its tasks keep the event loop busy for {percent(cause.busy)} of the time: they compute in turns."
        case IdleCores():
            return f"{counted(cause.workers, 'worker')} computed all the time, on a machine of {cause.cores} cores."


CHANGES = {
    "loop": "A plain loop",
    "chunksize": "In chunks of {value}, it",
    "workers": "With {value} workers, it",
    "limit": "With {value}, it",
    "processes": "By {value} processes (ProcessPoolExecutor), it",
    "threads": "By {value} threads (ThreadPoolExecutor), which wait as well, it",
    "once": "Opened once, before the loop, it",
    "first": "With the longest tasks submitted first, it",
    "shared": "With the data given to each worker once, by an initializer or in shared memory, it",
    "together": "With all tasks submitted before the first is awaited, it",
}
"""What to change, as the beginning of a sentence that says what it would take."""
ADVICE = {
    "chunksize": "Hand them out in larger chunks: map with a chunksize.",
    "larger": "Let each task do more.",
    "processes": "Processes compute side by side: ProcessPoolExecutor.",
    "threads": "Threads wait as well, and there can be more of them: ThreadPoolExecutor.",
    "longer": "Use the pool for more work than this.",
    "preload": "Use the pool for more work than this, or let a fork server import those modules: "
    "multiprocessing.set_forkserver_preload.",
    "to_thread": "Move what computes into a thread or a process: asyncio.to_thread, run_in_executor.",
}
"""What to change where it was not predicted what that would take."""


def expected(predicted: Range) -> str:
    """What something would take: a bound where nothing is known of how much less it may be.

    >>> expected(Range(estimate=0.0135, low=0.0, high=0.0155)), expected(Range(estimate=0.06, low=0.055, high=0.07))
    ('at most 15.5 ms', 'about 60.0 ms (55.0 to 70.0)')
    """
    return f"about {predicted_time(predicted)}" if predicted.low else f"at most {seconds(predicted.high)}"


def _change(loss: Loss) -> str:
    change, predicted = loss.change, loss.change.predicted
    if predicted is None or predicted.high >= loss.active:
        return ADVICE.get(change.setting, "")
    text = CHANGES[change.setting].format(value=change.value)
    waits = isinstance(loss.cause, SmallLimit | FewThreads | WaitingProcesses)
    why = ", if what the tasks wait for is as quick then" if waits else ""
    text += f" would take {expected(predicted)} instead of {seconds(loss.active)}{why}"
    other = loss.other
    if other is not None and other.predicted is not None and other.predicted.high < loss.active:
        words_of = CHANGES[other.setting].format(value=other.value)
        text += f"; {words_of[0].lower()}{words_of[1:]} would take {expected(other.predicted)}"
    return f"{text}."
