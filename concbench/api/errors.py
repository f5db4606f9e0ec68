"""What can go wrong when a Python program calls; hosts import this with the program, so it stays light."""

from __future__ import annotations

TYPE_CHECKING = False  # as typing's, without importing typing
if TYPE_CHECKING:
    from concbench.api.answer import Answer


class NotMeasured(Exception):
    """A figure was asked for that could not be measured."""


class Unguarded(Exception):
    """The module of the function measures when it is imported, and fresh interpreters have to import it."""

    def __init__(self) -> None:
        super().__init__(
            "the module of the function measures while it is imported, and fresh interpreters import it to find the "
            'function: put the call of concbench under `if __name__ == "__main__":`'
        )


class Interrupted(KeyboardInterrupt):
    """The measurement was interrupted; `answer` has what was measured so far, and nothing is left running."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("interrupted: what was measured so far is in the attribute answer")
        self.answer = answer
