"""The `concbench` command: its subcommands are imported only when they are used, so that `--help` is quick."""

from __future__ import annotations

import importlib
import io
import os
import sys

import click

from concbench import __version__

COMMANDS = {
    "run": ("concbench.cli.run", "Measure a suite: a question, and claims that the figures confirm or refute."),
    "compare": ("concbench.cli.compare", "Measure strategies, channels, stores or primitives side by side."),
    "advise": ("concbench.cli.advise", "Find out how a function of your own is best run."),
    "check": ("concbench.cli.check", "Gate a change: is anything slower than it was?"),
    "diff": ("concbench.cli.diff", "Compare two saved runs."),
    "show": ("concbench.cli.show", "Print a saved run again."),
    "history": ("concbench.cli.history", "Show saved runs as a trend, with change points marked."),
    "report": ("concbench.cli.report", "Make a report that people look at: one HTML file with charts."),
    "export": ("concbench.cli.export", "Write a saved run in another tool's format."),
    "doctor": ("concbench.cli.doctor", "Say whether this machine is fit to measure, and what it can find."),
    "list": ("concbench.cli.listing", "List suites, workloads, strategies, channels and stores."),
}
INTERRUPTED = 130
NOBODY_READS = 141
"""What a shell says of a program that SIGPIPE ended; click's own 1 would say that `check` found a regression."""


class Commands(click.Group):
    """A group that imports a subcommand when it is called, and knows their summaries without."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all subcommands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a subcommand; None where there is no such one."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand; a misspelt one is answered with the nearest."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from concbench.registry import UnknownName  # here: only a mistake needs it

            raise click.UsageError(str(UnknownName("command", args[0], list(COMMANDS))), ctx)
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
        except BrokenPipeError:
            # What is still buffered goes nowhere, so that the interpreter has nothing to complain of when it ends.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            ctx.exit(NOBODY_READS)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="concbench")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Measure which way of running Python code concurrently is best on this machine, and what it costs.

    \b
    Examples:
      concbench run pool-vs-process
      concbench compare --workload cpu --strategy pool-map --strategy threadpool-map
      concbench list strategies

    \b
    Exit status:
      0    done
      1    `check` found a regression
      2    wrong usage, or unreadable input
      3    something could not be measured, or the run could not be saved
      130  interrupted
      141  nobody reads the output any more, as after `| head`
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        ctx.color = False


def main() -> None:
    """Run the command line."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # no letter that stdout's encoding lacks ends the command
    cli(prog_name="concbench")
