"""`advise --trace`: the function and the items of a region, as the program that was traced gives them once more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from concbench.analysis.losses import losses
from concbench.analysis.regions import Place, places
from concbench.instruments.items import HEADER, SUFFIX
from concbench.measure.program import run as run_program
from concbench.measure.program import trace_folder
from concbench.model.program import Program, Region
from concbench.model.run import Run

ITEMS = "traced_items"
"""The module that hosts get the items from."""
DATA = "items.pickle"
MODULE = '''"""The items of {name}, as its program gave them to it."""

import pickle
import struct
from pathlib import Path

HEADER = struct.Struct("=IQ")


def items():
    data = Path(__file__).with_name("items.pickle").read_bytes()
    found, at = [], 0
    while at < len(data):
        _, length = HEADER.unpack_from(data, at)
        at += HEADER.size
        found.append(pickle.loads(data[at : at + length]))
        at += length
    return found
'''
"""What is unpickled there was pickled a moment before, by the program that the user runs, and as they do."""
LOCAL = "<locals>"
LAMBDA = "<lambda>"


class NoTasks(Exception):
    """A trace has no region whose tasks can be run in other ways; the text says why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class TracedItems:
    """A function, and where its items are."""

    function: str
    items: str
    """The file and the function in it that return them."""
    number: int
    region: Region


def region_of(run: Run, named: str | None) -> Region:
    """The region with the largest loss, or the one that is named by its place; raises NoTasks."""
    if run.program is None:
        raise NoTasks("this run is no trace: make one with concbench trace")
    found = [place for place in places(run.program) if not place.first.limit and not place.first.group]
    if not found:
        raise NoTasks("the trace has no pool and no executor, whose tasks could be run in other ways")
    if named is None:
        lost = [loss.place for loss in losses(run, run.program) if loss.place in found]
        return (lost or sorted(found, key=lambda place: -place.parts.active))[0].first
    for place in found:
        if named in (place.first.place, place.first.name):
            return place.first
    raise NoTasks(f"nothing was opened at {named!r}; in the trace are {', '.join(_names(found))}")


def _names(found: Sequence[Place]) -> list[str]:
    return [place.first.place for place in found]


def function_of(region: Region) -> str:
    """The function of a region's tasks, as it can be imported elsewhere; raises NoTasks."""
    name = region.task
    where = f"the tasks of {region.title}"
    if not name:
        raise NoTasks(
            f"{where} call no function that has a name, but a method of an object or a partial: give them a def"
        )
    if LOCAL in name or LAMBDA in name:
        raise NoTasks(
            f"{where} call {name.rpartition(':')[2]}, which no other process can import: move it to the module"
        )
    return name


@contextmanager
def items_of(program: Program, region: Region) -> Iterator[TracedItems]:
    """Run a program once more, and keep the items that it gives to a region.

    Its output is dropped. Raises NoTasks, also where the items can't be pickled, or are no single arguments.
    """
    function = function_of(region)
    with trace_folder(kept=[(region.file, region.line)]) as folder, TemporaryFile() as output:
        ended = run_program(program.command, folder, output)
        if ended.status != program.status:
            raise NoTasks(f"run once more, the program ended with status {ended.status} instead of {program.status}")
        data = b"".join(path.read_bytes() for path in sorted(folder.glob(f"*{SUFFIX}")))
    calls = list(_arguments(data))
    if not calls:
        raise NoTasks(f"run once more, the program gave no task to {region.title}")
    if any(number != 1 for number in calls):
        raise NoTasks(
            f"{function} is called with {max(calls)} arguments, and what is advised on takes one, its item: "
            "write a function of one, such as def one(item): return function(*item)"
        )
    with TemporaryDirectory(prefix="concbench-items-") as kept:
        Path(kept, DATA).write_bytes(data)
        module = Path(kept, f"{ITEMS}.py")
        module.write_text(MODULE.format(name=function), encoding="utf-8")
        yield TracedItems(function=function, items=f"{module}:items", number=len(calls), region=region)


def _arguments(data: bytes) -> Iterator[int]:
    """How many arguments each call has; what is pickled is left to the hosts that run the tasks."""
    at = 0
    while at < len(data):
        number, length = HEADER.unpack_from(data, at)
        at += HEADER.size + length
        yield number
