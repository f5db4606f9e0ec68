"""What CPU time is of wall time: whether a change of it can matter, and from what size on."""

from __future__ import annotations

from math import fsum

from concbench.model import Case

LEAST = 0.05
"""The share of wall time below which CPU time is not gated: twice of it would be no more than the usual margin of wall
time."""
WEIGHED = 0.5
"""The share of wall time below which a margin of CPU time is taken of that much wall time, and not of the CPU time."""
BLOCKS = 3
"""The blocks after which it is decided, before the gate's first look."""


def cpu_share(base: Case, head: Case) -> float | None:
    """Return what CPU time is of wall time, both summed over the samples of both sides; None where it is not known.

    Over both sides together, so that what is gated does not depend on which of the two takes longer: that would spend
    error rate that nobody accounts for.
    """
    samples = [sample for sample in (*base.samples, *head.samples) if sample.cpu is not None]
    if not samples:
        return None
    return fsum(sample.cpu or 0.0 for sample in samples) / fsum(sample.wall for sample in samples)


def cpu_margin(margin: float, share: float) -> float | None:
    """Return the margin of a CPU time that is such a share of wall time; None where it is too small to be gated.

    >>> cpu_margin(0.03, 1.0), cpu_margin(0.03, 0.1), cpu_margin(0.03, 0.02)
    (0.03, 0.15, None)
    """
    if share < LEAST:
        return None
    return margin * max(1.0, WEIGHED / share)


def too_little(share: float) -> str:
    """Return why CPU time is not gated.

    >>> too_little(0.021)
    'CPU time is 2% of wall time here: too little to gate'
    """
    return f"CPU time is {100 * share:.1g}% of wall time here: too little to gate"
