"""A large object that all tasks read (`--shared`): each way in which workers get it, and tasks that are called with it.

The object is made before the clock is read, as items are. What it takes to give it to workers is part of a sample, and
so is making it where each worker makes its own.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from itertools import count

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.shared_memory import SharedMemory
    from typing import Any

    Make = Callable[[], Any]

WAYS = PICKLED, INITIALIZER, INHERITED, SHARED_MEMORY, MEMORY_MAP = (
    *("pickled", "initializer", "inherited", "shared-memory", "memory-map"),
)
ALIGNMENT = 64
"""Bytes: every part of an object begins at a multiple of it, as vector instructions like it."""
SHARED = "/dev/shm"  # noqa: S108 - where Linux keeps shared memory; nothing is made in it by its path
MB = 10**6
NAME_BYTES = 6
"""Of a name that no other block of shared memory has; macOS allows 30 letters."""
PROTOCOL = 5
"""Of pickle: the first that leaves the bytes of arrays where they are (PEP 574)."""
BUFFERS = frozenset({"builtins.bytes", "builtins.bytearray", "builtins.memoryview", "array.array", "mmap.mmap"})
"""Types of objects that are nothing but bytes or numbers: a `memoryview` stands for them."""

numbers = count()
held: dict[int, Any] = {}
"""What this process holds for the workers that it forks: by the number of the sample."""
here: dict[int | str, Any] = {}
"""What this worker has got, by the number of the sample or the name of the memory."""
getting = threading.Lock()


class Unmappable(Exception):
    """An object can't lie in memory that workers map; the text says why."""


class Itself:
    """The object itself: the same for all threads, and pickled with every chunk of tasks for processes."""

    def __init__(self, make: Make) -> None:
        self.thing = make()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Make it ready for the workers of a sample, before the first of them is started; leave nothing behind."""
        yield

    def get(self) -> Any:
        """The object, in a worker."""
        return self.thing


class Inherited(Itself):
    """A global of the parent, set before it forks: workers have it as they are, and pages of it while none writes."""

    def __init__(self, make: Make) -> None:
        super().__init__(make)
        self.number = next(numbers)

    @contextmanager
    def open(self) -> Iterator[None]:
        """See `Itself`."""
        held[self.number], self.thing = self.thing, None
        try:
            yield
        finally:
            del held[self.number]

    def get(self) -> Any:
        """See `Itself`."""
        return held[self.number]


class Made(Itself):
    """One for each worker, which makes it before its first task, as by a pool's `initializer`."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.number = next(numbers)

    def get(self) -> Any:
        """See `Itself`."""
        with getting:  # threads of a process have one
            if self.number not in here:
                here.clear()  # of what it has got for an earlier sample
                here[self.number] = self.make()
            return here[self.number]


class Mapped(Itself):
    """Memory that every worker maps, and reads in place: the object's bytes, and its pickle without them."""

    name: str

    def __init__(self, make: Make) -> None:
        super().__init__(make)
        self.head: bytes | None = None
        """The pickle; None where the object is only bytes or numbers,"""
        self.format: tuple[str, tuple[int, ...]] = ("B", ())
        """of this format and shape."""
        self.places: list[tuple[int, int]] = []
        """Where each part begins and ends."""

    def parts(self) -> list[memoryview]:
        """Take the object apart: its bytes, in the order of the places; raises Unmappable."""
        kind = type(self.thing)
        if f"{kind.__module__}.{kind.__qualname__}" in BUFFERS:
            view = memoryview(self.thing)
            self.format = view.format, view.shape or ()
            found = [view.cast("B")]
        else:
            import pickle  # here: few ways need it

            buffers: list[pickle.PickleBuffer] = []
            self.head = pickle.dumps(self.thing, PROTOCOL, buffer_callback=buffers.append)
            found = [buffer.raw() for buffer in buffers]
            if sum(part.nbytes for part in found) < len(self.head):
                raise Unmappable(
                    f"only bytes and arrays can lie in memory that workers map, and most of this {kind.__name__} is "
                    "neither: each worker would have to make objects of it again"
                )
        begin = 0
        for part in found:
            self.places.append((begin, begin + part.nbytes))
            begin += -(-part.nbytes // ALIGNMENT) * ALIGNMENT
        return found

    @property
    def size(self) -> int:
        """Bytes of memory that it needs: one at least, as no less can be mapped."""
        return max(1, self.places[-1][1]) if self.places else 1

    def put_together(self, memory: memoryview) -> Any:
        """The object, with its bytes where they lie."""
        parts = [memory[begin:end] for begin, end in self.places]
        if self.head is None:
            view: Any = parts[0]  # typeshed knows casts to literals only
            kind, shape = self.format
            return view.cast(kind, shape) if len(shape) > 1 else view.cast(kind)
        import pickle

        return pickle.loads(self.head, buffers=parts)  # noqa: S301 - made by this worker's own parent

    def mapped(self) -> memoryview:
        """The memory, mapped by this worker for as long as there are views of it."""
        raise NotImplementedError

    def get(self) -> Any:
        """See `Itself`."""
        with getting:
            if self.name not in here:
                here.clear()
                here[self.name] = self.put_together(self.mapped())
            return here[self.name]


class InSharedMemory(Mapped):
    """A block of `multiprocessing.shared_memory`, into which the parent copies the object; its own is let go then."""

    @contextmanager
    def open(self) -> Iterator[None]:
        """See `Itself`."""
        parts = self.parts()
        check_room(self.size)
        memory = created(self.size)
        try:
            self.name = memory.name
            fill(memory.buf, self.places, parts)
            del parts
            self.thing = None
            yield
        finally:
            memory.close()
            memory.unlink()

    def mapped(self) -> memoryview:
        """See `Mapped`."""
        memory = attached(self.name)
        assert memory.buf is not None  # it is None once the memory is closed
        view = memory.buf.toreadonly()
        # A task may keep views until its worker ends, and SharedMemory, which closes the memory at its own end, would
        # complain of them. The view keeps it mapped.
        vars(memory).update(_buf=None, _mmap=None)
        memory.close()
        return view


class InFile(Mapped):
    """A file, into which the parent writes the object; its own is let go then."""

    @contextmanager
    def open(self) -> Iterator[None]:
        """See `Itself`."""
        import os  # here, as below: no other way's host needs them
        import tempfile

        parts = self.parts()
        number, self.name = tempfile.mkstemp(prefix="shared-")
        try:
            with os.fdopen(number, "wb") as file:
                for (begin, _), part in zip(self.places, parts, strict=True):
                    file.seek(begin)
                    file.write(part)
                file.truncate(self.size)
            del part, parts
            self.thing = None
            yield
        finally:
            os.unlink(self.name)  # noqa: PTH108 - no host carries pathlib

    def mapped(self) -> memoryview:
        """See `Mapped`."""
        from mmap import ACCESS_READ, mmap

        with open(self.name, "rb") as file:  # noqa: PTH123 - no host carries pathlib
            return memoryview(mmap(file.fileno(), 0, access=ACCESS_READ))


BY_NAME: dict[str, type[Itself]] = {
    PICKLED: Itself,
    INITIALIZER: Made,
    INHERITED: Inherited,
    SHARED_MEMORY: InSharedMemory,
    MEMORY_MAP: InFile,
}


def fill(memory: memoryview | None, places: Sequence[tuple[int, int]], parts: Sequence[memoryview]) -> None:
    """Copy the parts of an object to their places."""
    assert memory is not None  # it is None once the memory is closed
    for (begin, end), part in zip(places, parts, strict=True):
        memory[begin:end] = part


def check_room(size: int) -> None:
    """Raise Unmappable where shared memory lies in a file system that has no room for this number of bytes.

    Otherwise the first write beyond it would kill this process. Containers have 64 MB by default.
    """
    import os  # here, as few hosts need it

    try:
        room = os.statvfs(SHARED)
    except (OSError, AttributeError):  # another system, which keeps it elsewhere
        return
    free = room.f_bavail * room.f_frsize
    if free < size:
        raise Unmappable(
            f"{SHARED} has room for {free // MB:,} MB, and the object takes {-(-size // MB):,} MB: enlarge it, in "
            "Docker with --shm-size"
        )


def created(size: int) -> SharedMemory:
    """A new block of shared memory, which is unlinked even if this process is killed at once.

    `SharedMemory` tells the resource tracker of a block when it is there already, and may have to start the tracker
    then: of a process that is killed in between, the block would stay.
    """
    import os  # here, as below: no other way's host needs them
    from multiprocessing import resource_tracker
    from multiprocessing.shared_memory import SharedMemory

    name = f"psm_{os.urandom(NAME_BYTES).hex()}"
    tracked = os.name == "posix"
    if tracked:
        resource_tracker.register(f"/{name}", "shared_memory")
    try:
        return SharedMemory(name=name, create=True, size=size)
    except BaseException:
        if tracked:
            resource_tracker.unregister(f"/{name}", "shared_memory")
        raise


def attached(name: str) -> SharedMemory:
    """Attach to shared memory that another process made and will unlink."""
    import sys
    from multiprocessing.shared_memory import SharedMemory  # here, so that only who has some carries it

    if sys.version_info >= (3, 13):
        return SharedMemory(name=name, track=False)
    from multiprocessing import resource_tracker

    alone = resource_tracker._resource_tracker._fd is None  # type: ignore[attr-defined]  # before anything is tracked
    # The name is tracked a second time, by the tracker that the worker shares with its parent and that keeps a set. It
    # must not be untracked there: that would remove the parent's entry.
    memory = SharedMemory(name=name)
    if alone:  # the worker of an engine has a tracker of its own, which would unlink the memory when the worker ends
        resource_tracker.unregister(f"/{name}", "shared_memory")
    return memory


# Tasks


class Sharing:
    """A function that is called with its item and the shared object, as a task."""

    def __init__(self, function: Callable[[Any, Any], Any], way: Itself) -> None:
        self.function = function
        self.way = way

    def __call__(self, item: Any) -> Any:
        """Call the function."""
        return self.function(item, self.way.get())


class SharingCoroutine(Sharing):
    """The same of an `async def`."""

    async def __call__(self, item: Any) -> Any:
        """Await the function."""
        return await self.function(item, self.way.get())


class Shared:
    """What all tasks of a workload get beside their item: the function that makes it, and the one that takes it."""

    def __init__(self, function: Callable[[Any, Any], Any], make: Make, *, coroutine: bool = False) -> None:
        self.function = function
        self.make = make
        self.coroutine = coroutine
        """Whether the function is an `async def`."""

    def by(self, way: str) -> Sharing:
        """The task, to whose workers the object is given in this way; it is made now, unless they make it."""
        return (SharingCoroutine if self.coroutine else Sharing)(self.function, BY_NAME[way](self.make))


def why_not(way: str, *, kind: str, one_each: bool, start_method: str | None) -> str | None:
    """Why workers of a kind can't be given an object in this way, in one sentence; None where they can.

    `one_each` says that every task has a worker of its own, and `start_method` how processes are started.

    >>> why_not("shared-memory", kind="processes", one_each=False, start_method="spawn")
    >>> why_not("inherited", kind="processes", one_each=False, start_method="spawn")
    'workers inherit globals only where they are forked, and spawn starts them anew: use --start-method fork'
    """
    if way == INHERITED and kind == "interpreters":
        return "an interpreter has modules of its own, and inherits no globals"
    if way == INHERITED and start_method != "fork":
        return (
            f"workers inherit globals only where they are forked, and {start_method} starts them anew: "
            "use --start-method fork"
        )
    if way == PICKLED and one_each and start_method == "fork":
        return "a forked Process inherits its arguments, and nothing is pickled: the way inherited is the same"
    return None
