"""What a comparison promises: all strategies that can run the workload, or those named, and a reference among them."""

from __future__ import annotations

import pytest
from concbench.strategies.strategy import strategies

from concbench.registry import UnknownName
from concbench.suites.comparing import comparison_of
from concbench.workloads.kinds import workloads

WITH_COROUTINE = {"sleep", "mixed"}


@pytest.mark.parametrize("workload", ["cpu", "cpu-nogil", "skewed", "tutorial", "payload", "sleep", "mixed", "memory"])
def test_all_strategies_take_part_that_this_interpreter_and_the_workload_allow(workload: str) -> None:
    (table,) = comparison_of(workload, (), None).tables
    expected = {
        name
        for name, strategy in strategies.all().items()
        if strategy.missing() is None and (workload in WITH_COROUTINE or not strategy.coroutine)
    }
    assert set(table.subjects) == expected
    assert ("asyncio-gather" in table.subjects) == (workload in WITH_COROUTINE)
    assert table.reference == "serial"


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
