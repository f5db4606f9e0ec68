"""What `load` does: find how many concurrent calls of a function are enough, with a limited number of calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from concbench.analysis.knee import knees
from concbench.measure.plan import Steps
from concbench.measure.probe.environment import open_files
from concbench.model.case import Case, Settings, Workload
from concbench.model.run import Run, Table
from concbench.session.candidates import RESERVED_FILES
from concbench.session.comparison import OwnFunction
from concbench.session.errors import WrongSetting
from concbench.session.knee import FEWEST_WAVES, KneeSearch, Levels
from concbench.session.options import Options
from concbench.session.session import Question, Session, sides_of_interpreters
from concbench.workloads.functions import TASKS

BUDGET = 30.0
"""Seconds, by default."""
MOST_CALLS = 1000
"""By default: few enough for a server of somebody else's."""
ENDING = 0.93
"""The share of the budget by which the last block has begun: a block may be longer than those before it."""
GROUP = "load"
ANY = Levels()
"""The levels that are tried, by default."""
EFFECT = (
    "The knee may be lower than it is on a quiet machine, as the calls have to wait for a core: run it again when the "
    "machine is quiet"
)
"""What an overloaded machine does to the answer."""


class LoadTest:
    """A function under load; `run` is available at any moment, also after an interruption.

    `search` is its schedule. Example:
        `LoadTest(OwnFunction(name="scraper.py:fetch"), options, most_calls=2000, levels=Levels(highest=128))`.
    """

    def __init__(
        self, function: OwnFunction, options: Options, *, most_calls: int = MOST_CALLS, levels: Levels = ANY
    ) -> None:
        """Nothing is called yet. Raises WrongSetting for several interpreters, and where not one level fits."""
        if len(options.interpreters) > 1:
            raise WrongSetting("python", "calls are counted, so one interpreter is measured at a time")
        self.options = replace(options, budget=options.budget or BUDGET)
        self.levels, warnings = within_open_files(levels)
        fewest = FEWEST_WAVES * self.levels.lowest
        if self.levels.lowest > 1 and most_calls < fewest:
            raise WrongSetting("max_calls", f"{self.levels.lowest:,} callers need at least {fewest:,} calls")
        workload = Workload(
            name=function.name,
            tasks=options.tasks or TASKS,
            seed=options.seed,
            items=function.items,
            expect=function.expect,
            init=function.init,
            init_per=function.init_per,
        )
        self.first = Case(
            group=GROUP, row="function", subject="threads", experiment="load", workload=workload, settings=Settings()
        )
        self.search = KneeSearch(self.first, most_calls, self.options.budget or BUDGET, self.levels)
        self.session = Session(
            Question(
                suite="load",
                question=f"How many concurrent calls of {function.name} are enough?",
                command=options.command,
                seed=options.seed,
                tables=(Table(name=GROUP, title=function.name, reference=None),),
                sides=sides_of_interpreters(options.interpreters),
                interpreters=options.interpreters,
                warnings=tuple(warnings),
                compared=False,
                effect=EFFECT,
            )
        )

    def measure(self) -> Steps:
        """Measure until the knee is found, or the calls or the budget are used up; yields what is being done."""
        budget = (self.options.budget or BUDGET) * ENDING
        plan = replace(self.options.plan(), budget=budget, rounds=1, traced=None)
        return self.session.measure(self.search, [self.first], plan)

    def run(self, complete: bool = True) -> Run:
        """The run document of what has been measured so far: a row for each level, in order."""
        run = self.session.run(complete)
        rows = [result for result in run.results if result.samples or result.failure is not None]
        rows.sort(key=lambda result: result.case.settings.workers or 0)
        levels = [result for result in rows if result.case.id != self.first.id]
        return replace(run, results=rows, knees=knees(levels, self.search.most_calls))


def within_open_files(levels: Levels) -> tuple[Levels, list[str]]:
    """The levels for which the system allows enough open files, and a sentence where some are left out.

    Raises WrongSetting where that leaves none.
    """
    files = open_files()
    if files is None:
        return levels, []
    most = max(1, files - RESERVED_FILES)
    highest = max(levels.only, default=levels.highest)
    if highest <= most:
        return levels, []
    only = tuple(level for level in levels.only if level <= most)
    if (levels.only and not only) or levels.lowest > most:
        raise WrongSetting(
            "levels", f"the system allows {files:,} open files (ulimit -n), which is enough for {most:,}"
        )
    text = f"Levels above {most:,} are left out: the system allows {files:,} open files (ulimit -n)"
    return replace(levels, only=only, highest=min(levels.highest, most)), [text]


def listed_levels(values: Iterable[int]) -> Levels:
    """Exactly these levels, each once, in order."""
    only = tuple(sorted(set(values)))
    return Levels(lowest=only[0], highest=only[-1], only=only)
