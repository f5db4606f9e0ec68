"""What every store promises: guarded it keeps every update, unguarded it may lose one, and nothing is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from concbench.stores.store import MANAGER_LOCKS, PROCESS_LOCKS, THREAD_LOCKS, stores
from tests.fresh_interpreter import NOTHING, asked, write_distribution
from tests.host.hosts import by_method
from tests.stores.sharing import (
    BY,
    INITIAL,
    STEPS,
    WORKERS,
    alone,
    broken_off,
    guarded,
    managers_lock,
    unguarded,
)

MANAGERS = ("manager-dict", "manager-namespace", "manager-value", "manager-list", "manager-array")
PROCESSES = ("local", *MANAGERS, "value", "raw-value", "array", "shared-memory")
THREADS = ("dict", "local-threads")
OWN = (*PROCESSES, *THREADS)

SHARED = by_method([name for name in PROCESSES if name != "local"], ["dict"])
"""Each store that is shared, with each way to start its workers."""
FLOORS = by_method(["local"], ["local-threads"])


@pytest.mark.parametrize("name", OWN)
def test_a_store_says_what_it_is_who_shares_it_and_which_locks_go_with_it(name: str) -> None:
    found = stores.get(name)
    assert found.name == name
    assert found.about.endswith(".")
    if name in THREADS:
        assert (found.workers, found.settings, found.locks) == ("threads", ("workers",), THREAD_LOCKS)
    else:
        assert (found.workers, found.settings) == ("processes", ("workers", "start_method"))
        assert found.locks == ((*PROCESS_LOCKS, *MANAGER_LOCKS) if name in MANAGERS else PROCESS_LOCKS)


@pytest.mark.parametrize(("name", "method"), [*SHARED, *FLOORS])
def test_every_update_is_kept_with_every_lock_that_goes_with_a_store(name: str, method: str | None) -> None:
    locks = stores.get(name).locks
    if method in ("forkserver", "spawn"):
        locks = locks[::3]  # all of them with processes that start quickly, and some of each family with the others
    finals, left = asked(guarded, name, method, locks)
    assert finals == dict.fromkeys(locks, INITIAL + WORKERS * STEPS * BY)
    assert left == NOTHING


@pytest.mark.parametrize(("name", "method"), SHARED)
def test_without_a_lock_an_update_is_lost_when_both_workers_read_before_one_writes(
    name: str, method: str | None
) -> None:
    assert asked(unguarded, name, method) == [INITIAL + BY, NOTHING]


@pytest.mark.parametrize(("name", "method"), FLOORS)
def test_what_is_not_shared_loses_nothing_without_a_lock(name: str, method: str | None) -> None:
    assert asked(unguarded, name, method) == [INITIAL + WORKERS * BY, NOTHING]


def test_a_counter_begins_at_its_initial_value_and_goes_on_where_it_was() -> None:
    assert asked(alone, OWN) == {name: [INITIAL, INITIAL + STEPS * BY, INITIAL + 2 * STEPS * BY] for name in OWN}


@pytest.mark.parametrize("what", ["block", "step"])
def test_nothing_is_left_when_the_block_or_a_step_raises(what: str) -> None:
    assert asked(broken_off, OWN, what) == dict.fromkeys(OWN, NOTHING)


def test_a_lock_can_come_from_the_manager_of_a_store_and_leaves_it_running() -> None:
    assert asked(managers_lock, MANAGERS) == {name: [1, 1, INITIAL + BY] for name in MANAGERS}


def test_a_third_party_can_add_a_store(tmp_path: Path) -> None:
    source = """
from contextlib import contextmanager
from types import SimpleNamespace
from concbench.stores.counter import AttributeCounter
from concbench.stores.store import store

@store("vault", workers="threads", locks=("thread-rlock",))
@contextmanager
def entry(settings, initial):
    '''An object that threads share.'''
    yield AttributeCounter(SimpleNamespace(value=initial))
"""
    write_distribution(tmp_path, "concbench.stores", {"vault": "vault"}, vault=source)
    assert asked(guarded, "vault", None, ["thread-rlock"], path=tmp_path) == [
        {"thread-rlock": INITIAL + WORKERS * STEPS * BY},
        NOTHING,
    ]
