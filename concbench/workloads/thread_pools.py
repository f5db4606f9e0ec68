"""Which libraries of this process have threads of their own, and how many: threadpoolctl says it, or the memory map."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import this module
if TYPE_CHECKING:
    from typing import Any

NAMES = {"openblas": "OpenBLAS", "mkl": "MKL", "blis": "BLIS", "flexiblas": "FlexiBLAS", "openmp": "OpenMP"}
"""By threadpoolctl's name of what is inside a library."""
FILES = {
    "openblas": "OpenBLAS",
    "libmkl": "MKL",
    "libblis": "BLIS",
    "libgomp": "OpenMP",
    "libiomp": "OpenMP",
    "libomp": "OpenMP",
}
"""By a part of the name of a library's file."""


def thread_pools(threads: int | None) -> list[dict[str, Any]]:
    """The libraries that are loaded: each with its name, version and number of threads; None for what is unknown.

    `threads` is how many threads this process has that Python did not start; None where that is unknown. Without
    threadpoolctl, all of them are the library's, if there is only one, which uses the calling thread as well.
    """
    found = _as_threadpoolctl_says()
    if found is None:
        names = _loaded()
        number = None if threads is None or len(names) != 1 else threads + 1
        found = [{"library": name, "version": None, "threads": number} for name in names]
    return [each for place, each in enumerate(found) if each not in found[:place]]


def _as_threadpoolctl_says() -> list[dict[str, Any]] | None:
    """What threadpoolctl finds; None where this interpreter does not have it."""
    try:
        import importlib

        known = importlib.import_module("threadpoolctl").threadpool_info()
        return [
            {
                "library": NAMES.get(each["internal_api"], str(each["internal_api"])),
                "version": None if each["version"] is None else str(each["version"]),
                "threads": int(each["num_threads"]),
            }
            for each in known
        ]
    except Exception:  # noqa: BLE001 - the user's environment may hold any version of it, or a broken one
        return None


def _loaded() -> list[str]:
    """The libraries in the memory map of this process; none where the system does not show it."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - no host carries pathlib
            files = {os.path.basename(line.rpartition(" ")[2].strip()) for line in file if "/" in line}  # noqa: PTH119 - as above
    except OSError:
        return []
    return list(dict.fromkeys(name for part, name in FILES.items() if any(part in each for each in files)))


def native_threads() -> int | None:
    """How many threads this process has beside those of Python; None where the system does not say."""
    if sys.platform != "linux":
        return None
    import threading

    try:
        return max(0, len(os.listdir("/proc/self/task")) - threading.active_count())  # noqa: PTH208 - no host carries pathlib
    except OSError:
        return None
