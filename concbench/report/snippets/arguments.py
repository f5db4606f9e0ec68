"""The arguments of a call: those that somebody asked for, by keyword."""

from __future__ import annotations


def given(**arguments: object) -> list[str]:
    """Return the arguments that are not None, as they are written.

    >>> given(processes=2, initializer=None, maxtasksperchild=1)
    ['processes=2', 'maxtasksperchild=1']
    """
    return [f"{name}={value}" for name, value in arguments.items() if value is not None]
