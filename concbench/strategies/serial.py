"""No concurrency: what every other strategy is compared with."""

from __future__ import annotations

from contextlib import contextmanager

from concbench.strategies.strategy import strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Iterator

    from concbench.model.case import Settings
    from concbench.strategies.strategy import RunTasks


PROGRAM = """
if __name__ == "__main__":
    {items}
    {init}()
    results = [{task}(item) for item in items]
    print(len(results), "results")
"""


@strategy("serial", workers="none", program=PROGRAM)
@contextmanager
def serial(_settings: Settings) -> Iterator[RunTasks]:
    """A plain loop in one thread."""
    yield lambda task, items: [task(item) for item in items]
