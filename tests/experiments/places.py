"""A channel whose ends report the cores that they are on, opened in a fresh interpreter.

It imports the standard library and concbench's inside only, so that any interpreter can run it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from concbench.channels.channel import End, channel
from concbench.experiments.experiment import experiments
from concbench.experiments.placement import places, settled_cores
from concbench.model.case import Settings, Workload
from concbench.strategies.strategy import Unavailable

if TYPE_CHECKING:
    from concbench.channels.channel import Workers


class Seen(Exception):
    """Where the far end is."""


class NoMeter:
    """What a sample needs of a host."""

    def start(self) -> None:
        """Count nothing."""

    def stop(self) -> None:
        """Know nothing."""

    stop_others = stop

    def descendants(self) -> list[int]:
        """List nothing."""
        return []


class Locating(End):
    """An end that raises where it is."""

    def __init__(self) -> None:
        """Have nothing to send."""

    def connect(self) -> None:
        """Raise where this is."""
        raise Seen(sorted(os.sched_getaffinity(0)))


def seen(workers: Workers, cores: str | None, start_method: str | None) -> dict[str, Any]:
    """Where both ends were, where they were to be, and where the host may run before and after."""
    found: dict[str, Any] = {"before": sorted(os.sched_getaffinity(0))}

    @channel("locating", workers=workers)
    @contextmanager
    def locating(_settings: Settings, _size: int) -> Iterator[tuple[End, End]]:
        found["near"] = sorted(os.sched_getaffinity(0))  # here, because the far end may raise before the near connects
        yield End(found.update, dict), Locating()

    asked = vars(Settings(cores=cores, start_method=start_method))
    case, settled = experiments.get("messages").take_on(
        "locating", Workload(name="messages", tasks=1, payload=16), asked
    )
    found["cores"] = settled["cores"]
    found["places"] = places(settled["cores"])
    try:
        case.measure(NoMeter())
    except Seen as far:
        [found["far"]] = far.args
    found["after"] = sorted(os.sched_getaffinity(0))
    return found


def on_one_core_only(cores: str | None) -> str:
    """What is settled where only one core is usable."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    try:
        return settled_cores(cores)
    except Unavailable as reason:
        return str(reason)
