"""What is told of strange samples: which they are, how far off, and nothing where nothing is strange."""

from __future__ import annotations

from concbench.report.summaries import oddities
from concbench.stats.summaries import Outlier, Summary, summary
from tests.report.runs import HOSTILE
from tests.stats.samples import samples

USUAL = [[0.0128, 0.0127, 0.0129, 0.0128, 0.0128] for _ in range(8)]


def told(*walls: list[float], name: str = "cpu/pool-map") -> list[str]:
    return list(oddities(name, summary(samples(*walls))))


def with_outliers(number: int) -> Summary:
    found = summary(samples(*USUAL))
    late = tuple(Outlier(block=3, round=place, value=0.041, factor=3.2) for place in range(number))
    return Summary(**{**vars(found), "outliers": late})


def test_of_usual_samples_nothing_is_told() -> None:
    assert told(*USUAL) == []


def test_an_outlier_is_told_with_its_place_and_factor() -> None:
    walls = [list(block) for block in USUAL]
    walls[3][4] = 0.041
    assert told(*walls) == [
        "cpu/pool-map: 1 of 40 samples is an outlier: block 3 round 4 took 41 ms, 3.2 times its block's median."
    ]


def test_several_are_named_the_farthest_first() -> None:
    walls = [list(block) for block in USUAL]
    walls[3][4], walls[5][0] = 0.041, 0.064
    assert told(*walls) == [
        "cpu/pool-map: 2 of 40 samples are outliers: block 5 round 0 took 64 ms, 5.0 times its block's median; "
        "block 3 round 4 took 41 ms, 3.2 times."
    ]


def test_of_many_outliers_some_are_named_and_the_others_counted() -> None:
    (sentence,) = oddities("a", with_outliers(3))
    assert sentence.count("took") == 3
    assert "more" not in sentence
    (sentence,) = oddities("a", with_outliers(12))
    assert sentence.count("took") == 3
    assert sentence.startswith("a: 12 of 40 samples are outliers: ")
    assert sentence.endswith("; and 9 more.")


def test_two_modes_are_told_with_their_centres() -> None:
    (sentence,) = told(*[[0.012, 0.041, 0.0121, 0.0411, 0.0122, 0.0409] for _ in range(8)])
    assert sentence.startswith("cpu/pool-map has two modes, about 12.1 ms and 41.0 ms: ")
    assert "cores" in sentence
    assert "turbo" in sentence


def test_a_name_from_a_file_is_made_safe() -> None:
    walls = [list(block) for block in USUAL]
    walls[0][0] = 1.0
    (sentence,) = told(*walls, name=HOSTILE)
    assert sentence.isprintable()
