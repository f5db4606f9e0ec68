"""How far predictions have been off, as `python -m benchmarks.prediction` has found: docs/figures/prediction.md."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, hypot, log

from concbench.prediction.simulate import Form


@dataclass(frozen=True, kw_only=True)
class Error:
    """By which factor nine of ten outcomes lie at most above or below what was predicted."""

    wall: float
    cpu: float
    memory: float


ERRORS: dict[Form, Error] = {
    "serial": Error(wall=1.15, cpu=1.15, memory=1.15),
    "pool": Error(wall=1.42, cpu=1.38, memory=1.45),
    "lazy pool": Error(wall=1.48, cpu=1.45, memory=1.38),
    "in turn": Error(wall=1.42, cpu=1.38, memory=1.45),
    "one each": Error(wall=1.60, cpu=1.65, memory=1.30),
    "loop": Error(wall=1.25, cpu=1.80, memory=1.20),
}
"""For cases within what the costs were measured with; never calibrated by a measured case of the same strategy."""
MOVING = 1.7
"""The factor that is added where moving data takes all of the CPU time; less of it, as a logarithm, for less."""
BEYOND = {"workers": 1.15, "items": 1.10, "cores": 1.30}
"""The factor that is added for whatever a prediction extrapolates."""


def widened(factor: float, others: list[float]) -> float:
    """The factor of several independent errors together.

    >>> widened(1.2, []), round(widened(1.2, [1.2]), 3)
    (1.2, 1.294)
    """
    return exp(hypot(log(factor), *map(log, others))) if others else factor
