"""What is advised about a job that was not run: decided by predictions, here those of a simple law, without any run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from concbench.model.case import Settings, Workload
from concbench.model.run import Stretch, Target
from concbench.session.candidates import FEW, Candidate, Situation, everything, most_at_once, stand_in
from concbench.session.foresight import (
    Foresight,
    Prospect,
    agreeing,
    recommended,
    saturation,
    started_otherwise,
    stretches,
    way_of,
    worker_memory,
    worth_measuring,
)
from tests.session.law import MIB, Law

GIB = 2**30

FETCH = Law(task=0.031, busy=0.018)
"""A page that takes 31 ms to come, 0.56 ms of which are computing."""
DOCUMENT = Law(task=0.0003, start=0.04)
"""0.3 ms of computing, and processes that take 40 ms to start."""
IMPORTS_NUMPY = Law(task=0.003, importing=0.12)
"""3 ms of computing, and a module that each worker imports for 120 ms."""
RENDER = Law(task=0.02)


def foresight(law: Law, items: int, *, run: int | None = None, coroutine: bool = False, **more: Any) -> Foresight:
    """What is foreseen of a job of which some items were run, on two cores."""
    target = Target(items=items, **{"cores": 2, **{name: more.pop(name) for name in ("cores", "warm") if name in more}})
    memory = more.pop("memory", 8 * GIB)
    work = Workload(name="a:b", tasks=run or items, total=items, task_time=law.task, busy=law.busy, coroutine=coroutine)
    situation = Situation(workload=work, cores=2, version=(3, 13), **more)
    return Foresight(
        predict=law.predict, situation=situation.of_job(items, target.cores), target=target, here=2, memory=memory
    )


def best(of: Foresight) -> Prospect:
    found = recommended(of.prospects())
    assert found is not None
    return found


def turns(of: Foresight, run: int) -> list[Stretch]:
    prospects = of.prospects()
    kinds = {each.candidate.kind: each.candidate for each in reversed([best(of), *prospects])}
    return stretches(of, list(kinds.values()), run)


# Work that waits


@pytest.mark.parametrize("most", [512, 200, 10])
@pytest.mark.parametrize("coroutine", [False, True])
def test_for_2000_urls_nothing_is_tried_without_a_bound_nor_beyond_what_is_allowed(most: int, coroutine: bool) -> None:
    found = foresight(FETCH, 2000, run=77, coroutine=coroutine, most=most)
    for each in everything(found.situation):
        assert each.subject != "thread"
        bound = each.settings.workers or each.settings.limit
        assert each.subject == "serial" or (bound is not None and bound <= most)


def test_for_2000_urls_more_than_64_at_once_are_tried_and_no_more_are_advised_than_help() -> None:
    slow = replace(FETCH, busy=0.002)
    found = best(foresight(slow, 2000, run=77))
    workers = found.candidate.settings.workers
    assert found.candidate.subject == "executor-threads"
    assert workers is not None
    assert 128 <= workers <= 512
    assert best(foresight(FETCH, 2000, run=77)).candidate.label == "executor-threads workers 64"  # the GIL is held then


def test_for_2000_urls_coroutines_have_a_limit_and_a_few_need_none() -> None:
    many = best(foresight(FETCH, 2000, run=77, coroutine=True)).candidate
    assert (many.subject, many.settings.limit) == ("asyncio-gather", 64)
    assert Candidate("asyncio-gather", Settings()) in everything(foresight(FETCH, FEW, coroutine=True).situation)
    assert Candidate("thread", Settings()) in everything(foresight(FETCH, FEW).situation)


def test_a_strategy_that_is_named_has_a_bound_too() -> None:
    found = foresight(FETCH, 2000, run=77, subjects=frozenset({"thread"}))
    assert {each.settings.limit for each in everything(found.situation) if each.subject == "thread"} == {64}


def test_a_limit_leaves_room_for_other_files(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource", reason="this system has no limits of resources")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4096))
    assert most_at_once() == 192
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert most_at_once() == 512


def test_a_crowd_of_processes_has_to_be_surely_faster_than_threads() -> None:
    unsure = foresight(replace(FETCH, error=0.3), 6000, run=77)
    sure = foresight(replace(FETCH, error=0.01), 6000, run=77)
    assert unsure.prospects()[0].candidate.kind == sure.prospects()[0].candidate.kind == "processes"
    for of, kind in ((unsure, "threads"), (sure, "processes")):
        found = recommended(of.prospects(), cores=2)
        assert found is not None
        assert found.candidate.kind == kind


# How many items


def test_of_60_documents_it_is_said_from_how_many_on_a_pool_pays() -> None:
    first, second = turns(foresight(DOCUMENT, 60), 60)
    assert (first.way.subject, first.since.estimate) == ("serial", 1)
    assert second.way.subject == "executor-processes"
    # 80 ms for two processes are what 0.15 ms an item saves: a little more than 533 items.
    assert second.since.estimate == pytest.approx(575, rel=0.05)
    assert second.since.low is not None
    assert second.since.high is not None
    assert second.since.low < second.since.estimate < second.since.high
    assert second.at == 60_000
    assert second.factor is not None
    assert second.factor.estimate == pytest.approx(1.98, rel=0.01)


def test_of_60000_documents_a_pool_is_advised_with_a_chunksize_that_people_type() -> None:
    found = best(foresight(DOCUMENT, 60_000, run=60)).candidate
    assert (found.subject, found.settings.workers) == ("executor-processes", 2)
    costly = best(foresight(replace(DOCUMENT, send=0.001), 60_363, run=60)).candidate
    assert costly.settings.chunksize is not None
    assert len(str(costly.settings.chunksize).rstrip("0")) <= 2


def test_an_import_in_each_worker_loses_over_30_items_and_wins_over_3000() -> None:
    assert best(foresight(IMPORTS_NUMPY, 30)).candidate.subject == "serial"
    assert best(foresight(IMPORTS_NUMPY, 3000, run=30)).candidate.kind == "processes"
    _, pays = turns(foresight(IMPORTS_NUMPY, 30), 30)
    assert 30 < pays.since.estimate < 3000


def test_a_pool_that_is_running_already_pays_from_fewer_items_on() -> None:
    cold, warm = (turns(foresight(DOCUMENT, 60, warm=warm), 60)[1].since.estimate for warm in (False, True))
    assert warm < cold / 10


def test_a_turning_point_does_not_contradict_what_was_measured() -> None:
    found = turns(foresight(DOCUMENT, 60), 60)
    assert agreeing(found, 60, "none") == found
    low, high = found[1].since.low, found[1].since.high
    assert low is not None
    assert high is not None
    earlier, later = round(low) + 1, round(high) - 1
    moved = agreeing(found, earlier, "processes")  # a pool was faster for fewer items than predicted
    assert moved[1].since.estimate == earlier
    moved = agreeing(found, later, "none")
    assert moved[1].since.estimate == later + 1
    assert agreeing(found, 60, "processes") == []
    assert agreeing(found, 60_000, "none") == []


# Workers and memory


def test_more_workers_than_cores_gain_nothing_and_why_is_said() -> None:
    of = foresight(RENDER, 1000, run=100)
    found = saturation(of, best(of).candidate)
    assert found is not None
    assert (found.workers, found.bottleneck) == (2, "cores")


def test_a_parent_that_hands_out_no_more_chunks_is_what_saturates() -> None:
    of = foresight(replace(RENDER, task=0.001, send=0.0005), 10_000, run=100, cores=16)
    way = Candidate("pool-map", Settings(workers=4, chunksize=1))
    found = saturation(of, way)
    assert found is not None
    assert found.bottleneck == "parent"
    assert found.rate == pytest.approx(2000, rel=0.1)


def test_nothing_is_said_of_more_workers_where_they_would_gain() -> None:
    of = foresight(replace(FETCH, busy=0.0), 2000, run=77)
    assert saturation(of, Candidate("executor-threads", Settings(workers=4))) is None
    assert saturation(of, Candidate("serial", Settings())) is None


def test_only_what_fits_into_memory_is_advised() -> None:
    assert best(foresight(RENDER, 1000, run=100, memory=500 * MIB)).candidate.kind == "processes"
    assert best(foresight(RENDER, 1000, run=100, memory=50 * MIB)).candidate.subject == "serial"


def test_it_is_said_how_many_workers_fit() -> None:
    of = foresight(RENDER, 1000, run=100, memory=4 * GIB)
    found = worker_memory(of, best(of).candidate)
    assert found is not None
    assert found.each == pytest.approx(30 * MIB)
    assert found.fit == 136
    assert worker_memory(of, Candidate("executor-threads", Settings(workers=2))) is None


def test_for_32_cores_32_workers_are_advised_and_two_stand_in_for_them_here() -> None:
    of = foresight(RENDER, 1000, run=100, cores=32)
    found = best(of)
    assert found.candidate.settings.workers == 32
    assert way_of(found).beyond == ["cores"]
    sample = Situation(workload=replace(of.situation.workload, tasks=100, total=1000), cores=2, version=(3, 13))
    assert stand_in(found.candidate, sample).settings.workers == 2


# What to measure


def test_the_best_of_each_kind_is_measured_and_what_the_model_is_unsure_of_but_no_lost_cause() -> None:
    found = worth_measuring(foresight(RENDER, 1000, run=100).prospects())
    assert found[0].subject == "serial"
    assert [each.kind for each in found].count("processes") >= 2
    assert len({each.label for each in found}) == len(found) <= 6
    hopeless = worth_measuring(foresight(replace(DOCUMENT, start=1.0), 60).prospects())
    assert "processes" not in {each.kind for each in hopeless}
    only_processes = foresight(replace(DOCUMENT, start=1.0, knows=("none", "processes")), 60)
    assert {each.kind for each in worth_measuring(only_processes.prospects())} == {"none", "processes"}


def test_what_can_not_be_predicted_is_left_out_and_the_reason_is_kept() -> None:
    of = foresight(replace(RENDER, knows=("none", "threads")), 1000, run=100)
    assert {each.candidate.kind for each in of.prospects()} == {"none", "threads"}
    assert "was not measured" in of.why_not
    nothing = foresight(replace(RENDER, knows=()), 1000, run=100)
    assert nothing.prospects() == []
    assert worth_measuring([]) == []
    assert recommended([]) is None


def test_a_job_of_a_hundred_million_items_is_not_simulated_item_by_item() -> None:
    of = foresight(DOCUMENT, 10**8, run=60)
    seconds = of.about(Candidate("pool-map", Settings(workers=2, chunksize=100)))
    assert seconds == pytest.approx(15_000, rel=0.01)
    assert all(items <= 10**6 for _, items in of.made)


def test_of_a_few_items_with_a_thread_each_it_is_said_what_is_best_for_many_and_that_has_a_bound() -> None:
    of = foresight(replace(FETCH, busy=0.001), 32)
    ways = [Candidate("serial", Settings()), Candidate("thread", Settings())]
    last = stretches(of, ways, 32)[-1]
    assert last.at > FEW
    assert last.way.subject == "executor-threads"
    assert last.way.settings.workers is not None


# How processes start


def test_forking_is_measured_beside_the_usual_start_where_it_is_predicted_to_save_much() -> None:
    slow_start = Law(task=0.001, start=0.05, forks=0.002)
    of = foresight(slow_start, 64, other_starts=("fork",))
    usual, forked = started_otherwise(of, of.prospects())
    assert (usual.settings.start_method, forked.settings.start_method) == (None, "fork")
    assert replace(forked, settings=replace(forked.settings, start_method=None)) == usual
    assert forked.label == f"{usual.label} fork"


def test_how_processes_start_does_not_matter_to_a_long_job_nor_where_they_fork_anyway() -> None:
    slow_start = Law(task=0.02, start=0.05, forks=0.002)
    long = foresight(slow_start, 2000, other_starts=("fork",))
    assert started_otherwise(long, long.prospects()) == []
    forked = foresight(slow_start, 64)
    assert started_otherwise(forked, forked.prospects()) == []


def test_a_way_keeps_its_start_method_for_any_number_of_items() -> None:
    of = foresight(Law(task=0.01, start=0.05, forks=0.002), 64, other_starts=("fork",))
    way = Candidate("executor-processes", Settings(workers=2, chunksize=8, start_method="fork"))
    found = stretches(of, [Candidate("serial", Settings()), way], 64)
    assert {each.way.settings.start_method for each in found} == {None, "fork"}
