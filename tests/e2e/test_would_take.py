"""What is said of cases that were not measured, on functions written out: no row contradicts it, and it is no guess."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.contradictions import contradictions
from concbench.analysis.analysis import analyse
from concbench.analysis.causes import Chunks
from concbench.analysis.chunks import BetterChunks
from concbench.model.run import Run
from tests.e2e.command import Command

pytestmark = pytest.mark.thorough

FUNCTIONS = '''
import time


def short(number):
    """About 20 µs."""
    total = 0
    for step in range(400):
        total += step * number
    return total


def shortest(number):
    """About 0.2 µs."""
    return number * number + 1


def fetched(number):
    """Waits as for an answer."""
    time.sleep(0.02)
    return number
'''


@pytest.fixture
def command(tmp_path: Path) -> Command:
    (tmp_path / "mine.py").write_text(FUNCTIONS, encoding="utf-8")
    return Command(tmp_path)


def compared(command: Command, *words: str) -> Run:
    ended = command.run("compare", *words, "--quick")
    assert ended.returncode == 0, ended.stderr
    return command.saved()


def advised(run: Run) -> dict[str, BetterChunks]:
    """The chunksizes that are said to be better, by the case that they are for."""
    analysis = analyse(run)
    explained = [found for result in run.results if (found := analysis.explanation(result)) is not None]
    return {
        found.result.case.id: cause.better
        for found in explained
        for cause in found.causes
        if isinstance(cause, Chunks) and cause.better is not None
    }


def test_two_thousand_tasks_of_20_us_are_not_advised_chunks_of_one_that_were_measured_to_be_slower(
    command: Command,
) -> None:
    run = compared(
        command,
        *("--workload", "mine.py:short", "--items", "2000", "--strategy", "pool-map"),
        *("--strategy", "pool-imap-unordered", "--workers", "2", "--chunksize", "1,1000"),
    )
    assert run.costs
    assert contradictions(run) == []
    medians = {result.case.id: result.median.estimate for result in run.results if result.median is not None}
    for case, better in advised(run).items():
        size = next(result.case.settings.chunksize for result in run.results if result.case.id == case)
        assert better.chunksize != 1
        assert better.seconds < medians[case]
        assert better.chunksize != size


def test_fifty_thousand_tasks_of_200_ns_one_by_one_are_advised_chunks_that_take_a_small_part_of_that(
    command: Command,
) -> None:
    run = compared(
        command,
        *("--workload", "mine.py:shortest", "--items", "50000", "--strategy", "pool-map", "--workers", "2"),
        *("--chunksize", "1"),
    )
    assert contradictions(run) == []
    (result,) = run.results
    (better,) = advised(run).values()
    assert result.median is not None
    assert better.chunksize >= 100
    assert better.predicted is not None
    assert better.predicted.low <= better.seconds <= better.predicted.high < result.median.estimate / 4


def test_scaling_on_few_workers_says_of_more_that_they_are_extrapolated(command: Command) -> None:
    run = compared(
        command,
        *("--workload", "mine.py:fetched", "--items", "77", "--strategy", "threadpool-map"),
        "--workers=1,2,3,5,8",
    )
    assert run.scalings
    text = " ".join(command.run("show", str(command.folder / "results" / saved(command))).stdout.split())
    for found in re.finditer(r"fastest with about ([\d,]+) workers[^.;]*;", text):
        if int(found[1].replace(",", "")) > 8:
            assert "beyond the 8 measured: extrapolated" in found[0]
    for found in re.finditer(r"More workers than the 8 measured [^.]*\d \([^)]*\)[^.]*\.", text):
        assert found[0].endswith("extrapolated.")


def saved(command: Command) -> str:
    """The name of the only run document."""
    (path,) = (command.folder / "results").glob("*.json")
    return path.name


def test_a_whole_job_is_predicted_from_the_run_of_a_sample(command: Command) -> None:
    run = compared(
        command,
        *("--workload", "mine.py:short", "--items", "200", "--strategy", "serial", "--strategy", "pool-map"),
        *("--workers", "2"),
    )
    assert run.costs
    asked = ("predict", f"results/{saved(command)}", "--strategy", "serial", "--strategy", "pool-map")
    ended = command.run(*asked, "--items", "200,1e6")
    assert ended.returncode == 0, ended.stderr
    assert "for 1,000,000 tasks, extrapolated along items" in " ".join(ended.stdout.split())
    assert "measured" in ended.stdout
    refused = command.run(*asked, "--cores", "10000")
    assert refused.returncode == 2
    assert "nothing is known of 10,000" in refused.stderr
