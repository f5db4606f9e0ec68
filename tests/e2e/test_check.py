"""What a gate promises: a change that makes something slower is named and ends in red, and nothing else does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from xml.etree import ElementTree

import pytest

from concbench.runs.reading import read_run
from concbench.stats.sequential import FEWEST_BLOCKS
from tests.busy import other_lines
from tests.cli.calling import mistake
from tests.e2e.checking import NOT_ON_A_RUNNER, Gate, rows
from tests.e2e.command import CONCBENCH, Command, Ended, usually
from tests.gate.repository import quick_environments
from tests.measure.process_tree import carrying

# Slowings that people make, each a small change. All are twofold at the least: what else this machine does meanwhile
# hides none of them.

CONFIGURATION = """
false-alarms = "{false_alarms}"

[[cases]]
name = "{name}"
workload = "{workload}"
tasks = 1
strategies = ["serial"]
metrics = ["wall", "cpu"]
margins = {{ wall = "20%", cpu = "60%" }}
"""


def configuration(name: str, workload: str, false_alarms: str = "5%") -> str:
    """What is gated; more false alarms than usual, so that a few blocks are enough to find what is there."""
    return CONFIGURATION.format(name=name, workload=workload, false_alarms=false_alarms)


CASE = """
[[cases]]
name = "{name}"
workload = "{workload}"
tasks = 1
strategies = ["serial"]
metrics = ["wall"]
"""

LOCK = """
import threading, time

def pay_all(_):
    ledger = threading.Lock()

    def pay():
        with ledger:
            {within}
        {after}

    threads = [threading.Thread(target=pay) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(range(300_000))
"""

CHUNKS = """
import multiprocessing, time

def fetch(number):
    time.sleep(0.01)
    return number

def fetch_all(_):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return sum(pool.map(fetch, range(12), chunksize={chunksize}))
"""

CONTEXT = """
import multiprocessing

def square(number):
    return number * number

def squares(_):
    with multiprocessing.get_context("{method}").Pool(1) as pool:
        return sum(pool.map(square, range(10))) + sum(range(1_000_000))
"""


@pytest.mark.thorough
def test_a_lock_that_is_held_too_long_is_found_in_wall_time_only(tmp_path: Path) -> None:
    gate = Gate(
        tmp_path / "repository",
        {"ledger.py": LOCK.format(within="pass", after="time.sleep(0.02)")},
        {"ledger.py": LOCK.format(within="time.sleep(0.02)", after="pass")},
        configuration(name="payments", workload="ledger:pay_all"),
    )
    ended = gate.check("--budget", "3s")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    verdicts = rows(ended)
    assert verdicts["payments/serial", "wall"] == "REGRESSION"
    assert verdicts["payments/serial", "cpu"] != "REGRESSION"
    assert "1 regression in 1 case" in ended.stdout
    assert "payments/serial: wall time is " in ended.stdout


@pytest.mark.thorough
def test_chunks_that_became_too_large_are_found_in_wall_time(tmp_path: Path) -> None:
    gate = Gate(
        tmp_path / "repository",
        {"pages.py": CHUNKS.format(chunksize=1)},
        {"pages.py": CHUNKS.format(chunksize=12)},
        configuration(name="pages", workload="pages:fetch_all"),
    )
    ended = gate.check("--budget", "3s")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert rows(ended)["pages/serial", "wall"] == "REGRESSION"


@pytest.mark.thorough
def test_a_context_that_became_dearer_is_found_in_wall_and_cpu_time(tmp_path: Path) -> None:
    gate = Gate(
        tmp_path / "repository",
        {"squaring.py": CONTEXT.format(method="fork")},
        {"squaring.py": CONTEXT.format(method="spawn")},
        configuration(name="squares", workload="squaring:squares"),
    )
    ended = gate.check("--budget", "3s")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert rows(ended) == {("squares/serial", "wall"): "REGRESSION", ("squares/serial", "cpu"): "REGRESSION"}
    assert "2 regressions in 1 case" in ended.stdout


def test_a_comment_is_no_regression(tmp_path: Path) -> None:
    code = LOCK.format(within="pass", after="time.sleep(0.005)")
    gate = Gate(
        tmp_path / "repository",
        {"ledger.py": code},
        {"ledger.py": f"# Why it is so.\n{code}"},
        configuration(name="payments", workload="ledger:pay_all", false_alarms="0.01%"),
    )
    ended = gate.check("--budget", "2s")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "REGRESSION" not in ended.stdout
    assert "No regression in 1 case" in ended.stdout
    assert rows(ended).keys() == {("payments/serial", "wall"), ("payments/serial", "cpu")}
    assert "Compared base (HEAD~1, " in ended.stderr
    assert "with head (the working tree, " in ended.stderr
    assert not (gate.repository.folder / "results").exists()  # nothing is saved unless asked for


@pytest.mark.thorough
def test_an_interpreter_is_compared_with_itself(tmp_path: Path) -> None:
    """Nothing of git is needed for it."""
    (tmp_path / "concbench.toml").write_text(
        """
        budget = "1s"
        false-alarms = "0.01%"
        [[cases]]
        name = "short"
        workload = "sleep"
        tasks = 4
        task-time = "2ms"
        strategies = ["threadpool-map"]
        metrics = ["wall", "memory"]
        margin = "50%"
        """
    )
    environment = Path(sys.executable).parent.parent
    command = Command(tmp_path, **NOT_ON_A_RUNNER)
    ended = command.run("check", "--base-python", sys.executable, "--head-python", str(environment))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert rows(ended).keys() == {("short/threadpool-map", "wall"), ("short/threadpool-map", "memory")}
    assert f"base ({sys.executable}, Python " in ended.stderr.replace("\n", " ")


# Sides that can't be measured

WORKING = "def work(number):\n    return number\n"


def broken(folder: Path, before: str, after: str) -> Ended:
    gate = Gate(
        folder / "repository",
        {"working.py": before},
        {"working.py": after},
        configuration(name="work", workload="working:work"),
    )
    return gate.check("--budget", "1s")


@pytest.mark.parametrize(
    ("side", "code", "reason"),
    [
        pytest.param("base", "def work(number)\n", "SyntaxError", marks=pytest.mark.thorough),
        ("base", "raise OSError('no licence')\n", "no licence"),
        pytest.param("head", "import nothing_of_that_name\n", "nothing_of_that_name", marks=pytest.mark.thorough),
        ("head", "def work(number):\n    raise ValueError('out of order')\n", "out of order"),
    ],
)
def test_a_side_that_does_not_work_is_named_with_its_reason(side: str, code: str, reason: str, tmp_path: Path) -> None:
    ended = broken(tmp_path, *((code, WORKING) if side == "base" else (WORKING, code)))
    assert ended.returncode == 3, ended.stdout + ended.stderr
    said = " ".join(ended.stdout.split())
    assert f"work/serial could not be measured: {side}: " in said
    assert reason in said
    assert "2 figures of 2 could not be measured" in said
    assert "No regression" not in said
    assert "Traceback" not in ended.stderr


def test_a_revision_that_is_not_there_is_said(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "repository", {"working.py": WORKING}, {}, configuration(name="a", workload="cpu"))
    ended = gate.check(against="nowhere")
    assert ended.returncode == 3
    assert ended.stderr.strip() == f"Error: there is no revision 'nowhere' in {gate.repository.folder}"
    assert ended.stdout == ""


def test_a_set_up_that_fails_is_said_with_what_it_wrote_and_made_safe(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "repository", {"working.py": WORKING}, {}, configuration(name="a", workload="cpu"))
    python = str(quick_environments(tmp_path))
    ended = gate.check("--base-python", python, "--setup", r"printf '\033[31mno compiler\n'; exit 4")
    assert ended.returncode == 3
    assert "--setup ended with exit status 4 for base:\n  \\x1b[31mno compiler\n" in ended.stderr


def test_what_a_failed_set_up_wrote_is_cut(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "repository", {"working.py": WORKING}, {}, configuration(name="a", workload="cpu"))
    python = str(quick_environments(tmp_path))
    writes = "yes before | head -n 500000; head -c 20000000 /dev/zero | tr '\\0' x; printf '\\nlast\\n'; exit 4"
    ended = gate.check("--base-python", python, "--setup", writes)
    assert ended.returncode == 3
    assert ended.stderr.endswith("  last\n")
    assert len(ended.stderr) < 10_000


# A function in a file

JOBS = """
import os
import pathlib
import time

ready = []

def get_ready():
    ready.append(True)

def is_right(item, result):
    return result == item["number"] and pathlib.Path(__file__).parent.name == "jobs"

def work(item):
    assert ready
    time.sleep({seconds})
    os.write(1, b"worked on %d of {side}\\n" % item["number"])  # at once: both sides write at the same time
    return item["number"]
"""
IN_A_FILE = """
[[cases]]
name = "job"
workload = "jobs/job.py:work"
items = "jobs/items.jsonl"
init = "jobs/job.py:get_ready"
expect = "jobs/job.py:is_right"
strategies = ["serial"]
metrics = ["wall"]
"""


def test_each_side_has_a_function_from_its_own_file_and_its_own_items(tmp_path: Path) -> None:
    """From a subfolder that the base has not, and what tasks print goes into a file."""
    before, after = (
        {
            "jobs/job.py": JOBS.format(seconds=seconds, side=side),
            "jobs/items.jsonl": "".join(f'{{"number": {number}}}\n' for number in range(items)),
        }
        for side, seconds, items in (("base", 0.001, 1), ("head", 0.02, 2))
    )
    gate = Gate(tmp_path / "repository", before, {**after, "new/page": ""}, IN_A_FILE)
    command = Command(gate.repository.folder / "new", **NOT_ON_A_RUNNER)
    ended = command.run("check", "--against", "HEAD~1", "--budget", "1.5s", "--task-output", "printed.txt")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert rows(ended) == {("job/serial", "wall"): "REGRESSION"}
    assert "worked on" not in ended.stderr
    printed = set((gate.repository.folder / "new" / "printed.txt").read_text().splitlines())
    assert printed == {"worked on 0 of base", "worked on 0 of head", "worked on 1 of head"}


@pytest.mark.parametrize(("side", "word"), [("head", "new"), pytest.param("base", "gone", marks=pytest.mark.thorough)])
def test_a_function_that_only_one_side_has_is_new_or_gone(side: str, word: str, tmp_path: Path) -> None:
    jobs = {"jobs/job.py": JOBS.format(seconds=0.001, side=side), "jobs/items.jsonl": '{"number": 1}'}
    other = {**jobs, "jobs/job.py": "def is_right(item, result):\n    return True\ndef get_ready():\n    pass\n"}
    gate = Gate(tmp_path / "repository", *((other, jobs) if side == "head" else (jobs, other)), IN_A_FILE)
    ended = gate.check("--budget", "0.5s")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"Only the {side} has job/serial: {word}, so not compared" in " ".join(ended.stdout.split())


@pytest.mark.thorough
def test_a_case_that_the_configuration_lost_is_gone(tmp_path: Path) -> None:
    steady = configuration(name="kept", workload="cpu") + CASE.format(name="lost", workload="cpu")
    gate = Gate(tmp_path / "repository", {}, {"concbench.toml": configuration(name="kept", workload="cpu")}, steady)
    ended = gate.check("--budget", "0.5s")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Only the base has lost/serial: gone, so not compared" in ended.stdout


# Commands

PROGRAM = """
import library, os, subprocess, sys, time
assert "made" in open("ready.txt").read()
assert os.environ["WORD"] == "said"
if "leave" in sys.argv:
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"], stdout=subprocess.DEVNULL)
library.work()
"""
OF_COMMANDS = """
false-alarms = "5%"

[[cases]]
name = "program"
command = "python tools/program.py {how}"
parameters = { how = ["once", "leave"] }
setup = "python -c 'print(\\"made\\", file=open(\\"ready.txt\\", \\"w\\"))'"
env = { WORD = "said" }
metrics = ["wall", "cpu"]
margin = "40%"
"""


def test_a_command_runs_in_each_sides_tree_with_its_library(tmp_path: Path) -> None:
    gate = Gate(
        tmp_path / "repository",
        {"src/library.py": "def work():\n    sum(range(1000))\n", "tools/program.py": PROGRAM},
        {"src/library.py": "import time\ndef work():\n    time.sleep(0.15)\n", ".gitignore": "ready.txt\n"},
        OF_COMMANDS,
    )
    # As in an environment that is activated: `python` is this interpreter, and no script that looks for one.
    command = gate.command(PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    ended = command.run("check", "--against", "HEAD~1", "--budget", "2s")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    for how in ("once", "leave"):
        assert f"program/python tools/program.py {how}: wall time is " in ended.stdout
    said = " ".join(ended.stderr.split())
    assert "program: python tools/program.py leave head leaves processes behind: 1 was ended after each run" in said
    assert not carrying(command.token)


POOLED = """\
import time
from multiprocessing.pool import ThreadPool
def wait(number): time.sleep(0.004)
with ThreadPool(2) as pool:
    {call}
"""


def test_lanes_of_a_command_that_are_used_less_are_a_regression(tmp_path: Path) -> None:
    even, uneven = (f"pool.map(wait, range(16), chunksize={size})" for size in (4, 15))
    text = '[[cases]]\nname = "job"\ncommand = "python job.py"\nmetrics = ["utilisation", "dispatch"]\nmargin = "10%"\n'
    before, after = ({"job.py": POOLED.format(call=call)} for call in (even, uneven))
    gate = Gate(tmp_path / "repository", before, after, text)
    command = gate.command(PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    ended = command.run("check", "--against", "HEAD~1", "--budget", "4s", "--save", "run.json")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "job/python job.py: utilisation is " in ended.stdout
    found = read_run(command.folder / "run.json")
    assert {change.metric: change.regression for change in found.changes} == {"utilisation": True, "dispatch": False}
    assert all(len(result.shares) >= FEWEST_BLOCKS for result in found.results)
    assert not carrying(command.token)


def test_a_command_without_tasks_says_that_none_were_seen(tmp_path: Path) -> None:
    text = '[[cases]]\nname = "job"\ncommand = "true"\nmetrics = ["dispatch"]\n'
    gate = Gate(tmp_path / "repository", {"job.py": ""}, {"job.py": "1"}, text)
    ended = gate.check("--budget", "0.5s")
    assert ended.returncode == 3, ended.stdout + ended.stderr
    assert "no pool, executor, thread or coroutine" in " ".join(ended.stdout.split())


@pytest.mark.thorough
def test_a_command_that_fails_on_a_side_is_a_row_with_what_it_said(tmp_path: Path) -> None:
    text = '[[cases]]\nname = "job"\ncommand = "python job.py"\nmetrics = ["wall"]\n'
    gate = Gate(tmp_path / "repository", {"job.py": ""}, {"job.py": "raise SystemExit('no disk')\n"}, text)
    ended = gate.check("--budget", "0.5s")
    assert ended.returncode == 3, ended.stdout + ended.stderr
    said = " ".join(ended.stdout.split())
    assert "job/python job.py could not be measured: head: it ended with exit status 1; its output ended with:" in said
    assert "no disk" in said


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ('workload = "jobs/job.py:wokr"', "case 'job': jobs/job.py has no 'wokr'; did you mean 'work'?"),
        *usually(
            among=[
                ('workload = "jobs/jbo.py:work"', "there is no file jobs/jbo.py; did you mean 'jobs/job.py'?"),
                ('expect = "jobs/job.py:is_rihgt"', "job.py has no 'is_rihgt'; did you mean 'is_right'?"),
                ('items = "jobs/item.jsonl"', "there is no file jobs/item.jsonl; did you mean 'jobs/items.jsonl'?"),
                ("items = -5", "cases[0].items: -5 is not a whole number from 1"),
            ]
        ),
    ],
)
def test_what_neither_side_has_is_wrong_usage(key: str, said: str, tmp_path: Path) -> None:
    jobs = JOBS.format(seconds=0.001, side="both")
    first = key.partition(" ")[0]
    text = "\n".join(key if line.startswith(first) else line for line in IN_A_FILE.splitlines())
    gate = Gate(tmp_path / "repository", {"jobs/job.py": jobs, "jobs/items.jsonl": '{"number": 1}'}, {}, text)
    ended = gate.check("--save", "mine")
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert said in " ".join(ended.stderr.partition("Error: ")[2].split())
    assert ended.stdout == ""
    assert not (gate.repository.folder / "results").exists()


# Wrong usage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with something to gate, in no repository."""
    (tmp_path / "concbench.toml").write_text(configuration(name="work", workload="working:work"))
    return tmp_path


def refused(folder: Path, *arguments: str) -> str:
    """What is said of wrong usage."""
    with chdir(folder):
        return mistake("check", *arguments).partition("Error: ")[2]


def test_it_has_to_be_said_what_to_compare_with(folder: Path) -> None:
    assert refused(folder).startswith("say what to compare with: --against REV")


def test_an_unknown_case_is_said_with_those_that_there_are(folder: Path) -> None:
    said = refused(folder, "--against", "HEAD~1", "--case", "walk")
    assert said == f"--case: there is no case 'walk' in {folder}/concbench.toml; known: work"


def test_without_anything_to_gate_it_is_said_how_to_begin(tmp_path: Path) -> None:
    said = refused(tmp_path, "--against", "HEAD~1")
    assert said.startswith("there is nothing to check: no concbench.toml")
    assert "[[cases]]" in said


@pytest.mark.parametrize(
    ("line", "text", "problem"),
    [
        (7, "tasks = 0", "cases[0].tasks: 0 is not a whole number"),
        (8, 'strategies = ["serail"]', "cases[0].strategies: there is no strategy 'serail'"),
        (5, 'nmae = "work"', "cases[0]: there is no key 'nmae'"),
        (10, 'margins = { wall = "200%" }', "cases[0].margins.wall: '200%' is not between"),
    ],
)
def test_what_is_wrong_in_the_configuration_is_said_with_its_key(
    line: int, text: str, problem: str, folder: Path
) -> None:
    path = folder / "concbench.toml"
    lines = path.read_text().splitlines()
    lines[line - 1] = text
    path.write_text("\n".join(lines))
    said = refused(folder, "--against", "HEAD~1")
    assert f"{path}: {problem}" in said


def test_what_is_no_toml_is_said_with_its_file(folder: Path) -> None:
    (folder / "other.toml").write_text("[[cases]\n")
    assert "other.toml is not TOML: " in refused(folder, "--against", "HEAD~1", "--config", "other.toml")
    assert "nowhere.toml can't be read: " in refused(folder, "--against", "HEAD~1", "--config", "nowhere.toml")


@pytest.mark.thorough
def test_a_report_that_could_not_be_written_is_refused_before_anything_is_measured(folder: Path) -> None:
    for option in ("--junit", "--summary"):
        said = refused(folder, "--against", "HEAD~1", option, "nowhere/report")
        assert said == f"{folder}/nowhere is not a folder"
    (folder / "taken.json").write_text("")
    assert "taken.json exists already" in refused(folder, "--against", "HEAD~1", "--json", "taken.json")


# Reports

HOSTILE = 'a|b <script>alert(1) %0A::error::x ]]> & "quoted"'
STEADY = """
false-alarms = "0.1%"

[[cases]]
name = "steady"
workload = "working:steady"
tasks = 1
strategies = ["serial"]
metrics = ["wall"]
margin = "0.001%" # so little that nothing is ever found to be the same
"""
MANY = f"""
false-alarms = "0.1%"

[[cases]]
name = '{HOSTILE}'
workload = "working:sleeps"
tasks = 1
strategies = ["serial"]
metrics = ["wall"]

[[cases]]
name = "missing"
workload = "working:gives_up"
tasks = 1
strategies = ["serial"]
metrics = ["wall", "memory"]
"""
SLEEPS = """
import time

def sleeps(_):
    time.sleep({seconds})

def steady(_):
    time.sleep(0.005)

def gives_up(_):
    raise LookupError("nothing here")
"""


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    """A gate that finds one regression, and two figures that it can't measure; with all reports."""
    folder = tmp_path_factory.mktemp("reported")
    gate = Gate(
        folder / "repository",
        {"working.py": SLEEPS.format(seconds=0.005)},
        {"working.py": SLEEPS.format(seconds=0.05)},
        MANY,
    )
    (folder / "summary.md").write_text("# An earlier step\n")
    ended = gate.check(
        *("--json", "-", "--summary", f"{folder}/summary.md", "--junit", f"{folder}/gate.xml"),
        *("--budget", "1.5s"),
        GITHUB_ACTIONS="true",
        GITHUB_STEP_SUMMARY=str(folder / "step.md"),
    )
    assert ended.returncode == 1, ended.stderr
    return folder, ended


def test_the_document_alone_is_on_stdout_and_can_be_read_again(reported: tuple[Path, Ended]) -> None:
    folder, ended = reported
    (folder / "run.json").write_text(ended.stdout)
    run = read_run(folder / "run.json")
    assert [(change.metric, change.verdict, bool(change.note)) for change in run.changes] == [
        ("wall", "slower", False),
        ("wall", "undecided", True),
        ("memory", "undecided", True),
    ]
    assert run.complete
    assert [side.name for side in run.sides] == ["base", "head"]
    assert {result.case.side for result in run.results} == {"base", "head"}
    assert HOSTILE in run.changes[0].case
    slower = run.changes[0].ratio
    assert slower is not None
    assert slower.estimate > 2


def test_the_summary_is_appended_in_markdown_with_names_that_do_nothing(reported: tuple[Path, Ended]) -> None:
    folder, _ = reported
    text = (folder / "summary.md").read_text()
    assert text.startswith("# An earlier step\n## concbench\n")
    assert text.removeprefix("# An earlier step\n") == (folder / "step.md").read_text()
    assert "<script" not in text
    assert "REGRESSION" in text
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace(r"\|", "").count("|") for line in table} == {9}  # eight columns, whatever a name holds
    assert len(table) == 2 + 3


def test_the_annotations_are_one_line_each_whatever_a_name_holds(reported: tuple[Path, Ended]) -> None:
    _, ended = reported
    lines = [line for line in ended.stderr.splitlines() if line.startswith("::")]
    assert len(lines) == 3
    assert all(line.startswith("::error title=concbench::") for line in lines)
    assert "%250A::error::x" in lines[0]
    assert re.search(r"wall time is \d+%25 longer", lines[0])
    assert "raised on item 0, 0: LookupError: nothing here" in lines[1]


def test_the_junit_file_counts_what_it_holds(reported: tuple[Path, Ended]) -> None:
    folder, _ = reported
    suite = ElementTree.parse(folder / "gate.xml").getroot()
    tests = suite.findall("testcase")
    found = {name: len(suite.findall(f"testcase/{name}")) for name in ("failure", "error", "skipped")}
    assert found == {"failure": 1, "error": 2, "skipped": 0}
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "3",
        "failures": "1",
        "errors": "2",
        "skipped": "0",
    }
    assert tests[0].get("classname") == f"{HOSTILE}/serial"
    assert [test.get("name") for test in tests] == ["wall", "wall", "memory"]


@pytest.mark.thorough
def test_an_undecided_figure_passes(tmp_path: Path) -> None:
    """And one case of several can be chosen, and gated from a subfolder."""
    gate = Gate(tmp_path / "repository", {"working.py": SLEEPS.format(seconds=0.005), "docs/page": ""}, {}, MANY)
    gate.repository.write({"concbench.toml": MANY + STEADY.partition("\n\n")[2]})
    command = Command(gate.repository.folder / "docs", **NOT_ON_A_RUNNER)
    ended = command.run("check", "--against", "HEAD~1", "--case", "steady", "--budget", "0.5s")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert rows(ended) == {("steady/serial", "wall"): "undecided"}
    assert "1 figure of 1 undecided" in ended.stdout


@pytest.mark.thorough
def test_an_undecided_figure_fails_where_somebody_wants_it_to(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "repository", {"working.py": SLEEPS.format(seconds=0.005)}, {}, STEADY)
    ended = gate.check("--undecided=fail", "--budget", "0.5s", "--save", "mine", "--quiet")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert rows(ended) == {("steady/serial", "wall"): "undecided"}
    assert "steady/serial: wall time is undecided" in ended.stdout
    assert other_lines(ended.stderr) == ""
    assert read_run(gate.repository.folder / "results/mine.json").changes[0].verdict == "undecided"


@pytest.mark.thorough
def test_nobody_who_reads_any_more_is_no_failure(tmp_path: Path) -> None:
    """As after `| head`: the exit status is that of every other command then, and no error is made of it."""
    gate = Gate(tmp_path / "repository", {"working.py": SLEEPS.format(seconds=0.005)}, {}, STEADY)
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            [CONCBENCH, "check", "--against", "HEAD~1", "--budget", "0.5s", "--json", "-"],
            cwd=gate.repository.folder,
            env=gate.command().environment,
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        os.close(writing)
    assert ended.returncode == 141, ended.stderr
    assert "Error" not in ended.stderr


ARRAYS = """
import random
import numpy as np

def means(number):
    return {{"mean": np.array([number, float("nan")]), "by": ({more}, number)}}

def stuck(number):
    if number == {stuck}:
        import threading
        threading.Event().wait()
    return number
"""
OF_ARRAYS = """
[[cases]]
name = "means"
workload = "mine:means"
tasks = 4
strategies = ["thread", "pool-map"]
metrics = ["cpu"]
margin = "90%"

[[cases]]
name = "stuck"
workload = "mine:stuck"
tasks = 8
strategies = ["thread", "serial"]
metrics = ["cpu"]
"""


@pytest.fixture
def of_arrays(tmp_path: Path) -> Gate:
    pytest.importorskip("numpy", reason="needs numpy: pip install numpy")
    before = {"mine.py": ARRAYS.format(more="1", stuck=100)}
    return Gate(tmp_path / "it", before, {"mine.py": ARRAYS.format(more="2", stuck=5)}, OF_ARRAYS)


@pytest.mark.thorough
def test_a_function_that_returns_arrays_is_gated_and_head_may_return_others_than_base(of_arrays: Gate) -> None:
    ended = of_arrays.check("--case", "means", "--budget", "1s", "--json", "run.json")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "counted" not in ended.stderr
    run = read_run(of_arrays.repository.folder / "run.json")
    assert all(result.samples for result in run.results)


@pytest.mark.thorough
def test_a_function_that_hangs_on_one_side_fails_its_cases_after_one_time_out_and_the_item_is_named(
    of_arrays: Gate,
) -> None:
    ended = of_arrays.check("--case", "stuck", "--budget", "1s", "--timeout", "2")
    assert ended.returncode == 3
    words = " ".join(ended.stdout.split())
    for result in ("stuck/thread", "stuck/serial"):
        assert (
            f"{result} could not be measured: head: mine:stuck was still busy with item 5 after 2 s (--timeout)"
            in words
        )
