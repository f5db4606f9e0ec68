"""The living descendants of a process, from /proc, cheaply enough to look before and after every sample."""

from __future__ import annotations

import os


def _has_children_files() -> bool:
    """Say whether this kernel lists a thread's children (Linux, CONFIG_PROC_CHILDREN)."""
    return os.path.exists(f"/proc/self/task/{os.getpid()}/children")  # noqa: PTH110 - a host can't afford pathlib


LISTED = _has_children_files()


def descendants(pid: int) -> list[int] | None:
    """Return the process ids of all living descendants (zombies too), parents first; None where it can't be told.

    A process that ends while it is looked at counts as having no children: its own went to another parent.
    """
    if not LISTED:
        return None
    found: list[int] = []
    look_at = [pid]
    while look_at:
        of_it = children(look_at.pop())
        found += of_it
        look_at += of_it
    return found


def children(pid: int) -> list[int]:
    """Return the process ids of its living children, zombies too; none where it has ended, or can't be looked at."""
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - a third of the time of Path.iterdir
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as listing:  # noqa: PTH123 - as above
                found += map(int, listing.read().split())
    except (FileNotFoundError, ProcessLookupError):
        pass  # it, or one of its threads, has just ended
    return found
