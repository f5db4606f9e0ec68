"""What `concbench report` writes."""

from __future__ import annotations

import json
import sys
import webbrowser
from pathlib import Path

import pytest

from concbench.runs.writing import write_run
from tests.cli.calling import concbench, mistake
from tests.report.charts.traced import traced_run


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_run(traced_run(), Path("results/run.json"))


def test_a_report_is_named_after_its_run_and_overwritten_only_by_force() -> None:
    result = concbench("report", "results/run.json")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "Wrote run.html\n")
    assert Path("run.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "run.html already exists: name another file, or overwrite it with --force" in mistake(
        "report", "results/run.json"
    )
    assert concbench("report", "results/run.json", "--force").exit_code == 0


def test_several_runs_are_compared() -> None:
    write_run(traced_run(), Path("other.json"))
    assert concbench("report", "results/run.json", "other.json", "-o", "both.html").exit_code == 0
    assert "Side by side: run, other" in Path("both.html").read_text(encoding="utf-8")


def test_the_page_can_be_opened_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    assert concbench("report", "results/run.json", "-o", "a page.html", "--open").exit_code == 0
    assert opened == [Path("a page.html").absolute().as_uri()]
    assert "--open needs --format html" in mistake("report", "results/run.json", "--format", "svg", "--open")


def test_another_tools_file_has_a_report_too() -> None:
    times = {"results": [{"command": "sleep 1", "times": [1.0, 1.1], "mean": 1.05, "median": 1.05}]}
    Path("hyperfine.json").write_text(json.dumps(times), encoding="utf-8")
    result = concbench("report", "hyperfine.json")
    assert result.exit_code == 0, result.stderr
    assert "sleep 1" in Path("hyperfine.html").read_text(encoding="utf-8")


@pytest.mark.thorough
@pytest.mark.parametrize(("form", "beginning"), [("svg", b"<svg"), ("png", b"\x89PNG")])
def test_charts_alone_are_a_file_each(form: str, beginning: bytes) -> None:
    result = concbench("report", "results/run.json", "--format", form, "-o", "charts")
    assert result.stderr == f"Wrote 8 {form.upper()} files to charts\n"
    found = {path.name: path.read_bytes() for path in Path("charts").iterdir()}
    assert {f"short-timeline-pool-map.{form}", f"hero.{form}"} <= found.keys()
    assert all(picture.startswith(beginning) and len(picture) > 1_000 for picture in found.values())
    assert "already exists" in mistake("report", "results/run.json", "--format", form, "-o", "charts")
    assert concbench("report", "results/run.json", "--format", form, "-o", "charts", "--force").exit_code == 0


def test_what_can_not_be_read_is_said() -> None:
    assert "missing.json" in mistake("report", "missing.json")
    Path("broken.json").write_text("{", encoding="utf-8")
    assert "broken.json" in mistake("report", "results/run.json", "broken.json")
    assert "RUN" in mistake("report")
    assert list(Path().glob("*.html")) == []


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("concbench.report.html", "concbench.report.charts"))]:
        monkeypatch.delitem(sys.modules, name)
    for name in [name for name in sys.modules if name.partition(".")[0] == "jinja2"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Without("jinja2"), *sys.meta_path])
    assert "a report needs jinja2: pip install 'concbench[report]'" in mistake("report", "results/run.json")


class Without:
    """Finds no module of one name, as where it is not installed."""

    def __init__(self, name: str) -> None:
        self.name = name

    def find_spec(self, name: str, *_: object) -> None:
        if name.partition(".")[0] == self.name:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def test_one_chart_can_be_had_alone() -> None:
    words = ("report", "results/run.json", "--format", "svg", "--chart", "short-wall")
    assert concbench(*words, "-o", "one").exit_code == 0
    assert [path.name for path in Path("one").iterdir()] == ["short-wall.svg"]
    assert "there is no chart 'short-wal'; did you mean 'short-wall'?" in mistake(*words[:-1], "short-wal")
    assert concbench(*words[:-1], "hero", "-o", "card").stderr == "Wrote 1 SVG file to card\n"
    assert "--chart needs --format svg or png" in mistake("report", "results/run.json", "--chart", "short-wall")
