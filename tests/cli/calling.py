"""The command line as a function: what a command answers, and what it says of a mistake."""

from __future__ import annotations

from click.testing import CliRunner, Result

from concbench.cli.main import cli


def concbench(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


def mistake(*words: str) -> str:
    """What is said of a wrong command: status 2, on stderr, in one line."""
    result = concbench(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return " ".join(result.stderr.split())
