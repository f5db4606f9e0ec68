"""What follows from a run: each finding is computed once, when it is first asked for."""

from __future__ import annotations

from functools import cached_property

from concbench.analysis.axes import AXES, AlongAxis, along
from concbench.analysis.breakdown import Breakdown
from concbench.analysis.causes import Explanation, TracedSample
from concbench.analysis.interpreters import InterpreterDifference, interpreter_differences
from concbench.analysis.ranking import standing
from concbench.analysis.regions import Place, places
from concbench.model.case import OF_WORDS, Case, Workload
from concbench.model.result import Result
from concbench.model.run import Run, Table
from concbench.prediction.predict import Predictor, predictor
from concbench.stats.distribution import Summary, summary


def analyse(run: Run) -> Analysis:
    """The analysis of a run. Keep it for as long as the run is reported: a trace is unpacked and explained once."""
    return Analysis(run)


class Analysis:
    """A run, and what follows from it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._traced: dict[str, tuple[Breakdown, Explanation | None]] = {}
        self._predictors: dict[tuple[Workload, str | None], Predictor | None] = {}

    @cached_property
    def results(self) -> dict[str, Result]:
        """The results by the id of their case."""
        return {result.case.id: result for result in self.run.results}

    @cached_property
    def axes(self) -> list[AlongAxis]:
        """What was measured along every axis, for each kind of work; nothing, for most runs."""
        if self.run.knees:  # the table of a load has its levels in order
            return []
        # A suite's own start methods are rows, and have a table already.
        axes = [axis for axis in AXES if axis not in OF_WORDS or axis in self.run.axes]
        return [found for axis in axes for found in along(axis, self.run.results, self.run.axes)]

    @cached_property
    def summaries(self) -> dict[str, Summary]:
        """The distribution of the samples of every measured case, by its id."""
        return {
            result.case.id: summary(result.samples, result.case.metric) for result in self.run.results if result.samples
        }

    @cached_property
    def places(self) -> list[Place]:
        """Of a traced program, the places that opened regions with tasks."""
        return [] if self.run.program is None else places(self.run.program)

    def rows(self, table: Table) -> list[Result]:
        """The results of a table, in the order of the run."""
        return [result for result in self.run.results if result.case.table == table.name]

    def breakdown(self, result: Result) -> Breakdown | None:
        """Where the time went; None without a trace."""
        return None if result.trace is None else self._of_trace(result)[0]

    def explanation(self, result: Result) -> Explanation | None:
        """Why a result took longer than its ideal; None where it hardly did, or without a trace."""
        return None if result.trace is None else self._of_trace(result)[1]

    def predictor(self, case: Case) -> Predictor | None:
        """What predicts for the workload of a case, on its side; None where the run holds no costs of it."""
        key = case.workload, case.side
        if key not in self._predictors:
            self._predictors[key] = predictor(self.run, *key, engines=True)
        return self._predictors[key]

    def standing(self, result: Result) -> float | None:
        """The seconds by which a result is ordered in its table."""
        return standing(result, self.run)

    def interpreters(self, table: Table) -> list[InterpreterDifference]:
        """How the rows of a table differ between interpreters."""
        return list(interpreter_differences(self.run, table, self.breakdown))

    def _of_trace(self, result: Result) -> tuple[Breakdown, Explanation | None]:
        assert result.trace is not None
        if result.case.id not in self._traced:
            sample = TracedSample(result, result.trace, self.run, self.predictor(result.case))
            self._traced[result.case.id] = sample.parts, sample.explanation()
        return self._traced[result.case.id]
