"""The settings of a call, looked at and gathered into the options that suites take."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import isfinite
from typing import Any, get_args

from concbench.api.errors import WrongSetting
from concbench.experiments.placing import ANY, APART, ONE
from concbench.measure.interpreters import interpreters
from concbench.model import AxisName
from concbench.suites.axes import MOST_VALUES
from concbench.suites.options import Axis, Options

COUNTS = ("workers", "tasks", "chunksize", "maxtasksperchild", "limit", "blocks", "rounds")
"""Whole numbers from 1 on."""
BYTES = ("payload", "memory")
TIMES = ("budget", "timeout", "precision")
"""Numbers above 0."""
CHOICES = {"start_method": ("fork", "forkserver", "spawn"), "cores": (ONE, APART, ANY)}
LARGEST_SEED = 2**63 - 1
AXES: tuple[AxisName, ...] = get_args(AxisName)
"""Settings that may have several values: a list, a tuple or a range of them;"""
WITH_NONE = ("workers", "chunksize", "maxtasksperchild", "limit")
"""and among those of these None may be, for what the strategy or the interpreter does by itself."""


def options_of(*, python: str | Sequence[str] = (), seed: int | None = None, **given: Any) -> Options:
    """Return the options that these settings are; raises WrongSetting, and NoInterpreter.

    >>> options_of(workers=4, quick=True).workers
    4
    >>> options_of(workers=range(1, 4)).axes
    (Axis(name='workers', values=(1, 2, 3)),)
    >>> options_of(workers=0)
    Traceback (most recent call last):
    concbench.api.errors.WrongSetting: workers: 0 is not a whole number from 1 on
    """
    axes = []
    for axis in AXES:
        if is_several(given.get(axis)):
            values = different(axis, given[axis])
            given[axis] = values[0] if len(values) == 1 else None
            if len(values) > 1:
                axes.append(Axis(axis, values))
    for name, value in given.items():
        if value is not None:
            check(name, value)
    if given.get("precision") is not None and given.get("blocks") is not None:
        raise WrongSetting("precision", "it takes as many blocks as it needs, so blocks has no place beside it")
    if seed is None:
        seed = random.SystemRandom().randrange(2**31)
    elif not is_whole(seed) or not 0 <= seed <= LARGEST_SEED:
        raise WrongSetting("seed", f"{seed!r} is not a whole number from 0 to {LARGEST_SEED}")
    named = (python,) if isinstance(python, str) else tuple(python)
    return Options(interpreters=interpreters(named), seed=seed, axes=tuple(axes), **given)


def is_several(value: Any) -> bool:
    """Say whether a setting has a list of values, and not one."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def different(name: AxisName, values: Sequence[Any]) -> tuple[Any, ...]:
    """Return the values of a setting that has several, each once; raises WrongSetting."""
    if not 1 <= len(values) <= MOST_VALUES:
        raise WrongSetting(name, f"{len(values):,} values: give 1 to {MOST_VALUES}")
    for value in values:
        if value is not None:
            check(name, value)
        elif name not in WITH_NONE:
            raise WrongSetting(name, "None has no place among several values")
    return tuple(dict.fromkeys(values))


def refuse_several(options: Options, why: str) -> None:
    """Raise WrongSetting where a setting has several values and that has no meaning."""
    if options.axes:
        raise WrongSetting(options.axes[0].name, f"give one value: {why}")


def check(name: str, value: Any) -> None:
    """Raise WrongSetting where a value means nothing."""
    if name in COUNTS and not (is_whole(value) and value >= 1):
        raise WrongSetting(name, f"{value!r} is not a whole number from 1 on")
    if name in BYTES and not (is_whole(value) and value >= 0):
        raise WrongSetting(name, f"{value!r} is not a number of bytes")
    if name in TIMES and not (is_number(value) and value > 0):
        raise WrongSetting(name, f"{value!r} is not a number above 0")
    if name == "task_time" and not (is_number(value) and value >= 0):
        raise WrongSetting(name, f"{value!r} is not a number of seconds")
    if name in CHOICES and value not in CHOICES[name]:
        raise WrongSetting(name, f"{value!r} is none of {', '.join(CHOICES[name])}")


def is_whole(value: Any) -> bool:
    """Say whether a value is a whole number; True is none."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Say whether a value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
