"""What github-action-benchmark takes as `customSmallerIsBetter`, https://github.com/benchmark-action."""

from __future__ import annotations

from typing import Any

from concbench.model import Interval, Metric, Run
from concbench.runs.exporting import exporter
from concbench.runs.formats.json_document import json_document
from concbench.runs.formats.series import Series, series

UNITS: dict[Metric, tuple[str, float]] = {"wall": ("ms", 1e3), "each": ("ns", 1e9)}
"""The unit, and how many are a second: fixed, because the action compares bare numbers from commit to commit."""


@exporter("github-action-benchmark")
def export(run: Run) -> str:
    """github-action-benchmark's `customSmallerIsBetter`: milliseconds, or nanoseconds of what is short."""
    return json_document([_entry(found) for found in series(run)])


def _entry(found: Series) -> dict[str, Any]:
    unit, scale = UNITS[found.case.metric]
    estimate = found.estimate
    entry: dict[str, Any] = {"name": found.name, "unit": unit, "value": estimate.estimate * scale}
    if estimate.low is not None and estimate.high is not None:
        reach = max(estimate.high - estimate.estimate, estimate.estimate - estimate.low)
        entry["range"] = f"± {reach * scale:.4g}"
    return {**entry, "extra": _extra(found, estimate)}


def _extra(found: Series, estimate: Interval) -> str:
    """Return what the action's page shows when a point is hovered."""
    lines = [f"samples: {len(found.times)}", f"blocks: {len(found.blocks)}"]
    if estimate.low is not None:
        lines.append(f"± is half a {100 * estimate.confidence:g} % interval over blocks")
    return "\n".join(lines)
