"""One serial pass over a person's own function: what it returns, how long it takes, and what makes it unfit."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from time import perf_counter, process_time

from concbench.workloads.excerpt import shown, text_of
from concbench.workloads.progress import CALLING, ITEM, LOOKING, Progress

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import this module
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import IO, Any

TWICE = 3
"""So many of the first items are given to the function before the pass, too: so it is seen whether it returns the same,
and what only its first call does, as to import something, is no part of the pass."""

SHORT = 0.3
"""Passes that take less in all, in seconds, are no measure yet: a machine that was idle is slow at first."""
PASSES = 3
"""Of a function that is quick; the fastest is what it takes."""
MOST_OF_ITEMS = 256 * 2**20
"""Bytes of pickled items, by which it is seen whether a function changes them; beyond, nobody looks."""
MOST_OF_RESULTS = 32 * 2**20
"""Bytes of pickled results that hosts are given to compare with: each of them holds them, beside what it measures."""
MIB = 2**20


class Examined:
    """What a serial pass found out."""

    def __init__(self, expected: Sequence[Any], seconds: float, busy: float) -> None:
        self.expected = expected
        self.seconds = seconds
        """Of the whole pass."""
        self.busy = busy
        """The share of it in which the function computed."""
        self.every = 1
        """The step from one item that the pass was over to the next; 1: it was over all of them."""
        self.varies = False
        """Whether it returned something else for an item that it had seen before."""
        self.changes_items = False
        self.unpicklable: str | None = None
        """Why its results can't be pickled, where they can't."""
        self.notes: list[str] = []
        """A sentence on each thing that a person should know."""


class RaisedOnItem(Exception):
    """A task raised in the serial pass; the text says on which item, and the cause is what it raised."""


def anything(_item: Any, _result: Any) -> bool:
    """Take every result for right."""
    return True


def serial_pass(function: Callable[[Any], Any], items: Sequence[Any]) -> Examined:
    """Call a function with every item, one after the other, and return what came back and how long it took."""
    waited = waited_for_a_core()
    began, worked = perf_counter(), process_time()
    expected = [function(item) for item in items]
    seconds = perf_counter() - began
    computed = process_time() - worked
    # On a busy machine, what others held the core for is no waiting of the function's own.
    own = seconds - (waited_for_a_core() - waited)
    return Examined(expected, seconds, min(1.0, computed / own) if own > computed else 1.0)


def waited_for_a_core() -> float:
    """Return for how many seconds this thread was ready to run so far and had no core; 0 where that is not counted."""
    try:
        with open("/proc/thread-self/schedstat", "rb") as file:  # noqa: PTH123 - no host carries pathlib
            return int(file.read().split()[1]) * 1e-9
    except (OSError, ValueError, IndexError):  # another system, a sandbox, or a kernel that does not count
        return 0.0


def examine(
    name: str,
    function: Callable[[Any], Any],
    items: Sequence[Any],
    progress: Progress | None = None,
    every: int = 1,
    *,
    checked: bool = False,
) -> Examined:
    """Do the serial pass, and look for all that makes a function unfit; raises RaisedOnItem.

    What can be handled is, and the notes say so; what can't be pickled is a row's own failure. The items are each
    so-manyth of a person's, as `every` says, which matters to their numbers only. `checked` says that results are in
    another way than by what the pass returns.
    """
    from concbench.workloads.equality import same  # here: only a host that examines a function needs it

    progress = progress or Progress(None)
    counted = Printed(sys.stdout)
    progress.phase(LOOKING)
    before = prints_of(items, progress)
    copies = [pickled(item) for item in items[:TWICE]]
    threads_before = threads_now()
    started = StartedThreads()
    sys.stdout = counted
    try:
        with started:
            progress.phase(CALLING)
            first = called_with_copies(naming_the_item(name, function, progress, every), copies)
            del copies
            progress.phase(CALLING)
            found = serial_pass(naming_the_item(name, function, progress, every), items)
            threads_left = threads_now() - threads_before
            progress.phase(LOOKING)
            found.changes_items = prints_of(items, progress) != before
            found.varies = any(same(one, other) is False for one, other in zip(first, found.expected, strict=False))
            del first
            if not (found.changes_items or found.varies or counted.letters):
                progress.phase(CALLING)
                time_again(found, name, function, items, progress, every)
    finally:
        sys.stdout = counted.real
    threads = started.count or threads_left
    found.notes += notes(name, function, found, printed=counted.letters > 0, threads=threads, checked=checked)
    progress.phase(LOOKING)
    return found


def time_again(
    found: Examined,
    name: str,
    function: Callable[[Any], Any],
    items: Sequence[Any],
    progress: Progress | None = None,
    every: int = 1,
) -> None:
    """Repeat a short pass, and let the fastest say how long it takes and how much of that it computes.

    Raises RaisedOnItem.
    """
    taken = found.seconds
    for _ in range(PASSES - 1):
        if taken >= SHORT:
            break
        again = serial_pass(naming_the_item(name, function, progress, every), items)
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


def notes(
    name: str, function: Callable[[Any], Any], found: Examined, *, printed: bool, threads: int, checked: bool
) -> list[str]:
    """Return a sentence for each thing that was found."""
    said = []
    try:
        pickle.dumps(function)
    except Exception as error:  # noqa: BLE001 - pickling runs the function's own code
        said.append(f"{name} can't be pickled ({text_of(error)}): only threads, coroutines and serial can run it")
    if found.changes_items:
        said.append(f"{name} changes its argument: every sample gets copies of the items, made before its time begins")
    if found.varies and not checked:
        counted = "so its results are only counted: --expect FUNCTION can check them"
        said.append(f"{name} does not return the same for the same item, {counted}")
    if printed:
        said.append(f"{name} prints, which is part of its time: --task-output FILE keeps it off the terminal")
    if threads > 0:
        said.append(f"{name} starts threads of its own, so that more cores may be at work than there are workers")
    return said


def naming_the_item(
    name: str, function: Callable[[Any], Any], progress: Progress | None = None, every: int = 1
) -> Callable[[Any], Any]:
    """Return the function with the item named in what it raises, and in the progress while it is under way.

    It counts its calls, so each pass over the items needs one of its own.
    """
    at = (progress or Progress(None)).at
    place = 0

    def called(item: Any) -> Any:
        nonlocal place
        at[ITEM] = place
        try:
            result = function(item)
        except Exception as error:
            what = text_of(error)
            kind = type(error).__name__
            what = f"{kind}: {what}" if what != kind else kind
            raise RaisedOnItem(f"{name} raised on item {place}, {shown(item)}: {what}") from error
        place += every
        return result

    return called


def pickled(item: Any) -> bytes | None:
    """Return an item as bytes, of which a copy can be made; None where it can't be pickled, or is large."""
    from io import BytesIO

    file = BytesIO()
    try:
        Print(MOST_OF_ITEMS // 4, file).take(item)
    except Exception:  # noqa: BLE001 - pickling runs the item's own code; of what can't be copied there is no copy
        return None
    return file.getvalue()


def prints_of(items: Sequence[Any], progress: Progress) -> list[tuple[int, int] | None]:
    """Return of each item the length and a checksum of its pickle, by which it is seen whether it changes.

    None for one that can't be pickled, and once there were 256 MiB: what can't be looked at is taken as it is.
    """
    room = MOST_OF_ITEMS
    found: list[tuple[int, int] | None] = []
    for place, item in enumerate(items):
        progress.at[ITEM] = place
        into = Print(room)
        try:
            into.take(item)
        except Exception:  # noqa: BLE001 - pickling runs the item's own code
            found.append(None)
        else:
            found.append((into.length, into.checksum))
        room = max(0, room - into.length)
    return found


class Print:
    """A file that keeps the length and a checksum of what is written to it, or passes it on to another file."""

    def __init__(self, most: int, file: IO[bytes] | None = None) -> None:
        self.most, self.file = most, file
        self.length = self.checksum = 0

    def take(self, thing: Any) -> None:
        """Pickle an object into it; raises TooLarge, and whatever the object does."""
        pickle.Pickler(self, pickle.HIGHEST_PROTOCOL).dump(thing)

    def write(self, data: Any) -> int:
        """Take in some bytes; raises TooLarge where they are too many."""
        from zlib import crc32  # here: only a host that examines a function needs it

        size: int = memoryview(data).nbytes
        self.length += size
        if self.length > self.most:
            raise TooLarge
        if self.file is not None:
            self.file.write(data)
        else:
            self.checksum = crc32(data, self.checksum)
        return size


class TooLarge(Exception):
    """More was to be pickled than there is room for."""


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


def write(
    found: Examined, name: str, folder: str, *, every: int = 1, number: int | None = None, checked: bool = False
) -> str:
    """Write what a pass found into a file that only hosts of this run read, and return its path.

    Results that can't be pickled, are too large for every host to hold, or can't be compared with what comes back of
    them, are no longer expected, but counted; a note says so, unless they are `checked` in another way. Where the pass
    was over each so-manyth of a `number` of items, the results of the others are not known either.
    """
    path = os.path.join(folder, f"examined-{id(found)}.pickle")  # noqa: PTH118 - no host carries pathlib
    counted = pickle_results(found, name, path)
    if counted and (found.unpicklable or not (found.varies or checked)):
        found.notes.append(counted)
    if every > 1 and number is not None:
        from concbench.workloads.equality import NotKnown

        spread_out: list[Any] = [NotKnown] * number
        spread_out[::every] = found.expected
        found.expected = spread_out
    with open(path, "wb") as file:  # noqa: PTH123 - no host carries pathlib
        pickle.dump(vars(found), file, pickle.HIGHEST_PROTOCOL)
    return path


def pickle_results(found: Examined, name: str, path: str) -> str | None:
    """Try out which results hosts can be given, and forget the others; return why these are only counted."""
    from concbench.workloads.equality import NotKnown, same  # here: only a host that examines a function needs it

    known, found.expected = found.expected, [NotKnown] * len(found.expected)
    with open(path, "wb") as file:  # noqa: PTH123 - no host carries pathlib
        into = Print(MOST_OF_RESULTS, file)
        try:
            into.take(known)
        except TooLarge:
            return (
                f"{name} returns more than {MOST_OF_RESULTS // MIB} MiB for these items, too much to keep beside what "
                "is measured, so its results are only counted: --expect FUNCTION can check them"
            )
        except Exception as error:  # noqa: BLE001 - pickling runs the results' own code
            if can_be_sent(known):
                return (
                    f"{name} returns what can't be compared with a copy of it ({text_of(error)}), so its results are "
                    "only counted: --expect FUNCTION can check them"
                )
            found.unpicklable = text_of(error)
            return (
                f"{name} returns what can't be pickled ({found.unpicklable}): only threads, coroutines and serial can "
                "hand it over, and there results are only counted"
            )
    try:
        back = read_results(path)
    except Exception as error:  # noqa: BLE001 - it runs the results' own code
        found.unpicklable = text_of(error)
        return (
            f"{name} returns what can be pickled and not be read back ({found.unpicklable}): only threads, coroutines "
            "and serial can hand it over, and there results are only counted"
        )
    # What comes back from a process is compared with what came back from a file; so is what a thread returned.
    found.expected = [one if same(one, other) else NotKnown for one, other in zip(back, known, strict=True)]
    lost = sum(one is NotKnown for one in found.expected)
    if not lost:
        return None
    some = "results" if lost == len(known) else f"{lost:,} of {len(known):,} results"
    return (
        f"nothing can tell whether {some} of {name} are right, as a copy is not the same as the original, so they are "
        "only counted: --expect FUNCTION can check them"
    )


def can_be_sent(results: Sequence[Any]) -> bool:
    """Say whether `multiprocessing` moves what `pickle` alone does not, as it does with sockets."""
    from multiprocessing.reduction import ForkingPickler  # here: few functions return such things

    try:
        ForkingPickler.dumps(results)
    except Exception:  # noqa: BLE001 - pickling runs the results' own code
        return False
    return True


def read_results(path: str) -> list[Any]:
    """Read results that this process has written a moment ago."""
    with open(path, "rb") as file:  # noqa: PTH123 - no host carries pathlib
        return list(pickle.load(file))  # noqa: S301 - this run's own file


def read(path: str) -> Examined:
    """Read what another host of this run has written: nobody else can write into its folder."""
    with open(path, "rb") as file:  # noqa: PTH123 - no host carries pathlib
        fields = pickle.load(file)  # noqa: S301 - this run's own file
    found = Examined(fields["expected"], fields["seconds"], fields["busy"])
    vars(found).update(fields)
    return found
