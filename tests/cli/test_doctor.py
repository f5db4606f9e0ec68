"""What `concbench doctor` answers, as the installed command: findings, a verdict, and pure JSON for scripts."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from concbench.cli import doctor
from concbench.cli.main import cli
from concbench.model import Failure
from concbench.report.fitness import INDENT
from tests.e2e.command import Command, end
from tests.e2e.usage_command import COLOUR, concbench, on_terminal
from tests.measure.process_tree import hosts, needs_proc, wait_until
from tests.report.fitness_example import good_examination

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


def test_noise_is_measured_and_told_of_every_subject(tmp_path: Path) -> None:
    ended = concbench("doctor", "--json", "doctor.json", folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    text = " ".join(ended.stdout.decode().split())
    document = json.loads((tmp_path / "doctor.json").read_text(encoding="utf-8"))
    assert document["verdict"] in text
    assert [noise["subject"] for noise in document["examination"]["noise"]] == ["serial", "pool-map"]
    for subject in ("serial", "pool-map"):
        assert f"noise, {subject}: " in text
        assert f"identical cases, {subject}: they differ by a factor of" in text
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


def test_quiet_leaves_what_is_good_out(tmp_path: Path) -> None:
    text = concbench(*QUICK, "--quiet", folder=tmp_path).stdout.decode()
    assert set(marks_of(text)) <= {"note", "warning", ""}
    assert "without measuring noise." in " ".join(text.split())


@needs_terminals
def test_all_fits_eighty_columns_of_a_terminal(tmp_path: Path) -> None:
    seen = on_terminal(QUICK, tmp_path, columns=80)
    assert seen.status == 0
    assert all(len(line) <= 80 for line in COLOUR.sub("", seen.out).splitlines())


@needs_terminals
def test_marks_are_coloured_on_a_terminal_only(tmp_path: Path) -> None:
    assert COLOUR.search(on_terminal(QUICK, tmp_path).out)
    assert not COLOUR.search(on_terminal(QUICK, tmp_path, env={"NO_COLOR": "1"}).out)
    assert b"\x1b" not in concbench(*QUICK, folder=tmp_path).stdout


@needs_terminals
def test_progress_is_shown_on_stderr_of_a_terminal(tmp_path: Path) -> None:
    seen = on_terminal(QUICK, tmp_path)
    assert "listening to others" in seen.err
    assert "listening" not in seen.out


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
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


def test_noise_that_could_not_be_measured_is_status_3_and_all_else_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    examination = good_examination()
    examination.noise.clear()
    examination.failures.append(Failure(kind="refused", message="no more processes"))
    monkeypatch.setattr(doctor, "examine", lambda *_: examination)
    result = CliRunner().invoke(cli, ["doctor"])
    assert result.exit_code == 3
    assert "could not be measured: refused: no more processes" in result.stdout
    assert "Not fit to measure" in result.stdout
    assert "clock source: tsc" in result.stdout


def test_whatever_is_found_is_status_0(monkeypatch: pytest.MonkeyPatch) -> None:
    examination = good_examination()
    examination.activity = type(examination.activity)(
        seconds=5.0, others=8.0, stolen=0.9, swapped=10**9, throttled=50, throttled_seconds=4.0
    )
    monkeypatch.setattr(doctor, "examine", lambda *_: examination)
    result = CliRunner().invoke(cli, ["doctor"])
    assert result.exit_code == 0
    assert "Measure with care (4 warnings)" in result.stdout


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
