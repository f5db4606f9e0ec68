"""What became of one task, for the strategies that must carry it back themselves."""

from __future__ import annotations

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class TaskTraceback(Exception):
    """The traceback of a task that raised in another process, kept as text: tracebacks can't be pickled."""


class UnpicklableResult(Exception):
    """A task's result could not be sent back, because it can't be pickled."""


class Outcome:
    """A task's result, or the exception that it raised."""

    __slots__ = ("error", "result", "trace")

    def __init__(self, result: Any = None, error: BaseException | None = None, trace: str = "") -> None:
        self.result = result
        self.error = error
        self.trace = trace

    def get(self) -> Any:
        """Return the result, or raise the task's exception with its own traceback as the cause."""
        if self.error is not None:
            raise self.error from TaskTraceback(self.trace)
        return self.result


def attempt(task: Callable[[Any], Any], item: Any) -> Outcome:
    """Call the task, and keep what came out, whichever it was."""
    try:
        return Outcome(task(item))
    except Exception as error:  # noqa: BLE001 - whatever a task raises is its outcome, raised again by get()
        import traceback  # here, so that a host whose tasks don't raise need not carry it

        return Outcome(error=error, trace=traceback.format_exc())
