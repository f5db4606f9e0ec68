"""From the settings asked for to those that a subject is opened with."""

from __future__ import annotations

from types import SimpleNamespace

from concbench.strategies.strategy import Unavailable

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from concbench.model import Settings


def settle(asked: dict[str, Any], heeded: Sequence[str]) -> tuple[Settings, dict[str, Any]]:
    """Return settings to open a subject with, and as they really are: the start method by name.

    What is returned first is a `Settings` in all but its class. Raises Unavailable for a start method that this
    system has not.
    """
    context = None
    settled = dict(asked)
    if "start_method" in heeded:
        import multiprocessing  # here, so that a host without processes does not carry it

        try:
            context = multiprocessing.get_context(asked["start_method"])
        except ValueError as error:
            raise Unavailable(f"this system has no start method {asked['start_method']!r}") from error
        settled["start_method"] = context.get_start_method()
    opened: Any = SimpleNamespace(**settled, context=context)
    return opened, settled
