"""Functions for tests to measure, importable as anybody's are."""

from __future__ import annotations

import time


def double(number: int) -> int:
    return 2 * number


async def doubled_later(number: int) -> int:
    return 2 * number


def nap(_item: object) -> None:
    time.sleep(0.005)


def gives_up(number: int) -> int:
    raise LookupError(f"no {number}")


def makes_items() -> list[int]:
    return [5, 6, 7]


def table() -> bytes:
    return bytes(range(100))


def looked_up(number: int, numbers: bytes) -> int:
    return numbers[number]


def is_double(number: int, result: int) -> bool:
    return result == 2 * number


class Doubling:
    @staticmethod
    def static(number: int) -> int:
        return 2 * number

    @classmethod
    def of_class(cls, number: int) -> int:
        return 2 * number

    def of_one(self, number: int) -> int:
        return 2 * number

    def __call__(self, number: int) -> int:
        return 2 * number


def makes_closure() -> object:
    def inner(number: int) -> int:
        return 2 * number

    return inner
