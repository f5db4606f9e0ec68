"""What measuring two sides promises: each in its own files, in turns, for as long as something is wanted."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from concbench.measure.blocks import measure
from concbench.measure.plan import Launch, Now, Plan, Tally
from concbench.model import Case, Settings, Workload

SIDES = ("base", "head")
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
SLEEP = Workload(name="sleep", tasks=2, task_time=0.001)
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


def pair(subject: str, workload: Workload = SLEEP) -> list[Case]:
    return [
        Case(
            id=f"{workload.name}/{subject} {side}",
            part="",
            subject=subject,
            workload=workload,
            settings=Settings(),
            side=side,
        )
        for side in SIDES
    ]


@dataclass
class Wanting:
    """Wants all cases for so many blocks, and remembers with which shares of the budget it was asked."""

    cases: list[Case]
    blocks: int = 1
    asked: list[float] = field(default_factory=list)

    def __call__(self, used: float) -> set[str]:
        self.asked.append(used)
        return {case.id for case in self.cases} if len(self.asked) < self.blocks else set()


def run(
    cases: list[Case],
    launches: dict[str, Launch],
    wanted: Callable[[float], set[str]],
    *,
    fewest_blocks: int = 1,
    budget: float = NEVER_ENDING,
    rounds: int | None = 1,
    seed: int = 7,
    peaks: Callable[[], set[str]] | None = None,
) -> tuple[Tally, list[Now]]:
    told: list[Now] = []
    tally = Tally()
    plan = Plan(
        launches=launches,
        wanted=wanted,
        fewest_blocks=fewest_blocks,
        budget=budget,
        rounds=rounds,
        seed=seed,
        peaks=peaks,
        watched=0.01,
    )
    measure(cases, plan, tally, told.append)
    return tally, told


def plain() -> dict[str, Launch]:
    return {side: Launch() for side in SIDES}


def order(told: list[Now]) -> list[str]:
    """The ids of cases as they were measured, one after the other."""
    return [now.case.id for now in told if now.doing == "measuring" and now.case is not None]


# Each side in its own files


@pytest.mark.parametrize("strategy", ["serial", "process"])
def test_each_side_imports_its_own_module_in_its_own_folder(trees: Trees, strategy: str) -> None:
    cases = pair(strategy, Workload(name="thing:work", tasks=2))
    run(cases, trees.launches, Wanting(cases))
    assert [case.error for case in cases] == [None, None]
    assert {note["side"] for note in trees.notes} == set(SIDES)
    for note in trees.notes:
        tree = trees.folder / note["side"]
        assert Path(note["file"]).resolve() == (tree / "thing.py").resolve()
        assert Path(note["folder"]).resolve() == (tree / "inside").resolve()


def test_what_a_side_adds_to_the_environment_reaches_its_own_hosts_only(
    trees: Trees, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAID", "by the environment of concbench")
    cases = pair("serial", Workload(name="thing:work", tasks=2))
    run(cases, trees.launches, Wanting(cases))
    assert {(note["side"], note["said"]) for note in trees.notes} == {("base", "to base"), ("head", "to head")}
    assert os.environ["SAID"] == "by the environment of concbench"


def test_a_sides_own_folders_come_before_what_the_environment_names(
    trees: Trees, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "thing.py").write_text("raise AssertionError('the wrong one')\n", encoding="utf-8")
    (other / "beside.py").write_text("def work(number): return number\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(other), prepend=os.pathsep)
    cases = pair("serial", Workload(name="thing:work", tasks=2))
    beside = pair("serial", Workload(name="beside:work", tasks=2))
    run([*cases, *beside], trees.launches, Wanting([*cases, *beside]))
    assert [case.error for case in (*cases, *beside)] == [None] * 4  # and the environment's are still found


def test_a_file_in_the_folder_of_a_side_does_not_stand_in_for_the_standard_library(trees: Trees) -> None:
    for side in SIDES:
        (trees.folder / side / "inside" / "json.py").write_text("raise AssertionError('not this one')\n")
    cases = pair("serial")
    run(cases, trees.launches, Wanting(cases))
    assert [case.error for case in cases] == [None, None]


def test_hosts_of_both_sides_are_others_and_fresh_in_every_block(trees: Trees) -> None:
    cases = pair("serial", Workload(name="thing:work", tasks=1))
    run(cases, trees.launches, Wanting(cases, blocks=3))
    hosts = {side: {note["pid"] for note in trees.notes if note["side"] == side} for side in SIDES}
    assert [len(pids) for pids in hosts.values()] == [3, 3]
    assert hosts["base"].isdisjoint(hosts["head"])


def test_a_side_whose_code_is_broken_is_a_row_and_the_other_is_measured(trees: Trees) -> None:
    (trees.folder / "head" / "thing.py").write_text("1 / 0\n", encoding="utf-8")
    base, head = pair("serial", Workload(name="thing:work", tasks=2))
    run([base, head], trees.launches, Wanting([base, head], blocks=2))
    assert head.error is not None
    assert head.error.message == "thing can't be imported: ZeroDivisionError: division by zero"
    assert (head.samples, head.peaks) == ([], [])
    assert base.error is None
    assert len(base.samples) == 2


@pytest.mark.parametrize("broken", SIDES)
def test_a_side_whose_interpreter_can_not_be_started_is_a_row_and_the_other_is_measured(broken: str) -> None:
    cases = [*pair("serial"), *pair("thread")]
    run(cases, plain() | {broken: Launch(python="/no/such/python")}, Wanting(cases))
    for case in cases:
        if case.side == broken:
            assert case.error is not None
            assert case.error.kind == "refused"
            assert "/no/such/python" in case.error.message
            assert case.samples == []
        else:
            assert case.error is None
            assert len(case.samples) == 1


def test_a_side_whose_interpreter_is_no_python_is_a_row_and_the_other_is_measured(tmp_path: Path) -> None:
    odd = tmp_path / "python"
    odd.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    odd.chmod(0o755)
    base, head = pair("serial")
    run([base, head], plain() | {"head": Launch(python=str(odd))}, Wanting([base, head]))
    assert head.error is not None
    assert head.error.kind == "host died"
    assert "exit status 3" in head.error.message
    assert len(base.samples) == 1


@pytest.mark.parametrize("missing", SIDES)
def test_a_side_whose_folder_is_gone_is_a_row_and_the_other_is_measured(trees: Trees, missing: str) -> None:
    launches = trees.launches | {missing: Launch(folder=trees.folder / "gone")}
    cases = pair("serial")
    run(cases, launches, Wanting(cases))
    for case in cases:
        assert (case.error is not None) == (case.side == missing)
        assert len(case.samples) == (0 if case.side == missing else 1)


def test_when_both_sides_have_failed_nothing_more_is_asked_or_measured() -> None:
    cases = pair("serial")
    wanting = Wanting(cases, blocks=9)
    tally, _ = run(cases, {side: Launch(python="/no/such/python") for side in SIDES}, wanting)
    assert (tally.blocks, wanting.asked) == (0, [])


def test_both_sides_get_the_same_loops() -> None:
    workload = Workload(name="cpu", tasks=2, task_time=0.001)
    cases = [*pair("serial", workload), *pair("thread", workload)]
    run(cases, plain(), Wanting(cases))
    assert len({case.workload.loops for case in cases}) == 1
    assert cases[0].workload.loops > 0


# In turns


def test_the_two_of_a_pair_run_next_to_each_other_and_take_turns_to_be_first() -> None:
    cases = [*pair("serial"), *pair("thread")]
    _, told = run(cases, plain(), Wanting(cases, blocks=2), rounds=3)
    measured = [id_.rpartition(" ") for id_ in order(told)]
    for one, other in zip(measured[::2], measured[1::2], strict=True):
        assert one[0] == other[0]
        assert one[2] != other[2]
    first = [side for _, _, side in measured[::2]]
    by_round = [set(first[at : at + 2]) for at in range(0, len(first), 2)]
    assert by_round[0] == by_round[2] == by_round[4] != by_round[1] == by_round[3] == by_round[5]


def test_every_case_has_one_sample_a_round() -> None:
    cases = [*pair("serial"), *pair("thread")]
    run(cases, plain(), Wanting(cases, blocks=2), rounds=3)
    for case in cases:
        assert Counter(sample.block for sample in case.samples) == {0: 3, 1: 3}
        assert [sample.round for sample in case.samples] == [0, 1, 2] * 2


# As long as something is wanted


@pytest.mark.parametrize("blocks", [1, 3])
def test_measuring_ends_when_nothing_is_wanted_any_more(blocks: int) -> None:
    cases = pair("serial")
    wanting = Wanting(cases, blocks)
    tally, _ = run(cases, plain(), wanting, fewest_blocks=1)
    assert tally.blocks == len(wanting.asked) == blocks
    assert all(0 < used < 1 for used in wanting.asked)


def test_what_is_settled_gets_no_more_samples_and_no_more_hosts() -> None:
    settled, open_ = pair("serial"), pair("thread")
    asked: list[float] = []

    def wanted(used: float) -> set[str]:
        asked.append(used)
        return {case.id for case in open_} if len(asked) < 3 else set()

    run([*settled, *open_], plain(), wanted)
    assert [len(case.samples) for case in (*settled, *open_)] == [1, 1, 3, 3]
    assert [len(case.hosts) for case in (*settled, *open_)] == [1, 1, 3, 3]
    assert [case.error for case in (*settled, *open_)] == [None] * 4


def test_blocks_go_on_beyond_those_of_a_plan_without_a_question() -> None:
    cases = pair("serial")
    tally, told = run(cases, plain(), Wanting(cases, blocks=10))
    assert tally.blocks == 10 > Plan().blocks
    assert {now.blocks for now in told} == {None}
    assert all(now.left >= 0 for now in told)


def test_it_asks_after_every_block_and_with_the_whole_budget_exactly_at_the_end() -> None:
    cases = pair("serial")
    wanting = Wanting(cases, blocks=10**9)
    tally, _ = run(cases, plain(), wanting, budget=3.0, rounds=None)
    assert len(wanting.asked) == tally.blocks
    assert wanting.asked == sorted(wanting.asked)
    assert wanting.asked[-1] == 1.0
    assert all(used < 1 for used in wanting.asked[:-1])


@pytest.mark.parametrize("fewest", [1, 2, 3])
def test_a_budget_that_is_used_up_too_early_is_not_said_to_be_before_the_last_block(fewest: int) -> None:
    cases = pair("serial")
    wanting = Wanting(cases, blocks=10**9)
    tally, _ = run(cases, plain(), wanting, fewest_blocks=fewest, budget=0.001)
    assert tally.blocks == fewest
    assert wanting.asked[-1] == 1.0
    assert all(2 / 3 < used < 1 for used in wanting.asked[:-1])


def test_a_block_is_short_where_nobody_knows_how_many_there_will_be() -> None:
    cases = pair("serial")
    wanting = Wanting(cases, blocks=10**9)
    tally, _ = run(cases, plain(), wanting, budget=4.0, rounds=None)
    assert tally.blocks > 1
    assert len(cases[0].samples) > tally.blocks  # and still has several rounds


# Peaks of memory


def test_peaks_are_looked_for_in_every_block_as_long_as_they_are_wanted() -> None:
    cases = pair("serial")
    asked = iter([{case.id for case in cases}] * 3 + [set()] * 3)
    _, told = run(cases, plain(), Wanting(cases, blocks=6), peaks=lambda: next(asked))
    for case in cases:
        assert [peak.block for peak in case.peaks] == [0, 1, 2]
        assert all(peak.memory > 2**20 for peak in case.peaks)  # no interpreter is smaller
        assert case.watch is not None
    assert {now.block for now in told if now.doing == "watching"} == {0, 1, 2}


def test_where_no_peaks_are_wanted_every_case_is_watched_once() -> None:
    cases = pair("serial")
    _, told = run(cases, plain(), Wanting(cases, blocks=3))
    assert all(case.watch is not None and not case.peaks for case in cases)
    assert {now.block for now in told if now.doing == "watching"} == {0}


def test_a_peak_is_what_the_watch_saw_in_that_block() -> None:
    cases = pair("serial")
    run(cases, plain(), Wanting(cases, blocks=2), peaks=lambda: {case.id for case in cases})
    for case in cases:
        assert case.watch is not None
        assert case.peaks[0].memory == (case.watch.peak_pss or case.watch.peak_rss)


def test_memory_that_one_side_holds_more_of_is_seen(trees: Trees) -> None:
    for side, size in (("base", 0), ("head", 100)):
        source = f"HELD = bytearray(b'x') * {size * 2**20}\n\n\ndef work(number):\n    return number\n"
        (trees.folder / side / "thing.py").write_text(source, encoding="utf-8")
    base, head = pair("serial", Workload(name="thing:work", tasks=2))
    run([base, head], trees.launches, Wanting([base, head], blocks=2), peaks=lambda: {base.id, head.id})
    for before, after in zip(base.peaks, head.peaks, strict=True):
        assert 90 * 2**20 < after.memory - before.memory < 110 * 2**20


# Without sides


def test_cases_without_a_side_may_be_wanted_too() -> None:
    case = Case(id="sleep/serial", part="", subject="serial", workload=SLEEP, settings=Settings())
    wanting = Wanting([case], blocks=2)
    tally, _ = run([case], {}, wanting)
    assert tally.blocks == 2
    assert [sample.block for sample in case.samples] == [0, 1]


def test_a_side_is_launched_as_its_name_says_and_others_with_the_plans_interpreter() -> None:
    launch = Launch(python="/one")
    plan = Plan(python="/other", launches={"base": launch})
    assert plan.launch("base") is launch
    assert plan.launch(None) == Launch(python="/other")
    assert Plan().launch(None).python == sys.executable
    with pytest.raises(KeyError):
        plan.launch("head")
