"""The picture of a run's card: composed by hand as SVG, and not drawn by Vega.

It is mostly type, of five sizes, that has to be broken into lines, and to stay legible where it is a small picture in a
feed. A page shows the same as text, so that it suits a phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

import vl_convert
from jinja2 import Template

from concbench.report.charts import style
from concbench.report.charts.hero import ACROSS, DOWN, Hero, Strip
from concbench.report.charts.text import width_of, wrapped
from concbench.report.charts.timeline import LIGHTER
from concbench.report.safe import templates

CARD_WIDTH, CARD_HEIGHT, MARGIN = 1200, 630, 60
INSIDE = CARD_WIDTH - 2 * MARGIN
FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"
"""Fonts of the same width, for which lines are broken."""
CLAIM_SIZES = ((46, 1), (40, 2), (34, 2), (28, 3))
"""Of its type, and the most lines of each: the first that the claim fits is used."""
DETAIL_SIZES = ((26, 1), (22, 2))
FIGURE_SIZE, WORD_SIZE, NAME_SIZE, SMALL = 104, 60, 21, 19
LEADING = 1.2
"""From one line to the next, of the size of its type."""
LANE, LOWEST, TALLEST = 22, 44, 100
"""Pixels: of a lane, and of all lanes together at least and at most."""
BOTTOM = 600
"""Of the card's last line."""
SIGNS = {
    "confirmed": "M2 12l7 7L22 4",
    "refuted": "M4 4l16 16M20 4L4 20",
}
"""Of outcomes: paths in a box of 24 by 24, because few fonts have signs for them."""
COLOURS = {
    **style.LIGHT,
    "good": "#00664b",
    "bad": "#a33f00",
    "doubt": "#6b5500",
    "factor": style.BLUE,
    "track": "#e8f0f6",
    "even": style.BLUE,
    "odd": LIGHTER,
    "busy-1": "#9cc9e3",
    "busy-2": LIGHTER,
    "busy-3": style.BLUE,
    "start": style.PART_COLOURS["start"],
    "stop": style.PART_COLOURS["stop"],
    "bar": style.BLUE,
}


@dataclass(frozen=True)
class Piece:
    """A piece of a line of text."""

    text: str
    size: float
    colour: str = "ink"
    bold: bool = False


@dataclass(frozen=True)
class Words:
    """A line of text at its place on the card: pieces beside each other."""

    x: float
    y: float
    pieces: tuple[Piece, ...]
    anchor: Literal["start", "middle", "end"] = "start"


@dataclass(frozen=True)
class Placed:
    """A strip at its place on the card."""

    strip: Strip
    top: float
    height: float


@dataclass(frozen=True)
class Swatch:
    """A sample of a shade, in the legend."""

    shade: str
    x: float
    y: float


def svg(found: Hero) -> str:
    """The card as an SVG of 1200 by 630 pixels, as social networks and chats show them."""
    words, strips, swatches = _composed(found)
    text: str = _template().render(
        width=CARD_WIDTH,
        height=CARD_HEIGHT,
        margin=MARGIN,
        inside=INSIDE,
        across=ACROSS,
        down=DOWN,
        font=FONT,
        colours=COLOURS,
        hero=found,
        sign=SIGNS.get(found.outcome, ""),
        words=words,
        strips=strips,
        swatches=swatches,
        ticks=[(MARGIN + at / ACROSS * INSIDE, label) for at, label in found.ticks],
    )
    return text


def png(found: Hero) -> bytes:
    """The same as a PNG of that size."""
    return vl_convert.svg_to_png(svg(found))


def _composed(found: Hero) -> tuple[list[Words], list[Placed], list[Swatch]]:
    """Every line of text with its place, from the top down, and the strips in what is left."""
    y = 64.0
    indent = 34 if found.outcome in SIGNS else 0
    words = [
        Words(MARGIN + indent, y, (Piece(found.kicker, 24, found.tone, bold=True),)),
        Words(CARD_WIDTH - MARGIN, y, (Piece("concbench", 22, "muted"),), "end"),
    ]
    claim_size, claim = _fitting(found.claim, CLAIM_SIZES, bold=True)
    detail_size, detail = _fitting(found.detail, DETAIL_SIZES)
    figure = (Piece(found.figure, FIGURE_SIZE, "factor", bold=True), Piece(found.word, WORD_SIZE, "factor", bold=True))
    axis = BOTTOM - 64
    taken = 10 + LEADING * claim_size * len(claim) + 0.95 * FIGURE_SIZE + 12 + LEADING * detail_size * len(detail) + 22
    room = axis - 24 - y - taken
    wanted = sum(_most_height(strip) + NAME_SIZE + 17 for strip in found.strips)
    spare = max(0.0, room - wanted)
    y += 10
    for line in claim:
        y += LEADING * claim_size
        words.append(Words(MARGIN, y, (Piece(line, claim_size, bold=True),)))
    y += 0.95 * FIGURE_SIZE + 0.3 * spare
    words.append(Words(MARGIN, y, tuple(piece for piece in figure if piece.text)))
    y += 12
    for line in detail:
        y += LEADING * detail_size
        words.append(Words(MARGIN, y, (Piece(line, detail_size, "muted"),)))
    y += 22 + 0.7 * spare
    strips, each = [], (room - spare) / max(1, len(found.strips))
    for strip in found.strips:
        name = _line(strip.name, INSIDE - width_of(strip.time, NAME_SIZE) - 30, NAME_SIZE, bold=True)
        pieces = Piece(name, NAME_SIZE, bold=True), Piece(strip.time, NAME_SIZE)
        words.append(Words(MARGIN, y + NAME_SIZE, pieces))
        strips.append(Placed(strip, y + NAME_SIZE + 9, max(10.0, each - NAME_SIZE - 17)))
        y += each
    for at, label in found.ticks:
        x, half = at / ACROSS * INSIDE, width_of(label, SMALL - 2) / 2
        if x + half <= INSIDE + MARGIN:
            words.append(Words(MARGIN + x, axis, (Piece(label, SMALL - 2, "muted"),), "middle" if at else "start"))
    x, swatches = float(MARGIN), []
    for shade, meaning in found.legend:
        swatches.append(Swatch(shade, x, BOTTOM - 46))
        words.append(Words(x + 24, BOTTOM - 32, (Piece(meaning, SMALL - 2, "muted"),)))
        x += 24 + width_of(meaning, SMALL - 2) + 22
    words += [
        Words(MARGIN, BOTTOM, (Piece(_line(found.machine, INSIDE - 260, SMALL), SMALL, "muted"),)),
        Words(CARD_WIDTH - MARGIN, BOTTOM, (Piece(_line(found.date, 240, SMALL), SMALL, "muted"),), "end"),
    ]
    return words, strips, swatches


def _most_height(strip: Strip) -> float:
    """The height at which a strip looks best, if there is so much room."""
    return min(TALLEST, max(LOWEST, LANE * strip.lanes))


def _line(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """A text in one line, cut if it is too long for that."""
    return "".join(wrapped(text, width, size, 1, bold=bold))


def _fitting(text: str, sizes: Sequence[tuple[int, int]], *, bold: bool = False) -> tuple[int, list[str]]:
    """The first size at which a text fits its lines, and these."""
    for size, most in sizes:
        lines = wrapped(text, INSIDE, size, most + 1, bold=bold)
        if len(lines) <= most:
            return size, lines
    size, most = sizes[-1]
    return size, wrapped(text, INSIDE, size, most, bold=bold)


@cache
def _template() -> Template:
    """The card's template."""
    source = resources.files(__package__ or "").joinpath("hero.svg.jinja").read_text(encoding="utf-8")
    return templates().from_string(source)
