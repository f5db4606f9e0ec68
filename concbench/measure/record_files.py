"""Reads what the processes of a traced program have written: records and texts become regions with their tasks.

A program that is traced can write what it likes into the folder, so whatever is not as it should be is left out.
"""

from __future__ import annotations

import mmap
import re
from ast import literal_eval
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from concbench.experiments.trace import NANO
from concbench.instruments.columns import MOST_TASKS, UNKNOWN, from_rows, pack
from concbench.instruments.recorder import CALLED, KINDS, LIVED, METHODS, RAN, RECEIVED, RECORD, SENT, SIZE
from concbench.model.program import Call, Process, Region, WorkerKind

LONGEST_LINE = 2**20
"""Characters of a line of text that are read."""
NAME = re.compile(r"((\d{1,9})-(\d{1,18}))(?:-\d{1,5})?\.(?:text|records)")
"""The name of a file: the process, by its id and when it began to record, and the number of a file of records."""
LARGEST = 2**50
"""The largest number of bytes, or of nanoseconds that something took, that is believed."""

Who = tuple[int, int]
"""A process: its id, which another one may have after it, and when it began to record."""
Number = tuple[Who, int]
"""A region's identity: the process that opened it, and its number there."""
TYPES: Mapping[str, Mapping[str, type | tuple[type, ...]]] = {
    "process": {"pid": int, "parent": int, "argv": list, "gil": bool, "at": int, "python": str},
    "region": {"number": int, "name": str, "kind": str, "file": str, "line": int, "function": str, "at": int},
    "ready": {"number": int, "at": int, "workers": int, "start_method": (str, type(None))},
    "closed": {"number": int, "at": int, "until": int},
    "worker": {"number": int, "pid": int, "at": int, "until": int},
    "ended": {"pid": int, "at": int},
    "task": {"number": int, "module": str, "name": str, "file": str},
    "item": {"number": int, "key": int, "item": int, "text": str},
}
"""By the event of a line of text, what it holds."""


@dataclass
class _Chunk:
    """What the process that submitted a chunk knows of it."""

    submitted: int = UNKNOWN
    pickling: int = 0
    size: int = UNKNOWN
    items: int = 0
    """Of a chunk of an executor's map; 0: it is none, or a pool's."""
    received: int = UNKNOWN
    unpickling: int = 0


@dataclass
class _Opened:
    """What the files say of a region."""

    about: dict[str, Any]
    ready: dict[str, Any] = field(default_factory=dict)
    closing: int | None = None
    closed: int = 0
    started: set[int] = field(default_factory=set)
    """Processes that were started to work for it."""
    calls: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    """By the method's number: items and chunksize of each call."""
    chunks: dict[int, _Chunk] = field(default_factory=lambda: defaultdict(_Chunk))
    ran: list[tuple[Any, ...]] = field(default_factory=list)
    """Key, item, process, thread, and the seven numbers of the record."""
    items: dict[tuple[int, int], str] = field(default_factory=dict)
    """By key and item, its text."""
    task: str = ""
    last: int = 0


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What was read."""

    processes: list[Process]
    regions: list[Region]
    gil: bool
    python: str | None
    """Of the first process; None where nothing was written."""


def read(folder: Path, began: int, ended: int) -> Recorded:
    """What is in the folder of a trace, of a program that ran between two readings of the clock in nanoseconds."""
    trace = _Trace(began, ended)
    files = [(path, named) for path in sorted(folder.iterdir()) if (named := NAME.fullmatch(path.name))]
    texts = [(_who(named), list(_lines(path))) for path, named in files if path.suffix == ".text"]
    for process, lines in texts:
        for line in lines:
            trace.take(process, line)
    trace.sort_workers()
    for process, lines in texts:
        for line in lines:
            if line["event"] == "item":
                trace.item(process, line)
    for path, named in files:
        if path.suffix == ".records":
            for record in _records(path):
                trace.sort(_who(named), record)
    return trace.found()


def _who(named: re.Match[str]) -> Who:
    return int(named[2]), int(named[3])


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a process, but for one that was cut off when it was killed."""
    with path.open(encoding="utf-8", errors="replace") as file:
        while line := file.readline(LONGEST_LINE):
            if not line.endswith("\n"):
                continue
            try:
                found = literal_eval(line)
            except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
                continue
            if isinstance(found, dict) and _is_event(found):
                yield found


def _is_event(line: Mapping[object, object]) -> bool:
    """Whether a line holds what its event has to."""
    event = line.get("event")
    types = TYPES.get(event) if isinstance(event, str) else None
    if types is None:
        return False
    for name, kind in types.items():
        value = line.get(name)
        if not isinstance(value, kind) or (isinstance(value, int) and not 0 <= value < 2**62):
            return False
    return event != "region" or line["kind"] in get_args(WorkerKind)


def task_name(line: Mapping[str, Any]) -> str:
    """What a function is called where it can be found again: by its module, or by the file of the program.

    >>> task_name({"module": "__main__", "name": "fetch", "file": "/home/ann/job.py"})
    '/home/ann/job.py:fetch'
    """
    module = line["file"] if line["module"] == "__main__" else line["module"]
    return f"{module}:{line['name']}" if module else ""


def _records(path: Path) -> Iterator[tuple[int, ...]]:
    """The records of a file: a process that was killed may have left gaps, and one that runs still writes."""
    size = path.stat().st_size
    size -= size % SIZE
    if not size:  # it was killed before it had reserved the place
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as slots:
        # A file is filled from its beginning; a page of zeros is its end.
        for at in range(0, size, SIZE * 512):
            part = slots[at : min(size, at + SIZE * 512)]
            if not any(part):
                return
            yield from (record for record in RECORD.iter_unpack(part) if record[0] in KINDS)


class _Trace:
    """What was read so far of a program that ran between two readings of the clock."""

    def __init__(self, began: int, ended: int) -> None:
        self.began, self.ended = began, ended
        self.regions: dict[Number, _Opened] = {}
        self.workers: dict[int, list[tuple[int, Number]]] = defaultdict(list)
        """By the id of a process: when it was started, and for which region."""
        self.ends: dict[int, list[int]] = defaultdict(list)
        """By the id of a process: when it was known to have ended."""
        self.introductions: list[Mapping[str, Any]] = []

    def take(self, who: Who, line: Mapping[str, Any]) -> None:
        """Sort one line of text."""
        event = line["event"]
        if event == "process":
            self.introductions.append(line)
        elif event == "ended":
            self.ends[line["pid"]].append(line["at"])
        elif event == "region":
            self.regions[who, line["number"]] = _Opened(about=dict(line))
        elif event != "item" and (number := (who, line["number"])) in self.regions:
            opened = self.regions[number]
            if event == "ready":
                opened.ready = dict(line)
            elif event == "task":
                opened.task = task_name(line)
            elif event == "closed":
                opened.closing = line["at"] if opened.closing is None else opened.closing
                opened.closed = max(opened.closed, line["until"])
            else:
                opened.started.add(line["pid"])
                self.workers[line["pid"]].append((line["at"], number))
                opened.last = max(opened.last, line["until"])

    def sort_workers(self) -> None:
        """All lines of text have been taken."""
        for started in self.workers.values():
            started.sort()
        for ends in self.ends.values():
            ends.sort()

    def region_of(self, who: Who) -> Number | None:
        """The region that a process works for: that of the last start of a process with its id before it recorded."""
        started = self.workers.get(who[0], ())
        place = bisect_right(started, who[1], key=lambda each: each[0]) - 1
        return started[place][1] if place >= 0 else None

    def end_of(self, who: Who) -> int:
        """When a process had ended that did not say so itself: as was known to the one that started it, or at last."""
        return next((at for at in self.ends.get(who[0], ()) if at >= who[1]), self.ended)

    def opened(self, who: Who, number: int) -> _Opened | None:
        """The region of a record or of an item's text."""
        found = (who, number) if number else self.region_of(who)
        return None if found is None else self.regions.get(found)

    def item(self, who: Who, line: Mapping[str, Any]) -> None:
        """Sort the text of an item."""
        opened = self.opened(who, line["number"])
        if opened is not None:
            opened.items[line["key"], line["item"]] = line["text"]

    def sort(self, who: Who, record: Sequence[int]) -> None:
        """Sort one record; what belongs to no region that is known is left out."""
        kind, number, key, item, thread, *numbers = record
        opened = self.opened(who, number)
        if opened is None:
            return
        if kind == CALLED:
            opened.calls[item].append((numbers[1], numbers[2]))
        elif kind == SENT and self.is_time(numbers[0]) and self.is_time(numbers[1]):
            chunk = opened.chunks[key]
            chunk.submitted, sent, chunk.pickling, chunk.size, chunk.items, *_ = map(_believed, numbers)
            opened.last = max(opened.last, sent)
        elif kind == RECEIVED and self.is_time(numbers[0]):
            chunk = opened.chunks[key]
            chunk.received, chunk.unpickling, *_ = map(_believed, numbers)
            opened.last = max(opened.last, chunk.received)
        elif kind == RAN or (kind == LIVED and opened.about.get("group")):
            begin, end, *rest = map(_believed, numbers)
            if not end or end > self.ended:  # it was under way when its process or the program ended
                end, rest[0] = self.end_of(who), UNKNOWN
            if kind == LIVED:
                rest = [rest[0], UNKNOWN, UNKNOWN, UNKNOWN, 0]
            if self.is_time(begin) and self.is_time(end):
                opened.ran.append((key, item, who, thread, begin, max(begin, end), *rest))
                opened.last = max(opened.last, end)

    def is_time(self, moment: int) -> bool:
        """Whether a moment is one of the program's."""
        return self.began <= moment <= self.ended

    def found(self) -> Recorded:
        """All of it."""
        known = [
            number
            for number, opened in self.regions.items()
            if opened.ran or (self.began <= opened.about["at"] < self.ended and (opened.chunks or opened.ready))
        ]
        known.sort(key=lambda number: (self.regions[number].about["at"], number))
        places = {number: place for place, number in enumerate(known)}
        self.introductions.sort(key=lambda line: line["at"])
        return Recorded(
            processes=[
                Process(
                    pid=each["pid"],
                    parent=each["parent"],
                    command=[str(word) for word in each["argv"]],
                    began=max(0, each["at"] - self.began) * NANO,
                )
                for each in self.introductions
            ],
            regions=[self._region(number, places) for number in known],
            gil=all(line["gil"] for line in self.introductions),
            python=self.introductions[0]["python"] if self.introductions else None,
        )

    def _region(self, number: Number, places: Mapping[Number, int]) -> Region:
        """A region with its tasks, in the order in which they began."""
        opened, began = self.regions[number], self.began
        about, ready = opened.about, opened.ready
        kind: WorkerKind = about["kind"]
        opened.ran.sort(key=lambda each: (each[4], each[5], each[1]))
        del opened.ran[MOST_TASKS:]
        rows = list(_rows(opened, began))
        group = bool(about.get("group"))
        at = min(max(about["at"], began), self.ended)
        opened_at = min((began + row[0] for row in rows), default=at) if group else at
        ready_at = opened_at if group else min(max(opened_at, ready.get("at", at)), self.ended)
        last_end = max((began + row[2] for row in rows), default=0)
        closing = opened.closing
        if closing is not None:
            if group or closing > self.ended or any(began + row[0] > closing for row in rows):
                closing = None  # what is used once more after it was closed, as joblib's executor is, is open
            else:
                closing = max(closing, last_end)  # it waits for its last task first
        closed = max(ready_at, last_end, opened.last, opened.closed, closing or 0)
        inside = self.region_of(number[0])
        return Region(
            name=about["name"],
            kind=kind,
            file=about["file"],
            line=about["line"],
            function=about["function"],
            pid=number[0][0],
            inside=None if inside is None else places.get(inside),
            group=group,
            limit=bool(about.get("limit")),
            start_method=ready.get("start_method"),
            workers=ready.get("workers"),
            opened=(opened_at - began) * NANO,
            ready=(ready_at - began) * NANO,
            closing=None if closing is None else (max(closing, ready_at) - began) * NANO,
            closed=(min(closed, self.ended) - began) * NANO,
            calls=tuple(_calls(opened)),
            lanes=_lanes(rows, ready.get("workers"), len(opened.started), kind, group),
            task=opened.task,
            tasks=len(rows),
            columns=pack(from_rows(rows)),
            items=tuple(opened.items.get(each[:2], "") for each in opened.ran) if opened.items else (),
        )


def _believed(number: int) -> int:
    """A number of a record; 0 where it can't be true."""
    return number if UNKNOWN <= number < 2**62 else 0


def _rows(opened: _Opened, began: int) -> Iterator[tuple[int, ...]]:
    """The columns of each task: see `concbench.instruments.columns.Tasks`."""
    workers: dict[tuple[Who, int], int] = {}
    numbers: dict[int, int] = {}
    missing = _Chunk()
    ends = {each[0]: place for place, each in enumerate(opened.ran)}
    """By the key of a chunk, its last task, whose result is that of the chunk."""
    for place, (key, _, who, thread, begin, end, cpu, came, unpickled, went, pickled) in enumerate(opened.ran):
        chunk = opened.chunks.get(key, missing)
        first, last = key not in numbers, ends[key] == place
        here = unpickled == UNKNOWN  # nothing was pickled: it ran in the process that submitted it
        submitted = came if here and came != UNKNOWN else chunk.submitted
        if submitted < began or submitted > begin:
            submitted = begin
        moved = 0
        if not here:
            moved = unpickled + pickled + (chunk.pickling if first else 0) + (chunk.unpickling if last else 0)
        yield (
            submitted - began,
            begin - began,
            end - began,
            UNKNOWN if chunk.received == UNKNOWN else max(end, chunk.received) - began,
            min(cpu, LARGEST),
            UNKNOWN if here else min(chunk.size, LARGEST) if first else 0,
            UNKNOWN if here else min(went, LARGEST) if last else 0,
            min(max(0, moved), LARGEST),
            workers.setdefault((who, thread), len(workers)),
            numbers.setdefault(key, len(numbers)),
        )


def _lanes(rows: Sequence[tuple[int, ...]], workers: int | None, started: int, kind: str, group: bool) -> int:
    """How many tasks could be under way at once."""
    most = _most_at_once(rows)
    if group or workers is None:
        return max(1, most)
    if kind == "processes":
        return max(1, most, min(workers, started) if started else workers)
    if kind == "coroutines":
        return max(1, most, workers)
    return max(1, most, min(workers, len({row[8] for row in rows})))


def _most_at_once(rows: Sequence[tuple[int, ...]]) -> int:
    """The most tasks that were under way at the same time."""
    changes = sorted([(row[1], 1) for row in rows] + [(row[2], -1) for row in rows])
    most = now = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


def _calls(opened: _Opened) -> list[Call]:
    """The calls of each method; those of an executor follow from what it sent."""
    found = {METHODS[method]: calls for method, calls in sorted(opened.calls.items()) if method < len(METHODS)}
    if "Executor" not in opened.about["name"]:
        return [_call(method, calls) for method, calls in found.items()]
    chunks = [chunk.items for chunk in opened.chunks.values() if chunk.submitted != UNKNOWN]
    if not chunks:  # its workers are threads
        maps, ran = len(found.get("map", ())), len(opened.ran)
        return [
            Call(method="map" if maps else "submit", number=maps or ran, items=None if maps else ran, chunksize=None)
        ]
    calls = []
    if "map" in found:
        calls.append(_call("map", [(each, each if each > 1 else -1) for each in chunks if each], len(found["map"])))
    if alone := chunks.count(0):
        calls.append(Call(method="submit", number=alone, items=alone, chunksize=None))
    return calls


def _call(method: str, found: Sequence[tuple[int, int]], number: int | None = None) -> Call:
    items = [each for each, _ in found]
    chunksizes = Counter(size for _, size in found if size > 0)
    return Call(
        method=method,
        number=len(found) if number is None else number,
        items=None if any(each < 0 for each in items) else sum(items),
        chunksize=chunksizes.most_common(1)[0][0] if chunksizes else None,
    )
