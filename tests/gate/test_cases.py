"""What the cases of a gate promise: every strategy of every case, on both sides alike, and a margin for each figure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from concbench.gate.cases import (
    REFERENCE,
    NoBaseline,
    as_hosts_find_files,
    cases_of,
    check_baseline,
    margins_of,
    metrics_of,
    settings_of,
    sized,
    tables_of,
)
from concbench.gate.configuration import USUAL, Configuration, GateCase
from concbench.gate.environments import BASE, HEAD
from concbench.measure.probe.environment import usable_cores
from concbench.model.case import CommandLine
from concbench.model.run import Gated
from concbench.stats.sequential import Key
from concbench.strategies.strategy import strategies
from concbench.workloads.workload import workloads
from tests.builders import result, run, steady
from tests.gate.test_check import check_of

SQUARES = GateCase(name="squares", workload="cpu", strategies=("pool-map", "serial"), margins=USUAL)
WORK = GateCase(
    name="work of mine",
    workload="mylib:work",
    strategies=("process",),
    sizes={"tasks": 5},
    settings={"limit": 2},
    margins={"cpu": 0.2},
)
BOTH = Configuration(path=Path("concbench.toml"), cases=(SQUARES, WORK))


def test_every_strategy_of_every_case_is_there_once_on_each_side() -> None:
    assert [case.id for case in cases_of(BOTH, seed=3)] == [
        "squares/pool-map base",
        "squares/pool-map head",
        "squares/serial base",
        "squares/serial head",
        "work of mine/process base",
        "work of mine/process head",
    ]


def test_every_command_of_a_case_is_there_once_on_each_side_and_runs_in_its_tree(tmp_path: Path) -> None:
    here = tmp_path / "tools"
    (here / "data").mkdir(parents=True)
    line = CommandLine(text="tool -{level} -j {workers}", parameters=(("level", "1"),), folder="data", input="in.txt")
    case = GateCase(
        name="tool",
        workload="command",
        strategies=(),
        commands=(("tool -1 -j {workers}", line),),
        settings={"workers": 3},
        margins=USUAL,
    )
    gate = as_hosts_find_files(Configuration(path=here / "concbench.toml", cases=(case,)), tmp_path)
    found = cases_of(gate, seed=3)
    assert [each.id for each in found] == ["tool/tool -1 -j 3 base", "tool/tool -1 -j 3 head"]
    assert found[0].settings.workers == 3
    assert found[0].workload.command == replace(line, folder="tools/data", input="../in.txt")


def test_a_case_is_a_row_of_the_table_that_has_its_name() -> None:
    assert [(table.name, table.title, table.reference) for table in tables_of(BOTH)] == [
        ("squares", "squares", None),
        ("work of mine", "work of mine", None),
    ]
    for case in cases_of(BOTH, seed=3):
        assert case.table in ("squares", "work of mine")
        assert case.label == f"{case.subject} {case.side}"


def test_both_sides_of_a_pair_differ_in_nothing_but_the_side() -> None:
    found = cases_of(BOTH, seed=3)
    assert [case.side for case in found] == [BASE, HEAD] * 3
    assert [replace(base, side=HEAD) for base in found[::2]] == found[1::2]


@pytest.mark.parametrize("name", ["base", "head", "a base", "x head base", "head head"])
def test_names_that_look_like_sides_are_not_mixed_up(name: str) -> None:
    case = GateCase(name=name, workload="cpu", strategies=("serial", "thread"), margins={"wall": 0.05})
    gate = check_of(case)
    assert [(figure.base, figure.head) for figure in gate.figures()] == [
        (f"{name}/serial base", f"{name}/serial head"),
        (f"{name}/thread base", f"{name}/thread head"),
    ]


@pytest.mark.parametrize("name", ["cpu", "sleep", "payload"])
def test_sizes_are_the_workloads_own_unless_the_case_says_others(name: str) -> None:
    own = sized(GateCase(name="a", workload=name, strategies=("serial",)), seed=7)
    other = sized(GateCase(name="a", workload=name, strategies=("serial",), sizes={"tasks": 3}), seed=7)
    assert {field: getattr(own, field) for field in workloads.get(name).sizes} == workloads.get(name).sizes
    assert (own.name, own.seed) == (name, 7)
    assert other.tasks == 3
    assert (other.task_time, other.payload) == (own.task_time, own.payload)


def test_a_function_has_a_number_of_tasks_and_no_other_size() -> None:
    own = sized(GateCase(name="a", workload="mylib:work", strategies=("serial",)), seed=7)
    assert own.tasks > 1
    assert (own.task_time, own.payload, own.memory) == (0, 0, 0)
    assert sized(WORK, seed=7).tasks == 5


@pytest.mark.parametrize("strategy", list(strategies.all()))
def test_a_strategy_gets_those_settings_that_it_takes_and_no_others(strategy: str) -> None:
    said = {"workers": 3, "chunksize": 4, "start_method": "spawn", "maxtasksperchild": 5, "limit": 6}
    found = vars(settings_of(GateCase(name="a", workload="cpu", strategies=(strategy,), settings=said), strategy))
    taken = strategies.get(strategy).settings
    for setting, value in said.items():
        assert found[setting] == (value if setting in taken else None)


def test_workers_are_as_many_as_usable_cores_by_default() -> None:
    assert settings_of(SQUARES, "pool-map").workers == usable_cores()
    assert settings_of(SQUARES, "serial").workers is None


def test_every_gated_figure_has_its_margin_and_is_known_by_the_head() -> None:
    assert margins_of(BOTH) == {
        **{Key("squares/pool-map head", metric): margin for metric, margin in USUAL.items()},
        **{Key("squares/serial head", metric): margin for metric, margin in USUAL.items()},
        Key("work of mine/process head", "cpu"): 0.2,
    }
    heads = {case.id for case in cases_of(BOTH, seed=1) if case.side == HEAD}
    assert {key.case for key in margins_of(BOTH)} == heads


@pytest.mark.parametrize(
    ("cases", "expected"),
    [((SQUARES, WORK), {"wall", "cpu", "memory"}), ((WORK,), {"cpu"}), ((SQUARES,), set(USUAL))],
)
def test_the_metrics_of_a_gate_are_those_of_any_case(cases: tuple[GateCase, ...], expected: set[Gated]) -> None:
    assert metrics_of(Configuration(path=Path("x"), cases=cases)) == expected


def test_one_side_alone_can_be_measured_too() -> None:
    found = cases_of(BOTH, seed=9, sides=(HEAD,))
    assert {case.side for case in found} == {HEAD}
    assert {case.workload.seed for case in found} == {9}


def test_a_run_without_the_reference_or_a_case_is_no_baseline() -> None:
    wanted = {Key("work/pool-map head", "wall"): 0.05}
    sound = run([result("work/pool-map", steady(0.02), side="head"), result(REFERENCE, steady(0.01))])
    check_baseline(sound, wanted)
    with pytest.raises(NoBaseline, match="--record"):
        check_baseline(replace(sound, results=sound.results[:1]), wanted)
    with pytest.raises(NoBaseline, match="other/serial head"):
        check_baseline(sound, {Key("other/serial head", "wall"): 0.05})
