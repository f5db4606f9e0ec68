"""Times and sizes as a person types them: `20ms`, `1.5`, `64KiB`."""

from __future__ import annotations

import re

import click

from concbench.gate.quantities import MOST, Unreadable, duration, fraction, size


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
        try:
            seconds = duration(value)
        except Unreadable as error:
            self.fail(str(error), param, ctx)
        if seconds == 0 and not self.zero:
            self.fail(f"{value!r} is not a time that can be measured: it must be more than 0", param, ctx)
        return seconds


class Size(click.ParamType):  # type: ignore[type-arg]  # as above
    """A number of bytes, with a unit or without; becomes bytes."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return bytes; a usage error for anything else."""
        if isinstance(value, int):
            return value
        try:
            return size(value)
        except Unreadable as error:
            self.fail(str(error), param, ctx)


class Share(click.ParamType):  # type: ignore[type-arg]  # as above
    """A share, in percent or as a fraction; becomes a fraction."""

    name = "share"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return a fraction between 0 and 1; a usage error for anything else."""
        try:
            return fraction(value)
        except Unreadable as error:
            self.fail(str(error), param, ctx)
