"""How long and how often a run measures, and what it tells while it does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from concbench.measure.budget import Spare
from concbench.model import Case


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


Wanted = Callable[[float], set[str]]
"""Given the share of the budget that is used up, returns the ids of the cases that more samples are wanted of. At 1 and
above they are those that are worth more than the budget."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What was asked for; times in seconds."""

    blocks: int = 8
    fewest_blocks: int = 3
    """Blocks that are measured even where the budget is used up by then; set to `blocks` by who insists on them."""
    rounds: int | None = None
    """Rounds a block; None: as many as the budget allows."""
    budget: float = 56.0
    timeout: float = 60.0
    watched: float = 0.1
    """For how long the watch sees a case: short samples run again and again, so that sweeps fall at many points."""
    examined: bool = False
    """Whether a person's own function is called with every item once under each interpreter; else every host does
    that for itself."""
    longest_pass: float | None = None
    """Seconds that this one pass may about take: of a function with more to do only some items are run, evenly spread;
    None: all of them are."""
    pass_for_results: float | None = None
    """Seconds that this pass may about take where only what the function returns is wanted, as of the sides of a gate,
    which do it at the same time. If it would take longer, all items are run, and the results of some are expected."""
    spare: Spare | None = None
    """What may be left out where the work does not fit into the budget; None: everything is measured, however long that
    takes."""
    traced: float | None = None
    """For how long tasks are run with a record of each, at least once; None: they are not."""
    seed: int = 0
    python: str = sys.executable
    task_output: Path | None = None
    launches: Mapping[str, Launch] = field(default_factory=dict)
    """By the name of a side; cases without a side are launched with `python` and `paths`."""
    paths: tuple[str, ...] = ()
    """Folders that hosts import from before all others."""
    peaks: Callable[[], set[str]] | None = None
    """Asked in every block for the ids of the cases whose peak of memory the watch looks for in it; None: of none, and
    all cases are watched once."""
    wanted: Wanted | None = None
    """Asked after every block. Where it is given, blocks are short, and go on until nothing is wanted any more or the
    budget is used up; `blocks` is not heeded then. It may add to the cases."""
    opening: Callable[[], set[str]] | None = None
    """Asked once, as soon as everything is calibrated, for the ids of the cases that the first block is for; it may add
    to the cases, too. None: all of them."""
    looked_at: Callable[[], set[str]] | None = None
    """Asked in every block for the ids of the cases that the watch and the trace are for, where a case has none yet;
    None: all cases, in the first block."""
    longest: float = 1.0
    """How many times its share of the budget a case may take that is still wanted when the budget is used up."""

    def launch(self, side: str | None) -> Launch:
        """Return how the hosts of a side are started."""
        return Launch(python=self.python, paths=self.paths) if side is None else self.launches[side]


@dataclass(frozen=True)
class Now:
    """What is being done at this moment."""

    doing: str
    case: Case | None
    block: int
    blocks: int | None
    """None where nobody knows how many there will be."""
    left: float
    """Seconds that the run will probably still take."""
    unit: str = "block"
    """What is counted: blocks, or facts."""


Listener = Callable[[Now], None]
Tell = Callable[[str, int, Case | None], None]
"""Given what is being done, in which block, and for which case, if for a single one, tells the listener."""


@dataclass
class Tally:
    """What a run has done so far; filled in while it measures, so that an interrupted run can tell."""

    blocks: int = 0
    """Blocks that were begun."""
    sampled: float = 0.0
    """Seconds inside timed samples."""
    left_out: list[str] = field(default_factory=list)
    """A sentence on each thing that was asked for and is not measured in full; they come first of all."""
    warnings: list[str] = field(default_factory=list)
