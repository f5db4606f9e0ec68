"""Small git repositories with something to gate: a function that changes from commit to commit."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

CONFIGURATION = "concbench.toml"


class Repository:
    """A repository in a folder of its own, whatever the tests run in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def new(cls, folder: Path, *options: str) -> Repository:
        folder.mkdir(parents=True)
        repository = cls(folder)
        repository.git("init", "--quiet", "--initial-branch=main", *options)
        repository.git("config", "user.name", "Somebody")
        repository.git("config", "user.email", "somebody@example.org")
        return repository

    def git(self, *arguments: str) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def commit(self, files: Mapping[str, str]) -> str:
        """Write the files, commit all that is there, and return the commit's id."""
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a change")
        return self.git("rev-parse", "HEAD")

    def state(self) -> dict[str, object]:
        """All that could be left in it: files, folders and their contents in .git, worktrees, changes."""
        inside = Path(self.folder, self.git("rev-parse", "--git-common-dir"))
        files = {str(path): path.read_bytes() if path.is_file() else b"" for path in sorted(inside.rglob("*"))}
        return {
            "files": files,
            "worktrees": self.git("worktree", "list", "--porcelain"),
            "status": self.git("--no-optional-locks", "status", "--porcelain", "--ignored"),
        }


def changed(folder: Path, before: Mapping[str, str], after: Mapping[str, str], *options: str) -> Repository:
    """A repository of two commits: HEAD~1 has files as they were before a change, and HEAD as they are after it.

    `options` are those of `git init`.
    """
    repository = Repository.new(folder, *options)
    repository.commit(before)
    repository.commit(after)
    return repository


def quick_environments(folder: Path) -> Path:
    """An interpreter whose virtual environments are made at once, because they are made without pip."""
    script = folder / "python-without-pip"
    script.write_text(
        f'#!/bin/sh\ncase "$*" in *" venv "*) set -- "$@" --without-pip ;; esac\nexec {sys.executable} "$@"\n'
    )
    script.chmod(0o755)
    return script
