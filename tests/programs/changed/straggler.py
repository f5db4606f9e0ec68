"""The longest task comes first."""

from concurrent.futures import ProcessPoolExecutor


def count_primes(limit):
    return sum(all(number % divisor for divisor in range(2, int(number**0.5) + 1)) for number in range(2, limit))


LIMITS = [9_000] * 20 + [150_000]


def main():
    with ProcessPoolExecutor(2) as executor:
        print(sum(executor.map(count_primes, sorted(LIMITS, reverse=True))))


if __name__ == "__main__":
    main()
