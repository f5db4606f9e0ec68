"""Interpreters that are not concbench's own: where they are, what they are called, and how they find concbench."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import concbench
from concbench.host.build import build

PATIENCE = 60
"""Seconds within which an interpreter says its version."""
PACKAGE = Path(concbench.__file__).parent
BUILD = PACKAGE / "host" / "build.py"
"""What an interpreter runs to say which build it is."""


@contextmanager
def import_path_for(*pythons: str, inside: Path | None = None) -> Iterator[str | None]:
    """Yield what PYTHONPATH must be for some interpreters to import concbench, or None for the one that runs this.

    The folder that concbench is installed in would do, but it also holds libraries built for this interpreter. So a
    temporary folder, `inside` another or the system's, points to the package alone: by a link, or as a copy where links
    need privileges (Windows).
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
    """There is no interpreter under a name, or it does not run; the text says which, and why."""


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """An interpreter that cases are measured under."""

    name: str
    """What its rows are called by, as `3.13t`."""
    python: str
    """Its path."""
    version: str
    """As `3.13.5`, or `3.13.5t` for a free-threaded build."""
    given: str
    """What a person called it."""
    implementation: str = "CPython"
    debug: bool = False
    """Whether it was built with its own checks, which make it several times as slow."""
    optimized: bool | None = None
    """Whether its build was guided by a profile; None where nobody knows."""
    free_threaded: bool = False
    """Whether it was built to run without the GIL."""
    gil: bool = True
    """Whether it has one, as a free-threaded build can, too."""
    jit: bool | None = None
    """Whether it compiles hot code to machine code; None: it can't."""
    start_method: str = ""
    """How its processes are started where nobody says."""


def interpreters(given: Sequence[str]) -> tuple[Interpreter, ...]:
    """Return the interpreters that are meant, each with a short name of its own; raises NoInterpreter."""
    found = [interpreter(python=located(name), given=name) for name in dict.fromkeys(given)]
    names = short_names([each.version for each in found])
    return tuple(replace(each, name=name) for name, each in zip(names, found, strict=True))


def interpreter(*, python: str, given: str, name: str = "") -> Interpreter:
    """Return what an interpreter says of itself; raises NoInterpreter."""
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}  # all else is as hosts have it: a variable may turn the GIL on
    try:
        done = subprocess.run(
            [python, str(BUILD)], capture_output=True, timeout=PATIENCE, stdin=subprocess.DEVNULL, env=environment
        )
        said = json.loads(done.stdout.splitlines()[-1])  # what a site prints as it starts comes before
        return Interpreter(name=name, python=python, given=given, **said)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoInterpreter(f"{python} does not run: {error}") from None
    except (ValueError, IndexError, TypeError):
        raise NoInterpreter(f"{python} is no Python interpreter: it says no version") from None


def own_interpreter() -> Interpreter:
    """Return the one that concbench itself runs on, which has no name as it was not given.

    >>> own_interpreter().python == sys.executable
    True
    """
    return Interpreter(name="", python=sys.executable, given="", **build())


def concerns(found: Sequence[Interpreter]) -> list[str]:
    """Return what is to be said of builds that are slow, or that differ in more than their version.

    >>> one, other = (Interpreter(name=name, python="", version=name, given=name) for name in ("3.13", "3.14"))
    >>> concerns([replace(one, optimized=False), replace(other, optimized=True)])
    ['3.13 was built without --enable-optimizations, unlike 3.14: a part of what differs may be that']
    """
    said = [
        f"{each.name} is a debug build: several times as slow as others, and not everywhere alike"
        for each in found
        if each.debug
    ]
    without = [each.name for each in found if each.optimized is False]
    others = [each.name for each in found if each.optimized is not False]
    if without and others:
        known = "unlike" if any(each.optimized for each in found) else "perhaps unlike"
        verb = "was" if len(without) == 1 else "were"
        said.append(
            f"{' and '.join(without)} {verb} built without --enable-optimizations, {known} {' and '.join(others)}: "
            "a part of what differs may be that"
        )
    return said


def short_names(versions: Sequence[str]) -> list[str]:
    """Return versions without the last number where that is enough to tell them apart, and with a count where none is.

    >>> short_names(["3.13.5", "3.13.5t", "3.14.0"]), short_names(["3.13.0", "3.13.5", "3.13.5"])
    (['3.13', '3.13t', '3.14'], ['3.13.0', '3.13.5', '3.13.5 (2)'])
    """
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
    """Return the path of an interpreter, given as a path, as the folder of an environment, or by name.

    Raises NoInterpreter where there is none.
    """
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
