"""Programs of every strategy, with no settings and with all of them."""

from __future__ import annotations

from typing import Any

from concbench.model.case import Settings, Workload
from concbench.report.program import program_of
from concbench.strategies.strategy import strategies

OWN = {
    name: each
    for name, each in strategies.all().items()
    if (each.open.__module__ or "").startswith("concbench.strategies.")
}
"""The strategies that are not a third party's."""
ALL_SETTINGS = Settings(workers=2, chunksize=3, start_method="spawn", maxtasksperchild=1, limit=1, inner_threads=1)


def used(strategy: str, settings: Settings) -> Settings:
    """Those of the settings that a strategy uses."""
    names = (*strategies.get(strategy).settings, "inner_threads")
    return Settings(**{name: getattr(settings, name) for name in names})


def written(strategy: str, settings: Settings = ALL_SETTINGS, folders: tuple[str, ...] = (), **workload: Any) -> str:
    """The program of one of concbench's own strategies, for `mine:square` unless another function is given."""
    described = Workload(**{"name": "mine:square", "tasks": 4, **workload})
    text = program_of(strategies.get(strategy), described, used(strategy, settings), folders)
    assert text is not None
    return text
