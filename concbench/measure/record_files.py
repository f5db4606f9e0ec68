"""Reads what the processes of a traced program have written: records and texts become regions with their tasks."""

from __future__ import annotations

import mmap
from ast import literal_eval
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from concbench.instruments.columns import MOST_TASKS, UNKNOWN, from_rows, pack
from concbench.instruments.recorder import CALLED, KINDS, LIVED, METHODS, RAN, RECEIVED, RECORD, SENT, SIZE
from concbench.model.program import Call, Process, Region, WorkerKind

NANO = 1e-9
LONGEST_LINE = 2**20
"""Bytes of a line of text that are read."""

Number = tuple[int, int]
"""A region's identity: the process that opened it, and its number there."""


@dataclass
class _Chunk:
    """What the process that submitted a chunk knows of it."""

    submitted: int = UNKNOWN
    pickling: int = 0
    size: int = UNKNOWN
    received: int = UNKNOWN
    unpickling: int = 0


@dataclass
class _Opened:
    """What the files say of a region."""

    about: dict[str, Any]
    ready: dict[str, Any] = field(default_factory=dict)
    closing: int | None = None
    closed: int | None = None
    started: set[int] = field(default_factory=set)
    """Processes that were started to work for it."""
    calls: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    """By the method's number: items and chunksize of each call."""
    chunks: dict[int, _Chunk] = field(default_factory=lambda: defaultdict(_Chunk))
    ran: list[tuple[int, ...]] = field(default_factory=list)
    """Key, item, process, thread, and the seven numbers of the record."""
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
    texts = {path: list(_lines(path)) for path in sorted(folder.glob("*.text"))}
    pids = {path: int(path.name.partition("-")[0]) for path in texts}
    regions: dict[Number, _Opened] = {}
    of_worker: dict[int, Number] = {}
    introductions: list[Mapping[str, Any]] = []
    for path, lines in texts.items():
        for line in lines:
            _take(line, pids[path], regions, of_worker, introductions)
    for path in sorted(folder.glob("*.records")):
        pid = int(path.name.partition("-")[0])
        for record in _records(path):
            _sort(record, pid, regions, of_worker, ended)
    known = [
        number
        for number, opened in regions.items()
        if opened.about["at"] < ended and (opened.ran or opened.chunks or opened.ready)
    ]
    known.sort(key=lambda number: regions[number].about["at"])
    places = {number: place for place, number in enumerate(known)}
    introductions.sort(key=lambda line: line["at"])
    return Recorded(
        processes=[
            Process(
                pid=each["pid"], parent=each["parent"], command=list(each["argv"]), began=(each["at"] - began) * NANO
            )
            for each in introductions
        ],
        regions=[
            _region(number, regions[number], began, ended, places.get(of_worker.get(number[0], (0, 0))))
            for number in known
        ],
        gil=all(line["gil"] for line in introductions),
        python=introductions[0]["python"] if introductions else None,
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a process, but for one that was cut off when it was killed."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n") and len(line) < LONGEST_LINE:
                yield literal_eval(line)


def _records(path: Path) -> Iterator[tuple[int, ...]]:
    """The records of a file: a process that was killed may have left gaps, and one that runs still writes."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as slots:
        size = len(slots) - len(slots) % SIZE
        # A file is filled from its beginning; a page of zeros is its end.
        at, page = 0, SIZE * 512
        while at < size:
            part = slots[at : min(size, at + page)]
            at += page
            if not any(part):
                return
            for record in RECORD.iter_unpack(part):
                if record[0] in KINDS:
                    yield record


def _take(
    line: Mapping[str, Any],
    pid: int,
    regions: dict[Number, _Opened],
    of_worker: dict[int, Number],
    introductions: list[Mapping[str, Any]],
) -> None:
    """Sort one line of text."""
    event = line["event"]
    if event == "process":
        introductions.append(line)
        return
    number = (pid, line["number"])
    if event == "region":
        regions[number] = _Opened(about=dict(line))
    elif number in regions:
        opened = regions[number]
        opened.last = max(opened.last, line.get("until", line["at"]))
        if event == "ready":
            opened.ready = dict(line)
        elif event == "task":
            opened.task = task_name(line)
        elif event == "closed":
            opened.closing = line["at"] if opened.closing is None else opened.closing
            opened.closed = line["until"]
        elif event == "worker" and line["pid"] is not None:
            opened.started.add(line["pid"])
            of_worker[line["pid"]] = number


def task_name(line: Mapping[str, Any]) -> str:
    """What a function is called where it can be found again: by its module, or by the file of the program.

    >>> task_name({"module": "__main__", "name": "fetch", "file": "/home/ann/job.py"})
    '/home/ann/job.py:fetch'
    """
    module = line["file"] if line["module"] == "__main__" else line["module"]
    return f"{module}:{line['name']}" if module else ""


def _sort(
    record: Sequence[int], pid: int, regions: Mapping[Number, _Opened], of_worker: Mapping[int, Number], now: int
) -> None:
    """Sort one record; what belongs to no region that is known is left out."""
    kind, number, key, item, thread, *numbers = record
    opened = regions.get((pid, number) if number else of_worker.get(pid, (0, 0)))
    if opened is None:
        return
    if kind == CALLED:
        opened.calls[item].append((numbers[1], numbers[2]))
        return
    if kind == SENT:
        chunk = opened.chunks[key]
        chunk.submitted, _, chunk.pickling, chunk.size, *_ = numbers
        opened.last = max(opened.last, numbers[1])
    elif kind == RECEIVED:
        chunk = opened.chunks[key]
        chunk.received, chunk.unpickling, *_ = numbers
        opened.last = max(opened.last, numbers[0])
    elif kind == RAN or (kind == LIVED and opened.about.get("group")):
        begin, end, cpu, *rest = numbers
        if begin >= now:  # by a process that went on after the program had ended
            return
        if not end or end > now:  # it was under way then
            end, cpu = now, UNKNOWN
        if kind == LIVED:
            rest = [UNKNOWN, 0, UNKNOWN, 0]
        opened.ran.append((key, item, pid, thread, begin, max(begin, end), cpu, *rest))
        opened.last = max(opened.last, end)


def _region(number: Number, opened: _Opened, began: int, ended: int, inside: int | None) -> Region:
    """A region with its tasks, in the order in which they began."""
    about, ready = opened.about, opened.ready
    kind: WorkerKind = about["kind"]
    opened.ran.sort(key=lambda each: (each[4], each[5], each[1]))
    rows = list(_rows(opened, began))[:MOST_TASKS]
    group = bool(about.get("group"))
    first = min((row[0] for row in rows), default=about["at"] - began)
    opened_at = (first if group else about["at"] - began) * NANO
    # What is called once more after it was closed, as joblib's executor is, is open until its last task.
    last = max([opened.last, about["at"], *(row[2] + began for row in rows)])
    closed = last if opened.closed is None or group else max(opened.closed, last)
    ended_last = max((row[2] + began for row in rows), default=0)
    closing = None if opened.closing is None or opened.closing < ended_last else opened.closing
    ready_at = max(opened_at, (ready.get("at", about["at"]) - began) * NANO)
    return Region(
        name=about["name"],
        kind=kind,
        file=about["file"],
        line=about["line"],
        function=about["function"],
        pid=number[0],
        inside=inside,
        group=group,
        limit=bool(about.get("limit")),
        start_method=ready.get("start_method"),
        workers=ready.get("workers"),
        opened=opened_at,
        ready=opened_at if group else ready_at,
        closing=None if closing is None else (closing - began) * NANO,
        closed=max(opened_at, ready_at if not group else 0.0, (min(closed, ended) - began) * NANO),
        calls=tuple(_calls(method, found) for method, found in sorted(opened.calls.items())),
        lanes=_lanes(rows, ready.get("workers"), len(opened.started), kind, group),
        task=opened.task,
        tasks=len(rows),
        columns=pack(from_rows(rows)),
    )


def _rows(opened: _Opened, began: int) -> Iterator[tuple[int, ...]]:
    """The columns of each task: see `concbench.instruments.columns.Tasks`."""
    workers: dict[tuple[int, int], int] = {}
    chunks: dict[int, int] = {}
    missing = _Chunk()
    for key, _, pid, thread, begin, end, cpu, came, unpickled, went, pickled in opened.ran:
        chunk = opened.chunks.get(key, missing)
        first = key not in chunks
        here = unpickled == UNKNOWN and went == UNKNOWN  # it was submitted in its own process, and says when
        submitted = came if here and came != UNKNOWN else chunk.submitted
        if submitted == UNKNOWN or submitted > begin:
            submitted = begin
        received = UNKNOWN if chunk.received == UNKNOWN else max(end, chunk.received) - began
        moved = not here and first
        yield (
            submitted - began,
            begin - began,
            end - began,
            received,
            cpu,
            max(chunk.size, came) if moved else (UNKNOWN if here else 0),
            UNKNOWN if here else max(0, went),
            0 if here else pickled + (chunk.pickling + unpickled + chunk.unpickling if first else 0),
            workers.setdefault((pid, thread), len(workers)),
            chunks.setdefault(key, len(chunks)),
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


def _calls(method: int, found: Sequence[tuple[int, int]]) -> Call:
    items = [each for each, _ in found]
    chunksizes = Counter(size for _, size in found if size > 0)
    return Call(
        method=METHODS[method] if 0 <= method < len(METHODS) else "call",
        number=len(found),
        items=None if any(each < 0 for each in items) else sum(items),
        chunksize=chunksizes.most_common(1)[0][0] if chunksizes else None,
    )
