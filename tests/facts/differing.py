"""What is known to differ from the tutorial: where, and what is then observed."""

from __future__ import annotations

import multiprocessing
import os

from concbench.facts.fact import facts
from tests.facts.asking import Answer

METHODS = multiprocessing.get_all_start_methods()
OWN_CPUS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def facts_under(method: str) -> list[str]:
    """Return the facts that have to be observed under a start method: where it does not matter, under the first."""
    return [name for name, fact in facts.all().items() if fact.processes or method == METHODS[0]]


def known(method: str, version: tuple[int, int], cpus: int | None = OWN_CPUS) -> dict[str, str]:
    """Return what facts are known to come to under a start method of a version that may use so many CPUs."""
    differences = {}
    if method == "fork":
        differences["parent-closes-and-child-gets-eof"] = "still waiting for a message"
    if version >= (3, 13) and cpus != os.cpu_count():
        differences["pool-has-a-worker-per-cpu"] = f"{cpus}, as many as os.process_cpu_count()"
    return differences


def assert_as_known_and_nothing_left(answer: Answer, method: str, version: tuple[int, int]) -> None:
    """Compare the answer of an interpreter with what is expected and what is known."""
    assert list(answer.observed) == facts_under(method)
    assert answer.differences == known(method, version)
    assert answer.processes == []
    assert answer.threads == 1
    assert answer.outlived == []
    assert answer.said == ""
