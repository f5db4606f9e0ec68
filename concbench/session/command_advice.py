"""What `advise --command` does: find out how many workers a command needs, within a budget."""

from __future__ import annotations

from dataclasses import replace

from concbench.measure.plan import Steps
from concbench.measure.probe.environment import usable_cores
from concbench.model.run import Recommendation, Run
from concbench.session.cases import select
from concbench.session.commands import WORKERS, Commands, comparison_of_commands, takes_workers
from concbench.session.errors import WrongSetting
from concbench.session.fewest_workers import (
    FewestWorkers,
    best_of,
    fewest_enough,
    is_close,
    is_measured,
    workers_of,
)
from concbench.session.options import BUDGET, QUICK_BUDGET, Axis, Options
from concbench.session.quantities import MOST_VALUES
from concbench.session.session import Question, Session
from concbench.session.survey import EFFECT

EACH_CORE = 4
"""Workers for each core that are tried at most, by default: a command that waits may need more than one."""

ONLY_WORKERS = "of a command, only the number of workers is found: leave out what is about a job or an interpreter"
"""Why other options are refused."""


class CommandAdvisor:
    """A command that is run with several numbers of workers; `run` is available at any moment."""

    def __init__(self, given: Commands, options: Options) -> None:
        """Nothing runs yet. Raises WrongSetting for a command without `{workers}`, or for a single number of them."""
        (line,) = given.lines
        if not takes_workers(line):
            raise WrongSetting("command", f"{line.text!r} has no {{{WORKERS}}}, which stands for their number")
        if options.workers is not None:
            raise WrongSetting(WORKERS, "give several numbers, such as 1:8, of which the best is found")
        axes = options.axes or (Axis(WORKERS, tuple(range(1, min(MOST_VALUES, EACH_CORE * usable_cores()) + 1))),)
        self.options = replace(options, budget=options.budget or (QUICK_BUDGET if options.quick else BUDGET), axes=axes)
        selection = select(comparison_of_commands(given).tables, self.options)
        self.search = FewestWorkers(selection.cases)
        self.table = selection.tables[0]
        self.session = Session(
            Question(
                suite="advise",
                question=f"How many workers does {line.text} need on this machine?",
                command=options.command,
                seed=options.seed,
                tables=(self.table,),
                axes=(WORKERS,),
                warnings=selection.warnings,
                effect=EFFECT,
            )
        )

    def measure(self) -> Steps:
        """Measure until it is known how many workers are enough, or the budget is used up; yields what is being done.

        Every block is one round: a program has nothing of its host to warm up, so that another block costs next to
        nothing, and each round shows which numbers need another.
        """
        plan = replace(self.options.plan(), rounds=1, costs=None, traced=None)
        first = self.search.cases[:1]
        return self.session.measure(self.search, first, plan)

    def run(self, complete: bool = True) -> Run:
        """The run document of what has been measured so far: a row for each number that was tried, in order."""
        results = [each for each in self.session.record.results.values() if each.samples or each.failure is not None]
        enough, best = fewest_enough(results), best_of(results)
        table, advice = self.table, []
        if enough is not None and best is not None:
            table = replace(table, reference=best.case.id)
            measured = sorted(filter(is_measured, results), key=lambda result: workers_of(result.case))
            beside = [each for each in (best, measured[0]) if each is not enough]
            advice = [
                Recommendation(
                    case=enough.case.id,
                    compared=list(dict.fromkeys(each.case.id for each in beside)),
                    equal=[each.case.id for each in measured if each not in (enough, best) and is_close(each, best)],
                )
            ]
        run = self.session.run(complete, tables=[table], recommendations=advice)
        known = {each.case.id for each in results}
        rows = [each for each in run.results if each.case.id in known]
        return replace(run, results=sorted(rows, key=lambda result: workers_of(result.case)))
