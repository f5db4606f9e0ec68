"""The interruption of a measuring that a Python program asked for, with what was measured until then."""

from __future__ import annotations

TYPE_CHECKING = False  # as typing's: a script that imports this is imported by hosts, too
if TYPE_CHECKING:
    from concbench.api.answer import Answer


class Interrupted(KeyboardInterrupt):
    """The measuring was interrupted; `answer` has what was measured so far, and nothing is left running."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("interrupted: what was measured so far is in the attribute answer")
        self.answer = answer
