"""What the search for the fewest workers promises: the right number, in few samples, and no more than that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp
from random import Random

import pytest

from concbench.model.case import Case
from concbench.model.result import Failure, Result
from concbench.session.fewest_workers import FewestWorkers, best_of, fewest_enough, first_look
from tests.builders import case, result
from tests.e2e.command import usually
from tests.session.simulation import Simulation, Timed, evenly, simulated

SEEDS = 40
BLOCKS = 12
"""About as many rounds as a minute has for a command of a few seconds."""


def numbered(numbers: Sequence[int]) -> list[Case]:
    return [
        case("commands/make", subject="make", experiment="commands", along={"workers": number}) for number in numbers
    ]


def of(found: Result | None) -> int | None:
    return None if found is None else found.case.settings.workers


def searched(law: Callable[[int], float], most: int = 16, seed: int = 0, noise: float = 0.03) -> Simulation:
    cases, generator = numbered(range(1, most + 1)), Random(seed)

    def timing(of: Case, _block: int) -> Timed | Failure:
        return law(of.settings.workers or 1) * exp(generator.gauss(0, noise)), 1.0

    return simulated(FewestWorkers(cases), cases[:1], timing, evenly(BLOCKS), rounds=1)


def computing(workers: int) -> float:
    """Four seconds on two cores; each worker costs 0.2 s of a core before it begins."""
    return 4.0 / min(workers, 2) + 0.2 * workers / min(workers, 2)


def waiting(workers: int) -> float:
    """Sixteen waits of half a second; a worker takes 0.02 s to start."""
    return 0.5 * -(-16 // workers) + 0.02 * workers


def alone(workers: int) -> float:
    """What can't be shared; a worker takes 0.15 s to start."""
    return 1.0 + 0.15 * (workers - 1)


def between(workers: int) -> float:
    """As long with 4 workers as with 8, and shortest with 6."""
    return 3.0 + 0.25 * abs(workers - 6)


def level(workers: int) -> float:
    """From four workers on it is all the same."""
    return 4.0 / min(workers, 4)


@pytest.mark.parametrize(("noise", "least"), usually((0.05, 0.8), among=[(0.02, 0.95), (0.05, 0.8)]))
@pytest.mark.parametrize(("law", "right"), [(computing, 2), (waiting, 16), (alone, 1), (level, 4), (between, 6)])
def test_the_right_number_is_found_nearly_always(
    law: Callable[[int], float], right: int, noise: float, least: float
) -> None:
    found = [of(fewest_enough(list(searched(law, seed=seed, noise=noise).results.values()))) for seed in range(SEEDS)]
    assert found.count(right) >= least * SEEDS, found


def test_only_a_few_of_many_numbers_are_tried() -> None:
    tried = set(map(of, searched(computing, most=64).results.values()))
    assert {1, 2, 64} <= tried
    assert len(tried) <= 12


def test_where_many_numbers_are_as_fast_few_of_them_are_tried() -> None:
    found = searched(level, most=64)
    assert len(found.results) <= 16
    assert found.taken < 6 * len(found.results)


def test_numbers_next_to_the_fastest_are_tried_though_the_first_look_leaves_them_out() -> None:
    found = searched(lambda workers: 1 + abs(workers - 11) / 8, noise=0.01)
    assert of(best_of(list(found.results.values()))) == 11


def test_what_takes_many_times_as_long_has_one_sample() -> None:
    found = searched(lambda workers: 20.0 / workers if workers < 4 else 1.0)
    (first,) = (each for each in found.results.values() if of(each) == 1)
    assert len(first.samples) == 1


def test_it_ends_once_everything_is_decided() -> None:
    assert len(searched(lambda workers: 1.0 if workers > 1 else 2.0, most=2, noise=0.001).blocks) < BLOCKS


def test_a_number_with_which_the_command_fails_is_left_out() -> None:
    cases = numbered(range(1, 5))

    def timing(of: Case, _block: int) -> Timed | Failure:
        workers = of.settings.workers or 1
        return Failure(kind="raised", message="no") if workers == 2 else (1.0 / workers, 1.0)

    found = simulated(FewestWorkers(cases), cases[:1], timing, evenly(6), rounds=1)
    assert of(fewest_enough(list(found.results.values()))) == 4


def test_where_nothing_can_be_measured_it_ends() -> None:
    cases = numbered(range(1, 5))
    found = simulated(
        FewestWorkers(cases), cases[:1], lambda _case, _block: Failure(kind="raised", message="no"), evenly(6)
    )
    assert len(found.blocks) == 1
    assert fewest_enough(list(found.results.values())) is None


def test_the_budget_ends_it() -> None:
    assert len(simulated(FewestWorkers(numbered([1, 2])), numbered([1]), lambda *_: (1.0, 1.0), [1.0]).blocks) == 1


def test_a_difference_within_the_margin_is_not_worth_more_workers_however_certain() -> None:
    one, two = (result(each, [[wall]] * 8) for each, wall in zip(numbered([1, 2]), (1.03, 1.0), strict=True))
    assert of(best_of([one, two])) == 2
    assert of(fewest_enough([one, two])) == 1


def test_one_round_in_which_a_number_takes_much_longer_is_enough() -> None:
    one, two = (result(each, [[wall]]) for each, wall in zip(numbered([1, 2]), (1.6, 1.0), strict=True))
    assert of(fewest_enough([one, two])) == 2


def test_the_first_look_doubles_the_number_each_time() -> None:
    assert [of(Result(case=each)) for each in first_look(numbered(range(1, 17)))] == [1, 2, 4, 8, 16]
    assert [of(Result(case=each)) for each in first_look(numbered(range(1, 13)))] == [1, 2, 4, 12]
    assert [of(Result(case=each)) for each in first_look(numbered([3, 4, 5]))] == [3, 4, 5]
