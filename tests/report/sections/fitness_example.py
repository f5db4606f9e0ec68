"""A machine on which all is good, for tests that spoil one thing of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from concbench.analysis.fitness import Examination, Noise
from concbench.measure.interpreters import Interpreter
from concbench.measure.probe.load import Activity
from concbench.measure.probe.machine import Clock, Cores, Frequency, Machine, Pressure, Surroundings
from concbench.model.result import Interval
from concbench.report.sections.fitness import findings
from concbench.report.sections.machine import Finding
from tests.builders import example_run

SERIAL = Noise(
    subject="serial",
    python="",
    scatter=0.02,
    hosts=0.004,
    between=0.01,
    ratio=Interval(estimate=1.001, low=0.99, high=1.012, confidence=0.99, blocks=8),
    speeds=1.03,
    rounds=5,
    seconds_a_block=0.6,
    findable=1.008,
)
POOL = replace(SERIAL, subject="pool-map", scatter=0.12, hosts=0.016, between=0.03, findable=1.021)

INTERPRETER = Interpreter(
    name="", python="/usr/bin/python3", version="3.12.3", given="", optimized=True, jit=False, start_method="fork"
)


def good_examination() -> Examination:
    return Examination(
        started="2026-11-23T04:55:00+00:00",
        machine=Machine(
            environment=example_run().environment,
            cores=Cores(logical=8, usable=8, allowed=8, quota=None, siblings=False),
            frequency=Frequency(governor="performance", driver="intel_pstate", turbo=False, plugged_in=True),
            pressure=Pressure(load=0.1, cpu=0.0, memory=0.0, swap=0, total=16_000_000_000),
            clock=Clock(source="tsc", step=3e-8, cost=4e-8),
            surroundings=Surroundings(observed=[], slowing=[], moving_addresses=True),
        ),
        interpreters=[INTERPRETER],
        activity=Activity(seconds=5.0, others=0.01, stolen=0.0, swapped=0, throttled=0, throttled_seconds=0.0),
        asked=True,
        noise=[SERIAL, POOL],
    )


def spoilt(part: str, **changes: Any) -> Examination:
    """The good examination with other readings in one part: of the machine, `activity`, `interpreter`, `serial`, or
    `noise` (of `pool-map`)."""
    examination = good_examination()
    match part:
        case "interpreter":
            return replace(examination, interpreters=[replace(INTERPRETER, **changes)])
        case "activity":
            return replace(examination, activity=replace(examination.activity, **changes))
        case "serial":
            return replace(examination, noise=[replace(SERIAL, **changes), POOL])
        case "noise":
            return replace(examination, noise=[SERIAL, replace(POOL, **changes)])
    machine = replace(examination.machine, **{part: replace(getattr(examination.machine, part), **changes)})
    return replace(examination, machine=machine)


def finding_about(about: str, examination: Examination) -> Finding:
    (found,) = [finding for finding in findings(examination) if finding.about == about]
    return found
