"""Options with several values, as a user gives them: measured, saved, shown and drawn; or refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from concbench.runs.reading import read_run
from tests.cli.calling import mistake
from tests.e2e.command import concbench

COMPARE = ("compare", "--workload", "cpu", "--strategy", "serial", "--strategy", "threadpool-map")
TINY = ("--rounds", "1", "--blocks", "2")


@pytest.mark.thorough
def test_a_range_of_lengths_is_measured_saved_shown_again_and_drawn(tmp_path: Path) -> None:
    words = ("--tasks", "4", "--task-time", "10us:1ms:log", *TINY, "--save", "run.json")
    measured = concbench(*COMPARE, *words, folder=tmp_path)
    assert measured.returncode == 0, measured.stderr.decode()
    text = measured.stdout.decode()
    assert "By the length of a task: cpu, 4 tasks" in text
    for length in ("10.0 µs", "32.0 µs", "100 µs", "320 µs", "1.00 ms"):
        assert f"\n{length}  " in text
    assert "threadpool-map" in text.rpartition("\n\n")[2]
    run = read_run(tmp_path / "run.json")
    assert run.axes == ["task_time"]
    assert [table.name for table in run.tables] == ["cpu 10us", "cpu 32us", "cpu 100us", "cpu 320us", "cpu 1ms"]
    assert len(run.results) == 10
    assert {comparison.reference.partition("/")[0] for comparison in run.comparisons} == {
        table.name for table in run.tables
    }
    assert [(crossing.axis, len(crossing.sizes)) for crossing in run.crossings] == [("task_time", 5)]
    assert concbench("show", "run.json", folder=tmp_path).stdout == measured.stdout
    drawn = concbench("report", "run.json", "--format", "svg", "--chart", "sweep-task_time-serial", folder=tmp_path)
    assert drawn.returncode == 0, drawn.stderr.decode()
    assert (tmp_path / "report-charts" / "sweep-task_time-serial.svg").exists()


@pytest.mark.thorough
def test_lists_of_workers_and_chunksizes_go_each_with_each(tmp_path: Path) -> None:
    words = ("--workers", "1,2", "--chunksize", "1,auto", "--tasks", "4", "--task-time", "10us", *TINY)
    result = concbench(*COMPARE, *words, "--save", "run.json", folder=tmp_path)
    assert result.returncode == 0, result.stderr.decode()
    run = read_run(tmp_path / "run.json")
    assert [result.case.label for result in run.results] == [
        "serial",
        *(f"threadpool-map workers {workers} chunksize {size}" for workers in (1, 2) for size in ("1", "auto")),
    ]
    assert b"By the number of workers" in result.stdout
    assert b"By the chunksize" in result.stdout


@pytest.mark.thorough
def test_a_suite_takes_them_and_leaves_out_the_claims_on_its_own_sizes(tmp_path: Path) -> None:
    words = ("--workers", "1,2", "--tasks", "3", "--task-time", "10us", *TINY, "--save", "run.json")
    result = concbench("run", "pool-vs-process", *words, folder=tmp_path)
    assert result.returncode == 0, result.stderr.decode()
    assert b"2 claims of the suite are about its own sizes and settings" in result.stderr
    run = read_run(tmp_path / "run.json")
    assert run.claims == []
    assert "sleep/pool-map workers 2" in {result.case.id for result in run.results}


@pytest.mark.thorough
def test_start_methods_are_compared_in_a_table_of_their_own(tmp_path: Path) -> None:
    words = (
        "--workload",
        "sleep",
        "--tasks",
        "2",
        "--task-time",
        "1ms",
        "--strategy",
        "serial",
        "--strategy",
        "pool-map",
    )
    options = ("--start-method", "fork,forkserver,spawn", "--workers", "2", *TINY, "--save", "run.json")
    found = concbench("compare", *words, *options, folder=tmp_path)
    assert found.returncode == 0, found.stderr.decode()
    run = read_run(tmp_path / "run.json")
    assert [each.case.label for each in run.results] == [
        *("serial", "pool-map fork", "pool-map forkserver", "pool-map spawn"),
    ]
    assert [each.case.along.get("start_method") for each in run.results] == [None, "fork", "forkserver", "spawn"]
    text = found.stdout.decode()
    assert "By the start method" in text
    assert concbench("show", "run.json", folder=tmp_path).stdout == found.stdout
    assert concbench("report", "run.json", folder=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--workers", "8:1"), "Invalid value for '--workers': '8:1' runs backwards: write 1:8"),
        (("--task-time", "1ms:1s"), "'1ms:1s' has no step: write 1ms:1s:log"),
        (("--tasks", "1,,2"), "'1,,2' has an empty place"),
        (("--chunksize", "1:4,8"), "mixes a list and a range"),
        (("--payload", "auto"), "'auto' is not a size"),
        (("--start-method", "fork,clone"), "'clone' is not one of fork, forkserver, spawn"),
        (("--forkserver-preload", "not a module"), "--forkserver-preload: 'not a module' is no module"),
        (
            ("--start-method", "fork,spawn", "--forkserver-preload", "json"),
            "only a fork server imports modules ahead: add forkserver to the start methods",
        ),
        (
            ("--workers", "1:64", "--tasks", "1:64", "--chunksize", "1:64"),
            "make 262,208 cases, and a run has at most 400",
        ),
    ],
)
def test_a_mistake_is_told_before_anything_is_measured(
    words: tuple[str, ...], hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert hint in mistake(*COMPARE, *words)
    assert list(tmp_path.iterdir()) == []


def test_items_and_several_counts_of_tasks_contradict_each_other(tmp_path: Path) -> None:
    words = ("--workload", "json:dumps", "--items", "10", "--tasks", "10,100")
    result = concbench("compare", *words, folder=tmp_path)
    assert result.returncode == 2
    assert b"--items and --tasks both say how many" in result.stderr


@pytest.mark.thorough
def test_warm_pools_are_measured_beside_what_starts_a_worker_for_each_task_and_nothing_is_left(tmp_path: Path) -> None:
    names = ("serial", "process", "pool-map", "executor-processes", "threadpool-map", "asyncio-to-thread")
    chosen = [word for name in names for word in ("--strategy", name)]
    words = ("--workload", "sleep", "--tasks", "4", "--task-time", "1ms", *chosen, "--workers", "2", "--warm", "--why")
    found = concbench("compare", *words, *TINY, "--save", "run.json", folder=tmp_path)
    assert found.returncode == 0, found.stderr.decode()
    text = " ".join(found.stdout.decode().split())
    assert "2 warm workers" in text
    assert "not warm: process starts workers in each sample" in text
    results = {each.case.row: each for each in read_run(tmp_path / "run.json").results}
    for name in names[2:]:
        assert results[name].case.settings.warm
        assert all(sample.start == sample.stop == 0 for sample in results[name].samples)
        assert results[name].watch is not None
    assert not results["process"].case.settings.warm
    assert any(sample.start + sample.stop > 0 for sample in results["process"].samples)
