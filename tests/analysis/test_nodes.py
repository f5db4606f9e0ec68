"""What nodes promise: one entry for each machine over all samples, and nothing made up where workers can't say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from concbench.analysis.figures import memory_of_workers, peak_memory
from concbench.analysis.nodes import nodes
from concbench.model.result import Node, Result
from tests.builders import result


def node(name: str, cpu: float | None = 1.0, memory: int | None = 100, workers: int = 1, lanes: int = 2) -> Node:
    return Node(node=name, workers=workers, lanes=lanes, cpu=cpu, memory=memory)


def on_cluster(*samples: Sequence[Node], wall: float = 2.0) -> Result:
    """A row with these machines in each of its samples."""
    found = result("cpu/dask-cluster", [[wall] * len(samples)])
    given = zip(found.samples, samples, strict=True)
    return replace(found, samples=tuple(replace(sample, nodes=tuple(there)) for sample, there in given))


def test_what_ran_on_this_machine_has_none() -> None:
    assert nodes(result("cpu/serial", [[1.0, 2.0]])) == []
    assert memory_of_workers(result("cpu/serial", [[1.0, 2.0]])) is None


def test_cpu_is_of_the_median_sample_and_busy_of_all_of_them() -> None:
    found = on_cluster([node("b", cpu=1.0), node("a", cpu=4.0)], [node("b", cpu=2.0)], [node("b", cpu=6.0)])
    first, second = nodes(found)
    assert [(each.node, each.cpu, each.busy) for each in (first, second)] == [("a", 4.0, 2.0), ("b", 2.0, 1.5)]


def test_workers_and_lanes_are_those_of_the_last_sample() -> None:
    (found,) = nodes(on_cluster([node("a", workers=1, lanes=2)], [node("a", workers=3, lanes=6)]))
    assert (found.workers, found.lanes) == (3, 6)


def test_memory_is_the_most_that_was_held_at_one_time() -> None:
    found = on_cluster([node("a", memory=100), node("b", memory=10)], [node("a", memory=60), node("b", memory=70)])
    assert [each.memory for each in nodes(found)] == [100, 70]
    assert memory_of_workers(found) == 130  # and not 170, which was held at no time
    assert peak_memory(found) is None


@pytest.mark.parametrize("quiet", [node("a", cpu=None), node("a", memory=None)])
def test_what_workers_cannot_say_is_unknown_and_the_other_is_not(quiet: Node) -> None:
    found = on_cluster([quiet, node("b")])
    mute, _ = nodes(found)
    assert (mute.cpu, mute.memory) == (quiet.cpu, quiet.memory)
    assert (memory_of_workers(found) is None) == (quiet.memory is None)
