"""A revision's files, or the working tree's, in a folder of their own, and commands that are run there."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from concbench.measure.containment import Containment, KeeperKilled
from concbench.measure.hosts import LEAVE

PATIENCE = 600
"""Seconds after which git has hung."""
NOT_HERE = (f"core.hooksPath={os.devnull}", "core.fsmonitor=false", "core.sparseCheckout=false")
"""Settings of a repository that a checkout is better without."""
USUAL_FORMAT = "sha1"
SHOWN = 10
"""Lines of git's complaint that are shown."""
KEPT = 2**16
"""Bytes at the end of a command's output that are kept, of maybe megabytes."""
LONGEST_LINE = 300
"""Letters of a line that are kept."""


class GitFailed(Exception):
    """Git failed; the text says at what and why."""


def toplevel(folder: Path) -> Path:
    """The root of the repository that a folder is in; raises GitFailed."""
    return Path(_git(folder, "rev-parse", "--show-toplevel"))


def commit(folder: Path, revision: str) -> str:
    """The commit that a revision names; raises GitFailed."""
    try:
        return _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except GitFailed:
        shallow = _git(folder, "rev-parse", "--is-shallow-repository") == "true"
        hint = "; the repository is shallow: fetch more of it (fetch-depth: 0, or git fetch --unshallow)"
        raise GitFailed(f"there is no revision {revision!r} in {folder}{hint if shallow else ''}") from None


def head(folder: Path) -> str | None:
    """The commit that is checked out, with `+` if files have changed since; None without any commit."""
    try:
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
        return _git(folder, "rev-parse", "HEAD") + ("+" if changed else "")
    except GitFailed:
        return None


def check_out(folder: Path, commit_id: str, into: Path, containment: Containment) -> None:
    """Put the files of a commit into a new folder: a repository of its own that borrows the objects.

    `git worktree` would leave an entry in the repository if concbench is killed; this leaves nothing there.
    Submodules are not checked out, and hooks don't run. Raises GitFailed.
    """
    common = Path(folder, _git(folder, "rev-parse", "--git-common-dir")).resolve()
    into.mkdir(parents=True)
    _git(into, "init", "--quiet", "--template=", *_object_format(folder))
    own = into / ".git"
    (own / "objects" / "info" / "alternates").write_bytes(os.fsencode(common / "objects") + b"\n")
    if (common / "shallow").exists():
        (own / "shallow").write_bytes((common / "shallow").read_bytes())
    # As the repository itself would: with its filters, line ends, and the remote of a partial clone.
    settings = [f"include.path={common / 'config'}", *NOT_HERE]
    # Contained: filters that fetch large files may take long, and nothing may outlive concbench.
    command = ["git", *(word for setting in settings for word in ("-c", setting)), "checkout", "--quiet", "--detach"]
    command.append(commit_id)
    try:
        done = run_to_its_end(containment, command, _environment(), into, PATIENCE)
    except subprocess.TimeoutExpired:
        raise GitFailed(f"git checkout did not end within {PATIENCE} s") from None
    if done.status != 0:
        raise GitFailed(_complaint("checkout", done.status, done.lines))


def _object_format(folder: Path) -> list[str]:
    """The option of `git init` that makes a repository hash as this one does, so that it can borrow from it.

    Git before 2.29 does not know the question, and echoes it.
    """
    known = _git(folder, "rev-parse", "--show-object-format")
    return [f"--object-format={known}"] if known.isalnum() and known != USUAL_FORMAT else []


def snapshot(folder: Path, commit_id: str, into: Path, containment: Containment) -> None:
    """Copy the working tree into a new folder: the commit's files with all changes, and untracked files.

    Ignored files stay out. `folder` is the root of the repository. Raises GitFailed, and OSError if a file can't be
    copied.
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
            ["git", *arguments],  # noqa: S607 - the user's git
            cwd=folder,
            env=_environment(),
            capture_output=True,
            text=True,
            errors="surrogateescape",  # as in the names of files
            timeout=PATIENCE,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise GitFailed("there is no git on this machine, which revisions need") from None
    except subprocess.TimeoutExpired:
        raise GitFailed(f"git {arguments[0]} did not end within {PATIENCE} s") from None
    if done.returncode != 0:
        raise GitFailed(_complaint(arguments[0], done.returncode, done.stderr.splitlines()))
    return done.stdout.removesuffix("\n")


def _environment() -> dict[str, str]:
    # Reading must change nothing: without locks, the index is not refreshed, and an interruption leaves no lock.
    return {**without_git(), "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}


def _complaint(what: str, code: int, lines: list[str]) -> str:
    said = "\n".join(line.strip() for line in lines[-SHOWN:] if line.strip())
    return f"git {what} failed: {said or f'exit status {code}'}"


# Commands


def without_git(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """An environment without the variables that git sets for hooks.

    They would redirect git to the hook's repository, and a version made of tags would be the wrong one.

    >>> without_git({"GIT_DIR": ".git", "HOME": "/home/me"})
    {'HOME': '/home/me'}
    """
    return {key: value for key, value in environment.items() if not key.startswith("GIT_")}


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    status: int
    """Its exit status, negative for a signal."""
    lines: list[str]
    """The last lines that it wrote."""
    left: int
    """Number of processes that it left behind, which were ended."""


def run_to_its_end(
    containment: Containment,
    command: list[str],
    environment: dict[str, str],
    folder: Path,
    patience: float | None = None,
) -> Finished:
    """Run a command in a folder, and end what it leaves running.

    Raises subprocess.TimeoutExpired after `patience` seconds.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", dir=containment.folder) as output:
        status, left = -signal.SIGKILL, 0
        with suppress(KeeperKilled):  # by the command, which was killed, too
            process = containment.start(command, environment, output, folder, stdout=output)
            grace = 0.0
            try:
                if process.stdin is not None:
                    process.stdin.close()
                status = process.wait(patience)
                grace = LEAVE  # not for the command, but for what it leaves behind
            finally:
                left = containment.end(process, grace)
        written = output.fileno()
        os.lseek(written, max(0, os.fstat(written).st_size - KEPT), os.SEEK_SET)
        return Finished(status, _last_lines(os.read(written, KEPT)), left)


def _last_lines(said: bytes) -> list[str]:
    """The last lines of an output, each cropped to a length that can be shown.

    >>> _last_lines(b"one" + 400 * b"!")[0][-5:]
    '!!! …'
    """
    lines = said.decode(errors="replace").splitlines()
    return [line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} …" for line in lines]
