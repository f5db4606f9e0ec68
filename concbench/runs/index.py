"""An index beside run documents: what a history needs of each, so that only new and changed documents are read.

It is a cache. Whatever is wrong with it, from a bit that flipped to a folder that can't be written to, costs time and
nothing else; it may be deleted at any time.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Generic, TypeVar, cast

import msgspec

from concbench import __version__
from concbench.model.run import Run
from concbench.runs.checking import limited
from concbench.runs.contents import NoFile, TooLarge, contents, is_descriptor
from concbench.runs.reading import read_bytes, run_in
from concbench.runs.writing import temporary_file

NAME = ".concbench-history.index"
"""The name of an index. It doesn't end in `.json`, so that nothing takes it for a run."""
FORMAT = 1
"""To be raised whenever what is kept of a run changes, or how it is computed, within a version of concbench."""
FEWEST = 20
"""Documents from which on an index is worth a file in somebody's folder."""
SETTLED = 2.0
"""Seconds: a file that was written less than this before it was read may be written again without a new time (FAT
counts in steps of two seconds)."""
MAX_BYTES = 256 * 1024 * 1024
"""The largest index that is read; one of 1,000 runs has some megabytes."""

Kept = TypeVar("Kept")
"""What is kept of a document: a frozen dataclass, which says itself what it must fulfil beyond its types."""


class _Entry(msgspec.Struct, array_like=True):
    """What is kept of one document, and the document that it was made of."""

    size: int
    written: int
    """When the document was written, in nanoseconds; 0 where that proves nothing."""
    digest: bytes
    kept: msgspec.Raw


class Index(Generic[Kept]):
    """What is kept of each document in a folder: read from the index where it is up to date, else from the document.

    An entry is up to date if the document has the same size and time of writing, or else the same contents. As it is
    data from a file, it is validated like a run.
    """

    def __init__(self, folder: Path, kind: type[Kept], keep: Callable[[Run], Kept]) -> None:
        """Read the index of a folder, if there is one; `keep` makes what is kept of a run."""
        self._folder = folder
        self._keep = keep
        self._decoder = msgspec.msgpack.Decoder(kind)
        self._limits = limited(cast("type", kind))
        self._entries = _entries_in(folder / NAME)
        self._changed = False

    def of(self, document: Path) -> Kept:
        """What is kept of a document in the folder. Raises UnreadableRun."""
        found = _state_of(document)
        entry = self._entry(document.name) if found is not None else None
        if entry is not None and (entry.size, entry.written) == found:
            kept = self._kept(entry)
            if kept is not None:
                return kept
        data = read_bytes(document, descriptors=True)
        digest = blake2b(data, digest_size=16).digest()
        kept = self._kept(entry) if entry is not None and entry.digest == digest else None
        if kept is None:
            kept = self._keep(run_in(data, document))
        if found is not None and found == _state_of(document) and found[0] == len(data):
            self._put(document.name, found, digest, kept)
        return kept

    def save(self) -> None:
        """Write the index, whole or not at all, if it has changed; where it can't be written, nothing happens.

        Of two processes that write at once, the last has its index; the next history adds what it lacks.
        """
        if not self._changed:
            return
        with suppress(OSError):
            present = set(os.listdir(self._folder))  # noqa: PTH208 - names are compared, not paths
            entries = {name: entry for name, entry in self._entries.items() if name in present}
            body = msgspec.msgpack.encode(entries)
            if len(entries) >= FEWEST and len(body) < MAX_BYTES:
                with temporary_file(self._folder, _head(body) + body) as temporary:
                    temporary.replace(self._folder / NAME)
                self._changed = False

    def _entry(self, name: str) -> _Entry | None:
        data = self._entries.get(name)
        if data is None:
            return None
        try:
            return msgspec.msgpack.decode(data, type=_Entry)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None

    def _kept(self, entry: _Entry) -> Kept | None:
        """What an entry holds, validated; None where that fails."""
        try:
            kept = self._decoder.decode(entry.kept)
            msgspec.convert(kept, self._limits, from_attributes=True)
        except (msgspec.MsgspecError, ValueError, RecursionError):  # ValueError: text that is not UTF-8
            return None
        return kept

    def _put(self, name: str, state: tuple[int, int], digest: bytes, kept: Kept) -> None:
        size, written = state
        settled = time.time_ns() - written > SETTLED * 1e9
        with suppress(UnicodeEncodeError):  # a name, or a text of the run, that UTF-8 can't carry
            name.encode()
            data = msgspec.Raw(msgspec.msgpack.encode(kept))
            entry = _Entry(size=size, written=written if settled else 0, digest=digest, kept=data)
            self._entries[name] = msgspec.Raw(msgspec.msgpack.encode(entry))
            self._changed = True


def _entries_in(path: Path) -> dict[str, msgspec.Raw]:
    """The entries of an index by the names of documents, none of them validated yet; empty if anything is wrong."""
    try:
        data = contents(path, MAX_BYTES)
        head, newline, body = data.partition(b"\n")
        if head + newline != _head(body):
            return {}
        return msgspec.msgpack.decode(body, type=dict[str, msgspec.Raw])
    except (NoFile, TooLarge, OSError, ValueError, msgspec.MsgspecError, RecursionError):
        return {}


def _head(body: bytes) -> bytes:
    """The first line of an index, which no other version's has, nor one whose entries were damaged."""
    return f"concbench index {FORMAT} of {__version__} {blake2b(body, digest_size=16).hexdigest()}\n".encode()


def _state_of(document: Path) -> tuple[int, int] | None:
    """The size and the time of writing of a regular file; None for anything else, which no index can speak for."""
    if is_descriptor(document):
        return None
    try:
        found = document.stat()
    except (OSError, ValueError):  # the latter for what can't be a name
        return None
    return (found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None
