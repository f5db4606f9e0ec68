"""What a turning point promises: with tasks of that length, both would take equally long."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from concbench.stats.breakdown import Breakdown
from concbench.stats.turning import LEAST_GAIN, turning_point
from tests.traces import dealt, trace_of

TRACE = trace_of(dealt([0.01] * 10, 2, 1), 2)
part = st.floats(0, 10)


def parts(fixed: float, changing: float) -> Breakdown:
    return Breakdown(
        start=fixed / 4,
        lead_in=fixed / 4,
        work=changing / 2,
        stretch=changing / 4,
        gaps=fixed / 4,
        tail=changing / 4,
        back=fixed / 8,
        stop=fixed / 8,
    )


@given(part, st.floats(0.001, 10), st.floats(0.001, 20))
def test_there_both_take_equally_long(fixed: float, changing: float, serial: float) -> None:
    gain = 1 - changing / serial
    assume(abs(gain - LEAST_GAIN) > 1e-6)
    point = turning_point(TRACE, parts(fixed, changing), serial)
    if gain < LEAST_GAIN:
        assert point is None
        return
    assert point is not None
    scale = point * TRACE.tasks / serial
    assert fixed + changing * scale == pytest.approx(serial * scale, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("serial", [1.9, 2.0, 2.06])
def test_who_gains_nothing_from_longer_tasks_but_noise_never_wins(serial: float) -> None:
    assert turning_point(TRACE, parts(0.1, 2.0), serial=serial) is None
