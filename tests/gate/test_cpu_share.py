"""What a gate makes of CPU time: it weighs what it is of wall time, whichever of the two sides takes longer."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.gate.baseline import against_baseline
from concbench.gate.casting import pairs
from concbench.gate.configuration import MARGINS, Configuration, GateCase
from concbench.gate.cpu_share import LEAST, WEIGHED, cpu_margin, cpu_share
from concbench.gate.gating import Gating, could_not_measure
from concbench.gate.sides import BASE, HEAD, Ready
from concbench.measure.interpreters import own_interpreter
from concbench.measure.overload import Overload
from concbench.measure.plan import Launch
from concbench.model import Case, Change, Failure, Gated, Peak, Sample, Side
from concbench.stats.gate import FEWEST_BLOCKS, Key
from concbench.stats.looks import LONGEST
from tests.gate.test_baseline import CASE, run

shares = st.floats(1e-4, 8)


def gating_of(margins: dict[Gated, float] = MARGINS) -> Gating:
    """A gate of one case, of which nothing is measured: tests write down what was."""
    case = GateCase(name="waits", workload="sleep", strategies=("serial",), margins=margins)
    ready = {
        name: Ready(
            side=Side(name=name, revision=None, python="3.13.5", about=name),
            launch=Launch(),
            interpreter=own_interpreter(),
        )
        for name in (BASE, HEAD)
    }
    configuration = Configuration(path=Path("concbench.toml"), cases=(case,))
    return Gating(configuration, ready, seed=1, timeout=60.0, command=[])


def fill(gating: Gating, blocks: int, share: float, noise: float = 0.4, seed: int = 3) -> None:
    """Write down blocks of three pairs: wall time hardly scatters, CPU time does, and memory not at all."""
    draw = Random(seed)
    for case in gating.cases:
        for block in range(blocks):
            for number in range(3):
                wall = 0.1 * draw.lognormvariate(0, 0.002)
                cpu = 0.1 * share * draw.lognormvariate(0, noise)
                case.samples.append(
                    Sample(block=block, round=number, start=0.0, run=wall, stop=0.0, wall=wall, cpu=cpu)
                )
            case.peaks.append(Peak(block=block, memory=10**7 + draw.randrange(10**4)))
    gating.tally.blocks = blocks


def changes(gating: Gating) -> dict[str, Change]:
    return {change.metric: change for change in gating.changes(1.0)}


@given(shares, st.floats(0.001, 0.5))
def test_the_less_a_case_computes_the_wider_is_its_margin(share: float, margin: float) -> None:
    found = cpu_margin(margin, share)
    if share < LEAST:
        assert found is None
    else:
        assert found is not None
        assert found >= margin
        # In seconds it is of the CPU time, or of so much of the wall time, whichever is more.
        assert found * share == pytest.approx(margin * max(share, WEIGHED))


def test_what_is_gated_does_not_depend_on_which_side_computes_more() -> None:
    gating = gating_of()
    fill(gating, 4, 0.1)
    ((base, head),) = pairs(gating.cases)
    assert cpu_share(base, head) == cpu_share(head, base)
    base.samples.clear()
    head.samples.clear()
    assert cpu_share(base, head) is None


def test_cpu_time_of_what_only_waits_is_left_out_at_once_and_nothing_waits_for_it() -> None:
    gating = gating_of()
    fill(gating, FEWEST_BLOCKS, 0.02)
    assert gating.wanted(1 / 6 * LONGEST) == set()  # all else is decided
    found = changes(gating)
    assert (found["wall"].verdict, found["memory"].verdict) == ("same", "same")
    assert found["cpu"].left_out == "CPU time is 2% of wall time here: too little to gate"
    assert not found["cpu"].open
    assert not could_not_measure(list(found.values()))


def test_cpu_time_of_what_computes_a_little_has_a_wider_margin() -> None:
    gating = gating_of()
    fill(gating, FEWEST_BLOCKS, 0.1, noise=0.02)
    gating.wanted(1.0)
    found = changes(gating)["cpu"]
    assert found.margin == pytest.approx(0.03 * WEIGHED / 0.1, rel=0.1)
    assert (found.verdict, found.left_out) == ("same", "")


def test_cpu_time_of_what_computes_is_judged_as_it_was_asked_for() -> None:
    gating = gating_of()
    fill(gating, FEWEST_BLOCKS, 0.9, noise=0.4)
    assert gating.wanted(0.5)
    assert changes(gating)["cpu"].margin == 0.03
    assert changes(gating)["cpu"].open


def test_where_only_cpu_time_is_gated_it_is_judged_however_little_it_is() -> None:
    gating = gating_of({"cpu": 0.03})
    fill(gating, FEWEST_BLOCKS, 0.02)
    assert gating.wanted(0.5)
    assert (changes(gating)["cpu"].margin, changes(gating)["cpu"].left_out) == (0.03, "")


def test_a_case_that_failed_says_so_and_not_that_it_computes_little() -> None:
    gating = gating_of()
    fill(gating, FEWEST_BLOCKS, 0.02)
    gating.wanted(0.5)
    gating.cases[1].error = Failure(kind="raised", message="no")
    found = changes(gating)["cpu"]
    assert (found.note, found.left_out) == ("head: no", "")


def test_memory_is_the_same_as_soon_as_its_interval_lies_inside_the_margin_and_looked_for_no_longer() -> None:
    gating = gating_of()
    fill(gating, FEWEST_BLOCKS - 1, 0.02)
    gating.wanted(0.1)
    assert gating.remembered() == {case.id for case in gating.cases}
    fill(gating, FEWEST_BLOCKS, 0.02)
    for case in gating.cases:
        del case.samples[: 3 * (FEWEST_BLOCKS - 1)], case.peaks[: FEWEST_BLOCKS - 1]
    gating.wanted(0.5)
    assert gating.gate.findings[Key(gating.cases[1].id, "memory")].verdict == "same"
    assert gating.remembered() == set()


def test_compared_with_a_baseline_it_is_weighed_as_well() -> None:
    def little(made: Case) -> None:
        made.samples[:] = [
            Sample(**{**{name: getattr(each, name) for name in each.__dataclass_fields__}, "cpu": 0.01 * each.wall})
            for each in made.samples
        ]

    base, head = run(0.02), run(0.02, seed=5)
    for each in (base, head):
        little(each.cases[0])
    found = against_baseline(base, head, {Key(CASE, "wall"): 0.05, Key(CASE, "cpu"): 0.03}, 0.01)
    assert [change.left_out for change in found] == ["", "CPU time is 1% of wall time here: too little to gate"]
    assert [change.verdict for change in found] == ["same", "undecided"]


def test_an_overloaded_machine_is_the_first_thing_that_a_gate_says(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Overload(usable=2, held=1.6, stolen=0.1, load=None, waited=None)
    monkeypatch.setattr("concbench.gate.gating.overload_since", lambda *_: found)
    gating = gating_of()
    gating.tally.warnings.append("something else")
    overloaded, other = gating.run().warnings
    assert overloaded.startswith("this machine is overloaded: others kept 1.6 of 2 usable cores busy meanwhile, 10% of")
    assert "more stays undecided" in overloaded
    assert other == "something else"
