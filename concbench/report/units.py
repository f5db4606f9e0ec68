"""Numbers, and lists of names, as people read them: 12.1 ms, 41 MB, ±2 %, 1,000 tasks."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

TIME_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
SIZE_UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))
LEAST_PERCENT = 0.01
"""Per cent: a smaller share is shown as smaller than this."""
LONG = 120
"""A wait of more seconds is given in minutes, and one of more minutes in hours."""
SMALLEST = 1e-9
"""Smaller numbers, in whatever unit, are shown as 0."""
BEYOND = 1e6
"""A number of a unit from which on the next larger unit is tried."""
WIDEST = 1.0
"""An interval that reaches further than its estimate is not shown: it would hold zero, and twice as much."""


def seconds(value: float, digits: int = 3) -> str:
    """A time with its unit.

    >>> seconds(0.0121), seconds(14.03), seconds(0.00005), len(seconds(1e305)) > 300
    ('12.1 ms', '14.0 s', '50.0 µs', True)
    """
    return _with_unit(value, TIME_UNITS, digits)


def counted(number: int, word: str) -> str:
    """A number and what it counts.

    >>> counted(1, "task"), counted(1000, "task")
    ('1 task', '1,000 tasks')
    """
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Names, at least one, in a sentence.

    >>> listed(["pipe"]), listed(["pipe", "queue", "socketpair"])
    ('pipe', 'pipe, queue and socketpair')
    """
    return " and ".join([*([", ".join(names[:-1])] if len(names) > 1 else []), names[-1]])


def waiting(value: float) -> str:
    """A time to wait, roughly.

    >>> waiting(14.2), waiting(640), waiting(20000)
    ('14 s', '11 min', '5.6 h')
    """
    if value < LONG:
        return f"{value:.0f} s"
    return f"{value / 60:.0f} min" if value < 60 * LONG else f"{value / 3600:.1f} h"


def time_unit(value: float) -> tuple[float, str]:
    """The largest unit that is not larger than a time, and its name."""
    return next(((scale, unit) for scale, unit in TIME_UNITS if value >= 0.9995 * scale), TIME_UNITS[-1])


def size(value: float, digits: int = 3) -> str:
    """Bytes with a decimal unit.

    >>> size(41_300_000), size(1_230_000_000), size(12)
    ('41.3 MB', '1.23 GB', '12.0 B')
    """
    return _with_unit(value, SIZE_UNITS, digits)


def binary_size(value: int) -> str:
    """Bytes with a binary unit, as sizes of messages are given.

    >>> binary_size(16), binary_size(65536), binary_size(1_500_000)
    ('16 B', '64 KiB', '1.43 MiB')
    """
    for scale, unit in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if value >= scale:
            number = value / scale
            return f"{number:.0f} {unit}" if number == int(number) else f"{figures(number)} {unit}"
    return f"{value} B"


def rate(value: float) -> str:
    """A rate per second.

    >>> rate(12.3), rate(81_300), rate(2_410_000)
    ('12.3/s', '81.3k/s', '2.41M/s')
    """
    for scale, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= 0.9995 * scale:
            return f"{figures(value / scale)}{unit}/s"
    return f"{figures(value)}/s"


def figures(value: float, digits: int = 3) -> str:
    """A number with a given number of significant digits, and never an exponent.

    >>> figures(0.14567), figures(6.1), figures(1234.5), figures(0)
    ('0.146', '6.10', '1234', '0')
    """
    if abs(value) < SMALLEST:
        return "0"
    places = max(0, digits - 1 - floor(log10(abs(value))))
    rounded = round(value, places)
    if rounded and floor(log10(abs(rounded))) > floor(log10(abs(value))):
        places = max(0, places - 1)  # 9.996 has become 10.00, which is a digit too many
    return f"{value:.{places}f}"


def percent(share: float) -> str:
    """A share as a percentage, with one digit if it is small.

    >>> percent(0.873), percent(0.0071), percent(1.5), percent(1e-7)
    ('87%', '0.7%', '150%', '<0.01%')
    """
    value = 100 * share
    if 0 < value < LEAST_PERCENT:
        return f"<{LEAST_PERCENT}%"
    return f"{value:.0f}%" if value >= 9.5 else f"{value:.1g}%" if value > 0 else "0%"


def spread(estimate: float, low: float | None, high: float | None) -> str:
    """How far an interval reaches from its estimate, relative to it; empty without one, and beyond `WIDEST`.

    >>> spread(1.0, 0.98, 1.03), spread(1.0, 0.01, 100.0), spread(1.0, None, None)
    ('±3%', '', '')
    """
    if low is None or high is None or estimate == 0:
        return ""
    reach = max(high / estimate - 1, 1 - low / estimate)
    if reach > WIDEST:
        return ""
    return f"±{100 * reach:.1f}%" if reach < 0.0095 else f"±{100 * reach:.0f}%"


def _with_unit(value: float, units: tuple[tuple[float, str], ...], digits: int) -> str:
    """A value in the smallest unit in which it is shown as less than 1000: 999.6 ms is 1.00 s."""
    smallest, largest = units[-1], units[0]
    for scale, unit in reversed(units):
        # What would be 1000 of the unit before is at least 1 of this one, whatever the last bit says.
        number = value / scale if (scale, unit) == smallest else max(1.0, value / scale)
        if number > BEYOND and (scale, unit) != largest:
            continue  # and may be larger than any float in this unit
        text = figures(number, digits)
        if (scale, unit) == largest or float(text) < 1000:
            break
    return f"{text} {unit}"
