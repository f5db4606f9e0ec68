"""The columns of a part's table: what each is called, and what it says of a case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from concbench.model import Case, Comparison, Part, Run
from concbench.report.safe import printable
from concbench.report.uncertainty import pairs_of, ratio_with_reach, seen_of, time_with_reach
from concbench.report.units import percent, seconds, size, time_unit
from concbench.stats.intervals import scatter

NOISY = 0.25
"""Relative scatter of single samples from which a row is marked."""
MARK = " ~"
NOTHING = "-"
RECOMMENDED = "recommended"
"""What the recommended case is called in a header."""
ROUNDED = 1.005
"""What is no more than so much of the ideal is shown as 100 %."""
BEYOND = "+"
"""Behind an ideal of 100 %: the case was faster than what its ideal rests on."""


@dataclass(frozen=True)
class Column:
    """A header, and the cell below it for each case."""

    header: str
    cell: Callable[[Case], str]


@dataclass(frozen=True)
class Columns:
    """The columns of a table: what names a case, what says how long it took, and what says what it cost."""

    names: tuple[Column, ...]
    time: tuple[Column, ...]
    cost: tuple[Column, ...]


def task_columns(shared: Shared) -> Columns:
    """Return the columns of strategies that run tasks."""
    return Columns(
        names=(Column("strategy", label),),
        time=(
            Column("median", median_cell),
            shared.ratio,
            Column("start+run+stop", _phases),
            Column("ideal", _of_ideal),
        ),
        cost=(Column("CPU", _cpu), Column("CPU%", cpu_percent_cell), shared.memory, shared.processes),
    )


@dataclass(frozen=True)
class Shared:
    """Columns that tables of several experiments have."""

    ratio: Column
    memory: Column
    processes: Column


def shared_columns(part: Part, run: Run) -> Shared:
    """Return the columns that don't depend on the experiment, for one part of a run."""
    ratios = {comparison.case: comparison for comparison in run.comparisons if comparison.reference == part.reference}
    cases = [case for case in run.cases if case.part == part.name]
    reference = next((case for case in cases if case.id == part.reference), None)
    name = "reference" if reference is None else label(reference)
    if any(found.case == part.reference for found in run.recommendations):
        name = RECOMMENDED  # its label names all settings, and would fill the table
    return Shared(
        ratio=Column(f"x {name}", lambda case: _ratio(case, ratios, reference, part)),
        memory=Column(memory_header(cases), _memory),
        processes=Column("procs", lambda case: str(case.watch.peak_processes) if case.watch else NOTHING),
    )


def label(case: Case) -> str:
    """Return what a case's row is called, safe to print."""
    return printable(case.label)


def is_noisy(case: Case) -> bool:
    """Say whether single samples of a case scatter so much that its row is marked."""
    return scatter(case.samples, case.metric) > NOISY


def memory_header(cases: Sequence[Case]) -> str:
    """Return which figure of memory a table shows: RSS counts shared pages again for each process."""
    watches = [case.watch for case in cases if case.watch is not None]
    return "RSS" if watches and all(watch.peak_pss is None for watch in watches) else "PSS"


def cpu_seconds(case: Case) -> float | None:
    """Return the median CPU seconds of a sample; None where the system can't tell."""
    known = [sample.cpu for sample in case.samples if sample.cpu is not None]
    return median(known) if known else None


def peak_memory(case: Case) -> int | None:
    """Return the peak memory of the whole tree in bytes: PSS, and RSS where there is no PSS."""
    if case.watch is None:
        return None
    return case.watch.peak_rss if case.watch.peak_pss is None else case.watch.peak_pss


def median_cell(case: Case) -> str:
    """Return the median of a case's metric with half its interval or its range, and the mark of a noisy row."""
    if case.median is None:
        return NOTHING
    return time_with_reach(case.median, seen_of(case)) + (MARK if is_noisy(case) else "")


def _ratio(case: Case, ratios: dict[str, Comparison], reference: Case | None, part: Part) -> str:
    if case.id == part.reference:
        return "1" if case.median is not None else NOTHING
    if case.id not in ratios:
        return NOTHING
    return ratio_with_reach(ratios[case.id].ratio, pairs_of(case, reference))


def _phases(case: Case) -> str:
    if not case.samples:
        return NOTHING
    phases = [median(getattr(sample, phase) for sample in case.samples) for phase in ("start", "run", "stop")]
    scale, unit = time_unit(max(phases))
    return "+".join(_short(phase / scale) for phase in phases) + f" {unit}"


def _short(value: float) -> str:
    """Return a phase in the unit of its row: what is too small to matter is 0."""
    return "0" if value < 0.05 else f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def _of_ideal(case: Case) -> str:
    if not case.ideal or case.median is None:
        return NOTHING
    return percent(1.0) + BEYOND if is_beyond_ideal(case) else percent(case.ideal / case.median.estimate)


def is_beyond_ideal(case: Case) -> bool:
    """Say whether a case took less than its ideal, by more than is lost in rounding."""
    return case.ideal is not None and case.median is not None and case.ideal > ROUNDED * case.median.estimate


def _cpu(case: Case) -> str:
    cpu = cpu_seconds(case)
    return NOTHING if cpu is None else seconds(cpu, 2)


def cpu_percent_cell(case: Case) -> str:
    """Return the share of a core that all samples kept busy."""
    known = [(sample.cpu, sample.wall) for sample in case.samples if sample.cpu is not None]
    if not known:
        return NOTHING
    return percent(sum(cpu for cpu, _ in known) / sum(wall for _, wall in known))


def _memory(case: Case) -> str:
    memory = peak_memory(case)
    return NOTHING if memory is None else size(memory, 2)
