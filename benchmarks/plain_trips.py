"""Round trips of messages, written plainly, as anyone would time them, without concbench.

Run as a script with the name of a loop, it times that loop once for every line on stdin and prints the median seconds
of a round trip.
"""

import gc
import os
import sys
import time
from multiprocessing import Manager, Pipe, Process, Queue
from statistics import median

TRIPS = 300
MESSAGE = b"0123456789abcdef"


def echo(receive, send):
    send(MESSAGE)  # it is there, and from now on it only echoes
    for _ in range(TRIPS):
        send(receive())


def echo_pipe(far):
    echo(far.recv, far.send)


def echo_queues(incoming, outgoing):
    echo(incoming.get, outgoing.put)


def echo_descriptors(incoming, outgoing):
    os.write(outgoing, MESSAGE)
    for _ in range(TRIPS):
        os.write(outgoing, os.read(incoming, len(MESSAGE)))


def time_trips(far_end, args, send, receive):
    p = Process(target=far_end, args=args)
    p.start()
    receive()
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
    os.read(near_in, len(MESSAGE))
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
    "os-pipe trip": trips_through_os_pipe,
    "pipe trip": trips_through_pipe,
    "queue trip": trips_through_queue,
    "manager-queue trip": trips_through_manager_queue,
}

if __name__ == "__main__":
    loop = LOOPS[sys.argv[1]]
    for _ in sys.stdin:
        gc.collect()
        print(loop(), flush=True)
