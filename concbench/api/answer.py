"""What a Python program gets: the run, with shortcuts to the most wanted figures, and a display of its own."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from concbench.analysis.analysis import analyse
from concbench.analysis.answer import answers
from concbench.analysis.forecast import Asked, Unanswerable, forecast
from concbench.analysis.ranking import fastest_of
from concbench.api.errors import NotMeasured
from concbench.api.frames import Library, dataframe
from concbench.model.result import Interval, Result
from concbench.model.run import Run, Verdict
from concbench.prediction.predict import Prediction
from concbench.registry import UnknownName
from concbench.report.document import document
from concbench.report.notebook import in_notebook
from concbench.report.safe import printable
from concbench.report.terminal import terminal_text
from concbench.report.units import counted, figures
from concbench.runs.writing import write_run
from concbench.stats.intervals import pair_ratios, ratio_interval
from concbench.stats.verdicts import verdict

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]  # its stubs are a package of their own
    import polars as pl


@dataclass(frozen=True, repr=False)
class Answer:
    """The result of a measurement: printed as tables and sentences; in a notebook also as charts (extra `report`).

    `run` is the whole run document: environment, cases, samples, watches, traces, comparisons. Times are seconds, sizes
    bytes, ratios plain factors.

    A case is named by its row (`pool-map`), or by `table/row` (`cpu/pool-map`) if two tables have such a row.
    """

    run: Run

    def result(self, name: str) -> Result:
        """The result of a case; raises UnknownName.

        Its `median` is an Interval in seconds; None if it could not be measured, and then `failure` says why.
        """
        found = [result for result in self.run.results if name in (result.case.id, result.case.label)]
        if len(found) != 1:
            known = [result.case.id if len(self.run.tables) > 1 else result.case.label for result in self.run.results]
            raise UnknownName("single case" if found else "case", name, known)
        return found[0]

    def ratio(self, result: str, reference: str | None = None, confidence: float = 0.95) -> Interval:
        """The time of a case as a multiple of the reference's: below 1 is faster.

        The reference is that of the case's table, unless another is named. The ratio is formed within rounds, and its
        interval is over blocks; `low` and `high` are None for fewer than three blocks: see `verdict`.

        Raises UnknownName; NotMeasured if one of the two has no figures; ValueError if the two are measured in
        different ways, or the confidence is not between 0 and 1.
        """
        measured = self.result(result)
        other = self.result(self._reference_of(measured) if reference is None else reference)
        for each in (measured, other):
            if each.failure is not None:
                raise NotMeasured(f"{each.case.id} could not be measured: {each.failure.message}")
        if measured.case.experiment != other.case.experiment:
            raise ValueError(f"{measured.case.id} and {other.case.id} are not measured in the same way")
        found = ratio_interval(measured.samples, other.samples, confidence, measured.case.metric)
        if found is None:
            raise NotMeasured(f"{measured.case.id} and {other.case.id} were not measured side by side")
        return found

    def speedup(self, result: str, over: str | None = None, confidence: float = 0.95) -> Interval:
        """How many times as fast a case is as another: above 1 is faster. The reciprocal of `ratio`.

        Without `over`, the other is the reference of the case's table. Raises as `ratio` does.
        """
        named = self.result(result)
        return self.ratio(self._reference_of(named) if over is None else over, named.case.id, confidence)

    def verdict(self, result: str, reference: str | None = None) -> Verdict:
        """`faster`, `slower`, `same` (within 5 %) or `undecided`, compared with the reference.

        Decided by the interval of the ratio; or, however few blocks there are, if every pair differs by more than a
        factor of two in the same direction. Raises as `ratio` does.
        """
        ratio = self.ratio(result, reference)
        measured = self.result(result)
        other = self.result(self._reference_of(measured) if reference is None else reference)
        return verdict(ratio, pairs=pair_ratios(measured.samples, other.samples, measured.case.metric))

    def _reference_of(self, result: Result) -> str:
        return next(table.reference or "" for table in self.run.tables if table.name == result.case.table)

    @property
    def fastest(self) -> Result:
        """The case that takes least time; see `verdict` for how certain that is.

        Raises NotMeasured if no case could be measured, and ValueError if there are several tables.
        """
        if len(self.run.tables) != 1:
            raise ValueError(f"the run has {len(self.run.tables)} tables, each with a fastest case of its own")
        found = fastest_of([result for result in self.run.results if result.median is not None])
        if found is None:
            raise NotMeasured("no case could be measured")
        return found

    @property
    def recommended(self) -> Result:
        """The case that `advise` recommends; with several interpreters, the fastest of its recommendations.

        Raises NotMeasured if there is none: nothing could be measured, or no advice was asked for.
        """
        chosen = {found.case for found in self.run.recommendations}
        found = fastest_of([result for result in self.run.results if result.case.id in chosen])
        if found is None:
            raise NotMeasured("nothing is recommended in this run")
        return found

    def predict(
        self,
        strategy: str | None = None,
        *,
        items: int | None = None,
        workers: int | None = None,
        chunksize: int | None = None,
        limit: int | None = None,
        cores: int | None = None,
        warm: bool = False,
        table: str | None = None,
        side: str | None = None,
    ) -> Prediction:
        """What a job would take on the machine of the run: more items, other workers, more cores.

        Its `wall` and `cpu` are seconds and its `memory` bytes, each with an `estimate`, a `low` and a `high` that nine
        of ten outcomes lie between; `case` names the case that measured just this, if one did, and `beyond` what is
        extrapolated. What is not given is as in the row of the strategy, by default the one that is recommended, or the
        fastest. `warm`: the workers exist already. A run of several tables or interpreters needs a `table` or a `side`.

        Raises NotMeasured where that can't be predicted, as from a run that holds no costs.

        Example:
            `concbench.advise("mine:parse", 60).predict("pool-map", items=60_000).wall.estimate`
        """
        asked = Asked(
            strategies=() if strategy is None else (strategy,),
            workers=() if workers is None else (workers,),
            chunksizes=() if chunksize is None else (chunksize,),
            limits=() if limit is None else (limit,),
            items=() if items is None else (items,),
            cores=() if cores is None else (cores,),
            warm=warm,
            table=table,
            side=side,
        )
        try:
            (found,) = forecast(analyse(self.run), asked).predictions
        except Unanswerable as error:
            raise NotMeasured(f"this run can't be asked that: {error}") from error
        return found

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the run document, which `concbench show`, `report` and `diff` read; returns its path.

        Nothing is overwritten: if the name is taken, a number is appended. Missing folders are created.

        Raises UnwritableRun, and leaves nothing behind.
        """
        return write_run(self.run, Path(path))

    @overload
    def to_dataframe(self, library: Literal["pandas"], *, samples: bool = ...) -> pd.DataFrame: ...

    @overload
    def to_dataframe(self, library: Literal["polars"], *, samples: bool = ...) -> pl.DataFrame: ...

    @overload
    def to_dataframe(self, library: None = ..., *, samples: bool = ...) -> Any: ...

    def to_dataframe(self, library: Library | None = None, *, samples: bool = False) -> Any:
        """The cases as a data frame of pandas, or of polars: whichever is installed, unless one is named.

        A row is a case with its settings, its median in seconds and what it cost, and how many times as fast it is as
        the reference of its table; with `samples`, a row is one sample with its phases. What is missing has no value:
        of a case that could not be measured, all but `failure`, which says why.

        Raises ImportError, which says what to install, if there is no such library.
        """
        return dataframe(self.run, library, samples)

    def __str__(self) -> str:
        return terminal_text(document(self.run))

    def __repr__(self) -> str:
        return f"Answer({printable(_in_short(self.run))})"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return in_notebook(self.run)


def _in_short(run: Run) -> str:
    """The first answer in a few words, and of how many cases it is."""
    of_all = counted(len(run.results), "case") if run.results else counted(len(run.facts), "fact")
    first = next(answers(run), None)
    if first is None:
        return f"{run.suite}, {of_all}"
    name = first.result.case.label
    if first.beside is None or first.ratio is None:
        return f"{name}, {of_all}"
    other = first.beside.case.label
    job = None if first.predicted is None else first.predicted.target
    if job is not None:
        return f"{name}, as predicted for {counted(job.items, 'item')}, {of_all}"
    match verdict(first.ratio, pairs=first.pairs):
        case "slower":  # the other
            return f"{figures(first.ratio.estimate)}\N{MULTIPLICATION SIGN} faster: {name} vs {other}, {of_all}"
        case "same":
            return f"{name} as fast as {other}, {of_all}"
    return f"{name} vs {other}: too close to call, {of_all}"
