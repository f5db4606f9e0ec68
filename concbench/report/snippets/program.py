"""A snippet in its parts: what it is made for, what a strategy adds to it, and the whole of it as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from concbench.model import Settings
from concbench.report.snippets.imports import Import, sections
from concbench.report.snippets.layout import Block, Code, Wrapped, lines_of
from concbench.report.snippets.literal import literal

ASYNCIO = Import("asyncio")


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a snippet is made for: functions by the names that they have in it."""

    function: str
    coroutine: bool
    """Whether the function is an `async def`."""
    init: str | None
    settings: Settings
    folders: Sequence[str]
    """Those that modules are imported from beside the usual ones."""

    @property
    def prepared(self) -> list[Code]:
        """The lines that make a worker ready, where it has no other way to be."""
        return [] if self.init is None else [f"{self.init}()"]

    @property
    def done(self) -> str | Wrapped:
        """The expression that does the task of `item`, and waits until it is done."""
        call = f"{self.function}(item)"
        return Wrapped("asyncio.run(", [call]) if self.coroutine else call

    @property
    def imports(self) -> set[Import]:
        """What that expression needs."""
        return {ASYNCIO} if self.coroutine else set()


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a strategy calls with each item: the function itself, or one around it."""

    name: str
    imports: set[Import]
    definitions: list[Code]


def task_of(job: Job, prepares: bool = False) -> Task:
    """Return what is called with each item; where it `prepares`, it is what makes its worker ready."""
    prepared = job.prepared if prepares else []
    if not job.coroutine and not prepared:
        return Task(name=job.function, imports=set(), definitions=[])
    around = Block("def task(item):", [*prepared, returned(job.done)])
    return Task(name="task", imports=job.imports, definitions=[around])


def returned(expression: str | Wrapped) -> str | Wrapped:
    """Return the statement that returns a value."""
    return assigned("return", expression)


def assigned(target: str, expression: str | Wrapped) -> str | Wrapped:
    """Return a statement that ends in an expression.

    >>> assigned("results =", "[]")
    'results = []'
    """
    if isinstance(expression, str):
        return f"{target} {expression}"
    return Wrapped(f"{target} {expression.head}", expression.parts, expression.tail, expression.separator)


def each_item(expression: str | Wrapped, head: str = "[", tail: str = "]") -> Wrapped:
    """Return the list of what an expression is for each item."""
    return Wrapped(head, [expression, "for item in items"], tail, " ")


@dataclass(frozen=True, kw_only=True)
class Program:
    """What a strategy makes of a job."""

    imports: set[Import]
    definitions: Sequence[Code] = ()
    body: Sequence[Code]
    """From `items` to `results`."""
    ending: str = 'print(len(results), "results")'


def text_of(program: Program, own: set[Import], items: Sequence[Code], folders: Sequence[str]) -> str:
    """Return a program as text, with the imports and the items that are a person's own."""
    guard = Block('if __name__ == "__main__":', [*items, *program.body, program.ending])
    parts = ["\n".join(lines_of([part])) for part in (*program.definitions, guard)]
    between = "\n\n\n" if program.definitions else "\n\n"
    return between.join([head(program.imports, own, folders), *parts]) + "\n"


def head(library: set[Import], own: set[Import], folders: Sequence[str]) -> str:
    """Return the imports; a person's own come after the folders that they are in."""
    if folders:
        paths = [f"sys.path.insert(0, {literal(folder)})" for folder in folders]
        found = [*sections({*library, Import("sys")}), paths, *sections(own)]
    else:
        found = list(sections({*library, *own}))
    return "\n\n".join("\n".join(lines) for lines in found)
