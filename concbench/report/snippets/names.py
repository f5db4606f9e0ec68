"""Functions of a person's own by the names that they have in a snippet: nothing of a name becomes other code."""

from __future__ import annotations

import builtins
import os
from dataclasses import dataclass
from keyword import iskeyword
from unicodedata import normalize

from concbench.report.safe import printable
from concbench.report.snippets.imports import Import
from concbench.runs.wording import shortened
from concbench.workloads.functions import FILE

TAKEN = frozenset(
    {
        *dir(builtins),
        *("InterpreterPoolExecutor", "Pipe", "Pool", "Process", "ProcessPoolExecutor", "Queue", "Semaphore"),
        *("TaskThread", "Thread", "ThreadPool", "ThreadPoolExecutor", "asyncio", "context", "done", "each", "ended"),
        *("error", "errors", "executor", "exit_codes", "file", "found", "get_context", "in_turn", "index", "item"),
        *("items", "json", "line", "main", "outcomes", "partial", "places", "pool", "prepare", "process", "processes"),
        *("promise", "promises", "put_result", "queue", "receiver", "result", "results", "running", "self"),
        *("send_result", "sender", "sys", "task", "thread", "threads", "wait", "waiting", "work", "_"),
    }
)
"""What the snippets themselves call something, or use of Python: a function so called gets another name there."""
IMPOSSIBLE = frozenset({"__debug__", "__future__"})
"""Identifiers that can't be imported as others can."""


class NoSnippet(Exception):
    """There is nothing to paste for a case; the text is one sentence that says why."""


@dataclass(frozen=True)
class Own:
    """Where a function of a person's own lives."""

    module: str
    path: str
    """Within the module, such as `Class.method`."""
    folder: str
    """Of the file that it was named by, as it was given; empty for the current one, and for a module."""


def own(name: str) -> Own:
    """Return where a function lives; raises NoSnippet for a name that can't be written as Python.

    >>> own("tools/making.py:Thumbnail.make")
    Own(module='making', path='Thumbnail.make', folder='tools')
    """
    file, of_a_file, path = name.partition(f"{FILE}:")
    folder = os.path.normpath(os.path.dirname(file)) if of_a_file else ""  # noqa: PTH120 - a path as text, as it is given
    module, _, path = (os.path.basename(file), "", path) if of_a_file else name.partition(":")  # noqa: PTH119 - likewise
    for part in (*module.split("."), *path.split(".")):
        if not is_plain(part):
            raise NoSnippet(
                f"there is no snippet for '{printable(shortened(name))}': "
                f"'{printable(shortened(part))}' is no name that Python can import"
            )
    return Own(module, path, "" if folder == os.curdir else folder)


def is_plain(part: str) -> bool:
    """Say whether a part of a dotted name means the same in source text.

    >>> [is_plain(part) for part in ("square", "class", "my-tool", "")]
    [True, False, False, False]
    """
    if not part.isidentifier() or iskeyword(part) or part in IMPOSSIBLE:
        return False
    return normalize("NFKC", part) == part  # as Python reads identifiers


class Names:
    """The names that a snippet has for functions of a person's own."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}

    def expression(self, function: Own) -> str:
        """Return what a function is called in the snippet; it is imported under that name.

        >>> names = Names()
        >>> names.expression(Own("mine", "Shape.area", "")), names.expression(Own("mine", "items", ""))
        ('Shape.area', 'items_')
        """
        first, dot, rest = function.path.partition(".")
        key = function.module, first
        if key not in self._known:
            name = first
            while name in TAKEN or name in self._known.values():
                name += "_"
            self._known[key] = name
        return f"{self._known[key]}{dot}{rest}"

    def imports(self) -> set[Import]:
        """Return the imports of all names that were asked for.

        They are names of modules, and not modules: `package.work` is the function where `package` has one of that name.
        """
        return {Import(module, name, "" if local == name else local) for (module, name), local in self._known.items()}
