"""One finding about a machine: a mark, what was seen, and for what is not good what it means and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from concbench.report.units import figures

Mark = Literal["good", "note", "warning", "unknown"]
"""`note`: figures are right and should be read with this in mind; `warning`: they may mislead."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was seen of one thing."""

    mark: Mark
    about: str
    """What was looked at, in a word or two."""
    seen: str
    meaning: str = ""
    """For figures; a whole sentence, and empty where all is good."""
    advice: str = ""
    """What to do; a whole sentence, and empty where all is good."""


def good(about: str, seen: str) -> Finding:
    """Return a finding that needs no more words.

    >>> good("battery", "on mains power").mark
    'good'
    """
    return Finding(mark="good", about=about, seen=seen)


def unknown(about: str) -> Finding:
    """Return the finding of what the system does not tell.

    >>> unknown("turbo").seen
    'not known here'
    """
    return Finding(mark="unknown", about=about, seen="not known here")


def judged(mark: Mark, about: str, seen: str, meaning: str, advice: str) -> Finding:
    """Return a finding that has its meaning and its advice only where not all is good.

    >>> judged("good", "throttling", "none", "Times have gaps.", "Use fewer workers.").advice
    ''
    """
    if mark == "good":
        return good(about, seen)
    return Finding(mark=mark, about=about, seen=seen, meaning=meaning, advice=advice)


def marked(value: float, note: float, warning: float) -> Mark:
    """Return the mark of a figure that is the better the smaller it is.

    >>> [marked(value, note=0.02, warning=0.1) for value in (0.01, 0.02, 0.5)]
    ['good', 'note', 'warning']
    """
    return "warning" if value >= warning else "note" if value >= note else "good"


def share(value: float) -> str:
    """Return a share in per cent, to two digits and at most one behind the point.

    >>> share(0.0213), share(0.31), share(0.0004), share(0.00001)
    ('2.1 %', '31 %', '0.04 %', '0 %')
    """
    return f"{figures(100 * value, 2 if value >= 0.001 else 1)} %" if value >= 0.0001 else "0 %"
