from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

import concbench
from concbench.instruments.columns import unpack
from concbench.instruments.recorder import recorder
from concbench.model.program import Program
from concbench.runs.reading import read_run
from tests.measure.tracing import holds_together, program, with_trace


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A folder of its own for temporary files, of which none remains; after pytest has made its own."""
    assert tmp_path.exists()
    with tempfile.TemporaryDirectory(prefix="cbt-", dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        before = (threading.Thread.start, os.execv, list(sys.meta_path))
        yield Path(folder)
        assert list(Path(folder).iterdir()) == []
        assert (threading.Thread.start, os.execv, list(sys.meta_path)) == before
        assert recorder.folder is None


def double(x: int) -> int:
    return 2 * x


def numbers(count: int) -> list[int]:
    with ThreadPoolExecutor(2) as executor:
        return list(executor.map(double, range(count)))


def of(found: concbench.trace) -> Program:
    assert found.run.program is not None
    for region in found.run.program.regions:
        holds_together(found.run.program, region)
    return found.run.program


def tasks_in(found: concbench.trace) -> list[tuple[str, int]]:
    return [(each.name, each.tasks) for each in of(found).regions]


def test_a_block_is_recorded_with_its_children() -> None:
    with concbench.trace() as found:
        assert numbers(5) == [0, 2, 4, 6, 8]
        with get_context("fork").Pool(1) as pool:
            pool.map(double, range(7))
    assert tasks_in(found) == [("ThreadPoolExecutor", 5), ("Pool", 7)]
    assert repr(found) == "trace(2 regions, 12 tasks)"
    assert of(found).wall > 0


def test_what_comes_before_and_after_is_not_recorded() -> None:
    numbers(3)
    with concbench.trace() as found:
        numbers(4)
    numbers(5)
    with concbench.trace() as again:
        numbers(6)
    assert tasks_in(found) == [("ThreadPoolExecutor", 4)]
    assert tasks_in(again) == [("ThreadPoolExecutor", 6)]


def test_a_pool_that_outlives_the_block_goes_on() -> None:
    with concbench.trace() as found:
        pool = get_context("fork").Pool(1)
        assert pool.map(double, range(3)) == [0, 2, 4]
    with pool:
        assert pool.map(double, range(3)) == [0, 2, 4]
        with concbench.trace() as again:
            assert pool.map(double, range(3)) == [0, 2, 4]
    assert tasks_in(found) == [("Pool", 3)]
    assert tasks_in(again) == []


def test_a_thread_that_outlives_the_block_ends_in_peace_and_changes_no_later_block() -> None:
    go_on = [threading.Event() for _ in range(2)]
    with concbench.trace() as found:
        late = [threading.Thread(target=event.wait) for event in go_on]
        for thread in late:
            thread.start()
        numbers(1)
    go_on[0].set()
    late[0].join()
    began = time.perf_counter_ns()
    with concbench.trace() as again:
        threads = [threading.Thread(target=double, args=(1,)) for _ in range(3)]
        for thread in threads:
            thread.start()
            thread.join()
        own_ended = time.perf_counter_ns()
        go_on[1].set()
        late[1].join()
    assert sorted(tasks_in(found)) == [("Thread", 2), ("ThreadPoolExecutor", 1)]
    assert tasks_in(again) == [("Thread", 3)]
    (region,) = of(again).regions
    assert max(unpack(region.columns, region.tasks).end) <= own_ended - began


def test_blocks_inside_one_another_find_their_own_part() -> None:
    with concbench.trace() as outer:
        numbers(3)
        with concbench.trace() as inner:
            numbers(4)
        numbers(5)
    assert [tasks for _, tasks in tasks_in(outer)] == [3, 4, 5]
    assert [tasks for _, tasks in tasks_in(inner)] == [4]


def test_blocks_in_several_threads_all_find_what_happened_meanwhile() -> None:
    barrier = threading.Barrier(3)

    def block(count: int) -> list[int]:
        with concbench.trace() as found:
            barrier.wait()
            numbers(count)
            barrier.wait()
        return sorted(each.tasks for each in of(found).regions if each.name == "ThreadPoolExecutor")

    with ThreadPoolExecutor(3) as executor:
        for found in list(executor.map(block, (3, 4, 5))):
            assert found == [3, 4, 5]


def test_an_exception_leaves_the_block_and_what_was_recorded() -> None:
    with pytest.raises(ZeroDivisionError), concbench.trace() as found:
        numbers(3)
        raise ZeroDivisionError
    assert tasks_in(found) == [("ThreadPoolExecutor", 3)]


def test_a_child_that_leaves_the_block_takes_nothing_away() -> None:
    with concbench.trace() as found:
        child = os.fork()
        numbers(2)
        if child:
            assert os.waitpid(child, 0)[1] == 0
    if not child:
        os._exit(0)  # it has left the block, too
    assert [tasks for _, tasks in tasks_in(found)] == [2, 2]


def test_there_is_no_run_before_the_block_is_left() -> None:
    found = concbench.trace()
    with pytest.raises(concbench.NotMeasured, match="no block"):
        _ = found.run
    with found:
        with pytest.raises(concbench.NotMeasured, match="still"):
            _ = found.run
        with pytest.raises(RuntimeError, match="already"):
            found.__enter__()


def test_a_run_is_saved_and_read(tmp_path: Path) -> None:
    with concbench.trace(items=True) as found:
        numbers(3)
    saved = read_run(found.save(tmp_path / "part.json"))
    assert saved.program is not None
    assert sorted(saved.program.regions[0].items) == ["0", "1", "2"]
    assert "ThreadPoolExecutor" in str(found) or saved.program == of(found)


def test_a_block_in_a_traced_program_is_part_of_its_trace(tmp_path: Path) -> None:
    job = tmp_path / "job.py"
    job.write_text(
        textwrap.dedent(
            """
            import concbench
            from concurrent.futures import ThreadPoolExecutor
            def numbers(count):
                with ThreadPoolExecutor(2) as executor: list(executor.map(abs, range(count)))
            numbers(3)
            with concbench.trace() as found: numbers(4)
            numbers(5)
            print([each.tasks for each in found.run.program.regions])
            """
        )
    )
    found = with_trace(program(str(job)), tmp_path)
    assert (found.err, found.out) == (b"", b"[4]\n")
    assert found.program is not None
    assert [each.tasks for each in found.program.regions] == [3, 4, 5]


def test_importing_concbench_does_not_import_what_traces_need() -> None:
    asked = "import concbench, sys; print('concbench.api.trace' in sys.modules, 'msgspec' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", asked], text=True) == "False False\n"
