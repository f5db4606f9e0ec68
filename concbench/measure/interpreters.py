"""The interpreters of hosts: where they are, what they are called, how they find concbench, and what hides modules."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.machinery import BuiltinImporter, FrozenImporter, all_suffixes
from pathlib import Path

import concbench
from concbench.host.interpreter import build

PATIENCE = 60
"""Seconds for an interpreter to report its version."""
PACKAGE = Path(concbench.__file__).parent
BUILD = PACKAGE / "host" / "interpreter.py"
"""The script by which an interpreter reports its build."""


@contextmanager
def import_path_for(*pythons: str, inside: Path | None = None) -> Iterator[str | None]:
    """The PYTHONPATH by which these interpreters import concbench, None if there is only the one that runs this.

    The folder that concbench is installed in also holds libraries built for this interpreter. So a temporary folder,
    made `inside` another or the system's, holds the package alone: as a link, or as a copy where links need privileges
    (Windows).
    """
    if set(pythons) <= {sys.executable}:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="concbench-", dir=inside) as folder:
        link = Path(folder, PACKAGE.name)
        try:
            link.symlink_to(PACKAGE, target_is_directory=True)
        except OSError:
            shutil.copytree(PACKAGE, link, ignore=shutil.ignore_patterns("__pycache__"))
        yield folder


class NoInterpreter(Exception):
    """An interpreter does not exist or does not run; the text says which, and why."""


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """An interpreter that cases are measured under."""

    name: str
    """Its name in tables, such as `3.13t`."""
    python: str
    """Its path."""
    version: str
    """Such as `3.13.5`, or `3.13.5t` for a free-threaded build."""
    given: str
    """As the user named it."""
    implementation: str = "CPython"
    debug: bool = False
    """Whether it is a debug build, several times slower than a release build."""
    optimized: bool | None = None
    """Whether its build was profile-guided; None where that is unknown."""
    free_threaded: bool = False
    """Whether it can run without the GIL."""
    gil: bool = True
    """Whether the GIL is on, which is possible in a free-threaded build, too."""
    jit: bool | None = None
    """Whether the JIT is on; None: it has none."""
    start_method: str = ""
    """The default start method of its processes."""


def interpreters(given: Sequence[str]) -> tuple[Interpreter, ...]:
    """Find the interpreters that the user named, each with a short name of its own; raises NoInterpreter.

    One text may name several: `python3.13,python3.14`.
    """
    named = dict.fromkeys(part for text in given for part in listed_pythons(text))
    found = [interpreter(python=located(name), given=name) for name in named]
    names = short_names([each.version for each in found])
    return tuple(replace(each, name=name) for name, each in zip(names, found, strict=True))


def interpreter(*, python: str, given: str, name: str = "") -> Interpreter:
    """Ask an interpreter what it is; raises NoInterpreter."""
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}  # otherwise that of hosts: a variable may turn the GIL on
    try:
        done = subprocess.run(
            [python, str(BUILD)], capture_output=True, timeout=PATIENCE, stdin=subprocess.DEVNULL, env=environment
        )
        reported = json.loads(done.stdout.splitlines()[-1])  # after whatever site prints
        return Interpreter(name=name, python=python, given=given, **reported)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoInterpreter(f"{python} does not run: {error}") from None
    except (ValueError, IndexError, TypeError):
        raise NoInterpreter(f"{python} is not a Python interpreter: it reported no version") from None


def own_interpreter() -> Interpreter:
    """The interpreter that concbench itself runs on; it has no name, because the user did not name it."""
    return Interpreter(name="", python=sys.executable, given="", **build())


def concerns(found: Sequence[Interpreter]) -> list[str]:
    """Warnings of builds that are slow, or that differ in more than their version."""
    warnings = [
        f"{each.name} is a debug build: several times slower than a release build, and not uniformly"
        for each in found
        if each.debug
    ]
    without = [each.name for each in found if each.optimized is False]
    others = [each.name for each in found if each.optimized is not False]
    if without and others:
        known = "unlike" if any(each.optimized for each in found) else "perhaps unlike"
        verb = "was" if len(without) == 1 else "were"
        warnings.append(
            f"{' and '.join(without)} {verb} built without --enable-optimizations, {known} {' and '.join(others)}: "
            "that may explain part of the difference"
        )
    return warnings


def listed_pythons(text: str) -> list[str]:
    """The interpreters that a text names; a path may have commas, too.

    >>> listed_pythons("python3.13, python3.14")
    ['python3.13', 'python3.14']
    """
    if Path(text).expanduser().exists():
        return [text]
    return [part.strip() for part in text.split(",") if part.strip()] or [text]


def short_names(versions: Sequence[str]) -> list[str]:
    """Versions without the last number where that still distinguishes them, and with a count where nothing does."""
    short = [".".join(version.split(".")[:2]) + ("t" if version.endswith("t") else "") for version in versions]
    times = Counter(short)
    names = [name if times[name] == 1 else version for name, version in zip(short, versions, strict=True)]
    seen: Counter[str] = Counter()
    for at, name in enumerate(names):
        seen[name] += 1
        if seen[name] > 1:
            names[at] = f"{name} ({seen[name]})"
    return names


def located(python: str) -> str:
    """The path of an interpreter given by path, by the folder of its environment, or by name; raises NoInterpreter."""
    path = Path(python).expanduser()
    for inside in ("bin/python", "Scripts/python.exe"):
        if (path / inside).exists():
            return str((path / inside).absolute())
    if path.is_file():
        return str(path.absolute())
    on_path = shutil.which(python)
    if on_path is None:
        raise NoInterpreter(f"there is no interpreter {python!r}: give its path, or a name on PATH")
    return on_path


# Files that hide modules


def hidden_modules(folders: Iterable[str]) -> dict[str, Path]:
    """Files in folders that hosts import from first, by the name of the module that each would hide.

    These are modules of the standard library, except those built in or frozen, and concbench itself.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        for name, path in _modules_in(Path(folder)):
            if name not in found and (name in sys.stdlib_module_names or name == PACKAGE.name) and _can_be_hidden(name):
                found[name] = path
    if found.get(PACKAGE.name, PACKAGE).resolve() == PACKAGE.resolve():
        found.pop(PACKAGE.name, None)
    return found


def _modules_in(folder: Path) -> Iterator[tuple[str, Path]]:
    """The modules and packages in a folder, each with its file or folder; none where it can't be read."""
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


def _can_be_hidden(name: str) -> bool:
    """Whether interpreters look for a module in folders.

    >>> _can_be_hidden("sys"), _can_be_hidden("os"), _can_be_hidden("types")
    (False, False, True)
    """
    return all(finder.find_spec(name) is None for finder in (BuiltinImporter, FrozenImporter))


def hidden_modules_error(paths: Sequence[Path]) -> str:
    """The error about files that hide modules.

    >>> hidden_modules_error([Path("/home/me/types.py")])
    'types.py in /home/me hides a module of the standard library: rename it'
    >>> hidden_modules_error([Path("/home/me/json.py"), Path("/home/me/types")])
    'json.py and types in /home/me hide modules of the standard library: rename them'
    """
    if [path.stem for path in paths] == [PACKAGE.name]:
        return f"{paths[0].name} in {paths[0].parent} hides concbench itself: rename it"
    *others, last = [path.name for path in paths]
    folders = " and ".join(dict.fromkeys(str(path.parent) for path in paths))
    if others:
        return f"{', '.join(others)} and {last} in {folders} hide modules of the standard library: rename them"
    return f"{last} in {folders} hides a module of the standard library: rename it"
