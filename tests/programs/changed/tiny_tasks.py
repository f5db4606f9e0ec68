"""Two thousand tiny tasks in a plain loop. The import stays, so that nothing but the change makes a difference."""

import math
from concurrent.futures import ProcessPoolExecutor  # noqa: F401 - as above


def digits(number):
    return len(str(math.factorial(number % 50)))


def main():
    print(sum(digits(number) for number in range(2000)))


if __name__ == "__main__":
    main()
