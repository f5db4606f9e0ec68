"""What each setting or size is called that takes several values, and how a value of it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from concbench.model import AxisName
from concbench.report.units import binary_size, seconds


@dataclass(frozen=True)
class AxisWords:
    """The words of one axis."""

    title: str
    header: str
    """Of the column of its values."""
    worded: Callable[[float], str]
    """A value with its unit."""
    before: str = ""
    after: str = ""
    """What stands around a value in a sentence: `tasks of 10.0 µs`, `4 workers`."""
    whole: bool = True
    """Whether there is nothing between one whole number and the next."""


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _bytes(value: float) -> str:
    return binary_size(round(value))


WORDS: dict[AxisName, AxisWords] = {
    "workers": AxisWords("By the number of workers", "workers", _number, after=" workers"),
    "chunksize": AxisWords("By the chunksize", "chunksize", _number, before="chunksize "),
    "maxtasksperchild": AxisWords(
        "By the tasks of a worker's life", "maxtasksperchild", _number, before="maxtasksperchild "
    ),
    "limit": AxisWords("By the limit of tasks under way", "limit", _number, before="limit "),
    "tasks": AxisWords("By the number of tasks", "tasks", _number, after=" tasks"),
    "task_time": AxisWords("By the length of a task", "a task", seconds, before="tasks of ", whole=False),
    "payload": AxisWords("By the size of payloads", "payload", _bytes, before="payloads of ", whole=False),
    "memory": AxisWords("By the memory that a task holds", "memory", _bytes, after=" a task", whole=False),
}
MESSAGES = AxisWords("By the size of messages", "message", _bytes, before="messages of ", whole=False)
"""Of the axis payload, where it is messages that are sent."""


def words_of(axis: AxisName, messages: bool) -> AxisWords:
    """Return the words of an axis; `messages` says whether it is messages that payloads are of.

    >>> words_of("task_time", False).worded(0.02), words_of("payload", True).before
    ('20.0 ms', 'messages of ')
    """
    return MESSAGES if messages and axis == "payload" else WORDS[axis]


def phrase(words: AxisWords, value: str) -> str:
    """Return a value, or a span of them, as it stands in a sentence.

    >>> phrase(WORDS["workers"], "1"), phrase(WORDS["task_time"], "10 µs to 1 ms")
    ('1 worker', 'tasks of 10 µs to 1 ms')
    """
    return f"{words.before}{value}{words.after.removesuffix('s') if value == '1' else words.after}"
