"""What the README promises: it is short, its pictures exist, and its first command is about your own function."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from concbench.report.sections.advice import program
from concbench.runs.reading import read_run
from docs.recording import read

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
FUNCTION = ROOT / "docs" / "examples" / "crawler.py"
RECORDED = read((ROOT / "results" / "example-advice.cast").read_bytes())
MOST_WORDS = 700


def test_the_readme_has_at_most_seven_hundred_words() -> None:
    shown = re.sub(r"<!--.*?-->", "", README, flags=re.DOTALL)  # prose and code alike
    assert len(shown.split()) <= MOST_WORDS


def test_the_first_command_is_advice_on_the_readers_own_function() -> None:
    first = next(re.finditer(r"^\$ (concbench .*)$", README, re.MULTILINE))
    assert first[1] == RECORDED.header.command
    assert PROGRAMS[0] == FUNCTION.read_text(encoding="utf-8")


def test_the_program_of_the_recorded_run_works(tmp_path: Path) -> None:
    run = read_run(ROOT / "results" / "example-advice.json")
    (found,) = run.recommendations
    text = program(run, found)
    assert text.replace("\n", "\r\n") in "".join(piece for _, _, piece in RECORDED.events)
    shutil.copy(FUNCTION, tmp_path)
    (tmp_path / "program.py").write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("60 results\n", "")


def test_every_picture_exists_and_says_what_it_shows() -> None:
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", README)
    assert len(pictures) == 2
    for words, path in pictures:
        assert len(words.split()) > 5
        assert (ROOT / path).stat().st_size < 60_000


@pytest.mark.parametrize("how", ["uv tool install .", "pipx install .", "pip install ."])
def test_each_way_to_install_is_one_line(how: str) -> None:
    assert re.search(rf"^\$ {re.escape(how)}( +#.*)?$", README, re.MULTILINE)
