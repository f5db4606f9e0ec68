"""What psutil tells of memory and swap: without its warnings, and None where it can't tell."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TypeVar

import psutil

Figures = TypeVar("Figures")


def told(ask: Callable[[], Figures]) -> Figures | None:
    """Return what one of psutil's functions tells of memory; None where the system does not tell. Never raises.

    >>> told(psutil.virtual_memory).total > 0
    True
    """
    try:
        with warnings.catch_warnings():
            # psutil warns where a container hides some of the figures, which are then 0.
            warnings.simplefilter("ignore", RuntimeWarning)
            return ask()
    # OSError: no /proc, or not for this user. LookupError: no such line in it. psutil.Error: the same elsewhere.
    except (OSError, LookupError, psutil.Error):
        return None
