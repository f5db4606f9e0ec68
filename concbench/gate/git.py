"""What a gate asks of git: which revision, and its files in a folder of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from concbench.gate.running import run_to_its_end, without_git
from concbench.measure.containment import Containment

PATIENCE = 600
"""Seconds after which git has hung."""
NOT_HERE = (f"core.hooksPath={os.devnull}", "core.fsmonitor=false", "core.sparseCheckout=false")
"""Of a repository's settings, those that a check out is better without."""
USUAL_FORMAT = "sha1"
SHOWN = 10
"""Lines of what git complains of that are shown."""


class GitFailed(Exception):
    """Git could not do what was asked; the text says what and why."""


def toplevel(folder: Path) -> Path:
    """Return the root of the repository that a folder is in; raises GitFailed."""
    return Path(_git(folder, "rev-parse", "--show-toplevel"))


def commit(folder: Path, revision: str) -> str:
    """Return the commit that a revision names; raises GitFailed."""
    try:
        return _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except GitFailed:
        shallow = _git(folder, "rev-parse", "--is-shallow-repository") == "true"
        hint = "; the repository is shallow: fetch more of it (fetch-depth: 0, or git fetch --unshallow)"
        raise GitFailed(f"there is no revision {revision!r} in {folder}{hint if shallow else ''}") from None


def head(folder: Path) -> str | None:
    """Return the commit that is checked out, with `+` where files have changed since; None without any commit."""
    try:
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
        return _git(folder, "rev-parse", "HEAD") + ("+" if changed else "")
    except GitFailed:
        return None


def check_out(folder: Path, commit_id: str, into: Path, containment: Containment) -> None:
    """Put the files of a commit into a new folder, as a repository of its own that borrows the objects.

    `git worktree` would leave an entry in the repository when concbench is killed; this leaves nothing there.
    Submodules are not checked out, and hooks don't run. Raises GitFailed.
    """
    common = Path(folder, _git(folder, "rev-parse", "--git-common-dir")).resolve()
    into.mkdir(parents=True)
    _git(into, "init", "--quiet", "--template=", *_object_format(folder))
    own = into / ".git"
    (own / "objects" / "info" / "alternates").write_bytes(os.fsencode(common / "objects") + b"\n")
    if (common / "shallow").exists():
        (own / "shallow").write_bytes((common / "shallow").read_bytes())
    # As the repository itself would: with its filters, its line ends, and its remote where a clone lacks objects.
    settings = [f"include.path={common / 'config'}", *NOT_HERE]
    # Contained: filters may take long, as those do that fetch large files, and nothing is to outlive concbench.
    command = ["git", *(word for setting in settings for word in ("-c", setting)), "checkout", "--quiet", "--detach"]
    command.append(commit_id)
    try:
        done = run_to_its_end(containment, command, _environment(), into, PATIENCE)
    except subprocess.TimeoutExpired:
        raise GitFailed(f"git checkout did not end within {PATIENCE} s") from None
    if done.status != 0:
        raise GitFailed(_complaint("checkout", done.status, done.lines))


def _object_format(folder: Path) -> list[str]:
    """Return the option of `git init` for a repository that borrows from this one: both must hash by the same function.

    Git before 2.29 does not know the question, and repeats it.
    """
    known = _git(folder, "rev-parse", "--show-object-format")
    return [f"--object-format={known}"] if known.isalnum() and known != USUAL_FORMAT else []


def snapshot(folder: Path, commit_id: str, into: Path, containment: Containment) -> None:
    """Put the working tree as it is into a new folder: the commit's files with all changes, and what is not ignored.

    `folder` is the root of the repository. Raises GitFailed, and OSError where a file can't be copied.
    """
    check_out(folder, commit_id, into, containment)
    changed = _git(folder, "diff", "--name-only", "--no-renames", "-z", commit_id).split("\0")
    added = _git(folder, "ls-files", "--others", "--exclude-standard", "-z").split("\0")
    for name in filter(None, changed):
        if (into / name).is_symlink() or not (into / name).is_dir():
            (into / name).unlink(missing_ok=True)
    for name in filter(None, [*changed, *added]):
        source, target = folder / name, into / name
        if source.is_symlink() or source.is_file():  # and no submodule, nor a repository within this one
            if target.is_dir() and not target.is_symlink():
                shutil.rmtree(target)  # a file is now where a folder was
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments],  # noqa: S607 - the git that a person has
            cwd=folder,
            env=_environment(),
            capture_output=True,
            text=True,
            errors="surrogateescape",  # as the names of files have it
            timeout=PATIENCE,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise GitFailed("there is no git on this machine, and revisions need it") from None
    except subprocess.TimeoutExpired:
        raise GitFailed(f"git {arguments[0]} did not end within {PATIENCE} s") from None
    if done.returncode != 0:
        raise GitFailed(_complaint(arguments[0], done.returncode, done.stderr.splitlines()))
    return done.stdout.removesuffix("\n")


def _environment() -> dict[str, str]:
    # To look must change nothing: without locks, the index is not refreshed, and no lock is left by an interruption.
    return {**without_git(), "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}


def _complaint(what: str, code: int, lines: list[str]) -> str:
    said = "\n".join(line.strip() for line in lines[-SHOWN:] if line.strip())
    return f"git {what} failed: {said or f'exit status {code}'}"
