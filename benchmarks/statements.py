"""The original tutorial's statements with the verdicts of real runs: `python -m benchmarks.statements RUN...`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tabulate import tabulate

from concbench.model.run import ClaimOutcome, Fact, Run
from concbench.report.sections.facts import observed, statements
from concbench.report.uncertainty import beside
from concbench.runs.reading import read_run
from concbench.runs.text import in_markdown


def fact_rows(run: Run) -> Iterator[tuple[str, str, str]]:
    """Each statement on behaviour, its suite and name, and whether it holds."""
    for seen in statements(run):
        first: Fact = seen[0]
        methods = ", ".join(fact.start_method for fact in seen if fact.start_method)
        found = f"as stated ({methods})" if methods else "as stated"
        if not all(fact.agrees for fact in seen):
            found = f"**differs**: {observed(seen)}; {first.note}"
        yield in_markdown(first.statement), f"`{run.suite}`: {first.name}", in_markdown(found)


def claim_rows(run: Run) -> Iterator[tuple[str, str, str]]:
    """Each claim, its suite and case, and its outcome with the figures."""
    for outcome in run.claims:
        yield in_markdown(outcome.claim.sentence), f"`{run.suite}`: {outcome.claim.case}", found_of(outcome)


def found_of(outcome: ClaimOutcome) -> str:
    """A claim's outcome and what it rests on."""
    if outcome.lost is not None:
        return f"{outcome.outcome}: {outcome.lost:,} of {outcome.updates:,} updates lost"
    if outcome.comparison is None:
        return outcome.outcome
    found = outcome.comparison
    said = beside(found.ratio, [], found.verdict, outcome.claim.reference, found.margin)
    return f"{outcome.outcome}: it {said}"


def main(paths: list[str]) -> None:
    """Print the table of all claims and facts in some runs."""
    runs = [read_run(Path(path)) for path in paths]
    rows = [row for run in runs for row in claim_rows(run)] + [row for run in runs for row in fact_rows(run)]
    print(tabulate(rows, ["statement", "suite: case or fact", "verdict"], tablefmt="pipe", disable_numparse=True))


if __name__ == "__main__":
    main(sys.argv[1:])
