"""Cases whose snippets are looked at and run: every strategy, with nothing asked for and with everything."""

from __future__ import annotations

from typing import Any

from concbench.model import Case, Settings, Workload
from concbench.report.snippet import snippet
from concbench.strategies.strategy import strategies

OWN = {
    name: each
    for name, each in strategies.all().items()
    if (each.open.__module__ or "").startswith("concbench.strategies.")
}
"""The strategies that are not a third party's."""
EVERYTHING = Settings(workers=2, chunksize=3, start_method="spawn", maxtasksperchild=1, limit=1)


def case(strategy: str, settings: Settings = EVERYTHING, **workload: Any) -> Case:
    """Return the case of a strategy on `mine:square`, or on another function."""
    described = Workload(**{"name": "mine:square", "tasks": 4, **workload})
    return Case(
        id=f"own/{strategy}", part="own", subject=strategy, workload=described, settings=heeded(strategy, settings)
    )


def heeded(strategy: str, settings: Settings) -> Settings:
    """Return those of the settings that a strategy heeds."""
    return Settings(**{name: getattr(settings, name) for name in strategies.get(strategy).settings})


def written(strategy: str, settings: Settings = EVERYTHING, *, coroutine: bool = False, **workload: Any) -> str:
    """Return the snippet of one of concbench's own strategies."""
    text = snippet(case(strategy, settings, **workload), coroutine)
    assert text is not None
    return text
