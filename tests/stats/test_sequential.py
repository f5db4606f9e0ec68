"""What a gate promises: few looks, each paid for, nothing decided without evidence, and nothing taken back."""

from __future__ import annotations

from itertools import accumulate, combinations, pairwise
from math import log
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from concbench.model.run import Verdict
from concbench.stats.sequential import (
    CONFIDENCE,
    FALSE_ALARMS,
    FEWEST_BLOCKS,
    LOOKS,
    POWER,
    USUAL,
    USUALLY,
    Decision,
    Gate,
    Key,
    holm,
    interval_weights,
    weights,
)
from concbench.stats.two_samples import LEAST_SCATTER
from tests.stats.figures import gate_of, keys, spread

KEY = keys(1)[0]
NOTHING = Decision(None, "undecided", None)
CLEAR = spread(log(1.5), 0.01, 6)
"""Half as slow again, beyond all doubt."""
JUST = 0.15
"""A scatter at which 30 % more is just clear enough for one figure."""
VAGUE = spread(log(1.1), 0.4, 6)

block_values = st.lists(st.floats(-1, 1), max_size=12)
shares = st.lists(st.floats(0, 1), max_size=8).map(sorted)


def chance_by_scipy(blocks: list[float]) -> float:
    scatter = max(stdev(blocks), LEAST_SCATTER)
    return float(stats.t.sf(fmean(blocks) / scatter * len(blocks) ** 0.5, len(blocks) - 1))


def looked(blocks: list[float], *shares_used: float, margin: float = 0.05) -> Decision:
    """What a gate of one figure finds that sees the same blocks at every look."""
    gate = gate_of(margin=margin)
    for used in shares_used or LOOKS:
        gate.look(used, {KEY: blocks})
    return gate.findings[KEY]


# Looks


def test_before_any_look_every_figure_is_undecided() -> None:
    gate = gate_of(3)
    assert list(gate.findings.values()) == [NOTHING] * 3
    assert gate.undecided == {key.case for key in keys(3)}


@pytest.mark.parametrize("used", [0.0, 0.03, 0.055])
def test_a_look_at_less_than_the_first_share_decides_nothing(used: float) -> None:
    assert looked(CLEAR, used) == NOTHING


@pytest.mark.parametrize("used", LOOKS)
def test_a_clear_change_is_found_at_any_planned_look(used: float) -> None:
    assert looked(CLEAR, used).verdict == "slower"


def test_between_two_planned_looks_nothing_is_decided() -> None:
    gate = gate_of()
    gate.look(LOOKS[0], {KEY: VAGUE})
    first = gate.findings[KEY]
    for used in (LOOKS[0], 0.06, 0.08, 0.11):
        gate.look(used, {KEY: CLEAR})
        assert gate.findings[KEY] is first
    gate.look(LOOKS[1], {KEY: CLEAR})
    assert gate.findings[KEY].verdict == "slower"


def test_after_the_last_look_there_is_no_other() -> None:
    gate = gate_of()
    gate.look(1.0, {KEY: VAGUE})
    last = gate.findings[KEY]
    for _ in range(3):
        gate.look(1.0, {KEY: CLEAR})
    assert gate.findings[KEY] is last
    assert last.verdict == "undecided"


@given(shares)
def test_each_planned_look_happens_once_whenever_somebody_asks(used: list[float]) -> None:
    gate, seen = gate_of(), []
    for share in [*used, 1.0, 1.0]:
        before = gate.findings[KEY]
        gate.look(share, {KEY: VAGUE})
        if gate.findings[KEY] is not before:
            seen.append(gate.findings[KEY])
    assert 1 <= len(seen) <= len(LOOKS)
    # What the intervals leave out, and so the error rate, is spent once and in full.
    left_out = [1 - finding.ratio.confidence for finding in seen if finding.ratio is not None]
    assert sum(left_out) == pytest.approx(1 - CONFIDENCE)


def test_looks_that_were_passed_over_are_made_up_for_at_once() -> None:
    finding = looked(VAGUE, 0.3)
    assert finding.ratio is not None
    assert 1 - finding.ratio.confidence == pytest.approx((1 - CONFIDENCE) * sum(interval_weights()[:3]))


# Too early


@pytest.mark.parametrize("blocks", range(FEWEST_BLOCKS))
def test_a_look_that_comes_too_early_finds_nothing_and_costs_nothing(blocks: int) -> None:
    gate = gate_of()
    gate.look(LOOKS[0], {KEY: CLEAR[:blocks]})
    assert gate.findings[KEY] == NOTHING
    gate.look(LOOKS[1], {KEY: VAGUE})
    assert gate.findings[KEY] == looked(VAGUE, LOOKS[1])
    ratio = gate.findings[KEY].ratio
    assert ratio is not None
    assert 1 - ratio.confidence == pytest.approx((1 - CONFIDENCE) * sum(interval_weights()[:2]))


def test_a_look_that_came_too_early_is_made_up_for_as_soon_as_there_are_enough_blocks() -> None:
    gate = gate_of()
    gate.look(LOOKS[0], {KEY: CLEAR[: FEWEST_BLOCKS - 1]})
    gate.look((LOOKS[0] + LOOKS[1]) / 2, {KEY: CLEAR})
    assert gate.findings[KEY] == looked(CLEAR, LOOKS[0])


def test_one_figure_with_enough_blocks_is_worth_a_look() -> None:
    gate, (one, other) = gate_of(2), keys(2)
    gate.look(LOOKS[0], {one: CLEAR[:1], other: CLEAR})
    assert gate.findings[other].verdict == "slower"
    assert gate.findings[one].verdict == "undecided"


@pytest.mark.parametrize("blocks", range(FEWEST_BLOCKS))
def test_the_last_look_happens_with_however_few_blocks(blocks: int) -> None:
    ratio = looked(CLEAR[:blocks], *LOOKS).ratio
    if blocks == 0:
        assert ratio is None
        return
    assert ratio is not None
    assert ratio.blocks == blocks
    assert 1 - ratio.confidence == pytest.approx(1 - CONFIDENCE)  # all of it, as nothing was spent before


@pytest.mark.parametrize("blocks", [CLEAR, spread(0.0, 0.001, 6), [-value for value in CLEAR]])
def test_too_few_blocks_decide_nothing_even_at_the_last_look(blocks: list[float]) -> None:
    assert looked(blocks).verdict in ("slower", "same", "faster")
    for size in range(FEWEST_BLOCKS):
        found = looked(blocks[:size])
        assert (found.verdict, found.chance, found.more_blocks) == ("undecided", None, None)


def test_a_figure_with_too_few_blocks_is_not_decided_beside_one_with_enough() -> None:
    gate, (one, other) = gate_of(2), keys(2)
    gate.look(1.0, {one: CLEAR[: FEWEST_BLOCKS - 1], other: CLEAR})
    assert (gate.findings[one].verdict, gate.findings[other].verdict) == ("undecided", "slower")


def test_a_figure_without_any_block_stays_undecided_and_has_no_ratio() -> None:
    gate = gate_of(2)
    gate.look(1.0, {KEY: CLEAR})
    assert gate.findings[keys(2)[1]] == NOTHING


# Evidence


@pytest.mark.parametrize(
    ("mean", "scatter", "expected"),
    [
        (log(1.5), 0.01, "slower"),
        (log(1.5), 0.6, "undecided"),  # large, and may well be chance
        (log(1.048), 0.004, "undecided"),  # sure to be slower, and not by more than the margin
        (log(1.03), 0.002, "same"),  # sure to be slower by less than the margin
        (0.0, 0.002, "same"),
        (0.0, 0.2, "undecided"),
        (-log(1.03), 0.002, "same"),
        (-log(1.048), 0.004, "undecided"),
        (-log(1.5), 0.6, "undecided"),
        (-log(1.5), 0.01, "faster"),
    ],
)
def test_a_verdict_needs_significance_and_an_estimate_beyond_the_margin(
    mean: float, scatter: float, expected: Verdict
) -> None:
    assert looked(spread(mean, scatter, 6)).verdict == expected


@given(block_values, st.floats(0.01, 0.5))
def test_what_is_the_same_has_its_whole_interval_within_the_margin(blocks: list[float], margin: float) -> None:
    finding = looked([value / 10 for value in blocks], 1.0, margin=margin)
    ratio = finding.ratio
    inside = (
        ratio is not None
        and ratio.low is not None
        and ratio.high is not None
        and ratio.low >= 1 / (1 + margin)
        and ratio.high <= 1 + margin
        and len(blocks) >= FEWEST_BLOCKS
    )
    assert (finding.verdict == "same") == inside


@given(block_values, st.floats(0.01, 0.5))
def test_what_is_slower_or_faster_lies_beyond_its_margin_and_is_no_chance(blocks: list[float], margin: float) -> None:
    finding = looked(blocks, 1.0, margin=margin)
    if finding.verdict == "slower":
        assert finding.ratio is not None
        assert finding.ratio.estimate > 1 + margin
        assert finding.chance is not None
        assert finding.chance <= FALSE_ALARMS
        assert chance_by_scipy(blocks) <= FALSE_ALARMS * 1.000001
    if finding.verdict == "faster":
        assert finding.ratio is not None
        assert finding.ratio.estimate < 1 / (1 + margin)


def test_every_figure_is_judged_by_its_own_margin() -> None:
    narrow, wide = Key("a", "wall"), Key("a", "memory")
    gate = Gate({narrow: 0.05, wide: 0.6})
    gate.look(1.0, {narrow: CLEAR, wide: CLEAR})
    assert (gate.findings[narrow].verdict, gate.findings[wide].verdict) == ("slower", "same")


@given(block_values, block_values)
def test_the_other_way_round_slower_is_faster(first: list[float], second: list[float]) -> None:
    there, back = gate_of(2), gate_of(2)
    one, other = keys(2)
    mirrored: dict[Verdict, Verdict] = {"slower": "faster", "faster": "slower"}
    for used in LOOKS:
        there.look(used, {one: first, other: second})
        back.look(used, {one: [-value for value in first], other: [-value for value in second]})
    for key in (one, other):
        verdict = there.findings[key].verdict
        assert back.findings[key].verdict == mirrored.get(verdict, verdict)


def test_the_chance_is_the_least_over_all_looks_each_divided_by_its_share() -> None:
    gate = gate_of()
    early, late = spread(0.2, 0.2, 6), spread(0.05, 0.2, 8)
    chances = [chance_by_scipy(blocks) for blocks in (early, late)]
    gate.look(LOOKS[0], {KEY: early})
    assert gate.findings[KEY].chance == pytest.approx(chances[0] / weights()[0])
    gate.look(LOOKS[1], {KEY: late})
    assert gate.findings[KEY].chance == pytest.approx(min(chances[0] / weights()[0], chances[1] / weights()[1], 1.0))


@given(block_values)
def test_a_chance_is_never_more_than_certain(blocks: list[float]) -> None:
    finding = looked(blocks)
    assert finding.chance is None or 0 <= finding.chance <= 1


# How much blocks scatter by at least


@pytest.mark.parametrize(("blocks", "verdict"), [(CLEAR, "slower"), (spread(0.0, 0.001, 6), "same")])
def test_blocks_that_agree_better_than_they_can_are_not_relied_on(blocks: list[float], verdict: Verdict) -> None:
    trusting, doubting = gate_of(), gate_of()
    trusting.look(1.0, {KEY: blocks})
    doubting.look(1.0, {KEY: blocks}, {KEY: 0.5})
    assert trusting.findings[KEY].verdict == verdict
    assert doubting.findings[KEY].verdict == "undecided"


@given(block_values, st.floats(0, 0.5))
def test_more_scatter_at_least_makes_intervals_wider_and_chances_larger(blocks: list[float], least: float) -> None:
    plain, doubting = looked(blocks, 1.0), gate_of()
    doubting.look(1.0, {KEY: blocks}, {KEY: max(LEAST_SCATTER, least)})
    found = doubting.findings[KEY]
    assert (found.ratio is None) == (plain.ratio is None)
    if plain.ratio is not None and found.ratio is not None and plain.ratio.low is not None:
        assert plain.ratio.high is not None
        assert found.ratio.low is not None
        assert found.ratio.high is not None
        assert found.ratio.low <= plain.ratio.low <= plain.ratio.high <= found.ratio.high
    if plain.chance is not None and found.chance is not None and blocks and fmean(blocks) > 0:
        assert found.chance >= plain.chance


def test_what_one_figure_scatters_by_is_nothing_to_another() -> None:
    gate, (one, other) = gate_of(2), keys(2)
    gate.look(1.0, {one: CLEAR, other: CLEAR}, {other: 0.5})
    assert (gate.findings[one].verdict, gate.findings[other].verdict) == ("slower", "undecided")


# Many figures


def test_what_is_clear_enough_alone_is_not_among_many_figures() -> None:
    just = spread(log(1.3), JUST, 8)
    alone, among = gate_of(1), gate_of(60)
    alone.look(1.0, {KEY: just})
    among.look(1.0, {key: just if key == KEY else spread(0.0, 0.3, 8) for key in keys(60)})
    assert alone.findings[KEY].verdict == "slower"
    assert among.findings[KEY].verdict == "undecided"
    assert alone.findings[KEY].chance == among.findings[KEY].chance  # it is shown before the correction


def test_figures_that_are_clear_make_it_easier_for_the_others() -> None:
    just = spread(log(1.3), JUST, 8)
    beside_vague, beside_clear = gate_of(10), gate_of(10)
    beside_vague.look(1.0, {key: just if key == KEY else spread(0.0, 0.3, 8) for key in keys(10)})
    beside_clear.look(1.0, {key: just if key == KEY else CLEAR for key in keys(10)})
    assert beside_vague.findings[KEY].verdict == "undecided"
    assert beside_clear.findings[KEY].verdict == "slower"


def test_a_figure_that_was_not_asked_for_changes_nothing() -> None:
    gate = gate_of()
    gate.look(1.0, {KEY: CLEAR, Key("another", "wall"): CLEAR})
    assert set(gate.findings) == {KEY}


def test_a_case_is_undecided_as_long_as_one_of_its_figures_is() -> None:
    wall, cpu, other = Key("a", "wall"), Key("a", "cpu"), Key("b", "wall")
    gate = Gate(dict.fromkeys((wall, cpu, other), 0.05))
    same = spread(0.0, 0.001, 6)
    gate.look(LOOKS[0], {wall: same, cpu: VAGUE, other: same})
    assert gate.undecided == {"a"}
    gate.look(LOOKS[1], {wall: same, cpu: same, other: same})
    assert gate.undecided == set()


def test_a_case_that_the_gate_is_red_for_needs_no_more_samples() -> None:
    wall, cpu = Key("a", "wall"), Key("a", "cpu")
    gate = Gate(dict.fromkeys((wall, cpu), 0.05))
    gate.look(LOOKS[0], {wall: CLEAR, cpu: VAGUE})
    assert gate.findings[cpu].verdict == "undecided"
    assert gate.undecided == set()


def test_what_is_probably_worse_and_not_surely_is_suspicious() -> None:
    gate, found = Gate(dict.fromkeys((Key(name, "wall") for name in "abcd"), 0.05)), {}
    for name, mean in (("a", 0.045), ("b", 0.02), ("c", -0.2), ("d", 0.001)):
        found[Key(name, "wall")] = spread(mean, {"a": 0.08, "d": 0.001}.get(name, 0.2), 8)
    gate.look(1.0, found)
    assert gate.undecided == {"a", "b", "c"}
    assert gate.suspicious == {"a"}


@pytest.mark.parametrize(("scatter", "worth"), [(0.08, True), (0.4, False)])
def test_what_the_longest_time_would_not_decide_either_gets_no_more_of_it(scatter: float, worth: bool) -> None:
    gate = gate_of()
    gate.look(USUAL, {KEY: spread(0.06, scatter, 8)})
    assert gate.undecided == {KEY.case}
    assert gate.suspicious == ({KEY.case} if worth else set())


def test_what_is_a_small_part_of_a_case_gets_no_more_than_the_budget() -> None:
    gate = gate_of()
    gate.widen(KEY, 0.06)
    gate.look(USUAL, {KEY: spread(0.06, 0.08, 8)})
    assert gate.undecided == {KEY.case}
    assert gate.suspicious == set()


def test_a_figure_that_is_left_out_before_the_first_look_leaves_its_error_rate_to_the_others() -> None:
    def found(leave_out: bool) -> Decision:
        gate = Gate({Key("a", "wall"): 0.05, Key("a", "cpu"): 0.03, Key("a", "memory"): 0.1}, false_alarms=0.01)
        if leave_out:
            gate.leave_out(Key("a", "cpu"))
        blocks = spread(log(1.5), 0.21, 6)
        # Of the error rate, 35 parts of 100 are for wall time, or 35 of 50.
        assert 0.0035 < chance_by_scipy(blocks) < 0.007
        gate.look(1.0, {Key("a", "wall"): blocks})
        return gate.findings[Key("a", "wall")]

    assert found(leave_out=False).verdict == "undecided"
    assert found(leave_out=True).verdict == "slower"


def test_after_the_first_look_nothing_is_left_out_and_no_margin_changes() -> None:
    gate, (one, other) = gate_of(2), keys(2)
    gate.look(LOOKS[0], {one: VAGUE, other: VAGUE})
    with pytest.raises(ValueError, match="before its first look"):
        gate.leave_out(one)
    with pytest.raises(ValueError, match="before its first look"):
        gate.widen(one, 0.5)


def test_a_wider_margin_is_the_one_that_is_judged_by() -> None:
    gate = gate_of()
    gate.widen(KEY, 0.6)
    gate.look(1.0, {KEY: spread(log(1.5), 0.01, 6)})
    assert gate.findings[KEY].verdict == "same"


def test_cpu_time_has_the_largest_share_of_the_error_rate() -> None:
    just = spread(log(1.3), 0.19, 8)
    found = {}
    for name in ("cpu", "wall", "memory"):
        figures = {Key("a", each): just if each == name else spread(0.0, 0.3, 8) for each in ("cpu", "wall", "memory")}
        gate = Gate(dict.fromkeys(figures, 0.05))
        gate.look(1.0, figures)
        found[name] = gate.findings[Key("a", name)].verdict
    assert found == {"cpu": "slower", "wall": "undecided", "memory": "undecided"}


# What is decided


@given(st.lists(st.tuples(block_values, block_values), min_size=1, max_size=6), st.sampled_from([0.02, 0.1, 0.5]))
def test_a_decided_figure_stays_decided(seen: list[tuple[list[float], list[float]]], margin: float) -> None:
    gate = gate_of(2, margin)
    one, other = keys(2)
    for number, (first, second) in enumerate(seen, start=1):
        before = dict(gate.findings)
        gate.look(number / len(seen), {one: first, other: second})
        for key, finding in before.items():
            if finding.verdict != "undecided":
                assert gate.findings[key] is finding


def test_what_was_slower_is_not_taken_back_by_blocks_that_say_otherwise() -> None:
    gate = gate_of()
    gate.look(LOOKS[0], {KEY: CLEAR})
    for used in LOOKS[1:]:
        gate.look(used, {KEY: spread(0.0, 0.001, 20)})
    assert gate.findings[KEY].verdict == "slower"


def test_an_undecided_figure_says_how_many_more_blocks_it_takes_and_a_decided_one_does_not() -> None:
    assert looked(CLEAR, 1.0).more_blocks is None
    nearly = spread(log(1.5), 0.27, 6)
    assert looked(nearly, 1.0).verdict == "undecided"
    assert looked(nearly, 1.0).more_blocks in (1, 2, 3)


def test_of_a_figure_that_may_take_any_time_no_time_is_said() -> None:
    assert looked(VAGUE, 1.0).verdict == "undecided"
    assert looked(VAGUE, 1.0).more_blocks is None


@given(shares, st.lists(block_values, min_size=9, max_size=9))
def test_the_same_looks_at_the_same_blocks_find_the_same(used: list[float], seen: list[list[float]]) -> None:
    first, again = gate_of(), gate_of()
    for gate in (first, again):
        for share, blocks in zip([*used, 1.0], seen, strict=False):
            gate.look(share, {KEY: blocks})
    assert first.findings == again.findings


@pytest.mark.parametrize("rate", [0.2, 0.01, 1e-6])
def test_a_rarer_false_alarm_needs_more_evidence(rate: float) -> None:
    blocks = spread(log(1.3), 0.15, 8)
    chance = chance_by_scipy(blocks)
    gate = Gate({KEY: 0.05}, rate)
    gate.look(1.0, {KEY: blocks})
    assert (gate.findings[KEY].verdict == "slower") == (chance <= rate)


# Holm's method

chances = st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 1.0]), max_size=8)
levels = st.floats(0.001, 0.2)


def by_definition(found: list[float], level: float) -> list[bool]:
    """Reject what every closed test does (Marcus, Peritz and Gabriel, 1976), each by Bonferroni's inequality.

    A hypothesis falls where every set of hypotheses that holds it has some chance of at most the level by the set's
    size. For Bonferroni's tests that is Holm's method, written without any order.
    """

    def falls(members: tuple[int, ...]) -> bool:
        return any(found[member] <= level / len(members) for member in members)

    everyone = range(len(found))
    sets = [members for size in range(1, len(found) + 1) for members in combinations(everyone, size)]
    return [all(falls(members) for members in sets if each in members) for each in everyone]


@given(chances, levels)
def test_holms_method_is_the_closed_test_of_bonferronis_inequality(found: list[float], level: float) -> None:
    assert holm(found, level) == by_definition(found, level)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], []),
        ([0.01, 0.01, 0.01], [True, True, True]),
        ([0.0167, 0.001, 0.9], [True, True, False]),
        ([0.02, 0.03, 0.04], [False, False, False]),
        ([0.05, 0.025, 0.01], [True, True, True]),
    ],
)
def test_known_examples_at_five_percent(found: list[float], expected: list[bool]) -> None:
    assert holm(found, 0.05) == expected


@given(chances, levels)
def test_equal_weights_are_none(found: list[float], level: float) -> None:
    assert holm(found, level, [0.5] * len(found)) == holm(found, level)  # of 0.5, all sums are exact


@given(st.floats(0, 1), st.floats(0.001, 0.2))
def test_a_figure_of_more_weight_is_found_more_easily(chance: float, level: float) -> None:
    (heavy, _), (light, _) = holm([chance, 1.0], level, [3, 1]), holm([chance, 1.0], level, [1, 3])
    assert heavy == (chance <= level * 3 / 4)
    assert light == (chance <= level / 4)


# Spending an error rate over looks

plans = st.lists(st.integers(1, 99), max_size=6, unique=True).map(
    lambda looks: [*(look / 100 for look in sorted(looks)), 1.0]
)


def test_the_planned_looks_rise_to_the_whole_budget() -> None:
    assert LOOKS[0] > 0
    assert all(earlier < later for earlier, later in pairwise(LOOKS))
    assert LOOKS[-1] == 1
    assert weights() == weights(LOOKS, POWER)


@given(plans, st.floats(0.5, 4))
def test_by_each_look_the_power_of_its_share_is_spent_and_all_of_it_by_the_last(
    looks: list[float], power: float
) -> None:
    found = weights(looks, power)
    assert all(weight > 0 for weight in found)
    assert list(accumulate(found)) == pytest.approx([look**power for look in looks])


def test_intervals_leave_out_most_of_what_they_may_within_the_budget() -> None:
    found = interval_weights()
    assert all(weight > 0 for weight in found)
    assert sum(found) == pytest.approx(1)
    assert sum(found[: LOOKS.index(USUAL) + 1]) == pytest.approx(USUALLY)
