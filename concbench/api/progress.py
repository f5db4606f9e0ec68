"""Live progress on a terminal or in a notebook: what is being measured, and the time left."""

from __future__ import annotations

import html
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from typing import IO, Any, TextIO, cast

from concbench.measure.plan import Now

Show = Callable[[Now], None]
"""Shows what is being done."""
WIDTH = 20
"""Columns of the bar, also where what is being done has to be cut off."""
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
    """Shows progress: live on a terminal or in a notebook; elsewhere a line per block if verbose, or nothing."""
    display = Display(sys.stderr)
    if quiet:
        yield lambda now: None
    elif in_notebook() and not os.environ.get("CI"):
        with below_the_cell() as show:
            yield show
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
    bar = BarColumn(bar_width=WIDTH, table_column=Column(no_wrap=True, min_width=WIDTH))
    console = Console(file=cast("IO[str]", display))
    with Progress(bar, doing, console=console, auto_refresh=False, transient=True) as picture:
        task = picture.add_task("", total=None)

        def show(now: Now) -> None:
            nonlocal drawn
            if time.monotonic() - drawn >= SHORTEST:
                done = time.monotonic() - began
                picture.update(task, description=heading(now), completed=done, total=done + now.left, refresh=True)
                drawn = time.monotonic()

        yield show


def in_notebook() -> bool:
    """Whether this program is the kernel of a notebook. IPython is not imported to find that out."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    return getattr(shell, "kernel", None) is not None


@dataclass
class Bar:
    """A progress bar as IPython displays it: HTML where there is a page, else the text."""

    text: str = ""
    share: float = 0.0

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        if not self.text:
            return ""
        return f'<progress value="{self.share:.3f}"></progress> {html.escape(self.text)}'


@contextmanager
def below_the_cell() -> Iterator[Show]:
    """Yield what keeps a progress bar below the cell of a notebook, until it is done.

    It is IPython's own display, which every notebook has: that of rich needs ipywidgets, in the kernel and in the page.
    """
    display = import_module("IPython.display").display  # only a notebook has it
    began, drawn = time.monotonic(), 0.0
    shown: Any = None

    def draw(bar: Bar) -> None:
        nonlocal shown
        with suppress(Exception):  # the page may have gone, and progress must never end a run
            if shown is None:
                shown = display(bar, display_id=True)
            else:
                shown.update(bar)

    def show(now: Now) -> None:
        nonlocal drawn
        if time.monotonic() - drawn >= SHORTEST:
            done = time.monotonic() - began
            draw(Bar(heading(now), done / (done + now.left) if done + now.left > 0 else 0.0))
            drawn = time.monotonic()

    try:
        yield show
    finally:
        if shown is not None:
            draw(Bar())


def heading(now: Now) -> str:
    """Where the run is, the time left, and what is being done, the end of which a narrow terminal may lack.

    >>> heading(Now(doing="starting hosts", case=None, block=0, blocks=8, left=44.6))
    'block 1 of 8, about 45 s left: starting hosts'
    """
    what = f"{now.doing} {now.case}" if now.case else now.doing
    return f"{place(now)}, about {now.left:.0f} s left: {what}"


def place(now: Now) -> str:
    """Where the run is: `block 1 of 8`, or `block 1` if the number of blocks is unknown."""
    return f"{now.unit} {now.block + 1}" + ("" if now.blocks is None else f" of {now.blocks}")
