"""Is it true how much longer it would take? `python -m benchmarks.remaining` counts it where the truth is known.

Blocks are drawn from normal distributions of many means and scatters. Where the question is still undecided after some
blocks, concbench says how many more would settle it, or nothing; then blocks are added, with a test after each, until
it is settled. What was said is right where that took between half and twice as many blocks.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from math import exp, inf, log
from random import Random

from tabulate import tabulate

from concbench.stats.sample_size import blocks_to_precision, blocks_to_verdict, reach
from concbench.stats.sequential import LOOKS, USUAL, Gate, Key, Threshold
from concbench.stats.two_samples import change_interval
from concbench.stats.verdicts import MARGIN, verdict

ONE_BY_ONE = 16
"""Blocks after each of which the question may be settled."""
CONFIDENCE = 0.95


@dataclass
class Count:
    """How often a question was undecided, how often a time was said, and how often that was right."""

    undecided: int = 0
    said: int = 0
    right: int = 0
    blocks: list[int] = field(default_factory=list)
    """That were said."""


@dataclass(frozen=True)
class Question:
    """A question of blocks: whether it is settled, and how many more it is said to take."""

    settled: Callable[[list[float]], bool]
    said: Callable[[list[float]], int | None]
    distances: tuple[float, float]
    """The smallest and the largest distance of the truth from what is asked for, as logarithms."""
    centre: float = 0.0
    """What it is a distance from."""
    scatters: tuple[float, float] = (0.005, 0.5)


def is_compared(blocks: list[float]) -> bool:
    """Whether a comparison is decided."""
    return verdict(change_interval(blocks, CONFIDENCE, 0.0)) != "undecided"


COMPARISON = Question(is_compared, lambda blocks: blocks_to_verdict(blocks, MARGIN, CONFIDENCE), (0.002, 2.0))


def precision_of(asked: float) -> Question:
    """Whether a median is known that precisely."""
    return Question(
        lambda blocks: reach(blocks) <= asked, lambda blocks: blocks_to_precision(blocks, asked), (0.001, 1.0)
    )


def threshold_of(least: float) -> Question:
    """Whether a ratio is at least that much."""

    def looked(blocks: list[float]) -> Threshold:
        threshold = Threshold(least, (1.0,))
        threshold.look(1.0, blocks, 0.0)
        return threshold

    return Question(
        lambda blocks: looked(blocks).finding != "undecided",
        lambda blocks: looked(blocks).more_blocks,
        (0.002, 1.0),
        log(least),
    )


def gate_of(margin: float) -> Question:
    """A gate's figure of wall time, at its usual last look."""
    key = Key("case", "wall")

    def looked(blocks: list[float]) -> Gate:
        gate = Gate({key: margin, Key("case", "cpu"): margin, Key("case", "memory"): margin})
        for used in LOOKS:
            if used <= USUAL:
                gate.look(used, {key: blocks} if used == USUAL else {})
        return gate

    return Question(
        lambda blocks: looked(blocks).findings[key].verdict != "undecided",
        lambda blocks: looked(blocks).findings[key].more_blocks,
        (0.002, 0.3),
        scatters=(0.002, 0.1),
    )


QUESTIONS = {
    "comparison": (COMPARISON, (2, 3, 4, 6, 8, 12, 20, 40)),
    "precision 2 %": (precision_of(0.02), (6, 12, 20, 40)),
    "assert_speedup": (threshold_of(1.5), (6, 8, 12, 20)),
    "check": (gate_of(0.05), (6, 8, 12, 20, 40)),
}


def counted(question: Question, size: int, trials: int, draw: Random) -> Count:
    """Ask a question of some blocks a number of times, each of another truth."""
    count = Count()
    for _ in range(trials):
        scatter = log_uniform(draw, *question.scatters)
        truth = question.centre + draw.choice((-1, 1)) * log_uniform(draw, *question.distances)
        blocks = [draw.gauss(truth, scatter) for _ in range(size)]
        if question.settled(blocks):
            continue
        count.undecided += 1
        said = question.said(blocks)
        if said is None:
            continue
        count.said += 1
        count.blocks.append(said)
        count.right += said / 2 <= taken(question, blocks, said, draw, truth, scatter) <= 2 * said
    return count


def taken(question: Question, blocks: list[float], said: int, draw: Random, truth: float, scatter: float) -> float:
    """How many more blocks it takes; infinity where it is more than twice of what was said."""
    grown = list(blocks)
    more = 0
    while more <= 2 * said:
        # After every block; of many, after each tenth more, as that is precise enough.
        step = 1 if more < ONE_BY_ONE else len(grown) // 10
        grown += [draw.gauss(truth, scatter) for _ in range(step)]
        more += step
        if question.settled(grown):
            return more
    return inf


def log_uniform(draw: Random, least: float, most: float) -> float:
    """A number whose logarithm is drawn evenly."""
    return exp(draw.uniform(log(least), log(most)))


def main() -> None:
    """Print a row for every question and number of blocks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=2000, help="Of every row.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--question", action="append", choices=QUESTIONS)
    arguments = parser.parse_args()
    draw = Random(arguments.seed)
    rows = []
    for name, (question, sizes) in QUESTIONS.items():
        for size in sizes if not arguments.question or name in arguments.question else ():
            count = counted(question, size, arguments.trials, draw)
            share = f"{100 * count.right / count.said:.0f} %" if count.said else "-"
            span = f"{min(count.blocks)} to {max(count.blocks)}" if count.blocks else "-"
            rows.append((name, size, count.undecided, count.said, share, span))
    headers = ("question", "blocks", "undecided", "a time is said", "right", "more blocks, as said")
    print(tabulate(rows, headers, tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
