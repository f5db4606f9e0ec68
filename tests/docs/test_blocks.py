"""Every command and program that the documentation shows is run, or says above it why not.

A page is followed as a reader would follow it, from its first block to its last, in an empty folder. For that

- a file that the page says to save is saved, and a run that it names without having made it is an example;
- commands that measure are told to measure less (`FEW`), and programs likewise (`QUICKER`);
- `python` and whatever `--python` names is the interpreter of the tests, because others may be missing;
- `--open` is left out, and so is a pipe into a program that is not installed.

Blocks that are not run, too, name commands and options that exist.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
import psutil
import pytest

from concbench.cli.main import COMMANDS, cli
from concbench.runs.writing import write_run
from tests.api.typing_in import run_cell, typed_in
from tests.builders import example_run
from tests.docs.pages import Block, blocks, page_id, pages, rest_of, words_of
from tests.e2e.command import CONCBENCH, LONGEST, ONCE

QUICKER = "blocks=3, rounds=1"
"""In the place of `quick=True`, so that programs take a second."""
FEW = {
    "run": (*ONCE, "--quick"),
    "compare": (*ONCE, "--quick"),
    "advise": ("--budget", "1s"),
    "load": ("--budget", "2s", "--max-calls", "60"),
    "doctor": ("--no-noise",),
    "check": ("--budget", "2s"),
}
"""What is added to a command, so that it takes a second or two. It measures less, and otherwise does the same."""
SAVED = ("--budget", "6s")
"""The same for what `compare` saves: a prediction needs what machinery costs, and a run of one block has no time to
measure that."""
REGRESSION = 1
CONSOLE, PYTHON = "console", "python"
NO_LANGUAGE = "text"
"""Of blocks that show something and are not to be run; so are those without a language."""
SHOWN = ("toml", "yaml", "json", "jsonl", "xml", "html", "ini", NO_LANGUAGE, "")
DIRECTIVE = re.compile(r"\{[\w-]+\}.*")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the pages show a POSIX shell")


def runnable(page: Path) -> list[Block]:
    """The blocks that a test has to run, or to save for those that are run."""
    return [
        block
        for block in blocks(page)
        if (block.language in (CONSOLE, PYTHON) or block.saved_as is not None) and block.not_run is None
    ]


RUN = [page for page in pages() if any(block.language in (CONSOLE, PYTHON) for block in runnable(page))]


@pytest.mark.parametrize("page", pages(), ids=page_id)
def test_every_block_has_a_language_that_says_whether_it_is_run(page: Path) -> None:
    for block in blocks(page):
        known = block.language in (CONSOLE, PYTHON, *SHOWN) or DIRECTIVE.fullmatch(block.language) or block.not_run
        assert known, f"{page_id(page)}:{block.line}: {block.language!r}"
        if block.language == CONSOLE:
            assert block.commands, f"{page_id(page)}:{block.line}: no command; mark it as text"
        elif block.language in SHOWN:
            assert not block.commands, f"{page_id(page)}:{block.line}: a command; mark it as console"


@pytest.mark.parametrize("page", pages(), ids=page_id)
def test_every_command_that_is_shown_has_options_that_exist(page: Path) -> None:
    for block in blocks(page):
        for command in block.commands if block.language == CONSOLE else []:
            words = words_of(command)
            if "concbench" in words:
                name, *rest = words[words.index("concbench") + 1 :]
                if name in COMMANDS:
                    found = cli.get_command(click.Context(cli), name)
                    assert found is not None
                    with pytest.MonkeyPatch.context() as patch:
                        patch.setenv("NO_COLOR", "1")
                        try:
                            found.make_context(name, rest)
                        except click.exceptions.Exit:
                            pass  # --help
                        except click.UsageError as error:
                            pytest.fail(f"{page_id(page)}:{block.line}: {command}: {error.format_message()}")
                else:
                    assert name in ("--help", "--version"), command


@dataclass
class Reader:
    """Follows a page from its first block to its last, in a folder of its own."""

    folder: Path
    names: dict[str, object]
    background: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def follow(self, block: Block) -> None:
        """Save or run a block, as its text says."""
        if block.saved_as is not None and block.language != CONSOLE:
            path = self.folder / block.saved_as
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == PYTHON:
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(self.folder)
                run_cell(block.text.replace("quick=True", QUICKER), self.names)
        else:
            for command in block.commands:
                self.enter(command)

    def enter(self, command: str) -> None:
        """Run a command of a console."""
        words = words_of(command)
        if words[0] == "cd":
            self.folder = self.folder / words[1]
            return
        words = [sys.executable if word == "python" else word for word in words]
        if "concbench" in words:
            words = self.quicker(words)
        rest = rest_of(command)
        if rest == "&":
            self.background.append(subprocess.Popen(words, cwd=self.folder, stdout=subprocess.DEVNULL))
            wait_until_it_listens(self.background[-1])
            return
        if rest.startswith("| ") and shutil.which(words_of(rest.removeprefix("| "))[0]) is None:
            rest = ""
        line = f"{shlex.join(words)} {rest}"
        done = subprocess.run(
            ["sh", "-c", line], cwd=self.folder, capture_output=True, text=True, timeout=LONGEST, check=False
        )
        good = (0, REGRESSION) if "check" in words[:3] else (0,)
        assert done.returncode in good, f"{command}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr

    def quicker(self, words: list[str]) -> list[str]:
        """A command that does the same with less, and under the only interpreter that is surely there."""
        at = words.index("concbench")
        name, rest = words[at + 1], words[at + 2 :]
        for place, word in enumerate(rest):
            if place and rest[place - 1] == "--python":
                rest[place] = sys.executable
            elif word.endswith(".json") and (not place or rest[place - 1] not in ("-o", "--json", "--save")):
                path = self.folder / word
                path.parent.mkdir(parents=True, exist_ok=True)
                if not path.exists():
                    write_run(example_run(), path)
        if name == "history":
            (self.folder / "results").mkdir(exist_ok=True)
            if not any((self.folder / "results").glob("*.json")):
                write_run(example_run(), self.folder / "results" / "one.json")
        rest = [word for word in rest if word != "--open"]
        if any(asked in rest for asked in ("--help", "--version")):
            return [*words[:at], str(CONCBENCH), name, *rest]
        few = SAVED if name == "compare" and "--save" in rest else FEW.get(name, ())
        return [*words[:at], str(CONCBENCH), name, *rest, *few]


def wait_until_it_listens(process: subprocess.Popen[bytes]) -> None:
    """Wait until a server that was started accepts connections."""
    until = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < until:
        if any(found.status == psutil.CONN_LISTEN for found in psutil.Process(process.pid).net_connections("tcp")):
            return
    raise AssertionError(f"process {process.pid} does not listen")


@contextmanager
def reading(folder: Path) -> Iterator[Reader]:
    """A reader, whose servers are ended in the end."""
    with typed_in() as names:
        reader = Reader(folder, names)
        try:
            yield reader
        finally:
            for process in reader.background:
                process.kill()
                process.wait()


@pytest.mark.thorough
@pytest.mark.parametrize("page", RUN, ids=page_id)
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("default")
def test_whoever_follows_a_page_gets_to_its_end(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "A reader")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "reader@example.org")
    monkeypatch.setenv("PATH", f"{CONCBENCH.parent}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "here").mkdir()
    with reading(tmp_path / "here") as reader:
        for block in runnable(page):
            reader.follow(block)
