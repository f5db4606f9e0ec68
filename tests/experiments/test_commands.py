"""A sample of a command is the command: its time, its processes, what they leave, and why it failed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from concbench.experiments.commands import words_of
from concbench.measure.record_files import read
from concbench.model.case import CommandLine, Workload
from tests.host.hosts import started

PYTHON = sys.executable


def asked(text: str, **more: Any) -> Workload:
    return Workload(name="command", tasks=1, command=CommandLine(text=text, **more))


def sample(text: str, workers: int | None = None, **more: Any) -> dict[str, Any]:
    """The figures of one sample."""
    with started() as host:
        return host.figures(text, asked(text, **more), experiment="commands", workers=workers)


def failure(text: str, **more: Any) -> dict[str, str]:
    with started() as host:
        return host.failure(text, asked(text, **more), experiment="commands")


def test_a_sample_lasts_as_long_as_the_command() -> None:
    figures = sample("sleep 0.05")
    assert figures["run"] >= 0.05
    assert (figures["start"], figures["stop"], figures["left"]) == (0, 0, 0)


def test_the_cpu_time_is_that_of_all_its_processes(tmp_path: Path) -> None:
    (tmp_path / "two.py").write_text(
        "import os, time\n"
        "for _ in range(2):\n"
        "    if os.fork() == 0:\n"
        "        while time.process_time() < 0.15: pass\n"
        "        os._exit(0)\n"
        "for _ in range(2): os.wait()\n"
    )
    assert sample(f"{PYTHON} two.py", folder=str(tmp_path))["cpu"] >= 0.3


def test_what_outlives_a_command_is_ended_and_counted_and_its_cpu_time_counts(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    text = f"sleep 600 & echo $! > {note}; true"
    with started() as host:
        figures = host.figures(text, asked(text, shell=True), experiment="commands")
        assert figures["left"] == 1
        assert not psutil.pid_exists(int(note.read_text()))
        assert figures["wall"] < 60


POOLED = """\
import multiprocessing, os, sys, time
if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        assert pool.map(abs, range(4)) == list(range(4))
    if sys.argv[2:] and os.fork() == 0:
        time.sleep(600)
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize(("more", "left"), [("", 0), (" leave", 1)])
def test_what_multiprocessing_ends_with_the_program_was_not_left_by_it(
    method: str, more: str, left: int, tmp_path: Path
) -> None:
    (tmp_path / "pooled.py").write_text(POOLED)
    with started() as host:
        text = f"{PYTHON} pooled.py {method}{more}"
        assert host.figures(text, asked(text, folder=str(tmp_path)), experiment="commands")["left"] == left
        assert psutil.Process(host.process.pid).children(recursive=True) == []


def test_a_helper_that_does_not_end_is_ended_and_counted(tmp_path: Path) -> None:
    # It has the name of a tracker, and waits for nothing.
    text = f"{PYTHON} -c 'import time; time.sleep(600)' multiprocessing.resource_tracker & true"
    with started() as host:
        assert host.figures(text, asked(text, shell=True), experiment="commands")["left"] == 1


def test_a_daemon_that_left_its_session_is_ended_too(tmp_path: Path) -> None:
    (tmp_path / "daemon.py").write_text(
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        open('pid', 'w').write(str(os.getpid()))\n"
        "        time.sleep(600)\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "while not os.path.exists('pid') or not open('pid').read(): pass\n"
    )
    assert sample(f"{PYTHON} daemon.py", folder=str(tmp_path))["left"] == 1
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_a_command_can_be_recorded_with_its_own_path_for_imports(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "mine.py").write_text("def work(number): return number\n")
    (tmp_path / "job.py").write_text(
        "from multiprocessing import Pool\n"
        "from mine import work\n"
        "if __name__ == '__main__':\n"
        "    with Pool(2) as pool: assert pool.map(work, range(8)) == list(range(8))\n"
    )
    into = tmp_path / "trace"
    into.mkdir()
    work = asked(f"{PYTHON} job.py", folder=str(tmp_path), environment=(("PYTHONPATH", "lib"),))
    with started() as host:
        host.open(work.command.text, work, "commands")  # type: ignore[union-attr]  # it has one
        span = host.ask("recorded", folder=str(into))["ok"]
    (region,) = read(into, span["began"], span["ended"]).regions
    assert (region.name, region.tasks) == ("Pool", 8)
    assert 0 <= region.opened < region.closed <= (span["ended"] - span["began"]) * 1e-9


def test_a_recorded_command_that_fails_says_so_and_others_have_no_record(tmp_path: Path) -> None:
    with started() as host:
        host.open("false", asked("false"), "commands")
        assert "exit status 1" in host.ask("recorded", folder=str(tmp_path))["failure"]["message"]
        host.open("serial", Workload(name="cpu", tasks=1))
        assert "this is no command" in host.ask("recorded", folder=str(tmp_path))["failure"]["message"]


def test_a_command_that_fails_is_a_failure_with_its_status_and_the_end_of_its_output() -> None:
    found = failure("echo one; echo two >&2; exit 3", shell=True)
    assert found["kind"] == "raised"
    assert found["message"] == "it ended with exit status 3; its output ended with:\none\ntwo"
    assert failure("exit 4", shell=True)["message"] == "it ended with exit status 4, without any output"


def test_of_megabytes_of_output_the_end_is_shown() -> None:
    text = f"""{PYTHON} -c "print('x' * 5_000_000); print('the end'); raise SystemExit(1)" """
    message = failure(text)["message"]
    assert message.endswith("the end")
    assert len(message) < 3000


def test_a_command_that_a_signal_ended_is_a_failure_that_names_it() -> None:
    assert failure("kill -9 $$", shell=True)["message"].startswith("it was ended by SIGKILL")


def test_failures_can_be_measured_all_the_same() -> None:
    assert sample("exit 3", shell=True, ignore_failure=True)["run"] > 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no-such-program-here x", "there is no program 'no-such-program-here'"),
        (f"{os.devnull}", f"'{os.devnull}' is not a program that may be run"),
    ],
)
def test_a_program_that_there_is_not_is_unavailable(text: str, words: str) -> None:
    assert failure(text) == {"kind": "unavailable", "message": words}


def test_it_reads_its_input_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "given.txt").write_text("5\n")
    reads = f"""{PYTHON} -c "import sys; sys.exit(sys.stdin.read() != TEXT)" """
    sample(reads.replace("TEXT", r"'5\n'"), input=str(tmp_path / "given.txt"))
    sample(reads.replace("TEXT", "''"))
    assert "there is no file" in failure("cat", input=str(tmp_path / "missing.txt"))["message"]


def test_signals_have_their_usual_effect() -> None:
    """A host ignores SIGPIPE, as Python does: a program that inherits that writes on after its reader has gone."""
    sample("yes | head -n 1", shell=True)
    sample(f"""{PYTHON} -c "import signal; assert signal.getsignal(signal.SIGINT) is signal.default_int_handler" """)


def test_it_has_the_variables_that_it_was_given_and_runs_where_it_should(tmp_path: Path) -> None:
    text = f"""{PYTHON} -c "import os; open('seen', 'w').write(os.environ['LEVEL'])" """
    sample(text, folder=str(tmp_path), environment=(("LEVEL", "6"),))
    assert (tmp_path / "seen").read_text() == "6"


def test_it_imports_from_where_it_would_without_concbench(tmp_path: Path) -> None:
    text = f"""{PYTHON} -c "import os; open('seen', 'w').write(repr(os.environ.get('PYTHONPATH')))" """
    for replaced, seen in (({}, None), ({"PYTHONPATH": "/a:/b", "CONCBENCH_PYTHONPATH": "/b"}, "/b")):
        with started(environment=replaced) as host:
            host.figures(text, asked(text, folder=str(tmp_path)), experiment="commands")
        expected = os.environ.get("PYTHONPATH") if seen is None else seen
        assert (tmp_path / "seen").read_text() == repr(expected)


def test_what_prepares_runs_before_each_sample_and_the_others_once(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def note(word: str) -> str:
        return f"echo {word}{{level}} >> {log}"

    text = note("run")
    work = asked(
        text, shell=True, setup=note("setup"), prepare=note("prepare"), cleanup=note("cleanup"),
        parameters=(("level", "6"),),
    )  # fmt: skip
    with started() as host:
        host.open(text, work, experiment="commands")
        for _ in range(2):
            assert "ok" in host.ask("sample")
        assert host.leave() == 0
    assert log.read_text().split() == ["setup6", "prepare6", "run6", "prepare6", "run6", "cleanup6"]


def test_a_preparation_that_fails_is_named() -> None:
    assert failure("true", prepare="false")["message"].startswith("--prepare: it ended with exit status 1")
    assert failure("true", setup="false")["message"].startswith("--setup: it ended with exit status 1")


def test_parameters_are_filled_into_words_that_they_do_not_split() -> None:
    line = CommandLine(text="run '{name}' -n {workers} {other}", parameters=(("name", "two words"),))
    assert words_of(line, 4) == ["run", "two words", "-n", "4", "{other}"]
    shell = CommandLine(text="make -j {workers} | cat", shell=True)
    assert words_of(shell, 4)[-1] == "make -j 4 | cat"
