"""What blocks and rounds promise: fresh hosts, one sample of every case a round, and nothing lost or left behind."""

from __future__ import annotations

import errno
import os
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from concbench.measure import hosts
from concbench.measure.hosts import Answer, HostProcess
from concbench.measure.order import LARGEST_PADDING
from concbench.measure.plan import Block, Launch, Now, Results, Spare
from concbench.model.case import Case
from concbench.session.fixed import Fixed
from tests.builders import case
from tests.measure.measuring import Measured, Scripted, interrupted, measured
from tests.measure.process_tree import carrying, is_host, needs_proc

IN_THREADS = ("serial", "thread", "threadpool-map")
"""Strategies whose samples take about a millisecond."""


def short(subject: str = "serial", group: str = "sleep", **values: Any) -> Case:
    usual: dict[str, Any] = {"workload": "sleep", "tasks": 2, "task_time": 0.001}
    if "pool" in subject:
        usual["workers"] = 2
    return case(f"{group}/{subject}", **{**usual, **values})


def small_cases() -> list[Case]:
    return [short(subject) for subject in IN_THREADS]


def faulty(workload: str, subject: str = "serial") -> Case:
    return short(subject, group=workload, workload=workload, tasks=8)


# Hosts


@needs_proc
def test_every_block_has_fresh_hosts_that_differ_as_is_recorded() -> None:
    hosts: dict[int, dict[int, dict[str, str]]] = {}

    def look(now: Now) -> None:
        if now.doing == "measuring" and now.block not in hosts:
            children = psutil.Process().children(recursive=True)
            hosts[now.block] = {child.pid: child.environ() for child in children if is_host(child.pid)}

    found = measured(small_cases(), blocks=2, on_step=look)
    assert len(hosts[0].keys() | hosts[1].keys()) == 2 * len(IN_THREADS)
    for block, environments in hosts.items():
        assert Counter(
            (environment["PYTHONHASHSEED"], len(environment["CONCBENCH_PADDING"]))
            for environment in environments.values()
        ) == Counter(
            (str(host.hash_seed), host.padding)
            for result in found.results
            for host in result.hosts
            if host.block == block
        )
    records = [host for result in found.results for host in result.hosts]
    assert len({host.hash_seed for host in records}) == len(records) == 6
    assert len({host.padding for host in records}) > 1
    assert all(0 <= host.padding < LARGEST_PADDING for host in records)


# Rounds


def test_every_case_has_exactly_one_sample_a_round() -> None:
    found = measured(small_cases(), blocks=2, rounds=3)
    order = found.order
    assert [set(order[at : at + 3]) for at in range(0, len(order), 3)] == [set(found.record.results)] * 6
    for result in found.results:
        assert [(sample.block, sample.round) for sample in result.samples] == [
            (block, number) for block in range(2) for number in range(3)
        ]
    assert found.record.blocks == 2
    assert found.record.sampled == pytest.approx(
        sum(sample.wall for result in found.results for sample in result.samples)
    )


@pytest.mark.thorough
def test_the_seed_gives_order_hash_seeds_and_padding_again() -> None:
    first, again, other = (measured(small_cases(), rounds=8, seed=seed) for seed in (1, 1, 2))
    assert first.order == again.order != other.order
    assert len({tuple(first.order[at : at + 3]) for at in range(0, 24, 3)}) > 1
    hosts = [[result.hosts for result in found.results] for found in (first, again, other)]
    assert hosts[0] == hosts[1] != hosts[2]


def test_all_cases_of_a_workload_get_the_same_loops() -> None:
    cases = [short(subject, workload="cpu", task_time=0.0005) for subject in IN_THREADS]
    longer = [short(subject, group="long", workload="cpu", task_time=0.05) for subject in ("serial", "thread")]
    found = measured([*cases, *longer])
    (loops,) = {found[each].case.workload.loops for each in cases}
    (more,) = {found[each].case.workload.loops for each in longer}
    assert 0 < loops < more


# How long


def test_the_fewest_blocks_are_measured_however_small_the_budget() -> None:
    found = measured([short()], Fixed(9, fewest_blocks=2), rounds=None, budget=0.001)
    assert found.record.blocks == 2
    assert [(sample.block, sample.round) for sample in found.results[0].samples] == [(0, 0), (1, 0)]


def test_a_budget_is_filled_with_rounds() -> None:
    found = measured([short()], Fixed(2, fewest_blocks=1), rounds=None, budget=2.0)
    assert len(found.results[0].samples) > 5 * found.record.blocks  # some hundreds: each takes 2 ms


def test_rounds_are_fixed_where_they_are_asked_for() -> None:
    found = measured([short()], blocks=2, rounds=5, budget=0.001)
    assert Counter(found.blocks_of(short())) == {0: 5, 1: 5}


LONG: dict[str, Any] = {"tasks": 100, "task_time": 0.02}
REFERENCES = frozenset({"sleep/serial"})


@pytest.mark.thorough
def test_what_does_not_fit_into_the_budget_has_fewer_tasks_and_that_is_said() -> None:
    cases = [short(subject, **LONG) for subject in IN_THREADS]
    found = measured(cases, blocks=3, rounds=None, budget=3.0, spare=Spare(references=REFERENCES))
    (tasks,) = {result.case.workload.tasks for result in found.results}
    assert 2 <= tasks < 100
    assert list(found.record.results) == [each.id for each in cases]
    assert all({sample.block for sample in result.samples} == {0, 1, 2} for result in found.results)
    assert f"{tasks} of 100 tasks are run" in found.record.shortened[0]


def test_tables_that_are_measured_apart_have_no_host_in_common_and_share_the_rounds_of_a_block() -> None:
    first, second = ([short(row, group=name) for row in ("serial", "thread")] for name in ("first", "second"))
    found = measured([*first, *second], Fixed(2, 2, apart=True), rounds=2)
    tables = [id_.partition("/")[0] for id_ in found.order]
    assert tables == (["first"] * 4 + ["second"] * 4) * 2
    starts = [now for now in found.steps if now.doing == "starting hosts"]
    assert len(starts) == 4  # a generation for each table, in each block
    for each in (*first, *second):
        assert sorted(found.blocks_of(each)) == [0, 0, 1, 1]
        assert found[each].watch is not None


def test_of_tables_that_are_measured_apart_those_without_time_left_go_whole_and_that_is_said_once() -> None:
    sizes = {"first": 0.001, "long": 2.0, "longer": 4.0, "last": 0.001}
    cases = [short(row, group=name, task_time=each) for name, each in sizes.items() for row in ("serial", "thread")]
    spare = Spare(references=frozenset(f"{name}/serial" for name in sizes), tasks=False)
    found = measured(cases, Fixed(3, 3, apart=True), rounds=None, budget=9.0, spare=spare)
    assert list(found.record.results) == ["first/serial", "first/thread", "last/serial", "last/thread"]
    assert all(set(found.blocks_of(result.case)) == {0, 1, 2} for result in found.results)
    assert not {id_ for id_ in found.order if "long" in id_}
    (said,) = found.record.shortened
    assert said == "To fit into the time, long and longer are left out: a longer --budget measures more"


def test_the_first_of_such_tables_is_measured_whatever_it_takes() -> None:
    cases = [short(group="first", task_time=0.2), short(group="second", task_time=0.2)]
    spare = Spare(references=frozenset({"first/serial", "second/serial"}), tasks=False)
    found = measured(cases, Fixed(2, 2, apart=True), rounds=None, budget=0.1, spare=spare)
    assert list(found.record.results) == ["first/serial"]
    assert set(found.blocks_of(cases[0])) == {0, 1}
    assert any("second is left out" in text for text in found.record.shortened)
    assert any("longer than was promised" in text for text in found.record.shortened)


def test_a_case_that_has_failed_is_said_to_have_the_work_of_the_others() -> None:
    cases = [short(subject, **LONG) for subject in ("no-such-strategy", "serial")]
    found = measured(cases, blocks=3, rounds=None, budget=2.0, spare=Spare(references=REFERENCES))
    failed, serial = found.results
    assert failed.failure is not None
    assert failed.case.workload == serial.case.workload
    assert serial.case.workload.tasks < 100


def test_what_may_be_left_out_has_neither_host_nor_row_in_any_block() -> None:
    cases = [short(subject, **LONG) for subject in ("serial", "pool-map", "threadpool-map")]
    free = frozenset({"sleep/pool-map"})
    spare = Spare(any=free, variants=free, references=REFERENCES)
    found = measured(cases, blocks=3, rounds=None, budget=3.0, spare=spare)
    assert list(found.record.results) == ["sleep/serial", "sleep/threadpool-map"]
    assert found.record.blocks == 3
    assert "pool-map is left out" in found.record.shortened[0]


def test_a_schedule_that_names_what_was_left_out_does_not_bring_it_back() -> None:
    cases = [short(subject, **LONG) for subject in ("serial", "pool-map", "threadpool-map")]
    free = frozenset({"sleep/pool-map"})
    schedule = Scripted(lambda results, used: Block(cases=tuple(cases)) if used < 1 else None, 3, 3)
    spare = Spare(any=free, variants=free, references=REFERENCES)
    found = measured(cases, schedule, rounds=None, budget=3.0, spare=spare)
    assert found.record.blocks == 3
    assert "sleep/pool-map" not in found.record.results
    assert "sleep/pool-map" not in found.order


# What a schedule returns


def test_a_block_measures_the_cases_that_it_names_and_others_may_join() -> None:
    b, c, d, e = (case(f"a/{name}", subject="serial", workload="tutorial", tasks=2) for name in "bcde")
    ids = frozenset({"a/e"})
    blocks = iter([Block(cases=(b, c)), Block(cases=(c, e), watched=ids, traced=ids), None])
    found = measured([b, c, d], Scripted(lambda results, used: next(blocks)), traced=0.01)
    assert {result.case.row: found.blocks_of(result.case) for result in found.results} == {
        "b": [0],
        "c": [0, 1],
        "d": [],
        "e": [1],
    }
    assert [len(result.hosts) for result in found.results] == [1, 2, 0, 1]
    assert [result.case.row for result in found.results if result.watch is not None] == ["e"]
    assert [result.case.row for result in found.results if result.trace is not None] == ["e"]
    assert [now.doing for now in found.steps].count("watching") == 1


def test_the_watch_and_the_trace_are_in_samples_of_their_own() -> None:
    found = measured(small_cases(), blocks=2, traced=0.01)
    for result in found.results:
        assert len(result.samples) == 2
        assert result.watch is not None
        assert result.watch.samples >= 1
        assert result.trace is not None
        assert result.trace.tasks == 2


def test_every_step_names_the_block_and_the_case() -> None:
    found = measured(small_cases(), blocks=2)
    steps = [(now.doing, now.block) for now in found.steps]
    block = [("starting hosts", 0), *[("warming up", 0)] * 3, *[("measuring", 0)] * 3]
    assert steps[0] == ("calibrating", 0)
    assert steps[1:11] == [*block, *[("watching", 0)] * 3]
    assert steps[11:] == [(doing, 1) for doing, _ in block]
    assert all(now.blocks == 2 and now.left >= 0 for now in found.steps)


# When the budget is used up


def beyond(still: str, longest: float, until: float = 9.0) -> tuple[Measured, list[float]]:
    """Measure three cases, of which one is wanted beyond the budget until a share of it; the shares of each look."""
    cases = [case(f"a/{name}", subject="serial", workload="tutorial", tasks=2) for name in "bcd"]

    def decide(results: Results, used: float) -> Block | None:
        wanted = [each for each in cases if used < 1 or (each.row == still and used < until)]
        return Block(cases=tuple(wanted)) if wanted else None

    schedule = Scripted(decide)
    return measured(cases, schedule, rounds=None, budget=0.6, longest=longest), schedule.asked


def test_a_case_that_is_still_wanted_goes_on_and_the_others_do_not() -> None:
    found, shares = beyond("c", longest=3.0)
    assert shares == sorted(shares)
    assert shares[-1] == 3.0
    assert shares.count(1.0) == 1
    last = {result.case.row: max(found.blocks_of(result.case)) for result in found.results}
    assert last["c"] > last["b"] == last["d"] == shares.index(1.0) - 1
    assert all(share < 3.0 for share in shares[:-1])


@pytest.mark.parametrize(("still", "until", "ends"), [("c", 1.01, (1.0, 3.0)), ("none", 9.0, (0.0, 1.0))])
def test_where_nothing_is_wanted_any_more_it_ends_at_once(still: str, until: float, ends: tuple[float, float]) -> None:
    _, shares = beyond(still, 3.0, until)
    assert ends[0] < shares[-1] <= ends[1]


# What goes wrong


def test_a_case_that_fails_is_dropped_and_all_others_are_measured(token: str) -> None:
    raising, sound, gone = faulty("raises"), short(), faulty("crashes", "thread")
    found = measured([raising, sound, gone], blocks=2, rounds=2)
    assert found.failures == ["raised", None, "host died"]
    failure = found[raising].failure
    assert failure is not None
    assert failure.traceback is not None
    assert len(found[sound].samples) == 4
    for each in (raising, gone):
        assert (found[each].samples, found[each].watch) == ((), None)
    assert set(found.order) == {sound.id}
    assert [len(result.hosts) for result in found.results] == [1, 2, 1]  # a failed case gets no other host


def test_a_case_that_fails_late_keeps_no_sample(token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTY_TALLY", str(tmp_path / "tally"))
    monkeypatch.setenv("FAULTY_PATIENCE", "20")  # 8 calls are the warm-up, 8 the first round
    late, sound = faulty("hangs-later"), short()
    found = measured([late, sound], rounds=3, timeout=2.0)
    assert found.failures == ["timeout", None]
    assert found[late].samples == ()
    assert len(found[sound].samples) == 3


def test_when_nothing_is_left_to_measure_no_more_blocks_begin(token: str) -> None:
    assert measured([faulty("raises")], blocks=5).record.blocks == 1


def test_a_strategy_that_does_not_exist_is_a_row_of_its_own() -> None:
    found = measured([short("no-such-strategy"), short()])
    assert found.failures == ["unavailable", None]
    assert len(found[short()].samples) == 1


def test_a_workload_that_cannot_be_calibrated_leaves_the_others_theirs(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "OPENING", 2.0)
    sound = short(workload="cpu", group="cpu")
    found = measured([*(faulty("cannot-be-calibrated", subject) for subject in ("serial", "thread")), sound])
    assert found.failures == ["timeout", "timeout", None]
    assert found[sound].case.workload.loops > 0
    assert len(found[sound].samples) == 1


def test_a_case_that_was_measured_before_does_the_same_work_again() -> None:
    before = measured([short(workload="cpu", group="cpu")]).results[0].case
    known = replace(before, workload=replace(before.workload, loops=before.workload.loops + 1))
    assert measured([known])[known].case.workload == known.workload


def test_a_host_that_the_system_refuses_to_start_is_a_row_not_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    def host_process(*arguments: object) -> object:
        started.append(arguments)
        if len(started) == 3:  # the first two prepare and calibrate
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return HostProcess(*arguments)  # type: ignore[arg-type]  # passed on as they are

    monkeypatch.setattr(hosts, "HostProcess", host_process)
    found = measured([short("thread"), short()])
    assert len(started) == 4
    assert sorted(map(str, found.failures)) == ["None", "refused"]
    assert sorted(len(result.samples) for result in found.results) == [0, 1]


def test_an_interpreter_that_does_not_exist_is_a_row_not_a_crash() -> None:
    found = measured([short()], blocks=9, launch=Launch(python="/no/such/python"))
    assert (found.failures, found.record.blocks) == (["refused"], 0)
    assert "/no/such/python" in str(found.results[0].failure)


# Interruptions, and what is left


@needs_proc
@pytest.mark.parametrize("doing", ["calibrating", "starting hosts", "warming up", "watching"])
def test_an_interruption_leaves_no_process(doing: str, token: str) -> None:
    found = interrupted(small_cases(), lambda found: found.steps[-1].doing == doing)
    assert carrying(token) == []
    assert [len(result.samples) for result in found.results] == [1 if doing == "watching" else 0] * 3


@needs_proc
def test_an_interruption_between_two_samples_keeps_what_was_measured_so_far(token: str) -> None:
    found = interrupted(small_cases(), lambda found: len(found.order) == 3 + 2, blocks=3)
    assert carrying(token) == []
    assert sum(len(result.samples) for result in found.results) == 3 + 1
    assert found.record.blocks == 2
    assert found.record.sampled == pytest.approx(
        sum(sample.wall for result in found.results for sample in result.samples)
    )


@needs_proc
def test_so_does_one_in_the_middle_of_a_sample(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ask, found, asked = HostProcess.ask, Measured(), []

    def interrupted_at_the_fifth(host: HostProcess, request: Answer, timeout: float) -> Answer:
        asked.append(request)
        if len(asked) == 5:
            raise KeyboardInterrupt
        return ask(host, request, timeout)

    monkeypatch.setattr(HostProcess, "ask", interrupted_at_the_fifth)
    with pytest.raises(KeyboardInterrupt):
        measured(small_cases(), rounds=9, into=found)
    assert carrying(token) == []
    taken = sum(request["do"] == "sample" for request in asked[:4])
    assert sum(len(result.samples) for result in found.results) == taken >= 1


def test_what_tasks_print_goes_to_the_file_and_is_appended(token: str, tmp_path: Path) -> None:
    file = tmp_path / "printed"
    file.write_text("from before\n")
    measured([faulty("prints")], task_output=file)
    lines = file.read_text().splitlines()
    assert lines[0] == "from before"
    assert {"printed by task 7", "grumbled by task 7"} <= set(lines)


@needs_proc
def test_after_a_run_no_process_is_left(token: str) -> None:
    before = set(psutil.Process().children(recursive=True))  # as what another test's multiprocessing keeps running
    measured([short("pool-map"), faulty("leaves-a-daemon"), faulty("crashes")])
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
    cases = [
        short(subject, group=workload, workload=workload)
        for subject in ("serial", "pool-map")
        for workload in ("leaving:task", "leaving:tidy")
    ]
    found = measured(cases, blocks=2)
    assert found.failures == [None] * 4
    (warning,) = [warning for warning in found.record.warnings if "behind" in warning]
    # At least those of the samples: of each of 2 cases, in 2 blocks, with 2 tasks each.
    counted = re.fullmatch(
        r"leaving:task leaves processes behind: (\d+) were ended with their blocks; .* disturbed other rows", warning
    )
    assert counted is not None, warning
    assert int(counted[1]) >= 8
