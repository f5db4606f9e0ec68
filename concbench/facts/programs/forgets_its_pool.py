"""A program that ends without waiting for its pool: it calls neither close, nor join, nor get."""

import multiprocessing
import sys


def outlive_main() -> None:
    """Wait until the main program is gone, and print that; nothing is printed if the worker goes first."""
    main = multiprocessing.parent_process()
    assert main is not None
    main.join(30)
    print("task done", flush=True)  # noqa: T201 - it is a program


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    pool = multiprocessing.Pool(1)
    promise = pool.apply_async(outlive_main)
    print("main ends", flush=True)  # noqa: T201 - it is a program
