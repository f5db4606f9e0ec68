"""How a fresh interpreter finds a function or class again: by the name of its module, or of its file."""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from concbench.workloads.kinds import UnfitFunction

MAIN = ("__main__", "__mp_main__")
"""What a script calls itself, and what a spawned child of multiprocessing calls its parent's script."""


class Place(NamedTuple):
    """Where something is found again."""

    module: str
    """As it is imported."""
    path: str
    """Its qualified name in there."""
    name: str
    """What it is called for people and hosts: `package.module:function`, or `file.py:function`."""
    folder: str | None
    """That the module is imported from; None where the interpreter finds it anyway."""


def place_of(value: Any) -> Place | None:
    """Return where a function or class is found again; None where it is in no module that could be imported.

    Raises UnfitFunction where a script has a name that can't be imported.
    """
    module_name, path = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if module_name is None and isinstance(getattr(value, "__self__", None), ModuleType):
        module_name = value.__self__.__name__
    if not isinstance(module_name, str) or not isinstance(path, str):
        return None
    module = sys.modules.get(module_name)
    if module is None or not is_same(found_in(module, path), value):
        return None
    spec, file = module.__spec__, getattr(module, "__file__", None)
    if module_name in MAIN:
        if file is None or not is_written_in(file, value):
            return None
        if spec is not None:  # started with -m, by the name that it has as a module
            return Place(spec.name, path, f"{spec.name}:{path}", folder_of(spec.name, file))
        return place_in_script(Path(file).absolute(), path)
    if file is None:
        return None if spec is None else Place(module_name, path, f"{module_name}:{path}", None)
    return Place(module_name, path, f"{module_name}:{path}", folder_of(module_name, file))


def place_in_script(script: Path, path: str) -> Place:
    """Return where a function of a script is found; raises UnfitFunction where the script can't be imported."""
    if script.stem in sys.stdlib_module_names or script.stem in MAIN or "." in script.stem or script.suffix != ".py":
        raise UnfitFunction(
            f"{script.name} can't be imported by that name, and fresh interpreters have to: rename it to a word of its "
            "own that ends in .py, or move the function to a module"
        )
    return Place(script.stem, path, f"{script.name}:{path}", str(script.parent))


def found_in(module: object, path: str) -> object:
    """Return what has this qualified name in a module; None where nothing has."""
    found = module
    for part in path.split("."):
        found = getattr(found, part, None)
    return found


def is_same(found: object, value: object) -> bool:
    """Say whether two are one; methods of a class are made anew whenever they are looked up."""
    return found is value or (hasattr(value, "__func__") and found == value)


def is_written_in(file: str, value: Any) -> bool:
    """Say whether the code of a function, or a class, stands in a file, and was not typed in later."""
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
    """Return the folder that a module was imported from, and None where its file's path does not say.

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
    """Return why a fresh interpreter can't find what is in no module, and whose source can't be had either."""
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
        return UnfitFunction(f"{name} is a method of one {kind}, which no fresh interpreter has: {move}")
    if not isinstance(name, str):
        return UnfitFunction(f"an object of type {type(value).__name__} has no name of its own: {move}")
    if "<locals>" in name:
        inside = name.partition(".<locals>")[0]
        return UnfitFunction(f"{name.rpartition('.')[2]} is made inside of {inside}, and has no name outside: {move}")
    return UnfitFunction(
        f"{value.__module__}:{name} is not what a fresh interpreter would find by that name, and its source can't be "
        "had: save it in a file, under that name"
    )
