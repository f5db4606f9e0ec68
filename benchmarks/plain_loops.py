"""The tutorial's loops, written plainly, as anyone would time them, without concbench.

Run as a script with the name of a loop, it times that loop once for every line on stdin and prints the seconds.
"""

import gc
import os
import sys
import time
from multiprocessing import Pool, Process
from threading import Thread

TASKS = 100
SLEEP = 0.02
WORKERS = 4


def count_to_hundred(n):
    for _ in range(100):
        n += 1
    return n


def count_long(n):
    for _ in range(8_000):
        n += 1
    return n


def sleep_a_little(n):
    time.sleep(SLEEP)
    return n


def one_process_each(task):
    begin = time.perf_counter()
    processes = []
    for i in range(TASKS):
        p = Process(target=task, args=(i,))
        p.start()
        processes.append(p)
    for p in processes:
        p.join()
    return time.perf_counter() - begin


def pool_map(task):
    begin = time.perf_counter()
    pool = Pool(WORKERS)
    pool.map(task, range(TASKS))
    pool.close()
    pool.join()
    return time.perf_counter() - begin


def one_thread_each(task):
    begin = time.perf_counter()
    results = [None] * TASKS

    def work(i):
        results[i] = task(i)

    threads = []
    for i in range(TASKS):
        t = Thread(target=work, args=(i,))
        t.start()
        threads.append(t)
    for t in threads:
        t.join()
    return time.perf_counter() - begin


def one_after_the_other(task):
    begin = time.perf_counter()
    results = []
    for i in range(TASKS):
        results.append(task(i))
    return time.perf_counter() - begin


LOOPS = {
    "process count": lambda: one_process_each(count_to_hundred),
    "process sleep": lambda: one_process_each(sleep_a_little),
    "pool-map count": lambda: pool_map(count_to_hundred),
    "pool-map sleep": lambda: pool_map(sleep_a_little),
    "thread count": lambda: one_thread_each(count_to_hundred),
    "thread sleep": lambda: one_thread_each(sleep_a_little),
    "serial count": lambda: one_after_the_other(count_to_hundred),
    "serial long": lambda: one_after_the_other(count_long),
}

if __name__ == "__main__":
    loop = LOOPS[sys.argv[1]]
    # How full the heap is differs from one start to the next, as it does in a host.
    ballast = list(range(1000, 1000 + len(os.environ["PADDING"]) % 128))
    for _ in sys.stdin:
        # A script runs the loop once: the garbage of the loop before is not this loop's to collect. It also keeps the
        # process awake for some milliseconds, as in the middle of a running program: the scheduler favours who has just
        # been woken, and threads that hand the GIL to each other then took 7 % less here.
        gc.collect()
        print(loop(), flush=True)
