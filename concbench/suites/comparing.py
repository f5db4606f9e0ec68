"""The suite that `concbench compare` asks: one workload, all the strategies that can run it, or those named."""

from __future__ import annotations

from collections.abc import Sequence

from concbench.model import Workload
from concbench.registry import UnknownName
from concbench.strategies.strategy import strategies
from concbench.suites.suite import Suite, Table
from concbench.workloads.kinds import workloads


def comparison_of(workload: str, names: Sequence[str], reference: str | None) -> Suite:
    """Return a suite of one table; raises UnknownName, also for a reference that is not among the strategies.

    Without `names`, all strategies take part that this interpreter and this workload have what they need for.
    The reference is `serial` unless another one is named, or the first where `serial` is not among them.
    """
    kind = workloads.get(workload)
    if names:
        chosen = [strategies.get(name).name for name in dict.fromkeys(names)]
    else:
        # One task and one loop: what is looked at is its coroutine form, before anything is calibrated.
        has_coroutine = (
            kind.build(Workload(name=workload, **{**kind.sizes, "tasks": 1, "loops": 1})).coroutine is not None
        )
        chosen = [each.name for each in strategies.all().values() if each.why_not(workload, has_coroutine) is None]
    if reference is None:
        reference = "serial" if "serial" in chosen else chosen[0]
    elif reference not in chosen:
        raise UnknownName("strategy in this comparison called", reference, chosen)
    table = Table(name=workload, title=kind.about, workload=workload, subjects=tuple(chosen), reference=reference)
    return Suite(
        name=f"compare-{workload}",
        question=f"Which way of running the workload {workload} is best?",
        tables=(table,),
        named=bool(names),
    )
