"""Which cores the two ends of a channel run on: the same one, one each, or whichever the scheduler takes.

Two workers that take turns are put on one core or on two, as the scheduler happens to, and stay there for a while; the
same round trip then takes 10 or 40 microseconds. What is measured should not be decided by that, so a case says it.
"""

from __future__ import annotations

import os
from contextlib import contextmanager

from concbench.strategies.strategy import Unavailable

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator

ONE, APART, ANY = "one", "apart", "any"
HAS_PLACES = hasattr(os, "sched_setaffinity")
"""Whether this system lets a thread choose its cores, as Linux does."""


def settled_cores(asked: str | None) -> str:
    """Return where the ends really are: on one core unless something else is asked for, or nothing else is possible.

    Raises Unavailable where what is asked for can't be had.
    """
    if not HAS_PLACES:
        if asked in (None, ANY):
            return ANY
        raise Unavailable("this system does not let a thread choose its core (--cores any)")
    if asked == APART and len(os.sched_getaffinity(0)) < 2:
        raise Unavailable("the two ends can't be on two cores where only one is usable (--cores)")
    return asked or ONE


def places(cores: str) -> tuple[int | None, int | None]:
    """Return the core of the near end and that of the far one; None: any. The last ones, as the first has most to do.

    >>> places("any")
    (None, None)
    """
    if cores == ANY:
        return None, None
    usable = sorted(os.sched_getaffinity(0))
    return usable[-1], usable[-1 if cores == ONE else -2]


def place(core: int | None) -> None:
    """Put the calling thread on a core, and what it starts from now on."""
    if core is not None:
        os.sched_setaffinity(0, {core})


@contextmanager
def placed(core: int | None) -> Iterator[None]:
    """Keep the calling thread on a core within the block, and let it go where it could before at the end."""
    if core is None:
        yield
        return
    usual = os.sched_getaffinity(0)
    place(core)
    try:
        yield
    finally:
        os.sched_setaffinity(0, usual)
