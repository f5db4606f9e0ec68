"""What is called is no plain function: a method of an object, a closure; and results of a class without `__eq__`."""

from __future__ import annotations

from collections.abc import Callable

TEXT = "the quick brown fox jumps over the lazy dog " * 400


class Tokenizer:
    """Knows words by number."""

    def __init__(self, words: list[str]) -> None:
        self.numbers = {word: number for number, word in enumerate(words)}

    def encode(self, shift: int) -> list[int]:
        """The numbers of all words of a text, from some letter on."""
        return [self.numbers.get(word, -1) for word in TEXT[shift:].split()]


tokenizer = Tokenizer(sorted(set(TEXT.split())))


def counter_of(letter: str) -> Callable[[int], int]:
    """A function that counts a letter."""

    def count(repeats: int) -> int:
        return sum(each == letter for each in TEXT * (1 + repeats % 2))

    return count


count_o = counter_of("o")


class Point:
    """A place, which is equal only to itself."""

    def __init__(self, x: float, y: float) -> None:
        self.x = x
        self.y = y


def walk(steps: int) -> Point:
    """Where some thousand steps end."""
    x = y = 0.0
    for step in range(5000 + steps):
        x, y = y + step % 7, x - step % 5
    return Point(x, y)
