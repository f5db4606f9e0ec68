"""`trace --again`: a traced program runs again with a setting of a pool changed, and without, in turns."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile

from concbench.analysis.losses import Setting, losses
from concbench.analysis.regions import Place, places
from concbench.measure.plan import Now, Steps
from concbench.measure.program import Changes, traced
from concbench.model.program import Program, Region, Trial
from concbench.model.run import Run
from concbench.prediction.predict import Range
from concbench.session.errors import WrongSetting
from concbench.session.program import EFFECT, name_of
from concbench.session.session import Question, Session

SETTINGS: tuple[Setting, ...] = ("chunksize", "workers")
"""What can be changed from outside of the program, of what is suggested."""
START_METHODS = ("fork", "spawn", "forkserver")
CHUNKED = ("map", "starmap", "imap", "imap_unordered")
"""Methods that take a chunksize."""
PAIRS = 3
MOST_PAIRS = 50
GIVEN = re.compile(r"(?P<file>[^:]+):(?P<line>\d+)\s+(?P<setting>chunksize|workers|start_method)=(?P<value>\w+)")
END = 2000
"""Bytes of a failed program's output that are shown."""


class NothingToChange(Exception):
    """No setting of a pool is worth a try; the text says why."""


class FailedAgain(Exception):
    """The program did not end as it had before; the text says how."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A change of one pool's setting."""

    region: Region
    setting: str
    value: int | str
    predicted: Range | None = None


def suggested(run: Run) -> list[Tried]:
    """The changes that a trace suggests and that need no edit of the program; raises NothingToChange."""
    program = program_in(run)
    found = [
        Tried(region=loss.place.first, setting=change.setting, value=change.value, predicted=change.predicted)
        for loss in losses(run, program)
        for change in (loss.change, loss.other)
        if change is not None and change.value is not None and change.setting in SETTINGS
        if change.setting != "chunksize" or any(call.method in CHUNKED for call in loss.place.first.calls)
    ]
    if not found:
        raise NothingToChange(
            "what the trace suggests is no setting of a pool: edit the program, trace it again, and compare both with "
            'concbench diff; or name a setting to try, as --set "job.py:41 workers=4"'
        )
    return found[:1]  # one at a time: what two changes bring together was not predicted


def chosen(run: Run, texts: Sequence[str]) -> list[Tried]:
    """The changes that were asked for, as `job.py:41 workers=4`; raises WrongSetting."""
    program = program_in(run)
    return [_chosen(places(program), text) for text in texts]


def _chosen(found: Sequence[Place], text: str) -> Tried:
    match = GIVEN.fullmatch(text.strip())
    if match is None:
        raise WrongSetting(
            "set", f"{text!r} is no change: write a place of the trace and a setting, as job.py:41 workers=4"
        )
    file, line, setting, value = match["file"], int(match["line"]), match["setting"], match["value"]
    for place in found:
        region = place.first
        if region.line == line and Path(region.file).name == Path(file).name and not region.group and not region.limit:
            if setting == "start_method":
                if value not in START_METHODS:
                    raise WrongSetting("set", f"{value!r} is no start method: {', '.join(START_METHODS)}")
                return Tried(region=region, setting=setting, value=value)
            if not value.isdigit() or int(value) < 1:
                raise WrongSetting("set", f"{value!r} is no whole number from 1")
            return Tried(region=region, setting=setting, value=int(value))
    known = [place.first.place for place in found if not place.first.group]
    raise WrongSetting("set", f"nothing is opened at {file}:{line}; in the trace are {', '.join(known) or 'no pools'}")


def program_in(run: Run) -> Program:
    """The program of a trace; raises NothingToChange for another run."""
    if run.program is None:
        raise NothingToChange("this run is no trace: make one with concbench trace")
    return run.program


class Again:
    """A program that is run in pairs, without a change and with it; `run` is available at any moment."""

    def __init__(self, before: Run, tried: Sequence[Tried], pairs: int, command: Sequence[str], seed: int) -> None:
        self.before, self.tried, self.pairs = program_in(before), tuple(tried), pairs
        self.costs, self.order = before.costs, random.Random(seed)
        self.found: list[tuple[Program, Program]] = []
        self.outputs: set[tuple[int, bytes]] = set()
        """Of the runs without the change, and with it: what they printed."""
        name = name_of(self.before.command)
        self.session = Session(
            Question(
                suite="trace",
                question=f"What does the change bring to {name}?",
                command=command,
                seed=seed,
                tables=(),
                effect=EFFECT,
                compared=False,
            )
        )

    def measure(self) -> Steps:
        """Run the program; raises NoProgram, and FailedAgain where it ends in another way than before."""
        for pair in range(self.pairs):
            programs: dict[bool, Program] = {}
            for changed in self.order.sample([False, True], 2):
                doing = f"running it {'with' if changed else 'without'} the change"
                left = 2 * (self.pairs - pair) * self.before.wall
                yield Now(doing=doing, case=None, block=pair, blocks=self.pairs, left=left, unit="pair")
                programs[changed] = self._once(changed)
            self.found.append((programs[False], programs[True]))

    def _once(self, changed: bool) -> Program:
        changes: Changes | None = _changes(self.tried) if changed else None
        with TemporaryFile() as output:
            program = traced(self.before.command, changes, output)
            output.seek(0)
            printed = output.read()
        if program.status != self.before.status:
            how = "with the change" if changed else "without the change"
            said = printed[-END:].decode(errors="replace").strip()
            raise FailedAgain(
                f"run again {how}, it ended with status {program.status} instead of {self.before.status}"
                + (f"; the end of its output:\n{said}" if said else "")
            )
        self.outputs.add((changed, sha256(printed).digest()))
        return program

    def run(self, complete: bool = True) -> Run:
        """The run document: the last run with the change, and what each change brought."""
        last = self.found[-1][1] if self.found else self.before
        trials = [_trial(each, self.found) for each in self.tried] if self.found else []
        run = self.session.run(complete, warnings=list(self._warnings()))
        return replace(run, program=last, costs=self.costs, trials=trials)

    def _warnings(self) -> Iterator[str]:
        before = {digest for changed, digest in self.outputs if not changed}
        after = {digest for changed, digest in self.outputs if changed}
        if len(before) == 1 and after and after != before:
            yield "with the change, the program printed something else than without it"


def _changes(tried: Sequence[Tried]) -> Changes:
    found: dict[tuple[str, int], dict[str, int | str]] = {}
    for each in tried:
        found.setdefault((each.region.file, each.region.line), {})[each.setting] = each.value
    return found


def _trial(tried: Tried, found: Sequence[tuple[Program, Program]]) -> Trial:
    region, expected = tried.region, tried.predicted
    return Trial(
        name=region.name,
        file=region.file,
        line=region.line,
        setting=tried.setting,
        value=tried.value,
        before=[_active(before, region) for before, _ in found],
        after=[_active(after, region) for _, after in found],
        program_before=[before.wall for before, _ in found],
        program_after=[after.wall for _, after in found],
        predicted=None if expected is None else expected.estimate,
        low=None if expected is None else expected.low,
        high=None if expected is None else expected.high,
    )


def _active(program: Program, region: Region) -> float:
    """Seconds of the same place in another run, without idle time; raises FailedAgain where it opened nothing."""
    for place in places(program):
        same = (place.first.name, place.first.file, place.first.line) == (region.name, region.file, region.line)
        if same:
            return place.parts.active
    raise FailedAgain(f"run again, it opened no {region.title}")
