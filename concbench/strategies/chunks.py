"""How many items are handed to a worker at once, where a strategy hands out chunks and nobody says how large."""

from __future__ import annotations

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from concbench.model import Settings


def chunks_of_map(settings: Settings, items: int) -> int:
    """Return how many items `Pool.map` hands out at once: by default each worker gets four chunks, rounded up.

    It is what `multiprocessing.pool.Pool._map_async` computes.
    """
    return settings.chunksize or -(-items // (4 * (settings.workers or 1)))


def chunks_as_asked(settings: Settings, _items: int) -> int:
    """Return how many items are handed out at once by what takes one at a time where nobody says."""
    return settings.chunksize or 1
