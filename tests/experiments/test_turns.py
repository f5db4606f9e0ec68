"""What taking turns promises: every primitive answers with the time of a turn, alone and against another worker."""

from __future__ import annotations

import pytest

from concbench.model import Workload
from tests.experiments.hosting import METHODS, children_of, failed, opened, sampled
from tests.host.talking import started

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
                figures = sampled(host, "turns", family + kind, TURNS, workers=workers, start_method=method)
                assert 0 < figures["each"] * TURNS.tasks <= figures["wall"]
                assert (figures["each_p99"], figures["stream"], figures["lost"]) == (None, None, None)
                assert children_of(host.pid) == []
        assert host.leave() == 0
        assert host.said() == ""


@pytest.mark.parametrize("method", METHODS)
def test_turns_are_taken_however_workers_start(method: str) -> None:
    with started() as host:
        for name in ("lock", "event", "condition", "barrier"):
            assert sampled(host, "turns", name, TURNS, workers=2, start_method=method)["each"] > 0
        assert host.leave() == 0
        assert host.said() == ""


@pytest.mark.parametrize("kind", PAIRS)
def test_what_two_hand_over_to_each_other_is_unavailable_to_more(kind: str) -> None:
    with started() as host:
        for family in FAMILIES:
            failure = failed(host, "turns", family + kind, TURNS, workers=3)
            message = f"{family}{kind} is handed over between two workers, and can't be between more (--workers)"
            assert failure == {"kind": "unavailable", "message": message}


def test_a_warm_up_takes_a_few_turns() -> None:
    with started() as host:
        assert "ok" in opened(host, "turns", "thread-lock", TURNS, workers=2)
        assert host.ask("warm-up")["ok"]["count"] >= 1


def test_a_name_that_does_not_exist_suggests_the_nearest() -> None:
    with started() as host:
        failure = failed(host, "turns", "simaphore", TURNS, workers=2)
    assert failure == {"kind": "unavailable", "message": "there is no primitive 'simaphore'; did you mean 'semaphore'?"}
