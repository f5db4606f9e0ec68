"""What a history is called: a heading and the names of rows say what has a series of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from concbench.model import Run
from tests.report.histories import FLAT, noisy, other_cpu, other_settings, other_size, printed, read


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (other_cpu, "runs on another machine or interpreter are in a table of their own"),
        (other_size, "a case that was measured with other sizes or settings has a row for each"),
    ],
)
def test_the_heading_says_what_has_a_series_of_its_own(change: Callable[[Run], None], hint: str) -> None:
    found = noisy(*FLAT)
    assert hint not in " ".join(printed(read(found).series()).split())
    change(found[-1])
    assert hint in " ".join(printed(read(found).series()).split())


def test_rows_of_one_case_say_what_differs() -> None:
    found = noisy(*FLAT)
    other_size(found[-1])
    other_settings(found[-2])
    text = printed(read(found).series(), form="github")
    for hint in ("tasks 100, workers 2", "tasks 7, workers 2", "tasks 100, workers default"):
        assert f"short/process ({hint})" in text
