"""What every fact promises in a fresh interpreter, under every start method."""

from __future__ import annotations

import sys

import pytest

from concbench.facts.fact import facts
from tests.facts.asking import ask
from tests.facts.differing import METHODS, assert_as_known_and_nothing_left, facts_under, known


@pytest.mark.parametrize("method", METHODS)
def test_every_fact_is_observed_as_expected_or_differs_as_known_and_leaves_nothing(method: str) -> None:
    assert_as_known_and_nothing_left(ask(method, *facts_under(method)), method, sys.version_info[:2])


def test_where_the_start_method_is_said_not_to_matter_it_does_not() -> None:
    names = [name for name, fact in facts.all().items() if not fact.processes]
    for method in METHODS:
        assert ask(method, *names).differences == {}


def test_whatever_is_known_to_differ_has_a_note() -> None:
    for method in METHODS:
        assert all(facts.get(name).note for name in known(method, (3, 14), cpus=0))
