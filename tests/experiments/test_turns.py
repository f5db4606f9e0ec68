"""What taking turns promises: every primitive answers with the time of a turn, alone and against another worker."""

from __future__ import annotations

import pytest

from concbench.model.case import Workload
from tests.host.hosts import every_method, started
from tests.strategies.running import processes_left

TURNS = Workload(name="turns", tasks=20)
KINDS = ("lock", "rlock", "semaphore", "bounded-semaphore", "event", "condition", "barrier")
PAIRS = ("event", "condition")
FAMILIES = ("", "manager-", "thread-")


@pytest.mark.parametrize("family", FAMILIES)
def test_every_primitive_is_taken_turns_on_alone_and_by_two(family: str) -> None:
    method = None if family == "thread-" else "fork"
    with started() as host:
        for kind in KINDS:
            for workers in (1, 2) if kind in PAIRS else (1, 2, 3):
                figures = host.figures(family + kind, TURNS, "turns", workers=workers, start_method=method)
                assert 0 < figures["each"] * TURNS.tasks <= figures["wall"]
                assert (figures["each_p99"], figures["stream"], figures["lost"]) == (None, None, None)
                assert processes_left(host.pid) == []
        assert host.leave() == 0
        assert host.said() == ""


@every_method
def test_turns_are_taken_however_workers_start(method: str) -> None:
    with started() as host:
        for name in ("lock", "event", "condition", "barrier"):
            assert host.figures(name, TURNS, "turns", workers=2, start_method=method)["each"] > 0
        assert host.leave() == 0
        assert host.said() == ""


@pytest.mark.parametrize("kind", PAIRS)
def test_what_two_hand_over_to_each_other_is_unavailable_to_more(kind: str) -> None:
    with started() as host:
        for family in FAMILIES:
            failure = host.failure(family + kind, TURNS, "turns", workers=3)
            message = f"{family}{kind} is handed over between two workers, and can't have more (--workers)"
            assert failure == {"kind": "unavailable", "message": message}
