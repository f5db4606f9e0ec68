"""Numbers as a person reads them: 12.1 ms, 41 MB, ±2 %."""

from __future__ import annotations

from math import floor, log10

TIME_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
SIZE_UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))
LEAST_PERCENT = 0.01
"""A smaller share than so many per cent is only said to be smaller."""
LONG = 120
"""A wait of more seconds is told in minutes, and of more minutes in hours."""
SMALLEST = 1e-9
"""A smaller number than this, in whatever unit, is shown as 0."""
BEYOND = 1e6
"""What is more than so many of a unit is not told in it."""
WIDEST = 1.0
"""An interval that reaches further than its whole estimate is not told: it holds nothing, and twice as much."""


def seconds(value: float, digits: int = 3) -> str:
    """Return a time with its unit.

    >>> seconds(0.0121), seconds(14.03), seconds(0.00005), len(seconds(1e305)) > 300
    ('12.1 ms', '14.0 s', '50.0 µs', True)
    """
    return _with_unit(value, TIME_UNITS, digits)


def waiting(value: float) -> str:
    """Return a time that somebody would have to wait.

    >>> waiting(14.2), waiting(640), waiting(20000)
    ('14 s', '11 min', '5.6 h')
    """
    if value < LONG:
        return f"{value:.0f} s"
    return f"{value / 60:.0f} min" if value < 60 * LONG else f"{value / 3600:.1f} h"


def time_unit(value: float) -> tuple[float, str]:
    """Return the largest unit that is not larger than a time, and its name."""
    return next(((scale, unit) for scale, unit in TIME_UNITS if value >= 0.9995 * scale), TIME_UNITS[-1])


def size(value: float, digits: int = 3) -> str:
    """Return bytes with a decimal unit.

    >>> size(41_300_000), size(1_230_000_000), size(12)
    ('41.3 MB', '1.23 GB', '12.0 B')
    """
    return _with_unit(value, SIZE_UNITS, digits)


def binary_size(value: int) -> str:
    """Return bytes with a binary unit, as sizes of messages are given.

    >>> binary_size(16), binary_size(65536), binary_size(1_500_000)
    ('16 B', '64 KiB', '1.43 MiB')
    """
    for scale, unit in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if value >= scale:
            number = value / scale
            return f"{number:.0f} {unit}" if number == int(number) else f"{figures(number)} {unit}"
    return f"{value} B"


def rate(value: float) -> str:
    """Return how many a second.

    >>> rate(12.3), rate(81_300), rate(2_410_000)
    ('12.3/s', '81.3k/s', '2.41M/s')
    """
    for scale, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= 0.9995 * scale:
            return f"{figures(value / scale)}{unit}/s"
    return f"{figures(value)}/s"


def figures(value: float, digits: int = 3) -> str:
    """Return a number with so many significant digits, and never an exponent.

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
    """Return a share as a percentage, with more digits where it is small.

    >>> percent(0.873), percent(0.0071), percent(1.5), percent(1e-7)
    ('87%', '0.7%', '150%', '<0.01%')
    """
    value = 100 * share
    if 0 < value < LEAST_PERCENT:
        return f"<{LEAST_PERCENT}%"
    return f"{value:.0f}%" if value >= 9.5 else f"{value:.1g}%" if value > 0 else "0%"


def spread(estimate: float, low: float | None, high: float | None) -> str:
    """Return how far an interval reaches from its estimate, at most, relative to it.

    Nothing where there is no interval, and where it reaches further than `WIDEST`.

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
    """Return a value in the smallest unit in which it is shown as less than 1000: 999.6 ms is 1.00 s."""
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
