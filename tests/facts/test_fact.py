"""What the register of facts promises to whoever shows them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import concbench
from concbench.facts.fact import PATIENCE, Fact, StillWaiting, facts

FOLDER = str(Path(concbench.__file__).parent.parent)


@pytest.mark.parametrize("fact", facts.all().values(), ids=facts.all())
def test_a_fact_has_a_plain_name_one_sentence_and_an_expectation_that_fits_into_a_line(fact: Fact) -> None:
    assert facts.get(fact.name) is fact
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", fact.name)
    assert re.fullmatch(r"[^\n]+[^.]\.", fact.statement)
    assert ". " not in fact.statement
    assert fact.about.endswith(".")
    assert 0 < len(fact.expected) <= 120
    assert fact.expected.isprintable()


def test_what_never_comes_is_an_observation_and_no_error() -> None:
    def wait_in_vain(_context: object) -> str:
        raise StillWaiting("running")

    fact = Fact(name="a-b", statement="", expected="", processes=False, note="", observe=wait_in_vain)
    context: object = None
    assert fact.observe(context) == f"still running after {PATIENCE:.0f} s"  # type: ignore[arg-type]


def test_all_facts_weigh_little_until_they_are_observed() -> None:
    heavy = {"dataclasses", "typing", "pathlib", "multiprocessing", "subprocess", "tempfile", "queue"}
    code = f"import sys; sys.path.append({FOLDER!r}); from concbench.facts.fact import facts; facts.load_own()"
    command = [sys.executable, "-I", "-S", "-c", f"{code}; print(*sys.modules)"]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    imported = set(ran.stdout.split())
    assert "concbench.facts.pools" in imported
    assert heavy & imported == set()
