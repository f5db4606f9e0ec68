"""What each machine of a cluster had of a case: its workers, the CPU time that they used, the memory that they held."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from concbench.model.result import Node, Result


@dataclass(frozen=True, kw_only=True)
class NodeUse:
    """A machine over all samples of a case."""

    node: str
    workers: int
    lanes: int
    """Of the last sample that it took part in."""
    cpu: float | None
    """Median CPU seconds of a sample; None where its workers can't say."""
    busy: float | None
    """CPU seconds over wall seconds, of all samples together: 1 is one core kept busy."""
    memory: int | None
    """The most bytes that its workers held before or after a sample; None where they can't say."""


def nodes(result: Result) -> list[NodeUse]:
    """The machines that a case's tasks ran on, in the order of their names; none where they ran on this one.

    >>> from concbench.model.case import Case, Settings, Workload
    >>> from concbench.model.result import Sample
    >>> there = Node(node="10.0.0.7", workers=1, lanes=4, cpu=3.0, memory=2**20)
    >>> sample = Sample(block=0, round=0, start=0.0, run=1.5, stop=0.0, wall=1.5, cpu=3.1, nodes=(there,))
    >>> work = Workload(name="cpu", tasks=9)
    >>> case = Case(group="cpu", row="ray", subject="ray-cluster", workload=work, settings=Settings())
    >>> (found,) = nodes(Result(case=case, samples=(sample,)))
    >>> found.node, found.lanes, found.cpu, found.busy
    ('10.0.0.7', 4, 3.0, 2.0)
    """
    seen: dict[str, list[tuple[Node, float]]] = {}
    for sample in result.samples:
        for each in sample.nodes:
            seen.setdefault(each.node, []).append((each, sample.wall))
    return [_over_samples(name, readings) for name, readings in sorted(seen.items())]


def _over_samples(name: str, readings: list[tuple[Node, float]]) -> NodeUse:
    last, _ = readings[-1]
    known = [(each.cpu, wall) for each, wall in readings if each.cpu is not None]
    held = [each.memory for each, _ in readings if each.memory is not None]
    return NodeUse(
        node=name,
        workers=last.workers,
        lanes=last.lanes,
        cpu=median(cpu for cpu, _ in known) if known else None,
        busy=sum(cpu for cpu, _ in known) / sum(wall for _, wall in known) if known else None,
        memory=max(held, default=None),
    )
