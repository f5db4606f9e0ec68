"""Files beside a person's function that hide modules which hosts need: the standard library's, and concbench itself."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import BuiltinImporter, FrozenImporter, all_suffixes
from pathlib import Path

import concbench

OWN = Path(concbench.__file__).parent
"""Where concbench is: a folder that holds it hides nothing."""


def hiding(folders: Iterable[str]) -> dict[str, Path]:
    """Return the files that hosts, which import from some folders first, get in the place of a module, by its name.

    What an interpreter has built in or frozen can't be hidden.

    >>> hiding([])
    {}
    """
    found: dict[str, Path] = {}
    for folder in folders:
        for name, path in modules_in(Path(folder)):
            if name not in found and (name in sys.stdlib_module_names or name == OWN.name) and can_be_hidden(name):
                found[name] = path
    if found.get(OWN.name, OWN).resolve() == OWN.resolve():
        found.pop(OWN.name, None)
    return found


def modules_in(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the modules and packages in a folder, each with its file or folder; none where it can't be read."""
    suffixes = sorted(all_suffixes(), key=len, reverse=True)  # .cpython-313-x86_64-linux-gnu.so before .so
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        suffix = next((each for each in suffixes if entry.name.endswith(each)), None)
        if suffix is not None:
            yield entry.name.removesuffix(suffix), entry
        elif (entry / "__init__.py").is_file():
            yield entry.name, entry


def can_be_hidden(name: str) -> bool:
    """Say whether an interpreter looks for a module in folders.

    >>> can_be_hidden("sys"), can_be_hidden("os"), can_be_hidden("types")
    (False, False, True)
    """
    return all(finder.find_spec(name) is None for finder in (BuiltinImporter, FrozenImporter))


def hidden(paths: Sequence[Path]) -> str:
    """Return the sentence on files that hide modules.

    >>> hidden([Path("/home/me/types.py")])
    "types.py in /home/me hides the standard library's module of that name: rename it"
    >>> hidden([Path("/home/me/json.py"), Path("/home/me/types")])
    "json.py and types in /home/me hide the standard library's modules of those names: rename them"
    """
    if [path.stem for path in paths] == [OWN.name]:
        return f"{paths[0].name} in {paths[0].parent} hides concbench itself: rename it"
    *others, last = [path.name for path in paths]
    names = f"{', '.join(others)} and {last}" if others else last
    folders = " and ".join(dict.fromkeys(str(path.parent) for path in paths))
    if others:
        return f"{names} in {folders} hide the standard library's modules of those names: rename them"
    return f"{names} in {folders} hides the standard library's module of that name: rename it"
