"""What `--expect` may return, and what is said where that says nothing."""

from __future__ import annotations

from typing import Any

import pytest

from concbench.workloads.expectation import is_right
from concbench.workloads.functions import RaisedOnItem
from concbench.workloads.workload import UnfitFunction

np = pytest.importorskip("numpy", reason="needs numpy: pip install numpy")


def asserts(item: Any, result: Any) -> None:
    assert item == result


@pytest.mark.parametrize("answer", [True, None, 1, "yes", np.bool_(True), np.array(True)])
def test_what_is_true_and_what_only_asserts_is_right(answer: Any) -> None:
    assert is_right(lambda item, result: answer, 1, 2)
    assert is_right(asserts, 1, 1)


@pytest.mark.parametrize("answer", [False, 0, np.bool_(False)])
def test_what_is_false_and_what_fails_to_assert_is_wrong(answer: Any) -> None:
    assert not is_right(lambda item, result: answer, 1, 2)
    assert not is_right(asserts, 1, 2)


@pytest.mark.parametrize("answer", [np.array([True, False]), np.array([True])])
def test_an_array_is_no_answer_and_the_sentence_says_what_to_do(answer: Any) -> None:
    with pytest.raises(UnfitFunction, match=r"^--expect returned a ndarray of shape .* for item 3, 'a', not True or"):
        is_right(lambda item, result: answer, "a", 2, 3)
    with pytest.raises(UnfitFunction, match=r"let it return numpy.array_equal\(...\), or end .* with \.all\(\)"):
        is_right(lambda item, result: answer, "a", 2)


def test_what_an_expect_function_raises_names_the_item_and_is_no_wrong_result() -> None:
    def ambiguous(item: Any, result: Any) -> bool:
        return bool(np.arange(3) == result)

    with pytest.raises(
        RaisedOnItem, match=r"^--expect raised on item 3, 'a': ValueError: The truth value .*\.all\(\)$"
    ) as it:
        is_right(ambiguous, "a", 2, 3)
    assert isinstance(it.value.__cause__, ValueError)
