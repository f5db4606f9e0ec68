"""`concbench check` in small repositories: code that changed from HEAD~1 to HEAD, and what to gate of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.e2e.command import Command, Ended
from tests.gate.repository import CONFIGURATION, Repository

NOT_ON_A_RUNNER = {"GITHUB_ACTIONS": "", "GITHUB_STEP_SUMMARY": ""}
"""The tests themselves may run on one, whose summary is not theirs to write."""


class Gate:
    """A repository with one change, and the command in it."""

    def __init__(self, folder: Path, before: Mapping[str, str], after: Mapping[str, str], configuration: str) -> None:
        self.repository = Repository.new(folder)
        self.repository.commit({**before, CONFIGURATION: configuration})
        self.repository.commit(after)

    def command(self, **environment: str) -> Command:
        return Command(self.repository.folder, **{**NOT_ON_A_RUNNER, **environment})

    def check(self, *arguments: str, against: str = "HEAD~1", **environment: str) -> Ended:
        """Run the gate to its end."""
        return self.command(**environment).run("check", "--against", against, *arguments)


def rows(ended: Ended) -> dict[tuple[str, str], str]:
    """The verdict of every row of the table, by case and metric."""
    _, _, table = ended.stdout.partition("\ncase ")
    _, _, *lines = table.partition("\n\n")[0].splitlines()
    cells = [line.split() for line in lines]
    return {(case, metric): verdict for case, metric, *_, verdict in cells}
