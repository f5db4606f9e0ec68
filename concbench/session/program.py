"""`trace`: one run of a program of the user's, with all that its pools and groups of workers did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from concbench.measure.program import Changes, traced
from concbench.model.program import Program
from concbench.model.run import Run
from concbench.session.session import Question, Session

EFFECT = "the program takes longer than it would"
NAMED = 60
"""Characters of a program's name that a question holds."""


def name_of(program: Sequence[str]) -> str:
    """What a program is called: the file or module that was run, without its interpreter.

    >>> name_of(["/usr/bin/python3", "jobs/job.py", "--fast"]), name_of(["python3", "-m", "compileall", "src"])
    ('job.py', 'compileall')
    """
    words = [each for each in program[1:3] if each != "-m"] if _is_python(program[0]) else [program[0]]
    return Path(words[0] if words else program[0]).name[:NAMED]


def _is_python(path: str) -> bool:
    return Path(path).name.startswith("python")


class TracedProgram:
    """A program that is run once, recorded; `run` is there once it has ended."""

    def __init__(
        self, program: Sequence[str], command: Sequence[str], changes: Changes | None = None, items: bool = False
    ) -> None:
        self.program, self.changes, self.items = program, changes, items
        self.found: Program | None = None
        self.session = Session(
            Question(
                suite="trace",
                question=f"Where does the time go in {name_of(program)}?",
                command=command,
                seed=0,
                tables=(),
                effect=EFFECT,
                compared=False,
            )
        )

    def measure(self) -> Program:
        """Run the program to its end; raises NoProgram."""
        self.found = traced(self.program, self.changes, items=self.items)
        return self.found

    def run(self) -> Run:
        """The run document."""
        return replace(self.session.run(), program=self.found)
