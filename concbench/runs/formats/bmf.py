"""Bencher Metric Format, for Bencher's `json` adapter: https://bencher.dev/docs/reference/bencher-metric-format."""

from __future__ import annotations

from math import isfinite
from statistics import median

from concbench.model.result import Interval
from concbench.model.run import Run
from concbench.runs.export import Timings, timings
from concbench.runs.text import json_document

NANOSECONDS = 1e9
"""In a second: Bencher's built-in measure `latency` is in nanoseconds."""


def document(run: Run) -> str:
    """`latency` and `cpu` in nanoseconds, `memory` in bytes."""
    return json_document({found.name: _measures(found) for found in timings(run)})


def _measures(found: Timings) -> dict[str, dict[str, float]]:
    measures = {"latency": _latency(found.estimate)}
    if found.cpu:
        measures["cpu"] = {"value": median(found.cpu) * NANOSECONDS}
    if found.memory is not None:
        measures["memory"] = {"value": float(found.memory)}
    return measures


def _latency(estimate: Interval) -> dict[str, float]:
    bounds = {"value": estimate.estimate, "lower_value": estimate.low, "upper_value": estimate.high}
    known = {name: bound * NANOSECONDS for name, bound in bounds.items() if bound is not None}
    return {name: bound for name, bound in known.items() if isfinite(bound)}  # two blocks can reach beyond all floats
