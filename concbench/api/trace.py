"""`concbench.trace`: records the tasks of a part of a program, or of a notebook's cell."""

from __future__ import annotations

import sys
from os import PathLike
from pathlib import Path
from types import TracebackType

from concbench.api.errors import NotMeasured
from concbench.measure.this_process import Part, begin, end
from concbench.model.run import Run
from concbench.report.document import document
from concbench.report.notebook import in_notebook
from concbench.report.terminal import terminal_text
from concbench.report.units import counted
from concbench.runs.writing import write_run
from concbench.session.program import TracedProgram


class trace:  # noqa: N801 - it is called as a function
    """Record the tasks that a block of code runs: those of the pools, executors, threads and coroutines that it opens.

    They are recorded in this process and in those that it starts meanwhile. When the block is left, also by an
    exception, `run` is the run document, which `concbench show` reads once it is saved; printed, it is a report, and in
    a notebook also one with charts (extra `report`). What was opened before is not seen.

    Blocks may lie inside one another, follow one another, and run in several threads: each finds what happened in its
    time. In a program that runs under `concbench trace`, a block is a part of that trace, and finds its own part, too.
    Where the system refuses a folder for temporary files, OSError is raised.

    Args:
        items: Whether to keep a short text of what each task works on. Of blocks at once, the first one decides.

    Example:
        >>> from concurrent.futures import ThreadPoolExecutor
        >>> with trace() as found, ThreadPoolExecutor(2) as executor:
        ...     numbers = list(executor.map(abs, range(-3, 3)))
        >>> [(region.name, region.tasks) for region in found.run.program.regions]
        [('ThreadPoolExecutor', 6)]
    """

    def __init__(self, *, items: bool = False) -> None:
        self._items = items
        self._part: Part | None = None
        self._run: Run | None = None

    def __enter__(self) -> trace:
        if self._part is not None:
            raise RuntimeError("this block is being recorded already: call concbench.trace() for each")
        self._run = None
        self._part = begin(self._items)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        part, self._part = self._part, None
        found = None if part is None else end(part)
        if found is not None:
            whole = TracedProgram(sys.orig_argv, ["concbench.trace"])
            whole.found = found
            self._run = whole.run()

    @property
    def run(self) -> Run:
        """The run document; raises NotMeasured before the block was left."""
        if self._run is None:
            raise NotMeasured("the block is still being recorded" if self._part else "no block was recorded")
        return self._run

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the run document, and return its path; nothing is overwritten.

        Raises UnwritableRun, and NotMeasured as `run` does.
        """
        return write_run(self.run, Path(path))

    def __str__(self) -> str:
        return terminal_text(document(self.run))

    def __repr__(self) -> str:
        if self._run is None or self._run.program is None:
            return "trace()"
        regions = self._run.program.regions
        tasks = sum(region.tasks for region in regions)
        return f"trace({counted(len(regions), 'region')}, {counted(tasks, 'task')})"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return in_notebook(self.run)
