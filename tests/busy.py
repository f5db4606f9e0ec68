"""Leaving out what is said of an overloaded machine: tests run on such ones, and ask for other warnings."""

from __future__ import annotations

from collections.abc import Iterable

OVERLOADED = "this machine is overloaded: "


def other_warnings(warnings: Iterable[str]) -> list[str]:
    """Return all warnings but the one on an overloaded machine."""
    return [warning for warning in warnings if not warning.startswith(OVERLOADED)]


def other_lines(stderr: str) -> str:
    """Return what was written to stderr without that warning."""
    lines = stderr.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(f"Warning: {OVERLOADED}"))
