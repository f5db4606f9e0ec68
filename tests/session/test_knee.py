"""What a search for the knee promises: it finds it, and never plans more calls than are allowed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.knee import Finding, finding, levels_of
from concbench.measure.plan import Block
from concbench.model.case import Case, Settings, Workload
from concbench.model.result import Failure, Result, Sample
from concbench.session.errors import WrongSetting
from concbench.session.knee import KneeSearch, Levels, between
from concbench.session.load import listed_levels, within_open_files
from tests.analysis.test_knee import load
from tests.e2e.command import usually

SECONDS = 30.0
HOST = 0.4
"""Seconds of the simulated clock."""
FIRST = Case(
    group="load",
    row="function",
    subject="threads",
    experiment="load",
    workload=Workload(name="mine:fetch", tasks=10),
    settings=Settings(),
)

Rate = Callable[[int], float]


@dataclass
class Searched:
    """What a search came to."""

    search: KneeSearch
    blocks: list[Block]
    results: dict[str, Result]
    made: int = 0
    seconds: float = 0.0

    @property
    def found(self) -> Finding:
        return finding(levels_of(self.results.values()))

    @property
    def levels(self) -> list[list[int]]:
        """Of each block."""
        return [[case.settings.workers or 0 for case in block.cases] for block in self.blocks]


def searched(
    rate: Rate,
    *,
    most_calls: int = 10_000,
    levels: Levels = Levels(),  # noqa: B008 - it is immutable
    failing_from: int | None = None,
    noise: float = 0.02,
    seed: int = 1,
    coroutine: bool = False,
) -> Searched:
    """Search against a server that answers so many calls a second at each level, without a process or a clock."""
    draw = random.Random(seed)
    first = replace(FIRST, workload=replace(FIRST.workload, coroutine=coroutine))
    search = KneeSearch(first, most_calls, SECONDS, levels)
    found = Searched(search, [], {first.id: Result(case=first)})
    while True:
        block = search.next(found.results, min(1.0, found.seconds / SECONDS))
        if block is None:
            return found
        assert block.cases
        for case in block.cases:
            level, calls = case.settings.workers or 0, case.settings.calls or 0
            fails = failing_from is not None and level >= failing_from
            value = rate(level) * exp(draw.gauss(0, noise))
            found.made += calls
            found.seconds += HOST + calls / value
            failed = calls // 2 if fails and level > 1 else calls if fails else 0
            sampled = load(level, 0.0 if failed == calls else value, calls=calls, failed=failed)
            result = found.results.setdefault(case.id, Result(case=case))
            sample = Sample(
                block=len(found.blocks),
                round=0,
                start=0.0,
                run=1.0,
                stop=0.0,
                wall=1.0,
                cpu=0.0,
                each=1.0,
                load=sampled,
            )
            found.results[case.id] = replace(result, samples=(*result.samples, sample))
        found.blocks.append(block)


def corner(at: int, latency: float = 0.03) -> Rate:
    """A server that works on so many calls at once."""
    return lambda level: min(level, at) / latency


@pytest.mark.parametrize("at", usually(3, 32, among=[3, 10, 32, 100, 200]))
def test_the_knee_of_a_server_with_a_limit_is_found(at: int) -> None:
    for seed in range(5):
        found = searched(corner(at), seed=seed, most_calls=20_000).found
        assert found.found == "knee"
        assert found.estimate is not None
        assert found.estimate.crossing.estimate == pytest.approx(0.95 * at, rel=0.2, abs=0.5)


@given(
    st.integers(1, 300),
    st.floats(0.0005, 2.0),
    st.integers(1, 30_000),
    st.integers(0, 3),
    st.floats(0, 0.2),
    st.none() | st.integers(1, 200),
)
def test_no_more_calls_are_planned_than_are_allowed(
    at: int, latency: float, most_calls: int, seed: int, noise: float, failing_from: int | None
) -> None:
    found = searched(corner(at, latency), most_calls=most_calls, seed=seed, noise=noise, failing_from=failing_from)
    assert found.made <= most_calls
    assert found.made == found.search.planned
    assert found.blocks


def test_it_begins_with_one_caller_and_never_more_than_doubles_their_number() -> None:
    tried = 1
    found = searched(corner(100), most_calls=20_000)
    assert found.levels[0] == [1]
    for block in found.levels:
        assert max(block) <= 2 * tried
        tried = max(tried, *block)


def test_it_goes_no_higher_than_it_may() -> None:
    found = searched(corner(1000), levels=Levels(highest=48), most_calls=20_000)
    assert max(level for block in found.levels for level in block) == 48
    assert found.found.found == "open"
    assert found.search.ended == "levels"


def test_once_calls_fail_it_goes_no_higher_and_finds_from_where_on_they_do() -> None:
    found = searched(corner(1000), failing_from=21, most_calls=20_000)
    assert max(level for block in found.levels for level in block) <= 32
    assert found.found.found == "errors"
    assert found.found.failing in (21, 22)


def test_calls_that_fail_with_one_caller_end_it_at_once() -> None:
    found = searched(corner(10), failing_from=1)
    assert found.levels[0] == [1]
    assert found.made < 10
    assert found.search.ended == "errors"


def test_it_ends_when_it_knows_enough_and_not_when_all_is_used_up() -> None:
    found = searched(corner(32), most_calls=1_000_000, noise=0.005)
    assert found.search.ended == "found"
    assert found.seconds < SECONDS


def test_levels_that_were_listed_are_all_measured_again_and_again() -> None:
    found = searched(corner(8), levels=listed_levels([16, 1, 4, 8, 4]), most_calls=2000)
    assert found.levels[0] == [1, 4, 8, 16]
    assert len(found.levels) > 1
    assert found.made <= 2000


def test_an_async_def_is_called_by_coroutines() -> None:
    found = searched(corner(8), coroutine=True)
    assert {case.subject for block in found.blocks for case in block.cases} == {"coroutines"}


def test_a_function_that_can_not_be_imported_is_not_called() -> None:
    search = KneeSearch(FIRST, 100, SECONDS)
    failed = Result(case=FIRST, failure=Failure(kind="raised", message="no module"))
    assert search.next({FIRST.id: failed}, 0.0) is None
    assert search.planned == 0


@given(st.integers(1, 500), st.integers(1, 500), st.floats(0, 600))
def test_a_level_between_two_is_not_beyond_either(one: int, other: int, wanted: float) -> None:
    low, high = sorted((one, other))
    assert low <= between(low, high, wanted) <= high


# What the system allows


def test_levels_for_which_there_are_too_few_open_files_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("concbench.session.load.open_files", lambda: 256)
    levels, (text,) = within_open_files(Levels())
    assert levels.highest == 192
    assert text == "Levels above 192 are left out: the system allows 256 open files (ulimit -n)"
    listed, _ = within_open_files(listed_levels([1, 100, 400]))
    assert listed.only == (1, 100)
    assert within_open_files(Levels(highest=100)) == (Levels(highest=100), [])
    with pytest.raises(WrongSetting, match="256 open files"):
        within_open_files(listed_levels([400]))


def test_without_a_limit_on_open_files_all_levels_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("concbench.session.load.open_files", lambda: None)
    assert within_open_files(Levels()) == (Levels(), [])
