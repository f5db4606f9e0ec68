"""How hosts find the user's function and items: by name, or carried to them in a temporary folder.

A function of a module or a script is found by its name (`place_of`). One that was typed into a notebook is written to a
module with everything that it uses (`TypedIn`). `Bundle` holds that, the items, and the folders to import from.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib
import importlib.util
import inspect
import io
import linecache
import operator
import os
import pickle
import site
import sys
import sysconfig
import tempfile
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from symtable import SymbolTable, symtable
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from concbench.session.function_names import check_function, check_items
from concbench.workloads.functions import FILE, LINES
from concbench.workloads.workload import UnfitFunction, UnfitItems

MAIN = ("__main__", "__mp_main__")
"""The module names of a script, in itself and in a spawned child of multiprocessing."""
GIVEN = "given in Python"
"""The module that reads the items: no other can have this name, and readers of a run know what it means."""
READING = '''\
"""Items that a program gave to concbench."""


def items():
    """The items."""
    import pickle

    with open({path!r}, "rb") as file:
        return pickle.load(file)  # this run's own file


globals()[{name!r}] = items
'''
MODULE = "interactive"
HEAD = '"""What the program that asked concbench had typed in."""\n'
FUTURE = "\nfrom __future__ import annotations\n"
ANNOTATIONS = 0x1000000
"""The flag of code whose annotations are text, as `__future__.CO_FUTURE_ANNOTATIONS`."""
UNPICKLED = """\
with open({path!r}, "rb") as _file:
    {name} = __import__("pickle").load(_file)  # this run's own file
"""


# What hosts need


@contextmanager
def bundle() -> Iterator[Bundle]:
    """An empty bundle; its files are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="concbench-", ignore_cleanup_errors=True) as folder:
        yield Bundle(Path(folder))


class Bundle:
    """What hosts need of the calling program: a folder for what has no file, and the folders to import from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.typed_in = TypedIn(folder)
        self.folders: list[str] = []

    @property
    def paths(self) -> tuple[str, ...]:
        """The folders that hosts import from before all others: those of this program."""
        own = [folder for folder in self.folders if not _is_installed(Path(folder))]
        return tuple(dict.fromkeys([str(self.folder), *own, *own_folders()]))

    def name_of(self, function: Any) -> str:
        """The name by which hosts find a function; raises UnfitFunction."""
        if isinstance(function, str):
            check_function(function, Path.cwd())
            self.folders += folders_of(function)
            return function
        place = place_of(function) if callable(function) else None
        if place is not None:
            self.folders += [place.folder] if place.folder is not None else []
            return place.name
        name = self.typed_in.name_of(function)
        if name is None:
            raise why_not(function)
        return name

    def items(self, given: Any) -> tuple[int | None, str | None]:
        """The number of items, or where hosts get them; raises UnfitItems, and UnfitFunction."""
        if given is None:
            return None, None
        if isinstance(given, int) and not isinstance(given, bool):
            if given < 1:
                raise UnfitItems(f"{given} items leave nothing to run: give at least 1")
            return given, None
        if isinstance(given, str | os.PathLike):
            return None, self.named_items(os.fspath(given))
        if callable(given):
            return None, self.name_of(given)
        if not isinstance(given, Iterable) or isinstance(given, bytes | bytearray | Mapping):
            raise UnfitItems(
                f"items can't be a {type(given).__name__}: give a list, a count, a function, or a file's path"
            )
        return None, self.packed(list(given))

    def named_items(self, given: str | bytes) -> str:
        """The file of items, or the function that makes them, that a text names; raises UnfitItems."""
        text = os.fsdecode(given)
        try:
            check_items(text, Path.cwd())
        except UnfitFunction as unfit:
            raise UnfitItems(str(unfit)) from None
        except UnfitItems as unfit:
            if text.endswith(LINES):
                raise
            raise UnfitItems(f"{unfit}; to use a text as an item, put it into a list") from None
        return str(Path(text).absolute()) if text.endswith(LINES) else self.name_of(text)

    def packed(self, values: list[Any]) -> str:
        """Write values to a file; returns the name of the function that reads it."""
        if not values:
            raise UnfitItems("there are no items, so there is nothing to run")
        path = self.folder / "items.pickle"
        name = f"{len(values)} item{'' if len(values) == 1 else 's'}"
        try:
            path.write_bytes(self.typed_in.pickled(values))
        except (UnfitFunction, pickle.PicklingError, TypeError, AttributeError, RecursionError, ValueError) as error:
            raise UnfitItems(f"the items can't be pickled, and fresh interpreters need them: {error}") from error
        (self.folder / f"{GIVEN}.py").write_text(READING.format(path=str(path), name=name), encoding="utf-8")
        self.folders += [folder for folder in self.typed_in.folders if folder not in self.folders]
        return f"{GIVEN}:{name}"


def folders_of(*names: str | None) -> tuple[str, ...]:
    """The folders to import named functions from: those of files, the current one, and its src."""
    files = [Path(name.rpartition(":")[0]) for name in names if name is not None and f"{FILE}:" in name]
    folders = [file.absolute().parent for file in files] + [Path.cwd()]
    source = Path.cwd() / "src"
    return tuple(dict.fromkeys(map(str, [*folders, *([source] if source.is_dir() else [])])))


def folders_of_files(strategies: Iterable[str]) -> tuple[str, ...]:
    """The folders to import from for strategies, some of which may be in files."""
    in_files = [name for name in strategies if f"{FILE}:" in name]
    return folders_of(*in_files) if in_files else ()


def own_folders() -> list[str]:
    """The folders that this program imports from, without those of installed packages."""
    folders = [Path(entry or ".").absolute() for entry in sys.path]
    return [str(folder) for folder in folders if folder.exists() and not _is_installed(folder)]


def _is_installed(folder: Path) -> bool:
    """Whether a folder belongs to this interpreter; hosts have their own, maybe of another version."""
    places = sysconfig.get_paths()
    known = [places[name] for name in ("stdlib", "platstdlib", "purelib", "platlib", "scripts")]
    found = [*known, *site.getsitepackages(), site.getusersitepackages()]
    return any(folder.resolve().is_relative_to(Path(each).resolve()) for each in found)


# By name


class Place(NamedTuple):
    """Where a function or class is found again."""

    module: str
    """As it is imported."""
    path: str
    """Its qualified name in there."""
    name: str
    """As people and hosts write it: `package.module:function`, or `file.py:function`."""
    folder: str | None
    """The folder to import the module from; None if the interpreter finds it anyway."""


def place_of(value: Any) -> Place | None:
    """Where a function or class is found again; None if it is in no importable module.

    Raises UnfitFunction if it is in a script whose name can't be imported.
    """
    module_name, path = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if module_name is None and isinstance(getattr(value, "__self__", None), ModuleType):
        module_name = value.__self__.__name__
    if not isinstance(module_name, str) or not isinstance(path, str):
        return None
    module = sys.modules.get(module_name)
    found = functools.reduce(lambda found, part: getattr(found, part, None), path.split("."), module)
    # Methods of a class are created anew at each look-up.
    if module is None or not (found is value or (hasattr(value, "__func__") and found == value)):
        return None
    spec, file = module.__spec__, getattr(module, "__file__", None)
    if module_name in MAIN:
        if file is None or not _is_written_in(file, value):
            return None
        if spec is not None:  # started with -m, by the name that it has as a module
            return Place(spec.name, path, f"{spec.name}:{path}", folder_of(spec.name, file))
        return place_in_script(Path(file).absolute(), path)
    if file is None:
        return None if spec is None else Place(module_name, path, f"{module_name}:{path}", None)
    return Place(module_name, path, f"{module_name}:{path}", folder_of(module_name, file))


def place_in_script(script: Path, path: str) -> Place:
    """Where a function of a script is found; raises UnfitFunction if the script can't be imported."""
    if script.stem in sys.stdlib_module_names or script.stem in MAIN or "." in script.stem or script.suffix != ".py":
        raise UnfitFunction(
            f"fresh interpreters have to import {script.name}, and can't by that name: rename it to a unique word that "
            "ends in .py, or move the function to a module"
        )
    return Place(script.stem, path, f"{script.name}:{path}", str(script.parent))


def _is_written_in(file: str, value: Any) -> bool:
    """Whether a function or a class is written in a file, and was not typed in later."""
    code = getattr(inspect.unwrap(value), "__code__", None)
    if code is not None:
        return Path(code.co_filename).absolute() == Path(file).absolute()
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return False
    first = value.__qualname__.partition(".")[0]
    return any(isinstance(each, ast.ClassDef | ast.FunctionDef) and each.name == first for each in tree.body)


def folder_of(module: str, file: str) -> str | None:
    """The folder that a module was imported from; None if its file's path does not end in its name.

    >>> folder_of("package.module", "/home/me/src/package/module.py").replace(chr(92), "/")[-12:]
    '/home/me/src'
    >>> folder_of("package", "/home/me/src/package/__init__.py").replace(chr(92), "/")[-12:]
    '/home/me/src'
    """
    path = Path(file).absolute().with_suffix("")
    parts = path.parent.parts if path.name == "__init__" else path.parts
    names = module.split(".")
    return str(Path(*parts[: -len(names)])) if list(parts[-len(names) :]) == names else None


def why_not(value: Any) -> UnfitFunction:
    """Why a fresh interpreter can't find what is in no module and has no source."""
    name = getattr(value, "__qualname__", None)
    move = "write it with def at the top of a module, a script or a notebook's cell"
    if isinstance(value, functools.partial):
        return UnfitFunction(f"a functools.partial has no name by which a fresh interpreter could find it: {move}")
    if not callable(value):
        return UnfitFunction(
            f"an object of type {type(value).__name__} can't be called: give a function, or the name of one"
        )
    if isinstance(name, str) and name.endswith("<lambda>"):
        return UnfitFunction(f"a lambda has no name by which a fresh interpreter could find it: {move}")
    owner = getattr(value, "__self__", None)
    if owner is not None and not isinstance(owner, ModuleType):
        kind = owner.__name__ if isinstance(owner, type) else type(owner).__name__
        return UnfitFunction(f"{name} is a method of one {kind} object, which no fresh interpreter has: {move}")
    if not isinstance(name, str):
        return UnfitFunction(f"an object of type {type(value).__name__} has no name of its own: {move}")
    if "<locals>" in name:
        inside = name.partition(".<locals>")[0]
        return UnfitFunction(
            f"{name.rpartition('.')[2]} is defined inside {inside}, and has no name outside it: {move}"
        )
    return UnfitFunction(
        f"a fresh interpreter would find something else as {value.__module__}:{name}, and the source of this one is "
        "not available: save it in a file, under that name"
    )


# Typed into a notebook or an interpreter


class _Definition(NamedTuple):
    """The source of a function or class, and what it is called there."""

    name: str
    source: str


class TypedIn:
    """A module in a folder, made of what was typed in: whatever is asked for, and what that uses."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folders: list[str] = []
        """The folders of the modules that it imports."""
        self.module = free_name()
        self._statements: list[str] = []
        self._values: dict[str, Any] = {}
        """What is in the module, or about to be, by name."""
        self._future = False

    def name_of(self, value: Any) -> str | None:
        """Put a function into the module and return its `module:name`; None if it has no source.

        Raises UnfitFunction if it uses something that can't be carried.
        """
        if _definition_of(value) is None:
            return None
        self.add(value.__name__, value)
        return f"{self.module}:{value.__name__}"

    def add(self, name: str, value: Any) -> None:
        """Put a value into the module under a name, after what it uses; raises UnfitFunction."""
        if name in self._values:
            if self._values[name] is not value:
                raise UnfitFunction(f"two different things are called {name}: rename one of them")
            return
        self._values[name] = value
        self._statements.append(self.statement(name, value))
        future = FUTURE if self._future else ""
        path = self.folder / f"{self.module}.py"
        path.write_text("\n\n".join([HEAD + future, *self._statements]), encoding="utf-8")

    def statement(self, name: str, value: Any) -> str:
        """The statement that defines a value in the module."""
        if isinstance(value, ModuleType):
            return f"import {value.__name__} as {name}\n"
        place = place_of(value) if callable(value) else None
        if place is not None:
            self.folders += [place.folder] if place.folder is not None else []
            first, _, rest = place.path.partition(".")
            imported = f"from {place.module} import {first} as {name}\n"
            return f"{imported}{name} = {name}.{rest}\n" if rest else imported
        definition = _definition_of(value)
        if definition is None:
            if isinstance(value, FunctionType | type):
                raise why_not(value)
            return self.unpickled(name, value)
        if definition.name != name:
            self.add(definition.name, value)
            return f"{name} = {definition.name}\n"
        self.bring(value, definition)
        return definition.source

    def bring(self, value: Any, definition: _Definition) -> None:
        """Put what a function or class uses before it; raises UnfitFunction that says what uses what."""
        code = getattr(inspect.unwrap(value), "__code__", None)
        self._future = self._future or bool(code is not None and code.co_flags & ANNOTATIONS)
        known = _globals_of(value)
        for used in _names_in(definition.source):
            if used not in known or used == definition.name:
                continue
            if used.startswith("__") or getattr(builtins, used, None) is known[used]:  # every module has it
                continue
            try:
                self.add(used, known[used])
            except UnfitFunction as error:
                raise UnfitFunction(f"{definition.name} uses {used}: {error}") from None
        for dotted in _submodules_in(definition.source, known):
            self._statements.append(f"__import__({dotted!r})\n")

    def unpickled(self, name: str, value: Any) -> str:
        """Write a value to a file; returns the statements that read it."""
        path = self.folder / f"value-{len(self._values)}.pickle"
        try:
            path.write_bytes(self.pickled(value))
        except Exception as error:  # noqa: BLE001 - pickling runs the value's own code
            raise UnfitFunction(
                f"a {type(value).__name__} can't be carried to fresh interpreters ({error}): create it inside the "
                "function, or in one given as init"
            ) from None
        return UNPICKLED.format(path=str(path), name=name)

    def pickled(self, value: Any) -> bytes:
        """A pickle of a value that refers to this module for what was typed in.

        Raises UnfitFunction for what can't be found anywhere, and whatever pickling raises.
        """
        into = io.BytesIO()
        _Pickler(into, self).dump(value)
        return into.getvalue()


class _Imported:
    """A module in a pickle: imported when it is read."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __reduce__(self) -> Any:
        return importlib.import_module, (self.name,)


class _Pickler(pickle.Pickler):
    """Pickles functions and classes of `__main__` by where a host finds them."""

    def __init__(self, into: io.BytesIO, typed_in: TypedIn) -> None:
        super().__init__(into)
        self.typed_in = typed_in

    def reducer_override(self, value: Any) -> Any:
        """How to restore a value; NotImplemented leaves that to pickle."""
        if isinstance(value, ModuleType):
            return importlib.import_module, (value.__name__,)
        if not isinstance(value, FunctionType | type):
            return NotImplemented
        place = place_of(value)
        if place is not None:
            self.typed_in.folders += [place.folder] if place.folder is not None else []
            if place.module == value.__module__:
                return NotImplemented
            return operator.attrgetter(place.path), (_Imported(place.module),)
        if _definition_of(value) is not None:
            self.typed_in.add(value.__name__, value)
            return operator.attrgetter(value.__name__), (_Imported(self.typed_in.module),)
        if value.__module__ in MAIN:  # pickle would take it for a part of the host's own main module
            raise why_not(value)
        return NotImplemented


def free_name() -> str:
    """A name that no importable module has."""
    name, number = MODULE, 1
    while importlib.util.find_spec(name) is not None:
        number += 1
        name = f"{MODULE}{number}"
    return name


def _definition_of(value: Any) -> _Definition | None:
    """The source of a function or class that was typed in at top level, or None."""
    name = getattr(value, "__qualname__", None)
    if not isinstance(name, str) or not name.isidentifier():
        return None
    code = getattr(inspect.unwrap(value), "__code__", None)
    if code is not None:
        return _defined_in(code.co_filename, name, code.co_firstlineno)
    if not isinstance(value, type):
        return None
    codes = [found for each in vars(value).values() if (found := getattr(each, "__code__", None)) is not None]
    files = dict.fromkeys(each.co_filename for each in codes if each.co_qualname.startswith(f"{name}."))
    # A class without a method does not say where it was typed in: it is what was typed in last under its name.
    typed_in = [file for file in reversed(linecache.cache) if not os.path.exists(file)]  # noqa: PTH110 - no path
    return next((found for file in (*files, *typed_in) if (found := _defined_in(file, name, None)) is not None), None)


def _defined_in(file: str, name: str, line: int | None) -> _Definition | None:
    """The function that begins at a line of what was typed in; for None, the class of that name."""
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
                return _Definition(name, textwrap.dedent("".join(lines[first - 1 : each.end_lineno]).rstrip() + "\n"))
    return None


def _globals_of(value: Any) -> Mapping[str, Any]:
    """The global names that a function or class can use."""
    function = inspect.unwrap(value)
    if hasattr(function, "__globals__"):
        return function.__globals__  # type: ignore[no-any-return]  # a dictionary, as Python has it
    methods = (inspect.unwrap(each) for each in vars(value).values() if callable(each))
    found = next((each.__globals__ for each in methods if hasattr(each, "__globals__")), None)
    return found if found is not None else vars(sys.modules.get(value.__module__, builtins))


def _names_in(source: str) -> Iterator[str]:
    r"""The global names that a definition uses, each once.

    >>> list(_names_in("def f(x, most=MOST):\n    own = x\n    return sqrt(own)\n"))
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


def _submodules_in(source: str, known: Mapping[str, Any]) -> Iterator[str]:
    """The submodules that a definition uses through their package, such as `concurrent.futures`."""
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
