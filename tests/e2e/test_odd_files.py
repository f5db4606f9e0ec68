"""What is no file, has no end, or has an odd name: refused at once where it can't be read, and used where it can."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from concbench.runs.writing import write_run
from tests.builders import example_run
from tests.e2e.command import CONCBENCH, ONCE, Command, usually
from tests.gate.repository import changed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices as POSIX has them")

GATE = '[[cases]]\nname = "naps"\nworkload = "mine:nap"\ntasks = 4\nstrategies = ["serial"]\nmetrics = ["wall"]\n'
NAP = "import time\n\n\ndef nap(number):\n    time.sleep(0.002)\n"


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """A command beside a run, a pipe without a writer, and what is to be gated."""
    changed(tmp_path / "here", {"mine.py": NAP, "concbench.toml": GATE}, {"new.py": ""})
    write_run(example_run(), tmp_path / "here/run.json")
    os.mkfifo(tmp_path / "here/pipe.json")
    os.mkfifo(tmp_path / "here/pipe.jsonl")
    return Command(tmp_path / "here")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("show pipe.json", "pipe.json is a pipe"),
        ("diff run.json pipe.json", "pipe.json is a pipe"),
        ("check --config /dev/zero --against HEAD", "/dev/zero is a device"),
        ("compare --workload mine.py:nap --items pipe.jsonl", "--items: pipe.jsonl is a pipe"),
        *usually(
            among=[
                ("show /dev/zero", "/dev/zero is a device"),
                ("diff pipe.json run.json", "pipe.json is a pipe"),
                ("report pipe.json", "pipe.json is a pipe"),
                ("export pipe.json --to csv", "pipe.json is a pipe"),
                ("history pipe.json", "pipe.json is a pipe"),
                ("check --config pipe.json --against HEAD", "pipe.json is a pipe"),
                ("check --baseline pipe.json", "pipe.json is a pipe"),
                ("advise mine.py:nap --items pipe.jsonl", "--items: pipe.jsonl is a pipe"),
            ]
        ),
    ],
)
def test_what_is_no_file_is_wrong_usage_and_not_waited_for(words: str, said: str, command: Command) -> None:
    ended = command.run(*words.split())
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_folder_of_runs_may_hold_anything(command: Command) -> None:
    results = command.folder / "results"
    results.mkdir()
    shutil.copy(command.folder / "run.json", results / "good.json")
    os.mkfifo(results / "pipe.json")
    (results / "folder.json").mkdir()
    (results / "loop.json").symlink_to("loop.json")
    (results / "round").symlink_to(".")
    (results / "zero.json").symlink_to("/dev/zero")
    (results / "nothing.json").symlink_to("nowhere")
    (results / "text.json").write_bytes(b"\xff\xfe\x00")
    with (results / "huge.json").open("wb") as sparse:
        sparse.truncate(2**40)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"/proc/self/fd/{os.open(results, os.O_RDONLY)}/socket.json")  # a path that is short enough
        ended = command.run("history", "--all")
    assert ended.returncode == 0, ended.stderr
    assert "short/pool-map" in ended.stdout
    warnings = [line for line in ended.stderr.splitlines() if line.startswith("Warning: ")]
    named = {Path(line.split()[1]).name for line in warnings}
    assert named == {
        "pipe.json", "folder.json", "loop.json", "zero.json", "nothing.json", "text.json", "huge.json", "socket.json"
    }  # fmt: skip


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    "words",
    ["diff <(cat run.json) <(cat run.json)", "show /dev/stdin", *usually(among=["show <(cat run.json)"])],
)
def test_what_a_shell_gives_by_an_open_file_is_read(words: str, command: Command) -> None:
    ended = subprocess.run(
        ["bash", "-c", f"cat run.json | {CONCBENCH} {words}"],
        cwd=command.folder,
        env=command.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    assert "pool-map" in ended.stdout


@pytest.mark.thorough
def test_a_repository_whose_path_is_not_utf_8_is_gated(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    changed(folder, {"mine.py": NAP, "concbench.toml": GATE}, {"new.py": ""})
    command = Command(folder)
    ended = command.run("check", "--against", "HEAD~1", "--budget", "1s", "--save")
    assert ended.returncode == 0, ended.stderr
    assert command.saved().complete


def test_without_proc_nothing_is_measured_and_the_reason_is_told(tmp_path: Path) -> None:
    without = ("unshare", "--mount", "sh", "-c", 'umount -l /proc && exec "$0" "$@"')
    if sys.platform != "linux" or subprocess.run([*without, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("only root can unmount /proc, in a mount namespace of its own")
    for words in (("compare", "--workload", "sleep", "--strategy", "serial", *ONCE), ("doctor",)):
        ended = Command(tmp_path).run(*words, before=without)
        assert ended.returncode == 3
        assert ended.stderr.startswith("Error: /proc is not mounted")
        assert len(ended.stderr.splitlines()) == 1
    assert Command(tmp_path).run("list", before=without).returncode == 0
