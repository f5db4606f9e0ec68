"""How a run was measured, what to know before trusting it, and details on the machine, the cases and what failed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from concbench.analysis.analysis import Analysis
from concbench.model.case import given_settings
from concbench.model.program import Program
from concbench.model.result import Result
from concbench.model.run import Run
from concbench.report.blocks import Block, Code, Details, Heading, Paragraph, Table
from concbench.report.safe import printable_lines
from concbench.report.sections import inner_threads
from concbench.report.uncertainty import plus_minus
from concbench.report.units import counted, figures, listed, seconds, size
from concbench.stats.distribution import Outlier, Summary
from concbench.stats.intervals import FEWEST_BLOCKS

UNSEEN = "Threads that C code starts are not seen, nor what other programs did meanwhile."
"""Of a program that is traced, in whatever run."""
MOST_NAMED = 3
"""Outliers that a sentence names; the others are counted."""


def warnings(run: Run) -> Iterator[Paragraph]:
    """What casts doubt on the results."""
    yield from (Paragraph(warning, "warning") for warning in run.warnings)


def method(analysis: Analysis, verbose: bool = False) -> Iterator[Block]:
    """Tracebacks, how the run was measured, and, if `verbose`, all details of it."""
    run = analysis.run
    yield from tracebacks(run)
    yield Heading("How it was measured", name="how")
    yield Paragraph(" ".join(filter(None, (how_measured(run), inner_threads.pools_in_words(run)))), "note")
    if verbose:
        yield Details("The machine and the interpreter", (machine(run),))
        if run.program is not None:
            yield Details("The processes of the program", (processes(run.program),))
            return
        yield Details("The settings of every case", tuple(Paragraph(line, "note") for line in settings(run)))
        odd = tuple(
            Paragraph(sentence, "note")
            for name, found in analysis.summaries.items()
            for sentence in oddities(name, found)
        )
        if odd:
            yield Details("Outliers", odd)


def how_measured(run: Run) -> str:
    """One paragraph on how the figures came about."""
    if run.program is not None:
        return how_traced(run, run.program)
    if run.facts and not run.results:
        text = f"{counted(len(run.facts), 'observation')} in {seconds(run.seconds)}; {interpreters(run)}."
        return text + ("" if run.complete else " Interrupted: not all statements were checked.")
    samples = sum(len(result.samples) for result in run.results)
    cores = counted(run.environment.usable_cores, "usable core")
    load = f", load {run.environment.load_start:.1f}" if run.environment.load_start is not None else ""
    return (
        f"{counted(samples, 'sample')} in {counted(run.blocks, 'block')}, {seconds(run.seconds)}, "
        f"{100 * run.duty:.0f} % of it inside samples; {interpreters(run)}, {cores}{load}; seed {run.seed}. "
        f"{how_sure(run)}{'' if run.complete else ' Interrupted: these are the figures so far.'}"
    )


def how_traced(run: Run, program: Program) -> str:
    """One paragraph on a program that was traced: what its one run was, and what could not be seen of it."""
    number = len(program.processes)
    where = f"{number:,} process{'' if number == 1 else 'es'}"
    ran = f"{seconds(program.wall)}, {seconds(program.cpu)} of CPU time in {where}"
    python = program.python or run.environment.python
    gil = "" if program.gil else ", free-threaded"
    load = f", load {run.environment.load_start:.1f}" if run.environment.load_start is not None else ""
    ended = f" {how_it_ended(program.status)}" if program.status else ""
    unseen = "".join(f" {sentence.rstrip('.')}." for sentence in program.unseen)
    return (
        f"One run of the program, recorded: {ran}; Python {python}{gil}, "
        f"{counted(program.cores, 'usable core')}{load}.{ended} One run has no interval: another one differs. "
        f"{UNSEEN}{unseen}"
    )


def how_it_ended(status: int) -> str:
    """A sentence on a program that did not end well.

    >>> how_it_ended(3), how_it_ended(-9)
    ('It exited with status 3.', 'Signal 9 ended it.')
    """
    return f"It exited with status {status}." if status > 0 else f"Signal {-status} ended it."


def processes(program: Program) -> Table:
    """The processes of a traced program that had something to record."""
    return Table(
        ("process", "parent", "began", "command"),
        tuple(
            (str(each.pid), str(each.parent), seconds(each.began), " ".join(each.command)) for each in program.processes
        ),
        "The processes of the program",
        align="rrrl",
        wraps=True,
    )


def how_sure(run: Run) -> str:
    """What stands behind the figures: half an interval, or the range of samples."""
    medians = [result.median for result in run.results if result.median is not None and len(result.samples) > 1]
    vague = not all(map(plus_minus, [*medians, *(comparison.ratio for comparison in run.comparisons)]))
    if run.blocks < FEWEST_BLOCKS:
        brackets = "; brackets hold the range of the samples" if medians else ""
        return f"Fewer than {FEWEST_BLOCKS} blocks give no interval (--blocks){brackets}."
    brackets = "; brackets hold the range of the samples, where an interval would say nothing" if vague else ""
    return f"± is half a 95 % interval over blocks{brackets}."


def interpreters(run: Run) -> str:
    """The interpreters that a run was measured under."""
    if run.sides and not run.changes:
        return listed([f"Python {side.python} ({side.about})" for side in run.sides])
    gil = "" if run.environment.gil else ", free-threaded"
    return f"{run.environment.implementation} {run.environment.python}{gil}"


def machine(run: Run) -> Table:
    """The machine, the interpreter, and how to measure the same again."""
    found = run.environment
    quota = "" if found.cgroup_cpus is None else f"; the control group allows {found.cgroup_cpus:g}"
    loads = [f"{load:.1f}" for load in (found.load_start, found.load_end) if load is not None]
    gil = "with a GIL" if found.gil else "free-threaded"
    rows = {
        "command": " ".join(run.command),
        "started": run.started,
        "took": f"{seconds(run.seconds)}, in {counted(run.blocks, 'block')}; seed {run.seed}",
        "CPU": found.cpu_model or "unknown",
        "cores": f"{found.usable_cores} usable of {found.logical_cores}{quota}",
        "memory": size(found.memory),
        "governor": found.governor or "unknown",
        "load, before and after": ", ".join(loads) or "unknown",
        "operating system": found.os,
        "Python": f"{found.implementation} {found.python}, {gil}; {found.build}",
        "start method": found.start_method,
        "versions": ", ".join(f"{name} {version}" for name, version in found.versions.items()),
        "revision": found.git_revision or "none",
    }
    return Table(("", ""), tuple(rows.items()), "The machine and the interpreter", align="ll", wraps=True)


def settings(run: Run) -> Iterator[str]:
    """A line on the settings of each case."""
    for result in run.results:
        chosen = given_settings(result.case.settings).items()
        shown = (
            ", ".join(name if value is True else f"{name} {_plain(value)}" for name, value in chosen) or "no settings"
        )
        loops, samples = counted(result.case.workload.loops, "loop"), counted(len(result.samples), "sample")
        yield f"{result.case.id}: {shown}; {loops}; {samples}"


def _plain(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def tracebacks(run: Run) -> Iterator[Block]:
    """Tracebacks of tasks and workers: each text once, below the cases that failed with it."""
    results: dict[str, list[Result]] = {}
    for result in run.results:
        if result.failure is not None and result.failure.traceback:
            results.setdefault(printable_lines(result.failure.traceback), []).append(result)
    for text, failed in results.items():
        names = ", ".join(result.case.id for result in failed)
        who = "Raised by the task, in" if failed[0].case.experiment == "tasks" else "Raised in"
        yield Paragraph(f"{who} {names}:", "error")
        yield Code(textwrap.indent(text, "  "), "pytb")


def oddities(name: str, found: Summary) -> Iterator[str]:
    """Sentences on a case's outliers, and on its two modes, if it has any.

    Blocks and rounds are numbered as in the run document, from 0.

    >>> from concbench.model.result import Interval
    >>> median = Interval(estimate=0.012, low=None, high=None, confidence=0.95, blocks=1)
    >>> late = Outlier(block=3, round=7, value=0.041, factor=3.2)
    >>> found = Summary(blocks=1, samples=40, median=median, scatter=0.03, spread=None, outliers=(late,), bimodal=None)
    >>> list(oddities("cpu/pool-map", found))
    ["cpu/pool-map: 1 of 40 samples is an outlier: block 3 round 7 took 41 ms, 3.2 times its block's median."]
    """
    if found.outliers:
        yield f"{name}: {outliers(found)}."
    if found.bimodal is not None:
        lower, upper = found.bimodal
        yield (
            f"{name} has two modes, about {seconds(lower)} and {seconds(upper)}; its median may be either. "
            "The cores may have two speeds, or switch between them."
        )


def outliers(found: Summary) -> str:
    """The number of outliers, and the farthest of them."""
    number = len(found.outliers)
    verb = "is an outlier" if number == 1 else "are outliers"
    named = [_outlier(outlier, place == 0) for place, outlier in enumerate(found.outliers[:MOST_NAMED])]
    more = [f"and {number - MOST_NAMED:,} more"] if number > MOST_NAMED else []
    return f"{number:,} of {counted(found.samples, 'sample')} {verb}: {'; '.join([*named, *more])}"


def _outlier(outlier: Outlier, first: bool) -> str:
    text = f"block {outlier.block} round {outlier.round} took {seconds(outlier.value, 2)}"
    return f"{text}, {figures(outlier.factor, 2)} times" + (" its block's median" if first else "")
