"""Which kind of job would justify an engine that did not win: a short paragraph for each, from measured figures."""

from __future__ import annotations

from collections.abc import Iterator

from concbench.analysis.analysis import Analysis
from concbench.analysis.engine_costs import EngineCost, engine_costs
from concbench.model.run import Recommendation
from concbench.report.experiments.view import in_words
from concbench.report.uncertainty import predicted_time
from concbench.report.units import counted, seconds

MOST_OF_IT = 0.5
"""Of what an engine takes more: from this share on, starting and ending it is named as the reason."""
OFFERS = {
    "joblib": "large NumPy arrays, which its workers map from a file",
    "loky": "several calls in a row, as its workers stay for ten idle seconds",
    "mpire": "large data that all tasks read, as it forks wherever the system can",
    "distributed": "several machines, or a cluster that runs already",
    "ray": "several machines, or a cluster that runs already",
    "mpi4py": "several machines",
}
"""What each has that a pool has not, as docs/how-to/engines.md says, in a sentence that begins with `choose it for`."""


def paragraphs(analysis: Analysis, found: Recommendation) -> Iterator[str]:
    """What the engines took that lost against a recommended case, and for which jobs that is worth it."""
    chosen = analysis.results[found.case]
    cores = analysis.run.environment.usable_cores
    rows = [result for result in analysis.run.results if result.case.table == chosen.case.table]
    for place, cost in enumerate(engine_costs(rows, chosen, cores)):
        beside = f" than {in_words(chosen, with_side=False)}" if place == 0 else ""
        yield " ".join(filter(None, (took(cost, beside), long_enough(cost), offers(cost))))


def took(cost: EngineCost, beside: str = "") -> str:
    """What an engine took, by how much that is more, and what of it is known to be its start and end."""
    result = cost.result
    assert result.median is not None
    text = f"{in_words(result)} took {seconds(result.median.estimate)}, {seconds(cost.more)} more{beside}"
    if cost.opening > MOST_OF_IT * cost.more:
        return f"{text}; starting and ending it took {seconds(cost.opening)}."
    if result.case.settings.warm:
        return f"{text}: {seconds(cost.more / result.case.workload.tasks)} a task."
    return f"{text}."


def long_enough(cost: EngineCost) -> str:
    """How long tasks have to be for that to be little; empty where that is not known."""
    if cost.long_enough is None:
        return ""
    tasks = counted(cost.result.case.workload.tasks, "task")
    return f"For {tasks} of about {predicted_time(cost.long_enough)} it would take a tenth longer: predicted."


def offers(cost: EngineCost) -> str:
    """What else the engine is for."""
    reason = OFFERS.get(cost.engine)
    return "" if reason is None else f"Choose it for {reason}."
