"""What the plugin in pytest's processes promises of a sample: how many calls it takes, and a heap left to chance."""

from __future__ import annotations

import time
from dataclasses import dataclass

from concbench.host.benchmarks import TURN, Ballast, warmed_up


@dataclass
class Options:
    """What pytest-benchmark's fixture knows of a benchmark's options."""

    _min_time: float = 0.000005
    _max_time: float = 1.0
    _warmup: int | bool = False


@dataclass
class Called:
    """Something that is called, and takes some time."""

    seconds: float = 0.0
    calls: int = 0
    times: int = 0

    def timed(self, calls: int) -> float:
        self.calls += calls
        self.times += 1
        time.sleep(self.seconds * calls)
        return 0.0


def test_a_sample_of_what_is_slow_is_a_single_call() -> None:
    called = Called(seconds=2 * TURN)
    calls, seconds = warmed_up(called.timed, None, Options())
    assert calls == 1
    assert seconds >= 2 * TURN
    assert called.times == 2  # the first call may import something


def test_a_sample_of_what_is_quick_is_many_calls() -> None:
    called = Called(seconds=TURN / 20)
    calls, seconds = warmed_up(called.timed, None, Options())
    assert 1 < calls <= 30
    assert seconds >= TURN


def test_the_shortest_round_that_a_benchmark_asks_for_is_kept() -> None:
    called = Called(seconds=TURN)
    calls, seconds = warmed_up(called.timed, None, Options(_min_time=6 * TURN))
    assert calls > 1
    assert seconds >= 6 * TURN


def test_what_is_known_from_before_is_not_found_out_again() -> None:
    called = Called()
    assert warmed_up(called.timed, 7, Options())[0] == 7
    assert (called.calls, called.times) == (7, 1)


def test_a_benchmark_is_warmed_up_as_it_asks_for() -> None:
    called = Called()
    warmed_up(called.timed, 10, Options(_warmup=95))
    assert called.calls == 100


def test_every_sample_has_another_heap() -> None:
    ballast, held = Ballast(), set()
    for _ in range(5):
        ballast.change()
        held.add(len(ballast._held))
    assert len(held) > 1
