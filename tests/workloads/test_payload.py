"""What the workload that only carries promises."""

from __future__ import annotations

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
