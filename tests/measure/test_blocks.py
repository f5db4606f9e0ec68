"""What blocks and rounds promise: fresh hosts, one sample of every case a round, and nothing lost or left behind."""

from __future__ import annotations

import errno
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from concbench.measure import hosting
from concbench.measure.blocks import measure
from concbench.measure.budget import Spare
from concbench.measure.host_process import HostProcess
from concbench.measure.order import LARGEST_PADDING
from concbench.measure.plan import Now, Plan, Tally
from concbench.model import Case, Settings, Workload
from tests.measure.process_tree import carrying, is_host, needs_proc

SLEEP = Workload(name="sleep", tasks=2, task_time=0.001)
IN_THREADS = ("serial", "thread", "threadpool-map")
"""Strategies whose samples take about a millisecond."""


def case_of(subject: str, workload: Workload = SLEEP, settings: Settings | None = None) -> Case:
    if settings is None:
        settings = Settings(workers=2) if subject in ("pool-map", "threadpool-map") else Settings()
    return Case(id=f"{workload.name}/{subject}", part="", subject=subject, workload=workload, settings=settings)


def small_cases() -> list[Case]:
    return [case_of(subject) for subject in IN_THREADS]


def faulty(name: str) -> Workload:
    return Workload(name=name, tasks=8)


@dataclass
class Listening:
    """Remembers all that was told, and which hosts there were at that moment."""

    told: list[Now] = field(default_factory=list)
    hosts: list[dict[int, dict[str, str]]] = field(default_factory=list)
    """For every thing told, the environments of the hosts by their process ids."""
    look: bool = False

    def __call__(self, now: Now) -> None:
        self.told.append(now)
        self.hosts.append(children_that_are_hosts() if self.look else {})

    def order(self) -> list[str]:
        return [now.case.id for now in self.told if now.doing == "measuring" and now.case is not None]

    def hosts_of_block(self, block: int) -> dict[int, dict[str, str]]:
        return next(
            hosts
            for now, hosts in zip(self.told, self.hosts, strict=True)
            if now.doing == "measuring" and now.block == block
        )


def children_that_are_hosts() -> dict[int, dict[str, str]]:
    return {child.pid: child.environ() for child in psutil.Process().children(recursive=True) if is_host(child.pid)}


def run(cases: list[Case], *, blocks: int = 1, rounds: int | None = 1, seed: int = 7, look: bool = False) -> Listening:
    listening = Listening(look=look)
    plan = Plan(blocks=blocks, fewest_blocks=blocks, rounds=rounds, seed=seed)
    measure(cases, plan, Tally(), listening)
    return listening


# Hosts


@needs_proc
def test_every_block_has_fresh_hosts_one_for_each_case() -> None:
    listening = run(small_cases(), blocks=3, look=True)
    by_block = [set(listening.hosts_of_block(block)) for block in range(3)]
    assert [len(pids) for pids in by_block] == [len(IN_THREADS)] * 3
    assert len(set.union(*by_block)) == 3 * len(IN_THREADS)


@needs_proc
def test_hash_seed_and_padding_differ_and_are_recorded_as_the_hosts_have_them() -> None:
    cases = small_cases()
    listening = run(cases, blocks=2, look=True)
    for block in range(2):
        recorded = Counter(
            (str(record.hash_seed), record.padding) for case in cases for record in case.hosts if record.block == block
        )
        found = Counter(
            (environment["PYTHONHASHSEED"], len(environment["CONCBENCH_PADDING"]))
            for environment in listening.hosts_of_block(block).values()
        )
        assert recorded == found
    records = [record for case in cases for record in case.hosts]
    assert [record.block for record in cases[0].hosts] == [0, 1]
    assert len({record.hash_seed for record in records}) == len(records)
    assert len({record.padding for record in records}) > 1
    assert all(0 <= record.padding < LARGEST_PADDING for record in records)


# Rounds


def test_every_case_has_exactly_one_sample_a_round() -> None:
    cases = small_cases()
    listening = run(cases, blocks=2, rounds=3)
    everyone = {case.id for case in cases}
    order = listening.order()
    assert [set(order[at : at + len(cases)]) for at in range(0, len(order), len(cases))] == [everyone] * 6
    for case in cases:
        assert [(sample.block, sample.round) for sample in case.samples] == [
            (block, number) for block in range(2) for number in range(3)
        ]


def test_the_order_is_drawn_at_random_and_the_seed_gives_it_again() -> None:
    first, again, other = (run(small_cases(), rounds=8, seed=seed).order() for seed in (1, 1, 2))
    assert first == again
    assert first != other
    rounds = {tuple(first[at : at + len(IN_THREADS)]) for at in range(0, len(first), len(IN_THREADS))}
    assert len(rounds) > 1  # all 8 alike: once in 280,000 seeds, and this one is given


def test_the_seed_gives_hash_seeds_and_padding_again() -> None:
    first, again, other = small_cases(), small_cases(), small_cases()
    for cases, seed in ((first, 1), (again, 1), (other, 2)):
        run(cases, seed=seed)
    assert [case.hosts for case in first] == [case.hosts for case in again]
    assert [case.hosts for case in first] != [case.hosts for case in other]


def test_all_cases_of_a_workload_get_the_same_loops() -> None:
    cases = [case_of(subject, Workload(name="cpu", tasks=2, task_time=0.0005)) for subject in IN_THREADS]
    others = [case_of(subject, Workload(name="cpu", tasks=2, task_time=0.05)) for subject in ("serial", "thread")]
    for case in others:
        case.id += "/long"
    run([*cases, *others])
    assert len({case.workload.loops for case in cases}) == 1
    assert len({case.workload.loops for case in others}) == 1
    assert 0 < cases[0].workload.loops < others[0].workload.loops


# How long


def test_the_fewest_blocks_are_measured_however_small_the_budget() -> None:
    case = case_of("serial")
    tally = Tally()
    measure([case], Plan(blocks=9, fewest_blocks=2, rounds=None, budget=0.001), tally, Listening())
    assert tally.blocks == 2
    assert [(sample.block, sample.round) for sample in case.samples] == [(0, 0), (1, 0)]


def test_what_does_not_fit_into_the_budget_has_fewer_tasks_and_that_is_said() -> None:
    long = Workload(name="sleep", tasks=100, task_time=0.02)
    cases = [case_of(subject, long) for subject in IN_THREADS]
    tally = Tally()
    plan = Plan(blocks=3, budget=3.0, spare=Spare(references=frozenset({"sleep/serial"})))
    measure(cases, plan, tally, Listening())
    [tasks] = {case.workload.tasks for case in cases}
    assert 2 <= tasks < 100
    assert [case.id for case in cases] == [f"sleep/{subject}" for subject in IN_THREADS]
    assert all({sample.block for sample in case.samples} == {0, 1, 2} for case in cases)
    assert f"{tasks} of 100 tasks are run" in tally.left_out[0]


def test_a_case_that_has_failed_is_said_to_have_the_work_of_the_others() -> None:
    long = Workload(name="sleep", tasks=100, task_time=0.02)
    cases = [case_of(subject, long) for subject in ("no-such-strategy", "serial")]
    measure(
        cases, Plan(blocks=3, budget=2.0, spare=Spare(references=frozenset({"sleep/serial"}))), Tally(), Listening()
    )
    assert cases[0].error is not None
    assert cases[0].workload == cases[1].workload
    assert cases[0].workload.tasks < 100


def test_what_may_be_left_out_has_neither_host_nor_row() -> None:
    long = Workload(name="sleep", tasks=100, task_time=0.02)
    cases = [case_of(subject, long) for subject in ("serial", "pool-map", "threadpool-map")]
    tally = Tally()
    free = frozenset({"sleep/pool-map"})
    spare = Spare(any=free, variants=free, references=frozenset({"sleep/serial"}))
    measure(cases, Plan(blocks=3, budget=3.0, spare=spare), tally, Listening())
    assert [case.subject for case in cases] == ["serial", "threadpool-map"]
    assert "pool-map is left out" in tally.left_out[0]


def test_a_budget_is_filled_with_rounds() -> None:
    case = case_of("serial")
    tally = Tally()
    measure([case], Plan(blocks=2, fewest_blocks=1, rounds=None, budget=2.0), tally, Listening())
    assert len(case.samples) > 5 * tally.blocks  # some hundreds: each takes 2 ms


def test_rounds_are_fixed_where_they_are_asked_for() -> None:
    case = case_of("serial")
    measure([case], Plan(blocks=2, fewest_blocks=2, rounds=5, budget=0.001), Tally(), Listening())
    assert Counter(sample.block for sample in case.samples) == {0: 5, 1: 5}


def test_the_tally_is_the_sum_of_what_the_samples_took() -> None:
    cases = small_cases()
    tally = Tally()
    measure(cases, Plan(blocks=2, fewest_blocks=2, rounds=2), tally, Listening())
    assert tally.blocks == 2
    assert tally.sampled == pytest.approx(sum(sample.wall for case in cases for sample in case.samples))


def test_the_watch_is_in_samples_of_its_own() -> None:
    cases = small_cases()
    listening = run(cases, blocks=2, rounds=1)
    for case in cases:
        assert len(case.samples) == 2
        assert case.watch is not None
        assert case.watch.samples >= 1
    assert [now.block for now in listening.told if now.doing == "watching"] == [0] * len(cases)


def test_what_is_told_names_the_block_and_the_case() -> None:
    cases = small_cases()
    listening = run(cases, blocks=2)
    told = [(now.doing, now.block) for now in listening.told]
    block = [("starting hosts", 0), *[("warming up", 0)] * 3, *[("measuring", 0)] * 3]
    assert told[0] == ("calibrating", 0)
    assert told[1:11] == [*block, *[("watching", 0)] * 3]
    assert told[11:] == [(doing, 1) for doing, _ in block]
    assert all(now.blocks == 2 and now.left >= 0 for now in listening.told)


# What goes wrong


def test_a_case_that_fails_is_dropped_and_all_others_are_measured(token: str) -> None:
    sound, raising, gone = case_of("serial"), case_of("serial", faulty("raises")), case_of("thread", faulty("crashes"))
    listening = run([raising, sound, gone], blocks=2, rounds=2)
    assert len(sound.samples) == 4
    assert sound.error is None
    assert raising.error is not None
    assert raising.error.kind == "raised"
    assert raising.error.traceback is not None
    assert gone.error is not None
    assert gone.error.kind == "host died"
    assert (raising.samples, raising.watch, gone.samples, gone.watch) == ([], None, [], None)
    assert set(listening.order()) == {sound.id}
    assert [len(case.hosts) for case in (sound, raising, gone)] == [2, 1, 1]  # a failed case gets no other host


def test_a_case_that_fails_late_keeps_no_sample(token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTY_TALLY", str(tmp_path / "tally"))
    monkeypatch.setenv("FAULTY_PATIENCE", "20")  # 8 calls are the warm-up, 8 the first round
    late, sound = case_of("serial", faulty("hangs-later")), case_of("serial")
    tally = Tally()
    measure([late, sound], Plan(blocks=1, fewest_blocks=1, rounds=3, timeout=2.0), tally, Listening())
    assert late.error is not None
    assert late.error.kind == "timeout"
    assert late.samples == []
    assert len(sound.samples) == 3


def test_when_nothing_is_left_to_measure_no_more_blocks_begin(token: str) -> None:
    case = case_of("serial", faulty("raises"))
    tally = Tally()
    measure([case], Plan(blocks=5, fewest_blocks=5, rounds=1), tally, Listening())
    assert tally.blocks == 1


def test_a_strategy_that_does_not_exist_is_a_row_of_its_own() -> None:
    odd, sound = case_of("no-such-strategy"), case_of("serial")
    run([odd, sound])
    assert odd.error is not None
    assert odd.error.kind == "unavailable"
    assert len(sound.samples) == 1


def test_a_workload_that_cannot_be_calibrated_leaves_the_others_theirs(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosting, "OPENING", 2.0)
    endless = [case_of(subject, faulty("cannot-be-calibrated")) for subject in ("serial", "thread")]
    sound = case_of("serial", Workload(name="cpu", tasks=2, task_time=0.001))
    run([*endless, sound])
    for case in endless:
        assert case.error is not None
        assert case.error.kind == "timeout"
        assert case.samples == []
    assert sound.workload.loops > 0
    assert len(sound.samples) == 1


def test_a_host_that_the_system_refuses_to_start_is_a_row_not_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    refused, sound = case_of("thread"), case_of("serial")
    started = []

    def host_process(*arguments: object) -> object:
        started.append(arguments)
        if len(started) == 3:  # the first two prepare and calibrate
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return HostProcess(*arguments)  # type: ignore[arg-type]  # passed on as they are

    monkeypatch.setattr(hosting, "HostProcess", host_process)
    cases = [refused, sound]
    run(cases)
    assert len(started) == 4
    (failure,) = [case.error for case in cases if case.error is not None]
    assert failure.kind == "refused"
    assert sorted(len(case.samples) for case in cases) == [0, 1]


def test_an_interpreter_that_does_not_exist_is_a_row_not_a_crash() -> None:
    case = case_of("serial")
    measure([case], Plan(blocks=1, rounds=1, python="/no/such/python"), Tally(), Listening())
    assert case.error is not None
    assert case.error.kind == "refused"
    assert "/no/such/python" in case.error.message


@needs_proc
@pytest.mark.parametrize("doing", ["calibrating", "starting hosts", "warming up", "watching"])
def test_an_interruption_leaves_no_process(doing: str, token: str) -> None:
    def listen(now: Now) -> None:
        if now.doing == doing:
            raise KeyboardInterrupt

    cases = small_cases()
    with pytest.raises(KeyboardInterrupt):
        measure(cases, Plan(blocks=1, fewest_blocks=1, rounds=1), Tally(), listen)
    assert carrying(token) == []
    assert [len(case.samples) for case in cases] == [1 if doing == "watching" else 0] * 3


@needs_proc
def test_an_interruption_leaves_what_was_measured_so_far(token: str) -> None:
    told = Listening()

    def listen(now: Now) -> None:
        told(now)
        if now.doing == "measuring" and now.block == 1 and len(told.order()) == 3 + 2:
            raise KeyboardInterrupt

    cases, tally = small_cases(), Tally()
    with pytest.raises(KeyboardInterrupt):
        measure(cases, Plan(blocks=3, fewest_blocks=3, rounds=1), tally, listen)
    assert carrying(token) == []
    assert sum(len(case.samples) for case in cases) == 3 + 1
    assert tally.blocks == 2
    assert tally.sampled == pytest.approx(sum(sample.wall for case in cases for sample in case.samples))


def test_what_tasks_print_goes_to_the_file_and_is_appended(token: str, tmp_path: Path) -> None:
    file = tmp_path / "printed"
    file.write_text("from before\n")
    case = case_of("serial", faulty("prints"))
    measure([case], Plan(blocks=1, fewest_blocks=1, rounds=1, task_output=file), Tally(), Listening())
    lines = file.read_text().splitlines()
    assert lines[0] == "from before"
    assert "printed by task 7" in lines
    assert "grumbled by task 7" in lines


@needs_proc
def test_after_a_run_no_process_is_left(token: str) -> None:
    before = set(psutil.Process().children(recursive=True))  # as what another test's multiprocessing keeps running
    run([case_of("pool-map"), case_of("serial", faulty("leaves-a-daemon")), case_of("serial", faulty("crashes"))])
    assert set(psutil.Process().children(recursive=True)) <= before
    assert carrying(token) == []


@needs_proc
def test_a_function_that_leaves_processes_behind_is_warned_of_once(
    token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "leaving.py").write_text(
        "import os, subprocess\n"
        "def task(item):\n"
        "    subprocess.Popen(['setsid', 'sleep', '654'], env={'PATH': os.environ['PATH']})\n"
        "    return item\n"
        "def tidy(item):\n"
        "    return item\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]]))
    monkeypatch.syspath_prepend(str(tmp_path))
    tally = Tally()
    leaving, tidy = (Workload(name=f"leaving:{name}", tasks=2) for name in ("task", "tidy"))
    cases = [case_of(name, workload) for name in ("serial", "pool-map") for workload in (leaving, tidy)]
    measure(cases, Plan(blocks=2, fewest_blocks=2, rounds=1), tally, Listening())
    assert [case.error for case in cases] == [None] * 4
    (warning,) = [warning for warning in tally.warnings if "behind" in warning]
    # At least those of the samples: of each of 2 cases, in 2 blocks, with 2 tasks each.
    counted = re.fullmatch(
        r"leaving:task leaves processes behind: (\d+) were ended with their blocks; .* disturbed other rows", warning
    )
    assert counted is not None, warning
    assert int(counted[1]) >= 8
