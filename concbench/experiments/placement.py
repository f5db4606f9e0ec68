"""Where the two ends of a channel run: on the same core, on one each, or wherever the scheduler puts them.

The scheduler puts two workers that take turns on one core or on two, by chance, and keeps them there for a while; the
same round trip then takes 10 or 40 microseconds. Chance should not decide a result, so a case names the cores.
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
"""Whether a thread can choose its cores on this system, as on Linux."""


def settled_cores(asked: str | None) -> str:
    """Where the ends run: on one core, unless another choice is asked for or this system offers none.

    Raises Unavailable where the choice is not possible here.
    """
    if not HAS_PLACES:
        if asked in (None, ANY):
            return ANY
        raise Unavailable("threads can't choose their cores on this system (--cores any)")
    if asked == APART and len(os.sched_getaffinity(0)) < 2:
        raise Unavailable("only one core is usable, so the two ends can't be apart (--cores)")
    return asked or ONE


def places(cores: str) -> tuple[int | None, int | None]:
    """The core of the near end and that of the far end; None: any. The last cores, as the first is the busiest.

    >>> places("any")
    (None, None)
    """
    if cores == ANY:
        return None, None
    usable = sorted(os.sched_getaffinity(0))
    return usable[-1], usable[-1 if cores == ONE else -2]


def place(core: int | None) -> None:
    """Bind the calling thread to a core, and what it starts from now on."""
    if core is not None:
        os.sched_setaffinity(0, {core})


@contextmanager
def placed(core: int | None) -> Iterator[None]:
    """Bind the calling thread to a core within the block, and release it afterwards."""
    if core is None:
        yield
        return
    usual = os.sched_getaffinity(0)
    place(core)
    try:
        yield
    finally:
        os.sched_setaffinity(0, usual)
