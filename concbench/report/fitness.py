"""What is said of a machine: its findings line by line, and in one sentence whether it is fit to measure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from concbench import __version__
from concbench.report import fitness_interpreter, fitness_machine, fitness_noise
from concbench.report.fitness_finding import Finding, share
from concbench.report.fitness_noise import differences, is_findable
from concbench.report.sentences import counted, filled
from concbench.runs.formats.json_document import json_document
from concbench.suites.fitness import SEARCH, Examination

SCHEMA = 1
"""The version of the document that `concbench doctor --json` writes."""
INDENT = 9
"""Columns that marks have."""


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What was found out about a machine, and what that means: the document for scripts."""

    schema: int
    concbench: str
    examination: Examination
    findings: list[Finding]
    verdict: str


def diagnose(examination: Examination) -> Diagnosis:
    """Return what an examination means."""
    found = list(findings(examination))
    return Diagnosis(
        schema=SCHEMA,
        concbench=__version__,
        examination=examination,
        findings=found,
        verdict=verdict(examination, found),
    )


def encoded(diagnosis: Diagnosis) -> bytes:
    """Return the document for scripts: indented JSON in UTF-8, with a line break at its end."""
    return json_document(diagnosis).encode()


def findings(examination: Examination) -> Iterator[Finding]:
    """Yield all findings, in the order of how a person would look: the machine, its Python, others, and noise."""
    machine = examination.machine
    logical = machine.cores.logical
    yield from fitness_machine.cores(machine.cores)
    yield from fitness_machine.frequency(machine.frequency)
    yield from fitness_machine.pressure(machine.pressure, logical)
    yield from fitness_interpreter.clock(machine.clock)
    for interpreter in examination.interpreters:
        yield from fitness_interpreter.interpreter(interpreter)
    yield from fitness_interpreter.surroundings(machine.surroundings)
    yield from fitness_noise.activity(examination.activity, logical)
    yield from fitness_noise.speed(examination.noise)
    for noise in examination.noise:
        yield from fitness_noise.noise(noise)
    for failure in examination.failures:
        yield fitness_noise.failure(failure)


def verdict(examination: Examination, found: Sequence[Finding]) -> str:
    """Return in one sentence whether the machine is fit to measure, and what can be found on it.

    `Fit to measure: differences of 2.1 % or more can be found in 15 s (pool-map), 0.8 % (serial).`
    """
    warnings = sum(finding.mark == "warning" for finding in found)
    care = f"Measure with care ({counted(warnings, 'warning')})" if warnings else "Fit to measure"
    if examination.failures or (examination.asked and not examination.noise):
        return "Not fit to measure: the noise of the smallest cases could not be measured."
    if not examination.asked:
        return f"{care}, as far as can be seen without measuring noise."
    # The larger difference first: it says what to expect.
    ordered = sorted(examination.noise, key=lambda noise: -(noise.findable or inf))
    first, *others = ordered
    text = f"{care}: {differences(first)} can be found in {SEARCH:g} s ({first.label})"
    for noise in others:
        smallest = share(noise.findable - 1) if noise.findable and is_findable(first) else differences(noise)
        text += f", {smallest} ({noise.label})"
    return f"{text}."


def lines(diagnosis: Diagnosis, width: int) -> Iterator[tuple[Finding, str]]:
    """Yield every finding with its text, in lines of at most `width` columns, without the mark before the first.

    What a finding means and what to do stand below it, as far to the right as what was seen.
    """
    room = " " * INDENT
    for finding in diagnosis.findings:
        text = filled(f"{finding.about}: {finding.seen}", width, room)
        if finding.meaning:
            text += "\n" + filled(f"{finding.meaning} {finding.advice}".rstrip(), width, room + "  ")
        yield finding, text[INDENT:]
