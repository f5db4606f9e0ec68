"""Records what a command shows on a terminal, and draws it as one SVG, which plays once and ends on the last screen.

    python -m docs.recording record FILE.cast --folder FOLDER -- concbench advise crawler.py:links --items 60
    python -m docs.recording draw FILE.cast FILE.svg

A recording is a file of asciinema's (asciicast, version 2). The picture has no script: a browser plays it in an <img>,
in the reader's light or dark colours. Where less motion is preferred, and where animations are unknown, the last screen
stands still.
"""

from __future__ import annotations

import codecs
import os
import re
import shlex
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated, Literal
from xml.sax.saxutils import escape

import click
import msgspec
import pyte

# Recording

UNWANTED = {"CI", "NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS", "LINES", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}
"""Variables that change what a command shows."""
TERMINAL = "xterm"
"""Its sixteen colours are drawn in the reader's own."""

Size = Annotated[int, msgspec.Meta(ge=1, le=500)]
Event = tuple[float, Literal["o"], str]
"""Seconds since the start, and what was written then."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a recording."""

    version: Literal[2] = 2
    width: Size
    height: Size
    command: str


@dataclass(frozen=True)
class Recording:
    """What a command wrote to its terminal, and when."""

    header: Header
    events: Sequence[Event]


def record(words: Sequence[str], folder: Path, width: int, height: int) -> Recording:
    """Run a command on a terminal of this size; raises CalledProcessError where it fails."""
    import fcntl  # these three exist on POSIX only
    import pty
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    # The commands that are installed beside this interpreter come first.
    environment |= {"TERM": TERMINAL, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    events: list[Event] = []
    began = time.monotonic()
    with subprocess.Popen(
        words, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        while data := _received(ours):
            events.append((round(time.monotonic() - began, 3), "o", decoder.decode(data)))
        os.close(ours)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(words))
    return Recording(Header(width=width, height=height, command=shlex.join(words)), events)


def _received(terminal: int) -> bytes:
    """What has come on a terminal; nothing once its other end is closed."""
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux's way to say so
        return b""


def written(recording: Recording) -> bytes:
    """A recording as a file's contents."""
    return b"".join(msgspec.json.encode(line) + b"\n" for line in (recording.header, *recording.events))


def read(contents: bytes) -> Recording:
    """A file's contents as a recording; raises msgspec.MsgspecError where they are none."""
    first, *others = contents.splitlines()
    return Recording(
        msgspec.json.decode(first, type=Header), [msgspec.json.decode(line, type=Event) for line in others]
    )


# What the terminal shows, and when

BEFORE = 1.0
"""Seconds in which there is only the command."""
STEP = 0.25
"""Seconds for which a screen stands at least."""
UNSEEN = "\N{REPLACEMENT CHARACTER}"
"""In place of a character that does something."""


@dataclass(frozen=True)
class Piece:
    """Neighbouring characters of a line that look alike."""

    column: int
    width: int
    text: str
    look: str
    """The names of its colour and style, with spaces between them."""


Line = tuple[Piece, ...]


@dataclass(frozen=True)
class Shown:
    """A line of the screen for as long as it does not change: in seconds of play, until None for the last screen."""

    row: int
    line: Line
    since: float
    until: float | None


def lines_shown(recording: Recording, pace: float) -> list[Shown]:
    """Every line that the screen shows, from the top; `pace` is the seconds of play for each that was recorded."""
    found: list[Shown] = []
    standing: dict[int, tuple[Line, float]] = {}
    for moment, screen in _screens(recording, pace):
        for row, line in enumerate(screen):
            before, since = standing.get(row, ((), 0.0))
            if line != before:
                if before:
                    found.append(Shown(row, before, since, moment))
                standing[row] = line, moment
    found += [Shown(row, line, since, None) for row, (line, since) in standing.items() if line]
    return sorted(found, key=lambda shown: (shown.row, shown.since))


def _screens(recording: Recording, pace: float) -> Iterator[tuple[float, list[Line]]]:
    """The moments at which the screen changes, and its lines from then on; those too short to be seen are left out."""
    terminal = pyte.Screen(recording.header.width, recording.header.height)
    stream = pyte.Stream(terminal)
    stream.feed(f"\x1b[1m$ {_safe(recording.header.command)}\x1b[m\r\n")
    yield 0.0, _lines(terminal)
    for step, events in groupby(recording.events, key=lambda event: event[0] * pace // STEP):
        for _, _, text in events:
            stream.feed(text)
        yield BEFORE + step * STEP, _lines(terminal)


def _lines(terminal: pyte.Screen) -> list[Line]:
    return [_line(terminal.buffer[row], terminal.columns) for row in range(terminal.lines)]


def _line(cells: Mapping[int, pyte.screens.Char], columns: int) -> Line:
    """The pieces of a line, cut where there are two spaces or more: not every browser would keep those within text."""
    spaces = [cells[column].data.isspace() for column in range(columns)]
    marks = "".join(" " if space else "x" for space in spaces)
    pieces = []
    for words in re.finditer("x+(?: x+)*", marks):
        for look, alike in groupby(range(*words.span()), key=lambda column: _look(cells[column])):
            at = list(alike)
            at = at[spaces[at[0]] : len(at) - spaces[at[-1]]]
            if at:
                text = _safe("".join(cells[column].data for column in at))
                pieces.append(Piece(at[0], len(at), text, look))
    return tuple(pieces)


def _look(cell: pyte.screens.Char) -> str:
    """The look of a character; a space of any colour is nothing but a space."""
    style = [name for name in ("bold", "italics", "underscore") if getattr(cell, name)]
    colour = [] if cell.fg == "default" else [cell.fg]
    return " ".join(colour + style)


def _safe(text: str) -> str:
    """The text without characters that do something."""
    return "".join(" " if char.isspace() else char if char.isprintable() else UNSEEN for char in text)


# The picture

LONGEST = 8.0
"""Seconds that a picture plays."""
MOST_LINES = 34
"""Of a picture, as many as the window of a browser shows."""
CELL, LINE_HEIGHT, FONT, MARGIN = 8.4, 19, 14, 14
"""Pixels: the width of a character, the height of a line, the size of letters, the space around all."""
COLOURS = {
    "black": ("#24292f", "#6e7681"),
    "red": ("#cf222e", "#ff7b72"),
    "green": ("#116329", "#3fb950"),
    "brown": ("#7d4e00", "#d29922"),
    "blue": ("#0969da", "#58a6ff"),
    "magenta": ("#8250df", "#bc8cff"),
    "cyan": ("#1b7c83", "#39c5cf"),
    "white": ("#57606a", "#b1bac4"),
    "brightblack": ("#6e7781", "#8b949e"),
    "brightred": ("#a40e26", "#ffa198"),
    "brightgreen": ("#1a7f37", "#56d364"),
    "brightbrown": ("#633c01", "#e3b341"),
    "brightblue": ("#0550ae", "#79c0ff"),
    "brightmagenta": ("#6639ba", "#d2a8ff"),
    "brightcyan": ("#3192aa", "#56d4dd"),
    "brightwhite": ("#24292f", "#f0f6fc"),
}
"""For each of the terminal's colours, one that is legible on light and one on dark."""
PLAIN, FAINT = ("#1f2328", "#e6edf3"), ("#59636e", "#9198a1")
PAPER, EDGE = ("#f6f8fa", "#0d1117"), ("#d1d9e0", "#3d444d")
STYLES = {"bold": "font-weight:bold", "italics": "font-style:italic", "underscore": "text-decoration:underline"}
FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"


def drawn(recording: Recording, longest: float = LONGEST, most: int = MOST_LINES) -> str:
    """The picture of a recording: it plays for at most `longest` seconds, and has about the first `most` lines."""
    took = recording.events[-1][0] if recording.events else 0.0
    pace = min(1.0, longest / took) if took else 1.0
    all_lines = lines_shown(recording, pace)
    cut = _cut(all_lines, most)
    lines = [shown for shown in all_lines if shown.row < cut]
    width = 2 * MARGIN + CELL * recording.header.width
    below = 2 * MARGIN + LINE_HEIGHT * _rows(lines)
    notes = [] if pace == 1 else [f"recorded in {took:.0f} s, played in {took * pace:.0f} s"]
    if len(lines) < len(all_lines):
        notes.append(f"the first {_rows(lines)} of {_rows(all_lines)} lines")
    height = below + (LINE_HEIGHT if notes else 0)
    note = (
        f'<text class="faint" x="{width - MARGIN:g}" y="{height - MARGIN}" text-anchor="end" font-size="11">'
        f"{'; '.join(notes)}</text>"
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:g}" '
            f'height="{height}" viewBox="0 0 {width:g} {height}" font-family="{FONTS}" font-size="{FONT}">',
            f"<title>A terminal: {escape(_safe(recording.header.command))}</title>",
            f"<style>{_style(lines)}</style>",
            f'<rect class="paper" x=".5" y=".5" width="{width - 1:g}" height="{height - 1}" rx="8"/>',
            *(_drawn_line(shown) for shown in lines),
            *([note] if notes else []),
            "</svg>\n",
        ]
    )


def _cut(lines: Sequence[Shown], most: int) -> int:
    """How many lines to draw: all, or up to the last empty one in the lower half of the first `most`, or as many."""
    if _rows(lines) <= most:
        return most
    filled = {shown.row for shown in lines if shown.until is None}
    return max((row for row in range(most // 2, most + 1) if row not in filled), default=most)


def _rows(lines: Sequence[Shown]) -> int:
    """How many lines there are on the screen that reaches furthest down."""
    return 1 + max(shown.row for shown in lines)


def _style(lines: Sequence[Shown]) -> str:
    """The style sheet: a line that stays is hidden before its time, and one that goes is shown for its time only."""
    used = {word for shown in lines for piece in shown.line for word in piece.look.split()}
    colours = {name: COLOURS[name] for name in COLOURS if name in used}

    def rules(which: int) -> str:
        return (
            f"text{{fill:{PLAIN[which]}}}.paper{{fill:{PAPER[which]};stroke:{EDGE[which]}}}.faint{{fill:{FAINT[which]}}}"
            + "".join(f".{name}{{fill:{pair[which]}}}" for name, pair in colours.items())
        )

    return (
        rules(0)
        + f"@media(prefers-color-scheme:dark){{{rules(1)}}}"
        + "".join(f".{name}{{{rule}}}" for name, rule in STYLES.items() if name in used)
        + ".goes{visibility:hidden}"
        + "@keyframes before{from,to{visibility:hidden}}@keyframes during{from,to{visibility:visible}}"
        + "@media(prefers-reduced-motion:reduce){text{animation:none!important}}"
    )


def _drawn_line(shown: Shown) -> str:
    """A line as text, with when it is seen."""
    if shown.until is not None:
        when = f' class="goes" style="animation:during {shown.until - shown.since:g}s {shown.since:g}s"'
    else:
        when = f' style="animation:before {shown.since:g}s"' if shown.since else ""
    y = MARGIN + LINE_HEIGHT * shown.row + FONT
    return f'<text y="{y}"{when}>{"".join(_drawn_piece(piece) for piece in shown.line)}</text>'


def _drawn_piece(piece: Piece) -> str:
    """A piece as wide as its characters are on a terminal, whatever the reader's font is."""
    names = [word for word in piece.look.split() if word in COLOURS or word in STYLES]
    look = f' class="{" ".join(names)}"' if names else ""
    look += "".join(f' fill="#{word}"' for word in piece.look.split() if re.fullmatch("[0-9a-f]{6}", word))
    at, wide = MARGIN + CELL * piece.column, CELL * piece.width
    return f'<tspan x="{at:g}" textLength="{wide:g}"{look}>{escape(piece.text)}</tspan>'


# Commands


@click.group()
def main() -> None:
    """Record a command on a terminal, and draw the recording."""


@main.command("record")
@click.argument("cast", type=click.Path(path_type=Path))
@click.argument("words", nargs=-1, required=True)
@click.option("--folder", type=click.Path(path_type=Path), default=Path(), help="Where the command runs.")
@click.option("--columns", type=int, default=80, show_default=True)
@click.option("--rows", type=int, default=100, show_default=True)
def record_command(cast: Path, words: tuple[str, ...], folder: Path, columns: int, rows: int) -> None:
    """Run WORDS on a terminal, and write what it shows to CAST."""
    cast.write_bytes(written(record(words, folder, columns, rows)))


@main.command("draw")
@click.argument("cast", type=click.Path(path_type=Path))
@click.argument("picture", type=click.Path(path_type=Path))
@click.option("--longest", default=LONGEST, show_default=True, help="Seconds that it may play.")
@click.option("--lines", default=MOST_LINES, show_default=True, help="How many of the first lines to draw at most.")
def draw_command(cast: Path, picture: Path, longest: float, lines: int) -> None:
    """Draw the recording CAST as an SVG."""
    picture.write_text(drawn(read(cast.read_bytes()), longest, lines), encoding="utf-8")


if __name__ == "__main__":
    main()
