"""Workloads whose tasks all read one object: much data, a state that tasks keep up to date, a model slow to load."""

from __future__ import annotations

from functools import partial

from concbench.workloads.computing import count_turns
from concbench.workloads.workload import Tasks, workload

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from concbench.model.case import Workload

PAGE = 4096
"""Bytes: no larger than a page anywhere, so that reading at this step reads from every page."""
CYCLE = 256
"""Different values of a byte."""
ENTRY = 128
"""Bytes of an entry of a dict of words and counts, about."""
LOOKUPS = 20_000
"""Words that a task looks up."""
STRIDE = 104_729
"""A prime: words are looked up all over the dict."""
LOADING = 2_000_000
"""Turns of a loop, about 0.05 s, that loading the model takes."""


def data_of(size: int) -> bytes:
    """Bytes from 0 to 255, again and again."""
    return bytes(range(CYCLE)) * (size // CYCLE)


def sum_of_pages(number: int, data: Any) -> int:
    """Add up a byte of every page of the data."""
    return sum(bytes(data[number % PAGE :: PAGE]))


def counts_of(entries: int) -> dict[str, int]:
    """Words, each with a count of 0."""
    return {f"word {number}": 0 for number in range(entries)}


def count_words(entries: int, number: int, counts: dict[str, int]) -> int:
    """Count some words, of which the state knows about half; return how many it knows."""
    known = 0
    for word in words_of(entries, number):
        key = f"word {word}"
        if key in counts:
            counts[key] += 1
            known += 1
    return known


def words_of(entries: int, number: int) -> list[int]:
    """The words that a task counts, by number."""
    return [(number + turn) * STRIDE % (2 * entries) for turn in range(LOOKUPS)]


def loaded_model() -> tuple[int, ...]:
    """A model that is small, and takes long to load."""
    count_turns(LOADING)
    return tuple(range(0, 7 * CYCLE, 7))


def ask_model(number: int, model: tuple[int, ...]) -> int:
    """Ask the model, which takes about 1 ms."""
    count_turns(LOOKUPS)
    return model[number % CYCLE]


def tasks_of(
    sizes: Workload, function: Callable[[Any, Any], Any], make: Callable[[], Any], expected: Callable[[int], Any]
) -> Tasks:
    """The tasks of a function that computes with its item and a shared object."""
    from concbench.workloads.sharing import INITIALIZER, Shared  # here, so that a listing of workloads imports little

    shared = Shared(function, make)
    return Tasks(
        task=shared.by(INITIALIZER),
        items=range(sizes.tasks),
        expected=[expected(number) for number in range(sizes.tasks)],
        busy=1.0,
        shared=shared,
    )


@workload("reading", tasks=8, memory=500_000_000, measured=True, shares=True)
def reading(sizes: Workload) -> Tasks:
    """Tasks that all read every page of the same data."""
    size = sizes.memory // CYCLE * CYCLE
    expected = partial(_sum_of_pages, size)
    return tasks_of(sizes, sum_of_pages, partial(data_of, size), expected)


def _sum_of_pages(size: int, number: int) -> int:
    return number % PAGE % CYCLE * len(range(number % PAGE, size, PAGE))


@workload("counting", tasks=16, memory=16 * 2**20, measured=True, shares=True)
def counting(sizes: Workload) -> Tasks:
    """Tasks that look up words in a large dict and keep its counts up to date: workers with a state."""
    entries = max(1, sizes.memory // ENTRY)
    return tasks_of(sizes, partial(count_words, entries), partial(counts_of, entries), partial(_known, entries))


def _known(entries: int, number: int) -> int:
    return sum(word < entries for word in words_of(entries, number))


@workload("model", tasks=16, measured=True, shares=True)
def model(sizes: Workload) -> Tasks:
    """Tasks that ask a small model, which takes long to load."""
    return tasks_of(sizes, ask_model, loaded_model, lambda number: number % CYCLE * 7)
