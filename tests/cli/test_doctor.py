"""What `concbench doctor` answers, as the installed command: findings, a verdict, and pure JSON for scripts."""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from concbench.cli import doctor
from concbench.cli.doctor import CheckUp, identical_cases
from concbench.cli.main import cli
from concbench.measure.interpreters import Interpreter
from concbench.measure.plan import Steps
from concbench.measure.probe.load import Activity
from concbench.model.case import Workload
from concbench.model.result import Failure
from concbench.report.sections.fitness import INDENT
from tests import builders
from tests.e2e.command import COLOUR, Command, concbench, end, on_terminal
from tests.measure.process_tree import PLUGIN, hosts, needs_proc, wait_until
from tests.report.sections.fitness_example import good_examination

MARKS = ("good", "note", "warning", "unknown")
QUICK = ("doctor", "--no-noise")
needs_terminals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")


def marks_of(text: str) -> list[str]:
    """The marks in front of findings; lines that go on with one are indented."""
    findings = text.partition("\n\n")[0].splitlines()
    return [line[:INDENT].strip() for line in findings if not line.startswith(" ")]


def test_every_finding_has_its_mark_and_the_verdict_comes_last(tmp_path: Path) -> None:
    ended = concbench(*QUICK, folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    text = ended.stdout.decode()
    assert len(marks_of(text)) > 15
    assert set(marks_of(text)) <= set(MARKS)
    assert "without measuring noise." in " ".join(text.partition("\n\n")[2].split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.thorough
def test_noise_is_measured_and_reported_for_every_subject(tmp_path: Path) -> None:
    ended = concbench("doctor", "--json", "doctor.json", folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    text = " ".join(ended.stdout.decode().split())
    document = json.loads((tmp_path / "doctor.json").read_text(encoding="utf-8"))
    assert document["verdict"] in text
    assert [noise["subject"] for noise in document["examination"]["noise"]] == ["serial", "pool-map"]
    for subject in ("serial", "pool-map"):
        assert f"noise, {subject}: " in text
        assert f"identical cases, {subject}: " in text
        assert f"({subject})" in document["verdict"]


def test_json_on_stdout_is_pure(tmp_path: Path) -> None:
    ended = concbench(*QUICK, "--json", "-", folder=tmp_path)
    assert ended.returncode == 0
    document = json.loads(ended.stdout)
    assert document["examination"]["asked"] is False
    assert {finding["mark"] for finding in document["findings"]} <= set(MARKS)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "doctor.json").write_text("mine")
    ended = concbench(*QUICK, "--json", "doctor.json", folder=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert b"exists already" in ended.stderr
    assert (tmp_path / "doctor.json").read_text() == "mine"


@pytest.mark.thorough
def test_quiet_leaves_what_is_good_out(tmp_path: Path) -> None:
    text = concbench(*QUICK, "--quiet", folder=tmp_path).stdout.decode()
    assert set(marks_of(text)) <= {"note", "warning", ""}
    assert "without measuring noise." in " ".join(text.split())


@pytest.mark.thorough
@needs_terminals
def test_all_fits_eighty_columns_of_a_terminal(tmp_path: Path) -> None:
    seen = on_terminal(QUICK, tmp_path, columns=80)
    assert seen.status == 0
    assert all(len(line) <= 80 for line in COLOUR.sub("", seen.out).splitlines())


@pytest.mark.thorough
@needs_terminals
def test_marks_are_coloured_on_a_terminal_only(tmp_path: Path) -> None:
    assert COLOUR.search(on_terminal(QUICK, tmp_path).out)
    assert not COLOUR.search(on_terminal(QUICK, tmp_path, env={"NO_COLOR": "1"}).out)
    assert b"\x1b" not in concbench(*QUICK, folder=tmp_path).stdout


@pytest.mark.thorough
@needs_terminals
def test_progress_is_shown_on_stderr_of_a_terminal(tmp_path: Path) -> None:
    seen = on_terminal(QUICK, tmp_path)
    assert "observing other load" in seen.err
    assert "observing" not in seen.out


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.thorough)])
def test_an_interruption_is_status_130_and_leaves_nothing_running(number: signal.Signals, tmp_path: Path) -> None:
    command = Command(tmp_path)
    with command.started("doctor") as process:
        wait_until(lambda: len(hosts(command.token)) > 1, "hosts start")
        process.send_signal(number)
        ended = end(process)
    assert ended.returncode == 130, ended.stderr
    assert "Interrupted." in ended.stderr
    assert "Traceback" not in ended.stderr
    assert command.left() == []


def no_steps(_check_up: CheckUp) -> Steps:
    yield from ()


@pytest.mark.thorough
def test_noise_that_could_not_be_measured_is_status_3_and_all_else_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    failure = Failure(kind="refused", message="no more processes")
    examination = replace(good_examination(), noise=[], failures=[failure])
    monkeypatch.setattr(CheckUp, "measure", no_steps)
    monkeypatch.setattr(CheckUp, "examination", lambda _: examination)
    result = CliRunner().invoke(cli, ["doctor"])
    assert result.exit_code == 3
    assert "could not be measured: refused: no more processes" in result.stdout
    assert "Not fit to measure" in result.stdout
    assert "clock source: tsc" in result.stdout


def test_whatever_is_found_is_status_0(monkeypatch: pytest.MonkeyPatch) -> None:
    overloaded = Activity(seconds=5.0, others=8.0, stolen=0.9, swapped=10**9, throttled=50, throttled_seconds=4.0)
    examination = replace(good_examination(), activity=overloaded)
    monkeypatch.setattr(CheckUp, "measure", no_steps)
    monkeypatch.setattr(CheckUp, "examination", lambda _: examination)
    result = CliRunner().invoke(cli, ["doctor"])
    assert result.exit_code == 0
    assert "Measure with care (4 warnings)" in result.stdout


@pytest.mark.thorough
def test_another_interpreter_is_examined_and_measured(tmp_path: Path) -> None:
    ended = concbench("doctor", "--python", sys.executable, "--json", "doctor.json", folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    document = json.loads((tmp_path / "doctor.json").read_text(encoding="utf-8"))
    ((name, python),) = [(each["name"], each["python"]) for each in document["examination"]["interpreters"]]
    assert python == sys.executable
    assert f"Python, {name}: " in " ".join(ended.stdout.decode().split())
    assert [noise["python"] for noise in document["examination"]["noise"]] == [name, name]


def test_an_interpreter_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    ended = concbench(*QUICK, "--python", "no-such-python", folder=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert b"--python: there is no interpreter 'no-such-python'" in ended.stderr


# The examination


def test_two_cases_of_a_subject_differ_in_the_names_of_their_rows_only() -> None:
    cases = identical_cases()
    assert [case.id for case in cases[:2]] == ["noise/serial", "noise/serial again"]
    assert len({case.id for case in cases}) == len(cases) == 4
    for case, again in zip(cases[::2], cases[1::2], strict=True):
        assert replace(again, row=case.row) == case


def test_every_interpreter_has_its_own_pairs() -> None:
    found = [Interpreter(name=name, python=name, version=name, given=name) for name in ("3.13", "3.14")]
    cases = identical_cases(found)
    assert len({case.id for case in cases}) == len(cases) == 8
    assert [case.side for case in cases] == ["3.13"] * 4 + ["3.14"] * 4


@pytest.mark.thorough
def test_an_examination_measures_every_subject_by_real_blocks() -> None:
    check_up = CheckUp(noise=True)
    doing = {now.doing for now in check_up.measure()}
    examination = check_up.examination()
    assert examination.failures == []
    assert [noise.subject for noise in examination.noise] == ["serial", "pool-map"]
    assert doing >= {"starting hosts", "measuring"}
    for noise in examination.noise:
        assert noise.ratio.blocks >= 2
        assert noise.rounds >= 1
        assert noise.seconds_a_block > 0
        assert noise.findable is not None
        assert noise.findable > 1
    assert examination.activity.seconds > 0


def test_cases_that_fail_say_why_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PLUGIN))
    workload = Workload(name="raises", tasks=4)
    cases = [builders.case(f"noise/{number}", subject="serial", workload=workload) for number in range(2)]
    monkeypatch.setattr(doctor, "identical_cases", lambda _interpreters: cases)
    check_up = CheckUp(noise=True)
    assert "starting hosts" in {now.doing for now in check_up.measure()}
    examination = check_up.examination()
    assert list(examination.noise) == []
    (failure,) = examination.failures
    assert failure.message


@pytest.mark.thorough
def test_without_noise_other_load_is_observed_and_no_host_is_started() -> None:
    check_up = CheckUp(noise=False)
    steps = list(check_up.measure())
    examination = check_up.examination()
    assert (examination.asked, examination.noise, examination.failures) == (False, [], [])
    doing = ["asking libraries for cores", "observing other load"]
    assert [(now.doing, now.case) for now in steps] == [(each, None) for each in doing]
    assert "os.cpu_count" in {each.by for each in examination.cores_taken}
    assert examination.activity.seconds > 0
