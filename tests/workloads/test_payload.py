"""What the workloads that carry data promise: one only carries it, one hashes it."""

from __future__ import annotations

from hashlib import sha256

import pytest

from concbench.model import Workload
from concbench.workloads.named import build


@pytest.mark.parametrize("size", [8, 9, 1000, 2**20])
def test_arguments_and_results_have_the_size_asked_for(size: int) -> None:
    ready = build(Workload(name="payload", tasks=3, payload=size))
    assert [len(item) for item in ready.items] == [size] * 3
    assert [len(ready.task(item)) for item in ready.items] == [size] * 3


@pytest.mark.parametrize("size", [0, 1, 7])
def test_an_item_is_never_too_short_to_say_which_it_is(size: int) -> None:
    ready = build(Workload(name="payload", tasks=300, payload=size))
    assert {len(item) for item in ready.items} == {8}
    assert len(set(ready.items)) == 300


def test_what_is_hashed_has_the_size_asked_for_and_what_comes_back_is_its_digest() -> None:
    ready = build(Workload(name="hashing", tasks=3, payload=5000))
    assert [len(item) for item in ready.items] == [5000] * 3
    assert [ready.task(item) for item in ready.items] == list(ready.expected)
    assert ready.expected[1] == sha256(ready.items[1]).hexdigest()
    assert len(set(ready.expected)) == 3
