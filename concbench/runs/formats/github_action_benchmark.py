"""github-action-benchmark's `customSmallerIsBetter`: https://github.com/benchmark-action/github-action-benchmark."""

from __future__ import annotations

from typing import Any

from concbench.model.case import Metric
from concbench.model.run import Run
from concbench.runs.export import Timings, timings
from concbench.runs.text import json_document

UNITS: dict[Metric, tuple[str, float]] = {"wall": ("ms", 1e3), "each": ("ns", 1e9)}
"""The unit, and how many make a second: fixed, because the action compares bare numbers from commit to commit."""


def document(run: Run) -> str:
    """Milliseconds of wall time, nanoseconds of a round trip, step, turn or worker."""
    return json_document([_entry(found) for found in timings(run)])


def _entry(found: Timings) -> dict[str, Any]:
    unit, scale = UNITS[found.result.case.metric]
    estimate = found.estimate
    entry: dict[str, Any] = {"name": found.name, "unit": unit, "value": estimate.estimate * scale}
    lines = [f"samples: {len(found.times)}", f"blocks: {len(found.blocks)}"]
    if estimate.low is not None and estimate.high is not None:
        reach = max(estimate.high - estimate.estimate, estimate.estimate - estimate.low)
        entry["range"] = f"± {reach * scale:.4g}"
        lines.append(f"± is half a {100 * estimate.confidence:g} % interval over blocks")
    return {**entry, "extra": "\n".join(lines)}  # shown when the pointer is on a point of the action's chart
