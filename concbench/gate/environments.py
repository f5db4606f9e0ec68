"""The environments of a gate's sides: a checkout, an interpreter and a set-up, each ready to start hosts."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from concbench.gate.checkout import (
    GitFailed,
    check_out,
    commit,
    head,
    run_to_its_end,
    snapshot,
    toplevel,
    without_git,
)
from concbench.measure.containment import Containment, left_behind
from concbench.measure.interpreters import Interpreter, NoInterpreter, interpreter, located
from concbench.measure.plan import Launch
from concbench.model.run import Side

BASE, HEAD = "base", "head"
SOURCES = ("src", ".")
"""Folders of a checkout that hosts import from if they exist, in this order."""
SHOWN = 20
"""Lines of a failed set-up's output that are shown."""


class SideFailed(Exception):
    """A side could not be prepared; the text says which, and why."""


@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """What `concbench check` is asked to compare."""

    folder: Path
    """The working folder."""
    against: str | None = None
    """A revision to compare the working tree with; None: both sides have the same files."""
    setup: str | None = None
    """A command that prepares a side in its own environment."""
    base_python: str | None = None
    head_python: str | None = None
    alone: bool = False
    """Whether only the head is measured."""
    folders: tuple[Path, ...] = ()
    """Folders of the files that functions are in. Outside the working tree, both sides share them."""


@dataclass(frozen=True)
class PreparedSide:
    """A side that can be measured."""

    side: Side
    launch: Launch
    interpreter: Interpreter
    left_by_setup: int = 0
    """Number of processes that its set-up left running; they were ended."""


def setup_warnings(ready: Mapping[str, PreparedSide]) -> tuple[str, ...]:
    """A warning for each side whose set-up left processes running."""
    left = {name: each.left_by_setup for name, each in ready.items() if each.left_by_setup}
    return tuple(left_behind(f"--setup of {name}", number) for name, number in left.items())


def prepare_sides(
    asked: CheckOptions, containment: Containment, announce: Callable[[str], None]
) -> dict[str, PreparedSide]:
    """Check out and prepare both sides, and return them by name; their files are in the containment's folder.

    Raises SideFailed and GitFailed. `announce` is called with each step.
    """
    root = _root_of(asked)
    trees = {BASE: root, HEAD: root}
    revisions = {BASE: head(root), HEAD: head(root)}
    about = {BASE: asked.base_python or "this interpreter", HEAD: asked.head_python or "this interpreter"}
    if asked.against is not None:
        revision = commit(root, asked.against)
        trees[BASE] = containment.folder / "base"
        announce(f"checking out {asked.against}")
        check_out(root, revision, trees[BASE], containment)
        revisions[BASE] = revision
        about = {BASE: asked.against, HEAD: "the working tree"}
    if asked.setup is not None and revisions[HEAD] is not None:
        # A set-up leaves what it builds in the tree, which must not be the user's own.
        for name in (HEAD,) if asked.alone else (BASE, HEAD):
            if trees[name] == root:
                trees[name] = containment.folder / name
                try:
                    snapshot(root, str(revisions[name]).removesuffix("+"), trees[name], containment)
                except OSError as error:
                    raise SideFailed(f"{name}: the working tree can't be copied for --setup: {error}") from None
    ready = {}
    for name, chosen in ((BASE, asked.base_python), (HEAD, asked.head_python)):
        if name == BASE and asked.alone:
            continue
        python = python_path(chosen, name)
        environment = {"PYTHONPYCACHEPREFIX": str(containment.folder / f"compiled-{name}")}
        if chosen is not None:
            environment |= _first_on_path(python, containment.folder / f"python-{name}")
        files = [str(_in_tree(folder, root, trees[name])) for folder in asked.folders]
        paths: tuple[str, ...] = tuple(dict.fromkeys([*files, *sources(trees[name])]))
        left = 0
        if asked.setup is not None:
            announce(f"preparing {name}")
            beside = [*sources(trees[name]), *files]
            python, left = _set_up(name, asked.setup, python, trees[name], containment, beside)
            environment |= _activated(python)
            paths = ()
        inside = _in_tree(asked.folder, root, trees[name])
        if trees[name] != root:
            with suppress(FileExistsError, NotADirectoryError):  # it was a file then
                inside.mkdir(parents=True, exist_ok=True)  # so that a relative path leads to the same on both sides
        launch = Launch(
            python=python,
            paths=paths,
            folder=inside if inside.is_dir() else trees[name],
            environment=environment,
        )
        interpreter_ = described(python, name)
        side = Side(name=name, revision=revisions[name], python=interpreter_.version, about=about[name])
        ready[name] = PreparedSide(side, launch, interpreter_, left)
    return ready


def _root_of(asked: CheckOptions) -> Path:
    """The root of the repository; without one and without a revision, the folder itself."""
    try:
        return toplevel(asked.folder)
    except GitFailed:
        if asked.against is not None:
            raise
        return asked.folder


def _in_tree(folder: Path, root: Path, tree: Path) -> Path:
    """The counterpart of a folder of the working tree in another tree; a folder outside stays the same.

    >>> _in_tree(Path("/home/me/jobs"), Path("/home/me"), Path("/tmp/base")).as_posix()
    '/tmp/base/jobs'
    """
    return tree / folder.relative_to(root) if folder.is_relative_to(root) else folder


def sources(tree: Path) -> tuple[str, ...]:
    """The folders of a checkout that hosts import from."""
    return tuple(str((tree / source).resolve()) for source in SOURCES if (tree / source).is_dir())


def python_path(python: str | None, name: str) -> str:
    """The path of an interpreter, given as a path, the folder of an environment, or a name; raises SideFailed."""
    try:
        return sys.executable if python is None else located(python)
    except NoInterpreter as error:
        raise SideFailed(f"--{name}-python: {error}") from None


def described(python: str, name: str) -> Interpreter:
    """Ask the interpreter of a side what it is; raises SideFailed without an answer."""
    try:
        return interpreter(python=python, given=python, name=name)
    except NoInterpreter as error:
        raise SideFailed(f"--{name}-python: {error}") from None


def _set_up(
    name: str, setup: str, python: str, tree: Path, containment: Containment, beside: Sequence[str]
) -> tuple[str, int]:
    """Create a virtual environment for a side, and run the set-up in it; raises SideFailed.

    It imports from the folders `beside`, too, after what is installed. Returns its interpreter, and the number of
    processes that the set-up left behind, which were ended.
    """
    folder = containment.folder / f"environment-{name}"
    making = [python, "-I", "-m", "venv", str(folder)]
    made = run_to_its_end(containment, making, without_git(), containment.folder)
    if made.status != 0:
        raise SideFailed(f"no environment could be created for {name} with {python}:\n{_last(made.lines)}")
    inside = str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    # For what is not installed, such as benchmarks beside a package.
    site = Path(
        subprocess.run(
            [inside, "-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    )
    (site / "concbench-tree.pth").write_text("".join(f"{path}\n" for path in beside), encoding="utf-8")
    # All output goes to stderr, so that a background process can't keep the shell's stdout open.
    shell = ["cmd", "/c", setup] if os.name == "nt" else ["/bin/sh", "-c", f"exec >&2; {setup}"]
    done = run_to_its_end(containment, shell, {**without_git(), **_activated(inside)}, tree)
    if done.status != 0:
        raise SideFailed(f"--setup ended with exit status {done.status} for {name}:\n{_last(done.lines)}")
    return inside, done.left


def _last(lines: list[str]) -> str:
    return "\n".join(f"  {line}" for line in lines[-SHOWN:])


def _first_on_path(python: str, folder: Path) -> dict[str, str]:
    """The variables by which `python` is this interpreter; a new folder has scripts that start it where it needs them.

    One that belongs to no environment may be called `python3.13` only, and its folder may hold another `python`.
    """
    if (Path(python).parent.parent / "pyvenv.cfg").is_file() or os.name == "nt":
        return _activated(python)
    folder.mkdir()
    for word in ("python", "python3"):
        script = folder / word
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(python)} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    return {"PATH": _path_after(folder)}


def _path_after(folder: Path) -> str:
    return os.pathsep.join([str(folder), *filter(None, [os.environ.get("PATH")])])


def _activated(python: str) -> dict[str, str]:
    """The variables of an activated environment."""
    scripts = Path(python).parent
    return {"VIRTUAL_ENV": str(scripts.parent), "PATH": _path_after(scripts)}
