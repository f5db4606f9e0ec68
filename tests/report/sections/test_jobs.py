"""What advice says of a whole job: predicted or measured, with ranges, and how it depends on items, workers, memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from concbench.analysis.analysis import analyse
from concbench.api.answer import Answer
from concbench.model.case import Settings
from concbench.model.result import Interval
from concbench.model.run import Run, Saturation, Stretch, Target, Way, WorkerMemory
from concbench.report.blocks import Code, Heading, Paragraph
from concbench.report.charts.hero import hero
from concbench.report.decision import decision_of
from concbench.report.document import document
from concbench.report.sections.advice import programs, reasons, recommendations
from concbench.report.sections.jobs import items_in_words, saturation_in_words
from concbench.report.sections.tables import STAND_IN_NOTE, best_of
from tests.builders import HOSTILE
from tests.report.runs import advised_run, tried


def between(estimate: float, low: float | None, high: float | None) -> Interval:
    return Interval(estimate=estimate, low=low, high=high, confidence=0.9, blocks=0)


def way(subject: str, wall: Interval, *, cpu: float | None = None, memory: float | None = None, **settings: Any) -> Way:
    return Way(subject=subject, settings=Settings(**settings), wall=wall, cpu=cpu, memory=memory)


LOOP = way("serial", between(18.2, 17.9, 18.6), cpu=18.2, memory=10e6)
POOL = way(
    "executor-processes", between(9.58, 8.9, 10.4), cpu=19.2, memory=75e6, workers=2, chunksize=500, start_method="fork"
)
PAYS = [
    Stretch(since=between(1, 1, 1), at=700, way=LOOP, factor=None),
    Stretch(since=between(701, 500, 900), at=60_000, way=POOL, factor=between(1.9, 1.78, 2.01)),
]


def job_run(way: Way = POOL, *, others: tuple[Way, ...] = (LOOP,), items: int = 60_000, **more: Any) -> Run:
    """A run that measured 10 items, on which serial was faster, and recommends a way for all of them."""
    target = Target(items=items, **{"cores": 2, **{name: more.pop(name) for name in ("cores", "warm") if name in more}})
    pool = tried("executor-processes workers 2 chunksize 5", 0.15, workers=2, chunksize=5)
    found = advised_run(pool, tried("serial", 0.1))
    recommendation = replace(
        found.recommendations[0], **{"target": target, "way": way, "others": list(others), "stretches": PAYS, **more}
    )
    return replace(found, recommendations=[recommendation])


def said(run: Run) -> str:
    blocks = [*recommendations(analyse(run)), *reasons(analyse(run))]
    return " ".join(block.text for block in blocks if isinstance(block, Heading | Paragraph))


def program(run: Run) -> str:
    _, code = programs(analyse(run))
    assert isinstance(code, Code)
    return code.text


def test_of_a_job_that_was_not_run_it_says_first_what_is_predicted_with_ranges_and_then_what_was_measured() -> None:
    assert said(job_run()) == (
        "Processes: predicted to be 1.90× faster than serial (1.75× to 2.06×) for all 60,000 items. executor-processes "
        "with 2 workers and chunksize 500 would take about 9.58 s (8.90 to 10.4); serial 18.2 s (17.9 to 18.6). "
        "It would cost 19 s of CPU time (serial: 18 s) and 75 MB of memory at its peak (serial: 10 MB). "
        "Measured, on 10 items: executor-processes with 2 workers and chunksize 5 150 ms ±3% and serial 100 ms ±3%. "
        "By the number of items, as predicted: up to about 700, a plain loop; beyond that, executor-processes with 2 "
        "workers, 1.90× faster than serial (1.78× to 2.01×) at 60,000. "
        "The turning point lies between 500 and 900 items."
    )


def test_the_row_that_stands_in_for_a_predicted_way_is_not_called_recommended() -> None:
    """Others may be faster on the few items that were run."""
    predicted = job_run()
    assert best_of(predicted, predicted.tables[0])[1] == STAND_IN_NOTE
    measured = advised_run(tried("serial", 0.1), tried("executor-processes workers 2", 0.05, workers=2))
    assert best_of(measured, measured.tables[0])[1] == "* recommended"


def test_where_nothing_is_faster_than_a_plain_loop_that_is_said_of_the_whole_job() -> None:
    text = said(job_run(LOOP, others=(POOL,), stretches=PAYS[:1]))
    assert text.startswith(
        "No workers: nothing is predicted to be faster than a plain loop for all 60,000 items. serial"
    )


def test_another_machine_and_a_pool_that_is_running_are_part_of_the_job() -> None:
    found = replace(POOL, settings=Settings(workers=32, chunksize=500), beyond=["cores"])
    text = said(job_run(found, cores=32, warm=True))
    assert "for all 60,000 items on 32 cores, with workers that are running already." in text
    assert "knows nothing of its memory bandwidth, shared caches, NUMA or kernel." in text


def test_where_the_job_is_what_was_measured_nothing_but_the_dependence_on_items_is_predicted() -> None:
    found = advised_run(tried("serial", 0.1), tried("executor-processes workers 2", 0.15, workers=2))
    advice = replace(
        found.recommendations[0],
        target=Target(items=10, cores=2),
        way=replace(LOOP, case="advise/serial", wall=between(0.1, 0.09, 0.11)),
        stretches=PAYS,
    )
    text = said(replace(found, recommendations=[advice]))
    assert text.startswith("No workers: nothing that was tried is conclusively faster than a plain loop. serial takes")
    assert "would" not in text.partition("By the number")[0]
    assert "By the number of items, as predicted: up to about 700, a plain loop; beyond that, executor-" in text


def test_why_nothing_is_predicted_is_said_and_what_the_advice_is_about_then() -> None:
    text = said(job_run(stretches=[], unknown="the run holds no costs of dask"))
    assert (
        "What all 60,000 items would take is unknown: the run holds no costs of dask. This advice is about those that "
        "were run." in text
    )


@pytest.mark.parametrize(
    ("turns", "words"),
    [
        ([PAYS[0]], "a plain loop for any number up to 700."),
        ([replace(PAYS[0], at=1), replace(PAYS[1], since=between(2, 2, 2))], "from 2 on, executor-processes with 2"),
        ([PAYS[0], replace(PAYS[1], since=between(701, 500, None))], "The turning point is at 500 items or more."),
        ([PAYS[0], replace(PAYS[1], since=between(701, 699, 703))], "(1.78× to 2.01×) at 60,000."),
        ([*PAYS, replace(PAYS[1], since=between(50_000, 1, None))], "; from about 50,000 on, executor-processes"),
    ],
)
def test_turning_points_are_said_as_people_say_them(turns: list[Stretch], words: str) -> None:
    assert words in items_in_words(turns)


@pytest.mark.parametrize(
    ("bottleneck", "why"),
    [
        ("cores", ": all cores are busy."),
        ("gil", ": threads take turns holding the GIL."),
        ("parent", ": the process that hands out the work can't hand out more than about 28,000 chunks a second."),
        ("workers", "(up to 64)."),
        ("of a later version", "(up to 64)."),
    ],
)
def test_why_more_workers_gain_nothing_is_said(bottleneck: str, why: str) -> None:
    text = saturation_in_words(Saturation(workers=8, most=64, bottleneck=bottleneck, rate=28_123.0), POOL)
    assert text.startswith("More than 8 workers are predicted to gain less than 5 % (up to 64)")
    assert text.endswith(why)


def test_of_coroutines_it_is_the_event_loop_that_is_busy() -> None:
    """They share one thread, and no GIL changes hands."""
    way = replace(POOL, subject="asyncio-gather", settings=Settings(limit=256))
    text = saturation_in_words(Saturation(workers=256, most=512, bottleneck="gil", rate=0.0), way)
    assert text.startswith("More than 256 tasks at once")
    assert text.endswith(": the event loop is always busy.")


@pytest.mark.parametrize(("fit", "words"), [(128, "128 fit"), (1, "1 fits"), (0, "none fits")])
def test_how_many_workers_fit_into_memory_is_said(fit: int, words: str) -> None:
    text = said(job_run(worker_memory=WorkerMemory(each=31e6, limit=4 * 2**30, fit=fit)))
    assert f"Each worker adds about 31 MB of memory, as predicted; {words} into 4 GiB." in text


def test_the_program_runs_the_whole_job_as_it_is_recommended() -> None:
    text = program(job_run())
    assert "items = range(60000)" in text
    assert "executor.map(square, items, chunksize=500)" in text
    assert "ProcessPoolExecutor(max_workers=2)" in text


def test_a_program_for_other_items_than_were_given_says_so() -> None:
    found = job_run()
    results = [
        replace(each, case=replace(each.case, workload=replace(each.case.workload, items="mine:names", total=100)))
        for each in found.results
    ]
    assert "# Take the 60,000 items of the whole job instead.\n" in program(replace(found, results=results))
    (advice,) = found.recommendations
    same = replace(advice, target=Target(items=100, cores=2))
    assert "instead" not in program(replace(found, results=results, recommendations=[same]))


def test_a_decision_has_the_whole_job() -> None:
    (chosen,) = decision_of(job_run()).chosen
    assert chosen.job is not None
    assert (chosen.job.strategy, chosen.job.measured) == ("executor-processes", False)
    assert chosen.job.settings == {"workers": 2, "chunksize": 500, "start_method": "fork"}
    assert [turn.items for turn in chosen.job.turns] == [1, 701]
    (old,) = decision_of(advised_run(tried("serial", 0.1))).chosen
    assert old.job is None


def test_the_card_and_the_short_form_are_about_the_job_and_not_about_the_sample() -> None:
    card = hero(job_run())
    assert card is not None
    assert (card.figure, card.word) == ("1.90×", "faster")
    assert card.claim == "executor-processes with 2 workers and chunksize 500 for 60,000 items of mine:square"
    assert card.detail.startswith("executor-processes with 2 workers and chunksize 500 would take about 9.58 s")
    assert "as predicted for 60,000 items" in repr(Answer(job_run()))


def test_whatever_a_file_calls_a_way_is_safe_to_print() -> None:
    found = job_run(replace(POOL, subject=HOSTILE), unknown=HOSTILE)
    text = "".join(block.text for block in document(found) if isinstance(block, Paragraph))
    assert "\x1b" not in text
