"""One serial pass over a person's own function: what it returns, how long it takes, and what makes it unfit."""

from __future__ import annotations

import os
import pickle
import reprlib
import sys
import threading
from time import perf_counter, process_time

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import this module
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

TWICE = 3
"""So many of the first items are given to the function before the pass, too: so it is seen whether it returns the same,
and what only its first call does, as to import something, is no part of the pass."""

SHORT = 0.3
"""Passes that take less in all, in seconds, are no measure yet: a machine that was idle is slow at first."""
PASSES = 3
"""Of a function that is quick; the fastest is what it takes."""


class Examined:
    """What a serial pass found out."""

    def __init__(self, expected: Sequence[Any], seconds: float, busy: float) -> None:
        self.expected = expected
        self.seconds = seconds
        """Of the whole pass."""
        self.busy = busy
        """The share of it in which the function computed."""
        self.every = 1
        """Which part of all items the pass was over: each so-manyth."""
        self.varies = False
        """Whether it returned something else for an item that it had seen before."""
        self.changes_items = False
        self.notes: list[str] = []
        """A sentence on each thing that a person should know."""


class RaisedOnItem(Exception):
    """A task raised in the serial pass; the text says on which item, and the cause is what it raised."""


def anything(_item: Any, _result: Any) -> bool:
    """Take every result for right."""
    return True


def serial_pass(function: Callable[[Any], Any], items: Sequence[Any]) -> Examined:
    """Call a function with every item, one after the other, and return what came back and how long it took."""
    began, worked = perf_counter(), process_time()
    expected = [function(item) for item in items]
    seconds = perf_counter() - began
    return Examined(expected, seconds, min(1.0, (process_time() - worked) / seconds) if seconds else 1.0)


def examine(name: str, function: Callable[[Any], Any], items: Sequence[Any]) -> Examined:
    """Do the serial pass, and look for all that makes a function unfit; raises RaisedOnItem.

    What can be handled is, and is told in the notes; what can't be pickled is a row's own failure.
    """
    counted = Printed(sys.stdout)
    before = [pickled(item) for item in items]
    threads_before = threads_now()
    started = StartedThreads()
    sys.stdout = counted
    try:
        with started:
            first = called_with_copies(naming_the_item(name, function), before[:TWICE])
            found = serial_pass(naming_the_item(name, function), items)
            threads_left = threads_now() - threads_before
            found.changes_items = [pickled(item) for item in items] != before
            found.varies = any(one != other for one, other in zip(first, found.expected, strict=False))
            if not (found.changes_items or found.varies or counted.letters):
                time_again(found, name, function, items)
    finally:
        sys.stdout = counted.real
    found.notes += notes(name, function, found, printed=counted.letters > 0, threads=started.count or threads_left)
    return found


def time_again(found: Examined, name: str, function: Callable[[Any], Any], items: Sequence[Any]) -> None:
    """Repeat a short pass, and let the fastest say how long it takes and how much of that it computes.

    Raises RaisedOnItem.
    """
    taken = found.seconds
    for _ in range(PASSES - 1):
        if taken >= SHORT:
            break
        again = serial_pass(naming_the_item(name, function), items)
        taken += again.seconds
        if again.seconds < found.seconds:
            found.seconds, found.busy = again.seconds, again.busy


def called_with_copies(function: Callable[[Any], Any], copies: Sequence[bytes | None]) -> list[Any]:
    """Return what a function returns for some items, of which it gets copies that it may change.

    It ends before the first item that can't be copied.
    """
    found = []
    for pickle_of_one in copies:
        if pickle_of_one is None:
            break
        try:
            copy = pickle.loads(pickle_of_one)  # noqa: S301 - made a moment ago, by this process
        except Exception:  # noqa: BLE001 - it runs the item's own code, as pickling does
            break
        found.append(function(copy))
    return found


def notes(name: str, function: Callable[[Any], Any], found: Examined, *, printed: bool, threads: int) -> list[str]:
    """Return a sentence for each thing that was found."""
    said = []
    try:
        pickle.dumps(function)
    except Exception as error:  # noqa: BLE001 - pickling runs the function's own code
        said.append(f"{name} can't be pickled ({error}): only threads, coroutines and serial can run it")
    if found.changes_items:
        said.append(f"{name} changes its argument: every sample gets copies of the items, made before its time begins")
    if found.varies:
        counted = "so its results are only counted: --expect FUNCTION can check them"
        said.append(f"{name} does not return the same for the same item, {counted}")
    if printed:
        said.append(f"{name} prints, which is part of its time: --task-output FILE keeps it off the terminal")
    if threads > 0:
        said.append(f"{name} starts threads of its own, so that more cores may be at work than there are workers")
    return said


def naming_the_item(name: str, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the function with the item named in what it raises."""
    place = 0

    def called(item: Any) -> Any:
        nonlocal place
        try:
            result = function(item)
        except Exception as error:
            what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise RaisedOnItem(f"{name} raised on item {place}, {reprlib.repr(item)}: {what}") from error
        place += 1
        return result

    return called


def pickled(item: Any) -> bytes | None:
    """Return an item as bytes, by which it is seen whether it changed; None where it can't be pickled."""
    try:
        return pickle.dumps(item)
    except Exception:  # noqa: BLE001 - pickling runs the item's own code; what can't be looked at is taken as it is
        return None


def threads_now() -> int:
    """Return how many threads this process has, those that Python knows nothing of among them, where Linux tells."""
    try:
        return len(os.listdir("/proc/self/task"))  # noqa: PTH208 - no host carries pathlib
    except OSError:
        return threading.active_count()


class StartedThreads:
    """Counts the threads that are started by Python code, also those that have ended since."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> StartedThreads:
        self._start = threading.Thread.start
        counted = self

        def start(thread: threading.Thread) -> None:
            counted.count += 1
            counted._start(thread)

        threading.Thread.start = start  # type: ignore[method-assign,assignment]  # for the time of the pass
        return self

    def __exit__(self, *_exception: object) -> None:
        threading.Thread.start = self._start  # type: ignore[method-assign]


class Printed:
    """A stdout that counts what is written to it."""

    def __init__(self, real: Any) -> None:
        self.real = real
        self.letters = 0

    def write(self, text: str) -> int:
        """Write, and count."""
        self.letters += len(text)
        return int(self.real.write(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def write(found: Examined, folder: str) -> str | None:
    """Write what a pass found into a file that only hosts of this run read; None where its results can't be pickled."""
    path = os.path.join(folder, f"examined-{id(found)}.pickle")  # noqa: PTH118 - no host carries pathlib
    try:
        document = pickle.dumps(vars(found))
    except Exception:  # noqa: BLE001 - pickling runs the results' own code; each host will do a pass of its own
        return None
    with open(path, "xb") as file:  # noqa: PTH123 - no host carries pathlib
        file.write(document)
    return path


def read(path: str) -> Examined:
    """Read what another host of this run has written: nobody else can write into its folder."""
    with open(path, "rb") as file:  # noqa: PTH123 - no host carries pathlib
        fields = pickle.load(file)  # noqa: S301 - this run's own file
    found = Examined(fields["expected"], fields["seconds"], fields["busy"])
    vars(found).update(fields)
    return found
