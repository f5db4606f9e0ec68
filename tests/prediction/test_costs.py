"""Costs are found again in readings that were made with them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.host.machinery import PAYLOAD, TASK_TURNS
from concbench.measure.machinery import Readings, StrategyReading, TaskReadings
from concbench.model.case import Workload
from concbench.model.costs import Costs, StrategyCosts
from concbench.prediction.costs import costs_of, form_of, machinery_of, shares_gil
from concbench.prediction.simulate import Chunks, simulate
from concbench.strategies.strategy import strategies

TURN = 4e-8
WORK = Workload(name="cpu", tasks=100, task_time=0.001)


def tasks(**more: object) -> TaskReadings:
    given_: dict[str, object] = {
        "gil": True,
        "stretches": [1.0, 1.0, 1.0],
        "first": 0.0,
        "init": 0.0,
        "passes": [[0.001, 0.002], [0.001, 0.002]],
        "clocks": [TURN, TURN],
        "computing": 1.0,
        "threads": [1.0],
        "crowd": None,
        "loop": None,
        "argument_bytes": 5,
        "result_bytes": 5,
        "same": True,
        "bare": 6_000_000,
        "built": 0,
        "initialized": 0,
        "memory": 0,
        "unshared": None,
        "fork_byte": 0.0,
    }
    return TaskReadings(**{**given_, **more})  # type: ignore[arg-type]  # fields of different types by name


def reading(
    kind: str, *, workers: int, items: int, chunksize: int = 1, clock: float = TURN, **more: float
) -> StrategyReading:
    return StrategyReading(
        subject="pool-map",
        start_method="fork",
        kind=kind,
        workers=workers,
        chunksize=chunksize,
        items=items,
        start=more.get("start", 0.001 + 0.001 * workers),
        run=more["run"],
        stop=0.001,
        parent=more["parent"],
        others=more["others"],
        memory=int(more["memory"]) if "memory" in more else None,
        base=6_000_000,
        clock=clock,
    )


def pool(send: float = 30e-6, handle: float = 15e-6, clock: float = TURN, slow: float = 1.0) -> list[StrategyReading]:
    """Readings of a pool whose parent takes 1 ms, and 1 ms for each worker; so does a worker to start."""

    def made(kind: str, workers: int, items: int, chunksize: int, task: float, item: float = 0.0, byte: float = 0.0):  # type: ignore[no-untyped-def]
        chunks = items // chunksize
        parent = 0.001 + 0.001 * workers + chunks * send + items * item + 2 * PAYLOAD * items * byte
        others = 0.001 * workers + chunks * handle + items * task
        run = max(parent, others / 2, (parent + others) / 2)
        memory = {"memory": 8e6 + 2e6 * workers} if kind == "started" else {}
        return reading(
            kind,
            workers=workers,
            items=items,
            chunksize=chunksize,
            clock=clock,
            run=run * slow,
            parent=parent * slow,
            others=others * slow,
            start=(0.001 + 0.001 * workers) * slow,
            **memory,
        )

    return [
        made("started", 1, 1, 1, 0.0),
        made("started", 4, 4, 1, 0.0),
        made("hot", 2, 300, 1, 0.0),
        made("busy", 2, 160, 1, TASK_TURNS * TURN),
        made("items", 2, 4000, 1000, 0.0, item=1e-6),
        made("bytes", 2, 16, 1, 0.0, byte=1e-9),
    ]


def costs(strategy: list[StrategyReading], of_tasks: TaskReadings | None = None) -> Costs:
    of_tasks = of_tasks or tasks()
    return costs_of(Readings(side=None, cores=2, strategies=strategy, tasks=[(WORK, 0.0, of_tasks)]))


def of_pool(strategy: list[StrategyReading]) -> StrategyCosts:
    (found,) = costs(strategy).strategies
    return found


@given(st.floats(1e-6, 1e-3), st.floats(1e-6, 1e-3))
def test_what_a_chunk_costs_is_found_again(send: float, handle: float) -> None:
    found = of_pool(pool(send, handle))
    assert found.send == pytest.approx(send, rel=0.02)
    assert found.handle == pytest.approx(handle, rel=0.02)


def test_what_workers_items_and_bytes_cost_is_found_again() -> None:
    found = of_pool(pool())
    assert found.open_each == pytest.approx(0.001)
    assert found.send_item == pytest.approx(1e-6, rel=0.05)
    assert found.send_byte == pytest.approx(1e-9, rel=0.05)
    assert found.worker_memory == pytest.approx(2e6)
    assert found.memory == pytest.approx(4e6)


def test_what_moving_a_byte_costs_is_the_median_of_all_pools() -> None:
    """And of a process for each task that is not forked, which gets its arguments in that way."""
    others = [
        replace(each, subject=subject, parent=each.parent * (factor if each.kind == "bytes" else 1))
        for subject, factor in (("pool-imap", 1.5), ("pool-apply-async", 0.7))
        for each in pool()
    ]
    spawned = [
        replace(each, subject="process", start_method="spawn", kind=kind, workers=None, items=items)
        for each, kind, items in zip(pool()[:2], ("started", "hot"), (1, 16), strict=True)
    ]
    alone = of_pool(pool()).send_byte
    found = costs([*pool(), *others, *spawned]).strategies
    assert {each.subject: each.send_byte for each in found} == dict.fromkeys([each.subject for each in found], alone)


def test_memory_is_that_of_the_module_and_not_of_the_items_which_every_job_has_its_own_number_of() -> None:
    (found,) = costs(pool(), tasks(built=3_000_000, argument_bytes=10_000, result_bytes=10_000)).tasks
    assert found.module_memory == pytest.approx(3e6 - 1e4 * WORK.tasks)


@pytest.mark.parametrize(("same", "kept"), [(True, 0), (False, 5)])
def test_a_result_that_is_the_argument_takes_no_more_memory(same: bool, kept: int) -> None:
    (found,) = costs(pool(), tasks(same=same)).tasks
    assert found.kept_bytes == kept


@given(st.floats(0.5, 2.0))
def test_a_core_that_was_slow_for_a_while_makes_nothing_dearer(slow: float) -> None:
    """All took longer by a factor, and so did the loop that was timed beside it."""
    usual, slowly = of_pool(pool()), of_pool(pool() + pool(clock=TURN * slow, slow=slow) + pool())
    assert slowly.send == pytest.approx(usual.send, rel=0.02)
    assert slowly.handle == pytest.approx(usual.handle, rel=0.02)


@pytest.mark.parametrize(("cores", "held"), [(1.0, 1.0), (1.9, 0.0)])
def test_threads_show_whether_tasks_hold_the_gil(cores: float, held: float) -> None:
    (found,) = costs(pool(), tasks(threads=[cores])).tasks
    assert found.gil == pytest.approx(held, abs=0.05)


def test_tasks_that_wait_are_taken_to_hold_the_gil_while_they_compute() -> None:
    (found,) = costs(pool(), tasks(threads=[0.1], computing=0.05, crowd=1e-5)).tasks
    assert found.gil == 1.0


def test_an_interpreter_without_a_gil_has_none_to_hold() -> None:
    (found,) = costs(pool(), tasks(gil=False, threads=[1.0])).tasks
    assert found.gil == 0.0


def test_a_further_start_method_shares_what_its_chunks_cost() -> None:
    spawned = [
        StrategyReading(
            **{
                **{name: getattr(each, name) for name in each.__dataclass_fields__},
                "start_method": "spawn",
                "run": each.run + 0.06 * each.items,
                "others": (each.others or 0.0) + 0.06 * each.items,
            }
        )
        for each in pool()[:2]
    ]
    fork, spawn = costs(pool() + spawned).strategies
    assert (fork.start_method, spawn.start_method) == ("fork", "spawn")
    assert spawn.send == fork.send
    assert spawn.ready > 0.03 > fork.ready


def test_the_simulation_of_what_was_read_takes_what_it_took() -> None:
    machine = costs(pool())
    (found,) = machine.strategies
    hot = next(each for each in pool() if each.kind == "hot")
    said = simulate(machinery_of(found, machine, 2, 2), Chunks(items=300, size=1, times=[0.0], computing=1.0))
    assert said.run == pytest.approx(hot.run, rel=0.15)


def test_every_strategy_has_a_form_and_only_threads_and_coroutines_share_a_gil() -> None:
    strategies.load_own()
    for name, strategy in strategies.entries.items():
        if form_of(name) != "serial":
            assert shares_gil(name, gil=True) == (strategy.workers in ("threads", "coroutines"))
        assert not shares_gil(name, gil=False) or strategy.workers == "coroutines"
