"""Times and sizes as a person types them: `20ms`, `1.5`, `64KiB`."""

from __future__ import annotations

import math
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


class Duration(click.ParamType):  # type: ignore[type-arg]  # generic in new versions of click only
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
        if not math.isfinite(seconds) or (seconds == 0 and not self.zero):
            self.fail(f"{value!r} is not a time that can be measured: it must be more than 0", param, ctx)
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
        return round(float(match[1]) * SIZES[match[2]])
