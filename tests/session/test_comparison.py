"""What a comparison promises: all strategies that can run the workload, or those named, and a reference among them."""

from __future__ import annotations

import pytest

from concbench.registry import UnknownName
from concbench.session.cases import select
from concbench.session.comparison import (
    OwnFunction,
    comparison_of,
    comparison_of_channels,
    comparison_of_function,
    comparison_of_primitives,
    comparison_of_stores,
    joining,
)
from concbench.session.errors import WrongSetting
from concbench.session.options import Options
from concbench.strategies.strategy import of_engines, standard
from concbench.suites.suite import Suite
from concbench.workloads.workload import workloads

WITH_COROUTINE = {"sleep", "mixed"}


@pytest.mark.parametrize("workload", ["cpu", "cpu-nogil", "skewed", "tutorial", "payload", "sleep", "mixed", "memory"])
def test_all_strategies_take_part_that_this_interpreter_and_the_workload_allow(workload: str) -> None:
    (table,) = comparison_of(workload, (), None).tables
    expected = {
        name
        for name, strategy in standard().items()
        if strategy.missing() is None and (workload in WITH_COROUTINE or not strategy.coroutine)
    }
    assert set(table.subjects) == expected
    assert ("asyncio-gather" in table.subjects) == (workload in WITH_COROUTINE)
    assert table.reference == "serial"


def test_engines_take_part_only_where_they_are_asked_for_and_then_all_of_them() -> None:
    engines = joining(engines=True, address=None)
    without, with_ = (comparison_of("cpu", (), None, joining=each).tables[0].subjects for each in ((), engines))
    assert [name for name in with_ if name not in without] == list(of_engines())
    chosen = comparison_of("cpu", ("serial", "ray"), None, joining=engines).tables[0].subjects
    assert list(chosen) == ["serial", "ray", *(name for name in of_engines() if name != "ray")]


def test_a_cluster_brings_the_strategy_of_its_engine() -> None:
    assert joining(engines=False, address="tcp://10.0.0.1:8786") == ("dask-cluster",)
    assert joining(engines=False, address="auto") == joining(engines=False, address="h:6379") == ("ray-cluster",)
    assert joining(engines=False, address="mpi://h:4000/0a") == ("mpi-cluster",)
    assert joining(engines=False, address=None) == ()


def test_a_comparison_names_its_workload() -> None:
    suite = comparison_of("cpu", (), None)
    assert suite.name == "compare-cpu"
    assert "cpu" in suite.question
    assert suite.tables[0].title == workloads.get("cpu").about
    assert suite.claims == ()


def test_named_strategies_take_part_once_each_in_the_order_given() -> None:
    (table,) = comparison_of("cpu", ("thread", "serial", "thread"), None).tables
    assert table.subjects == ("thread", "serial")


def test_a_strategy_that_is_named_takes_part_even_where_it_will_be_refused() -> None:
    assert comparison_of("cpu", ("asyncio-gather",), None).tables[0].subjects == ("asyncio-gather",)


def test_the_reference_is_serial_or_else_the_first() -> None:
    assert comparison_of("cpu", ("thread", "serial"), None).tables[0].reference == "serial"
    assert comparison_of("cpu", ("thread", "process"), None).tables[0].reference == "thread"
    assert comparison_of("cpu", ("thread", "process"), "process").tables[0].reference == "process"


def test_a_reference_that_is_not_compared_is_an_error() -> None:
    with pytest.raises(UnknownName, match="in this comparison called 'serial'"):
        comparison_of("cpu", ("thread", "process"), "serial")


@pytest.mark.parametrize(
    ("workload", "names", "near"), [("cpuu", (), "'cpu'"), ("cpu", ("pool-mapp",), "'pool-map'"), ("", (), "known: ")]
)
def test_unknown_names_suggest_the_nearest(workload: str, names: tuple[str, ...], near: str) -> None:
    with pytest.raises(UnknownName, match=near):
        comparison_of(workload, names, None)


# Channels, stores and primitives


def rows_of(suite: Suite) -> list[str]:
    """The labels of the rows, which are found with nothing to warn of."""
    found = select(suite.tables, Options())
    assert found.warnings == ()
    assert {table.reference for table in found.tables} <= {case.id for case in found.cases}
    return [case.label for case in found.cases]


def test_channels_are_compared_with_the_floor_which_takes_part_in_any_case() -> None:
    suite = comparison_of_channels(("queue", "pipe", "queue"), None)
    assert (suite.name, suite.tables[0].reference) == ("compare-channels", "os-pipe")
    assert rows_of(suite) == ["os-pipe", "queue", "pipe"]
    assert rows_of(comparison_of_channels(("pipe", "os-pipe"), None)) == ["pipe", "os-pipe"]


def test_channels_can_be_compared_with_one_of_them() -> None:
    suite = comparison_of_channels(("queue", "pipe"), "pipe")
    assert suite.tables[0].reference == "pipe"
    assert rows_of(suite) == ["queue", "pipe"]


def test_stores_are_compared_under_each_lock() -> None:
    suite = comparison_of_stores(("value", "raw-value"), ("none", "lock", "none"), None)
    assert rows_of(suite) == ["value", "value lock", "raw-value", "raw-value lock"]
    assert suite.tables[0].reference == "value"
    assert rows_of(comparison_of_stores(("value",), (), None)) == ["value"]
    assert comparison_of_stores(("value",), ("none", "lock"), "value lock").tables[0].reference == "value lock"


def test_primitives_are_compared_with_the_first() -> None:
    suite = comparison_of_primitives(("rlock", "lock", "rlock"), None)
    assert rows_of(suite) == ["rlock", "lock"]
    assert suite.tables[0].reference == "rlock"


@pytest.mark.parametrize(
    "suite",
    [
        comparison_of_channels(("pipe",), None),
        comparison_of_stores(("value",), (), None),
        comparison_of_primitives(("lock",), None),
    ],
    ids=lambda suite: suite.name,
)
def test_what_was_named_fails_where_it_can_not_be_had(suite: Suite) -> None:
    assert suite.named
    assert suite.question.endswith("?")
    assert suite.claims == ()


def test_unknown_channels_stores_locks_primitives_and_references_suggest_the_nearest() -> None:
    with pytest.raises(UnknownName, match="'pipe'"):
        comparison_of_channels(("pip",), None)
    with pytest.raises(UnknownName, match="'value'"):
        comparison_of_stores(("valeu",), (), None)
    with pytest.raises(UnknownName, match="'lock'"):
        comparison_of_stores(("value",), ("lokc",), None)
    with pytest.raises(UnknownName, match="'barrier'"):
        comparison_of_primitives(("barier",), None)
    with pytest.raises(UnknownName, match="in this comparison called 'lock'"):
        comparison_of_primitives(("rlock",), "lock")


# An object that all tasks read


SHARES = OwnFunction(name="mine:look_up", shared="mine:table")


def labels(suite: Suite) -> list[str]:
    (table,) = suite.tables
    return [row.label for row in table.rows]


def test_processes_are_given_an_object_in_each_way_and_threads_have_it() -> None:
    assert labels(comparison_of_function(SHARES, (), None)) == [
        *("serial", "executor-threads", "pool-map pickled", "pool-map initializer"),
        *("pool-map inherited", "pool-map shared-memory", "pool-map memory-map"),
    ]


def test_ways_and_strategies_may_be_named() -> None:
    found = comparison_of_function(SHARES, ("thread", "process"), None, ("memory-map", "inherited"))
    assert labels(found) == ["thread", "process memory-map", "process inherited"]
    cases = select(found.tables, Options(start_method="spawn")).cases
    assert [case.settings.sharing for case in cases] == [None, "memory-map", "inherited"]
    assert [case.settings.start_method for case in cases] == [None, "spawn", "spawn"]
    assert {case.workload.shared for case in cases} == {"mine:table"}


def test_a_way_is_only_a_failure_where_it_was_named() -> None:
    assert not comparison_of_function(SHARES, ("pool-map",), None).named
    assert comparison_of_function(SHARES, ("pool-map",), None, ("memory-map",)).named


def test_the_reference_may_be_a_way() -> None:
    found = comparison_of_function(SHARES, ("pool-map",), "pool-map inherited")
    assert found.tables[0].reference == "pool-map inherited"


def test_a_way_that_there_is_not_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'shared-memory'"):
        comparison_of_function(SHARES, (), None, ("shared_memory",))


@pytest.mark.parametrize("workload", ["reading", "counting", "model"])
def test_workloads_that_share_an_object_are_compared_in_each_way(workload: str) -> None:
    assert labels(comparison_of(workload, (), None, ("inherited",))) == [
        *("serial", "executor-threads", "pool-map inherited"),
    ]


def test_a_workload_that_shares_nothing_has_no_ways() -> None:
    with pytest.raises(WrongSetting, match="share no object"):
        comparison_of("cpu", (), None, ("inherited",))
