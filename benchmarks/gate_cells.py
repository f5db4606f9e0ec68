"""The cells that gates are tried on, written as a user's project: what each tool measures is the same function."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.projects import commit, git, write_gate

TASK = """\
import time

LOOPS = {loops}


def task(number):
{sleep}    for _ in range(LOOPS):
        number += 1
    return number
"""

CELL = """\
import threading
from multiprocessing import Pool, Process

from work import task


def pool_map():
    with Pool({workers}) as pool:
        pool.map(task, range({tasks}))
        pool.close()
        pool.join()


def thread():
    threads = [threading.Thread(target=task, args=(number,)) for number in range({tasks})]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def process():
    processes = [Process(target=task, args=(number,)) for number in range({tasks})]
    for each in processes:
        each.start()
    for each in processes:
        each.join()
"""

PYTEST = """\
from cell import {function} as cell


def test_cell(benchmark):
    benchmark(cell)
"""

PYPERF = """\
import pyperf

from cell import {function} as cell

runner = pyperf.Runner()
runner.bench_func("cell", cell)
"""


@dataclass(frozen=True)
class Cell:
    """A strategy and its tasks."""

    name: str
    strategy: str
    tasks: int
    loops: int
    """Turns of each task's loop, of about 30 ns."""
    share: float
    """Of the cell's CPU time, what its loops take: how much the CPU time changes in a long paired run whose loops are
    a fifth longer, by a fifth. Loops are made longer by more, so that CPU time changes as asked."""
    sleep: float = 0.0
    """Seconds that each task sleeps before."""
    workers: int | None = None

    @property
    def function(self) -> str:
        """What it is called in the plain scripts."""
        return self.strategy.replace("-", "_")


CELLS = (
    Cell("pool-map cpu", "pool-map", 64, 17_000, 0.7, workers=2),
    Cell("thread sleep", "thread", 50, 8_000, 0.55, sleep=0.005),
    Cell("process start", "process", 12, 60_000, 0.37),
)


def write_project(folder: Path, cell: Cell, change: float) -> None:
    """Write a project as a git repository, whose last commit makes the cell take more CPU time, by a share."""
    folder.mkdir(parents=True)
    (folder / "cell.py").write_text(CELL.format(tasks=cell.tasks, workers=cell.workers))
    (folder / "test_cell.py").write_text(PYTEST.format(function=cell.function))
    (folder / "pyperf_cell.py").write_text(PYPERF.format(function=cell.function))
    write_gate(folder, "cell", "work:task", cell.tasks, cell.strategy, cell.workers)
    write_task(folder, cell, 0.0)
    commit(folder, "base")
    write_task(folder, cell, change)
    (folder / "CHANGES").write_text(f"{change}\n")  # there is a commit where nothing has changed, too
    commit(folder, "head")


def write_task(folder: Path, cell: Cell, change: float) -> None:
    """Write the task, with a loop that makes the cell's CPU time longer by a share."""
    sleep = f"    time.sleep({cell.sleep})\n" if cell.sleep else ""
    (folder / "work.py").write_text(TASK.format(loops=round(cell.loops * (1 + change / cell.share)), sleep=sleep))


def each_revision(folder: Path) -> Iterator[str]:
    """The names of the last two commits, the older one first, while each is checked out.

    Both are named before: once one is checked out, HEAD is that one.
    """
    command = ["git", "rev-list", "--max-count=2", "--reverse", "HEAD"]
    for revision in subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.split():
        git(folder, "checkout", "--quiet", "--detach", revision)
        yield revision
