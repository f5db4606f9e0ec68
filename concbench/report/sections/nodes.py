"""Workers by node: where the tasks of a cluster's rows ran, and what that took on each machine."""

from __future__ import annotations

from collections.abc import Iterator

from concbench.analysis.analysis import Analysis
from concbench.analysis.nodes import NodeUse, nodes
from concbench.model.run import Table
from concbench.report import blocks
from concbench.report.experiments.view import UNKNOWN, label
from concbench.report.safe import printable
from concbench.report.units import percent, seconds, size

MOST = 20
"""Nodes of a row; the others are one line, with what they add up to."""
HEADERS = ("workers", "lanes", "CPU", "CPU%", "memory")
LANES = "lanes: tasks that can run at once"
USED = "CPU: median of a sample; whatever else ran in its workers is counted, too"
HELD = "memory: the most that its workers held before or after a sample (PSS, or RSS where there is no PSS)"


def workers_by_node(analysis: Analysis, of: Table) -> Iterator[blocks.Block]:
    """A table of the nodes of all rows that ran on a cluster; nothing where no row did."""
    found = [(result, there) for result in analysis.rows(of) if (there := nodes(result))]
    if not found:
        return
    several = len(found) > 1
    rows = [
        (*((label(result),) if several else ()), *_cells(each)) for result, there in found for each in _shown(there)
    ]
    names = ("strategy", "node") if several else ("node",)
    title = "Workers by node" + ("" if several else f" of {label(found[0][0])}")
    yield blocks.Heading(title, level=4, name=f"{of.name}-nodes")
    yield blocks.Table(
        headers=(*names, *HEADERS),
        rows=tuple(rows),
        title=title,
        align="l" * len(names) + "r" * len(HEADERS),
        names=len(names),
        notes=(LANES, USED, HELD),
    )


def _shown(there: list[NodeUse]) -> list[NodeUse]:
    """The first nodes, and one line for all others where there are too many."""
    if len(there) <= MOST:
        return there
    others = there[MOST - 1 :]
    cpu, busy = ([getattr(each, what) for each in others] for what in ("cpu", "busy"))
    memory = [each.memory for each in others]
    together = NodeUse(
        node=f"{len(others)} others",
        workers=sum(each.workers for each in others),
        lanes=sum(each.lanes for each in others),
        cpu=None if None in cpu else sum(cpu),
        busy=None if None in busy else sum(busy),
        memory=None if None in memory else sum(each for each in memory if each is not None),
    )
    return [*there[: MOST - 1], together]


def _cells(each: NodeUse) -> tuple[str, ...]:
    return (
        printable(each.node),
        f"{each.workers:,}",
        f"{each.lanes:,}",
        UNKNOWN if each.cpu is None else seconds(each.cpu, 2),
        UNKNOWN if each.busy is None else percent(each.busy),
        UNKNOWN if each.memory is None else size(each.memory, 2),
    )
