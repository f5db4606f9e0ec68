"""How charts look: colours that mean the same everywhere, and a dress that follows light and dark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from concbench.model import Verdict
from concbench.stats.breakdown import PARTS

# After Okabe and Ito, "Color Universal Design" (2008): people with any colour vision tell these apart.
BLUE, SKY, ORANGE, VERMILLION = "#0072b2", "#56b4e9", "#e69f00", "#d55e00"
GREEN, PURPLE, YELLOW, GREY = "#009e73", "#cc79a7", "#f0e442", "#8a919c"

PART_COLOURS = dict(zip(PARTS.values(), (ORANGE, YELLOW, BLUE, VERMILLION, SKY, PURPLE, GREEN, GREY), strict=True))
"""Of where the time went; in a timeline, too."""
SERIES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
"""Of cases or runs beside each other."""
DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (12, 4), (4, 4))
"""For the same, so that a line can be followed without its colour."""
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
VERDICTS: dict[Verdict, tuple[str, str]] = {
    "faster": (BLUE, "triangle-left"),
    "slower": (VERMILLION, "triangle-right"),
    "same": (GREEN, "square"),
    "undecided": (GREY, "circle"),
}
"""Colour and shape of each."""

LIGHT = {"ink": "#1c2127", "muted": "#57606a", "grid": "#dfe3e8", "surface": "#ffffff"}
"""What depends on light and dark; the page sets these to its own colours while it is open."""
NAMES_WIDTH = 290
"""Pixels that the name of a case may take beside its bar; fewer on a narrow page."""
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"


def dressed(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a specification with the parameters `ink`, `muted`, `grid`, `surface`, `names`, and all that follows."""
    found = {name: value for name, value in spec.items() if name not in ("config", "$schema")}
    params = [{"name": name, "value": value} for name, value in (*LIGHT.items(), ("names", NAMES_WIDTH))]
    found["autosize"] = {"type": "fit-x", "contains": "padding"}
    return {**found, "params": [*found.get("params", []), *params], "config": CONFIG}


def _of(name: str) -> dict[str, str]:
    return {"expr": name}


CONFIG: dict[str, Any] = {
    "font": FONT,
    "background": "transparent",
    "aria": False,  # the page says what a chart shows, in a sentence and in a table
    "view": {"stroke": None},
    "axis": {
        "labelColor": _of("ink"),
        "titleColor": _of("muted"),
        "domainColor": _of("muted"),
        "tickColor": _of("muted"),
        "gridColor": _of("grid"),
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": _of("names"),
    },
    "legend": {
        "labelColor": _of("ink"),
        "titleColor": _of("muted"),
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 290,
        "symbolStrokeColor": _of("muted"),
    },
    "title": {"color": _of("ink"), "anchor": "start", "fontSize": 14},
    "style": {
        "bar": {"stroke": _of("muted"), "strokeWidth": 0.6},
        "edged": {"stroke": _of("surface"), "strokeWidth": 0.7},
        "line-at": {"color": _of("ink"), "strokeWidth": 1.5, "strokeDash": [4, 3]},
        "ideal": {"color": _of("ink")},
        "level": {"color": _of("ink")},
    },
}
