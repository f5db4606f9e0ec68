"""Times and sizes as a person types them: `20ms`, `1.5`, `64KiB`."""

from __future__ import annotations

import re

import click

NUMBER = re.compile(r"\s*([0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)\s*([A-Za-zµμ]*)\s*")
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


class Count(click.ParamType):  # type: ignore[type-arg]  # generic in new versions of click only
    """A whole number between two limits: from 1, and no larger than makes sense, if nothing else is said."""

    name = "integer"

    def __init__(self, least: int = 1, most: int = MOST) -> None:
        self.least, self.most = least, most

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number; a usage error for anything else."""
        text = str(value)
        # No number within the limits has more digits, and Python refuses to read thousands of them.
        if re.fullmatch(r"[0-9]{1,20}", text) is None or not self.least <= int(text) <= self.most:
            self.fail(f"{text!r} is not a whole number from {self.least} to {self.most}", param, ctx)
        return int(text)


class Duration(click.ParamType):  # type: ignore[type-arg]  # as above
    """A time with a unit, or in seconds without one; becomes seconds."""

    name = "time"

    def __init__(self, zero: bool = False) -> None:
        self.zero = zero

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return seconds; a usage error for anything else."""
        if isinstance(value, float):
            return value
        match = NUMBER.fullmatch(str(value))
        if match is None or match[2] not in TIMES:
            self.fail(f"{value!r} is not a time: write 20ms, 1.5s or 2min", param, ctx)
        seconds = float(match[1]) * TIMES[match[2]]
        if seconds == 0 and not self.zero:
            self.fail(f"{value!r} is not a time that can be measured: it must be more than 0", param, ctx)
        if seconds > LONGEST:
            self.fail(f"{value!r} is too long: write at most {LONGEST:.0f} seconds", param, ctx)
        return seconds


class Size(click.ParamType):  # type: ignore[type-arg]  # as above
    """A number of bytes, with a unit or without; becomes bytes."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return bytes; a usage error for anything else."""
        if isinstance(value, int):
            return value
        match = NUMBER.fullmatch(str(value))
        if match is None or match[2] not in SIZES:
            self.fail(f"{value!r} is not a size: write 512, 64KiB or 8MB", param, ctx)
        size = float(match[1]) * SIZES[match[2]]
        if size > LARGEST:
            self.fail(f"{value!r} is too much: write at most {LARGEST} bytes", param, ctx)
        return round(size)
