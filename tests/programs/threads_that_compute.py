"""A pool of threads over pure Python, which takes turns with one GIL."""

from concurrent.futures import ThreadPoolExecutor


def collatz(number):
    steps = 0
    while number != 1:
        number = number // 2 if number % 2 == 0 else 3 * number + 1
        steps += 1
    return steps


def longest(start):
    return max(collatz(number) for number in range(start, start + 4_000))


def main():
    with ThreadPoolExecutor(4) as executor:
        print(max(executor.map(longest, range(1, 64_001, 4_000))))


if __name__ == "__main__":
    main()
