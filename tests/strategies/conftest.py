"""Every test of a strategy also tests that it leaves no process and no thread behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.strategies.running import processes_left, threads_left


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    threads = set(threading.enumerate())
    yield
    assert processes_left() == []
    assert threads_left(threads) == set()
