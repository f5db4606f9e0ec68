"""What is said of engines that lost promises: figures of their rows, predictions with a range, documented reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from concbench.analysis.analysis import analyse
from concbench.model.result import Result
from concbench.report.sections.engine_costs import OFFERS, paragraphs
from concbench.strategies.strategy import of_engines
from tests.builders import case, result
from tests.report.runs import WORK, advised_run, tried


def engine(row: str, start: float, run: float, stop: float, *, cpu: float | None = None, **settings: Any) -> Result:
    """An engine's row in three blocks."""
    of = case(f"advise/{row}", workload=WORK, workers=2, **settings)
    wall = start + run + stop
    phases = {"start": start, "run": run, "stop": stop}
    return result(of, [[wall * jitter] for jitter in (0.99, 1.0, 1.01)], cpu=cpu, sample=phases)


def said(*results: Result) -> list[str]:
    run = advised_run(*results)
    return list(paragraphs(analyse(run), run.recommendations[0]))


POOL = tried("pool-map workers 2", 0.06, workers=2)


def test_an_engine_that_starts_slowly_is_for_longer_tasks_and_for_what_only_it_can_do() -> None:
    (text,) = said(POOL, engine("dask-processes workers 2", 0.5, 0.1, 0.1))
    assert text == (
        "dask-processes with 2 workers took 700 ms, 640 ms more than pool-map with 2 workers; starting and ending it "
        "took 600 ms. For 10 tasks of about 1.28 s (1.24 to 1.32) it would take a tenth longer: predicted. Choose it "
        "for several machines, or a cluster that runs already."
    )


def test_where_workers_start_with_the_first_task_no_time_of_a_start_is_named() -> None:
    (text,) = said(POOL, engine("loky workers 2", 0.001, 0.3, 0.01))
    assert "starting" not in text
    assert "predicted" in text


def test_with_workers_that_run_already_it_is_what_each_task_takes_more() -> None:
    (text,) = said(POOL, engine("ray workers 2", 0.0, 0.16, 0.0, warm=True))
    assert text.startswith("ray with 2 workers took 160 ms, 100 ms more than pool-map with 2 workers: 10.0 ms a task.")


def test_the_faster_row_stands_for_an_engine_unless_its_threads_take_turns() -> None:
    processes = engine("dask-processes workers 2", 0.5, 0.1, 0.1, cpu=1.9)
    turns = engine("dask-threads workers 2", 0.01, 0.1, 0.01, cpu=0.9)
    apart = engine("dask-threads workers 2", 0.01, 0.1, 0.01, cpu=1.9)
    assert [text.split()[0] for text in said(POOL, processes, turns)] == ["dask-processes"]
    assert [text.split()[0] for text in said(POOL, processes, apart)] == ["dask-threads"]


def test_engines_come_the_fastest_first_and_the_recommended_case_is_named_once() -> None:
    first, second = said(POOL, engine("ray workers 2", 3, 0.1, 0.1), engine("mpi workers 2", 0.1, 0.1, 0.1))
    assert (first.split()[0], second.split()[0]) == ("mpi", "ray")
    assert "than pool-map" in first
    assert "than pool-map" not in second


def test_nothing_is_said_of_an_engine_that_is_as_fast_or_recommended_or_failed() -> None:
    assert said(POOL, engine("mpire workers 2", 0.002, 0.06, 0.002)) == []
    assert said(engine("mpire workers 2", 0.002, 0.05, 0.002), POOL) == []
    broken = result(case("advise/ray workers 2", workload=WORK, workers=2), failure="it broke")
    assert said(POOL, broken) == []
    assert said(POOL, tried("executor-threads workers 2", 0.2, workers=2)) == []


def test_nothing_is_said_of_a_cluster() -> None:
    assert said(POOL, engine("dask-cluster", 0.5, 0.1, 0.1, engine_address="tcp://10.0.0.5:8786")) == []


def test_each_engine_has_a_reason_that_the_page_on_engines_gives() -> None:
    assert {each.engine for each in of_engines().values()} == set(OFFERS)
    page = Path("docs/how-to/engines.md").read_text(encoding="utf-8")
    for word in ("a file that workers map", "ten idle seconds", "forks wherever the system can", "use other machines"):
        assert word in page
