"""What differs between two traces of a program: its places, matched although their lines moved, and their parts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from concbench.analysis.regions import Place, places
from concbench.measure.parts import PARTS
from concbench.model.program import Program


@dataclass(frozen=True, kw_only=True)
class PlaceChange:
    """A place before and after; None where it is not there."""

    before: Place | None
    after: Place | None

    def shift(self, part: str) -> float:
        """The seconds by which a part became longer."""
        was, now = (0.0 if place is None else float(getattr(place.parts, part)) for place in (self.before, self.after))
        return now - was

    @property
    def largest(self) -> str | None:
        """The part that changed most of those that tell why; None where a place is new or gone.

        Time in which there was nothing to do is the program's, and not the place's.
        """
        if self.before is None or self.after is None:
            return None
        return max((part for part in PARTS if part != "idle"), key=lambda part: abs(self.shift(part)))


def place_changes(before: Program, after: Program) -> list[PlaceChange]:
    """The places of two traces in the order of the later one, each with the one that it was, then those that are gone.

    A place is the same where name, file and function agree; of several, the first is the first, as lines move. Where
    only the name differs, it is the same one, too: another pool took its place.
    """
    was, now = places(before), places(after)
    found: dict[int, Place] = {}
    for key in (_named, _placed):
        left = [place for place in was if not any(place is each for each in found.values())]
        for at, place in enumerate(now):
            if at in found:
                continue
            same = next((each for each in left if key(each, before.folder) == key(place, after.folder)), None)
            if same is not None:
                found[at] = same
                left = [each for each in left if each is not same]
    changes = [PlaceChange(before=found.get(at), after=place) for at, place in enumerate(now)]
    gone = [place for place in was if not any(place is each for each in found.values())]
    return changes + [PlaceChange(before=place, after=None) for place in gone]


def _named(place: Place, folder: str) -> Hashable:
    return place.first.name, *_placed(place, folder)


def _placed(place: Place, folder: str) -> tuple[str, str]:
    return _relative(place.first.file, folder), place.first.function


def _relative(file: str, folder: str) -> str:
    """A file as it is called in the folder where the program ran, so that two checkouts can be compared.

    >>> _relative("/home/one/jobs/job.py", "/home/one"), _relative("/usr/lib/x.py", "/home/one")
    ('jobs/job.py', '/usr/lib/x.py')
    """
    path = PurePath(file)
    return str(path.relative_to(folder)) if folder and path.is_relative_to(folder) else file


def different_programs(before: Program, after: Program) -> bool:
    """Whether two traces are of programs that are called differently, whatever their arguments."""
    return _script(before.command) != _script(after.command)


def _script(command: Sequence[str]) -> str:
    """The script or module of a command."""
    words = [word for word in command[1:] if word != "-m"] or list(command)
    return PurePath(words[0]).name if words else ""
