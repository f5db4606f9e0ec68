"""What a Python program gets: the run, with the figures that are asked for most, and a display of its own."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from concbench.api.errors import NotMeasured
from concbench.model import Case, Interval, Run, Verdict
from concbench.registry import UnknownName
from concbench.report.notebook import in_notebook
from concbench.report.plain import plain
from concbench.runs.writing import write_run
from concbench.stats.intervals import pair_ratios, ratio_interval
from concbench.stats.ranking import fastest_of
from concbench.stats.verdicts import verdict


@dataclass(frozen=True, repr=False)
class Answer:
    """What came out: shown as tables and sentences, in a notebook with charts where the extra `report` is there.

    `run` is the whole run document: environment, cases, samples, watches, traces, comparisons. Times are seconds, sizes
    bytes, ratios plain factors.

    A case is named as its row, as `pool-map`; or as `table/row`, as `cpu/pool-map`, where two tables have such a row.
    """

    run: Run

    def case(self, name: str) -> Case:
        """Return a case; raises UnknownName.

        Its `median` is an Interval in seconds, None where it could not be measured: then `error` says why.
        """
        found = [case for case in self.run.cases if name in (case.id, case.label)]
        if len(found) != 1:
            known = [case.id if len(self.run.parts) > 1 else case.label for case in self.run.cases]
            raise UnknownName("single case" if found else "case", name, known)
        return found[0]

    def ratio(self, case: str, reference: str | None = None, confidence: float = 0.95) -> Interval:
        """Return the time of a case as a multiple of the reference's: below 1 is faster.

        Without a name, the reference is that of the case's table. The ratio is formed where the two ran side by side,
        and its interval is over blocks; `low` and `high` are None where there were fewer than three: `verdict` says
        what the pairs agree on.

        Raises UnknownName; NotMeasured where one of the two has no figures; ValueError where both are not compared by
        the same figure, or the confidence is not between 0 and 1.
        """
        measured = self.case(case)
        if reference is None:
            part = next(part for part in self.run.parts if part.name == measured.part)
            reference = part.reference or ""
        other = self.case(reference)
        for each in (measured, other):
            if each.error is not None:
                raise NotMeasured(f"{each.id} could not be measured: {each.error.message}")
        if measured.experiment != other.experiment:
            raise ValueError(f"{measured.id} and {other.id} are not measured in the same way")
        found = ratio_interval(measured.samples, other.samples, confidence, measured.metric)
        if found is None:
            raise NotMeasured(f"{measured.id} and {other.id} were not measured side by side")
        return found

    def speedup(self, case: str, over: str | None = None, confidence: float = 0.95) -> Interval:
        """Return how many times as fast a case is as another: above 1 is faster. It is the reciprocal of `ratio`.

        Without `over`, the other is the reference of the case's table. Raises as `ratio` does.
        """
        named = self.case(case)
        if over is None:
            over = next(part.reference or "" for part in self.run.parts if part.name == named.part)
        return self.ratio(over, named.id, confidence)

    def verdict(self, case: str, reference: str | None = None) -> Verdict:
        """Return `faster`, `slower`, `same` (within 5 %) or `undecided`: what the ratio to the reference says.

        It says so by its interval, or, however few blocks there were, where every pair differs by more than a factor of
        two, and all in one direction. Raises as `ratio` does.
        """
        ratio = self.ratio(case, reference)
        measured = self.case(case)
        if reference is None:
            reference = next(part.reference or "" for part in self.run.parts if part.name == measured.part)
        other = self.case(reference)
        return verdict(ratio, pairs=pair_ratios(measured.samples, other.samples, measured.metric))

    @property
    def fastest(self) -> Case:
        """The case that takes least beside the others; how sure that is, `verdict` says.

        Raises NotMeasured where no case could be measured, and ValueError where there are several tables.
        """
        if len(self.run.parts) != 1:
            raise ValueError(f"the run has {len(self.run.parts)} tables, and what is fastest differs between them")
        found = fastest_of([case for case in self.run.cases if case.median is not None])
        if found is None:
            raise NotMeasured("no case could be measured")
        return found

    @property
    def recommended(self) -> Case:
        """The case that `advise` recommends; of several interpreters, the fastest of those recommended under each.

        Raises NotMeasured where there is none: nothing could be measured, or no advice was asked for.
        """
        chosen = {found.case for found in self.run.recommendations}
        found = fastest_of([case for case in self.run.cases if case.id in chosen])
        if found is None:
            raise NotMeasured("nothing is recommended here")
        return found

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the run document, which `concbench show`, `report` and `diff` read; return where it is.

        Nothing is overwritten: where the name is taken, a number is put behind it. Missing folders are made.

        Raises UnwritableRun, and nothing is left behind.
        """
        return write_run(self.run, Path(path))

    def __repr__(self) -> str:
        return plain(self.run)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return in_notebook(self.run)
