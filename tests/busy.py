"""Leaving out the warning of an overloaded machine: tests run on such ones, and are about other warnings."""

from __future__ import annotations

import re
from collections.abc import Iterable

OVERLOADED = "this machine is overloaded: "
IN_LINES = re.compile(rf"Warning: {OVERLOADED}.*?machine\s+is\s+quiet\s*", re.DOTALL)
"""The warning as a terminal shows it, with the space after it."""


def other_warnings(warnings: Iterable[str]) -> list[str]:
    """All warnings except that one."""
    return [warning for warning in warnings if not warning.startswith(OVERLOADED)]


def other_lines(stderr: str) -> str:
    """What was written to stderr without that warning."""
    return IN_LINES.sub("", stderr)
