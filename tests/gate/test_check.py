"""What `check` promises of a gate: both sides measured until all is decided, and a run that says so at any moment."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from concbench.gate.cases import REFERENCE
from concbench.gate.check import Check
from concbench.gate.configuration import USUAL, BadConfiguration, Configuration, GateCase
from concbench.gate.environments import BASE, HEAD, PreparedSide
from concbench.measure.interpreters import own_interpreter
from concbench.measure.plan import Launch
from concbench.measure.probe.load import Overload
from concbench.model.run import Side
from concbench.runs.checking import faults
from tests.busy import other_warnings
from tests.session.test_survey import interrupted

NAPS = GateCase(
    name="naps",
    workload="sleep",
    strategies=("serial",),
    sizes={"tasks": 2, "task_time": 0.005},
    margins={"wall": 0.4, "memory": 0.4},
)


def check_of(*cases: GateCase, sides: Sequence[str] = (BASE, HEAD), budget: float = 4.0) -> Check:
    """A gate of identical code."""
    ready = {
        name: PreparedSide(
            side=Side(name=name, revision=None, python="3.13.5", about=name),
            launch=Launch(),
            interpreter=own_interpreter(),
        )
        for name in sides
    }
    configuration = Configuration(path=Path("concbench.toml"), cases=cases, budget=budget)
    return Check(configuration, ready, seed=1, timeout=60.0, command=["check"])


def test_identical_code_has_not_changed() -> None:
    check = check_of(NAPS)
    for _ in check.measure():
        pass
    run = check.run()
    assert list(faults(run)) == []
    assert [(change.metric, change.verdict) for change in run.changes] == [("wall", "same"), ("memory", "same")]
    assert [result.case.id for result in run.results] == ["naps/serial base", "naps/serial head"]
    assert [side.name for side in run.sides] == [BASE, HEAD]
    assert (run.comparisons, run.scalings) == ([], [])
    assert not any(change.note for change in run.changes)


def test_a_run_can_be_had_at_any_moment() -> None:
    check = check_of(NAPS)
    assert check.run(complete=False).changes == []
    seen = []
    with closing(check.measure()) as steps:
        for now in steps:
            run = check.run(complete=False)
            assert list(faults(run)) == []
            seen.append(len(run.results))
            if now.block == 1:
                break
    assert seen[-1] == 2


def test_what_was_measured_stays_when_it_is_interrupted() -> None:
    check = check_of(NAPS)
    interrupted(check, block=1)
    run = check.run(complete=False)
    assert list(faults(run)) == []
    assert {sample.block for result in run.results for sample in result.samples} >= {0}
    assert {change.verdict for change in run.changes} == {"undecided"}


def test_the_head_alone_is_measured_beside_the_reference() -> None:
    check = check_of(NAPS, sides=(HEAD,), budget=1.0)
    for _ in check.measure():
        pass
    run = check.run()
    assert list(faults(run)) == []
    assert [result.case.id for result in run.results] == ["naps/serial head", REFERENCE.id]
    assert all(result.samples and result.peaks for result in run.results)
    assert run.changes == []


def test_a_function_that_is_fit_on_no_side_is_a_mistake_in_the_configuration() -> None:
    check = check_of(GateCase(name="mine", workload="no_such_module:work", strategies=("serial",), margins=USUAL))
    with pytest.raises(BadConfiguration, match=r"concbench\.toml: case 'mine': there is no module 'no_such_module'"):
        for _ in check.measure():
            pass
    assert check.session.record.blocks == 0


def test_an_overloaded_machine_is_the_first_thing_that_a_gate_says(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Overload(usable=2, held=1.6, stolen=0.1, load=None, waited=None)
    monkeypatch.setattr("concbench.session.session.overload_since", lambda *_: found)
    check = check_of(NAPS)
    check.session.record.warnings.append("something else")
    warnings = check.run().warnings
    assert warnings[0].startswith("this machine is overloaded: other processes kept 1.6 of 2 usable cores busy")
    assert "more stays undecided" in warnings[0]
    assert other_warnings(warnings) == ["something else"]
