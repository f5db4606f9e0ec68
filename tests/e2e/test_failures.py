"""Whatever a task does, it ends in a row that says so, and all other cases are measured."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from concbench.model.result import Failure, Result
from concbench.model.run import Run
from tests.e2e.command import ONCE, Command, Ended, usually, with_limit
from tests.measure.process_tree import needs_proc

pytestmark = needs_proc

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Characters that a terminal acts on, but for the ends of lines and tabs."""
NOTHING = (None, None)
KILLED = "the process of task 3 was killed by signal 9"
LOST = "a worker of the pool died in the middle of a task"
ABRUPT = "a worker process ended abruptly"


def run_beside(workload: str, folder: Path) -> tuple[Ended, Run]:
    """Run the suite that has a sound table beside the faulty workload's; whatever happens, no process is left."""
    command = Command(folder)
    ended = command.run("run", f"beside-{workload}", *ONCE, "--timeout", "2", "--task-output", "printed.txt")
    assert command.left() == []
    assert CONTROL.search(ended.stdout) is None
    assert CONTROL.search(ended.stderr) is None
    return ended, command.saved()


def faulty(run: Run) -> dict[str, Result]:
    return {result.case.subject: result for result in run.results if result.case.table == "faulty"}


def failures(run: Run) -> dict[str, Failure | None]:
    return {subject: result.failure for subject, result in faulty(run).items()}


@pytest.mark.parametrize(
    ("workload", "expected"),
    usually(
        "raises",
        "is-killed",
        among=[
            (
                "raises",
                {
                    "serial": ("raised", r"LookupError: the task's own \x1b[31mtrouble"),
                    "process": ("worker died", "the process of task 3 ended with exit code 1"),
                    "pool-map": ("raised", r"LookupError: the task's own \x1b[31mtrouble"),
                    "executor-processes": ("raised", r"LookupError: the task's own \x1b[31mtrouble"),
                },
            ),
            (
                "hangs",
                {
                    "process": ("timeout", "no result after 2 s (--timeout)"),
                    "pool-map": (
                        "timeout",
                        "no result after 2 s (--timeout) while warming up; 2 worker processes still there",
                    ),
                    "executor-processes": ("timeout", "no result after 2 s (--timeout)"),
                },
            ),
            (
                "is-killed",
                {
                    "serial": ("host died", "the host was killed by signal 9"),
                    "process": ("worker died", KILLED),
                    "pool-map": ("worker died", LOST),
                    "executor-processes": ("worker died", ABRUPT),
                },
            ),
            (
                "crashes",
                {
                    "serial": ("host died", "the host was killed by signal 11"),
                    "process": ("worker died", "the process of task 3 was killed by signal 11"),
                    "pool-map": ("worker died", LOST),
                    "executor-processes": ("worker died", ABRUPT),
                },
            ),
            (
                "is-wrong",
                {
                    "serial": ("wrong result", "task 3 returned -1; expected 3"),
                    "process": NOTHING,  # it has no results, only exit codes
                    "pool-map": ("wrong result", "task 3 returned -1; expected 3"),
                    "executor-processes": ("wrong result", "task 3 returned -1; expected 3"),
                },
            ),
            (
                "cannot-be-pickled",
                {
                    "serial": ("wrong result", "task 3 returned <unlocked _thread.lock"[:22]),
                    "process": NOTHING,
                    "pool-map": ("unpicklable", "it can't be moved between processes"),
                    "executor-processes": ("unpicklable", "it can't be moved between processes"),
                },
            ),
            (
                "exits",
                {
                    "serial": ("raised", "SystemExit: the task wants to leave"),
                    "process": ("worker died", "the process of task 3 ended with exit code 1"),
                    "pool-map": ("worker died", LOST),
                    "executor-processes": ("raised", "SystemExit: the task wants to leave"),
                },
            ),
            ("prints", dict.fromkeys(("serial", "process", "pool-map", "executor-processes"), NOTHING)),
            ("reads", dict.fromkeys(("serial", "process", "pool-map", "executor-processes"), NOTHING)),
            ("leaves-a-daemon", dict.fromkeys(("serial", "process", "pool-map", "executor-processes"), NOTHING)),
        ],
    ),
)
def test_a_faulty_task_is_a_row_with_its_reason_and_all_others_are_measured(
    workload: str, expected: dict[str, tuple[str | None, str | None]], tmp_path: Path
) -> None:
    ended, run = run_beside(workload, tmp_path)
    for result in run.results:
        assert len(result.samples) == (0 if result.failure else 1), result.case.id
        if result.case.table == "sound":
            assert result.failure is None, result.failure
    for subject, error in failures(run).items():
        kind, message = expected[subject]
        if kind is None or message is None:
            assert error is None
        else:
            assert error is not None, subject
            assert error.kind == kind, error
            assert message.encode().decode("unicode_escape") in error.message
            # The table breaks long reasons into lines.
            assert f"{kind}: {message}"[:40] in " ".join(ended.stdout.split())
    assert run.complete
    assert ended.returncode == (3 if any(failures(run).values()) else 0)


def test_the_traceback_that_is_shown_is_the_tasks_own(tmp_path: Path) -> None:
    ended, run = run_beside("raises", tmp_path)
    for subject in ("serial", "pool-map", "executor-processes"):
        error = failures(run)[subject]
        assert error is not None
        assert error.traceback is not None
        lines = error.traceback.splitlines()
        assert lines[0] == "Traceback (most recent call last):"
        assert [line for line in lines if line.startswith("  File ")] == [lines[1]]
        assert "faulty_tasks.py" in lines[1]
        assert lines[1].endswith("in raises")
        assert lines[-1] == "LookupError: the task's own \x1b[31mtrouble"
    assert ended.stderr.count("Raised by the task, in ") == 1
    assert ended.stderr.count("Traceback") == 1  # and none of concbench's
    assert r"LookupError: the task's own \x1b[31mtrouble" in ended.stderr


@pytest.mark.thorough
@pytest.mark.parametrize("subject", ["process", "process-pipe", "process-queue"])
def test_where_the_system_refuses_another_process_the_row_says_so(subject: str, tmp_path: Path) -> None:
    command = Command(tmp_path)
    ended = command.run(
        *("compare", "--workload", "tutorial", "--strategy", "serial", "--strategy", subject, "--tasks", "150", *ONCE),
        before=with_limit("n", 64),
    )
    assert command.left() == []
    assert ended.returncode == 3, ended.stderr
    assert "refused: the system refuses to start more" in " ".join(ended.stdout.split())
    run = command.saved()
    serial, refused = run.results
    assert len(serial.samples) == 1
    assert refused.failure is not None
    assert refused.failure.kind == "refused"


def test_where_the_system_refuses_another_host_the_row_says_so(tmp_path: Path) -> None:
    command = Command(tmp_path)
    every = ("serial", "thread", "thread-subclass", "threadpool-map", "executor-threads", "pool-map", "process")
    named = [word for name in every for word in ("--strategy", name)]
    ended = command.run("compare", "--workload", "tutorial", *named, "--tasks", "4", *ONCE, before=with_limit("n", 20))
    assert command.left() == []
    assert ended.returncode == 3, ended.stderr
    assert "Traceback" not in ended.stderr
    run = command.saved()
    errors = [result.failure for result in run.results if result.failure is not None]
    assert errors
    assert {error.kind for error in errors} == {"refused"}
    assert any(result.samples for result in run.results)


def test_pure_json_stays_pure_while_tasks_print(tmp_path: Path) -> None:
    command = Command(tmp_path)
    ended = command.run("compare", "--workload", "prints", *both("serial", "pool-map"), *ONCE, "--json", "-")
    assert ended.returncode == 0
    document = json.loads(ended.stdout)
    assert [len(result["samples"]) for result in document["results"]] == [1, 1]
    assert "printed by task 7" in ended.stderr
    assert not (tmp_path / "results").exists()


@pytest.mark.thorough
def test_pure_json_stays_pure_while_tasks_fail(tmp_path: Path) -> None:
    command = Command(tmp_path)
    ended = command.run("compare", "--workload", "raises", *both("serial", "pool-map"), *ONCE, "--json", "-")
    assert ended.returncode == 3
    assert [result["failure"]["kind"] for result in json.loads(ended.stdout)["results"]] == ["raised", "raised"]
    assert CONTROL.search(ended.stdout) is None


@pytest.mark.thorough
def test_what_the_user_types_is_not_eaten_by_a_task(tmp_path: Path) -> None:
    """A task reads from an empty file, never from concbench's own input."""
    command = Command(tmp_path)
    shell = ["sh", "-c", '"$0" "$@" >out.txt && cat']
    ended = command.run("compare", "--workload", "reads", *both("serial", "process"), *ONCE, before=shell, stdin="mine")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "mine"


def both(*names: str) -> list[str]:
    return [word for name in names for word in ("--strategy", name)]


@pytest.mark.skipif(sys.platform == "win32", reason="a file there can't be opened twice so")
def test_a_file_for_task_output_that_can_not_be_written_is_a_usage_error(tmp_path: Path) -> None:
    command = Command(tmp_path)
    ended = command.run("compare", "--workload", "prints", *ONCE, "--task-output", "no/such/folder/file")
    assert ended.returncode == 2
    assert "--task-output: no/such/folder/file can't be written" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "results").exists()
