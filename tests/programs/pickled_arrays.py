"""A large array that is pickled with every task, although all tasks read the same one."""

from functools import partial
from multiprocessing import get_context

import numpy as np


def row_sum(table, row):
    return float(table[row].sum())


def main():
    table = np.ones((1_000, 1_000))
    with get_context("fork").Pool(2) as pool:
        print(sum(pool.map(partial(row_sum, table), range(40), chunksize=1)))


if __name__ == "__main__":
    main()
