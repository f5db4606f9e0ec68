"""The options of commands that are measured, `--command` and what surrounds it, read into one object."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from concbench.cli.options import Decorator, decorated, setting_errors
from concbench.model.case import CommandLine
from concbench.session.commands import Commands, merged, parameter, variable

AROUND = {
    "parameters": "--parameter",
    "setup": "--setup",
    "prepare": "--prepare",
    "cleanup": "--cleanup",
    "shell": "--shell",
    "source": "--input",
    "ignore_failure": "--ignore-failure",
    "working_directory": "--working-directory",
    "variables": "--env",
}
"""The options that mean nothing without a command, by the name that click gives their values."""
PARAMETER = click.option(
    "--parameter",
    "parameters",
    metavar="NAME=VALUES",
    multiple=True,
    help="What {NAME} stands for in commands: a list (a,b,c) or a range (1:8); repeat for more.",
)
SURROUNDINGS = (
    click.option("--setup", metavar="COMMAND", help="Run this before the first sample in each fresh host."),
    click.option("--prepare", metavar="COMMAND", help="Run this before every sample of a command; it is not timed."),
    click.option("--cleanup", metavar="COMMAND", help="Run this after the last sample in each host."),
    click.option("--shell/--no-shell", default=False, help="Let /bin/sh read commands.  [default: --no-shell]"),
    click.option("--input", "source", metavar="FILE", help="What commands read as standard input.  [default: nothing]"),
    click.option("--ignore-failure", is_flag=True, help="Measure commands whatever their exit status is."),
    click.option("--working-directory", metavar="FOLDER", help="Where commands run.  [default: the current folder]"),
    click.option(
        "--env", "variables", metavar="NAME=VALUE", multiple=True, help="A variable for commands; repeatable."
    ),
)


def commands(several: bool = True) -> Decorator:
    """Add the options of commands; the decorated command gets them as `given: Commands`, without lines for none.

    `several`: whether there may be more than one, and further parameters than the number of workers.
    """
    if several:
        text = "Measure this command; repeat for more. {workers} stands for each value of --workers."
    else:
        text = "Find out how many {workers} this command needs, instead of FUNCTION."
    command = click.option("--command", "commands", metavar="COMMAND", multiple=several, help=text)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def gathered(**values: Any) -> Any:  # as click calls it
            asked = values.pop("commands")
            texts = asked if several else () if asked is None else (asked,)
            found = {name: values.pop(name) for name in AROUND if name in values}
            for name, value in found.items():
                if value and not texts:
                    raise click.UsageError(f"{AROUND[name]} needs --command")
            with setting_errors():
                given = Commands(
                    lines=tuple(
                        CommandLine(
                            text=text,
                            shell=found["shell"],
                            setup=found["setup"],
                            prepare=found["prepare"],
                            cleanup=found["cleanup"],
                            input=found["source"],
                            ignore_failure=found["ignore_failure"],
                            folder=found["working_directory"],
                            environment=tuple(map(variable, found["variables"])),
                        )
                        for text in texts
                    ),
                    parameters=merged(map(parameter, found.get("parameters", ()))),
                )
            return function(given=given, **values)

        return decorated(gathered, [command, *([PARAMETER] if several else []), *SURROUNDINGS])

    return decorate
