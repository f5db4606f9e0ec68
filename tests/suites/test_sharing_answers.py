"""What the answers promise of times of each, of updates that were lost, and of sizes from which on one is faster."""

from __future__ import annotations

from typing import Literal

import pytest

from concbench.model import Case, Claim, Experiment, Failure, Part, Sample, Settings, Workload
from concbench.suites.answering import comparisons, crossings, judge_updates, judged, summarise


def case(
    subject: str,
    *each: float,
    experiment: Experiment = "messages",
    size: int = 16,
    tasks: int = 100,
    workers: int | None = None,
    lost: int | None = None,
) -> Case:
    """A case with a sample in each block, whose wall times are all alike."""
    return Case(
        id=f"part/{subject}" if size == 16 else f"{size}/{subject}",
        part="part",
        subject=subject,
        workload=Workload(name="any", tasks=tasks, payload=size),
        settings=Settings(workers=workers),
        experiment=experiment,
        samples=[
            Sample(block=block, round=0, start=0.0, run=1.0, stop=0.0, wall=1.0, cpu=None, each=value, lost=lost)
            for block, value in enumerate(each)
        ],
    )


def failed(subject: str, size: int = 16) -> Case:
    found = case(subject, size=size)
    found.error = Failure(kind="raised", message="no")
    return found


# Times of each


@pytest.mark.parametrize("experiment", ["messages", "counters", "turns", "startups"])
def test_the_median_is_that_of_each_and_nothing_is_said_of_an_ideal(experiment: Experiment) -> None:
    found = case("any", 0.002, 0.002, experiment=experiment)
    summarise([found], cores=2)
    assert found.median is not None
    assert found.median.estimate == pytest.approx(0.002)
    assert found.ideal is None


def test_cases_are_compared_by_the_time_of_each() -> None:
    part = Part(name="part", title="A part", reference="part/pipe")
    (found,) = comparisons([part], [case("pipe", *[0.002] * 3), case("queue", *[0.006] * 3)], seconds_a_block=1.0)
    assert (found.case, found.verdict) == ("part/queue", "slower")
    assert found.ratio.estimate == pytest.approx(3)


# Lost updates

LOSES = Claim(sentence="It loses some.", case="part/value", verdict="loses updates", reference="part/value")
KEEPS = Claim(sentence="It loses none.", case="part/value", verdict="keeps updates", reference="part/value")


@pytest.mark.parametrize(
    ("claim", "lost", "outcome"),
    [(LOSES, 3, "confirmed"), (LOSES, 0, "undecided"), (KEEPS, 0, "confirmed"), (KEEPS, 3, "refuted")],
)
def test_one_lost_update_settles_a_claim(
    claim: Claim, lost: int, outcome: Literal["confirmed", "refuted", "undecided"]
) -> None:
    found = judge_updates(claim, case("value", 0.1, 0.1, experiment="counters", tasks=50, workers=4, lost=lost))
    assert (found.claim, found.outcome, found.comparison) == (claim, outcome, None)
    assert (found.lost, found.updates) == (2 * lost, 2 * 50 * 4)


def test_updates_that_were_lost_in_one_sample_only_count() -> None:
    value = case("value", 0.1, 0.1, 0.1, experiment="counters", workers=2, lost=0)
    value.samples[1] = Sample(**{**vars(value.samples[1]), "lost": 1})
    assert judge_updates(LOSES, value).outcome == "confirmed"
    assert judge_updates(KEEPS, value).outcome == "refuted"
    assert judge_updates(KEEPS, value).lost == 1


def test_a_single_worker_takes_all_steps() -> None:
    assert judge_updates(KEEPS, case("local", 0.1, experiment="counters", tasks=7, lost=0)).updates == 7


@pytest.mark.parametrize("claim", [LOSES, KEEPS])
@pytest.mark.parametrize("found", [None, failed("value")])
def test_what_was_not_measured_neither_loses_nor_keeps(claim: Claim, found: Case | None) -> None:
    outcome = judge_updates(claim, found)
    assert (outcome.outcome, outcome.lost, outcome.updates) == ("not measured", None, None)


def test_claims_on_updates_and_on_times_are_judged_side_by_side() -> None:
    cases = [
        case("value", 0.1, 0.1, experiment="counters", workers=2, lost=5),
        case("local", 0.01, 0.01, experiment="counters", workers=2, lost=0),
    ]
    faster = Claim(sentence="So it is.", case="part/local", verdict="faster", reference="part/value")
    found = judged([LOSES, faster, KEEPS], cases, seconds_a_block=1.0)
    assert [each.outcome for each in found] == ["confirmed", "confirmed", "refuted"]
    assert [each.comparison is not None for each in found] == [False, True, False]


# Crossings


def sweep(subject: str, *seconds: float) -> list[Case]:
    """A subject at 16 bytes, 1 KiB and so on, with hosts that differ a little."""
    return [
        case(subject, *(value * (1 + scatter) for scatter in (0.0, 0.01, -0.01)), size=16 * 64**number)
        for number, value in enumerate(seconds)
    ]


def test_a_pair_has_a_crossing_where_the_first_overtakes_the_second() -> None:
    cases = [*sweep("shared-memory", 0.004, 0.004, 0.004), *sweep("pipe", 0.001, 0.002, 0.016)]
    (found,) = crossings([("shared-memory", "pipe")], cases)
    assert (found.subject, found.other, found.faster) == ("shared-memory", "pipe", "from")
    assert found.sizes == [16, 1024, 65536]
    assert found.size is not None
    assert found.size.estimate == pytest.approx(1024 * 4, rel=0.01)  # a third of the way from 1/2 to 4, by factors


def test_the_exchanged_pair_is_faster_up_to_there() -> None:
    cases = [*sweep("shared-memory", 0.004, 0.004, 0.004), *sweep("pipe", 0.001, 0.002, 0.016)]
    (found,) = crossings([("pipe", "shared-memory")], cases)
    assert found.faster == "up to"
    assert found.size is not None
    assert found.size.estimate == pytest.approx(1024 * 4, rel=0.01)


def test_always_and_never_have_no_size() -> None:
    cases = [*sweep("fast", 0.001, 0.002), *sweep("slow", 0.002, 0.005)]
    found = crossings([("fast", "slow"), ("slow", "fast")], cases)
    assert [(each.faster, each.size) for each in found] == [("always", None), ("never", None)]


def test_a_size_at_which_one_of_the_two_failed_is_left_out() -> None:
    cases = [*sweep("shared-memory", 0.004, 0.004, 0.001), *sweep("pipe", 0.001, 0.002), failed("pipe", 65536)]
    (found,) = crossings([("shared-memory", "pipe")], cases)
    assert (found.sizes, found.faster) == ([16, 1024], "never")


def test_a_pair_that_was_not_measured_at_two_sizes_is_left_out() -> None:
    one = [*sweep("shared-memory", 0.004), *sweep("pipe", 0.001, 0.002)]
    assert crossings([("shared-memory", "pipe"), ("pipe", "no-such-channel")], one) == []
    assert crossings([("shared-memory", "pipe")], []) == []
    assert crossings([], sweep("pipe", 0.001, 0.002)) == []


def test_blocks_in_which_only_one_of_the_two_was_measured_do_not_count() -> None:
    cases = [*sweep("shared-memory", 0.004, 0.004), *sweep("pipe", 0.001, 0.016)]
    cases[0].samples.pop()
    (found,) = crossings([("shared-memory", "pipe")], cases)
    assert found.size is not None
    assert found.size.blocks == 2
