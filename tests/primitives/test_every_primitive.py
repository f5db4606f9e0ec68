"""What every primitive promises: turns end, whoever starts first and however processes start; nothing is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from concbench.primitives.primitive import primitives
from tests.fresh_interpreter import NOTHING, asked, write_distribution
from tests.host.hosts import by_method
from tests.primitives.working import turns

PAIRS = ("event", "condition")
KINDS = ("lock", "rlock", "semaphore", "bounded-semaphore", *PAIRS, "barrier")
FAMILIES = {"": "processes", "manager-": "processes", "thread-": "threads"}
"""What the names of a family begin with, and who uses it."""
OWN = [family + kind for family in FAMILIES for kind in KINDS]

WAYS = by_method([name for name in OWN if name[:7] != "thread-"], [name for name in OWN if name[:7] == "thread-"])
"""Each primitive with each way to start its workers."""


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_primitive_says_what_it_is_who_uses_it(family: str, kind: str) -> None:
    found = primitives.get(family + kind)
    assert found.name == family + kind
    assert found.about.endswith(".")
    assert (found.workers, found.pairs) == (FAMILIES[family], kind in PAIRS)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("lock", ("workers", "start_method")),
        ("manager-barrier", ("workers", "start_method")),
        ("condition", ("start_method",)),
        ("manager-event", ("start_method",)),
        ("thread-lock", ("workers",)),
        ("thread-event", ()),
    ],
)
def test_a_pair_has_no_number_of_workers_and_a_thread_no_start_method(name: str, settings: tuple[str, ...]) -> None:
    assert primitives.get(name).settings == settings


@pytest.mark.parametrize(("name", "method"), WAYS)
def test_turns_end_with_any_number_of_workers_and_nothing_is_left(name: str, method: str | None) -> None:
    numbers = (1, 2) if primitives.get(name).pairs else (1, 2, 4)
    assert asked(turns, name, method, numbers, 5) == NOTHING


@pytest.mark.parametrize("name", [family + kind for family in FAMILIES for kind in (*PAIRS, "barrier")])
def test_turns_end_where_the_last_worker_starts_first(name: str) -> None:
    method = "fork" if primitives.get(name).workers == "processes" else None
    assert asked(turns, name, method, (2,), 20, True) == NOTHING


@pytest.mark.parametrize("kind", KINDS)
def test_no_turns_end_too(kind: str) -> None:
    assert turns(f"thread-{kind}", None, (1, 2), 0)["processes"] == []


def test_a_third_party_can_add_a_primitive(tmp_path: Path) -> None:
    source = """
import threading
from contextlib import contextmanager
from concbench.primitives.primitive import primitive
from concbench.primitives.turns import acquire_and_release

@primitive("thread-turnstile", workers="threads", take_turns=acquire_and_release)
@contextmanager
def entry(settings, workers, manager=None):
    '''A condition, used as a lock.'''
    yield threading.Condition()
"""
    write_distribution(tmp_path, "concbench.primitives", {"turnstile": "turnstile"}, turnstile=source)
    assert asked(turns, "thread-turnstile", None, (1, 2), 5, path=tmp_path) == NOTHING
