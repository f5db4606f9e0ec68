"""Export: a run as a document in another tool's format, and the file that it goes to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from statistics import median

from concbench.model.result import Interval, Result, Sample
from concbench.model.run import Run
from concbench.registry import UnknownName
from concbench.runs.text import distinct, printable
from concbench.runs.writing import ADVICE, UnwritableRun, put_in_place, temporary_file

FORMATS = {
    "bmf": "bmf",
    "chrome-trace": "chrome_trace",
    "csv": "comma_separated",
    "github-action-benchmark": "github_action_benchmark",
    "hyperfine": "hyperfine",
    "markdown": "markdown",
    "pyperf": "pyperf",
    "pytest-benchmark": "pytest_benchmark",
}
"""The names that `concbench export --to` takes, each with its module in `concbench.runs.formats`."""


class UnexportableRun(Exception):
    """A run holds nothing that the format could express; the text is one line that says what to do."""

    def __str__(self) -> str:
        """The reason, with control characters escaped."""
        return printable(super().__str__())


def exported(run: Run, name: str) -> str:
    """`run` as a document in the format of that name.

    Raises:
        UnknownName: there is no such format.
        UnexportableRun: the run has nothing to export.

    Example:
        `exported(run, "csv")`
    """
    if name not in FORMATS:
        raise UnknownName("format", name, list(FORMATS))
    document: str = import_module(f"concbench.runs.formats.{FORMATS[name]}").document(run)
    return document


@dataclass(frozen=True)
class Timings:
    """The times of a measured case, as every format takes them."""

    name: str
    """The case's id, printable and unlike that of any other."""
    result: Result

    @cached_property
    def blocks(self) -> list[list[float]]:
        """Seconds of the case's metric: a list for each block, in the order of the rounds."""
        found: dict[int, list[float]] = defaultdict(list)
        for sample in self.samples:
            time = sample.wall if self.result.case.metric == "wall" else sample.each
            if time is not None:
                found[sample.block].append(time)
        return list(found.values())

    @property
    def samples(self) -> list[Sample]:
        """All samples, block by block and round by round."""
        return sorted(self.result.samples, key=lambda sample: (sample.block, sample.round))

    @property
    def times(self) -> list[float]:
        """Seconds of the case's metric, block by block and round by round."""
        return [time for block in self.blocks for time in block]

    @property
    def cpu(self) -> list[float]:
        """CPU seconds of each sample; empty if the metric covers only a part of a sample."""
        if self.result.case.metric != "wall":
            return []
        return [sample.cpu for sample in self.result.samples if sample.cpu is not None]

    @property
    def memory(self) -> int | None:
        """Peak memory in bytes: PSS, or RSS if there is no PSS; None if the case was not watched."""
        watch = self.result.watch
        return None if watch is None else watch.peak_rss if watch.peak_pss is None else watch.peak_pss

    @property
    def estimate(self) -> Interval:
        """Seconds of the metric: the run's own median, or that of all samples, without an interval."""
        if self.result.median is not None:
            return self.result.median
        return Interval(estimate=median(self.times), low=None, high=None, confidence=0.95, blocks=len(self.blocks))


def timings(run: Run) -> list[Timings]:
    """The measured cases of a run, in its order.

    Raises:
        UnexportableRun: there are none.

    Example:
        `[found.name for found in timings(run)]` is `["short/process", "short/pool-map"]`.
    """
    measured = [result for result in run.results if result.samples]
    names = distinct(printable(result.case.id).strip() for result in measured)
    found = [Timings(name, result) for name, result in zip(names, measured, strict=True)]
    found = [one for one in found if one.blocks]
    if not found:
        raise UnexportableRun(_nothing_in(run))
    return found


def left_out(run: Run) -> list[Result]:
    """The results that no export holds, because they have no samples."""
    return [result for result in run.results if not result.samples]


def write_export(document: str | bytes, path: Path, *, overwrite: bool) -> None:
    """Write an export to `path`, whole or not at all; missing folders are created.

    Raises:
        UnwritableRun: the file exists and `overwrite` is false, or it can't be written; no part of it is left.

    Example:
        `write_export(text, Path("results/pools.csv"), overwrite=False)`
    """
    try:
        if path.is_dir():
            raise UnwritableRun(f"{path} is a folder: name a file in it")
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary_file(path.parent, document.encode() if isinstance(document, str) else document) as temporary:
            if overwrite:
                temporary.replace(path)
            elif not put_in_place(temporary, path):
                raise UnwritableRun(f"{path} already exists: name another file, or overwrite it with --force")
    except OSError as error:
        advice = ADVICE.get(error.errno or 0, "name another file")
        raise UnwritableRun(f"{path} can't be written ({error.strerror or error}): {advice}") from error
    except ValueError as error:  # such as a NUL in the name
        raise UnwritableRun(f"{path} can't be the name of a file: choose another") from error


def _nothing_in(run: Run) -> str:
    if run.program is not None:
        return "it is a trace of a program, which only the format chrome-trace holds"
    if run.results:
        return f"none of its {len(run.results)} cases was measured: see why with `concbench show`"
    if run.facts:
        return "it holds only facts, which have no times: see them with `concbench show`"
    return "it has no cases: name another run"
