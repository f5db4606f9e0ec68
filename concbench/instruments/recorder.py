"""Where a process writes what its tasks do: records of one size in mapped memory, and lines of text for what is rare.

A record costs less than a microsecond, and no system call. What is in mapped memory survives the process, however it
ends. Every process has files of its own, so that no process waits for another. All times are nanoseconds of
`perf_counter`, which counts from the same moment in all processes of a system.
"""

from __future__ import annotations

import os
import sys
from _struct import Struct
from _thread import allocate_lock, get_ident
from itertools import count
from mmap import mmap
from time import perf_counter_ns

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from collections.abc import Callable

RECORD = Struct("=IIQQQqqqqqqq")
"""Kind, region, key, item, thread, and seven numbers that depend on the kind."""
AMENDED = Struct("=qq")
"""The last two of them."""
SIZE = RECORD.size
BITS = 14
"""A file has 2 ** BITS records, 1.4 MB."""
MOST = 2**12
"""Files of a process: 67 million records."""
UNSUPPORTED = (22, 38, 95)
"""Numbers of errors where a file system can't reserve place: EINVAL, ENOSYS, EOPNOTSUPP."""

CALLED = 1
"""A method of a pool that takes many items was called. Item: its place in METHODS. Numbers: when it was called, items
(-1: unknown), the chunksize (-1: none was given)."""
SENT = 2
"""A process handed a task or a chunk to its workers. Numbers: when it was submitted, when it was sent, the time that
took to pickle, the bytes (-1: not pickled), and the items of a chunk of an executor's map (0: it is none)."""
RAN = 3
"""A task ran; `item` is its place in its chunk. Numbers: begin, end, CPU time of its thread (-1: unknown), the bytes
that came with it, the time to unpickle them, the bytes of its result, and the time to pickle them. What runs in the
process that submitted it has the time when that was, in place of the bytes that came, and -1 in the next number."""
RECEIVED = 4
"""A result reached the process that wants it. Numbers: when, and the time that took to unpickle it."""
LIVED = 5
"""A process that was started as one ran. Numbers: begin, end (0: it has not ended), CPU time."""
KINDS = (CALLED, SENT, RAN, RECEIVED, LIVED)
METHODS = ("map", "starmap", "imap", "imap_unordered", "apply", "submit")


class Recorder:
    """The files of this process; a forked child begins new ones."""

    def __init__(self) -> None:
        self.folder: str | None = None
        """None: nothing is recorded."""
        self._lock = allocate_lock()
        self._follows_forks = False
        following = next_place()
        following()  # 0 is none
        self._regions = following
        self._next = next_place()
        self._begin()

    def _begin(self) -> None:
        self.pid = os.getpid()
        self.generation = perf_counter_ns()
        """Differs between processes, and between the traces of one."""
        self._name = f"{self.pid}-{self.generation}"
        # Places go on where they were, in a file of their own: what began before a fork, or in another trace, and ends
        # now, finds no record to amend.
        self._first = (self._next() >> BITS) + 1
        self._next = next_place(self._first << BITS)
        self._segments: dict[int, mmap] = {}
        """The files of this process, by the upper bits of their places."""
        self._introduced = False

    def start(self, folder: str) -> None:
        """Record into a folder, here and in children that are forked."""
        if not self._follows_forks and hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork)
            self._follows_forks = True
        self._begin()
        self.folder = folder

    def stop(self) -> None:
        """Record no more."""
        self.folder = None
        self._segments = {}

    def _after_fork(self) -> None:
        self._lock = allocate_lock()
        self._begin()

    def region(self) -> int:
        """A new region's number; nothing else has it that this process inherited or recorded before."""
        return self._regions()

    def record(
        self, kind: int, region: int, key: int = 0, item: int = 0,
        a: int = 0, b: int = 0, c: int = 0, d: int = 0, e: int = 0, f: int = 0, g: int = 0,
    ) -> int:  # fmt: skip
        """Write a record, and return its place for `amend`."""
        place = self._next()
        try:
            slots = self._segments[place >> BITS]
        except KeyError:
            found = self._grown(place >> BITS)
            if found is None:
                return -1
            slots = found
        at = (place & (2**BITS - 1)) * SIZE
        RECORD.pack_into(slots, at, kind, region, key, item, get_ident(), a, b, c, d, e, f, g)
        return place

    def amend(self, place: int, f: int, g: int) -> None:
        """Change the last two numbers of a record of this process and this trace."""
        slots = self._segments.get(place >> BITS)
        if slots is not None:
            AMENDED.pack_into(slots, (place & (2**BITS - 1)) * SIZE + SIZE - 16, f, g)

    def end(self, place: int, end: int, cpu: int) -> None:
        """Change the second and third number of a record that was written when something began, as above."""
        slots = self._segments.get(place >> BITS)
        if slots is not None:
            AMENDED.pack_into(slots, (place & (2**BITS - 1)) * SIZE + SIZE - 48, end, cpu)

    def _grown(self, segment: int) -> mmap | None:
        """The file of these places, after those before it; None where there is no place for it."""
        if self.folder is None or segment < self._first:
            return None
        with self._lock:
            while segment not in self._segments:
                files = len(self._segments)
                if self.folder is None or files >= MOST:
                    return None
                self.introduce()
                path = f"{self.folder}/{self._name}-{files}.records"
                try:
                    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
                except OSError:  # the trace has ended, and its folder is gone, or nothing can be written any more
                    self.folder = None
                    return None
                try:
                    reserve(number, SIZE << BITS)
                    self._segments[self._first + files] = mapped(number)
                except OSError:  # the disk is full; to write into what is not reserved would kill the process
                    self.folder = None
                    return None
                finally:
                    os.close(number)
            return self._segments[segment]

    def write(self, **what: object) -> None:
        """Append a line to the text of this process: what is rare, and has names in it."""
        if self.folder is None:
            return
        self.introduce()
        self._append(what)

    def introduce(self) -> None:
        """Write down which process this is, once."""
        if not self._introduced:
            self._introduced = True
            argv = [str(each)[:1000] for each in getattr(sys, "orig_argv", ())[:100]]
            gil = getattr(sys, "_is_gil_enabled", lambda: True)()
            version = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
            self._append({"event": "process", "pid": self.pid, "parent": os.getppid(), "argv": argv, "gil": gil,
                          "at": perf_counter_ns(), "python": version})  # fmt: skip

    def _append(self, what: dict[str, object]) -> None:
        """Write a line; opened anew for each, as a program may close all files that it does not know."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        try:
            number = os.open(f"{self.folder}/{self._name}.text", flags, 0o600)
        except OSError:  # as above
            self.folder = None
            return
        try:
            # Only plain values, which `ast.literal_eval` reads again: json would have to be imported here.
            os.write(number, (repr(what) + "\n").encode("utf-8", "backslashreplace"))
        except OSError:  # the disk is full
            self.folder = None
        finally:
            os.close(number)


def next_place(first: int = 0) -> Callable[[], int]:
    """A function that returns 0, 1, 2, … to any number of threads, or what follows another first."""
    places = count(first)
    if getattr(sys, "_is_gil_enabled", lambda: True)():
        return places.__next__
    lock = allocate_lock()

    def following() -> int:
        with lock:  # without a GIL, `count` may give two threads the same number
            return next(places)

    return following


def reserve(number: int, size: int) -> None:
    """Make a file this long, with its place on the disk where the system can reserve it; raises OSError."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(number, 0, size)
        except OSError as error:
            if error.errno not in UNSUPPORTED:
                raise
        else:
            return
    os.ftruncate(number, size)


def mapped(number: int) -> mmap:
    """The memory of an open file, without a descriptor of its own.

    A program may close it, open a file of its own that gets its number, and lose that when the memory is given back.
    """
    if sys.version_info >= (3, 13):
        return mmap(number, SIZE << BITS, trackfd=False)
    if sys.platform == "win32":
        return mmap(number, SIZE << BITS)
    os.close(free := os.dup(number))
    memory = mmap(number, SIZE << BITS)
    _kept.append(memory)
    try:
        if os.path.samestat(os.fstat(free), os.fstat(number)):  # else another thread was faster, and it is another one
            os.close(free)
    except OSError:
        pass  # as above
    return memory


def _immortal() -> list[mmap]:
    """A list that is never given back, not even when the interpreter ends: no collector looks for it in code.

    Before 3.13 a mapping closes its descriptor when it is given back, which `mapped` has done already.
    """
    kept: list[mmap] = []

    def holder() -> None: ...

    kept.append(holder.__code__.replace(co_consts=(None, kept)))  # type: ignore[arg-type]  # the first is none
    return kept


_kept = _immortal()


recorder = Recorder()
