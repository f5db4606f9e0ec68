"""How often a large object is in memory, by the way in which workers get it: PSS of all processes, from outside.

Each worker runs one task, which reads from every page of the object and then holds it. When all of them do, the memory
of the tree is read. That of the same tree with an object of one page is subtracted: what is left is the object's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tabulate import tabulate

from benchmarks import holders
from concbench.measure.containment import contained
from concbench.measure.hosts import HostProcess, Launcher
from concbench.measure.plan import Launch
from concbench.measure.watch import TreeWatch
from concbench.model.case import Case, Settings, Workload
from concbench.report.units import size as words
from concbench.workloads.sharing import INHERITED, INITIALIZER, MEMORY_MAP, PICKLED, SHARED_MEMORY

SIZE = 500_000_000
WORKERS = (2, 4)
WITHIN = 0.10
"""The share by which what is there may differ from what should be."""
PATIENCE = 120.0
POLL = 0.005


@dataclass(frozen=True)
class Way:
    """A strategy, the way in which its workers get the object, and how often it should be there."""

    subject: str
    sharing: str | None
    own: bool
    """Whether each worker holds one;"""
    parents: bool
    """whether one is in common, or the parent's."""

    def copies(self, workers: int) -> int:
        """How often it should be there."""
        return workers * self.own + self.parents


WAYS = (
    Way("executor-threads", None, own=False, parents=True),
    Way("pool-map", INHERITED, own=False, parents=True),
    Way("pool-map", SHARED_MEMORY, own=False, parents=True),
    Way("pool-map", MEMORY_MAP, own=False, parents=True),
    Way("pool-map", INITIALIZER, own=True, parents=False),
    Way("pool-map", PICKLED, own=True, parents=True),
)


@contextmanager
def opened(way: Way, workers: int, size: int, folder: Path) -> Iterator[HostProcess]:
    """A host that has opened a case of as many tasks as workers; none of its tasks waits for long until it has."""
    launch = Launch(
        paths=(str(Path(holders.__file__).parent),),
        environment={holders.SIZE: str(size), holders.FOLDER: str(folder), "TMPDIR": str(folder)},
    )
    chunked = way.subject == "pool-map"
    case = Case(
        group="held",
        row=way.subject,
        subject=way.subject,
        workload=Workload(name="holders:hold", shared="holders:data", tasks=workers),
        settings=Settings(workers=workers, sharing=way.sharing, chunksize=1 if chunked else None),
    )
    let_go = folder / holders.LET_GO
    let_go.touch()
    with contained() as containment:
        host = Launcher(containment).start(launch)
        try:
            host.open(case, PATIENCE)  # it calls the function with every item, for the results
            for file in [let_go, *(folder / f"{item}" for item in range(workers))]:
                file.unlink()
            yield host
        finally:
            let_go.touch()
            host.end()


def held(way: Way, workers: int, size: int) -> int:
    """PSS, in bytes, of a host and its workers while all of them hold the object; raises CaseFailed."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with opened(way, workers, size, folder) as host:
            host.send({"do": "sample"})
            while any(not (folder / f"{item}").exists() for item in range(workers)):
                if host.answer(POLL) is not None:
                    raise AssertionError("the tasks ended before all of them held the object")
            found = TreeWatch(host.pid).read_memory()
            (folder / holders.LET_GO).touch()
            host.answered(PATIENCE)
    if found is None:
        raise SystemExit("this system has no PSS")
    return found


def of_the_object(way: Way, workers: int, size: int) -> int:
    """Bytes of the object, as often as it is there."""
    return held(way, workers, size) - held(way, workers, holders.PAGE)


def main(size: int = SIZE, counts: Sequence[int] = WORKERS) -> bool:
    """Print how often the object was there; return whether all of it is within the limit."""
    rows = []
    good = True
    for way in WAYS:
        for workers in counts:
            found, expected = of_the_object(way, workers, size), way.copies(workers) * size
            off = found / expected - 1
            good &= abs(off) <= WITHIN
            row = way.subject if way.sharing is None else f"{way.subject} {way.sharing}"
            rows.append([row, workers, way.copies(workers), words(expected), words(found), f"{100 * off:+.1f} %"])
    headers = ("row", "workers", "copies", "allocated", "PSS", "off by")
    print(tabulate(rows, headers, tablefmt="github", disable_numparse=True))
    return good


if __name__ == "__main__":
    sys.exit(0 if main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE) else 1)
