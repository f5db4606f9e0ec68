"""Pools and a process of `multiprocess`, which pickles functions that `multiprocessing` can't."""

from __future__ import annotations

import sys

import multiprocess


def with_map() -> None:
    factor = 3
    with multiprocess.get_context(sys.argv[1]).Pool(2) as pool:
        print(pool.map(lambda x: factor * x, range(20), chunksize=6))


def with_threads() -> None:
    with multiprocess.pool.ThreadPool(2) as pool:
        print(pool.map(abs, range(-7, 0)))


def with_process() -> None:
    process = multiprocess.get_context(sys.argv[1]).Process(target=abs, args=(1,))
    process.start()
    process.join()


if __name__ == "__main__":
    with_map()
    with_threads()
    with_process()
