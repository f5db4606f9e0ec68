"""What measuring a suite of pytest-benchmark promises: pytest runs it as ever, and each side takes its turn."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from concbench.measure.benchmarks import Benchmarks, Rehearsal, Selection, Uncollectable
from concbench.measure.hosts import launcher_for
from concbench.measure.plan import Launch

SUITE = """
import pytest, time

opened = []

@pytest.fixture(scope="module")
def shared():
    opened.append("once")
    yield len(opened)
    print("closed")

@pytest.mark.parametrize("size", [10, 20])
def test_sum(benchmark, shared, size):
    assert benchmark(sum, range(size)) == sum(range(size))
    assert shared == 1
    assert benchmark.stats.stats.rounds >= 0

def test_waits(benchmark):
    benchmark(time.sleep, 0.02)

def test_rounds(benchmark):
    calls = []
    benchmark.pedantic(calls.append, args=(1,), rounds=3, iterations=4, warmup_rounds=2)
    assert 8 < len(calls) <= 20

def test_weaves(benchmark_weave):
    pass

@pytest.mark.skip(reason="not here")
def test_skipped(benchmark):
    benchmark(sum, [])

def test_fails(benchmark):
    benchmark(int, "x")

def test_plain():
    pass
"""


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    for side in ("base", "head"):
        (tmp_path / side / "bench").mkdir(parents=True)
        (tmp_path / side / "bench" / "test_it.py").write_text(SUITE)
    return {side: tmp_path / side for side in ("base", "head")}


@pytest.fixture
def suite(folders: dict[str, Path]) -> Iterator[Benchmarks]:
    launches = {side: Launch(folder=folder) for side, folder in folders.items()}
    with launcher_for([sys.executable], None) as launcher:
        yield Benchmarks(launcher, launches, Selection(paths=("bench",)), timeout=30.0)


def rehearsed(suite: Benchmarks) -> Rehearsal:
    steps = suite.rehearse()
    while True:
        try:
            next(steps)
        except StopIteration as stopped:
            found = stopped.value
            assert isinstance(found, Rehearsal)
            return found


def test_a_rehearsal_finds_out_what_each_benchmark_needs(suite: Benchmarks) -> None:
    rehearsal = rehearsed(suite)
    assert suite.left == 0
    names = [name.partition("::")[2] for name in rehearsal.names["head"]]
    assert names == [
        "test_sum[10]",
        "test_sum[20]",
        "test_waits",
        "test_rounds",
        "test_weaves",
        "test_skipped",
        "test_fails",
    ]
    assert rehearsal.names["base"] == rehearsal.names["head"]
    assert rehearsal.others == 1
    found = {name.partition("::")[2]: sides["head"] for name, sides in rehearsal.common.items()}
    assert (found["test_sum[10]"].calls or 0) > 100  # of what takes less than a microsecond
    assert found["test_sum[10]"].failure is None
    assert found["test_waits"].calls == 1
    assert found["test_waits"].seconds >= 0.02
    assert (found["test_rounds"].calls, found["test_rounds"].failure) == (None, None)
    assert found["test_skipped"].skipped == "not here"
    failure = found["test_fails"].failure
    assert failure is not None
    assert failure.message == "ValueError: invalid literal for int() with base 10: 'x'"
    assert 'benchmark(int, "x")' in (failure.traceback or "")
    unused = found["test_weaves"].failure
    assert unused is not None
    assert unused.message == "it never calls benchmark(...)"


def test_what_can_not_be_collected_is_said_with_its_side(suite: Benchmarks, folders: dict[str, Path]) -> None:
    (folders["head"] / "bench" / "test_broken.py").write_text("raise OSError('no licence')\n")
    with pytest.raises(Uncollectable, match=r"head: these could not be collected:\nbench/test_broken\.py: OSError: no"):
        rehearsed(suite)


def test_a_side_without_the_folder_has_no_benchmarks(suite: Benchmarks, folders: dict[str, Path]) -> None:
    (folders["base"] / "bench" / "test_it.py").unlink()
    (folders["base"] / "bench").rmdir()
    rehearsal = rehearsed(suite)
    assert (rehearsal.names["base"], rehearsal.common) == ((), {})
    assert len(rehearsal.names["head"]) == 7
