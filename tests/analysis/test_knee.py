"""How levels become a knee: which ones fail, what is still open, and which case to go by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.knee import chance_of_more, fails, finding, knees, levels_of
from concbench.model.case import Case, Settings, Workload
from concbench.model.result import CallError, Failure, Load, Result, Sample


def load(level: int, rate: float, *, calls: int = 400, failed: int = 0, lost: int = 0) -> Load:
    """A load of that many calls a second."""
    errors = (CallError(kind="TimeoutError", calls=failed, message=""),) if failed else ()
    latency = level / rate if rate else 0.0
    return Load(
        calls=calls,
        failed=failed,
        lost=lost,
        throughput=rate,
        latency=latency,
        p50=latency or None,
        p95=latency or None,
        p99=None,
        concurrency=float(level),
        little=1.0,
        errors=errors,
    )


def result(level: int, *loads: Load, failure: Failure | None = None) -> Result:
    """The result of a level, with a sample in each block."""
    case = Case(
        group="load",
        row="threads",
        along={"workers": level},
        subject="threads",
        experiment="load",
        workload=Workload(name="mine:fetch", tasks=10),
        settings=Settings(workers=level, calls=loads[0].calls if loads else 10),
    )
    samples = tuple(
        Sample(block=block, round=0, start=0.0, run=1.0, stop=0.0, wall=1.0, cpu=0.1, each=each.p50 or 1.0, load=each)
        for block, each in enumerate(loads)
    )
    return Result(case=case, samples=samples, failure=failure)


def corner(at: int, *levels: int) -> list[Result]:
    """Levels of a server that works on so many calls at once."""
    return [
        result(level, *[load(level, min(level, at) * factor / 0.03) for factor in (0.99, 1.01)]) for level in levels
    ]


def test_a_throughput_that_no_longer_rises_has_a_knee() -> None:
    (found,) = knees(corner(32, 1, 2, 4, 8, 16, 28, 31, 32, 64), most_calls=9000)
    assert (found.found, found.subject, found.failing) == ("knee", "threads", None)
    assert found.level is not None
    assert found.level.low is not None
    assert found.level.high is not None
    assert found.level.low <= 0.95 * 32 <= found.level.high
    assert found.case == "load/threads workers 31"
    assert (found.calls, found.most_calls) == (9 * 2 * 400, 9000)


def test_a_throughput_that_still_rises_is_open() -> None:
    (found,) = knees(corner(100, 1, 2, 4, 8, 16), most_calls=1000)
    assert found.found == "open"
    assert found.level is not None
    assert (found.level.low, found.level.high) == (None, None)


def test_levels_from_which_on_calls_fail_don_t_count() -> None:
    rows = [*corner(100, 1, 2, 4, 8, 16, 20), result(21, load(21, 700, failed=40)), result(32, load(32, 2000))]
    (found,) = knees(rows, most_calls=9000)
    assert (found.found, found.failing) == ("errors", 21)
    assert found.case == "load/threads workers 20"
    assert found.level is not None
    assert found.level.high is not None
    assert found.level.high <= 21


def test_callers_that_could_not_get_ready_fail_the_level() -> None:
    rows = [*corner(100, 1, 2, 4), result(8, load(8, 133, lost=1))]
    assert finding(levels_of(rows)).failing == 8


def test_a_case_that_could_not_be_measured_fails_the_level() -> None:
    rows = [*corner(100, 1, 2, 4), result(8, failure=Failure(kind="refused", message="no more threads"))]
    assert finding(levels_of(rows)).failing == 8


def test_calls_that_fail_everywhere_leave_no_number() -> None:
    (found,) = knees([result(1, load(1, 0.0, calls=4, failed=4))], most_calls=100)
    assert (found.found, found.case, found.level, found.failing) == ("failing", None, None, 1)


def test_a_function_that_fails_on_some_items_at_every_level_has_a_knee_all_the_same() -> None:
    rows = [
        result(level, *[load(level, min(level, 8) * factor / 0.03, failed=20) for factor in (0.99, 1.01)])
        for level in (1, 2, 4, 6, 7, 8, 16)
    ]
    assert finding(levels_of(rows)).found == "knee"


def test_a_single_error_fails_no_level() -> None:
    levels = levels_of([*corner(100, 1, 2, 4), result(8, load(8, 266, failed=1, calls=80))])
    assert not fails(levels[8], [levels[1], levels[2], levels[4]])


def test_of_nothing_there_is_no_knee() -> None:
    assert knees([], most_calls=10) == []
    with pytest.raises(ValueError, match="no level"):
        finding({})


@given(st.integers(0, 50), st.integers(1, 50), st.integers(0, 50), st.integers(1, 50))
def test_a_chance_is_one(failed: int, calls: int, others_failed: int, other_calls: int) -> None:
    found = chance_of_more(min(failed, calls), calls, min(others_failed, other_calls), other_calls)
    assert 0 <= found <= 1
    assert chance_of_more(0, calls, min(others_failed, other_calls), other_calls) == pytest.approx(1)
