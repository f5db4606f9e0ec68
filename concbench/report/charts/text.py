"""How wide text is, about, without a browser to ask: enough to break a name into lines that fit."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import east_asian_width

ADVANCES = {
    0.278: " !'`,./:;|I[\\]fijlt",
    0.36: '()-r{}"',
    0.5: "cksvxyzJ*^",
    0.611: "FTZ+<=>~",
    0.667: "ABEKPSVXY&",
    0.722: "CDHNRUw",
    0.833: "GOQMm",
    0.944: "W%",
    1.015: "@…",
}
"""Of Arial's characters, as a share of the font's size, rounded up; all other letters and digits are `USUAL`."""
USUAL, FOREIGN, WIDE = 0.556, 0.7, 1.0
BOLD = 1.08
"""How much wider a bold font is."""

_ADVANCE = {char: advance for advance, chars in ADVANCES.items() for char in chars}


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a line of text in pixels, in a font of that size.

    >>> width_of("process", 10)
    35.28
    """
    return round(sum(map(_advance, text)) * size * (BOLD if bold else 1), 2)


def wrapped(text: str, width: float, size: float, most: int, *, bold: bool = False) -> list[str]:
    """Text in at most that many lines of at most that width; what does not fit is cut, and ends in an ellipsis.

    >>> wrapped("executor-processes workers 4", 110, 12, 3)
    ['executor-processes', 'workers 4']
    >>> wrapped("one two three", 30, 12, 2)
    ['one', 'tw…']
    """
    lines: list[str] = []
    for word in _pieces(text, width, size, bold):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
        if len(lines) > most:
            break
    if len(lines) > most:
        last = lines[most - 1]
        while last and width_of(f"{last}…", size, bold=bold) > width:
            last = last[:-1]
        lines[most - 1 :] = [f"{last.rstrip()}…"]
    return lines


def _pieces(text: str, width: float, size: float, bold: bool) -> Iterator[str]:
    """The words of a text; one that is wider than a line is cut into several."""
    for word in text.split(" "):
        rest = word
        while width_of(rest, size, bold=bold) > width and len(rest) > 1:
            at = 1
            while at < len(rest) and width_of(rest[: at + 1], size, bold=bold) <= width:
                at += 1
            yield rest[:at]
            rest = rest[at:]
        if rest:
            yield rest


def _advance(char: str) -> float:
    if char in _ADVANCE:
        return _ADVANCE[char]
    if char.isascii():
        return USUAL
    return WIDE if east_asian_width(char) in "WF" else FOREIGN
