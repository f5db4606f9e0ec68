"""Functions of the kind that people have end in figures: arrays, frames, NaN, random results, closures, requests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from benchmarks.field import ALL, FUNCTIONS, FieldFunction, is_here, surroundings
from tests.e2e.command import ONCE, Command

ROWS = ("serial", "executor-threads", "pool-map")
STRATEGIES = [word for row in ROWS for word in ("--strategy", row)]
UNPICKLED = ("closure",)
"""Functions that processes can't run."""


@pytest.fixture(scope="module")
def around() -> Iterator[Mapping[str, str]]:
    """What the functions need around them, named in the environment: a server, a database."""
    with surroundings() as environment:
        yield {name: value for name, value in environment.items() if name not in os.environ}


@pytest.mark.parametrize(
    "function",
    [pytest.param(each, id=each.name, marks=[] if each.name == "urllib" else pytest.mark.thorough) for each in ALL],
)
def test_a_function_that_people_have_is_measured(
    function: FieldFunction, around: Mapping[str, str], tmp_path: Path
) -> None:
    if not is_here(function):
        pytest.skip(f"{function.needs} is not installed")
    shutil.copy(FUNCTIONS / function.file, tmp_path)
    command = Command(tmp_path, **around)
    ended = command.run("compare", "--workload", function.address, *function.words(3), *STRATEGIES, *ONCE)
    run = command.saved()
    errors = {result.case.subject: result.failure for result in run.results if result.failure is not None}
    if function.name in UNPICKLED:
        assert {name: error.kind for name, error in errors.items()} == {"pool-map": "unpicklable"}
        assert ended.returncode == 3
    else:
        assert errors == {}
        assert ended.returncode == 0
    assert all(result.samples for result in run.results if result.case.subject not in errors)
    assert "Traceback" not in ended.stderr
    assert "does not return the same for the same item" not in " ".join(ended.stderr.split())
    assert command.left() == []
