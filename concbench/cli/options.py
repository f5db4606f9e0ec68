"""The table of options as click shows and reads it, and the options of how a run is shown."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args

import click

from concbench.measure.interpreters import NoInterpreter
from concbench.registry import UnknownName
from concbench.report.sections.tables import Sort
from concbench.report.terminal import FORMATS, TEXT
from concbench.session.errors import WrongSetting
from concbench.session.options import OPTIONS, Given, Option, options_of
from concbench.session.quantities import Address, Choice, Count, Duration, Share, Size, Unreadable, several

STANDARD_STREAM = "-"
AUTOMATIC = ""
"""What `--save` means without a name."""
SEVERAL = (
    "Each of --workers, --tasks, --task-time, --payload, --memory, --chunksize, --maxtasksperchild, --limit, "
    "--buffersize and --inner-threads can be a list (1,7,auto) or a range (1:8, 16:16MiB:log, 10us:100ms:log), and "
    "--start-method and --python a list: every value is measured, side by side."
)
"""The end of the help of a command that takes several values."""

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


# The table


class Quantity(click.ParamType):  # type: ignore[type-arg]  # generic in new versions of click only
    """A count, a time, a size, a share or an address of the table."""

    def __init__(self, kind: Count | Duration | Size | Share | Address) -> None:
        self.kind, self.name = kind, kind.name

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int | float | str:
        """The value, as a number unless it is an address; a usage error for anything else."""
        try:
            return self.kind.parse(str(value))
        except Unreadable as error:
            self.fail(str(error), param, ctx)


class Several(click.ParamType):  # type: ignore[type-arg]  # as above
    """One value of an axis, or several: a list or a range; becomes the value, or all of them."""

    def __init__(self, kind: Count | Duration | Size | Choice, auto: bool) -> None:
        self.kind, self.name, self.auto = kind, kind.name, auto

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> object:
        """The value, or a list of values; a usage error for anything else."""
        try:
            found = several(self.kind, str(value), auto=self.auto)
        except Unreadable as error:
            self.fail(str(error), param, ctx)
        return found if len(found) > 1 else found[0]


def as_click(name: str, option: Option) -> Decorator:
    """The decorator that adds an option of the table to a command."""
    flag = f"--{name.replace('_', '-')}"
    text = f"{option.help}  [default: {option.default}]" if option.default else option.help
    match option.kind:
        case Choice(words=words) as kind if option.axis:
            return click.option(flag, name, type=Several(kind, option.auto), metavar=f"[{'|'.join(words)}]", help=text)
        case Choice(words=words):
            return click.option(flag, name, type=click.Choice(words), help=text)
        case Count() | Duration() | Size() as kind if option.axis:
            return click.option(flag, name, type=Several(kind, option.auto), help=text)
        case Count() | Duration() | Size() | Share() | Address() as kind:
            return click.option(flag, name, type=Quantity(kind), help=text)
        case kind if kind is bool:
            return click.option(flag, name, is_flag=True, help=text)
        case kind if kind is Path:
            file = click.Path(path_type=Path, dir_okay=False)
            return click.option(flag, name, type=file, metavar="FILE", help=text)
        case _:
            metavar = name.rpartition("_")[2].upper()
            return click.option(flag, name, metavar=metavar, multiple=True, help=text)


# How a run is shown


@dataclass(frozen=True, kw_only=True)
class Output:
    """Where a run goes, and how it is shown."""

    form: str = TEXT
    sort: Sort | None = None
    verbose: bool = False
    quiet: bool = False
    why: bool = False
    """Whether to show where the time of every case went."""
    save: str | None = None
    json: str | None = None


class Format(click.ParamType):  # type: ignore[type-arg]  # as above
    """A format of reports."""

    name = "format"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The format; a usage error that names the nearest one for anything else."""
        if value not in FORMATS:
            self.fail(str(UnknownName("format", str(value), FORMATS)), param, ctx)
        return str(value)


FORMAT = click.option(
    "--format",
    "form",
    type=Format(),
    default=TEXT,
    metavar="NAME",
    help="text (default), markdown (the whole report), csv (the figures, in seconds and bytes), or tables in a format "
    "of tabulate's, such as github, tsv, html or latex.",
)
SHOWN = (
    FORMAT,
    click.option(
        "--sort",
        type=click.Choice(get_args(Sort)),
        help="Order of the rows.  [default: time; given for suites and ranges, whose order is part of the question]",
    ),
    click.option("--why", is_flag=True, help="Also show where the time of every case went, and why."),
    click.option("-v", "--verbose", is_flag=True, help="Also show the machine, all settings and tracebacks."),
)
"""The options of how a run is shown."""


def saved_as(json: str) -> tuple[Decorator, ...]:
    """The options of where a run goes, of which `--json` has this help."""
    return (
        click.option(
            "--save",
            is_flag=False,
            flag_value=AUTOMATIC,
            metavar="[NAME]",
            help="Name of the run document in results/, or a path; by default the suite and the time.",
        ),
        click.option("--json", metavar="FILE", help=json),
        click.option("-q", "--quiet", is_flag=True, help="Print only the tables, warnings and errors."),
    )


SAVED = saved_as("Write the run document to this file; with -, to stdout, and nothing else.")


def decorated(command: Callable[..., Any], options: Sequence[Decorator]) -> Callable[..., Any]:
    """Add options to a command, in their order in its help."""
    for option in reversed(options):
        command = option(command)
    return command


def measures(
    *names: str, changed: Mapping[str, Option] | None = None, output: Sequence[Decorator] = (*SAVED, *SHOWN)
) -> Decorator:
    """Add options of the table, by default all of them, and those of output; the command gets both as objects.

    It is called with `options: Options` and `output: Output` in their place. `changed` has options that mean something
    else to this command.
    """
    chosen = {name: OPTIONS[name] for name in names or OPTIONS} | dict(changed or {})

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def gathered(**values: Any) -> Any:  # as click calls it; what is in there is checked against the table
            if values["quiet"] and values["verbose"]:
                raise click.UsageError("--quiet and --verbose contradict each other")
            found = {name: values.pop(name) for name in chosen}
            given = Given(**{name: value for name, value in found.items() if value is not None})
            how = Output(**{each.name: values.pop(each.name) for each in fields(Output) if each.name in values})
            with setting_errors():
                options = options_of(given, sys.argv[1:])
            return command(options=options, output=how, **values)

        return decorated(gathered, [*(as_click(name, option) for name, option in chosen.items()), *output])

    return decorate


@contextmanager
def setting_errors() -> Iterator[None]:
    """Raise what is wrong with a setting as a click.UsageError that names its option."""
    try:
        yield
    except WrongSetting as wrong:
        raise click.UsageError(f"--{wrong.setting.replace('_', '-')}: {wrong.problem}") from None
    except NoInterpreter as error:
        raise click.UsageError(f"--python: {error}") from None


PYTHON = as_click("python", OPTIONS["python"])
