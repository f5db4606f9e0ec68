"""What experiments promise together: one file adds another one; settings in effect; and quantiles."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.experiments.experiment import quantile
from concbench.model.case import Workload
from tests.fresh_interpreter import write_distribution
from tests.host.hosts import started

NAPS = '''
"""Take naps: how long a nap of a millisecond takes."""

from time import perf_counter, sleep

from concbench.experiments.experiment import Experiment, Measurement, OpenCase, effective, experiments


class NapCase(OpenCase):
    """A number of naps."""

    def measure(self, meter, size=None):
        naps = size or self.workload.tasks
        meter.start()
        began = perf_counter()
        for _ in range(naps):
            sleep(0.001)
        took = perf_counter() - began
        return Measurement(start=0.0, run=took, stop=0.0, wall=took, cpu=meter.stop(), each=took / naps)


def take_on(subject, workload, asked):
    settings, settled = effective(asked, ("workers",))
    return NapCase(subject, settings, workload), settled


entry = experiments.add("naps", Experiment(take_on=take_on, settings_of=lambda subject: ("workers",)))
'''


def test_one_file_adds_an_experiment(tmp_path: Path) -> None:
    folder = write_distribution(tmp_path, "concbench.experiments", {"naps": "naps"}, naps=NAPS)
    with started(folder) as host:
        assert host.figures("any", Workload(name="naps", tasks=3), "naps", workers=1)["each"] >= 0.001
        assert host.ask("warm-up")["ok"]["count"] == 3
        assert host.ask("watched", seconds=0)["ok"]["samples"] == 1
        assert host.ask("traced", seconds=0)["failure"]["message"] == "ValueError: there are no tasks to trace"
        failure = host.failure("any", Workload(name="naps", tasks=3), "nap")
        assert failure == {"kind": "unavailable", "message": "there is no experiment 'nap'; did you mean 'naps'?"}


@pytest.mark.parametrize(
    ("experiment", "subject"),
    [
        *(("tasks", name) for name in ("process", "pool-map", "executor-processes")),
        ("messages", "pipe"),
        ("counters", "value"),
        ("turns", "lock"),
        *(("startups", name) for name in ("process", "pool-worker")),
    ],
)
def test_a_start_method_that_the_system_has_not_is_unavailable(experiment: str, subject: str) -> None:
    with started() as host:
        workload = Workload(name="sleep" if experiment == "tasks" else experiment, tasks=1, payload=16)
        failure = host.failure(subject, workload, experiment, workers=1, start_method="no-such")
    assert failure == {"kind": "unavailable", "message": "this system has no start method 'no-such'"}


@pytest.mark.parametrize(
    ("experiment", "subject", "message"),
    [
        ("tasks", "pool-mp", "there is no strategy 'pool-mp'; did you mean 'pool-map'?"),
        ("messages", "pip-bytes", "there is no channel 'pip-bytes'; did you mean 'pipe-bytes'?"),
        ("counters", "manager-dikt", "there is no store 'manager-dikt'; did you mean 'manager-dict'?"),
        ("turns", "simaphore", "there is no primitive 'simaphore'; did you mean 'semaphore'?"),
        ("startups", "proces", "there is no kind of worker 'proces'; did you mean 'process'?"),
    ],
)
def test_a_subject_that_does_not_exist_suggests_the_nearest(experiment: str, subject: str, message: str) -> None:
    with started() as host:
        assert host.failure(subject, Workload(name="sleep", tasks=1, payload=16), experiment) == {
            "kind": "unavailable",
            "message": message,
        }


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python has interpreters")
@pytest.mark.parametrize(("experiment", "subject"), [("messages", "interpreter-queue"), ("startups", "interpreter")])
def test_interpreters_are_unavailable_before_python_3_14(experiment: str, subject: str) -> None:
    with started() as host:
        failure = host.failure(subject, Workload(name=experiment, tasks=1, payload=16), experiment, workers=1)
    assert failure["kind"] == "unavailable"
    assert failure["message"].startswith("needs Python 3.14 or later, and this is 3.")


values = st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=200).map(sorted)
shares = st.floats(min_value=0, max_value=1)


@given(values.filter(lambda found: len(found) > 1), st.integers(min_value=2, max_value=100))
def test_it_is_what_the_standard_library_finds(found: list[float], parts: int) -> None:
    expected = statistics.quantiles(found, n=parts, method="inclusive")
    ours = [quantile(found, part / parts) for part in range(1, parts)]
    assert ours == pytest.approx(expected, rel=1e-9, abs=1e-6)


@given(values)
def test_the_middle_is_the_median_and_the_ends_are_the_ends(found: list[float]) -> None:
    assert quantile(found, 0.5) == pytest.approx(statistics.median(found))
    assert (quantile(found, 0.0), quantile(found, 1.0)) == (found[0], found[-1])


@given(values, shares, shares)
def test_it_lies_between_the_values_and_grows_with_the_share(found: list[float], one: float, other: float) -> None:
    low, high = (quantile(found, share) for share in sorted((one, other)))
    slack = 1e-9 * found[-1]
    assert found[0] - slack <= low <= high + slack
    assert high <= found[-1] + slack


def test_of_one_value_it_is_that_value_and_of_none_there_is_none() -> None:
    assert quantile([3.5], 0.3) == 3.5
    with pytest.raises(ValueError, match="there are no values to take a quantile of"):
        quantile([], 0.5)
