"""Live progress on a terminal: what is being measured, the current medians, the time left."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import IO, TextIO, cast

from concbench.measure.plan import Listener, Now
from concbench.model import Case
from concbench.report.sentences import counted
from concbench.report.units import seconds

SHORTEST = 0.2
"""Seconds between two pictures: drawing one takes milliseconds, in which nothing is measured."""


class Display:
    """The text stream that progress goes to: once it can't be written to, as a terminal that was closed, nothing is.

    It is only looked at, so it must not end a run, which has minutes of figures to lose.
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
        """Say whether a person looks at it."""
        try:
            return self._stream is not None and self._stream.isatty()
        except ValueError:  # somebody has closed it
            return False

    def fileno(self) -> int:
        """Return the number of the stream's file; raises OSError where it has none."""
        if self._stream is None:
            raise OSError("there is no stderr")
        return self._stream.fileno()

    def _try(self, do: Callable[[TextIO], object]) -> None:
        if self._stream is not None:
            try:
                do(self._stream)
            except (OSError, ValueError):  # the latter where somebody has closed it
                self._stream = None


@contextmanager
def progress(cases: Sequence[Case], quiet: bool, verbose: bool) -> Iterator[Listener]:
    """Yield a listener that shows progress: live on a terminal, a line a block elsewhere when verbose, or nothing."""
    display = Display(sys.stderr)
    if quiet:
        yield lambda now: None
    elif display.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb":
        with live(cases, display) as listener:
            yield listener
    else:
        yield lines() if verbose else lambda now: None


def lines() -> Listener:
    """Return a listener that writes a line to stderr for every block."""
    display = Display(sys.stderr)
    told = -1

    def listen(now: Now) -> None:
        nonlocal told
        if now.block != told:
            told = now.block
            display.write(f"{place(now)}, about {now.left:.0f} s left\n")
            display.flush()

    return listen


@contextmanager
def live(cases: Sequence[Case], display: Display) -> Iterator[Listener]:
    """Yield a listener that keeps a picture of the run on the terminal.

    The picture changes between samples only: a thread that redraws it by the clock would do so inside samples, too.
    """
    from rich.console import Console  # here: only a terminal needs it
    from rich.live import Live
    from rich.text import Text

    drawn = 0.0
    console = Console(file=cast("IO[str]", display))
    with Live(console=console, auto_refresh=False, transient=True) as picture:

        def listen(now: Now) -> None:
            nonlocal drawn
            if time.monotonic() - drawn >= SHORTEST:
                # No_wrap and cropping: a picture taller or wider than the terminal could not be erased again.
                room = max(1, console.size.height - 3)
                width = max((len(case.id) for case in cases), default=0)  # cases may join while it is measured
                text = "\n".join([heading(now), *(row(case, now.case, width) for case in cases[:room])])
                picture.update(Text(text, no_wrap=True, overflow="ellipsis"), refresh=True)
                drawn = time.monotonic()

        yield listen


def heading(now: Now) -> str:
    """Return the line that says what is being done.

    >>> heading(Now(doing="starting hosts", case=None, block=0, blocks=8, left=44.6))
    'block 1 of 8: starting hosts; about 45 s left'
    """
    what = f"{now.doing} {now.case.id}" if now.case else now.doing
    return f"{place(now)}: {what}; about {now.left:.0f} s left"


def place(now: Now) -> str:
    """Return where the run is: `block 1 of 8`, or `block 1` where nobody knows how many there will be."""
    return f"{now.unit} {now.block + 1}" + ("" if now.blocks is None else f" of {now.blocks}")


def row(case: Case, current: Case | None, width: int) -> str:
    """Return a case's line, its name filled up to `width`: the median of its metric so far."""
    mark = ">" if case is current else " "
    if case.error is not None:
        return f"{mark} {case.id:{width}} {case.error.kind}"
    times = [value for sample in case.samples if (value := getattr(sample, case.metric)) is not None]
    if not times:
        return f"{mark} {case.id}"
    return f"{mark} {case.id:{width}} {seconds(median(times)):>8}  {counted(len(times), 'sample')}"
