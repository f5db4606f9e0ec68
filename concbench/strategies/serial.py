"""No concurrency at all: what every other strategy is worth is told by this one."""

from __future__ import annotations

from contextlib import contextmanager

from concbench.strategies.strategy import strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator

    from concbench.model import Settings
    from concbench.strategies.strategy import RunTasks


@strategy("serial", workers="none")
@contextmanager
def serial(_settings: Settings) -> Iterator[RunTasks]:
    """A plain loop in one thread."""
    yield lambda task, items: [task(item) for item in items]
