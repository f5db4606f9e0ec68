"""Numbers, times, sizes, shares and names as a person writes them: `20ms`, `64KiB`, `3%`."""

from __future__ import annotations

import re
from typing import Any

NUMBER = re.compile(r"\s*((?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\s*([A-Za-zµμ]*)\s*")
TIMES = {"": 1.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9, "min": 60.0}
SIZES = {
    "": 1,
    "B": 1,
    "kB": 10**3,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}
LONGEST = 1e6
"""Seconds, 11 days: nobody waits longer, and every system's clocks and locks can count so far."""
LARGEST = 10**15
"""Bytes: no machine has more."""
MOST = 10**9
LONGEST_NAME = 100
"""Letters: a name is a row's, and a line's."""


class Unreadable(Exception):
    """A value that is not what it should be; the text says what it is, and what would do, after the key's name."""


def count(value: Any) -> int:
    """Return a whole number of at least 1; raises Unreadable."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
        raise Unreadable(f"is {value!r}: write a whole number from 1 to {MOST}")
    return value


def items(value: Any) -> int | str:
    """Return a number of items, or the name of a file or a function that they come from; raises Unreadable."""
    if isinstance(value, str) and value.strip() and not value.strip().isdecimal():
        return value
    if isinstance(value, str):
        raise Unreadable(f"is {value!r}: write a number without quotes, a JSON-lines file, or a function")
    return count(value)


def duration(value: Any) -> float:
    """Return seconds; raises Unreadable.

    >>> duration("20ms"), duration(1.5)
    (0.02, 1.5)
    """
    match = NUMBER.fullmatch(str(value))
    if isinstance(value, bool) or match is None or match[2] not in TIMES:
        raise Unreadable(f"{value!r} is not a time: write 20ms, 1.5s or 2min")
    seconds = float(match[1]) * TIMES[match[2]]
    if seconds > LONGEST:
        raise Unreadable(f"{value!r} is too long: write at most {LONGEST:.0f} seconds")
    return seconds


def some_time(value: Any) -> float:
    """Return seconds, and not none at all; raises Unreadable."""
    seconds = duration(value)
    if seconds == 0:
        raise Unreadable(f"{value!r} is no time at all: write 20ms, 1.5s or 2min")
    return seconds


def size(value: Any) -> int:
    """Return bytes; raises Unreadable.

    >>> size("64KiB")
    65536
    """
    match = NUMBER.fullmatch(str(value))
    if isinstance(value, bool) or match is None or match[2] not in SIZES:
        raise Unreadable(f"{value!r} is not a size: write 512, 64KiB or 8MB")
    found = float(match[1]) * SIZES[match[2]]
    if found > LARGEST:
        raise Unreadable(f"{value!r} is too much: write at most {LARGEST} bytes")
    return round(found)


def fraction(value: Any) -> float:
    """Return a share above 0 and below 1; raises Unreadable.

    >>> fraction("3%"), fraction(0.03)
    (0.03, 0.03)
    """
    match = re.fullmatch(r"\s*((?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+))\s*(%?)\s*", str(value))
    if isinstance(value, float):
        found = value
    else:
        found = float(match[1]) / (100 if match[2] else 1) if match and not isinstance(value, bool) else 0.0
    if not 0 < found < 1:
        raise Unreadable(f"{value!r} is not a share between 0 and 100 %: write 3% or 0.03")
    return found


def text(value: Any) -> str:
    """Return a text that says something; raises Unreadable."""
    if not isinstance(value, str) or not value.strip():
        raise Unreadable(f"is {value!r}: write a text in quotes")
    return value


def name(value: Any) -> str:
    """Return a name that fits in a row; raises Unreadable."""
    found = text(value)
    if len(found) > LONGEST_NAME or not found.isprintable() or "/" in found:
        raise Unreadable(
            f"is {found[:LONGEST_NAME]!r}: a name is at most {LONGEST_NAME} letters on one line, without /"
        )
    return found


def names(value: Any) -> list[str]:
    """Return a list of texts that is not empty; raises Unreadable."""
    if not isinstance(value, list) or not value:
        raise Unreadable(f"is {value!r}: write a list of texts that is not empty")
    return [text(each) for each in value]
