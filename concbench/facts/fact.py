"""What a fact is, and the register of all of them."""

from __future__ import annotations

from concbench.registry import Registry

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import DefaultContext

    Context = DefaultContext
    """Contexts differ by class and have the same methods; typeshed gives `Process` to each but not to their base."""

    Observe = Callable[[Context], str]
    """Runs real code under a start method, and returns what came of it, in a few words."""

PATIENCE = 10.0
"""Seconds after which what has not happened will not happen any more."""


class StillWaiting(Exception):
    """Something did not come within `PATIENCE`; the text is the observation."""

    def __init__(self, what: str = "blocked") -> None:
        super().__init__(what)

    def __str__(self) -> str:
        return f"still {self.args[0]} after {PATIENCE:.0f} s"


class Fact:
    """A statement on behaviour, and the code that looks whether it is so."""

    def __init__(
        self, *, name: str, statement: str, expected: str, processes: bool, note: str, observe: Observe
    ) -> None:
        self.name = name
        self.statement = statement
        self.expected = expected
        """What is observed where Python behaves as the tutorial says."""
        self.processes = processes
        """Whether the start method may matter; without, it is enough to look once."""
        self.note = note
        """What is known to differ between versions or start methods, for whoever observed something else."""
        self._observe = observe

    @property
    def about(self) -> str:
        """What the code does to find out, in a sentence."""
        return (self._observe.__doc__ or "").partition("\n")[0]

    def observe(self, context: Context) -> str:
        """Run the code, and return what came of it: `expected`, or something else.

        Every wait in it has an end, and whatever it started is gone when it returns, also when it raises.
        """
        try:
            return self._observe(context)
        except StillWaiting as waiting:
            return str(waiting)


facts: Registry[Fact] = Registry("fact", "concbench.facts")


def fact(name: str, *, statement: str, expected: str, processes: bool, note: str = "") -> Callable[[Observe], Observe]:
    """Register the decorated function as the one that observes a fact.

    It gets a `multiprocessing` context. What its children run must be functions at the top of a module, because a
    spawned child finds them by name.
    """

    def register(observe: Observe) -> Observe:
        facts.add(
            name,
            Fact(name=name, statement=statement, expected=expected, processes=processes, note=note, observe=observe),
        )
        return observe

    return register
