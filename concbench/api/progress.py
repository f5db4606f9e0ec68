"""Live progress on a terminal: what is being measured, and the time left."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, TextIO, cast

from concbench.measure.plan import Now

Show = Callable[[Now], None]
"""Shows what is being done."""
SHORTEST = 0.2
"""Seconds between two updates: each takes milliseconds, in which nothing is measured."""


class Display:
    """The text stream of progress: once it can't be written to, such as a closed terminal, it drops what is written.

    Progress must never end a run, which has minutes of figures to lose.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.encoding = getattr(stream, "encoding", None) or "ascii"

    def write(self, text: str) -> int:
        """Write a text, or drop it."""
        self._try(lambda stream: stream.write(text))
        return len(text)

    def flush(self) -> None:
        """Send what was written."""
        self._try(lambda stream: stream.flush())

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        try:
            return self._stream is not None and self._stream.isatty()
        except ValueError:  # it is closed
            return False

    def fileno(self) -> int:
        """As of the stream; raises OSError if there is none."""
        if self._stream is None:
            raise OSError("there is no stderr")
        return self._stream.fileno()

    def _try(self, do: Callable[[TextIO], object]) -> None:
        if self._stream is not None:
            try:
                do(self._stream)
            except (OSError, ValueError):  # the latter if it is closed
                self._stream = None


@contextmanager
def progress(quiet: bool, verbose: bool) -> Iterator[Show]:
    """Shows progress: live on a terminal; elsewhere a line per block if verbose, or nothing."""
    display = Display(sys.stderr)
    if quiet:
        yield lambda now: None
    elif is_live(display):
        with live(display) as show:
            yield show
    else:
        yield lines(display) if verbose else lambda now: None


def is_live(stream: Display | TextIO) -> bool:
    """Whether a stream is a terminal that can be redrawn, and that somebody may watch."""
    return stream.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"


def lines(display: Display) -> Show:
    """Write a line for every block."""
    last = -1

    def show(now: Now) -> None:
        nonlocal last
        if now.block != last:
            last = now.block
            display.write(f"{place(now)}, about {now.left:.0f} s left\n")
            display.flush()

    return show


@contextmanager
def live(display: Display) -> Iterator[Show]:
    """Yield what keeps a progress bar on the terminal.

    It is updated between samples only: a thread that redraws it by the clock would do so inside samples, too.
    """
    from rich.console import Console  # here: only a terminal needs it
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.table import Column

    began, drawn = time.monotonic(), 0.0
    # Cropped: what is wider than the terminal could not be erased again.
    doing = TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis"))
    bar = BarColumn(bar_width=20, table_column=Column(no_wrap=True))
    console = Console(file=cast("IO[str]", display))
    with Progress(doing, bar, console=console, auto_refresh=False, transient=True) as picture:
        task = picture.add_task("", total=None)

        def show(now: Now) -> None:
            nonlocal drawn
            if time.monotonic() - drawn >= SHORTEST:
                done = time.monotonic() - began
                picture.update(task, description=heading(now), completed=done, total=done + now.left, refresh=True)
                drawn = time.monotonic()

        yield show


def heading(now: Now) -> str:
    """What is being done, and the time left.

    >>> heading(Now(doing="starting hosts", case=None, block=0, blocks=8, left=44.6))
    'block 1 of 8: starting hosts; about 45 s left'
    """
    what = f"{now.doing} {now.case}" if now.case else now.doing
    return f"{place(now)}: {what}; about {now.left:.0f} s left"


def place(now: Now) -> str:
    """Where the run is: `block 1 of 8`, or `block 1` if the number of blocks is unknown."""
    return f"{now.unit} {now.block + 1}" + ("" if now.blocks is None else f" of {now.blocks}")
