"""joblib's and loky's ways to run tasks."""

from __future__ import annotations

import sys
import traceback

import loky
from joblib import Parallel, delayed


def double(x: int) -> int:
    return 2 * x


def fail_at_five(x: int) -> int:
    if x == 5:
        raise ValueError(f"no {x}")
    return x


def with_loky() -> None:
    print(Parallel(n_jobs=2)(delayed(double)(x) for x in range(12)))
    print(Parallel(n_jobs=2, batch_size=10, pre_dispatch="all")(delayed(double)(x) for x in range(40)))


def with_threading() -> None:
    print(Parallel(n_jobs=2, backend="threading", batch_size=3)(delayed(double)(x) for x in range(12)))


def with_multiprocessing() -> None:
    print(Parallel(n_jobs=2, backend="multiprocessing")(delayed(double)(x) for x in range(12)))


def with_failures() -> None:
    for function in (fail_at_five, unpicklable):
        try:
            Parallel(n_jobs=2)(delayed(function)(x) for x in (5, 5))
        except Exception:  # noqa: BLE001 - each fails in its own way
            traceback.print_exc(file=sys.stdout)


def unpicklable(x: int) -> object:
    return sys._getframe()


def with_executor() -> None:
    executor = loky.get_reusable_executor(max_workers=2)
    print(list(executor.map(double, range(10), chunksize=4)), executor.submit(double, 3).result())
    executor.shutdown()


if __name__ == "__main__":
    for name in sys.argv[2:] or [name for name in list(globals()) if name.startswith("with_")]:
        globals()[name]()
