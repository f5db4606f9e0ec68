"""`concbench advise FUNCTION`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import fields, replace
from functools import wraps
from pathlib import Path
from typing import Any

import click

from concbench.api.functions import folders_of
from concbench.cli.command_line import commands
from concbench.cli.measurement import NOT_MEASURED, measured_and_shown
from concbench.cli.options import Output, as_click, decorated, measures, setting_errors
from concbench.cli.show import opened
from concbench.cli.user_function import EXPECT, INIT, INIT_PER, ITEMS, check_own, counted_items
from concbench.measure.program import NoProgram
from concbench.model.case import InitPer
from concbench.registry import UnknownName
from concbench.session.advice import BUDGET, Advisor
from concbench.session.command_advice import ONLY_WORKERS, CommandAdvisor
from concbench.session.commands import Commands
from concbench.session.comparison import OwnFunction, joining
from concbench.session.options import (
    AS_IT_IS,
    JOB_OPTIONS,
    OPTIONS,
    QUICK_BUDGET,
    JobGiven,
    Options,
    job_of,
)
from concbench.session.options import BUDGET as COMMAND_BUDGET
from concbench.session.session import Inquiry
from concbench.session.traced_items import NoTasks, items_of, region_of

OWN = {
    "workers": replace(
        OPTIONS["workers"],
        help="Try only these numbers of workers: one, a list (2,4) or a range (1:4).",
        default="many",
        auto=False,
    ),
    "start_method": replace(
        OPTIONS["start_method"],
        help="How worker processes are started; list several to compare them.",
        default="Python's own, and fork where that saves much",
    ),
    "budget": replace(
        OPTIONS["budget"],
        help="How long it may take.",
        default=f"{BUDGET:g}s, or {COMMAND_BUDGET:g}s for a command; with --quick {QUICK_BUDGET:g}s",
    ),
}
"""Options that mean something else here."""


def about_a_job(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options about the job; the command gets them as an object."""

    @wraps(command)
    def gathered(**values: Any) -> Any:  # as click calls it
        found = {each.name: values.pop(each.name) for each in fields(JobGiven)}
        with setting_errors():
            job = job_of(JobGiven(**found))
        return command(job=job, **values)

    return decorated(gathered, [as_click(name, option) for name, option in JOB_OPTIONS.items()])


@click.command("advise")
@click.argument("function", required=False)
@ITEMS
@EXPECT
@INIT
@INIT_PER
@click.option(
    "--strategy",
    "strategies",
    multiple=True,
    help="Try only this strategy, or file.py:name; repeat for more.  [default: all that need no engine]",
)
@click.option("--engines", is_flag=True, help="Also try joblib, loky, mpire, dask, ray and MPI, where installed.")
@click.option(
    "--trace",
    metavar="RUN",
    type=click.Path(path_type=Path),
    help="Advise on the tasks of a traced program, which runs once more to give its items.",
)
@click.option("--region", metavar="PLACE", help="With --trace: which pool, as job.py:41.  [default: what loses most]")
@about_a_job
@commands(several=False)
@measures(
    *("workers", "start_method", "engine_address", "python", "budget", "timeout", "seed", "quick", "task_output"),
    changed=OWN,
)
def command(
    function: str | None,
    items: str | None,
    expect: str | None,
    init: str | None,
    init_per: InitPer | None,
    strategies: tuple[str, ...],
    engines: bool,
    trace: Path | None,
    region: str | None,
    job: JobGiven,
    given: Commands,
    options: Options,
    output: Output,
) -> None:
    """Find the best way to run a whole job: the strategy, the number of workers, and what that costs.

    FUNCTION is package.module:function or file.py:function, plain or `async def`. The job is to call it with each of
    the items. A model predicts what every strategy would take for all of them, with any number of workers and chunks;
    those that may win race against each other, and what is measured corrects the model. The answer is about all items,
    however few of them there was time to run.

    With --command instead of FUNCTION: the fewest workers that are not conclusively slower than the fastest.

    \b
    Examples:
      concbench advise json:dumps --items 1000 --quick
      concbench advise thumbnails.py:make_one --items names.jsonl --for-items 1e6
      concbench advise thumbnails:make_one --for-cores 32 --memory 4GiB
      concbench advise thumbnails:make_one --workers 1:4
      concbench advise thumbnails:make_one --items thumbnails:all_names
      concbench advise thumbnails:make_one --python python3.13 --json -
      concbench advise thumbnails:make_one --engines
      concbench advise --command 'make -j {workers}' --workers 1:8
      concbench advise --trace results/trace.json

    \b
    Exit status:
      0    done
      2    wrong usage
      3    nothing could be measured, or the run could not be saved
      130  interrupted
    """
    ways = (function is not None, bool(given.lines), trace is not None)
    if sum(ways) != 1:
        raise click.UsageError("give one of FUNCTION, such as package.module:function, --command and --trace")
    if region is not None and trace is None:
        raise click.UsageError("--region chooses a pool of a trace: add --trace RUN")
    asked: Inquiry
    if function is None and trace is None:
        about_functions = {
            "--items": items,
            "--expect": expect,
            "--init": init,
            "--init-per": init_per,
            "--strategy": strategies,
            "--engines": engines,
        }
        for name, value in about_functions.items():
            if value:
                raise click.UsageError(f"{name} needs a FUNCTION")
        if job != AS_IT_IS or options.interpreters or options.start_methods or options.engine_address:
            raise click.UsageError(f"--command: {ONLY_WORKERS}")
        with setting_errors():
            asked = CommandAdvisor(given, options)
        measured(asked, options, output)
        return
    with ExitStack() as stack:
        if trace is not None:
            if items is not None:
                raise click.UsageError("--items: the traced program gives the items")
            function, items = stack.enter_context(traced_tasks(trace, region, output))
        assert function is not None  # as one of the ways is given
        own = OwnFunction(
            name=function,
            items=items,
            expect=expect,
            init=init,
            init_per=init_per,
            strategies=strategies,
            joining=joining(engines=engines, address=options.engine_address),
        )
        measured(advisor(own, job, options), options, output)


def measured(asked: Inquiry, options: Options, output: Output) -> None:
    """Measure and show; ends with exit status 3 where nothing could be recommended, or saved."""
    run, saved = measured_and_shown(asked, options, output)
    if not saved or not run.recommendations:
        raise SystemExit(NOT_MEASURED)


@contextmanager
def traced_tasks(trace: Path, region: str | None, output: Output) -> Iterator[tuple[str, str]]:
    """The function of a region of a trace, and where its items are; a usage error where there are none."""
    run = opened(trace)
    with ExitStack() as stack:
        try:
            chosen = region_of(run, region)
            assert run.program is not None  # or it would have no region
            if not output.quiet:
                click.echo(f"Running the program once more, for the items of {chosen.place}", err=True)
            found = stack.enter_context(items_of(run.program, chosen))
        except (NoTasks, NoProgram) as error:
            raise click.UsageError(str(error)) from None
        yield found.function, found.items


def advisor(function: OwnFunction, job: JobGiven, options: Options) -> Advisor:
    """What finds the best way to run a function; a usage error where it can't be called as it is given."""
    names = (function.name, function.items, function.expect, function.init)
    options, items = counted_items(replace(options, paths=folders_of(*names, *function.strategies)), function.items)
    check_own(function.name, items, function.expect, function.init, "FUNCTION")
    try:
        return Advisor(replace(function, items=items), options, job)
    except UnknownName as error:
        raise click.UsageError(str(error)) from None
