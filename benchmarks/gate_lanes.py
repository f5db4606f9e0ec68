"""How a gate judges how a program uses its workers: green over identical code, red where dispatch or stragglers grow.

    python -m benchmarks.gate_lanes --times 10

makes small git repositories in a temporary folder, each with a program that maps over 2,000 items with a pool of two
processes, in chunks of 100, and gates its utilisation and its dispatch share. It runs `concbench check --against
HEAD~1` in turns where nothing has changed, where chunks have become of 2 items, and where one chunk has three quarters
of the items. It prints a row of a Markdown table for each; what failed is said on stderr, and kept with `--into`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tabulate import tabulate

from benchmarks.gate_waits import GREEN, RED, judged
from benchmarks.projects import commit, git

GATE = """\
budget = "8s"

[[cases]]
name = "job"
command = "{python} job.py"
metrics = ["utilisation", "dispatch"]
"""
PROGRAM = """\
from multiprocessing import Pool


def square(number):
    total = 0
    for each in range(2000):
        total += each * number
    return total


if __name__ == "__main__":
    with Pool(2) as pool:
        pool.map(square, range(2000), chunksize={chunksize})
"""
CHUNKSIZE = 100
KINDS = {"identical code": (CHUNKSIZE, GREEN), "chunks of 2": (2, RED), "chunks of 1,500": (1500, RED)}


def write_project(folder: Path, chunksize: int) -> None:
    """Write a repository of two commits, the second of which hands out chunks of this size."""
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "concbench.toml").write_text(GATE.format(python=sys.executable))
    (folder / "job.py").write_text(PROGRAM.format(chunksize=CHUNKSIZE))
    commit(folder, "base")
    (folder / "job.py").write_text(PROGRAM.format(chunksize=chunksize))
    (folder / "CHANGES").write_text(f"{chunksize}\n")  # there is a commit where nothing has changed, too
    commit(folder, "head")


def main() -> None:
    """Run all kinds in turns, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10, help="Of each kind.")
    parser.add_argument("--into", type=Path, help="Add a line of JSON for every check to this file.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        projects = {}
        for number, (kind, (chunksize, wanted)) in enumerate(KINDS.items()):
            write_project(Path(temporary, str(number)), chunksize)
            projects[kind] = (Path(temporary, str(number)), wanted)
        rows = list(judged(projects, arguments.times, arguments.into))
    headers = ("change", "as it should be", "median", "longest")
    print(tabulate(rows, headers, tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
