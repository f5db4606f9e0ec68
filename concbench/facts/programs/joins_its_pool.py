"""A program that lets the tasks of its pool finish, by close and join."""

import multiprocessing
import sys


def task(number: int) -> None:
    """Print something."""
    print(f"task {number}", flush=True)  # noqa: T201 - it is a program


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    pool = multiprocessing.Pool(1)
    promises = [pool.apply_async(task, (number,)) for number in range(3)]
    pool.close()
    pool.join()
    print("main ends", flush=True)  # noqa: T201 - it is a program
