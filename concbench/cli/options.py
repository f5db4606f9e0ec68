"""The options that `run` and `compare` share, gathered into two typed objects."""

from __future__ import annotations

import functools
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args

import click

from concbench.cli.quantities import Count, Duration, Share, Size
from concbench.cli.ranges import Several, Value
from concbench.experiments.placing import ANY, APART, ONE
from concbench.measure.interpreters import Interpreter, NoInterpreter, interpreters
from concbench.model import AxisName
from concbench.report.tables import FORMATS, TEXT, Sort
from concbench.suites.options import BUDGET, QUICK_BUDGET, Axis, Options

STANDARD_STREAM = "-"
AUTOMATIC = ""
"""What `--save` stands for without a name."""
LARGEST_SEED = 2**63 - 1
AXES: tuple[AxisName, ...] = get_args(AxisName)
"""Options that take several values."""
SEVERAL = (
    "Each of --workers, --tasks, --task-time, --payload, --memory, --chunksize, --maxtasksperchild and --limit may be "
    "a list (1,7,auto) or a range (1:8, 16:16MiB:log, 10us:100ms:log): every value is measured, side by side."
)
"""The end of the help of a measuring command."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """Where a run goes, and how it is shown."""

    form: str = TEXT
    sort: Sort = "given"
    verbose: bool = False
    quiet: bool = False
    why: bool = False
    """Whether to show where the time of every case went."""
    save: str | None = None
    json: str | None = None


def shown(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how a run is shown."""
    for option in reversed(
        (
            click.option(
                "--format",
                "form",
                type=click.Choice(FORMATS),
                default=TEXT,
                metavar="NAME",
                help="Table format: text (default), github, tsv, html, latex, or another of tabulate's.",
            ),
            click.option("--sort", type=click.Choice(get_args(Sort)), default="given", help="Order of the rows."),
            click.option("--why", is_flag=True, help="Also where the time of every strategy went, and why."),
            click.option("-v", "--verbose", is_flag=True, help="Also the machine, every case's settings, tracebacks."),
        )
    ):
        command = option(command)
    return command


def measured(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add all options of a measuring command; it is called with `options` and `output` in their place."""

    @functools.wraps(command)
    def gathered(**values: Any) -> Any:
        refuse_contradictions(values)
        if values["precision"] is not None and values["blocks"] is not None:
            raise click.UsageError("--precision takes as many blocks as it needs, so --blocks has no place beside it")
        values["seed"] = seed_of(values["seed"])
        pythons = interpreters_of(values.pop("pythons"))
        several: dict[AxisName, tuple[Value, ...]] = {name: values.pop(name) or (None,) for name in AXES}
        values |= {name: chosen[0] if len(chosen) == 1 else None for name, chosen in several.items()}
        values["axes"] = tuple(Axis(name, chosen) for name, chosen in several.items() if len(chosen) > 1)
        options = {field.name: values.pop(field.name) for field in fields(Options) if field.name in values}
        output = {field.name: values.pop(field.name) for field in fields(Output)}
        return command(
            options=Options(**options, interpreters=pythons, command=sys.argv[1:]), output=Output(**output), **values
        )

    return shown(_with(gathered))


def refuse_contradictions(values: Mapping[str, Any]) -> None:
    """Raise click.UsageError where little is to be said, and all."""
    if values["quiet"] and values["verbose"]:
        raise click.UsageError("--quiet and --verbose contradict each other")


def seed_of(seed: int | None) -> int:
    """Return the seed that was given, or a new one."""
    return random.SystemRandom().randrange(2**31) if seed is None else seed


def interpreters_of(pythons: Sequence[str]) -> tuple[Interpreter, ...]:
    """Return the interpreters that are meant; raises click.UsageError."""
    try:
        return interpreters(pythons)
    except NoInterpreter as error:
        raise click.UsageError(f"--python: {error}") from None


# Options that other measuring commands have, too.
START_METHOD = click.option(
    "--start-method",
    type=click.Choice(["fork", "forkserver", "spawn"]),
    help="How processes are started.  [default: Python's own]",
)
PYTHON = click.option(
    "--python",
    "pythons",
    metavar="PYTHON",
    multiple=True,
    help="Measure under this interpreter, a path or a name; several are compared.",
)
TIMEOUT = click.option(
    "--timeout",
    type=Duration(),
    metavar="SECONDS",
    default=60.0,
    help="Give a case up when one step of it takes longer: a sample, an import, a call beforehand.  [default: 60]",
)
SEED = click.option(
    "--seed", type=Count(least=0, most=LARGEST_SEED), help="Of every random order.  [default: a new one]"
)
TASK_OUTPUT = click.option(
    "--task-output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where what tasks print is appended.  [default: stderr]",
)
SAVE = click.option(
    "--save",
    is_flag=False,
    flag_value=AUTOMATIC,
    metavar="[NAME]",
    help="Name of the run document in results/, or a path.  [default: suite and time]",
)
JSON = click.option("--json", metavar="FILE", help="Write the run document here; - is stdout, and nothing else is.")
QUIET = click.option("-q", "--quiet", is_flag=True, help="Only the tables, warnings and errors.")


def _with(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.option(
                "--workers",
                type=Several(Count(), auto=True),
                help="Workers of a pool, or that share.  [default: one a usable core]",
            ),
            click.option("--tasks", type=Several(Count()), help="How many tasks; or round trips, steps, turns."),
            click.option(
                "--task-time", type=Several(Duration(zero=True)), help="How long a task takes serially, as 20ms."
            ),
            click.option(
                "--payload", type=Several(Size()), help="Bytes of argument and result, or of a message, as 64KiB."
            ),
            click.option("--memory", type=Several(Size()), help="Bytes that a task holds: workload memory.  As 8MiB."),
            click.option("--chunksize", type=Several(Count(), auto=True), help="Items handed to a worker at once."),
            START_METHOD,
            click.option(
                "--maxtasksperchild",
                type=Several(Count(), auto=True),
                help="Tasks after which a pool replaces a worker.",
            ),
            click.option(
                "--limit",
                type=Several(Count(), auto=True),
                help="Tasks under way at once, where each has its own worker.",
            ),
            click.option(
                "--cores",
                type=click.Choice([ONE, APART, ANY]),
                help="Where both ends of a channel run: on one core, or two.  [default: one]",
            ),
            PYTHON,
            click.option("--blocks", type=Count(), help="Generations of fresh hosts.  [default: 8; quick: 4]"),
            click.option("--rounds", type=Count(), help="Samples of every case a block.  [default: by budget]"),
            click.option(
                "--budget",
                type=Duration(),
                metavar="SECONDS",
                help=f"About how long to measure.  [default: {BUDGET:g}; quick: {QUICK_BUDGET:g}]",
            ),
            click.option(
                "--precision",
                type=Share(),
                help="Go on with each case until its interval is as narrow, as 2%, or the budget is used up.",
            ),
            TIMEOUT,
            SEED,
            click.option("--quick", is_flag=True, help="At most ten seconds, and wider intervals."),
            click.option("--verify", is_flag=True, help="Also measure what is advised: half as long again."),
            click.option("--tutorial", is_flag=True, help="The tutorial's own sizes; takes longer."),
            TASK_OUTPUT,
            SAVE,
            JSON,
            QUIET,
        )
    ):
        command = option(command)
    return command
