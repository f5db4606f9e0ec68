"""What lines along an axis promise: one subject at several values, with the same work and settings otherwise."""

from __future__ import annotations

from typing import Any

from concbench.analysis.analysis import analyse
from concbench.analysis.axes import AlongAxis, along
from concbench.model.case import AxisName, Value
from concbench.model.result import Result
from tests.builders import result, run


def case(row: str, *, experiment: str = "tasks", wall: float = 0.01, **values: Any) -> Result:
    """A measured result; its work is eight tasks of 1 ms, unless values say otherwise."""
    usual = {"task_time": 0.001} if experiment == "tasks" else {}
    return result(row, [[wall]] * 3, experiment=experiment, **{**usual, **values})


def named(found: list[AlongAxis]) -> list[dict[str, list[Value]]]:
    return [{line.name: list(line.results) for line in each.lines} for each in found]


def test_values_are_in_ascending_order_and_auto_is_last() -> None:
    results = [case(f"t/pool-map {size}", chunksize=size) for size in (8, None, 1)]
    (found,) = along("chunksize", results)
    assert found.values == [1, 8, None]
    assert [value for value, _, _ in found.lines[0].points] == [1, 8]


def test_one_value_is_no_line_and_one_number_with_auto_is_one() -> None:
    assert along("chunksize", [case("t/pool-map", chunksize=4)]) == []
    (found,) = along("chunksize", [case("t/a 1", chunksize=1), case("t/a")])
    assert len(found.lines[0].points) == 1


def test_a_subject_that_does_not_use_the_axis_is_beside_the_lines() -> None:
    serial = case("t/serial")
    (found,) = along("workers", [serial, *(case(f"t/pool-map {count}", workers=count) for count in (1, 2))])
    assert found.constant == [serial]


def test_settings_that_distinguish_lines_of_one_subject_are_in_their_names() -> None:
    results = [
        case(f"t/pool-map {workers} {size}", workers=workers, chunksize=size)
        for workers in (1, 2)
        for size in (1, 4, None)
    ]
    assert named(along("workers", results)) == [
        {"pool-map chunksize 1": [1, 2], "pool-map chunksize 4": [1, 2], "pool-map chunksize auto": [1, 2]}
    ]
    assert named(along("chunksize", results)) == [
        {"pool-map workers 1": [1, 4, None], "pool-map workers 2": [1, 4, None]}
    ]


def test_a_start_method_a_lock_and_a_side_distinguish_lines_too() -> None:
    results = [
        case(f"t/process {method} {count}", workers=count, start_method=method, side=side)
        for side in ("3.13", "3.14")
        for method in ("fork", "spawn")
        for count in (1, 2)
    ]
    (found,) = along("workers", results)
    assert [line.name for line in found.lines] == [
        *("process fork 3.13", "process spawn 3.13"),
        *("process fork 3.14", "process spawn 3.14"),
    ]


def test_start_methods_are_an_axis_where_they_were_asked_for() -> None:
    results = [case("t/serial"), *(case(f"t/pool-map {each}", start_method=each) for each in ("spawn", "fork"))]
    (found,) = analyse(run(results, axes=["start_method"])).axes
    assert found.values == ["fork", "spawn"]
    assert named([found]) == [{"pool-map": ["fork", "spawn"]}]
    assert [each.case.row for each in found.constant] == ["serial"]
    assert found.lines[0].points == []  # words have no place on a scale
    assert analyse(run(results)).axes == []  # rows of a suite


def test_each_kind_of_work_stands_alone() -> None:
    results = [
        case(f"{tasks}/pool-map {workers}", tasks=tasks, workers=workers) for tasks in (1, 10) for workers in (1, 2)
    ]
    axes: list[AxisName] = ["workers", "tasks"]
    assert [(found.axis, found.values) for found in analyse(run(results, axes=axes)).axes] == [
        ("workers", [1, 2]),
        ("workers", [1, 2]),
        ("tasks", [1, 10]),
    ]


def test_a_length_that_is_found_by_timing_makes_no_other_work() -> None:
    def timed(name: str) -> list[Result]:
        return [
            case(f"{size}/serial", workload=name, payload=size, task_time=length)
            for size, length in ((16, 1e-6), (1024, 2e-6))
        ]

    assert named(along("payload", timed("payload"))) == [{"serial": [16, 1024]}]
    assert named(along("payload", timed("module:function"))) == [{"serial": [16, 1024]}]
    assert along("payload", timed("no-such-workload")) == []


def test_two_results_of_one_table_at_the_same_value_are_no_line() -> None:
    results = [case(f"t/pool-map {count}", workers=count) for count in (1, 2)]
    assert along("workers", [*results, case("t/another", subject="pool-map", workers=2)]) == []


def test_of_two_tables_with_the_same_setting_the_first_counts() -> None:
    results = [case(f"t/pool-map {count}", workers=count) for count in (1, 2)]
    again = [case(f"trial/{count}", subject="pool-map", workers=count) for count in (2, 4)]
    (found,) = along("workers", [*results, *again])
    assert list(found.lines[0].results.values()) == results


def test_of_two_tables_with_the_same_size_the_first_result_counts() -> None:
    results = [case(f"{size}/pool-map", payload=size) for size in (16, 1024)]
    (found,) = along("payload", [*results, case("again/pool-map", payload=1024)])
    assert list(found.lines[0].results.values()) == results


def test_larger_messages_may_be_fewer_unless_sizes_were_asked_for() -> None:
    results = [
        case(f"{size}/pipe", experiment="messages", workload="messages", payload=size, tasks=trips)
        for size, trips in ((16, 300), (1024, 300), (2048, 100), (4096, 8))
    ]
    assert named(along("payload", results)) == [{"pipe": [16, 1024, 2048, 4096]}]
    assert named(along("payload", results, ["payload"])) == [{"pipe": [16, 1024]}]
