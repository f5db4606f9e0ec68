"""What a session asks of the runner: a plan, a schedule that returns block after block, and how hosts are started."""

from __future__ import annotations

import sys
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from concbench.model.case import INNER_THREADS, Case
from concbench.model.result import Result


@dataclass(frozen=True, kw_only=True)
class Launch:
    """How the hosts of a side are started."""

    python: str = sys.executable
    paths: tuple[str, ...] = ()
    """Folders from which they import before all others."""
    folder: Path | None = None
    """Where they run; None: where concbench does."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What is added to concbench's own."""
    program: tuple[str, ...] = ()
    """The interpreter's arguments, where a host is another program than concbench's: `-m pytest …`."""

    def with_inner_threads(self, number: int | None) -> Launch:
        """The same with a number of threads for libraries; None leaves that as it is.

        >>> Launch().with_inner_threads(1).environment["OMP_NUM_THREADS"]
        '1'
        """
        if number is None:
            return self
        return replace(self, environment={**self.environment, **dict.fromkeys(INNER_THREADS, f"{number}")})


@dataclass(frozen=True, kw_only=True)
class Spare:
    """What may be left out, by the ids of cases: nothing that was named, and no reference."""

    any: frozenset[str] = frozenset()
    variants: frozenset[str] = frozenset()
    """Those of them that differ little from another case that stays."""
    thinned: tuple[frozenset[str], ...] = ()
    """Those of every second value of an option, one step after the other: they were named, but not each by itself."""
    references: frozenset[str] = frozenset()
    tasks: bool = True
    """Whether there may be fewer tasks: not where the number of tasks is what is compared."""
    tolerance: float = 1.0
    """How many times the time that is left everything may be estimated to take, and be measured all the same."""


@dataclass(frozen=True, kw_only=True)
class CostsPlan:
    """How carefully the costs of machinery are measured, and of which strategies."""

    seconds: float
    """For about how long; but each at least a few times."""
    strategies: tuple[tuple[str, str | None], ...] | None = None
    """Names, each with a start method, None being the interpreter's own; None: those of the cases."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What holds for every block of a session; times in seconds."""

    budget: float = 56.0
    longest: float = 1.0
    """How many times its share of the budget a case may take that the schedule still wants when the budget is used
    up."""
    rounds: int | None = None
    """Rounds a block; None: as many as the budget allows."""
    timeout: float = 60.0
    watched: float = 0.1
    """For how long the watch sees a case: short samples run again and again, so that sweeps fall at many points."""
    traced: float | None = None
    """For how long tasks are run with a record of each, at least once; None: they are not."""
    costs: CostsPlan | None = None
    """What is found out of the costs of machinery; None: nothing."""
    longest_pass: float | None = None
    """About how long the one pass over the items of a user's function may take, in which it is examined: of a function
    with more to do only some items are run, evenly spread; None: all of them are."""
    pass_for_results: float | None = None
    """The same where only the results are wanted, as on the two sides of a gate, which make the pass at the same time.
    If it would take longer, all items are measured, and the results of some are expected."""
    inner_threads: tuple[int, ...] = ()
    """With how many threads of libraries, too, a user's function is examined that keeps several cores busy by itself,
    as cases may join that have them."""
    spare: Spare | None = None
    """What may be left out where the work does not fit into the budget; None: everything is measured, however long
    that takes."""
    seed: int = 0
    launch: Launch = field(default_factory=Launch)
    """Of the hosts of cases without a side."""
    launches: Mapping[str, Launch] = field(default_factory=dict)
    """Of the hosts of each side, by its name."""
    task_output: Path | None = None
    """The file for what tasks print; None: concbench's own stderr."""

    def launch_of(self, side: str | None) -> Launch:
        """How the hosts of a side are started."""
        return self.launch if side is None else self.launches[side]

    def launch_of_case(self, case: Case) -> Launch:
        """How the hosts of a case are started."""
        return self.launch_of(case.side).with_inner_threads(case.settings.inner_threads)


Results = Mapping[str, Result]
"""By the id of the case."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """One generation of hosts: which cases it measures, and which of them it also watches or traces."""

    cases: tuple[Case, ...]
    """Cases that have no result yet join the run; those that have failed, or were left out, are skipped."""
    watched: frozenset[str] = frozenset()
    """The ids of the cases that the watch sees, in samples of their own, where it has not seen them yet."""
    traced: frozenset[str] = frozenset()
    """The ids of the cases that are traced, where the plan has time for it."""
    apart: bool = False
    """Whether tables are measured one after the other, each with hosts of its own, because what waits in the hosts of
    one would disturb the others."""
    peaks: frozenset[str] = frozenset()
    """The ids of the cases whose peak of memory in this block is kept."""
    shares: frozenset[str] = frozenset()
    """The ids of the commands that are traced in this block for how well they use their lanes."""


class Schedule(Protocol):
    """Decides what is measured next, from what is known. Needs no clock and no process."""

    @property
    def blocks(self) -> int | None:
        """How many blocks there will be; None where that depends on what they show: then blocks are short."""

    @property
    def fewest_blocks(self) -> int:
        """Blocks that are measured even where the budget is used up by then."""

    def next(self, results: Results, used: float) -> Block | None:
        """The next block; None to stop.

        `results` has every case as it is by now, and `used` is the share of the budget that is used up. It is 0 before
        the first block, when everything is calibrated, and 1 or more once no block fits any more: then a block is for
        those cases that are worth more than the budget (`Plan.longest`).
        """


@dataclass(frozen=True)
class Now:
    """What is being done at this moment."""

    doing: str
    case: str | None
    """The id of the case that it is done for, where it is a single one."""
    block: int
    blocks: int | None
    """None where their number depends on what they show."""
    left: float
    """Seconds that the run will probably still take."""
    unit: str = "block"
    """What is counted: blocks, or facts."""


Steps = Generator[Now, None, None]
"""Yields what is being done, before it is done. Close it (`contextlib.closing`) where it may not come to its end, and
everything that it started is ended."""
