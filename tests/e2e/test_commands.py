"""`concbench compare --command`: programs side by side, with what they cost, what they leave and why they fail."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from concbench.runs.checking import faults
from tests.cli.calling import mistake
from tests.e2e.command import Command, end
from tests.measure.process_tree import wait_until

BRIEFLY = ("--blocks", "1", "--rounds", "2")
PYTHON = sys.executable


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which the command line is called as a function: nothing is started."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_commands_are_compared_with_each_other(command: Command) -> None:
    ended = command.run("compare", "--command", "sleep 0.01", "--command", "sleep 0.05", *BRIEFLY)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(("Fastest: sleep 0.01", "Too close to call: sleep 0.01"))
    run = command.saved()
    assert [result.case.metric for result in run.results] == ["wall", "wall"]
    assert {result.case.experiment for result in run.results} == {"commands"}
    assert all(result.ideal is None and result.trace is None for result in run.results)
    assert list(faults(run)) == []
    again = command.run("show", str(next((command.folder / "results").glob("*.json"))))
    assert again.returncode == 0
    assert "sleep 0.05" in again.stdout


def test_the_number_of_workers_is_an_axis(command: Command) -> None:
    waits = f"""{PYTHON} -c "import time; time.sleep(0.2 / {{workers}})" """
    ended = command.run("compare", "--command", waits, "--workers", "1,2,4", *BRIEFLY)
    assert ended.returncode == 0, ended.stderr
    assert [result.case.settings.workers for result in command.saved().results] == [1, 2, 4]
    assert "By the number of workers" in ended.stdout


def test_parameters_make_rows(command: Command) -> None:
    (command.folder / "text.txt").write_text("text " * 100_000)
    ended = command.run(
        "compare", "--command", "gzip -{level} -k text.txt", "--parameter", "level=1,9",
        "--prepare", "rm -f text.txt.gz", *BRIEFLY,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    labels = [result.case.label for result in command.saved().results]
    assert labels == ["gzip -1 -k text.txt", "gzip -9 -k text.txt"]


def test_no_two_commands_run_at_the_same_time(command: Command) -> None:
    """They may write the same files: warm-ups, preparations and samples of all hosts take turns."""
    alone = "mkdir taken && sleep 0.05 && rmdir taken && : {number}"
    words = ("--parameter", "number=1:4", "--shell", "--setup", alone, "--prepare", alone)
    ended = command.run("compare", "--command", alone, *words, "--blocks", "2", "--rounds", "2")
    assert ended.returncode == 0, ended.stdout
    assert [len(result.samples) for result in command.saved().results] == [4] * 4


def test_a_command_that_fails_is_a_row_and_the_others_are_measured(command: Command) -> None:
    ended = command.run(
        *("compare", "--command", "sleep 0.01", "--command", "no-such-program"),
        *("--command", f"""{PYTHON} -c "print('out of luck'); raise SystemExit(3)" """, *BRIEFLY),
    )
    assert ended.returncode == 3  # one that was named could not be measured
    assert "there is no program 'no-such-program'" in " ".join(ended.stdout.split())
    assert "it ended with exit status 3" in " ".join(ended.stdout.split())
    assert "out of luck" in ended.stdout
    assert [bool(result.samples) for result in command.saved().results].count(True) == 1


def test_a_command_that_hangs_is_given_up_and_its_processes_are_ended(command: Command) -> None:
    ended = command.run("compare", "--shell", "--command", "sleep 600 & sleep 600", "--timeout", "1", *BRIEFLY)
    assert "no result after 1 s (--timeout)" in " ".join(ended.stdout.split())
    assert command.left() == []


def test_what_a_command_leaves_is_shown(command: Command) -> None:
    ended = command.run("compare", "--shell", "--command", "sleep 600 & sleep 0.01", *BRIEFLY)
    assert ended.returncode == 0, ended.stderr
    assert [sample.left for sample in command.saved().results[0].samples] == [1, 1]
    assert command.left() == []


def test_ctrl_c_ends_the_command_that_runs(command: Command) -> None:
    note = command.folder / "running"
    with command.started("compare", "--shell", "--command", f"touch {note}; sleep 600", *BRIEFLY) as process:
        wait_until(note.exists, "the command runs")
        process.send_signal(signal.SIGINT)
        assert end(process).returncode == 130
    assert command.left() == []


SHARED = f"""{PYTHON} -c "import time; time.sleep(0.6 / min({{workers}}, 3))" """
"""A command that gains nothing from more than three workers."""


def test_advice_on_a_command_names_the_fewest_workers_that_are_enough(command: Command) -> None:
    ended = command.run("advise", "--command", SHARED, "--workers", "1:8", "--budget", "4s")
    assert ended.returncode == 0, ended.stderr
    run = command.saved()
    (found,) = run.recommendations
    by_id = {result.case.id: result for result in run.results}
    chosen = by_id[found.case]
    assert (chosen.case.settings.workers or 0) >= 3
    assert ended.stdout.startswith(f"{chosen.case.settings.workers} workers: ")
    answer = " ".join(ended.stdout.partition("\n\n")[0].split())
    assert " with 1" in answer  # how surely depends on how many rounds there was time for
    assert "* recommended" in ended.stdout
    assert run.tables[0].reference in by_id
    assert list(faults(run)) == []
    again = command.run("show", str(next((command.folder / "results").glob("*.json"))))
    assert again.stdout.startswith(f"{chosen.case.settings.workers} workers: ")


def test_where_the_most_workers_are_the_best_more_are_worth_a_try(command: Command) -> None:
    waits = f"""{PYTHON} -c "import time; time.sleep(2 / {{workers}} ** 2)" """
    ended = command.run("advise", "--command", waits, "--workers", "1,2,4", "--budget", "4s")
    assert "more may be faster still: try --workers 4:16" in " ".join(ended.stdout.split())


def test_advice_on_a_command_that_fails_says_why(command: Command) -> None:
    ended = command.run("advise", "--command", "false {workers}", "--workers", "1,2", "--quick")
    assert ended.returncode == 3
    assert "it ended with exit status 1" in ended.stdout


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "give one of FUNCTION, such as package.module:function, --command and --trace"),
        (["json:dumps", "--command", "make -j {workers}"], "give one of FUNCTION"),
        (["--command", "make"], "--command: 'make' has no {workers}, which stands for their number"),
        (["--command", "make -j {workers}", "--workers", "3"], "--workers: give several numbers, such as 1:8"),
        (["--command", "make -j {workers}", "--items", "3"], "--items needs a FUNCTION"),
        (["--command", "make -j {workers}", "--for-cores", "8"], "only the number of workers is found"),
        (["json:dumps", "--prepare", "true"], "--prepare needs --command"),
    ],
)
def test_advice_that_can_not_be_given_is_refused_at_once(words: list[str], complaint: str, here: Path) -> None:
    assert complaint in mistake("advise", *words)
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--command", "make -j {workers}"], "a command has {workers}: say how many, as in --workers 1:8"),
        (["--command", "true", "--parameter", "level=1"], "--parameter: no command has {level}: true"),
        (["--command", "true", "--parameter", "level"], "--parameter: 'level' is not of the form name=a,b,c"),
        (["--command", "echo 'open"], "--command: \"echo 'open\" can't be split into words"),
        (["--command", "true", "--workload", "cpu"], "give exactly one of --workload, --command,"),
        (["--workload", "cpu", "--prepare", "true"], "--prepare needs --command"),
        (["--command", "true", "--working-directory", "nowhere"], "there is no folder 'nowhere'"),
        (["--command", "true", "--input", "nothing.txt"], "there is no file 'nothing.txt'"),
        (["--command", "true", "--env", "A"], "--env: 'A' is not of the form NAME=value"),
    ],
)
def test_what_can_not_be_is_refused_at_once(words: list[str], complaint: str, here: Path) -> None:
    assert complaint in mistake("compare", *words)
    assert list(here.iterdir()) == []
