"""What observing facts promises: every fact under every start method, and nothing that one of them does stops it."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path

import psutil
import pytest

import concbench.measure.hosts
from concbench.facts.fact import Fact as Statement
from concbench.facts.fact import facts
from concbench.measure import observation
from concbench.measure.hosts import HostProcess
from concbench.measure.observation import observe_all, start_methods
from concbench.measure.plan import Launch, Now, Plan
from concbench.measure.record import Record
from concbench.model.run import Fact
from concbench.registry import Registry
from tests.measure.process_tree import DEADLINE, PLUGIN, carrying, hosts, needs_proc, wait_until

METHODS = multiprocessing.get_all_start_methods()
PATIENT = Plan(timeout=DEADLINE)
HASTY = Plan(timeout=3.0)
SOUND = "names-its-start-method"
FAULTY_FACTS = PLUGIN / "facts"


@pytest.fixture(autouse=True)
def _hosts_find_the_faulty_facts(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(FAULTY_FACTS), prepend=os.pathsep)


def never(_context: object) -> str:
    raise AssertionError("facts are observed in hosts only")


def ask_for(monkeypatch: pytest.MonkeyPatch, *names: str, processes: bool = True) -> None:
    """Let there be these facts only: concbench's own, or a third party's that only hosts know the code of."""
    few: Registry[Statement] = Registry("fact", "tests.measure", {})
    for name in names:
        known = facts.all().get(name)
        odd = Statement(name=name, statement=f"It {name}.", expected="", processes=processes, note="", observe=never)
        few.add(name, known or odd)
    monkeypatch.setattr(few, "all", lambda: {name: few.get(name) for name in names})
    monkeypatch.setattr(observation, "facts", few)


def observed(
    plan: Plan = PATIENT,
    wanted: Collection[str] = (),
    on_step: Callable[[Now], None] = lambda now: None,
    into: Record | None = None,
) -> list[Fact]:
    record = into or Record()
    with closing(observe_all(plan, wanted, record)) as steps:
        for now in steps:
            on_step(now)
    return record.facts


def seen(found: list[Fact], name: str) -> dict[str | None, str]:
    """What was observed of a fact under each start method."""
    return {fact.start_method: fact.observed for fact in found if fact.name == name}


# What is observed


def test_a_fact_is_observed_in_an_interpreter_of_its_own_for_each_start_method(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask_for(monkeypatch, SOUND, "names-its-process")
    found = observed()
    assert [(fact.name, fact.start_method) for fact in found] == [
        (name, method) for name in (SOUND, "names-its-process") for method in METHODS
    ]
    assert seen(found, SOUND) == {method: method for method in METHODS}
    processes = set(seen(found, "names-its-process").values())
    assert len(processes) == len(METHODS)
    assert str(os.getpid()) not in processes


def test_a_fact_that_starts_no_process_is_observed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ask_for(monkeypatch, SOUND, processes=False)
    (found,) = observed()
    assert (found.start_method, found.observed) == (None, METHODS[0])


def test_the_start_method_that_is_wanted_is_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    ask_for(monkeypatch, SOUND, "join-waits-for-a-process")
    found = observed(wanted=("spawn",))
    assert [(fact.name, fact.start_method) for fact in found] == [
        (SOUND, "spawn"),
        ("join-waits-for-a-process", "spawn"),
    ]
    assert seen(found, SOUND) == {"spawn": "spawn"}


def test_start_methods_are_those_that_this_system_has() -> None:
    assert start_methods() == METHODS
    assert start_methods(METHODS[-1:]) == METHODS[-1:]
    assert start_methods(METHODS[::-1]) == METHODS
    assert start_methods(["spoon"]) == []


def test_what_is_stated_is_passed_on_with_what_was_observed(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "join-waits-for-a-process"
    ask_for(monkeypatch, name)
    statement = facts.get(name)
    for fact in observed():
        assert (fact.statement, fact.expected, fact.note) == (statement.statement, statement.expected, statement.note)
        assert fact.agrees


def test_every_step_counts_facts_and_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    ask_for(monkeypatch, SOUND, "names-its-process")
    steps: list[Now] = []
    observed(PATIENT, ("spawn",), steps.append)
    assert [(now.doing, now.block, now.blocks, now.unit) for now in steps] == [
        ("observing names-its-start-method", 0, 2, "fact"),
        ("observing names-its-process", 1, 2, "fact"),
    ]
    assert all(now.case is None and now.left >= 0 for now in steps)


def test_a_third_partys_facts_are_among_all_facts() -> None:
    program = "from concbench.facts.fact import facts; import json; print(json.dumps([*facts.all(), facts.broken]))"
    *names, broken = json.loads(subprocess.check_output([sys.executable, "-c", program], cwd="/"))
    assert broken == {}
    assert set(names) > {SOUND, "never-returns", "ends-the-interpreter"}
    assert names[0] in facts.all()


# What goes wrong


@pytest.mark.parametrize(
    ("name", "observation"),
    [
        ("raises", "LookupError: the fact's own \x1b[31mtrouble"),
        ("wants-to-leave", "raised: SystemExit: the fact wants to leave"),
        ("ends-the-interpreter", "host died: the host ended with exit status 7 in the middle of it"),
        ("crashes", "host died: the host was killed by signal 11"),
        ("no-such-fact", "UnknownName: there is no fact 'no-such-fact'"),
        ("prints", "printed"),
    ],
)
def test_a_fact_that_goes_wrong_is_an_observation_and_the_next_ones_are_observed(
    name: str, observation: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ask_for(monkeypatch, SOUND, name, "names-its-process")
    found = observed(Plan(timeout=DEADLINE, task_output=tmp_path / "printed"))
    failed = {fact.name for fact in found if fact.failed}
    assert failed == ({name} if observation.startswith(("host died", "raised: ")) else set())
    assert seen(found, SOUND) == {method: method for method in METHODS}
    assert set(seen(found, name)) == set(METHODS)
    assert all(text.startswith(observation) for text in seen(found, name).values())
    assert all(text.isdigit() for text in seen(found, "names-its-process").values())


@needs_proc
@pytest.mark.thorough
def test_a_fact_that_never_returns_is_given_up_and_its_host_replaced(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    ask_for(monkeypatch, "names-its-process", "never-returns", SOUND)
    living: list[set[int]] = []

    def look(_now: Now) -> None:
        wait_until(lambda: hosts(token), "the host has its environment")  # which it has not in the middle of its exec
        living.append(set(hosts(token)))

    found = observed(HASTY, METHODS[:1], look)
    assert [fact.name for fact in found] == ["names-its-process", "never-returns", SOUND]
    assert found[1].observed == "no answer within 3 s (--timeout)"
    assert [fact.failed for fact in found] == [fact is found[1] for fact in found]
    assert found[2].observed == METHODS[0]
    first, second, third = living
    assert first == second == {int(found[0].observed)}
    assert len(third) == 1
    assert not third & second


@pytest.mark.thorough
def test_one_start_method_that_never_answers_does_not_keep_the_others_from_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask_for(monkeypatch, SOUND, "names-its-process")
    asked: list[str] = []
    send = HostProcess.send

    def lose_the_first(host: HostProcess, request: dict[str, object]) -> None:
        asked.append(str(request["start_method"]))
        if len(asked) > 1:
            send(host, request)

    monkeypatch.setattr(HostProcess, "send", lose_the_first)
    found = observed(HASTY)
    assert seen(found, SOUND) == {METHODS[0]: "no answer within 3 s (--timeout)"} | {
        method: method for method in METHODS[1:]
    }
    assert all(text.isdigit() for text in seen(found, "names-its-process").values())


def test_a_host_that_the_system_refuses_to_start_is_an_observation_and_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask_for(monkeypatch, SOUND, "names-its-process")
    started = []

    def host_process(*arguments: object) -> object:
        started.append(arguments)
        if len(started) <= len(METHODS) + 1:  # at the start, and once more for the first fact
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return HostProcess(*arguments)  # type: ignore[arg-type]  # passed on as they are

    monkeypatch.setattr(concbench.measure.hosts, "HostProcess", host_process)
    found = observed()
    refusal = f"refused: the system refuses to start a host: [Errno {errno.EAGAIN}] {os.strerror(errno.EAGAIN)}"
    assert seen(found, SOUND) == {METHODS[0]: refusal} | {method: method for method in METHODS[1:]}
    assert all(text.isdigit() for text in seen(found, "names-its-process").values())


def test_an_interpreter_that_does_not_exist_is_an_observation_too(monkeypatch: pytest.MonkeyPatch) -> None:
    ask_for(monkeypatch, SOUND)
    for fact in observed(Plan(launch=Launch(python="/no/such/python"))):
        assert fact.observed.startswith("refused: ")
        assert "/no/such/python" in fact.observed


def test_what_facts_print_goes_to_the_file_and_is_appended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ask_for(monkeypatch, "prints")
    file = tmp_path / "printed"
    file.write_text("from before\n")
    observed(Plan(timeout=DEADLINE, task_output=file), METHODS[:1])
    assert file.read_text().splitlines()[0] == "from before"
    assert {"printed by a fact", "grumbled by a fact"} <= set(file.read_text().splitlines())


# Interruptions, and what is left


@needs_proc
@pytest.mark.parametrize("at", [0, 1, 2])
def test_an_interruption_keeps_what_was_observed_and_leaves_no_process(
    at: int, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    ask_for(monkeypatch, SOUND, "join-waits-for-a-process", "names-its-process")

    def interrupt(now: Now) -> None:
        if now.block == at:
            raise KeyboardInterrupt

    record = Record()
    with pytest.raises(KeyboardInterrupt):
        observed(on_step=interrupt, into=record)
    assert len(record.facts) == at * len(METHODS)
    assert carrying(token) == []


@needs_proc
def test_an_interruption_in_the_middle_of_a_fact_leaves_no_process(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    ask_for(monkeypatch, SOUND, "never-returns")
    answer = HostProcess.answer
    answers = 0

    def interrupted(host: HostProcess, timeout: float) -> dict[str, object] | None:
        nonlocal answers
        answers += 1
        if answers > len(METHODS):
            raise KeyboardInterrupt
        return answer(host, timeout)

    monkeypatch.setattr(HostProcess, "answer", interrupted)
    record = Record()
    with pytest.raises(KeyboardInterrupt):
        observed(into=record)
    assert seen(record.facts, SOUND) == {method: method for method in METHODS}
    assert seen(record.facts, "never-returns") == {}
    assert carrying(token) == []


@needs_proc
def test_at_the_end_no_process_is_left_whatever_facts_started(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    ask_for(monkeypatch, "leaves-a-process", "ends-the-interpreter", "manager-dict-is-shared")
    before = set(psutil.Process().children(recursive=True))  # as what another test's multiprocessing keeps running
    found = observed()
    assert set(seen(found, "leaves-a-process").values()) == {"left one"}
    wait_until(lambda: carrying(token) == [], "all processes of facts are gone")
    assert set(psutil.Process().children(recursive=True)) <= before
