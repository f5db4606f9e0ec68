"""What benchmarks of whole commands share: a user's project as a git repository with a gate, and files of results."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

CONCBENCH = str(Path(sys.executable).with_name("concbench"))
GATED = """\
[[cases]]
name = "{name}"
workload = "{workload}"
tasks = {tasks}
strategies = ["{strategy}"]
"""


def write_gate(folder: Path, name: str, workload: str, tasks: int, strategy: str, workers: int | None = None) -> None:
    """Make a folder a git repository with a gate of one case; nothing is committed yet."""
    gated = GATED.format(name=name, workload=workload, tasks=tasks, strategy=strategy)
    (folder / "concbench.toml").write_text(gated + (f"workers = {workers}\n" if workers else ""))
    git(folder, "init", "--quiet")


def commit(folder: Path, message: str) -> None:
    """Commit all files."""
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=a", "-c", "user.email=a@example.invalid", "commit", "--quiet", "--message", message)


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder."""
    subprocess.run(["git", *arguments], cwd=folder, check=True, stdout=sys.stderr)


def add_line(file: Path, line: dict[str, Any]) -> None:
    """Add a line of JSON to a file, so that a long measurement can be made in pieces."""
    with file.open("a") as lines:
        lines.write(json.dumps(line) + "\n")


def read_lines(file: Path) -> list[dict[str, Any]]:
    """The lines of such a file."""
    return [json.loads(line) for line in file.read_text().splitlines()]
