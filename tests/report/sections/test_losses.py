"""Each cause of a loss has a sentence with its figure, and says what a change would take, or what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from concbench.analysis.losses import (
    BusyLoop,
    Cause,
    Change,
    FewThreads,
    IdleCores,
    LateFirst,
    Loss,
    Moved,
    NeverParallel,
    OneByOne,
    OneGil,
    OpenedAgain,
    Setting,
    SmallLimit,
    Straggler,
    UnevenChunks,
    WaitingProcesses,
    gain,
)
from concbench.analysis.regions import Place, places
from concbench.prediction.predict import Range
from concbench.report.sections.losses import ADVICE, CHANGES, answer, words
from tests import builders

PREDICTED = Range(estimate=0.4, low=0.3, high=0.5)
INSTEAD = "would take about 400 ms (300 to 500) instead of 2.00 s"
AS_QUICK = ", if what the tasks wait for is as quick then."


def place() -> Place:
    """Four tasks of a second on two workers, in two seconds."""
    (found,) = places(builders.program(builders.region(builders.in_turn([1.0] * 4, 2))))
    return found


def said(cause: Cause, setting: Setting, *, value: int | None = None, predicted: Range | None = None) -> str:
    """What is said of a cause that loses half of the time."""
    loss = Loss(
        place=place(), cause=cause, seconds=1.0, change=Change(setting=setting, value=value, predicted=predicted)
    )
    name, sentence = words(loss).split(": ", 1)
    assert name == "ProcessPoolExecutor at job.py:41"
    return sentence


@pytest.mark.parametrize(
    ("cause", "setting", "value", "sentence"),
    [
        (
            OneByOne(each=2e-5, dispatch=1e-4, chunksize=1.0),
            "chunksize",
            500,
            "4 tasks of 20.0 µs went out one by one, and a worker waited 100 µs for each, 50% of its 2.00 s. "
            f"In chunks of 500, it {INSTEAD}.",
        ),
        (
            OpenedAgain(times=20, each=0.05),
            "once",
            None,
            "it is opened 20 times, and each costs 50.0 ms, 50% of its 2.00 s together. "
            f"Opened once, before the loop, it {INSTEAD}.",
        ),
        (
            Moved(moved=2**23, moving=0.9, argument=2**21, result=16),
            "shared",
            None,
            "8 MiB are pickled, 2 MiB to each task and 16 B back; pickling takes 900 ms, and workers wait for data "
            "for 50% of its 2.00 s. With the data given to each worker once, by an initializer or in shared memory, it "
            f"{INSTEAD}.",
        ),
        (
            OneGil(threads=4, held=0.98),
            "processes",
            2,
            "4 threads take turns holding one GIL, and kept 0.980 cores busy. By 2 processes (ProcessPoolExecutor), it "
            f"{INSTEAD}.",
        ),
        (
            SmallLimit(limit=2, queued=0.5, hold=0.1, busy=0.02),
            "limit",
            20,
            "it lets 2 tasks through at a time: a task waits 500 ms for a place that it needs for 100 ms, and the "
            f"event loop is busy for 2% of the time. With 20, it {INSTEAD}{AS_QUICK}",
        ),
        (
            FewThreads(threads=4, queued=0.5, hold=0.1),
            "workers",
            20,
            "its 4 threads wait inside tasks all the time, and a task waits 500 ms for a thread that it needs for 100 "
            f"ms. With 20 workers, it {INSTEAD}{AS_QUICK}",
        ),
        (
            WaitingProcesses(processes=2, waiting=0.97, queued=0.5, hold=0.1),
            "threads",
            20,
            "its 2 processes wait for 97% of the time that they are in tasks, and a task waits 500 ms for a process "
            f"that it needs for 100 ms. By 20 threads (ThreadPoolExecutor), which wait as well, it {INSTEAD}{AS_QUICK}",
        ),
        (
            NeverParallel(workers=2),
            "together",
            2,
            "no two tasks ran at the same time on 2 workers: each was awaited before the next was submitted. With all "
            f"tasks submitted before the first is awaited, it {INSTEAD}.",
        ),
        (
            Straggler(longest=1.0, median=0.1, began=0.5, place=4),
            "first",
            None,
            "task 4 of 4 takes 1.00 s, the median one 100 ms, and began 500 ms after the first: meanwhile other "
            f"workers had nothing to do, 50% of its 2.00 s. With the longest tasks submitted first, it {INSTEAD}.",
        ),
        (
            IdleCores(workers=1, cores=2),
            "workers",
            2,
            f"1 worker computed all the time, on a machine of 2 cores. With 2 workers, it {INSTEAD}.",
        ),
    ],
)
def test_a_cause_comes_with_its_figures_and_what_a_change_would_take(
    cause: Cause, setting: Setting, value: int | None, sentence: str
) -> None:
    assert said(cause, setting, value=value, predicted=PREDICTED) == sentence


@pytest.mark.parametrize(
    ("cause", "setting", "sentence"),
    [
        (
            LateFirst(workers=2, after=1.0, unpickling=0.4),
            "longer",
            "its 2 workers ran their first task 1.00 s after there was one, 50% of its 2.00 s: they had to start, and "
            "took 400 ms to unpickle the task and import what it needs. Use the pool for more work than this.",
        ),
        (
            UnevenChunks(chunks=3, workers=2, chunksize=20),
            "larger",
            "3 chunks of about 20 for 2 workers left some without one, while others were busy, 50% of its 2.00 s. Let "
            "each task do more.",
        ),
        (
            BusyLoop(busy=0.98),
            "to_thread",
            "its tasks keep the event loop busy for 98% of the time: they compute in turns. Move what computes into a "
            "thread or a process: asyncio.to_thread, run_in_executor.",
        ),
    ],
)
def test_where_nothing_is_predicted_it_says_what_to_do(cause: Cause, setting: Setting, sentence: str) -> None:
    assert said(cause, setting) == sentence


def test_what_may_take_as_long_as_it_did_is_not_said_to_take_less() -> None:
    worse = replace(PREDICTED, high=2.5)
    assert said(WaitingProcesses(processes=2, waiting=0.97, queued=0.5, hold=0.1), "threads", predicted=worse).endswith(
        "Threads wait as well, and there can be more of them: ThreadPoolExecutor."
    )


def test_every_setting_has_words() -> None:
    assert set(get_args(Setting)) == set(CHANGES) | set(ADVICE)


def test_without_a_region_it_says_that_settings_could_gain_nothing() -> None:
    program: Any = builders.program(wall=2.0)
    assert "no pool, executor, thread or asyncio task was seen" in answer(program, gain(program), [])
