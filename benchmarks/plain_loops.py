"""The tutorial's loops, written plainly, as a person would time them: nothing here knows of concbench.

Run as a script with the name of a loop, it times that loop once for every line on stdin and prints the seconds.
"""

import gc
import os
import sys
import time
from multiprocessing import Manager, Pipe, Pool, Process, Queue
from statistics import median
from threading import Thread

TASKS = 100
SLEEP = 0.02
WORKERS = 4
TRIPS = 300
MESSAGE = b"0123456789abcdef"


def count_to_hundred(n):
    for _ in range(100):
        n += 1
    return n


def count_long(n):
    for _ in range(10_000):
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


def echo(receive, send):
    for _ in range(TRIPS):
        send(receive())


def echo_pipe(far):
    echo(far.recv, far.send)


def echo_queues(incoming, outgoing):
    echo(incoming.get, outgoing.put)


def echo_descriptors(incoming, outgoing):
    for _ in range(TRIPS):
        os.write(outgoing, os.read(incoming, len(MESSAGE)))


def time_trips(far_end, args, send, receive):
    p = Process(target=far_end, args=args)
    p.start()
    times = []
    for _ in range(TRIPS):
        begin = time.perf_counter()
        send(MESSAGE)
        receive()
        times.append(time.perf_counter() - begin)
    p.join()
    return median(times)


def trips_through_os_pipe():
    near_in, far_out = os.pipe()
    far_in, near_out = os.pipe()
    p = Process(target=echo_descriptors, args=(far_in, far_out))
    p.start()
    times = []
    for _ in range(TRIPS):
        begin = time.perf_counter()
        os.write(near_out, MESSAGE)
        os.read(near_in, len(MESSAGE))
        times.append(time.perf_counter() - begin)
    p.join()
    for descriptor in (near_in, far_out, far_in, near_out):
        os.close(descriptor)
    return median(times)


def trips_through_pipe():
    near, far = Pipe()
    return time_trips(echo_pipe, (far,), near.send, near.recv)


def trips_through_queue():
    there, back = Queue(), Queue()
    return time_trips(echo_queues, (there, back), there.put, back.get)


def trips_through_manager_queue():
    with Manager() as manager:
        there, back = manager.Queue(), manager.Queue()
        return time_trips(echo_queues, (there, back), there.put, back.get)


LOOPS = {
    "process count": lambda: one_process_each(count_to_hundred),
    "process sleep": lambda: one_process_each(sleep_a_little),
    "pool-map count": lambda: pool_map(count_to_hundred),
    "pool-map sleep": lambda: pool_map(sleep_a_little),
    "thread count": lambda: one_thread_each(count_to_hundred),
    "thread sleep": lambda: one_thread_each(sleep_a_little),
    "serial count": lambda: one_after_the_other(count_to_hundred),
    "serial long": lambda: one_after_the_other(count_long),
    "os-pipe trip": trips_through_os_pipe,
    "pipe trip": trips_through_pipe,
    "queue trip": trips_through_queue,
    "manager-queue trip": trips_through_manager_queue,
}

if __name__ == "__main__":
    loop = LOOPS[sys.argv[1]]
    for _ in sys.stdin:
        # A person runs the loop once: the garbage of the loop before is not this loop's to collect. It also keeps the
        # process awake for some milliseconds, as in the middle of a running program: the scheduler favours who has just
        # been woken, and threads that hand the GIL to each other then took 7 % less here.
        gc.collect()
        print(loop(), flush=True)
