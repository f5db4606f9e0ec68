"""Two thousand tiny tasks in a plain loop."""

import math


def digits(number):
    return len(str(math.factorial(number % 50)))


def main():
    print(sum(digits(number) for number in range(2000)))


if __name__ == "__main__":
    main()
