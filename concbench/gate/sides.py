"""The two sides of a gate: a revision and the working tree, or two interpreters, each ready to start hosts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from concbench.gate.git import GitFailed, check_out, commit, head, snapshot, toplevel
from concbench.gate.running import run_to_its_end, without_git
from concbench.measure.containment import Containment
from concbench.measure.interpreters import Interpreter, NoInterpreter, interpreter, located
from concbench.measure.plan import Launch
from concbench.model import Side

BASE, HEAD = "base", "head"
SOURCES = ("src", ".")
"""Folders of a checkout that hosts import from, where they are there: the first of them first."""
SHOWN = 20
"""Lines of a failed set-up's output that are shown."""


class SideFailed(Exception):
    """A side could not be made ready; the text says which, and why."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a person wants compared."""

    folder: Path
    """Where concbench was called."""
    against: str | None = None
    """A revision to compare the working tree with; None: the same files on both sides."""
    setup: str | None = None
    """A command that prepares a side, in an environment of its own."""
    base_python: str | None = None
    head_python: str | None = None
    alone: bool = False
    """Whether only the head is wanted."""
    folders: tuple[Path, ...] = ()
    """Of the working tree: those of files that functions are in. What lies outside is the same on both sides."""


@dataclass(frozen=True)
class Ready:
    """A side that can be measured."""

    side: Side
    launch: Launch
    interpreter: Interpreter
    left_by_setup: int = 0
    """Processes that were still running when its set-up had ended; they were ended, too."""


def make_ready(asked: Asked, containment: Containment, tell: Callable[[str], None]) -> dict[str, Ready]:
    """Check out, prepare, and return both sides by name; their files are in the containment's folder.

    Raises SideFailed and GitFailed. `tell` hears what is being done.
    """
    root = root_of(asked)
    trees = {BASE: root, HEAD: root}
    revisions = {BASE: head(root), HEAD: head(root)}
    about = {BASE: asked.base_python or "this interpreter", HEAD: asked.head_python or "this interpreter"}
    if asked.against is not None:
        revision = commit(root, asked.against)
        trees[BASE] = containment.folder / "base"
        tell(f"checking out {asked.against}")
        check_out(root, revision, trees[BASE], containment)
        revisions[BASE] = revision
        about = {BASE: asked.against, HEAD: "the working tree"}
    if asked.setup is not None and revisions[HEAD] is not None:
        # A set-up leaves what it builds in the tree; it shall not be a person's own.
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
        python = found(chosen, name)
        environment = {"PYTHONPYCACHEPREFIX": str(containment.folder / f"compiled-{name}")}
        files = [str(in_tree(folder, root, trees[name])) for folder in asked.folders]
        paths: tuple[str, ...] = tuple(dict.fromkeys([*files, *sources(trees[name])]))
        left = 0
        if asked.setup is not None:
            tell(f"preparing {name}")
            beside = [*sources(trees[name]), *files]
            python, left = prepared(name, asked.setup, python, trees[name], containment, beside)
            environment |= activated(python)
            paths = ()
        inside = in_tree(asked.folder, root, trees[name])
        if trees[name] != root:
            with suppress(FileExistsError, NotADirectoryError):  # it was a file then
                inside.mkdir(parents=True, exist_ok=True)  # so that a relative path leads to the same on both sides
        launch = Launch(
            python=python,
            paths=paths,
            folder=inside if inside.is_dir() else trees[name],
            environment=environment,
        )
        asked_for = asked_of(python, name)
        side = Side(name=name, revision=revisions[name], python=asked_for.version, about=about[name])
        ready[name] = Ready(side, launch, asked_for, left)
    return ready


def root_of(asked: Asked) -> Path:
    """Return the root of the repository; or the folder itself, where no revision is asked for and it is in none."""
    try:
        return toplevel(asked.folder)
    except GitFailed:
        if asked.against is not None:
            raise
        return asked.folder


def in_tree(folder: Path, root: Path, tree: Path) -> Path:
    """Return what a folder of the working tree is in another one; what lies outside stays where it is.

    >>> in_tree(Path("/home/me/jobs"), Path("/home/me"), Path("/tmp/base")).as_posix()
    '/tmp/base/jobs'
    """
    return tree / folder.relative_to(root) if folder.is_relative_to(root) else folder


def sources(tree: Path) -> tuple[str, ...]:
    """Return the folders of a checkout that hosts import from."""
    return tuple(str((tree / source).resolve()) for source in SOURCES if (tree / source).is_dir())


def found(python: str | None, name: str) -> str:
    """Return the path of an interpreter, given as a path, as the folder of an environment, or by name.

    Raises SideFailed where there is none.
    """
    try:
        return sys.executable if python is None else located(python)
    except NoInterpreter as error:
        raise SideFailed(f"--{name}-python: {error}") from None


def asked_of(python: str, name: str) -> Interpreter:
    """Return what the interpreter of a side says of itself; raises SideFailed where it says nothing."""
    try:
        return interpreter(python=python, given=python, name=name)
    except NoInterpreter as error:
        raise SideFailed(f"--{name}-python: {error}") from None


def prepared(
    name: str, setup: str, python: str, tree: Path, containment: Containment, beside: Sequence[str]
) -> tuple[str, int]:
    """Make a virtual environment for a side, and run the set-up in it; raises SideFailed.

    It imports from the folders `beside`, too, after all that is installed in it. Returns its interpreter, and how many
    processes the set-up left behind, which were ended.
    """
    folder = containment.folder / f"environment-{name}"
    making = [python, "-I", "-m", "venv", str(folder)]
    made = run_to_its_end(containment, making, without_git(), containment.folder)
    if made.status != 0:
        raise SideFailed(f"no environment could be made for {name} with {python}:\n{_last(made.lines)}")
    inside = str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    # What is not installed, as benchmarks beside a package.
    site = Path(
        subprocess.run(
            [inside, "-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    )
    (site / "concbench-tree.pth").write_text("".join(f"{path}\n" for path in beside), encoding="utf-8")
    # All goes to stderr, so that the shell has nothing open that a process in the background would keep open.
    shell = ["cmd", "/c", setup] if os.name == "nt" else ["/bin/sh", "-c", f"exec >&2; {setup}"]
    done = run_to_its_end(containment, shell, {**without_git(), **activated(inside)}, tree)
    if done.status != 0:
        raise SideFailed(f"--setup ended with exit status {done.status} for {name}:\n{_last(done.lines)}")
    return inside, done.left


def _last(lines: list[str]) -> str:
    return "\n".join(f"  {line}" for line in lines[-SHOWN:])


def activated(python: str) -> dict[str, str]:
    """Return what an activated environment adds to the system's environment."""
    scripts = Path(python).parent
    path = os.pathsep.join([str(scripts), *filter(None, [os.environ.get("PATH")])])
    return {"VIRTUAL_ENV": str(scripts.parent), "PATH": path}
