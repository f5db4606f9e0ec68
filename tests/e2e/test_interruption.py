"""However concbench is ended, no process is left; and but for SIGKILL, what was measured so far is saved."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import pytest

from concbench.measure.containment.guardian import MARK
from tests.e2e.command import ONCE, Command, end, usually
from tests.measure.process_tree import carrying, hosts, is_living, needs_proc, wait_until

pytestmark = needs_proc

TASKS = 40
WARM_UP = 16
"""Tasks of a warm-up; see `concbench.host.server`."""


@dataclass(frozen=True)
class Moment:
    """A moment in which concbench stays, however long it takes until the signal comes."""

    patience: int
    """Tasks that run before all others hang."""
    strategies: tuple[str, ...]
    rounds: int
    hanging: int
    """Tasks that hang at that moment; where none does, hosts are started."""
    samples: int
    """Samples that are measured by then."""
    costs: bool = False
    """Whether they hang as soon as it is measured what they cost."""


STRATEGIES_TO_START = ("serial", "thread", "threadpool-map", "executor-threads")
MOMENTS = {
    "while hosts start": Moment(patience=0, strategies=STRATEGIES_TO_START, rounds=1, hanging=0, samples=0),
    "while costs are measured": Moment(
        patience=0, strategies=("pool-map",), rounds=1, hanging=1, samples=0, costs=True
    ),
    "in a warm-up": Moment(patience=0, strategies=("pool-map",), rounds=1, hanging=2, samples=0),
    "in a sample with many processes": Moment(
        patience=WARM_UP + TASKS, strategies=("process",), rounds=2, hanging=TASKS, samples=1
    ),
    "in the watch": Moment(patience=WARM_UP + TASKS, strategies=("process",), rounds=1, hanging=TASKS, samples=1),
}


class Running:
    """A command that has come to a moment, and the processes that it had then."""

    def __init__(self, command: Command, process: Popen[str]) -> None:
        self.command, self.process = command, process
        self.descendants = [pid for pid in command.left() if pid != process.pid]
        assert len(self.descendants) >= 2  # the nursery, a host, …

    def nothing_is_left(self) -> bool:
        return not self.command.left() and not any(map(is_living, self.descendants))

    def check_ended_in_order(self, samples: int) -> None:
        """Exit status 130, nothing left, and the document says what was measured."""
        ended = end(self.process)
        assert self.nothing_is_left()
        assert ended.returncode == 130, ended.stderr
        assert "Interrupted." in ended.stderr
        assert "Traceback" not in ended.stderr
        run = self.command.saved()
        assert not run.complete
        assert len(run.results[0].samples) == samples
        assert run.results[0].case.subject in ended.stdout  # the table


@contextmanager
def come_to(moment: Moment, folder: Path, before: Sequence[str] = ()) -> Iterator[Running]:
    """Run a comparison until it is in a moment."""
    costs = {"FAULTY_COSTS": "yes"} if moment.costs else {}
    command = Command(folder, FAULTY_TALLY=str(folder / "tally"), FAULTY_PATIENCE=str(moment.patience), **costs)
    output = folder / "printed.txt"
    with command.started(
        *("compare", "--workload", "hangs-later", "--tasks", str(TASKS), "--workers", "2"),
        *[word for name in moment.strategies for word in ("--strategy", name)],
        *("--blocks", "1", "--rounds", str(moment.rounds), "--timeout", "600", "--task-output", str(output)),
        before=before,
    ) as process:
        if moment.hanging:
            wait_until(
                lambda: output.exists() and output.read_text().count("hanging\n") >= moment.hanging, "tasks hang"
            )
        else:
            wait_until(lambda: len(hosts(command.token)) > 1, "hosts start")
        yield Running(command, process)


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        *((moment, signal.SIGINT) for moment in MOMENTS),
        ("in the watch", signal.SIGTERM),
        *usually(
            among=[
                *((moment, signal.SIGTERM) for moment in MOMENTS if moment != "in the watch"),
                *((moment, signal.SIGHUP) for moment in MOMENTS),
            ]
        ),
    ],
)
def test_a_signal_ends_the_run_and_saves_it(moment: str, number: signal.Signals, tmp_path: Path) -> None:
    with come_to(MOMENTS[moment], tmp_path) as running:
        running.process.send_signal(number)
        running.check_ended_in_order(MOMENTS[moment].samples)


@pytest.mark.parametrize("moment", usually(*list(MOMENTS)[:4], among=MOMENTS))
def test_when_concbench_is_killed_no_process_is_left(moment: str, tmp_path: Path) -> None:
    with come_to(MOMENTS[moment], tmp_path) as running:
        running.process.kill()
        ended = end(running.process)
        assert ended.returncode == -signal.SIGKILL
        wait_until(running.nothing_is_left, "all processes were ended")
        assert not (tmp_path / "results").exists()


@pytest.mark.thorough
def test_ctrl_c_in_a_terminal_reaches_the_whole_foreground_group(tmp_path: Path) -> None:
    moment = MOMENTS["in a sample with many processes"]
    with come_to(moment, tmp_path) as running:
        group = [pid for pid in running.command.left() if os.getpgid(pid) == running.process.pid]
        assert group == [running.process.pid]  # hosts, tasks and the nursery are out of the terminal's reach
        os.killpg(running.process.pid, signal.SIGINT)
        running.check_ended_in_order(moment.samples)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "numbers",
    [(signal.SIGINT,) * 2, (signal.SIGINT,) * 5, (signal.SIGTERM, signal.SIGHUP), (signal.SIGINT, signal.SIGTERM)],
    ids=lambda numbers: "-".join(number.name for number in numbers),
)
def test_several_signals_in_a_row_are_as_good_as_one(numbers: tuple[signal.Signals, ...], tmp_path: Path) -> None:
    moment = MOMENTS["in a sample with many processes"]
    with come_to(moment, tmp_path) as running:
        for number in numbers:
            running.process.send_signal(number)
        running.check_ended_in_order(moment.samples)


def test_a_signal_is_not_lost_on_a_thread_that_can_not_act_on_it(tmp_path: Path) -> None:
    """Python acts on signals in its first thread only, and the system may hand a second one to any other."""
    moment = MOMENTS["in a sample with many processes"]
    with come_to(moment, tmp_path) as running:
        threads = [int(task.name) for task in Path(f"/proc/{running.process.pid}/task").iterdir()]
        assert len(threads) > 1
        # Linux hands it to this thread of the process, unless the thread has blocked it.
        os.kill(max(threads), signal.SIGTERM)
        running.check_ended_in_order(moment.samples)


def test_a_kill_after_ctrl_c_leaves_no_process_either(tmp_path: Path) -> None:
    with come_to(MOMENTS["in a sample with many processes"], tmp_path) as running:
        running.process.send_signal(signal.SIGINT)
        running.process.kill()
        end(running.process)
        wait_until(running.nothing_is_left, "all processes were ended")


def test_hosts_and_tasks_carry_the_runs_mark(tmp_path: Path) -> None:
    with come_to(MOMENTS["in a warm-up"], tmp_path) as running:
        (host,) = hosts(running.command.token)
        marks = [
            word
            for pid in carrying(running.command.token)
            for word in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            if word.startswith(MARK.encode() + b"=")
        ]
        assert len(marks) >= 3  # the host and two workers
        assert len(set(marks)) == 1
        assert host in running.descendants
        running.process.send_signal(signal.SIGINT)
        end(running.process)


def test_a_hang_up_that_nohup_ignores_is_ignored(tmp_path: Path) -> None:
    command = Command(tmp_path)
    code = wrapped("os", "fsync", "SIGHUP")
    shell = ("sh", "-c", 'trap "" HUP && exec "$0" "$@"', *code)
    ended = command.run("compare", "--workload", "tutorial", "--strategy", "serial", *ONCE, before=shell)
    assert ended.returncode == 0, ended.stderr
    assert command.saved().complete


# At moments that last too short to hit from outside, the command sends itself a signal.

WRAPPED = """
import os, signal, sys
import {module} as module
original = module.{name}
def signalled(*arguments, **options):
    for _ in range(2):
        os.kill(os.getpid(), signal.{signal})
    return original(*arguments, **options)
module.{name} = signalled
sys.argv.pop(0)
from concbench.cli.main import main
main()
"""


def wrapped(module: str, name: str, number: str) -> list[str]:
    """Words that run concbench such that it gets a signal, twice, when it calls a function."""
    code = WRAPPED.format(module=module, name=name, signal=number)
    return [sys.executable, "-c", code]


@pytest.mark.parametrize("number", usually("SIGINT", among=["SIGINT", "SIGTERM", "SIGHUP"]))
@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "fsync"),  # while the document is written
        ("os", "link"),  # while it gets its name
        ("concbench.session.session", "summarised"),  # while figures are made of the samples
    ],
)
def test_a_signal_while_the_run_is_saved_does_not_lose_it(module: str, name: str, number: str, tmp_path: Path) -> None:
    command = Command(tmp_path)
    ended = command.run(
        "compare", "--workload", "tutorial", "--strategy", "serial", *ONCE, before=wrapped(module, name, number)
    )
    assert ended.returncode == 130, ended.stderr
    assert command.left() == []
    (result,) = command.saved().results
    assert len(result.samples) == 1
    assert command.saved().complete  # all was measured
    assert "serial" in ended.stdout


@pytest.mark.parametrize("number", usually("SIGINT", among=["SIGINT", "SIGTERM"]))
def test_more_signals_while_an_interrupted_run_is_saved_do_not_lose_it(number: str, tmp_path: Path) -> None:
    moment = MOMENTS["in a sample with many processes"]
    with come_to(moment, tmp_path, before=wrapped("os", "fsync", number)) as running:
        running.process.send_signal(signal.SIGINT)
        running.check_ended_in_order(moment.samples)


@pytest.mark.parametrize("number", usually("SIGINT", among=["SIGINT", "SIGTERM"]))
@pytest.mark.parametrize("name", ["close_input", "let_go"])
def test_a_signal_while_processes_are_ended_does_not_keep_them(name: str, number: str, tmp_path: Path) -> None:
    """Every host is ended so, also the one that calibrates, so this comes before anything is measured."""
    command = Command(tmp_path)
    ended = command.run(
        *("compare", "--workload", "leaves-a-daemon", "--strategy", "pool-map", *ONCE),
        before=wrapped("concbench.measure.containment.linux", name, number),
    )
    assert ended.returncode == 130, ended.stderr
    assert command.left() == []
    assert not command.saved().complete


def test_a_signal_before_anything_was_measured_is_an_empty_run(tmp_path: Path) -> None:
    command = Command(tmp_path)
    ended = command.run(
        *("compare", "--workload", "cpu", "--strategy", "serial", *ONCE),
        before=wrapped("concbench.session.session", "measure", "SIGINT"),
    )
    assert ended.returncode == 130, ended.stderr
    run = command.saved()
    assert not run.complete
    assert run.results == []
