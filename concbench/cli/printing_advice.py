"""Printing what is recommended for a person's function, and a program that runs it so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from concbench.cli.options import Output
from concbench.model import Run
from concbench.report.advice import advised
from concbench.report.safe import in_html
from concbench.report.sentences import filled
from concbench.report.tables import TEXT, TITLES
from concbench.report.tabulated import LATEX_FORMS

SOURCE = "src"
"""The folder that packages lie in where they are not at the top of a project."""


def show_advice(run: Run, output: Output, width: int) -> None:
    """Print what is recommended for a person's function, and a program that runs it so."""
    escaped = TITLES.get(output.form, str)
    for found in advised(run, source_folders(run)):
        click.echo()
        click.echo(click.style(escaped(found.heading), bold=True) if output.form == TEXT else escaped(found.heading))
        for sentence in found.sentences:
            click.echo(escaped(filled(sentence, width)))
        if found.program and not output.quiet:
            click.echo(f"\n{PROGRAMS.get(output.form, str)(found.program.rstrip())}")


def in_fences(program: str) -> str:
    """Return a program as Markdown shows it; none of its lines can end that, as names in it are Python's."""
    return f"```python\n{program}\n```"


PROGRAMS: dict[str, Callable[[str], str]] = {
    "github": in_fences,
    "pipe": in_fences,
    "html": lambda program: f"<pre>{in_html(program)}</pre>",
    **dict.fromkeys(LATEX_FORMS, lambda program: f"\\begin{{verbatim}}\n{program}\n\\end{{verbatim}}"),
}
"""How a program stands beside tables of a format."""


def source_folders(run: Run) -> list[str]:
    """Return the folder of sources that a program must import from, where the function is in a src layout."""
    names = [case.workload.name for case in run.cases]
    packages = {name.partition(":")[0].partition(".")[0] for name in names if ".py:" not in name}
    found = any(Path(SOURCE, package).is_dir() or Path(SOURCE, f"{package}.py").is_file() for package in packages)
    return [SOURCE] if found else []
