"""Workloads that need a core: a pure Python loop, hashing without the GIL, skewed durations, the original tutorial."""

from __future__ import annotations

from functools import partial

from concbench.workloads.workload import Tasks, workload

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from concbench.model.case import Workload


def count_up(loops: int, number: int) -> int:
    """Count up from `number`, `loops` times: the original tutorial's loop, which holds the GIL throughout."""
    for _ in range(loops):
        number += 1
    return number


def count_item(item: tuple[int, int]) -> tuple[int, int]:
    """Count up `loops` times for the item `(number, loops)`; return its number, too."""
    number, loops = item
    return number, count_up(loops, 0)


def count_to_hundred(number: int) -> int:
    """The original tutorial's task without its print: add 1 a hundred times."""
    for _ in range(100):
        number += 1
    return number


def hash_turns(loops: int) -> str:
    """Hash `loops` times over in one call, which releases the GIL while it works."""
    import hashlib  # here, so that only a host that hashes carries it

    return hashlib.pbkdf2_hmac("sha256", b"concbench", b"concbench", loops).hex()


def hash_item(loops: int, number: int) -> tuple[int, str]:
    """Hash, and return the item's number, too."""
    return number, hash_turns(loops)


def count_turns(loops: int) -> int:
    """The loop of `count_up`, for calibration."""
    return count_up(loops, 0)


@workload("cpu", tasks=100, task_time=0.001, spin=count_turns)
def cpu(sizes: Workload) -> Tasks:
    """A pure Python loop of a given duration, which holds the GIL."""
    return Tasks(
        task=partial(count_up, sizes.loops),
        items=range(sizes.tasks),
        expected=range(sizes.loops, sizes.loops + sizes.tasks),
        busy=1.0,
    )


@workload("cpu-nogil", tasks=100, task_time=0.001, spin=hash_turns)
def cpu_nogil(sizes: Workload) -> Tasks:
    """Hashing of a given duration, in one call that releases the GIL."""
    digest = hash_turns(sizes.loops)
    return Tasks(
        task=partial(hash_item, sizes.loops),
        items=range(sizes.tasks),
        expected=[(number, digest) for number in range(sizes.tasks)],
        busy=1.0,
    )


@workload("skewed", tasks=100, task_time=0.001, spin=count_turns)
def skewed(sizes: Workload) -> Tasks:
    """Loops whose durations come from a seeded heavy-tailed distribution; their mean is the task time."""
    import random  # here, so that only a host that draws carries it

    # Pareto with shape 1.5 has a mean and no variance: a few tasks make up most of the work, as in real batches.
    draw = random.Random(sizes.seed)
    raw = [draw.paretovariate(1.5) for _ in range(sizes.tasks)]
    scale = sizes.loops * sizes.tasks / sum(raw)
    loops = [max(1, round(value * scale)) for value in raw]
    return Tasks(
        task=count_item,
        items=list(enumerate(loops)),
        expected=list(enumerate(loops)),
        busy=1.0,
        weights=loops,
    )


@workload("tutorial", tasks=100, measured=True)
def tutorial(sizes: Workload) -> Tasks:
    """The original tutorial's task: count to 100. It takes a few microseconds, so all the rest is measured."""
    return Tasks(
        task=count_to_hundred,
        items=range(sizes.tasks),
        expected=range(100, 100 + sizes.tasks),
        busy=1.0,
    )
