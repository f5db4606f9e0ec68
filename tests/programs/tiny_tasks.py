"""Two thousand tiny tasks, submitted one by one to a pool of processes."""

import math
from concurrent.futures import ProcessPoolExecutor


def digits(number):
    return len(str(math.factorial(number % 50)))


def main():
    with ProcessPoolExecutor(2) as executor:
        futures = [executor.submit(digits, number) for number in range(2000)]
        print(sum(future.result() for future in futures))


if __name__ == "__main__":
    main()
