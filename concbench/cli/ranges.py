"""Several values where one could stand: a list as `1,7,auto`, or a range as `1:8`, `1:64:log`, `10us:100ms:log`."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor, log10

import click

from concbench.cli.quantities import Count, Duration, Size
from concbench.suites.axes import MOST_VALUES

AUTO = "auto"
"""Stands for what the interpreter, or the subject, does where nobody says."""
LOGARITHMIC = "log"
MOST_ROUND = 9
"""Values of a range by round factors, at most: a table and a chart of so many can be taken in at a glance."""
HAIR = 1e-9
"""Relative: by so little sums and products of floats may miss the end of a range."""

Value = int | float | None
"""None stands for `auto`."""


class Several(click.ParamType):  # type: ignore[type-arg]  # generic in new versions of click only
    """One value of another type, a list of them, or a range; becomes a tuple of different values.

    A list keeps its order. A range holds both of its ends, but with a step only what steps from its first value reach.
    """

    def __init__(self, one: Count | Duration | Size, auto: bool = False) -> None:
        self.one = one
        self.name = one.name
        self.auto = auto
        """Whether `auto` is a value, too."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Value, ...]:
        """Return the values; a usage error for anything else."""
        if isinstance(value, tuple):
            return value
        text = str(value)
        try:
            found = list(self.values(text))
        except click.BadParameter as error:
            whole = f"in {text!r}, {error.message}" if "," in text or ":" in text else error.message
            self.fail(whole, param, ctx)
        except Mistaken as error:
            self.fail(f"{text!r} {error}", param, ctx)
        return tuple(dict.fromkeys(found))

    def values(self, text: str) -> Iterator[Value]:
        """Yield the values that a text stands for; raises click.BadParameter for one, Mistaken for all."""
        if "," in text:
            parts = text.split(",")
            if ":" in text:
                raise Mistaken(f"mixes a list and a range: write {self.list_example()} or {self.example()}")
            if not all(part.strip() for part in parts):
                raise Mistaken(f"has an empty place: write {self.list_example()}")
            refuse_too_many(len(parts))
            yield from (self.single(part.strip()) for part in parts)
        elif ":" in text:
            yield from self.ranged([part.strip() for part in text.split(":")])
        else:
            yield self.single(text)

    def single(self, text: str) -> Value:
        """Return one value; raises click.BadParameter."""
        return None if self.auto and text.strip() == AUTO else self.number(text)

    def number(self, text: str) -> int | float:
        """Return one value that is a number; raises click.BadParameter."""
        return self.one.convert(text, None, None)

    def ranged(self, parts: list[str]) -> list[int] | list[float]:
        """Return the values of a range; raises click.BadParameter, and Mistaken."""
        if not all(parts):
            raise Mistaken(f"has an empty place: write {self.example()}")
        if AUTO in parts:
            raise Mistaken(f"has {AUTO} in a range: it goes into a list, as {self.list_example()}")
        first, last, *how = parts
        low, high = self.number(first), self.number(last)
        if low > high:
            raise Mistaken(f"runs backwards: write {':'.join([last, first, *how])}")
        whole = not isinstance(self.one, Duration)
        if how[:1] == [LOGARITHMIC] and len(how) <= 2:
            if low == 0:
                raise Mistaken("begins at 0, from where no factor leads on: begin at more, or give a step or a list")
            points = Count(least=2, most=MOST_VALUES).convert(how[1], None, None) if len(how) == 2 else None
            return whole_factors(int(low), int(high), points) if whole else time_factors(low, high, points)
        if len(how) > 1:
            raise Mistaken(f"has too many parts: write {self.example()}")
        if not how and not isinstance(self.one, Count):
            raise Mistaken(f"has no step: write {first}:{last}:{LOGARITHMIC}, or a step in the place of {LOGARITHMIC}")
        step = self.number(how[0]) if how else 1
        if step == 0:
            raise Mistaken("has a step of 0, which leads nowhere: write a larger one")
        return whole_steps(int(low), int(high), int(step)) if whole else time_steps(low, high, step)

    def example(self) -> str:
        """Return a range of such values."""
        return {"integer": "1:8", "time": "10us:100ms:log", "size": "16:16MiB:log"}[self.name]

    def list_example(self) -> str:
        """Return a list of such values."""
        return {"integer": f"1,7,{AUTO}" if self.auto else "1,4,7", "time": "1ms,20ms", "size": "16,64KiB"}[self.name]


class Mistaken(Exception):
    """A list or a range is no such thing; the text says why, and what would do, after what was typed."""


def refuse_too_many(number: float) -> None:
    """Raise Mistaken where there are more values than anybody wants."""
    if number > MOST_VALUES:
        raise Mistaken(f"has {number:,.0f} values: at most {MOST_VALUES} of one option are measured")


def whole_steps(low: int, high: int, step: int) -> list[int]:
    """Return the whole numbers of a range at equal distances; raises Mistaken where there are too many.

    >>> whole_steps(1, 8, 3)
    [1, 4, 7]
    """
    refuse_too_many((high - low) // step + 1)
    return list(range(low, high + 1, step))


def time_steps(low: float, high: float, step: float) -> list[float]:
    """Return the times of a range at equal distances; raises Mistaken where there are too many.

    >>> time_steps(0.0, 0.3, 0.1)
    [0.0, 0.1, 0.2, 0.3]
    """
    steps = floor((high - low) / step * (1 + HAIR))
    refuse_too_many(steps + 1)
    return [float(f"{low + number * step:.9g}") for number in range(steps + 1)]


def whole_factors(low: int, high: int, points: int | None = None) -> list[int]:
    """Return whole numbers from low to high by a round factor, or so many points by any.

    The round factor is the smallest power of 2 with which there are at most nine.

    >>> whole_factors(1, 8), whole_factors(16, 2**24), whole_factors(1, 100, 3)
    ([1, 2, 4, 8], [16, 128, 1024, 8192, 65536, 524288, 4194304, 16777216], [1, 10, 100])
    """
    if points is not None:
        return sorted({round(value) for value in evenly(low, high, points)})
    factor = 2
    while len(found := list(by_factor(low, high, factor))) > MOST_ROUND:
        factor *= 2
    return [round(value) for value in found]


def time_factors(low: float, high: float, points: int | None = None) -> list[float]:
    """Return times from low to high by a round factor, or so many points by any; between the ends with two digits.

    The round factor is the smallest of √10, 10, 100, … with which there are at most nine.

    >>> time_factors(1e-5, 1e-3), time_factors(1e-6, 100.0)
    ([1e-05, 3.2e-05, 0.0001, 0.00032, 0.001], [1e-06, 1e-05, 0.0001, 0.001, 0.01, 0.1, 1.0, 10.0, 100.0])
    """
    if points is not None:
        found = list(evenly(low, high, points))
    else:
        factor = 10**0.5
        while len(found := list(by_factor(low, high, factor))) > MOST_ROUND:
            factor = factor**2 if factor < 10 else 10 * factor
    inner = (rounded(value) for value in found[1:-1])
    return sorted({low, *(value for value in inner if low < value < high), high})


def by_factor(low: float, high: float, factor: float) -> Iterator[float]:
    """Yield low, then what so many times the factor makes of it, and high at last; both ends once.

    >>> list(by_factor(1, 10, 4)), list(by_factor(3, 3, 2))
    ([1, 4, 10], [3])
    """
    number = 0
    while (value := low * factor**number) < high * (1 - HAIR):
        yield value
        number += 1
    yield high


def evenly(low: float, high: float, points: int) -> Iterator[float]:
    """Yield so many values from low to high, each by the same factor more than the one before."""
    yield from (low * (high / low) ** (number / (points - 1)) for number in range(points - 1))
    yield high


def rounded(seconds: float) -> float:
    """Return a time with two significant digits.

    >>> rounded(3.1622e-05)
    3.2e-05
    """
    return round(seconds, 1 - floor(log10(seconds)))
