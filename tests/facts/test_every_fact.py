"""What every fact promises in a host, of several versions, under every start method."""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path

import pytest

from concbench.facts.fact import facts
from tests.facts.asking import Answer, ask
from tests.host.hosts import every_method
from tests.other_interpreters import pythons, version

METHODS = multiprocessing.get_all_start_methods()
OWN_CPUS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def facts_under(method: str) -> list[str]:
    """The facts to observe under a start method: where it does not matter, under the first."""
    return [name for name, fact in facts.all().items() if fact.processes or method == METHODS[0]]


def known(method: str, version: tuple[int, int], cpus: int | None = OWN_CPUS) -> dict[str, str]:
    """What is known to differ from the tutorial under a start method of a version that may use some CPUs."""
    differences = {}
    if method == "fork":
        differences["parent-closes-and-child-gets-eof"] = "still waiting for a message"
    if version >= (3, 13) and cpus != os.cpu_count():
        differences["pool-has-a-worker-per-cpu"] = f"{cpus}, as many as os.process_cpu_count()"
    return differences


def assert_as_known_and_nothing_left(answer: Answer, method: str, version: tuple[int, int]) -> None:
    """Compare the answer of a host with what is expected and what is known."""
    assert list(answer.observed) == facts_under(method)
    assert answer.differences == known(method, version)
    assert answer.processes == []
    assert answer.outlived == []
    assert answer.said == ""


@every_method
def test_every_fact_is_observed_as_expected_or_differs_as_known_and_leaves_nothing(method: str) -> None:
    assert_as_known_and_nothing_left(ask(method, *facts_under(method)), method, sys.version_info[:2])


@pytest.mark.thorough
@pytest.mark.parametrize("method", METHODS)
@pythons
def test_so_it_is_under_every_interpreter(python: Path, method: str) -> None:
    answer = ask(method, *facts_under(method), python=str(python))
    assert_as_known_and_nothing_left(answer, method, version(python))


@pytest.mark.thorough
@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not say which CPUs one may use")
@pythons
def test_a_pool_of_later_versions_has_a_worker_for_each_cpu_that_may_be_used(python: Path) -> None:
    answer = ask("spawn", "pool-has-a-worker-per-cpu", python=str(python), cpus=1)
    assert answer.differences == known("spawn", version(python), cpus=1)
    assert "os.process_cpu_count()" in facts.get("pool-has-a-worker-per-cpu").note


def test_where_the_start_method_is_said_not_to_matter_it_does_not() -> None:
    names = [name for name, fact in facts.all().items() if not fact.processes]
    for method in METHODS:
        assert ask(method, *names).differences == {}


def test_whatever_is_known_to_differ_has_a_note() -> None:
    for method in METHODS:
        assert all(facts.get(name).note for name in known(method, (3, 14), cpus=0))
