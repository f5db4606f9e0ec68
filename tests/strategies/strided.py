"""A strategy in a file of its own, as a user writes one: the text of the file."""

STRIDED = '''\
"""Threads that each take every n-th item."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from concbench.strategies.strategy import strategy

print("imported")

PROGRAM = """
from concurrent.futures import ThreadPoolExecutor


def stride(first):
    return [{task}(item) for item in items[first :: {workers}]]


if __name__ == "__main__":
    {items}
    with ThreadPoolExecutor({workers}) as executor:
        parts = list(executor.map(stride, range({workers})))
    print(sum(map(len, parts)), "results")
"""


@strategy("thread-strided", workers="threads", settings=("workers",), program=PROGRAM)
@contextmanager
def thread_strided(settings):
    """A thread a worker, each with every n-th item: no queue between them."""
    with ThreadPoolExecutor(settings.workers) as executor:

        def run(task, items):
            def stride(first):
                return [task(item) for item in items[first :: settings.workers]]

            results = [None] * len(items)
            for first, part in enumerate(executor.map(stride, range(settings.workers))):
                results[first :: settings.workers] = part
            return results

        yield run


@strategy("process-all", workers="processes", settings=("start_method",))
@contextmanager
def process_all(settings):
    """One process that runs all tasks by a function of this file."""
    with settings.context.Pool(1) as pool:
        yield lambda task, items: pool.apply(in_a_row, (task, items))
        pool.close()
        pool.join()


def in_a_row(task, items):
    return [task(item) for item in items]
'''
