"""A plain loop."""

from __future__ import annotations

from concbench.report.snippets.program import Job, Program, assigned, each_item


def serial(job: Job) -> Program:
    """One item after the other."""
    return Program(
        imports=job.imports,
        body=[*job.prepared, assigned("results =", each_item(job.done))],
    )
