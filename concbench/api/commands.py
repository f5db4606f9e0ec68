"""A command to measure from Python; a script that hosts import may import this, so it stays light."""

from __future__ import annotations

from dataclasses import dataclass, field

TYPE_CHECKING = False  # as typing's, without importing typing
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike


@dataclass(frozen=True)
class Command:
    """A command line to measure with `compare` or `advise`, as one would type it.

    `{workers}` in it stands for each number of workers, and any other `{name}` for each value of a parameter.

    >>> Command("gzip -{level} -c words.txt", parameters={"level": (1, 9)}).text
    'gzip -{level} -c words.txt'
    """

    text: str
    parameters: Mapping[str, Iterable[object]] = field(default_factory=dict, kw_only=True)
    """What each `{name}` stands for."""
    setup: str | None = field(default=None, kw_only=True)
    """A command that runs before the first sample in each fresh host;"""
    prepare: str | None = field(default=None, kw_only=True)
    """one that runs before every sample, and is not timed;"""
    cleanup: str | None = field(default=None, kw_only=True)
    """and one that runs after the last sample in each host."""
    shell: bool = field(default=False, kw_only=True)
    """Whether /bin/sh reads it; else it is split into words."""
    input: str | PathLike[str] | None = field(default=None, kw_only=True)
    """The file that it reads as standard input, or None for an empty one."""
    ignore_failure: bool = field(default=False, kw_only=True)
    """Whether to measure it whatever its exit status is."""
    working_directory: str | PathLike[str] | None = field(default=None, kw_only=True)
    """Where it runs, or None for the current folder."""
    env: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    """Variables that it gets beside the environment."""
