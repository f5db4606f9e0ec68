"""Whether a machine is fit for measuring: its findings in order, those on noise, the verdict, and a document of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, sqrt

from concbench import __version__
from concbench.analysis.fitness import SEARCH, Examination, Noise
from concbench.report.experiments.view import NOISY
from concbench.report.safe import printable
from concbench.report.sections.machine import (
    Finding,
    Mark,
    activity,
    clock,
    cores,
    frequency,
    interpreter,
    judged,
    marked,
    pressure,
    share,
    surroundings,
    taken,
    unknown,
)
from concbench.report.terminal import filled
from concbench.report.units import counted, figures
from concbench.runs.text import json_document
from concbench.stats.verdicts import MARGIN

SCHEMA = 1
"""The version of the document that `concbench doctor --json` writes."""
INDENT = 9
"""Columns for marks."""

UNEVEN, VERY_UNEVEN = 1.15, 1.4
"""CPU time of the slowest samples relative to the fastest, for the same work."""
BLUNT = 0.1
"""The smallest detectable difference; a smaller one above the usual margin is noted."""
WORST = 1.0
"""Detectable differences larger than this are only said to be larger."""


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What was found out about a machine, and what that means: the document for scripts."""

    schema: int
    concbench: str
    examination: Examination
    findings: list[Finding]
    verdict: str


def diagnose(examination: Examination) -> Diagnosis:
    """Judge an examination."""
    found = list(findings(examination))
    return Diagnosis(
        schema=SCHEMA,
        concbench=__version__,
        examination=examination,
        findings=found,
        verdict=verdict(examination, found),
    )


def encoded(diagnosis: Diagnosis) -> bytes:
    """The document for scripts: indented JSON in UTF-8, with a line break at its end."""
    return json_document(diagnosis).encode()


def lines(diagnosis: Diagnosis, width: int) -> Iterator[tuple[Finding, str]]:
    """Every finding with its text, in lines of at most `width` columns, without the mark before the first.

    Meaning and advice stand below what was seen, indented.
    """
    room = " " * INDENT
    for finding in diagnosis.findings:
        text = filled(f"{finding.about}: {finding.seen}", width, room)
        if finding.meaning:
            text += "\n" + filled(f"{finding.meaning} {finding.advice}".rstrip(), width, room + "  ")
        yield finding, text[INDENT:]


def verdict(examination: Examination, found: Sequence[Finding]) -> str:
    """Whether the machine is fit for measuring, and what can be detected on it, in one sentence.

    `Fit to measure: differences of 2.1 % or more can be detected in 15 s (pool-map), 0.80 % (serial).`
    """
    if examination.failures or (examination.asked and not examination.noise):
        return "Not fit to measure: the noise of the smallest cases could not be measured."
    warnings = sum(finding.mark == "warning" for finding in found)
    fitness = f"Measure with care ({counted(warnings, 'warning')})" if warnings else "Fit to measure"
    if not examination.asked:
        return f"{fitness}, as far as can be seen without measuring noise."
    # The largest difference first: it says what to expect.
    first, *others = sorted(examination.noise, key=lambda noise: -(noise.findable or inf))
    text = f"{fitness}: {_detectable(first)} can be detected in {SEARCH:g} s ({first.label})"
    for noise in others:
        smallest = share(noise.findable - 1) if noise.findable and _is_detectable(first) else _detectable(noise)
        text += f", {smallest} ({noise.label})"
    return f"{text}."


def findings(examination: Examination) -> Iterator[Finding]:
    """All findings: on the machine, its interpreters, other load, and noise."""
    machine = examination.machine
    logical = machine.cores.logical
    yield from cores(machine.cores)
    yield from taken(examination.cores_taken, machine.cores.usable)
    yield from frequency(machine.frequency)
    yield from pressure(machine.pressure, logical)
    yield from clock(machine.clock)
    for each in examination.interpreters:
        yield from interpreter(each)
    yield from surroundings(machine.surroundings)
    yield from activity(examination.activity, logical)
    yield from _core_speed(examination.noise)
    for noise in examination.noise:
        yield _noise_level(noise)
        yield _agreement(noise)
    for failure in examination.failures:
        yield Finding(
            "warning",
            "noise",
            f"could not be measured: {failure.kind}: {printable(failure.message)}",
            "Whatever stops these smallest of cases will stop others, too.",
            "For details, run concbench compare --workload cpu --strategy serial --strategy pool-map --verbose.",
        )


# Noise


def _core_speed(found: Sequence[Noise]) -> Iterator[Finding]:
    """Whether cores keep their speed, from `serial`, whose CPU time is all its own, in one process.

    With several interpreters, the largest figure counts, because the cores are the same.
    """
    serial = [each.speeds for each in found if each.subject == "serial"]
    if serial:
        largest = max((each for each in serial if each is not None), default=None)
        mark = marked(largest, UNEVEN, VERY_UNEVEN)
        most = "steady: the same work takes at most" if mark == "good" else "the same work takes up to"
        yield judged(
            mark,
            "core speed",
            f"{most} {figures(largest or 0.0)} times the CPU time",
            "The cores change speed while they work: their frequency changes, or the other half of a physical core is "
            "busy, which a virtual machine can't see otherwise. Cases of one run, measured side by side, can be "
            "compared; different runs can't.",
            "Fix the frequency (governor, turbo), turn hyper-threading off, or measure on a machine of your own; "
            "a larger --budget averages it out.",
        )


def _noise_level(found: Noise) -> Finding:
    """How much two identical cases of one subject vary, and which differences that hides."""
    mark: Mark = "warning" if found.findable is None else marked(found.findable - 1, MARGIN, BLUNT)
    if mark == "good" and (found.scatter or 0.0) > NOISY:
        mark = "note"
    if found.findable is None or found.ratio.blocks < 2:
        search = f"too slow to detect any difference in {SEARCH:g} s"
    else:
        error = 1 / sqrt(2 * (found.ratio.blocks - 1))
        search = f"{_detectable(found)} can be detected in {SEARCH:g} s (give or take {100 * error:.0f} % of that)"
    return judged(
        mark,
        f"noise, {found.label}",
        f"{_variation(found)}; {search}",
        "Verdicts will often be undecided." if mark == "warning" else "Small differences need more time than usual.",
        "Resolve the notes and warnings above, and give runs a larger --budget.",
    )


def _variation(found: Noise) -> str:
    """How much samples and blocks vary, each by itself where that is known."""
    if found.scatter is None and found.between is None:
        return "one sample of each case only"
    if found.scatter is None or found.between is None:
        both = found.scatter if found.between is None else found.between / sqrt(2)  # that of a ratio of two
        return f"samples and blocks together vary by {share(both or 0.0)}"
    blocks = f"blocks by another {share(found.hosts)}" if found.hosts else "blocks by no more than that explains"
    return f"single samples vary by {share(found.scatter)}, {blocks}"


def _detectable(found: Noise) -> str:
    """Which differences can be detected: `differences of 2.1 % or more`."""
    if found.findable is None or not _is_detectable(found):
        return f"no differences below {share(WORST)}"
    return f"differences of {share(found.findable - 1)} or more"


def _is_detectable(found: Noise) -> bool:
    """Whether any difference of a plausible size can be detected."""
    return found.findable is not None and found.findable - 1 <= WORST


def _agreement(found: Noise) -> Finding:
    """Whether two identical cases were found to be the same, as they are."""
    about = f"identical cases, {found.label}"
    ratio = found.ratio
    if ratio.low is None or ratio.high is None:
        return unknown(about)
    interval = f"{100 * ratio.confidence:g} % interval {figures(ratio.low, 4)} to {figures(ratio.high, 4)}"
    return judged(
        "good" if ratio.low <= 1 <= ratio.high else "note",
        about,
        f"they differ by a factor of {figures(ratio.estimate, 4)} ({interval})",
        "A difference was found where there is none, which happens by chance once in "
        f"{1 / (1 - ratio.confidence):.0f} times.",
        "Run this again; if it recurs, something favours one host over another, so don't trust small differences.",
    )
