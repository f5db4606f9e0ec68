"""What stands inside a page's scripts: data that can't end them, and code by its hash."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from importlib import resources
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup

ESCAPES = {ord("<"): r"\u003c", ord(">"): r"\u003e", ord("&"): r"\u0026"}


def as_data(value: Any) -> Markup:
    r"""Return JSON that can stand inside a script element: nothing in it ends the element or begins a comment.

    All but ASCII is written as `\uXXXX`, U+2028 among it, which older scripts take for the end of a line.

    >>> print(as_data({"name": "</script>"}))
    {"name":"\u003c/script\u003e"}
    """
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return Markup(text.translate(ESCAPES))  # noqa: S704 - nothing is left in it that HTML acts on


def as_code(script: str) -> Markup:
    """Return a script of ours, or of a library, for a script element; a string in it can't end the element."""
    found = re.sub("</(script)", r"<\\/\1", script, flags=re.IGNORECASE).replace("<!--", r"\x3c!--")
    return Markup(found)  # noqa: S704 - never data


def integrity(script: str) -> str:
    """Return a script's hash as a content security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")


@cache
def chart_library() -> Markup:
    """Return Vega-Embed, with all that it stands on, as one script that needs nothing else."""
    return as_code(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=vega_lite_version()))


def vega_lite_version() -> str:
    """Return the version that Altair writes specifications for, as vl-convert names it: `6.4`."""
    return ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def own_file(name: str) -> str:
    """Return one of the files beside this module."""
    return resources.files(__package__ or "concbench.report.html").joinpath(name).read_text(encoding="utf-8")
