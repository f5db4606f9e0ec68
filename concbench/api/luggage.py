"""What hosts need of the program that asks: folders to import from, what was typed in, and items."""

from __future__ import annotations

import os
import pickle
import site
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from concbench.api.cells import Cells
from concbench.api.finding import place_of, why_not
from concbench.suites.function_names import check_function, check_items
from concbench.workloads.functions import FILE, LINES
from concbench.workloads.kinds import UnfitFunction, UnfitItems

GIVEN = "given in Python"
"""The module that reads the items. No other can have such a name, and a run's reader knows what it means."""
READING = '''\
"""Items that a program gave to concbench."""


def items():
    """Return them."""
    import pickle

    with open({path!r}, "rb") as file:
        return pickle.load(file)  # this run's own file


globals()[{name!r}] = items
'''


@contextmanager
def packing() -> Iterator[Luggage]:
    """Yield what is to be carried; its files are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="concbench-", ignore_cleanup_errors=True) as folder:
        yield Luggage(Path(folder))


class Luggage:
    """A temporary folder for what has no file yet, and the folders that hosts import all else from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cells = Cells(folder)
        self.folders: list[str] = []

    @property
    def paths(self) -> tuple[str, ...]:
        """The folders that hosts import from before all others: those that this program imports from."""
        own = [folder for folder in self.folders if not is_installed(Path(folder))]
        return tuple(dict.fromkeys([str(self.folder), *own, *own_folders()]))

    def name_of(self, function: Any) -> str:
        """Return the name by which hosts find a function; raises UnfitFunction."""
        if isinstance(function, str):
            check_function(function, Path.cwd())
            self.folders += folders_of(function)
            return function
        place = place_of(function) if callable(function) else None
        if place is not None:
            self.folders += [place.folder] if place.folder is not None else []
            return place.name
        name = self.cells.name_of(function)
        if name is None:
            raise why_not(function)
        return name

    def items(self, given: Any) -> tuple[int | None, str | None]:
        """Return how many items there are, or where hosts have them from; raises UnfitItems, and UnfitFunction."""
        if given is None:
            return None, None
        if isinstance(given, int) and not isinstance(given, bool):
            if given < 1:
                raise UnfitItems(f"of {given} items there is nothing to run: give at least 1")
            return given, None
        if isinstance(given, str | os.PathLike):
            return None, self.named_items(os.fspath(given))
        if callable(given):
            return None, self.name_of(given)
        if not isinstance(given, Iterable) or isinstance(given, bytes | bytearray | Mapping):
            raise UnfitItems(f"items are no {type(given).__name__}: give a list, a count, a function, or a file's path")
        return None, self.packed(list(given))

    def named_items(self, given: str | bytes) -> str:
        """Return what a text names: a file of items, or the function that makes them; raises UnfitItems."""
        text = os.fsdecode(given)
        try:
            check_items(text, Path.cwd())
        except UnfitFunction as unfit:
            raise UnfitItems(str(unfit)) from None
        except UnfitItems as unfit:
            if text.endswith(LINES):
                raise
            raise UnfitItems(f"{unfit}; a text alone is no items: put it into a list") from None
        return str(Path(text).absolute()) if text.endswith(LINES) else self.name_of(text)

    def packed(self, values: list[Any]) -> str:
        """Write values into a file of this run's own; returns the name of the function that reads it."""
        if not values:
            raise UnfitItems("there are no items, so there is nothing to run")
        path = self.folder / "items.pickle"
        name = f"{len(values)} item{'' if len(values) == 1 else 's'}"
        try:
            path.write_bytes(self.cells.pickled(values))
        except (UnfitFunction, pickle.PicklingError, TypeError, AttributeError, RecursionError, ValueError) as error:
            raise UnfitItems(f"the items can't be pickled, and fresh interpreters need them: {error}") from error
        (self.folder / f"{GIVEN}.py").write_text(READING.format(path=str(path), name=name), encoding="utf-8")
        self.folders += [folder for folder in self.cells.folders if folder not in self.folders]
        return f"{GIVEN}:{name}"


def folders_of(*names: str | None) -> tuple[str, ...]:
    """Return the folders that own modules are imported from: those of files, the current one, and its src."""
    files = [Path(name.rpartition(":")[0]) for name in names if name is not None and f"{FILE}:" in name]
    folders = [file.absolute().parent for file in files] + [Path.cwd()]
    source = Path.cwd() / "src"
    return tuple(dict.fromkeys(map(str, [*folders, *([source] if source.is_dir() else [])])))


def own_folders() -> list[str]:
    """Return the folders that this program imports from and another interpreter would not: not the installed ones."""
    folders = [Path(entry or ".").absolute() for entry in sys.path]
    return [str(folder) for folder in folders if folder.exists() and not is_installed(folder)]


def is_installed(folder: Path) -> bool:
    """Say whether a folder belongs to this interpreter: hosts have their own, which may be of another version."""
    places = sysconfig.get_paths()
    known = [places[name] for name in ("stdlib", "platstdlib", "purelib", "platlib", "scripts")]
    found = [*known, *site.getsitepackages(), site.getusersitepackages()]
    return any(folder.resolve().is_relative_to(Path(each).resolve()) for each in found)
