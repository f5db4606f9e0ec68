"""Engines, used plainly, as anyone would time them, without concbench.

Run as a script with the name of an engine, and `cold` or `warm`, it times that once for every line on stdin and prints
the seconds. Cold, engine and workers are started and ended each time; warm, they are started once.
"""

import gc
import os
import sys
import time
from contextlib import contextmanager

TASKS = 30
LOOPS = 100_000
WORKERS = 2


def count(number):
    for _ in range(LOOPS):
        number += 1
    return number


@contextmanager
def joblib_loky():
    from joblib import Parallel, delayed
    from joblib.externals.loky import get_reusable_executor

    with Parallel(n_jobs=WORKERS) as parallel:
        yield lambda items: parallel(delayed(count)(item) for item in items)
    get_reusable_executor().shutdown()


@contextmanager
def joblib_threads():
    from joblib import Parallel, delayed

    with Parallel(n_jobs=WORKERS, backend="threading") as parallel:
        yield lambda items: parallel(delayed(count)(item) for item in items)


@contextmanager
def loky():
    from loky import get_reusable_executor

    executor = get_reusable_executor(max_workers=WORKERS)
    yield lambda items: list(executor.map(count, items))
    executor.shutdown()


@contextmanager
def mpire():
    from mpire import WorkerPool

    warm = sys.argv[2] == "warm"
    with WorkerPool(n_jobs=WORKERS, keep_alive=warm) as pool:
        yield lambda items: pool.map(count, items)
        if warm:
            pool.stop_and_join()


@contextmanager
def dask_processes():
    from distributed import Client

    with Client(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None, silence_logs="CRITICAL") as client:
        client.wait_for_workers(WORKERS)
        yield lambda items: client.gather(client.map(count, items, pure=False))


@contextmanager
def dask_threads():
    from distributed import Client

    shape = {"n_workers": 1, "threads_per_worker": WORKERS, "processes": False}
    with Client(**shape, dashboard_address=None, silence_logs="CRITICAL") as client:
        yield lambda items: client.gather(client.map(count, items, pure=False))


@contextmanager
def ray():
    import ray

    ray.init(address="local", num_cpus=WORKERS, include_dashboard=False, configure_logging=False, log_to_driver=False)
    remote = ray.remote(count)
    yield lambda items: ray.get([remote.remote(item) for item in items])
    ray.shutdown()


@contextmanager
def mpi():
    from mpi4py.futures import MPIPoolExecutor

    with MPIPoolExecutor(WORKERS) as executor:
        executor.bootup()
        yield lambda items: list(executor.map(count, items))


ENGINES = {
    "joblib-loky": joblib_loky,
    "joblib-threads": joblib_threads,
    "loky": loky,
    "mpire": mpire,
    "dask-processes": dask_processes,
    "dask-threads": dask_threads,
    "ray": ray,
    "mpi": mpi,
}


def cold(engine):
    begin = time.perf_counter()
    with engine() as run:
        run(range(TASKS))
    return time.perf_counter() - begin


def warm(run):
    begin = time.perf_counter()
    run(range(TASKS))
    return time.perf_counter() - begin


def main(name, mode):
    engine = ENGINES[name]
    if mode == "cold":
        for _ in sys.stdin:
            gc.collect()
            print(cold(engine), flush=True)
        return
    with engine() as run:
        for _ in sys.stdin:
            gc.collect()
            print(warm(run), flush=True)


if __name__ == "__main__":
    # How full the heap is differs from one start to the next, as it does in a host.
    ballast = list(range(1000, 1000 + len(os.environ["PADDING"]) % 128))
    os.environ["PATH"] += os.pathsep + os.path.dirname(sys.executable)  # noqa: PTH120 - written as a reader would
    main(*sys.argv[1:])
