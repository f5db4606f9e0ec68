"""The `concbench` command: its subcommands are imported only when they are used, so that `--help` is quick."""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys

import click

from concbench import __version__
from concbench.cli.streams import UNWRITTEN, lost, make_streams_last, status_with

COMMANDS = {
    "run": ("concbench.cli.run", "Measure a suite: a question with claims that are confirmed or refuted."),
    "compare": ("concbench.cli.compare", "Measure strategies, channels, stores or primitives side by side."),
    "advise": ("concbench.cli.advise", "Find the best way to run your function."),
    "load": ("concbench.cli.load", "Find how many concurrent calls of your function are enough."),
    "trace": ("concbench.cli.trace", "Run a program of yours, and see where its time goes."),
    "check": ("concbench.cli.check", "Check a change: did anything become slower?"),
    "diff": ("concbench.cli.diff", "Compare two saved runs."),
    "predict": ("concbench.cli.predict", "Predict from a saved run what it has not measured."),
    "show": ("concbench.cli.show", "Print a saved run again."),
    "history": ("concbench.cli.history", "Show saved runs as trends, with change points."),
    "report": ("concbench.cli.report", "Make a report with charts, in one HTML file."),
    "export": ("concbench.cli.export", "Write a saved run in another tool's format."),
    "doctor": ("concbench.cli.doctor", "Check whether this machine is fit for measuring."),
    "list": ("concbench.cli.list", "List suites, workloads, strategies, channels and stores."),
}
MEASURING = ("run", "compare", "advise", "load", "trace", "check")
"""Commands that work in the current folder: functions are imported from it, and runs are saved in it."""
WRONG_USAGE = 2
NOT_MEASURED = 3
INTERRUPTED = 130
GONE = "the working folder was deleted: change to a folder that exists"


def _folder_is_gone() -> bool:
    """Whether the working folder has been deleted."""
    try:
        os.getcwd()  # noqa: PTH109 - pathlib, which `--help` does without, would be loaded for it
    except OSError:
        return True
    return False


class Commands(click.Group):
    """A group that imports a subcommand only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all subcommands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a subcommand; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand; for a misspelt one, suggest the nearest."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from concbench.registry import UnknownName  # here: only a mistake needs it

            raise click.UsageError(str(UnknownName("command", args[0], list(COMMANDS))), ctx)
        if args and args[0] in MEASURING and _folder_is_gone():
            raise click.UsageError(GONE, ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of subcommands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Run the subcommand; an interruption has its own exit status."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("\nInterrupted.", err=True)
            ctx.exit(INTERRUPTED)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="concbench")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Measure which way of running Python code concurrently is best on this machine, and what it costs.

    \b
    Examples:
      concbench run pool-vs-process
      concbench compare --workload cpu --strategy serial --strategy pool-map
      concbench list strategies

    \b
    Exit status:
      0    done
      1    `check` found a regression
      2    wrong usage, or unreadable input
      3    something could not be measured, or the run or the output could not be
           written
      70   a fault of concbench itself; stderr names the file with a report of it
      130  interrupted
      141  the reader of the output has gone, as after `| head`
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        ctx.color = False


def main() -> None:
    """Run the command line, and end the process with its exit status; 1 always means a regression."""
    make_streams_last()
    for number in _ending_signals():  # one way to end for all of them, from the first moment on
        signal.signal(number, signal.default_int_handler)
    try:
        status = _ended()
    except KeyboardInterrupt:  # before a subcommand was found, or after it has ended
        status = INTERRUPTED
    for number in _ending_signals():
        signal.signal(number, signal.SIG_IGN)  # the command has ended; its interpreter has a moment to go
    sys.exit(status)


def _ending_signals() -> list[signal.Signals]:
    """The signals that end a command in order; not one that is ignored, as nohup does with SIGHUP."""
    found = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    return [number for number in found if signal.getsignal(number) not in (signal.SIG_IGN, None)]


def _ended() -> int:
    """Run the command line, and return its exit status."""
    status = status_with(_status_of())
    failure = lost(sys.stdout)
    if status == UNWRITTEN and failure is not None:
        why = "it is closed" if failure.errno == errno.EBADF else failure.strerror
        click.echo(f"Error: the output can't be written to stdout: {why}", err=True)
    return status


def _status_of() -> int:
    """Run the command line, and return the exit status that it ended with; what it printed may still be on its way."""
    try:
        if "PMI_RANK" in os.environ:
            from concbench.cli.ranks import is_rank, with_ranks  # here: only under `mpiexec`

            if is_rank():
                with with_ranks(sys.argv[1:]) as words:
                    return _run(words)
        return _run(sys.argv[1:])
    except click.ClickException as error:
        error.show()
        return WRONG_USAGE
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else 0
    except Exception as error:  # noqa: BLE001 - anything unexpected is reported as a fault
        return _reported(error)


def _run(words: list[str]) -> int:
    # Not click's own way to end: its 1 for whatever it does not know would say that `check` found a regression.
    status = cli.main(words, prog_name="concbench", standalone_mode=False)
    return status if isinstance(status, int) else 0


def _reported(error: Exception) -> int:
    """Report an exception that no command expected; returns the exit status for it."""
    from concbench.cli.crash_report import FAULTY, report_fault  # here: only a failure needs these two
    from concbench.measure.hosts import Unmeasurable

    if isinstance(error, Unmeasurable):
        click.echo(f"Error: {error}", err=True)
        return NOT_MEASURED
    if isinstance(error, OSError) and _folder_is_gone():
        click.echo(f"Error: {GONE}", err=True)
        return NOT_MEASURED
    report_fault(error)
    return FAULTY
