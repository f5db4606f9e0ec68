"""Printing a run: results to stdout, all else to stderr."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from concbench.cli.options import STANDARD_STREAM, Output
from concbench.cli.printing_advice import show_advice
from concbench.model import Part, Run
from concbench.report.facts import differences, fact_table, summary
from concbench.report.over import tables_over
from concbench.report.safe import printable
from concbench.report.scaling import HELD_OUT, lines_of, sentences, table
from concbench.report.sentences import claims, crossings, details, filled, how_measured, tracebacks
from concbench.report.shares import about_traces, shares_table
from concbench.report.summaries import oddities
from concbench.report.tables import TEXT, TITLES, WIDTH, tables
from concbench.report.tabulated import CELLS
from concbench.report.why import all_reasons, reasons
from concbench.stats.summaries import summary as summarised

COLOURS = {"CONFIRMED": "green", "REFUTED": "red", "UNDECIDED": "yellow", "NOT MEASURED": "yellow"}


def stdout_width() -> int:
    """Return how many columns a table may have: the terminal's, and 100 where stdout is none."""
    return shutil.get_terminal_size((WIDTH, 24)).columns if sys.stdout.isatty() else WIDTH


def letters(usual: str, plain: str) -> str:
    """Return the usual letters of a drawing, or the plain ones where stdout's encoding lacks one."""
    try:
        usual.encode(sys.stdout.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return plain
    return usual


def show(run: Run, output: Output) -> None:
    """Print tables, claims and how it was measured."""
    for warning in run.warnings:
        click.echo(f"Warning: {printable(warning)}", err=True)
    if output.json == STANDARD_STREAM:
        return
    width = stdout_width()
    blocks = tables(run, output.form, output.sort, width)
    for index, part in enumerate(run.parts):
        title, figures = next(blocks), next(blocks)
        click.echo(("\n" if index else "") + (click.style(title, bold=True) if output.form == TEXT else f"{title}\n"))
        click.echo(figures)
        show_why(run, part, output, width)
        show_scaling(run, part, output, width)
    show_over(run, output, width)
    if run.facts:
        show_facts(run, output.form, width)
    show_advice(run, output, width)
    if output.quiet:
        return
    for trace in tracebacks(run):
        click.echo(f"\n{trace}", err=True)
    escaped = TITLES.get(output.form, str)
    for number, sentence in enumerate(crossings(run)):
        click.echo(("" if number else "\n") + escaped(filled(sentence, width)))
    if run.claims:
        click.echo()
    for paragraph in claims(run, width):
        outcome, colon, rest = escaped(paragraph).partition(":")
        click.echo(click.style(outcome, fg=COLOURS.get(outcome), bold=True) + colon + rest)
    click.echo(f"\n{filled(how_measured(run), width)}", err=True)
    if output.verbose:
        for line in details(run):
            click.echo(line, err=True)
        for case in run.cases:
            for sentence in oddities(case.id, summarised(case.samples, case.metric)) if case.samples else ():
                click.echo(filled(sentence, width), err=True)


def show_why(run: Run, part: Part, output: Output, width: int) -> None:
    """Print why the cases of a part took longer than their ideal; with `--why` for all, and where their time went."""
    shares = shares_table(part, run, output.form) if output.why else None
    if shares is not None:
        click.echo(f"\n{shares}\n{TITLES.get(output.form, str)(filled(about_traces(part, run), width))}")
    elif output.why:
        click.echo("Nothing of this table was traced, so there is no telling where the time went.", err=True)
    if output.quiet and not output.why:
        return
    escaped = TITLES.get(output.form, str)
    sentences = all_reasons(run, part) if output.why else reasons(run, part)
    for number, sentence in enumerate(sentences):
        click.echo(("" if number else "\n") + escaped(filled(sentence, width)))


def show_scaling(run: Run, part: Part, output: Output, width: int) -> None:
    """Print what the scaling laws say of the subjects of a part that were measured on several numbers of workers."""
    escaped = TITLES.get(output.form, str)
    for line in lines_of(run, part):
        gap = "\n" if output.form == TEXT else "\n\n"  # in Markdown a table goes on to the next empty line
        click.echo(f"\n{table(line, run, output.form)}{gap}{escaped(HELD_OUT)}")
        if not output.quiet:
            click.echo()
            for sentence in sentences(line, run):
                click.echo(escaped(filled(sentence, width)))


def show_over(run: Run, output: Output, width: int) -> None:
    """Print a table for each setting or size that took several values."""
    for title, figures, notes in tables_over(run, output.form, width):
        click.echo("\n" + (click.style(title, bold=True) if output.form == TEXT else f"{title}\n"))
        click.echo(figures)
        if notes and output.form != TEXT:
            click.echo()
        for note in notes:
            click.echo(note)


def show_facts(run: Run, form: str, width: int) -> None:
    """Print what was observed of each statement, and what is known of those that do not hold."""
    if form == TEXT:
        click.echo(click.style(summary(run), bold=True))
        click.echo(fact_table(run, "simple", width, str))
        for paragraph in differences(run, width):
            click.echo(paragraph)
    else:
        click.echo(f"{TITLES.get(form, str)(summary(run))}\n")
        click.echo(fact_table(run, form, None, CELLS.get(form, str)))


def show_saved(paths: list[Path]) -> None:
    """Say where a run was written."""
    for path in paths:
        click.echo(f"Saved {path}", err=True)
