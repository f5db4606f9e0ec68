"""What verification promises: a wrong, missing or reordered result, or a process that failed, is an error."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from concbench.experiments.verification import WrongResult, check_each, verify
from concbench.strategies.strategy import WorkerDied

if TYPE_CHECKING:
    from concbench.strategies.strategy import Returns


def test_right_results_are_right() -> None:
    expected = [number % 7 for number in range(50)]
    verify("results", expected, expected)
    verify("results in any order", random.Random(1).sample(expected, len(expected)), expected)
    verify("results in any order", [[2], {"a": 1}], [{"a": 1}, [2]])
    verify("results", [], [])
    verify("exit codes", [0, 0, 0], ["whatever", "the tasks", "return"])


@pytest.mark.parametrize("returns", ["results", "results in any order", "exit codes"])
@pytest.mark.parametrize("count", [0, 2, 4])
def test_a_missing_or_an_additional_result_is_wrong(returns: Returns, count: int) -> None:
    with pytest.raises(WrongResult, match=f"^{count} results came back for 3 tasks$"):
        verify(returns, [0] * count, [0, 0, 0])


@pytest.mark.parametrize(
    ("returns", "returned", "expected", "problem"),
    [
        ("results", [1, 3, 2], [1, 2, 3], r"task 1 returned 3; expected 2"),
        ("results", ["x" * 10_000], ["y" * 10_000], r"task 0 returned 'x{3,40}\.\.\.x+'; expected 'y{3,40}\.\.\.y+'"),
        ("results in any order", [1, 1, 2], [1, 2, 3], "1 came back, which no task should return"),
        ("results in any order", [1, 2, 9], [1, 2, 3], "9 came back, which no task should return"),
        ("results in any order", [[1], [1]], [[1], [2]], r"\[1\] came back, which no task should return"),
    ],
)
def test_a_wrong_result_is_shown_in_short(
    returns: Returns, returned: list[object], expected: list[object], problem: str
) -> None:
    with pytest.raises(WrongResult, match=f"^{problem}$"):
        verify(returns, returned, expected)


@pytest.mark.parametrize(("code", "how"), [(3, "ended with exit code 3"), (-9, "was killed by signal 9")])
def test_an_exit_code_says_which_task_ended_how(code: int, how: str) -> None:
    with pytest.raises(WorkerDied, match=f"^the process of task 1 {how}$"):
        verify("exit codes", [0, code, 0], [None] * 3)


def is_double(item: int, result: int) -> bool:
    return result == 2 * item


def asserts_double(item: int, result: int) -> None:
    assert result == 2 * item


@pytest.mark.parametrize("check", [is_double, asserts_double])
def test_the_users_check_gets_every_result(check: Callable[[int, int], object]) -> None:
    check_each("results", [0, 2, 4], [0, 1, 2], check)
    check_each("results in any order", [4, 0, 2], [0, 1, 2], check)
    with pytest.raises(WrongResult, match="task 1 returned 3, which is not right by --expect"):
        check_each("results", [0, 3, 4], [0, 1, 2], check)
    with pytest.raises(WrongResult, match="2 came back, which is right for no item by --expect"):
        check_each("results in any order", [2, 2], [0, 1], check)
    with pytest.raises(WrongResult, match="1 results came back for 2 tasks"):
        check_each("results", [0], [0, 1], check)
