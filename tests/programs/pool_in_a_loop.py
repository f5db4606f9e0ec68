"""A pool that is opened for each batch, although all batches could share one."""

from multiprocessing import get_context


def total(numbers):
    return sum(number * number for number in numbers)


def batches():
    return [[range(start, start + 20_000) for start in range(batch * 100, batch * 100 + 4)] for batch in range(20)]


def main():
    result = 0
    for batch in batches():
        with get_context("forkserver").Pool(2) as pool:
            result += sum(pool.map(total, batch))
    print(result)


if __name__ == "__main__":
    main()
