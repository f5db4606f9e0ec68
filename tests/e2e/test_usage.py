"""What the documentation shows works, and the output can go anywhere: into files, pipes, and old terminals."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from concbench.cli.main import COMMANDS, cli
from concbench.runs.reading import read_run
from concbench.runs.writing import encode_run, write_run
from tests.builders import example_run
from tests.e2e.command import COLOUR, CONCBENCH, TINY, concbench, on_terminal, screen
from tests.recorded import straggling

POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such thing")
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "examples.md"
"""The page whose commands are run here; tests/docs/test_blocks.py follows all others."""
MEASURING = ("run", "compare")
TRIED_ELSEWHERE = ("check", "load", "predict")
"""They need a repository and what to gate, a server, or a run that holds costs: test_check.py, test_load.py and
test_would_take.py."""
COMPARE = ("compare", "--workload", "sleep", "--strategy", "serial", "--strategy", "thread", *TINY)
OWN_FUNCTION = """\
def make_one(name):
    return f"{name}.png"


def all_names():
    return ["one", "two", "three"]
"""
"""What the examples call thumbnails."""
JOB = """\
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(2) as executor:
    print(sum(executor.map(len, ["a", "bc"])))
"""
"""The program of the examples that is traced."""
CRAWLER = ROOT / "docs" / "examples" / "crawler.py"
"""The function in the README."""
USUAL = (
    "advise json:dumps --items 1000 --budget 10s",
    "diff before.json after.json",
    "export results/mine.json --to decision",
    "history --all --format github",
    "list strategies",
    "report results/mine.json",
    "show results/mine.json --timeline --case cpu/pool-map",
    "show results/trace.json --timeline --region job.py:41",
    "trace --why --timeline job.py",
)
"""One example of each command; the others are run by `make test-all`."""
READER_GONE = 141


def help_examples() -> list[str]:
    """The commands in the `Examples:` of every `--help`."""
    texts = [CliRunner().invoke(cli, [*name, "--help"]).output for name in ([], *([name] for name in COMMANDS))]
    return [line.strip() for text in texts for line in text.splitlines() if line.startswith("    concbench ")]


def page_examples() -> list[str]:
    """The commands in the code blocks of the page, with continued lines joined."""
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [line for line in lines if line.startswith("concbench ")]


def words_of(example: str) -> list[str]:
    """The arguments of an example: without what the shell does with its output."""
    words = shlex.split(example, comments=True)[1:]
    ends = [at for at, word in enumerate(words) if word in ("|", ">", ">>", "&&", "||", "2>", ";")]
    return words[: ends[0]] if ends else words


def saved(folder: Path, name: str = "run.json") -> str:
    write_run(example_run(), folder / name)
    return name


def saved_as_shown(folder: Path, name: str) -> None:
    """A run with the cases that the examples name."""
    path = folder / saved(folder, name)
    path.write_text(
        path.read_text().replace("short", "cpu").replace('"process"', '"serial"').replace("cpu/process", "cpu/serial")
    )


# Examples


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(example, marks=() if example in USUAL else pytest.mark.thorough)
        for example in sorted(
            {
                shlex.join(words_of(each))
                for each in [*help_examples(), *page_examples()]
                if words_of(each)[0] not in TRIED_ELSEWHERE
            }
        )
    ],
)
def test_what_is_shown_as_an_example_works(example: str, tmp_path: Path) -> None:
    words = shlex.split(example)
    # Not every machine has the interpreters that an example names; this one there is.
    words = [
        sys.executable if before == "--python" else word for before, word in zip(["", *words], words, strict=False)
    ]
    outputs: list[str] = []
    shutil.copy(CRAWLER, tmp_path)
    (tmp_path / "a.txt").write_text("for a command that reads a file")
    (tmp_path / "Makefile").write_text("all:\n")
    if words[0] in MEASURING:
        few = TINY[:4] if "--items" in words else TINY  # which says how many tasks there are
        words += [*few[2:], "--budget", "2s"] if "--precision" in words else [*few, "--quick"]
    elif words[0] == "advise":
        (tmp_path / "thumbnails.py").write_text(OWN_FUNCTION)
        (tmp_path / "names.jsonl").write_text('"one"\n"two"\n')
        words += ["--budget", "0.5s"]
    elif words[0] == "trace":
        (tmp_path / "job.py").write_text(JOB)
        (tmp_path / "src").mkdir()
        (tmp_path / "src" / "package.py").write_text("")
    else:
        outputs = [words[at + 1] for at, word in enumerate(words) if word == "-o"]
        for word in words[1:]:
            if word.endswith(".json") and word not in outputs:
                saved_as_shown(tmp_path, word)
            if word == "results/trace.json":
                (tmp_path / word).write_bytes(encode_run(straggling()))
        if words[0] == "history":
            saved_as_shown(tmp_path, "results/one.json")
    result = concbench(*words, folder=tmp_path)
    assert result.returncode == 0, result.stderr.decode()
    assert result.stdout or all((tmp_path / output).exists() for output in outputs)
    assert b"Traceback" not in result.stderr


# Start-up


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    result = concbench("--help", folder=tmp_path, env={"PYTHONPROFILEIMPORTTIME": "1"})
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in result.stderr.decode().splitlines()}
    assert "click" in imported
    assert not imported & {"rich", "psutil", "msgspec", "tabulate", "numpy", "multiprocessing"}


def test_the_module_is_the_command(tmp_path: Path) -> None:
    module = subprocess.run([sys.executable, "-m", "concbench", "--help"], cwd=tmp_path, capture_output=True)
    assert module.returncode == 0
    assert module.stdout == concbench("--help", folder=tmp_path).stdout


# A saved run


def test_a_saved_run_is_shown_as_it_was_when_it_was_measured(tmp_path: Path) -> None:
    measured = concbench("run", "apply-vs-async", *TINY, "--save", "mine", "-v", folder=tmp_path)
    shown = concbench("show", "results/mine.json", "-v", folder=tmp_path)
    assert (measured.returncode, shown.returncode) == (0, 0)
    assert b"UNDECIDED: " in shown.stdout
    assert shown.stdout == measured.stdout
    words = ("--format", "github", "--sort", "time")
    assert len(concbench("show", "results/mine.json", *words, folder=tmp_path).stdout.splitlines()) > 6


@POSIX_ONLY
def test_a_warning_is_one_line_in_a_log_and_breaks_at_words_on_a_terminal(tmp_path: Path) -> None:
    words = "the machine is busy with something else, which is " + "really, " * 20 + "bad for figures"
    write_run(replace(example_run(), warnings=[words]), tmp_path / "run.json")
    assert f"Warning: {words}\n".encode() in concbench("show", "run.json", folder=tmp_path).stderr
    for stdout in (True, False):
        seen = on_terminal(("show", "run.json"), tmp_path, columns=60, stdout=stdout)
        lines = [line for line in screen(seen.err) if line.startswith(("Warning", "really", "is ", "bad"))]
        assert len(lines) > 3
        assert max(map(len, lines)) <= 60
        assert not any(line.endswith("rea") for line in lines)


# Output that goes elsewhere


@pytest.mark.parametrize("form", ["text", pytest.param("html", marks=pytest.mark.thorough)])
def test_piped_output_has_no_escape_sequence(form: str, tmp_path: Path) -> None:
    for words in (("show", saved(tmp_path, f"{form}.json"), "--format", form, "-v"), ("list",), COMPARE):
        result = concbench(*words, folder=tmp_path)
        assert result.returncode == 0
        assert b"\x1b" not in result.stdout + result.stderr


@POSIX_ONLY
@pytest.mark.parametrize("change", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_shows_no_colours_to_who_wants_none(change: dict[str, str], tmp_path: Path) -> None:
    words = ("show", saved(tmp_path))
    assert COLOUR.search(on_terminal(words, tmp_path).out)
    plain = on_terminal(words, tmp_path, env=change)
    assert "CONFIRMED" in plain.out
    assert "\x1b" not in plain.out + plain.err


@POSIX_ONLY
@pytest.mark.parametrize(
    "words",
    [
        ("show", "run.json"),
        ("list",),
        ("run", "--help"),
        pytest.param(COMPARE, marks=pytest.mark.thorough),
        pytest.param((*COMPARE, "--json", "-"), marks=pytest.mark.thorough),
    ],
)
def test_output_that_nobody_reads_is_no_reason_for_a_traceback(words: tuple[str, ...], tmp_path: Path) -> None:
    saved(tmp_path)
    reading, writing = os.pipe()
    os.close(reading)  # as if `head` were done already
    try:
        result = concbench(*words, folder=tmp_path, stdout=writing)
    finally:
        os.close(writing)
    assert b"Traceback" not in result.stderr
    assert b"Exception ignored" not in result.stderr
    assert b"BrokenPipeError" not in result.stderr
    assert result.returncode == READER_GONE


@POSIX_ONLY
def test_head_shows_the_first_line_and_nothing_is_complained_of(tmp_path: Path) -> None:
    command = f"{shlex.quote(str(CONCBENCH))} list | head -1"
    result = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True)
    assert (result.stdout, result.stderr) == (b"Suites\n", b"")


@pytest.mark.parametrize(
    "change",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "iso8859-5"},
        pytest.param({"PYTHONIOENCODING": "cp437"}, marks=pytest.mark.thorough),
        pytest.param({"LC_ALL": "C"}, marks=pytest.mark.thorough),
        pytest.param({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, marks=pytest.mark.thorough),
    ],
    ids=lambda change: " ".join(change.values()),
)
def test_a_letter_that_the_encoding_lacks_ends_no_command(change: dict[str, str], tmp_path: Path) -> None:
    run = example_run()
    run = replace(run, tables=[replace(run.tables[0], title="进程池")])
    write_run(run, tmp_path / "run.json")
    for words in (("show", "run.json", "-v"), ("list",)):
        result = concbench(*words, folder=tmp_path, env=change)
        assert result.returncode == 0
        assert b"Traceback" not in result.stderr
        assert len(result.stdout.splitlines()) > 5


# The tutorial


@pytest.mark.thorough
def test_every_command_of_the_tutorial_works_on_its_function(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "tutorials" / "decide.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "similar.py").write_text(program, encoding="utf-8")
    (tmp_path / "texts.jsonl").write_text('"a pool"\n"a thread"\n"a process"\n', encoding="utf-8")
    commands = re.findall(r"^\$ concbench (.*)$", text, re.MULTILINE)
    assert [words.split()[0] for words in commands] == ["doctor", "advise", "compare", "compare", "compare"]
    for command in commands:
        words = [sys.executable if word.startswith("python3") else word for word in shlex.split(command)]
        few = {"doctor": ["--no-noise"], "advise": ["--budget", "1s"], "compare": ["--blocks", "1", "--rounds", "1"]}
        result = concbench(*words, *few[words[0]], folder=tmp_path)
        assert result.returncode == 0, result.stderr.decode()
        assert b"Traceback" not in result.stderr
    (recommended,) = read_run(next((tmp_path / "results").glob("advise-*.json"))).recommendations
    assert recommended.case
