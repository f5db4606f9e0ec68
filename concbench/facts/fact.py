"""What a fact is, and the table of all of them."""

from __future__ import annotations

from concbench.registry import Registry, first_line

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import DefaultContext

    Context = DefaultContext
    """Contexts differ by class and have the same methods; typeshed gives `Process` to each but not to their base."""

    Observe = Callable[[Context], str]
    """Runs real code under a start method, and returns what was observed, in a few words."""

PATIENCE = 10.0
"""Seconds after which what has not happened never will."""


class StillWaiting(Exception):
    """Something did not come within `PATIENCE`; the text is the observation."""

    def __init__(self, what: str = "blocked") -> None:
        super().__init__(what)

    def __str__(self) -> str:
        return f"still {self.args[0]} after {PATIENCE:.0f} s"


class Fact:
    """A statement about behaviour, and the code that tests it."""

    def __init__(
        self, *, name: str, statement: str, expected: str, processes: bool, note: str, observe: Observe
    ) -> None:
        self.name = name
        self.statement = statement
        self.expected = expected
        """The observation where Python behaves as the original tutorial says."""
        self.processes = processes
        """Whether the start method may matter; if not, one observation is enough."""
        self.note = note
        """A known difference between versions or start methods, which explains another observation."""
        self._observe = observe
        self.about = first_line(observe)
        """What the code does, in a sentence."""

    def observe(self, context: Context) -> str:
        """Run the code, and return the observation: `expected`, or something else.

        Every wait in it has an end, and whatever it started is gone when it returns, also when it raises.
        """
        try:
            return self._observe(context)
        except StillWaiting as waiting:
            return str(waiting)


facts: Registry[Fact] = Registry(
    "fact",
    "concbench.facts",
    {
        "threads": (
            *("threads-share-memory", "threads-are-of-one-process", "join-waits-for-a-thread"),
            "thread-subclass-equals-target",
        ),
        "processes": (
            *("process-starts-with-one-thread", "processes-do-not-share-memory", "join-waits-for-a-process"),
            *("exit-code-tells-how-a-process-ended", "main-ends-and-takes-its-pool"),
            *("close-and-join-let-tasks-finish", "main-waits-for-its-processes"),
        ),
        "pipes": (
            *("pipe-goes-both-ways", "simplex-pipe-goes-one-way", "recv-waits", "poll-returns-at-once"),
            *("poll-waits-as-long-as-told", "poll-none-waits-forever", "closed-connection-is-unusable"),
            *("far-end-closed-is-end-of-file", "forgotten-connection-is-closed", "fileno-is-an-integer"),
            *("send-takes-what-can-be-pickled", "send-refuses-what-cannot-be-pickled"),
            *("bytes-arrive-as-whole-messages", "send-bytes-sends-a-part", "too-long-a-message-raises"),
            *("too-long-a-message-ends-reading", "recv-bytes-into-a-buffer", "recv-bytes-into-too-short-a-buffer"),
            *("pipe-connects-parent-and-child", "child-closes-and-parent-gets-eof"),
            "parent-closes-and-child-gets-eof",
        ),
        "pools": (
            *("map-waits-and-keeps-order", "apply-waits", "apply-async-returns-at-once", "closed-pool-refuses-work"),
            *("join-waits-for-submitted-tasks", "join-needs-close", "pool-has-a-worker-per-cpu"),
            *("get-with-timeout-raises", "get-raises-what-the-task-raised", "callback-runs-in-the-parent"),
            "callback-gets-one-tuple",
        ),
        "managers": (
            *("manager-shares-thirteen-types", "manager-dict-is-shared", "nested-change-is-lost"),
            *("update-without-lock-is-lost", "update-with-lock-is-not-lost", "with-lock-acquires-and-releases"),
        ),
    },
)


def fact(statement: str, *, expected: str, processes: bool = True, note: str = "") -> Callable[[Observe], Observe]:
    """Register the decorated function, which gets a `multiprocessing` context, as the one that observes a fact.

    The fact has the function's name, with hyphens. Its children run functions at the top of a module: a spawned child
    finds them by name.
    """

    def register(observe: Observe) -> Observe:
        name = observe.__name__.replace("_", "-")
        facts.add(
            name,
            Fact(name=name, statement=statement, expected=expected, processes=processes, note=note, observe=observe),
        )
        return observe

    return register
