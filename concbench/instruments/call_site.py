"""Where in the program something was called: the nearest line of its own, not of a library that it went through."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from types import FrameType

OF_PYTHON = ("asyncio", "concurrent", "contextlib", "functools", "multiprocessing", "threading")
LIBRARIES = frozenset((*OF_PYTHON, "concbench", "joblib", "loky", "multiprocess", "uvloop"))
"""Modules on the way from a line of the program to an instrument."""
STANDARD = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120 - pathlib would be imported into the program

OWN, INSTALLED, LIBRARY = 0, 1, 2
_known: dict[str, int] = {}
"""By the file of a function, whose it is."""


def call_site() -> tuple[str, int, str]:
    """File, line and function of the nearest call by the program's own code.

    Of code that is installed, where there is none of the program's own; an empty file where there is neither.
    """
    nearest: FrameType | None = None
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        whose = _whose(frame)
        if whose == OWN:
            return frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_qualname
        if whose == INSTALLED and nearest is None:
            nearest = frame
        frame = frame.f_back
    if nearest is None:
        return "", 0, ""
    return nearest.f_code.co_filename, nearest.f_lineno, nearest.f_code.co_qualname


def is_by_library() -> bool:
    """Whether installed code called this, and not the program's own: the nearest call that is no instrument's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        whose = _whose(frame)
        if whose != LIBRARY:
            return whose == INSTALLED
        frame = frame.f_back
    return False


def _whose(frame: FrameType) -> int:
    """Whose a function is, which is asked for every coroutine."""
    file = frame.f_code.co_filename
    whose = _known.get(file)
    if whose is None:
        whose = _known[file] = _owner(frame)
    return whose


def _owner(frame: FrameType) -> int:
    if str(frame.f_globals.get("__name__")).partition(".")[0] in LIBRARIES:
        return LIBRARY
    return OWN if is_own(frame.f_code.co_filename) else INSTALLED


def is_own(file: str) -> bool:
    """Whether a file is the program's own: neither of the standard library nor installed.

    >>> is_own("/home/ann/job.py"), is_own(os.__file__), is_own("/usr/lib/python3/site-packages/joblib/parallel.py")
    (True, False, False)
    """
    return not (
        file.startswith((STANDARD, "<frozen"))
        or f"{os.sep}site-packages{os.sep}" in file
        or f"{os.sep}dist-packages{os.sep}" in file
    )
