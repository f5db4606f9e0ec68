"""What is known of a subject before it is opened, whichever experiment it is a subject of."""

from __future__ import annotations

from concbench.channels.channel import channels
from concbench.experiments.startups import starter_called
from concbench.experiments.turns import PAIR
from concbench.model import Experiment
from concbench.primitives.primitive import primitives
from concbench.stores.store import stores
from concbench.strategies.strategy import strategies


def settings_of(experiment: Experiment, subject: str) -> tuple[str, ...]:
    """Return the names of the settings that a subject heeds; raises UnknownName.

    >>> settings_of("messages", "pipe")
    ('start_method', 'cores')
    """
    if experiment == "tasks":
        return strategies.get(subject).settings
    if experiment == "messages":
        return channels.get(subject).settings
    if experiment == "counters":
        return stores.get(subject).settings
    if experiment == "turns":
        # How many take turns is part of every case, also where two is the most.
        return ("workers", *(name for name in primitives.get(subject).settings if name != "workers"))
    return starter_called(subject).settings


def most_workers(experiment: Experiment, subject: str) -> int | None:
    """Return how many workers a subject can have; None: any number. Raises UnknownName.

    >>> most_workers("turns", "event"), most_workers("turns", "lock")
    (2, None)
    """
    return PAIR if experiment == "turns" and primitives.get(subject).pairs else None
