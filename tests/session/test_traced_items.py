"""A region's function and items, as its program gives them once more."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from concbench.measure.program import command_of
from concbench.model.program import Program
from concbench.model.run import Run
from concbench.session.program import TracedProgram
from concbench.session.traced_items import NoTasks, function_of, items_of, region_of
from tests import builders

HEAD = """
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import Pool

def double(number):
    return 2 * number

def add(one, other):
    return one + other

if __name__ == "__main__":
"""
WAYS = {
    "Pool.map": "with Pool(2) as pool: pool.map(double, range(50))",
    "Pool.imap": "with Pool(2) as pool: list(pool.imap(double, iter(range(50)), 7))",
    "Pool.apply_async": "with Pool(2) as pool: [r.get() for r in [pool.apply_async(double, (n,)) for n in range(50)]]",
    "executor.map": "with ProcessPoolExecutor(2) as executor: list(executor.map(double, range(50), chunksize=7))",
    "executor.submit": "with ProcessPoolExecutor(2) as executor: [executor.submit(double, n) for n in range(50)]",
    "threads": "with ThreadPoolExecutor(2) as executor: list(executor.map(double, range(50)))",
}


def traced(folder: Path, line: str) -> Run:
    path = folder / "job.py"
    path.write_text(f"{HEAD}    {line}\n")
    tracing = TracedProgram(command_of([str(path)], module=False), [])
    tracing.trace()
    return tracing.run()


def program_of(run: Run) -> Program:
    assert run.program is not None
    return run.program


@pytest.mark.parametrize("way", WAYS)
def test_all_items_come_once_and_in_order_however_they_are_submitted(way: str, tmp_path: Path) -> None:
    run = traced(tmp_path, WAYS[way])
    with items_of(program_of(run), region_of(run, None)) as found:
        assert found.function == f"{tmp_path}/job.py:double"
        assert found.number == 50
        file, _, function = found.items.rpartition(":")
        assert runpy.run_path(file)[function]() == list(range(50))
    assert not Path(file).exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("with Pool(2) as pool: pool.starmap(add, [(1, 2), (3, 4)])", "2 arguments"),
        (
            "with ThreadPoolExecutor(2) as executor: list(executor.map(lambda n: n, range(5)))",
            "no other process can import",
        ),
        ("with ThreadPoolExecutor(2) as executor: list(executor.map([1].count, range(5)))", "a method of an object"),
        (
            "with ThreadPoolExecutor(2) as executor: list(executor.map(partial(add, 1), range(5)))",
            "no function that has a name",
        ),
    ],
)
def test_what_can_not_be_raced_is_said(line: str, said: str, tmp_path: Path) -> None:
    run = traced(tmp_path, line)
    with pytest.raises(NoTasks, match=said), items_of(program_of(run), region_of(run, None)):
        pass


def test_a_region_is_chosen_by_its_place_or_by_what_it_loses() -> None:
    quick = builders.region(builders.in_turn([0.5] * 8, 2))
    slow = builders.region(builders.in_turn([0.1] * 10 + [9.0], 2), line=50)
    run = builders.traced_run(quick, slow)
    assert region_of(run, None).line == 50
    assert region_of(run, "job.py:41").line == 41
    with pytest.raises(NoTasks, match=r"in the trace are job\.py:41, job\.py:50"):
        region_of(run, "job.py:42")


def test_a_trace_without_a_pool_has_no_tasks_to_race() -> None:
    threads = builders.region([(0, 0, 1, 0)], group=True, name="Thread", kind="threads")
    with pytest.raises(NoTasks, match="no pool and no executor"):
        region_of(builders.traced_run(threads), None)
    with pytest.raises(NoTasks, match="no trace"):
        region_of(builders.example_run(), None)


def test_a_nested_function_is_named_as_such() -> None:
    region = replace(builders.region([(0, 0, 1, 0)]), task="/home/ann/job.py:main.<locals>.one")
    with pytest.raises(NoTasks, match="move it to the module"):
        function_of(region)
