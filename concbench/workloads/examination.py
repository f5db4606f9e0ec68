"""One serial pass over the user's function: its results, how long it takes, and what makes it unfit."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from math import ceil
from time import perf_counter, process_time
from types import AsyncGeneratorType, GeneratorType

from concbench.event_loops import closing_loops
from concbench.workloads.excerpt import shown, text_of
from concbench.workloads.functions import (
    INITIALIZER,
    Examined,
    RaisedBefore,
    RaisedOnItem,
    all_items,
    described,
    forms_of,
    imported,
    items_of,
    shared_of,
)
from concbench.workloads.progress import (
    CALLING,
    CHECKING,
    IMPORTING,
    INITIALISING,
    ITEM,
    LOOKING,
    MAKING_ITEMS,
    MAKING_SHARED,
    Progress,
)
from concbench.workloads.thread_pools import native_threads, thread_pools
from concbench.workloads.workload import UnfitFunction

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import this module
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import IO, Any

    from concbench.model.case import Workload
    from concbench.workloads.sharing import Sharing

    Function = Callable[[Any], Any]

TWICE = 3
"""First items that the function is called with before the pass, too: this shows whether it returns the same again, and
keeps what only its first call does, such as an import, out of the pass."""
PROBES = 3
"""Evenly spread items that show about how long all take."""
FEWEST = 8
"""The fewest items that are run."""
SHORT = 0.3
"""Seconds of all passes below which they are repeated: a machine that was idle is slow at first."""
PASSES = 3
"""The most passes of a quick function; the fastest counts."""
SEVERAL_CORES = 1.2
"""Cores that a pass keeps busy, at least, where threads that Python did not start do a part of its work."""
MIB = 2**20
MOST_OF_ITEMS = 256 * MIB
"""Bytes of pickled items, which show whether a function changes them; beyond these, items are not checked."""
MOST_OF_RESULTS = 32 * MIB
"""Bytes of pickled results that every host holds to compare with, beside what it measures."""


@closing_loops()
def examine_workload(
    description: Workload, into: str, within: float | None = None, *, whole: bool = False, progress: str | None = None
) -> dict[str, Any]:
    """Examine a function; return fields of its workload, notes, and the path of its results, a file in `into`.

    `within` are the seconds that the pass may about take. If it would take longer, it covers only some items, evenly
    spread: only these are run, or, if the `whole` is run all the same, only their results are expected. The whole are
    the items of the description: all of them, or those that another pass has chosen. `progress` names a file in which
    the progress is reported.

    Raises UnfitFunction, UnfitItems, RaisedBefore and RaisedOnItem.
    """
    with closing_loops():
        return _examine_workload(description, into, within, whole, Progress(progress))


def describe_workload(description: Workload, progress: str | None = None) -> dict[str, Any]:
    """Find out what can be known of a function without calling it; return fields of its workload.

    Neither it nor its initializer is called, but what makes the items is.
    """
    doing = Progress(progress)
    doing.phase(IMPORTING)
    began = perf_counter()
    _, coroutine = forms_of(imported(description.name))
    shared_of(description)
    importing = perf_counter() - began
    async_init = description.init is not None and forms_of(imported(description.init))[1] is not None
    if description.expect is not None:
        imported(description.expect)
    doing.phase(MAKING_ITEMS)
    number = len(all_items(description))
    found = {"tasks": number, "total": number, "coroutine": coroutine is not None, "async_init": async_init}
    return {"found": found, "importing": importing}


def _examine_workload(
    description: Workload, into: str, within: float | None, whole: bool, doing: Progress
) -> dict[str, Any]:
    """Do what `examine_workload` does; event loops stay open."""
    doing.phase(IMPORTING)
    began = perf_counter()
    function, coroutine = forms_of(imported(description.name))
    shared = shared_of(description)
    importing = perf_counter() - began
    expect = None if description.expect is None else imported(description.expect)
    async_init = False
    if description.init is not None:
        doing.phase(INITIALISING)
        initialize, later = forms_of(imported(description.init))
        async_init = later is not None
        try:
            returned = initialize()
        except Exception as error:
            raise RaisedBefore(
                f"{description.init}, which each worker calls first, raised {described(error)}"
            ) from error
        if isinstance(returned, (GeneratorType, AsyncGeneratorType)):
            raise UnfitFunction(
                f"--init {description.init} is a generator, of which a call runs nothing: write it without yield"
            )
    made = []
    if shared is not None:
        doing.phase(MAKING_SHARED)
        task = shared.by(INITIALIZER)
        made.append(_making(description, task))
        function, coroutine = forms_of(task)
    doing.phase(MAKING_ITEMS)
    chosen = items_of(description)
    total = description.total or len(chosen)
    doing.phase(CALLING)
    every = 1 if within is None else _spread(function, chosen, within, doing)
    items = chosen[::every]
    found = examine(description.name, function, items, doing, description.every * every, checked=expect is not None)
    if expect is not None and not found.changes_items:
        doing.phase(CHECKING)
        from concbench.workloads.expectation import is_right  # here: few workloads need it

        # So that mistakes of --expect itself show before anything is measured.
        for place, (item, result) in enumerate(zip(items[:TWICE], found.expected, strict=False)):
            doing.at[ITEM] = place
            is_right(expect, item, result, place)
    found.notes += made
    if whole and every > 1:
        found.notes.append(
            f"calling {description.name} with all {len(chosen):,} items beforehand would take too long: it was called "
            f"with {len(items):,} of them, evenly spread, and the results of the others are only counted"
        )
    found.every = description.every * (1 if whole else every)
    number = len(chosen) if whole else len(items)
    step = every if whole else 1
    native = native_threads()
    file = write(found, description.name, into, every=step, number=number, checked=expect is not None)
    return {
        "found": {
            "tasks": number,
            "task_time": found.seconds / len(items),
            "busy": found.busy,
            "every": found.every,
            "total": total,
            "cores_busy": _cores_busy(found, native),
            "coroutine": coroutine is not None,
            "async_init": async_init,
        },
        "notes": found.notes,
        "pools": thread_pools(native),
        "importing": importing,
        "file": file,
    }


def _cores_busy(found: Examined, native: int | None) -> float | None:
    """How many cores a call keeps busy, where threads of a library help it; None where there are none."""
    is_helped = found.cores >= SEVERAL_CORES and native != 0 and not found.starts_threads
    return round(found.cores, 2) if is_helped else None


def _making(description: Workload, task: Sharing) -> str:
    """Make what all tasks read, which is kept; return a note on what that takes. Raises RaisedBefore, UnfitFunction."""
    name = description.shared
    began = perf_counter()
    try:
        made = task.way.get()
    except Exception as error:
        raise RaisedBefore(f"{name}, which makes what all tasks read, raised {described(error)}") from error
    took = perf_counter() - began
    if isinstance(made, (GeneratorType, AsyncGeneratorType)):
        raise UnfitFunction(f"--shared {name} is a generator, which only one task could read: return a list")
    if made is None:
        raise UnfitFunction(f"--shared {name} returns None: return what all tasks are to read")
    length = f"{took:.2g} s" if took >= 1 else f"{took * 1000:.0f} ms"
    return (
        f"{name} takes {length}, which is no part of the times: the object is there when a sample begins, except with "
        f"{INITIALIZER}, where each worker makes its own"
    )


def _spread(function: Function, items: Sequence[Any], within: float, doing: Progress) -> int:
    """The step between items with which they take about this many seconds, judging by three of them.

    A few always remain, however long they take: fewer could not run side by side.
    """
    import copy

    taken: list[float] = []
    for place in range(0, len(items), -(-len(items) // PROBES)):
        doing.at[ITEM] = place
        try:
            probe = copy.deepcopy(items[place])  # the function may change it
            began = perf_counter()
            function(probe)
        except Exception:  # noqa: BLE001 - it is the user's own; the pass that follows names the item that it raises on
            return 1
        taken.append(perf_counter() - began)
    usual = taken[1:] or taken  # the first call may import something, or start threads
    each = sum(usual) / len(usual)
    return min(max(1, ceil(each * len(items) / within)), max(1, len(items) // FEWEST))


# The pass


def serial_pass(function: Function, items: Sequence[Any]) -> Examined:
    """Call a function with every item, one after the other, and time it."""
    waited = waited_for_a_core()
    began, worked = perf_counter(), process_time()
    expected = [function(item) for item in items]
    seconds = perf_counter() - began
    computed = process_time() - worked
    # On a busy machine, the time for which others held the core is not the function's own waiting.
    own = seconds - (waited_for_a_core() - waited)
    found = Examined(expected, seconds, share_of_computing(computed, own))
    found.cores = computed / own if own > 0 else 1.0
    return found


def share_of_computing(cpu: float, own: float) -> float:
    """The share of a function's own seconds in which it computes, with its CPU seconds.

    >>> share_of_computing(0.5, 2.0), share_of_computing(1.1, 1.0)
    (0.25, 1.0)
    """
    return min(1.0, cpu / own) if own > cpu else 1.0


def waited_for_a_core() -> float:
    """Seconds for which this thread has been ready to run without a core; 0 where that is not counted."""
    try:
        with open("/proc/thread-self/schedstat", "rb") as file:  # noqa: PTH123 - no host carries pathlib
            return int(file.read().split()[1]) * 1e-9
    except (OSError, ValueError, IndexError):  # another system, a sandbox, or a kernel that does not count
        return 0.0


def examine(
    name: str,
    function: Function,
    items: Sequence[Any],
    progress: Progress | None = None,
    every: int = 1,
    *,
    checked: bool = False,
) -> Examined:
    """Do the serial pass, and note all that is odd about a function; raises RaisedOnItem.

    `every` is the step between the items in the numbering of all, which errors name. `checked` says that --expect
    verifies the results.
    """
    from concbench.workloads.equality import same  # here: only a host that examines a function needs it

    progress = progress or Progress(None)
    counted = _CountingStdout(sys.stdout)
    progress.phase(LOOKING)
    before = _checksums_of(items, progress)
    copies = [_pickled(item) for item in items[:TWICE]]
    threads_before = _threads_now()
    started = _StartedThreads()
    sys.stdout = counted
    try:
        with started:
            progress.phase(CALLING)
            first = _called_with_copies(_naming_the_item(name, function, progress, every), copies)
            del copies
            progress.phase(CALLING)
            found = serial_pass(_naming_the_item(name, function, progress, every), items)
            threads_left = _threads_now() - threads_before
            progress.phase(LOOKING)
            found.changes_items = _checksums_of(items, progress) != before
            found.varies = any(same(one, other) is False for one, other in zip(first, found.expected, strict=False))
            del first
            if not (found.changes_items or found.varies or counted.characters):
                progress.phase(CALLING)
                _time_again(found, name, function, items, progress, every)
    finally:
        sys.stdout = counted.real
    threads = started.count or threads_left
    found.starts_threads = started.count > 0
    found.notes += _notes(name, function, found, printed=counted.characters > 0, threads=threads, checked=checked)
    progress.phase(LOOKING)
    return found


def _time_again(
    found: Examined, name: str, function: Function, items: Sequence[Any], progress: Progress, every: int
) -> None:
    """Repeat a short pass, and keep the time and the share of computing of the fastest; raises RaisedOnItem."""
    taken = found.seconds
    for _ in range(PASSES - 1):
        if taken >= SHORT:
            break
        again = serial_pass(_naming_the_item(name, function, progress, every), items)
        taken += again.seconds
        if again.seconds < found.seconds:
            found.seconds, found.busy, found.cores = again.seconds, again.busy, again.cores


def _called_with_copies(function: Function, copies: Sequence[bytes | None]) -> list[Any]:
    """Call a function with copies of items, which it may change, up to the first item that can't be copied."""
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


def _notes(name: str, function: Function, found: Examined, *, printed: bool, threads: int, checked: bool) -> list[str]:
    said = []
    try:
        pickle.dumps(function)
    except Exception as error:  # noqa: BLE001 - pickling runs the function's own code
        said.append(f"{name} can't be pickled ({text_of(error)}): only threads, coroutines and serial can run it")
    if found.changes_items:
        said.append(f"{name} changes its argument: every sample gets copies of the items, made before the clock starts")
    if found.varies and not checked:
        counted = "so its results are only counted: --expect FUNCTION can check them"
        said.append(f"{name} does not return the same for the same item, {counted}")
    if printed:
        said.append(f"{name} prints, which is part of its time: --task-output FILE keeps it off the terminal")
    if threads > 0:
        said.append(f"{name} starts threads of its own, so more cores may be busy than there are workers")
    return said


def _naming_the_item(name: str, function: Function, progress: Progress, every: int) -> Function:
    """Wrap a function so that its errors name the item, and the progress counts.

    It counts its calls, so each pass over the items needs a wrapper of its own.
    """
    at = progress.at
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


# What changes, prints and starts threads


def _pickled(item: Any) -> bytes | None:
    """An item as bytes, for making a copy; None if it can't be pickled, or is large."""
    from io import BytesIO

    file = BytesIO()
    try:
        _Checksum(MOST_OF_ITEMS // 4, file).take(item)
    except Exception:  # noqa: BLE001 - pickling runs the item's own code
        return None
    return file.getvalue()


def _checksums_of(items: Sequence[Any], progress: Progress) -> list[tuple[int, int] | None]:
    """The length and a checksum of each item's pickle, which show whether it changes.

    None for an item that can't be pickled, and for all beyond 256 MiB: they are not checked.
    """
    room = MOST_OF_ITEMS
    found: list[tuple[int, int] | None] = []
    for place, item in enumerate(items):
        progress.at[ITEM] = place
        into = _Checksum(room)
        try:
            into.take(item)
        except Exception:  # noqa: BLE001 - pickling runs the item's own code
            found.append(None)
        else:
            found.append((into.length, into.checksum))
        room = max(0, room - into.length)
    return found


class _Checksum:
    """A file that keeps the length and a checksum of what is written to it, or passes it on to another file."""

    def __init__(self, most: int, file: IO[bytes] | None = None) -> None:
        self.most, self.file = most, file
        self.length = self.checksum = 0

    def take(self, thing: Any) -> None:
        """Pickle an object into it; raises TooLarge, and whatever the object does."""
        pickle.Pickler(self, pickle.HIGHEST_PROTOCOL).dump(thing)

    def write(self, data: Any) -> int:
        """Take some bytes; raises TooLarge where they are too many."""
        from zlib import crc32

        size: int = memoryview(data).nbytes
        self.length += size
        if self.length > self.most:
            raise _TooLarge
        if self.file is not None:
            self.file.write(data)
        else:
            self.checksum = crc32(data, self.checksum)
        return size


class _TooLarge(Exception):
    """A pickle is larger than there is room for."""


def _threads_now() -> int:
    """The number of threads of this process: on Linux, also of those that Python does not know."""
    try:
        return len(os.listdir("/proc/self/task"))  # noqa: PTH208 - no host carries pathlib
    except OSError:
        return threading.active_count()


class _StartedThreads:
    """Counts the threads that Python code starts, also those that have ended since."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> _StartedThreads:
        self._start = threading.Thread.start
        counted = self

        def start(thread: threading.Thread) -> None:
            counted.count += 1
            counted._start(thread)

        threading.Thread.start = start  # type: ignore[method-assign,assignment]  # for the time of the pass
        return self

    def __exit__(self, *_exception: object) -> None:
        threading.Thread.start = self._start  # type: ignore[method-assign]


class _CountingStdout:
    """A stdout that counts the characters written to it."""

    def __init__(self, real: Any) -> None:
        self.real = real
        self.characters = 0

    def write(self, text: str) -> int:
        self.characters += len(text)
        return int(self.real.write(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


# The results


def write(
    found: Examined, name: str, folder: str, *, every: int = 1, number: int | None = None, checked: bool = False
) -> str:
    """Write the findings of a pass into a file that only hosts of this run read; return its path.

    Results that can't be pickled, are too large for every host to hold, or can't be compared with a copy are no longer
    expected but counted; a note says so, unless --expect has `checked` them. If the pass covered only each n-th of a
    `number` of items, the results of the others are unknown.
    """
    path = os.path.join(folder, f"examined-{id(found)}.pickle")  # noqa: PTH118 - no host carries pathlib
    counted = _pickle_results(found, name, path)
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


def _pickle_results(found: Examined, name: str, path: str) -> str | None:
    """Find out which results hosts can be given, and forget the others; return why those are only counted."""
    from concbench.workloads.equality import NotKnown, same  # here: only a host that examines a function needs it

    known, found.expected = found.expected, [NotKnown] * len(found.expected)
    can_check = "are only counted: --expect FUNCTION can check them"
    in_process = "only threads, coroutines and serial can hand it over, and there results are only counted"
    with open(path, "wb") as file:  # noqa: PTH123 - no host carries pathlib
        try:
            _Checksum(MOST_OF_RESULTS, file).take(known)
        except _TooLarge:
            most = f"{MOST_OF_RESULTS // MIB} MiB"
            return f"{name} returns more than {most} for these items, too much to hold, so its results {can_check}"
        except Exception as error:  # noqa: BLE001 - pickling runs the results' own code
            if _can_be_sent(known):
                why = text_of(error)
                return f"{name} returns what can't be compared with a copy ({why}), so its results {can_check}"
            found.unpicklable = text_of(error)
            return f"{name} returns what can't be pickled ({found.unpicklable}): {in_process}"
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - no host carries pathlib
            back = list(pickle.load(file))  # noqa: S301 - written a moment ago, by this process
    except Exception as error:  # noqa: BLE001 - it runs the results' own code
        found.unpicklable = text_of(error)
        return f"{name} returns what can be pickled but not read back ({found.unpicklable}): {in_process}"
    # A process's result is compared with one from a file, and so is a thread's.
    found.expected = [one if same(one, other) else NotKnown for one, other in zip(back, known, strict=True)]
    lost = sum(one is NotKnown for one in found.expected)
    if not lost:
        return None
    some = "results" if lost == len(known) else f"{lost:,} of {len(known):,} results"
    return f"{some} of {name} can't be verified, as a copy is not the same as the original, so they {can_check}"


def _can_be_sent(results: Sequence[Any]) -> bool:
    """Whether `multiprocessing` moves what `pickle` alone does not, such as sockets."""
    from multiprocessing.reduction import ForkingPickler  # here: few functions return such things

    try:
        ForkingPickler.dumps(results)
    except Exception:  # noqa: BLE001 - pickling runs the results' own code
        return False
    return True
