"""What each worker runs, and numbers to add that act between a counter's read and its write.

It imports next to nothing, as every worker does.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from concbench.stores.counter import Counter, Guard


class Slow(int):
    """A number that takes a moment to be added, so that steps which nothing keeps apart do overlap."""

    def __radd__(self, other: int) -> int:
        time.sleep(0.0005)
        return other + int(self)


class Meeting(int):
    """A number that is added when every worker has read the counter, and before any has written it."""

    barrier: Any

    def __radd__(self, other: int) -> int:
        self.barrier.wait(60)
        return other + int(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return meeting, (int(self), self.barrier)


def meeting(by: int, barrier: Any) -> Meeting:
    """Make a number that is added by all workers at once."""
    number = Meeting(by)
    number.barrier = barrier
    return number


def work(gate: Any, counter: Counter, count: int, by: int, guard: Guard | None, returned: Any) -> None:
    """Take steps when every worker is there, and hand over what comes of them: run by each worker."""
    gate.wait(60)
    returned.put(counter.take_steps(count, by, guard))
