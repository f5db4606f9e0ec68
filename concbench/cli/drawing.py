"""Drawing a run on the terminal, in place of its tables: bars, and timelines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import click

from concbench.cli.printing import letters, stdout_width
from concbench.model import Case, Run
from concbench.report import bars, timeline
from concbench.report.safe import printable
from concbench.report.sentences import filled, how_measured
from concbench.report.tables import title

COLOURS = {
    "start": "cyan",
    "lead_in": "blue",
    "work": "green",
    "stretch": "red",
    "gaps": "yellow",
    "tail": "magenta",
    "back": "blue",
    "stop": "cyan",
}
"""Of the parts of a wall time, by name; their letters say the same."""
Draw = Callable[[Run, Sequence[Case], int], Iterator[str]]
"""Yields the lines of a drawing of a part's cases that is so many columns wide."""


def draw(run: Run, cases: Sequence[Case], drawings: Sequence[Draw], origin: str | None = None) -> None:
    """Print the title and the drawings of each part that has any of the cases; `origin` says where a run is from."""
    for warning in run.warnings:
        click.echo(f"Warning: {printable(warning)}", err=True)
    if not cases:
        click.echo("There is nothing to draw.", err=True)
        return
    width, space = stdout_width(), ""
    for part in run.parts:
        mine = [case for case in cases if case.part == part.name]
        if not mine:
            continue
        click.echo(space + click.style(filled(title(part, mine), width), bold=True))
        for drawing in drawings:
            for line in drawing(run, mine, width):
                click.echo(line)
        space = "\n"
    if timeline_of in drawings and any(case.trace is not None for case in cases):
        click.echo(f"\n{timeline.legend(width, letters(timeline.SHADES, timeline.PLAIN_SHADES))}")
    click.echo(f"\n{filled(origin or how_measured(run), width)}", err=True)


def timeline_of(_run: Run, cases: Sequence[Case], width: int) -> Iterator[str]:
    """Yield the timelines of the cases that were traced, and why the others were not."""
    shades = letters(timeline.SHADES, timeline.PLAIN_SHADES)
    for case in cases:
        if case.trace is not None:
            yield ""
            yield from timeline.timeline(case, case.trace, width, shades)
    yield from timeline.untraced(cases, width)


def plot(run: Run, cases: Sequence[Case], width: int) -> Iterator[str]:
    """Yield the bars of all cases, and below them where the time of those that were traced went."""
    yield from bars.bars(cases, width, letters(bars.FULL, bars.PLAIN_FULL))
    stacks = [coloured(pieces) for pieces in bars.stacks(cases, run, width)]
    if stacks:
        yield ""
        yield filled("Where the time of a traced sample went, on average over its workers:", width)
        yield from stacks
        yield from map(coloured, bars.legend(width))


def coloured(pieces: Sequence[bars.Piece]) -> str:
    """Return the pieces of a line, each in the colour of what it stands for."""
    return "".join(click.style(text, fg=COLOURS[name]) if name else text for text, name in pieces)
