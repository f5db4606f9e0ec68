"""What was typed into a notebook or an interpreter as a module: functions and classes with all that they use."""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.util
import inspect
import io
import linecache
import operator
import os
import pickle
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from symtable import SymbolTable, symtable
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from concbench.api.finding import MAIN, place_of, why_not
from concbench.workloads.kinds import UnfitFunction

MODULE = "interactive"
HEAD = '"""What the program that asked concbench had typed in."""\n'
FUTURE = "\nfrom __future__ import annotations\n"
ANNOTATIONS = 0x1000000
"""The flag of code whose annotations are text, as `__future__.CO_FUTURE_ANNOTATIONS`."""
UNPICKLED = """\
with open({path!r}, "rb") as _file:
    {name} = __import__("pickle").load(_file)  # this run's own file
"""


class Definition(NamedTuple):
    """The source of a function or class, and what it is called there."""

    name: str
    source: str


class Cells:
    """A module in a folder, which grows by whatever is asked for, and by what that needs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folders: list[str] = []
        """That modules are imported from which it imports."""
        self.module = free_name()
        self._statements: list[str] = []
        self._values: dict[str, Any] = {}
        """What is in the module, or is about to be, by name."""
        self._future = False

    def name_of(self, value: Any) -> str | None:
        """Return `module:name` for a function, with its source now in the module; None where that can't be had.

        Raises UnfitFunction where it uses something that can't be carried.
        """
        if definition_of(value) is None:
            return None
        self.add(value.__name__, value)
        return f"{self.module}:{value.__name__}"

    def add(self, name: str, value: Any) -> None:
        """Put a value into the module, under a name, and before it what it uses; raises UnfitFunction."""
        if name in self._values:
            if self._values[name] is not value:
                raise UnfitFunction(f"there are two that are called {name}: give one of them another name")
            return
        self._values[name] = value
        self._statements.append(self.statement(name, value))
        future = FUTURE if self._future else ""
        path = self.folder / f"{self.module}.py"
        path.write_text("\n\n".join([HEAD + future, *self._statements]), encoding="utf-8")

    def statement(self, name: str, value: Any) -> str:
        """Return what defines a value in the module."""
        if isinstance(value, ModuleType):
            return f"import {value.__name__} as {name}\n"
        place = place_of(value) if callable(value) else None
        if place is not None:
            self.folders += [place.folder] if place.folder is not None else []
            first, _, rest = place.path.partition(".")
            imported = f"from {place.module} import {first} as {name}\n"
            return f"{imported}{name} = {name}.{rest}\n" if rest else imported
        definition = definition_of(value)
        if definition is None:
            if isinstance(value, FunctionType | type):
                raise why_not(value)
            return self.unpickled(name, value)
        if definition.name != name:
            self.add(definition.name, value)
            return f"{name} = {definition.name}\n"
        self.bring(value, definition)
        return definition.source

    def bring(self, value: Any, definition: Definition) -> None:
        """Put what a function or class uses before it; raises UnfitFunction that says which uses what."""
        code = getattr(inspect.unwrap(value), "__code__", None)
        self._future = self._future or bool(code is not None and code.co_flags & ANNOTATIONS)
        known = globals_of(value)
        for used in names_in(definition.source):
            if used not in known or used == definition.name or is_given(used, known[used]):
                continue
            try:
                self.add(used, known[used])
            except UnfitFunction as error:
                raise UnfitFunction(f"{definition.name} uses {used}: {error}") from None
        for dotted in submodules_in(definition.source, known):
            self._statements.append(f"__import__({dotted!r})\n")

    def unpickled(self, name: str, value: Any) -> str:
        """Write a value into a file; returns what reads it."""
        path = self.folder / f"value-{len(self._values)}.pickle"
        try:
            path.write_bytes(self.pickled(value))
        except Exception as error:  # noqa: BLE001 - pickling runs the value's own code
            raise UnfitFunction(
                f"a {type(value).__name__} can't be carried to fresh interpreters ({error}): make it inside of the "
                "function, or in one that is given as init"
            ) from None
        return UNPICKLED.format(path=str(path), name=name)

    def pickled(self, value: Any) -> bytes:
        """Return a value as a pickle in which what was typed in is found in this module.

        Raises UnfitFunction for what is nowhere to be found, and whatever pickling raises.
        """
        into = io.BytesIO()
        Pickler(into, self).dump(value)
        return into.getvalue()


class Imported:
    """A module in a pickle: imported where it is read."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __reduce__(self) -> Any:
        return importlib.import_module, (self.name,)


class Pickler(pickle.Pickler):
    """Pickles functions and classes of `__main__` by where a host finds them."""

    def __init__(self, into: io.BytesIO, cells: Cells) -> None:
        super().__init__(into)
        self.cells = cells

    def reducer_override(self, value: Any) -> Any:
        """Say how a value is made again; NotImplemented leaves it to pickle."""
        if isinstance(value, ModuleType):
            return importlib.import_module, (value.__name__,)
        if not isinstance(value, FunctionType | type):
            return NotImplemented
        place = place_of(value)
        if place is not None:
            self.cells.folders += [place.folder] if place.folder is not None else []
            if place.module == value.__module__:
                return NotImplemented
            return operator.attrgetter(place.path), (Imported(place.module),)
        if definition_of(value) is not None:
            self.cells.add(value.__name__, value)
            return operator.attrgetter(value.__name__), (Imported(self.cells.module),)
        if value.__module__ in MAIN:  # pickle would take it for a part of the host's own main module
            raise why_not(value)
        return NotImplemented


def free_name() -> str:
    """Return a name that no module has that hosts could import."""
    name, number = MODULE, 1
    while importlib.util.find_spec(name) is not None:
        number += 1
        name = f"{MODULE}{number}"
    return name


def definition_of(value: Any) -> Definition | None:
    """Return the source of a function or class that was typed in, at the top; None where there is none."""
    name = getattr(value, "__qualname__", None)
    if not isinstance(name, str) or not name.isidentifier():
        return None
    code = getattr(inspect.unwrap(value), "__code__", None)
    if code is not None:
        return defined_in(code.co_filename, name, code.co_firstlineno)
    if not isinstance(value, type):
        return None
    codes = [found for each in vars(value).values() if (found := getattr(each, "__code__", None)) is not None]
    files = dict.fromkeys(each.co_filename for each in codes if each.co_qualname.startswith(f"{name}."))
    # A class without a method does not say where it was typed in: it is what was typed in last under its name.
    typed_in = [file for file in reversed(linecache.cache) if not os.path.exists(file)]  # noqa: PTH110 - no path
    return next((found for file in (*files, *typed_in) if (found := defined_in(file, name, None)) is not None), None)


def defined_in(file: str, name: str, line: int | None) -> Definition | None:
    """Return the function that begins at a line of what was typed in; or the class of a name, for a line of None."""
    lines = linecache.getlines(file)
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError:
        return None
    wanted = ast.ClassDef if line is None else (ast.FunctionDef, ast.AsyncFunctionDef)
    for each in ast.walk(tree):
        if isinstance(each, wanted) and isinstance(each, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([each.lineno, *(decorator.lineno for decorator in each.decorator_list)])
            if each.name == name and line in (None, first):
                return Definition(name, textwrap.dedent("".join(lines[first - 1 : each.end_lineno]).rstrip() + "\n"))
    return None


def globals_of(value: Any) -> Mapping[str, Any]:
    """Return the names that a function or class can use."""
    function = inspect.unwrap(value)
    if hasattr(function, "__globals__"):
        return function.__globals__  # type: ignore[no-any-return]  # a dictionary, as Python has it
    methods = (inspect.unwrap(each) for each in vars(value).values() if callable(each))
    found = next((each.__globals__ for each in methods if hasattr(each, "__globals__")), None)
    return found if found is not None else vars(sys.modules.get(value.__module__, builtins))


def names_in(source: str) -> Iterator[str]:
    r"""Yield the names that a definition takes from outside of it, each once.

    >>> list(names_in("def f(x, most=MOST):\n    own = x\n    return sqrt(own)\n"))
    ['MOST', 'sqrt']
    """
    yield from dict.fromkeys(_outer_names(symtable(source, "<typed in>", "exec")))


def _outer_names(table: SymbolTable) -> Iterator[str]:
    outermost = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() if outermost else symbol.is_global():
            yield symbol.get_name()
    for child in table.get_children():
        yield from _outer_names(child)


def is_given(name: str, value: Any) -> bool:
    """Say whether a module has a name of its own accord, as `len` and `__name__`."""
    return name.startswith("__") or getattr(builtins, name, None) is value


def submodules_in(source: str, known: Mapping[str, Any]) -> Iterator[str]:
    """Yield the modules that a definition uses by way of the packages that they are in, as `concurrent.futures`."""
    for each in ast.walk(ast.parse(source)):
        names: list[str] = []
        inner: ast.expr = each if isinstance(each, ast.Attribute) else ast.Constant(None)
        while isinstance(inner, ast.Attribute):
            names.insert(0, inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name) and isinstance(known.get(inner.id), ModuleType):
            dotted = known[inner.id].__name__
            for name in names:
                dotted = f"{dotted}.{name}"
                if dotted in sys.modules:
                    yield dotted
