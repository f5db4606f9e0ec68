"""The places of a traced program that opened regions, with figures of their tasks, and how much passed outside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from concbench.experiments.trace import NANO
from concbench.instruments.columns import UNKNOWN, Tasks
from concbench.measure.parts import Parts, added, parts_of, tasks_of
from concbench.model.program import Program, Region


@dataclass(frozen=True, kw_only=True)
class Place:
    """All regions that one line of the program opened, and their parts together."""

    regions: tuple[Region, ...]
    parts: Parts
    tasks: int
    chunks: int
    each: float
    """Seconds of the median task."""
    longest: float
    inside: float
    """Seconds inside all tasks together."""
    computed: float
    """CPU seconds of them."""
    queued: float
    """Seconds that a chunk waited on average, from when it was submitted until it began."""
    moved: int
    """Bytes that were pickled, there and back."""
    moving: float
    """Seconds that pickling and unpickling took."""

    @property
    def first(self) -> Region:
        """The one that was opened first, which stands for all."""
        return self.regions[0]

    @property
    def held(self) -> float:
        """How many cores its tasks kept busy, while there was anything to do."""
        return self.computed / self.parts.active if self.parts.active else 0.0

    @property
    def hold(self) -> float:
        """Seconds that a task kept its worker on average."""
        return self.inside / self.tasks

    @property
    def most(self) -> int:
        """The tasks of its region with most of them."""
        return max(region.tasks for region in self.regions)

    @property
    def wall(self) -> float:
        """Seconds of all its regions."""
        return self.parts.wall


def places(program: Program) -> list[Place]:
    """The places of a program that opened regions with tasks, in the order in which they first did."""
    found: dict[tuple[str, str, int, int], list[Region]] = {}
    for region in program.regions:
        if region.tasks:
            found.setdefault((region.name, region.file, region.line, _depth(program, region)), []).append(region)
    return [_place(regions) for regions in found.values()]


def _depth(program: Program, region: Region) -> int:
    """How deep a region is nested in others; a loop, which only a hostile file has, is none."""
    depth, seen = 0, set()
    while region.inside is not None and region.inside not in seen and region.inside < len(program.regions):
        seen.add(region.inside)
        region = program.regions[region.inside]
        depth += 1
    return depth


def _place(regions: Sequence[Region]) -> Place:
    every = [parts_of(region) for region in regions]
    columns = [tasks_of(region) for region in regions]
    lengths = [end - begin for tasks in columns for begin, end in zip(tasks.begin, tasks.end, strict=True)]
    queued = [wait for tasks in columns for wait in _waits(tasks)]
    return Place(
        regions=tuple(regions),
        parts=added(every),
        tasks=len(lengths),
        chunks=len(queued),
        each=median(lengths) * NANO,
        longest=max(lengths) * NANO,
        inside=sum(lengths) * NANO,
        computed=sum(cpu for tasks in columns for cpu in tasks.cpu if cpu != UNKNOWN) * NANO,
        queued=sum(queued) / len(queued) * NANO,
        moved=sum(size for tasks in columns for size in (*tasks.argument, *tasks.result) if size != UNKNOWN),
        moving=sum(sum(tasks.moving) for tasks in columns) * NANO,
    )


def _waits(tasks: Tasks) -> list[int]:
    """How long each chunk waited until it began."""
    first: dict[int, int] = {}
    for place in range(len(tasks)):
        first.setdefault(tasks.chunk[place], tasks.begin[place] - tasks.submitted[place])
    return list(first.values())


@dataclass(frozen=True, kw_only=True)
class Outside:
    """How much of a program's time passed in its regions, and how much outside of them."""

    regions: float
    """Seconds in which at least one region had something to do; waiting for a place in a semaphore is none."""
    elsewhere: float
    """All others: one thread of the program ran, or started, or ended."""


def outside(program: Program, regions: Sequence[Region] | None = None) -> Outside:
    """What Amdahl's law needs to know of a program, of all of its regions or of some."""
    spans: list[tuple[int, int]] = []
    for region in program.regions if regions is None else regions:
        if region.limit or not region.tasks:
            continue
        tasks = tasks_of(region)
        opened, ready = round(region.opened / NANO), round(region.ready / NANO)
        spans.append((opened, ready))
        spans += ((tasks.submitted[at], max(tasks.end[at], tasks.received[at])) for at in range(len(tasks)))
        if region.closing is not None:
            spans.append((round(region.closing / NANO), round(region.closed / NANO)))
    covered = 0
    until = 0
    for begin, end in sorted(spans):
        begin = max(begin, until, 0)
        if end > begin:
            covered += end - begin
            until = end
    inside = min(program.wall, covered * NANO)
    return Outside(regions=inside, elsewhere=program.wall - inside)
