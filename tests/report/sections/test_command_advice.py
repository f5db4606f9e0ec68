"""What the answer on a command's workers says agrees with the rows of its table."""

from __future__ import annotations

import pytest

from concbench.model.result import Result
from concbench.report.sections.command_advice import as_good, in_short, more
from tests.builders import case, result


def row(workers: int, walls: list[list[float | None]]) -> Result:
    its = case(
        "commands/make -j {workers}", subject="make -j {workers}", experiment="commands", along={"workers": workers}
    )
    return result(its, walls)


def test_the_gain_over_the_fewest_is_said_where_their_row_is_slower() -> None:
    said = in_short(row(4, [[1.0], [1.0], [1.0]]), [row(1, [[3.0], [3.1], [2.9]])])
    assert said.startswith("4 workers: make -j 4 takes 1.00 s")
    assert "3.00× faster than with 1 (" in said


@pytest.mark.parametrize("walls", [[[2.0]], [[2.0], [2.0]]])
def test_too_few_rounds_are_no_gain_as_their_row_is_undecided(walls: list[list[float | None]]) -> None:
    said = in_short(row(4, [[1.0], [1.0]]), [row(1, walls)])
    assert "; with 1, it was " in said
    assert "too few to decide" in said
    assert "faster" not in said


def test_the_fastest_is_beside_it_where_it_is_another() -> None:
    said = in_short(row(2, [[1.04]] * 8), [row(4, [[1.0]] * 8), row(1, [[2.0]] * 8)])
    assert "The fastest, with 4 workers, takes as long, within 5 %" in said


def test_the_most_workers_are_no_end() -> None:
    rows = [row(1, [[2.0]]), row(4, [[1.0]])]
    assert "try --workers 4:16" in more(rows[1], rows)
    assert more(rows[0], rows) == ""
    assert as_good([]) == ""
    assert as_good(rows).endswith("more workers: 1 and 4.")
