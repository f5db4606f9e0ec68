"""Errors about what was asked for; a script that catches them is imported by hosts, too, so this stays light."""

from __future__ import annotations


class WrongSetting(ValueError):
    """A setting has an invalid value: `setting` is its name, `problem` says what is wrong with it."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting, self.problem = setting, problem
