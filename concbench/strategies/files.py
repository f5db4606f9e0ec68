"""A strategy from a file, by its path and name: `tools/mine.py:strided`."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from copy import copy
from importlib import import_module, invalidate_caches

from concbench.registry import UnknownName, nearest
from concbench.strategies.strategy import FILE, Strategy, strategies

TYPE_CHECKING = False  # as typing's, without importing typing, as all of the inside has it
if TYPE_CHECKING:
    from types import ModuleType
# ruff: noqa: PTH100, PTH110, PTH112, PTH113, PTH118, PTH119, PTH120, PTH121, PTH208 - no host carries pathlib


class UnfitFile(UnknownName):
    """A file holds no such strategy, or can't be imported; the text says which."""

    def __init__(self, text: str, name: str = "", known: list[str] | None = None) -> None:
        Exception.__init__(self, text)
        self.word, self.name, self.known = "strategy", name, known or []


def load(name: str, folder: str | None) -> None:
    """Import the file of a strategy, and register all that it defines, as `file.py:name`; raises UnfitFile.

    A host has no `folder`: it imports the file from where it imports modules, so that its workers can, too.
    """
    path, _, own = name.partition(f"{FILE}:")
    file, module_name = f"{path}{FILE}", os.path.basename(path)
    if not module_name or not own:
        raise UnfitFile(f"{name!r} names no strategy: write it as file.py:name")
    if "." in module_name:
        raise UnfitFile(f"{file} can't be imported by its name: rename it so that it has no dot before {FILE}")
    found = _registered_by(_imported(module_name, file)) if folder is None else _visited(module_name, file, folder)
    if own not in found:
        advice = f"it has {', '.join(found)}" if found else f'register it with @strategy("{own}", ...)'
        raise UnfitFile(f"{file} has no strategy {own!r}; {advice}", own, list(found))
    for each, known in found.items():
        strategies.entries[f"{file}:{each}"] = renamed = copy(known)
        renamed.name = f"{file}:{each}"


def _registered_by(module: ModuleType | str) -> dict[str, Strategy]:
    """The strategies that a module registered, by their names in it."""
    name = module if isinstance(module, str) else module.__name__
    return {
        each: known
        for each, known in strategies.entries.items()
        if ":" not in each and getattr(known.open, "__module__", None) == name
    }


def _imported(module_name: str, file: str) -> ModuleType:
    """The module of a file, imported by its name; raises UnfitFile."""
    try:
        module = import_module(module_name)
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and error.name == module_name:
            raise UnfitFile(f"there is no file {file}") from None
        raise UnfitFile(f"{file} can't be imported: {type(error).__name__}: {error}") from error
    wanted = os.path.normpath(file)
    while wanted.startswith(os.pardir + os.sep):
        wanted = wanted[len(os.pardir + os.sep) :]
    found = os.path.normpath(getattr(module, "__file__", None) or "built into Python")
    if found != wanted and not found.endswith(os.sep + wanted):
        raise UnfitFile(f"{file} can't be imported by its name, because {module_name} is {found}: rename the file")
    return module


def _visited(module_name: str, file: str, folder: str) -> dict[str, Strategy]:
    """The strategies of a file, its path from `folder`, whose module is forgotten afterwards; raises UnfitFile."""
    path = os.path.abspath(os.path.join(folder, file))
    if not os.path.isfile(path):
        beside, missing = os.path.split(path)
        near = nearest(missing, os.listdir(beside), 0.75) if os.path.isdir(beside) else None
        raise UnfitFile(f"there is no file {file}" + (f"; did you mean {near!r}?" if near is not None else ""))
    for known in (sys.modules.get("__main__"), sys.modules.get(module_name)):  # of a script, or a notebook
        known_file = getattr(known, "__file__", None)
        if known is not None and known_file and os.path.exists(known_file) and os.path.samefile(known_file, path):
            return _registered_by(known)
    if module_name in sys.stdlib_module_names:
        raise UnfitFile(f"{file} can't be imported by its name, which is a module of Python: rename the file")
    other = sys.modules.pop(module_name, None)
    sys.path.insert(0, os.path.dirname(path))
    invalidate_caches()  # it may have been written a moment ago
    try:
        with redirect_stdout(sys.stderr):  # which is for the answer only
            return _registered_by(_imported(module_name, file))
    finally:
        for each in _registered_by(module_name):
            del strategies.entries[each]
        sys.path.remove(os.path.dirname(path))
        sys.modules.pop(module_name, None)
        if other is not None:
            sys.modules[module_name] = other
