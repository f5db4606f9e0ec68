"""Every method of `multiprocessing.Pool`, each in a function of its own; the argument is a start method."""

from __future__ import annotations

import multiprocessing
import os
import sys
import traceback
from multiprocessing.pool import ThreadPool


def add(a: int, b: int) -> int:
    return a + b


def double(x: int) -> int:
    return 2 * x


def fail_at_five(x: int) -> int:
    if x == 5:
        raise ValueError(f"no {x}")
    return x


def first(data: bytes) -> int:
    return data[0]


context = multiprocessing.get_context(sys.argv[1] if __name__ == "__main__" and sys.argv[1:] else None)


def with_map() -> None:
    with context.Pool(2) as pool:
        print(pool.map(double, range(20)))


def with_chunks() -> None:
    with context.Pool(2) as pool:
        print(pool.map(double, range(20), chunksize=6))


def with_starmap() -> None:
    with context.Pool(2) as pool:
        print(pool.starmap(add, [(1, 2)] * 9, 4))


def with_imap() -> None:
    with context.Pool(2) as pool:
        print(list(pool.imap(double, iter(range(7)))))


def with_imap_chunks() -> None:
    with context.Pool(2) as pool:
        print(sorted(pool.imap_unordered(double, range(7), chunksize=3)))


def with_apply() -> None:
    with context.Pool(2) as pool:
        print(pool.apply(add, (1,), {"b": 2}), pool.apply_async(double, (4,)).get())


def with_map_async() -> None:
    with context.Pool(2) as pool:
        print(pool.map_async(double, range(9), callback=print).get())


def with_large_items() -> None:
    with context.Pool(2) as pool:
        print(pool.map(first, [bytes([x]) * 100_000 for x in range(4)], chunksize=2))


def with_one_task_each() -> None:
    with context.Pool(2, maxtasksperchild=1) as pool:
        print(pool.map(double, range(4), chunksize=1))


def with_threads() -> None:
    with ThreadPool(2) as pool:
        print(pool.map(double, range(20)), pool.apply(double, (3,)))


def with_failures() -> None:
    with context.Pool(2) as pool:
        for function in (fail_at_five, lambda x: x):
            try:
                pool.map(function, range(8), chunksize=4)
            except Exception:  # noqa: BLE001 - each fails in its own way
                traceback.print_exc(file=sys.stdout)


def nested(x: int) -> list[int]:
    with ThreadPool(1) as inner:
        return inner.map(double, range(x))


def with_nested() -> None:
    with context.Pool(2) as pool:
        print(pool.map(nested, [3, 4], chunksize=1))


def with_close_and_join() -> None:
    pool = context.Pool(2)
    result = pool.map_async(double, range(6))
    pool.close()
    pool.join()
    print(result.get())


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    for name in sys.argv[2:] or [name for name in list(globals()) if name.startswith("with_")]:
        globals()[name]()
