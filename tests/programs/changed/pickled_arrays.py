"""A large array that each worker gets once."""

from multiprocessing import get_context

import numpy as np


def keep(given):
    global table
    table = given


def row_sum(row):
    return float(table[row].sum())


def main():
    data = np.ones((1_000, 1_000))
    with get_context("fork").Pool(2, initializer=keep, initargs=(data,)) as pool:
        print(sum(pool.map(row_sum, range(40), chunksize=1)))


if __name__ == "__main__":
    main()
