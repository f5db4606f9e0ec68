"""The program that does a user's tasks by a strategy without concbench: the strategy's template, filled in."""

from __future__ import annotations

import builtins
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from keyword import iskeyword
from unicodedata import normalize

from concbench.model.case import INNER_THREADS, Settings, Workload
from concbench.session.traced_items import ITEMS as TRACED
from concbench.strategies.strategy import Strategy
from concbench.workloads.functions import FILE, LINES
from concbench.workloads.workload import is_function

WIDTH = 88
"""Columns: the default of Black and Ruff."""
CONDITION = "  #? "
"""Ends a line that is kept, with the lines indented below it, only where one of some fields is set, or `not` set."""
RESERVED = {
    *("SimpleNamespace", "asyncio", "atexit", "context", "file", "here", "item", "items", "json", "line"),
    *("multiprocessing", "open_loop", "runner", "sys", "task", "threading"),
}
"""Names that a program may use beside those of its template;"""
LIMITING = {"os"}
"""and those of one that limits the threads of libraries."""


def program_of(
    strategy: Strategy,
    workload: Workload,
    settings: Settings,
    folders: Iterable[str] = (),
    number: int | None = None,
) -> str | None:
    """The program for a workload of the user's own, with all of its items, however few were run; None if there is none.

    It runs in the folder that was measured in, under the same interpreter. `folders` are those, beside the current
    one, that the function's module is imported from, such as `src`; the folder of a file is added. `number` is that of
    the items of the whole job, where these are not the workload's.

    >>> from concbench.strategies.strategy import strategies
    >>> print(program_of(strategies.get("serial"), Workload(name="mine:square", tasks=100), Settings()))
    from mine import square
    <BLANKLINE>
    if __name__ == "__main__":
        items = range(100)
        results = [square(item) for item in items]
        print(len(results), "results")
    <BLANKLINE>
    """
    template = strategy.program
    if template is None or not is_function(workload.name) or workload.shared is not None:
        return None
    code = re.sub(r'#.*|"[^"]*"|\{\w+\}', "", template)
    threads = limited_threads(settings.inner_threads)
    reserved = {*RESERVED, *(LIMITING if threads else ())}
    names = Names(taken={*reserved, *dir(builtins), *re.findall(r"(?<![\w.])[A-Za-z_]\w*\b(?!=)", code)})
    try:
        function = names.imported(workload.name)
        items = items_of(workload, names, number)
        init = None if workload.init is None else names.imported(workload.init)
    except ValueError:
        return None
    paths = [f"sys.path.insert(0, {literal(each)})" for each in dict.fromkeys([*folders, *reversed(names.folders)])]
    once = init if workload.init_per == "process" and strategy.workers == "threads" else None
    calls = Calls.of(strategy, workload, function, None if once is not None else init)
    start_method = None if settings.start_method is None else literal(settings.start_method)
    given: dict[str, object] = {
        **{
            name: getattr(settings, name)
            for name in ("workers", "chunksize", "maxtasksperchild", "limit", "buffersize")
        },
        "start_method": start_method,
        "engine_address": None if settings.engine_address is None else literal(settings.engine_address),
        "context": None if start_method is None else "context",
        "multiprocessing": "multiprocessing" if start_method is None else "context",
        "function": function,
        "task": calls.task,
        "init": calls.init,
        "async_init": calls.init if workload.async_init else None,
        "once": None if once is None else f"asyncio.run({once}())" if workload.async_init else f"{once}()",
        "items": items,
        "sys_path": "\n".join(paths) or None,
    }
    lines = filled(template, given)
    own_lines = [line for line in lines if line.startswith(("import ", "from "))]
    body = "\n".join(lines[len(own_lines) :]).strip("\n")
    imports = {*own_lines, *(["import json"] if "json.loads" in items else [])}
    imports |= calls.imports
    imports |= {"import asyncio"} if once is not None and workload.async_init else set()
    if calls.defined:
        body = "\n".join([*calls.defined, "", "", body])
    imports |= {"import sys"} if paths else set()
    folder_lines = ["\n".join(map(folded, paths))] if paths else []
    if threads:
        of_the_library = {each for each in imports if is_of_the_library(each)} | {"import os"}
        later = imports - of_the_library | names.imports()
        head = [*sections(of_the_library), threads, *folder_lines, *sections(later)]
    elif paths:
        head = [*sections(imports), *folder_lines, *sections(names.imports())]
    else:
        head = list(sections(imports | names.imports()))
    gap = "\n\n\n" if body.startswith(("def ", "async def ", "class ")) else "\n\n"
    return "\n\n".join(head) + gap + re.sub(r"\n{4,}", "\n\n\n", body) + "\n"


def limited_threads(number: int | None) -> str:
    """The lines that limit the threads of libraries, before these are loaded; empty where they are not limited.

    >>> print(limited_threads(1).splitlines()[1])
    os.environ["OMP_NUM_THREADS"] = "1"
    """
    if number is None:
        return ""
    lines = [f'os.environ["{name}"] = "{number}"' for name in INNER_THREADS]
    return "\n".join(["# Before NumPy is imported, which reads this once; workers inherit it.", *lines])


@dataclass(frozen=True)
class Calls:
    """What a program calls for each item, and in each worker before; both may be defined in the program itself."""

    task: str
    init: str | None
    defined: tuple[str, ...] = ()
    """The lines of these definitions."""
    imports: frozenset[str] = frozenset()

    @classmethod
    def of(cls, strategy: Strategy, workload: Workload, function: str, init: str | None) -> Calls:
        """The calls of a program, in which a worker has one event loop, as it has where it is measured."""
        template = strategy.program or ""
        inside = init is not None and "{init}" not in template  # in the task itself, the only one of its worker
        driven = workload.coroutine or (workload.async_init and init is not None)
        if strategy.coroutine or "{task}" not in template or not (inside or driven):
            return cls(function, init)
        if not driven:
            return cls("task", init, ("def task(item):", *indented([f"{init}()", f"return {function}(item)"])))
        if strategy.workers != "none" and "workers" not in strategy.settings and strategy.connect is None:
            return cls._in_worker_of_one_task(workload, function, init if inside else None)
        return cls._in_loop_of_worker(strategy, workload, function, init, inside)

    @classmethod
    def _in_worker_of_one_task(cls, workload: Workload, function: str, init: str | None) -> Calls:
        """A loop for each task, as no worker has two of them."""
        call = f"asyncio.run({function}(item))" if workload.coroutine else f"{function}(item)"
        if init is None:
            lines = [f"return {call}"]
        elif not workload.async_init:
            lines = [f"{init}()", f"return {call}"]
        elif not workload.coroutine:
            lines = [f"asyncio.run({init}())", f"return {call}"]
        else:
            within = indented([f"runner.run({init}())", f"return runner.run({function}(item))"])
            lines = ["with asyncio.Runner() as runner:", *within]
        return cls("task", init, ("def task(item):", *indented(lines)), frozenset({"import asyncio"}))

    @classmethod
    def _in_loop_of_worker(
        cls, strategy: Strategy, workload: Workload, function: str, init: str | None, inside: bool
    ) -> Calls:
        """A loop for each worker, opened by what the worker calls first, or else by its first task."""
        opening = ["here.runner = asyncio.Runner()", "atexit.register(here.runner.close)"]
        lasts = strategy.workers != "interpreters"  # whether thread-local data last from one call to the next
        lines = ["here = threading.local()" if lasts else "here = SimpleNamespace()"]
        if init is not None:
            first = f"here.runner.run({init}())" if workload.async_init else f"{init}()"
            lines += ["", "", "def open_loop():", *indented([*opening, first])]
            opening = ["open_loop()"]
        by_task = init is None or inside
        if workload.coroutine or by_task:
            call = f"here.runner.run({function}(item))" if workload.coroutine else f"{function}(item)"
            check = ['if not hasattr(here, "runner"):', *indented(opening)] if by_task else []
            lines += ["", "", "def task(item):", *indented([*check, f"return {call}"])]
        imports = {"import asyncio", "import atexit"}
        imports |= {"import threading" if lasts else "from types import SimpleNamespace"}
        task = "task" if workload.coroutine or by_task else function
        return cls(task, None if init is None else "open_loop", tuple(lines), frozenset(imports))


def items_of(workload: Workload, names: Names, number: int | None = None) -> str:
    """The lines that make all items, as concbench makes them, and a remark where these are not yet the whole job's."""
    known = workload.total or workload.tasks
    if workload.items is None:
        return f"items = range({number or known})"
    if workload.items.endswith(f"{TRACED}.py:items"):
        return "# What your program gives to its pool.\nitems = [...]"
    remark = "" if number in (None, known) else f"# Take the {number:,} items of the whole job instead.\n"
    if not workload.items.endswith(LINES):
        return f"{remark}items = list({names.imported(workload.items)}())"
    opened = folded(f'with open({literal(workload.items)}, encoding="utf-8") as file:')
    return f"{remark}{opened}\n    items = [json.loads(line) for line in file if line.strip()]"


@dataclass
class Names:
    """The names that the user's functions have in a program: their own, unless the program uses them otherwise."""

    taken: set[str]
    folders: list[str] = field(default_factory=list)
    """Of the files that functions were named by, but for the current one."""
    known: dict[tuple[str, str], str] = field(default_factory=dict)

    def imported(self, name: str) -> str:
        """What a function is called in the program, given its name as `tools/mine.py:square`; raises ValueError."""
        file, of_a_file, path = name.partition(f"{FILE}:")
        module, _, path = (os.path.basename(file), "", path) if of_a_file else name.partition(":")  # noqa: PTH119 - text
        for part in (*module.split("."), *path.split(".")):
            reserved = iskeyword(part) or part in ("__debug__", "__future__")
            if not part.isidentifier() or reserved or normalize("NFKC", part) != part:
                raise ValueError(f"{part!r} can't be written in a program")
        folder = os.path.normpath(os.path.dirname(file)) if of_a_file else os.curdir  # noqa: PTH120 - text
        if folder != os.curdir:
            self.folders.append(folder)
        first, dot, rest = path.partition(".")
        local = self.known.get((module, first), first)
        while (module, first) not in self.known and (local in self.taken or local in self.known.values()):
            local += "_"
        self.known[module, first] = local
        return f"{local}{dot}{rest}"

    def imports(self) -> set[str]:
        """The statements that import them: by name, as `package.work` may be a module or a function."""
        return {
            f"from {module} import {name}" + ("" if name == local else f" as {local}")
            for (module, name), local in self.known.items()
        }


def literal(text: str) -> str:
    r"""A text as a string literal, in the quotes that a formatter would choose.

    >>> print(literal("items.jsonl"), literal('"\n'))
    "items.jsonl" '"\n'
    """
    found = repr(text)
    return f'"{found[1:-1]}"' if found.startswith("'") and '"' not in found else found


def filled(template: str, given: dict[str, object]) -> list[str]:
    """The lines of a template with its fields replaced, without the arguments and lines whose field is None.

    >>> filled("with Pool(processes={workers}, initializer={init}) as pool:", {"workers": 2, "init": None})
    ['with Pool(processes=2) as pool:']
    """
    known = "|".join(given)
    argument, variable = re.compile(rf"\b\w+=\{{({known})\}}(, )?"), re.compile(rf"\{{({known})\}}")
    lines: list[str] = []
    left_out: int | None = None  # how deep the line is indented whose block is left out
    for text in template.strip().splitlines():
        depth = len(text) - len(text.lstrip())
        if left_out is not None and text and depth > left_out:
            continue
        left_out = None
        line, _, condition = text.partition(CONDITION)
        line = argument.sub(lambda found: "" if given[found[1]] is None else found[0], line).replace(", )", ")")
        is_set = any(given.get(name) is not None for name in condition.removeprefix("not ").split())
        is_unwanted = condition and is_set is condition.startswith("not ")
        if is_unwanted or any(given[name] is None for name in variable.findall(line)):
            left_out = depth
        else:
            line = variable.sub(lambda found: str(given[found[1]]), line.strip())
            lines += indented(line.splitlines(), depth) or [""]
    return lines


def indented(lines: Iterable[str], depth: int = 4) -> list[str]:
    """Lines that far to the right, folded."""
    return [folded(" " * depth + line) for line in lines]


def folded(line: str) -> str:
    """A line that is too long, broken at its outermost brackets, as a formatter would do it."""
    if len(line) <= WIDTH:
        return line
    depth, ends = 0, []
    for found in re.finditer(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|, |[(\[]|[)\]]""", line):
        depth += (found[0] in "([") - (found[0] in ")]")
        if (found[0] in "([" or found[0] == ", ") and depth == 1:
            ends.append(found.end())
        elif found[0] in ")]" and depth == 0:
            ends.append(found.start())
            break
    if len(ends) < 2:
        return line
    start, end = ends[0], ends[-1]
    margin = len(line) - len(line.lstrip())
    parts = [line[one:other].removesuffix(", ") for one, other in pairwise(ends)]
    if margin + 4 + end - start <= WIDTH:
        parts = [line[start:end]]
    elif len(parts) > 1:
        parts = [f"{part}," for part in parts]
    return "\n".join([line[:start], *indented(parts, margin + 4), " " * margin + line[end:]])


def is_of_the_library(statement: str) -> bool:
    """Whether a statement imports from the standard library.

    >>> is_of_the_library("from os.path import join"), is_of_the_library("import numpy")
    (True, False)
    """
    return re.split(r"[ .]", statement)[1] in sys.stdlib_module_names


def sections(imports: set[str]) -> Iterator[str]:
    """The standard library's imports and all others, sorted, with the names of a module in one statement."""
    of_the_library = {each for each in imports if is_of_the_library(each)}
    for chosen in (of_the_library, imports - of_the_library):
        lines = sorted(each for each in chosen if each.startswith("import "))
        for module, statements in groupby(sorted(chosen - set(lines)), lambda each: each.partition(" import ")[0]):
            names = [each.partition(" import ")[2] for each in statements]
            renamed = [name for name in names if " as " in name]
            for group in filter(None, [sorted({*names} - {*renamed}), *([name] for name in renamed)]):
                line = f"{module} import {', '.join(group)}"
                one_each = [f"{module} import (", *(f"    {name}," for name in group), ")"]
                lines += [line] if len(line) <= WIDTH else one_each
        if lines:
            yield "\n".join(lines)
