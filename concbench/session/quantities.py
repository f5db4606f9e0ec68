"""Quantities as people write them: `4`, `20ms`, `64KiB`, `2%`; lists `1,7,auto` and ranges `1:8`, `10us:1ms:log`.

Words are listed in the same way: `fork,spawn`.

Each kind of value reads a text (`parse`) and checks a value that Python or TOML already gave a type (`check`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import floor, isfinite, log10
from typing import ClassVar, NoReturn

from concbench.strategies.strategy import CLUSTERS

NUMBER = re.compile(r"\s*((?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\s*([A-Za-zµμ]*)\s*")
ADDRESS = re.compile(r"auto|(?:[a-z][a-z0-9+]*://)?[^\s/:]+(?::[0-9]{1,5})|[a-z][a-z0-9+]*://\S+")
SCHEMES = (
    "write tcp://HOST:PORT (or tls, ucx, ws, wss) for a scheduler of dask; HOST:PORT, ray://HOST:PORT or auto for ray; "
    "mpi://HOST:PORT/SECRET for ranks of MPI"
)
POWER = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,9})?[eE][0-9]{1,2}")
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
"""Seconds, 11 days: the clocks and locks of every system can count that far."""
LARGEST = 10**15
"""Bytes: more than any machine has."""
MOST = 10**9
MOST_VALUES = 64
"""Values of one option: more are a mistake more often than a wish."""
MOST_ROUND = 9
"""Values of a range by round factors: few enough for one table or chart."""
HAIR = 1e-9
"""Relative: by this much sums and products of floats may miss the end of a range."""
AUTO, LOGARITHMIC = "auto", "log"

Value = int | float | str | None
"""One value of an option that takes several; None stands for `auto`."""


class Unreadable(Exception):
    """A value is not what it should be; the text quotes it and says what would do."""


@dataclass(frozen=True)
class Count:
    """A whole number between two limits."""

    least: int = 1
    most: int = MOST
    name: ClassVar[str] = "integer"
    range_example: ClassVar[str] = "1:8"
    list_example: ClassVar[str] = "1,4,7"

    def parse(self, text: str) -> int:
        """Read a whole number, also one that is written as `1e6`; raises Unreadable.

        >>> Count().parse("64"), Count().parse("1e6"), Count().parse("2.5e3")
        (64, 1000000, 2500)
        """
        # No number within the limits has more digits, and Python refuses to read thousands of them.
        number = float(text) if POWER.fullmatch(text) else int(text) if re.fullmatch(r"[0-9]{1,20}", text) else None
        if number is None or number != number // 1 or not self.least <= number <= self.most:
            self._refuse(text)
        return int(number)

    def check(self, value: object) -> int:
        """An int within the limits; raises Unreadable."""
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            self._refuse(value)
        return value

    def _refuse(self, value: object) -> NoReturn:
        raise Unreadable(f"{quoted(value)} is not a whole number from {self.least} to {self.most}")

    read = check  # "64" in quotes is not a number in a configuration


@dataclass(frozen=True)
class Duration:
    """A time, in seconds where no unit is given."""

    zero: bool = False
    """Whether 0 is one."""
    name: ClassVar[str] = "time"
    range_example: ClassVar[str] = "10us:100ms:log"
    list_example: ClassVar[str] = "1ms,20ms"

    def parse(self, text: str) -> float:
        """Read a time with or without a unit; raises Unreadable.

        >>> Duration().parse("20ms"), Duration().parse("1.5")
        (0.02, 1.5)
        """
        number, scale = split(text, TIMES) or self._refuse(text)
        return self._limited(number * scale, text)

    def check(self, value: object) -> float:
        """A number of seconds; raises Unreadable."""
        return self._limited(float_of(value, self._refuse), value)

    def read(self, value: object) -> float:
        """Read a text or a number; raises Unreadable."""
        return self.parse(value) if isinstance(value, str) else self.check(value)

    def _limited(self, seconds: float, given: object) -> float:
        if seconds > LONGEST:
            raise Unreadable(f"{quoted(given)} is too long: write at most {LONGEST:.0f} seconds")
        if seconds == 0 and not self.zero:
            raise Unreadable(f"{quoted(given)} must be more than 0: write 20ms, 1.5s or 2min")
        return seconds

    def _refuse(self, value: object) -> NoReturn:
        raise Unreadable(f"{quoted(value)} is not a time: write 20ms, 1.5s or 2min")


@dataclass(frozen=True)
class Address:
    """Where a cluster is reached: its scheme says of which engine it is."""

    name: ClassVar[str] = "address"

    def parse(self, text: str) -> str:
        """Read an address; raises Unreadable.

        >>> Address().parse("tcp://10.0.0.1:8786"), Address().parse("auto")
        ('tcp://10.0.0.1:8786', 'auto')
        """
        return self.check(text)

    def check(self, value: object) -> str:
        """A text that is an address; raises Unreadable."""
        if not isinstance(value, str) or not ADDRESS.fullmatch(value):
            raise Unreadable(f"{quoted(value)} is no address: {SCHEMES}")
        scheme, separator, _ = value.partition("://")
        if separator and scheme not in CLUSTERS:
            raise Unreadable(f"{quoted(value)} is an address of no engine, as its scheme is {scheme}: {SCHEMES}")
        return value

    read = check


@dataclass(frozen=True)
class Size:
    """A number of bytes."""

    name: ClassVar[str] = "size"
    range_example: ClassVar[str] = "16:16MiB:log"
    list_example: ClassVar[str] = "16,64KiB"

    def parse(self, text: str) -> int:
        """Read a size with or without a unit; raises Unreadable.

        >>> Size().parse("64KiB"), Size().parse("1.5kB")
        (65536, 1500)
        """
        number, scale = split(text, SIZES) or self._refuse(text)
        return round(self._limited(number * scale, text))

    def check(self, value: object) -> int:
        """A whole number of bytes; raises Unreadable."""
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self._refuse(value)
        self._limited(value, value)
        return value

    def read(self, value: object) -> int:
        """Read a text or a number; raises Unreadable."""
        return self.parse(value) if isinstance(value, str) else self.check(value)

    def _limited(self, size: float, given: object) -> float:
        if size > LARGEST:
            raise Unreadable(f"{quoted(given)} is too large: write at most {LARGEST} bytes")
        return size

    def _refuse(self, value: object) -> NoReturn:
        raise Unreadable(f"{quoted(value)} is not a size: write 512, 64KiB or 8MB")


@dataclass(frozen=True)
class Share:
    """A share between 0 and 1."""

    name: ClassVar[str] = "share"

    def parse(self, text: str) -> float:
        """Read a percentage or a fraction; raises Unreadable.

        >>> Share().parse("3%"), Share().parse("0.03")
        (0.03, 0.03)
        """
        match = re.fullmatch(r"\s*((?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+))\s*(%?)\s*", text)
        return self._limited(float(match[1]) / (100 if match[2] else 1) if match else 0.0, text)

    def check(self, value: object) -> float:
        """A fraction; raises Unreadable."""
        return self._limited(float_of(value, self._refuse), value)

    def read(self, value: object) -> float:
        """Read a text or a number; raises Unreadable."""
        return self.parse(value) if isinstance(value, str) else self.check(value)

    def _limited(self, share: float, given: object) -> float:
        return share if 0 < share < 1 else self._refuse(given)

    def _refuse(self, value: object) -> NoReturn:
        raise Unreadable(f"{quoted(value)} is not between 0 % and 100 %: write 3% or 0.03")


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]
    name: ClassVar[str] = "choice"

    @property
    def list_example(self) -> str:
        """Two of the words, as a list."""
        return ",".join(self.words[:2])

    def check(self, value: object) -> str:
        """One of the words; raises Unreadable."""
        if value not in self.words:
            raise Unreadable(f"{quoted(value)} is not one of {', '.join(self.words)}")
        return str(value)

    parse = read = check


Number = Count | Duration | Size
"""Kinds of values of which an option may take several."""


def split(text: str, units: dict[str, float] | dict[str, int]) -> tuple[float, float] | None:
    """Split a text into its number and what its unit stands for; None if it is no such thing."""
    match = NUMBER.fullmatch(text)
    return (float(match[1]), units[match[2]]) if match is not None and match[2] in units else None


def float_of(value: object, refuse: Callable[[object], NoReturn]) -> float:
    """A finite number of at least 0; `refuse` raises for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        refuse(value)
    try:
        return float(value) if isfinite(value) else refuse(value)
    except OverflowError:  # an int beyond every float
        return float("inf")


def quoted(value: object) -> str:
    """A value as Python writes it, on one short line.

    >>> quoted("two"), quoted(16**5000)
    ("'two'", 'a number of many digits')
    """
    try:
        text = repr(value)
    except ValueError:  # Python refuses to write out ints of thousands of digits
        return "a number of many digits"
    return text if len(text) <= 300 else f"{text[:300]}…"


def several(kind: Number | Choice, text: str, *, auto: bool = False) -> list[Value]:
    """Read one value, a list or a range; with `auto`, that word is a value, too. Raises Unreadable.

    A list keeps its order. A range holds both of its ends, but with a step only what steps from its first value reach.
    Words have no ranges.

    >>> several(Count(), "7,1,auto,7", auto=True), several(Count(), "1:8:log"), several(Choice(("a", "b")), "b, a")
    ([7, 1, None], [1, 2, 4, 8], ['b', 'a'])
    """
    try:
        return list(dict.fromkeys(_values(kind, text, auto)))
    except Unreadable as error:
        if "," not in text and ":" not in text:
            raise
        raise Unreadable(f"in {text!r}, {error}") from None
    except _Mistake as error:
        raise Unreadable(f"{text!r} {error}") from None


class _Mistake(Exception):
    """What is wrong with a list or a range as a whole, to be said after its text."""


def _values(kind: Number | Choice, text: str, auto: bool) -> Iterator[Value]:
    def single(part: str) -> Value:
        return None if auto and part.strip() == AUTO else kind.parse(part)

    a_list = f"1,7,{AUTO}" if auto else kind.list_example
    if "," in text:
        parts = [part.strip() for part in text.split(",")]
        if ":" in text and not isinstance(kind, Choice):
            raise _Mistake(f"mixes a list and a range: write {a_list} or {kind.range_example}")
        if not all(parts):
            raise _Mistake(f"has an empty place: write {a_list}")
        _refuse_too_many(len(parts))
        yield from map(single, parts)
    elif ":" in text and not isinstance(kind, Choice):
        parts = [part.strip() for part in text.split(":")]
        if not all(parts):
            raise _Mistake(f"has an empty place: write {kind.range_example}")
        if AUTO in parts:
            raise _Mistake(f"has {AUTO} in a range: use it in a list, as in {a_list}")
        yield from _range(kind, parts)
    else:
        yield single(text)


def _range(kind: Number, parts: list[str]) -> list[int] | list[float]:
    first, last, *how = parts
    low, high = kind.parse(first), kind.parse(last)
    if low > high:
        raise _Mistake(f"runs backwards: write {':'.join([last, first, *how])}")
    whole = not isinstance(kind, Duration)
    if how[:1] == [LOGARITHMIC] and len(how) <= 2:
        if low == 0:
            raise _Mistake("begins at 0, where no factor leads anywhere: begin above it, or give a step or a list")
        points = Count(least=2, most=MOST_VALUES).parse(how[1]) if len(how) == 2 else None
        return whole_factors(int(low), int(high), points) if whole else time_factors(low, high, points)
    if len(how) > 1:
        raise _Mistake(f"has too many parts: write {kind.range_example}")
    if not how and not isinstance(kind, Count):
        raise _Mistake(f"has no step: write {first}:{last}:{LOGARITHMIC}, or a step in place of {LOGARITHMIC}")
    step = kind.parse(how[0]) if how else 1
    if step == 0:
        raise _Mistake("has a step of 0: write a larger one")
    steps = int((high - low) // step) if whole else floor((high - low) / step * (1 + HAIR))
    _refuse_too_many(steps + 1)
    values = (low + number * step for number in range(steps + 1))
    return [int(value) for value in values] if whole else [float(f"{value:.9g}") for value in values]


def _refuse_too_many(number: float) -> None:
    if number > MOST_VALUES:
        raise _Mistake(f"has {number:,.0f} values: one option takes at most {MOST_VALUES}")


def whole_factors(low: int, high: int, points: int | None = None) -> list[int]:
    """Whole numbers from low to high by a round factor, or that many points by any factor.

    The round factor is the smallest power of 2 that gives at most nine.

    >>> whole_factors(1, 8), whole_factors(16, 2**24), whole_factors(1, 100, 3)
    ([1, 2, 4, 8], [16, 128, 1024, 8192, 65536, 524288, 4194304, 16777216], [1, 10, 100])
    """
    if points is not None:
        return sorted({round(value) for value in _evenly(low, high, points)})
    factor = 2
    while len(found := list(_by_factor(low, high, factor))) > MOST_ROUND:
        factor *= 2
    return [round(value) for value in found]


def time_factors(low: float, high: float, points: int | None = None) -> list[float]:
    """Times from low to high by a round factor, or that many points by any; two digits between the ends.

    The round factor is the smallest of √10, 10, 100, … that gives at most nine.

    >>> time_factors(1e-5, 1e-3), time_factors(1e-6, 100.0)
    ([1e-05, 3.2e-05, 0.0001, 0.00032, 0.001], [1e-06, 1e-05, 0.0001, 0.001, 0.01, 0.1, 1.0, 10.0, 100.0])
    """
    if points is not None:
        found = list(_evenly(low, high, points))
    else:
        factor = 10**0.5
        while len(found := list(_by_factor(low, high, factor))) > MOST_ROUND:
            factor = factor**2 if factor < 10 else 10 * factor
    inner = (round(value, 1 - floor(log10(value))) for value in found[1:-1])
    return sorted({low, *(value for value in inner if low < value < high), high})


def _by_factor(low: float, high: float, factor: float) -> Iterator[float]:
    """Low, low * factor, low * factor², …, and high last.

    >>> list(_by_factor(1, 10, 4)), list(_by_factor(3, 3, 2))
    ([1, 4, 10], [3])
    """
    number = 0
    while (value := low * factor**number) < high * (1 - HAIR):
        yield value
        number += 1
    yield high


def _evenly(low: float, high: float, points: int) -> Iterator[float]:
    """That many values from low to high, at equal factors."""
    yield from (low * (high / low) ** (number / (points - 1)) for number in range(points - 1))
    yield high
