"""What tracing promises: every task of every strategy is recorded, and the parts add up to the wall time."""

from __future__ import annotations

from pathlib import Path
from statistics import median, median_low
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.breakdown import breakdown
from concbench.experiments.recorder import cost_of_recording, nearest, pickled_size, recording, wants_another
from concbench.experiments.trace import lanes_of, unpack
from concbench.measure.hosts import HostProcess
from concbench.model.case import Workload
from concbench.model.result import Trace
from concbench.strategies.strategy import standard
from tests import builders
from tests.host.hosts import Host, started
from tests.measure.measuring import measured

ONE_SAMPLE = 0.0
"""Seconds: in none fits more than one, however short."""


@pytest.fixture
def host() -> Any:
    with started() as found:
        yield found
        assert found.leave() == 0


def traced(host: Host, subject: str, workload: Workload, **settings: Any) -> Trace | None:
    """The trace of a case; None where this interpreter can't run it."""
    opened = host.open(subject, workload, **settings)
    if "failure" in opened:
        assert opened["failure"]["kind"] == "unavailable", opened
        return None
    answer = host.ask("traced", seconds=ONE_SAMPLE)
    assert "ok" in answer, answer
    return msgspec.convert(answer["ok"], Trace)


@pytest.mark.parametrize("subject", sorted(standard()))
def test_the_parts_add_up_to_the_wall_time(host: Host, subject: str) -> None:
    trace = traced(host, subject, Workload(name="sleep", tasks=9, task_time=0.002), workers=2, limit=3)
    if trace is None:
        return
    spans = unpack(trace.spans, trace.tasks)
    assert len(spans) == 9
    assert min(spans.seconds(task) for task in range(9)) >= 0.002
    assert len(lanes_of(spans, trace.lanes)) == trace.lanes
    parts = breakdown(trace, 9 * 0.002)
    assert parts.wall == pytest.approx(trace.wall, rel=0, abs=1e-8)
    assert min(parts.start, parts.lead_in, parts.gaps, parts.tail, parts.back, parts.stop) > -1e-8


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_every_start_method_is_recorded(host: Host, method: str) -> None:
    trace = traced(host, "pool-map", Workload(name="tutorial", tasks=6), workers=2, start_method=method, chunksize=1)
    assert trace is not None
    assert trace.tasks == 6
    assert trace.chunksize == 1


def test_a_warm_case_is_recorded_without_a_start_and_goes_on_as_before(host: Host) -> None:
    workload = Workload(name="sleep", tasks=6, task_time=0.002)
    trace = traced(host, "executor-processes", workload, workers=2, warm=True)
    assert trace is not None
    assert (trace.start, trace.stop) == (0.0, 0.0)
    assert trace.tasks == 6
    assert traced_again(host).tasks == 6
    assert host.ask("sample")["ok"]["start"] == 0.0


def traced_again(host: Host) -> Trace:
    return msgspec.convert(host.ask("traced", seconds=ONE_SAMPLE)["ok"], Trace)


def test_workers_that_are_replaced_share_lanes(host: Host) -> None:
    workload = Workload(name="sleep", tasks=8, task_time=0.002)
    trace = traced(host, "pool-map", workload, workers=2, maxtasksperchild=1, chunksize=1)
    assert trace is not None
    spans = unpack(trace.spans, trace.tasks)
    assert len(set(spans.workers)) > 2
    assert len(lanes_of(spans, 2)) == 2


def test_the_default_chunksize_is_what_the_pool_takes(host: Host) -> None:
    trace = traced(host, "pool-map", Workload(name="tutorial", tasks=100), workers=4)
    assert trace is not None
    assert trace.chunksize == 7
    spans = unpack(trace.spans, trace.tasks)
    for chunk in range(0, 100, 7):  # whoever took a chunk took all of it
        assert len(set(spans.workers[chunk : chunk + 7])) == 1


def test_the_median_of_several_samples_is_kept(host: Host) -> None:
    assert "ok" in host.open("serial", Workload(name="tutorial", tasks=3))
    trace = msgspec.convert(host.ask("traced", seconds=0.05)["ok"], Trace)
    assert 1 < trace.samples <= 9


def test_large_arguments_are_known_by_their_bytes(host: Host) -> None:
    trace = traced(host, "pool-map", Workload(name="payload", tasks=3, payload=50_000), workers=1)
    assert trace is not None
    assert trace.argument_bytes is not None
    assert 50_000 <= trace.argument_bytes <= 51_000


def test_after_a_request_that_can_t_be_answered_the_host_goes_on(host: Host) -> None:
    assert "ok" in host.open("pool-map", Workload(name="payload", tasks=3, payload=10), workers=1)
    assert "ok" in host.ask("traced", seconds=ONE_SAMPLE)
    assert "failure" in host.ask("traced")
    assert "ok" in host.ask("sample")


@pytest.mark.parametrize(
    ("samples", "taken", "wanted"),
    [
        (0, 0.0, True),
        (1, 0.06, True),
        (2, 0.3, True),  # two slow ones show nothing, and a third is soon there
        (3, 0.3, False),
        (1, 5.0, False),  # what takes long is recorded once
        (3, 0.003, True),
        (9, 0.009, False),
    ],
)
def test_of_what_is_short_more_samples_are_recorded(samples: int, taken: float, wanted: bool) -> None:
    assert wants_another(samples, taken, seconds=0.1) is wanted


def test_recording_leaves_no_file() -> None:
    with recording(3) as record:
        path = Path(record.path)
        assert path.exists()
    assert not path.exists()


def test_recording_costs_little() -> None:
    assert 0 <= cost_of_recording() < 1e-3  # what it is on this machine stands in the docs: here, only its order


def test_what_can_not_be_pickled_has_no_size() -> None:
    assert pickled_size([lambda: None]) is None
    assert pickled_size([]) == 0


walls = st.lists(st.floats(1e-6, 100.0), min_size=1, max_size=9)


@given(walls, st.floats(1e-6, 100.0))
def test_no_sample_is_nearer_to_what_is_usual_than_the_one_that_is_kept(walls: list[float], usual: float) -> None:
    kept = walls[nearest(walls, usual)]
    assert all(abs(kept - usual) <= abs(wall - usual) for wall in walls)


@given(walls)
def test_where_the_usual_time_is_unknown_it_is_the_median(walls: list[float]) -> None:
    assert walls[nearest(walls, None)] == median_low(walls)


def test_the_host_learns_what_is_usual() -> None:
    case = builders.case("sleep/serial", workload="sleep", tasks=2, task_time=0.001)
    asked: list[dict[str, Any]] = []
    real = HostProcess.ask

    def noted(host: HostProcess, request: dict[str, Any], timeout: float) -> dict[str, Any]:
        asked.append(request)
        return real(host, request, timeout)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(HostProcess, "ask", noted)
        result = measured([case], rounds=3, traced=0.01)[case]
    (request,) = [each for each in asked if each["do"] == "traced"]
    assert request["usual"] == median(sample.wall for sample in result.samples)
    assert result.trace is not None
