"""What measuring two sides promises: each in its own files, in turns, for as long as a schedule wants it."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from concbench.measure.plan import Launch
from concbench.model.case import Case
from tests.builders import case
from tests.measure.measuring import Measured, Scripted, lasting, measured

SIDES = ("base", "head")
PLAIN = {side: Launch() for side in SIDES}
THING = '''
import json, os, sys

NOTES = os.environ["NOTES"]


def work(number):
    """Note where this runs, and return what only this side returns."""
    with open(NOTES, "a") as notes:
        json.dump({{"side": "{side}", "file": __file__, "folder": os.getcwd(), "pid": os.getpid(),
                   "said": os.environ.get("SAID"), "path": sys.path[0]}}, notes)
        notes.write("\\n")
    return "{side}", number
'''
NEVER_ENDING = 1000.0
"""Seconds of a budget that no test uses up."""


@dataclass
class Trees:
    """Two folders with a module `thing` each, and what was noted where its function ran."""

    folder: Path
    launches: dict[str, Launch] = field(default_factory=dict)

    @property
    def notes(self) -> list[dict[str, str]]:
        path = self.folder / "notes"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def trees(tmp_path: Path) -> Trees:
    trees = Trees(tmp_path)
    for side in SIDES:
        (tmp_path / side / "inside").mkdir(parents=True)
        (tmp_path / side / "thing.py").write_text(THING.format(side=side), encoding="utf-8")
        trees.launches[side] = Launch(
            paths=(str(tmp_path / side),),
            folder=tmp_path / side / "inside",
            environment={"NOTES": str(tmp_path / "notes"), "SAID": f"to {side}"},
        )
    return trees


def pair(subject: str = "serial", workload: str = "sleep", task_time: float = 0.001) -> list[Case]:
    return [case(f"{workload}/{subject}", workload=workload, side=side, tasks=2, task_time=task_time) for side in SIDES]


def run(cases: list[Case], launches: dict[str, Launch], schedule: Scripted | None = None, **plan: Any) -> Measured:
    return measured(cases, schedule or lasting(1), **{"launches": launches, "budget": NEVER_ENDING, **plan})


# Each side in its own files


@pytest.mark.parametrize("strategy", ["serial", "process"])
def test_each_side_imports_its_own_module_in_its_own_folder_and_environment(
    trees: Trees, strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAID", "by the environment of concbench")
    assert run(pair(strategy, "thing:work"), trees.launches).failures == [None, None]
    assert {(note["side"], note["said"]) for note in trees.notes} == {("base", "to base"), ("head", "to head")}
    for note in trees.notes:
        tree = trees.folder / note["side"]
        assert Path(note["file"]).resolve() == (tree / "thing.py").resolve()
        assert Path(note["folder"]).resolve() == (tree / "inside").resolve()
    assert os.environ["SAID"] == "by the environment of concbench"


def test_a_sides_own_folders_come_before_what_the_environment_names(
    trees: Trees, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "thing.py").write_text("raise AssertionError('the wrong one')\n", encoding="utf-8")
    (other / "beside.py").write_text("def work(number): return number\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(other), prepend=os.pathsep)
    found = run([*pair(workload="thing:work"), *pair(workload="beside:work")], trees.launches)
    assert found.failures == [None] * 4  # and the environment's are still found


def test_a_file_in_the_folder_of_a_side_does_not_stand_in_for_the_standard_library(trees: Trees) -> None:
    for side in SIDES:
        (trees.folder / side / "inside" / "json.py").write_text("raise AssertionError('not this one')\n")
    assert run(pair(), trees.launches).failures == [None, None]


def test_hosts_of_both_sides_are_others_and_fresh_in_every_block(trees: Trees) -> None:
    run(pair(workload="thing:work"), trees.launches, lasting(3))
    hosts = {side: {note["pid"] for note in trees.notes if note["side"] == side} for side in SIDES}
    assert [len(pids) for pids in hosts.values()] == [1 + 3, 1 + 3]  # one more calls it with every item before
    assert hosts["base"].isdisjoint(hosts["head"])


def test_a_side_whose_code_is_broken_is_a_row_and_the_other_is_measured(trees: Trees) -> None:
    (trees.folder / "head" / "thing.py").write_text("1 / 0\n", encoding="utf-8")
    base, head = run(pair(workload="thing:work"), trees.launches, lasting(2)).results
    assert head.failure is not None
    assert head.failure.message == "thing can't be imported: ZeroDivisionError: division by zero"
    assert (head.samples, head.peaks) == ((), ())
    assert base.failure is None
    assert len(base.samples) == 2


@pytest.mark.parametrize("broken", [pytest.param("base", marks=pytest.mark.thorough), "head"])
@pytest.mark.parametrize(
    ("what", "kind", "message"),
    [
        ("missing", "refused", "/no/such/python"),
        ("no python", "host died", "exit status 3"),
        ("no folder", "refused", "gone"),
    ],
)
def test_a_side_whose_hosts_can_not_be_started_is_a_row_and_the_other_is_measured(
    broken: str, what: str, kind: str, message: str, tmp_path: Path
) -> None:
    odd = tmp_path / "python"
    odd.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    odd.chmod(0o755)
    launches = {
        "missing": Launch(python="/no/such/python"),
        "no python": Launch(python=str(odd)),
        "no folder": Launch(folder=tmp_path / "gone"),
    }
    found = run([*pair("serial"), *pair("thread")], PLAIN | {broken: launches[what]})
    for result in found.results:
        if result.case.side == broken:
            assert result.failure is not None
            assert result.failure.kind == kind
            assert message in result.failure.message
        assert len(result.samples) == (0 if result.case.side == broken else 1)


def test_both_sides_get_the_same_loops() -> None:
    found = run([*pair("serial", "cpu"), *pair("thread", "cpu")], PLAIN)
    (loops,) = {result.case.workload.loops for result in found.results}
    assert loops > 0


# In turns


def test_the_two_of_a_pair_run_next_to_each_other_and_take_turns_to_be_first() -> None:
    found = run([*pair("serial"), *pair("thread")], PLAIN, lasting(2), rounds=3)
    order = [found.record.results[id_].case for id_ in found.order]
    for one, other in zip(order[::2], order[1::2], strict=True):
        assert one.name == other.name
        assert one.side != other.side
    first = [each.side for each in order[::2]]
    by_round = [set(first[at : at + 2]) for at in range(0, len(first), 2)]
    assert by_round[0] == by_round[2] == by_round[4] != by_round[1] == by_round[3] == by_round[5]
    for result in found.results:
        assert Counter(sample.block for sample in result.samples) == {0: 3, 1: 3}
        assert [sample.round for sample in result.samples] == [0, 1, 2] * 2


# As long as something is wanted


def test_measuring_ends_when_nothing_is_wanted_any_more() -> None:
    schedule = lasting(3)
    found = run(pair(), PLAIN, schedule)
    assert found.record.blocks == 3
    assert schedule.asked[0] == 0.0
    assert all(0 < used < 1 for used in schedule.asked[1:])
    assert {now.blocks for now in found.steps} == {None}
    assert all(now.left >= 0 for now in found.steps)


def test_it_asks_after_every_block_and_with_the_whole_budget_exactly_at_the_end() -> None:
    schedule = lasting(10**9)
    found = run(pair(), PLAIN, schedule, budget=4.0, rounds=None)
    assert len(schedule.asked) == found.record.blocks + 1
    assert schedule.asked == sorted(schedule.asked)
    assert schedule.asked[-1] == 1.0
    assert all(used < 1 for used in schedule.asked[:-1])
    assert found.record.blocks > 1  # of which it is not known how many there will be, so that they are short,
    assert len(found.results[0].samples) > found.record.blocks  # and still have several rounds


@pytest.mark.parametrize("fewest", [pytest.param(1, marks=pytest.mark.thorough), 3])
def test_a_budget_that_is_used_up_too_early_is_not_said_to_be_before_the_last_block(fewest: int) -> None:
    schedule = lasting(10**9, fewest_blocks=fewest)
    found = run(pair(), PLAIN, schedule, budget=0.001)
    assert found.record.blocks == fewest
    assert schedule.asked[-1] == 1.0
    assert all(2 / 3 < used < 1 for used in schedule.asked[1:-1])


# Peaks of memory


def test_peaks_are_looked_for_in_every_block_as_long_as_they_are_wanted() -> None:
    found = run(pair(), PLAIN, lasting(4, peaks=2))
    for result in found.results:
        assert [peak.block for peak in result.peaks] == [0, 1]
        assert all(peak.memory > 2**20 for peak in result.peaks)  # no interpreter is smaller
        assert result.watch is not None
        assert result.peaks[0].memory == (result.watch.peak_pss or result.watch.peak_rss)
    assert {now.block for now in found.steps if now.doing == "watching"} == {0, 1}


def test_where_no_peaks_are_wanted_every_case_is_watched_once() -> None:
    found = run(pair(), PLAIN, lasting(3))
    assert all(result.watch is not None and not result.peaks for result in found.results)
    assert {now.block for now in found.steps if now.doing == "watching"} == {0}


def test_memory_that_one_side_holds_more_of_is_seen(trees: Trees) -> None:
    for side, size in (("base", 0), ("head", 100)):
        source = f"HELD = bytearray(b'x') * {size * 2**20}\n\n\ndef work(number):\n    return number\n"
        (trees.folder / side / "thing.py").write_text(source, encoding="utf-8")
    base, head = run(pair(workload="thing:work"), trees.launches, lasting(2, peaks=2)).results
    for before, after in zip(base.peaks, head.peaks, strict=True):
        assert 90 * 2**20 < after.memory - before.memory < 110 * 2**20
