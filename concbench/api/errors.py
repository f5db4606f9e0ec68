"""What can go wrong when a Python program asks; each is named for what happened, and its text says what to do."""

from __future__ import annotations


class WrongSetting(ValueError):
    """A setting has a value that means nothing: `setting` is its name, `problem` what is wrong with it."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting, self.problem = setting, problem


class NotMeasured(Exception):
    """A figure is asked for that could not be measured."""


class Unguarded(Exception):
    """A module that holds the function measures when it is imported, and fresh interpreters have to import it."""

    def __init__(self) -> None:
        super().__init__(
            "the module of the function measures while it is imported, and fresh interpreters import it to find the "
            'function: put the call of concbench under `if __name__ == "__main__":`'
        )
