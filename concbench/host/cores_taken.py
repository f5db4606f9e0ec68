"""How many cores an interpreter, or a library of its, takes for itself: a program that prints it as JSON.

It is run by its path, by interpreters that may have no concbench, with the name of what is asked: one of `ASKED`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys

TYPE_CHECKING = False  # as typing's, without importing typing: this runs beside measurements
if TYPE_CHECKING:
    from collections.abc import Callable

    Taken = dict[str, int | str | None]
    """Numbers of cores, or why there is none."""

THIS_PYTHON = "not in this Python"


def of_python() -> Taken:
    """What `os` says."""
    own = getattr(os, "process_cpu_count", None)
    return {"os.cpu_count": os.cpu_count(), "os.process_cpu_count": THIS_PYTHON if own is None else own()}


def of_joblib() -> Taken:
    """What `n_jobs=-1` means."""
    return {"joblib": importlib.import_module("joblib").cpu_count()}


def of_loky() -> Taken:
    """What an executor of loky has by default."""
    return {"loky": importlib.import_module("loky").cpu_count()}


def of_torch() -> Taken:
    """What an operation of PyTorch uses."""
    return {"torch": importlib.import_module("torch").get_num_threads()}


def of_numpy() -> Taken:
    """What the library behind NumPy uses: OpenBLAS, or another one."""
    importlib.import_module("numpy")
    path = os.path.join(os.path.dirname(os.path.dirname(__file__)), "workloads", "thread_pools.py")  # noqa: PTH118, PTH120 - inside
    spec = importlib.util.spec_from_file_location("thread_pools", path)
    assert spec is not None
    assert spec.loader is not None
    pools = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pools)
    found = pools.thread_pools(pools.native_threads())
    return {each["library"]: each["threads"] for each in found} or {"OpenBLAS": "not used by this NumPy"}


ASKED: dict[str, Callable[[], Taken]] = {
    "python": of_python,
    "joblib": of_joblib,
    "loky": of_loky,
    "numpy": of_numpy,
    "torch": of_torch,
}
"""What can be asked; the name of a library is that of its module."""

if __name__ == "__main__":
    print(json.dumps(ASKED[sys.argv[1]]()))  # noqa: T201 - this is its answer
