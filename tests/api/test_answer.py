"""What a program gets: figures by name, a plain display, and one for notebooks in which nothing can act."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from concbench.api.answer import Answer
from concbench.api.errors import NotMeasured
from concbench.cli.main import cli
from concbench.model.run import Run
from concbench.registry import UnknownName
from concbench.runs.reading import read_run
from tests.builders import example_run, hostile_run

HOSTILE = '<script>alert(1)</script>"\x1b[31m'


@pytest.fixture
def answer() -> Answer:
    return Answer(example_run())


def test_a_case_is_found_by_its_row_and_by_its_table_and_row(answer: Answer) -> None:
    assert answer.result("pool-map") is answer.result("short/pool-map")
    with pytest.raises(UnknownName, match="did you mean 'pool-map'"):
        answer.result("pool-mop")


def test_a_row_that_two_tables_have_needs_its_table(answer: Answer) -> None:
    run = answer.run
    run.tables.append(replace(run.tables[0], name="long"))
    run.results.append(replace(run.results[0], case=replace(run.results[0].case, group="long")))
    with pytest.raises(UnknownName, match="there is no single case 'process'"):
        answer.result("process")
    assert answer.result("long/process").case.table == "long"
    with pytest.raises(ValueError, match="2 tables"):
        _ = answer.fastest


def test_a_speedup_is_the_reciprocal_of_the_ratio(answer: Answer) -> None:
    ratio, speedup = answer.ratio("pool-map"), answer.speedup("pool-map")
    assert ratio.low is not None
    assert ratio.estimate < 1 < speedup.estimate
    assert speedup.estimate == pytest.approx(1 / ratio.estimate)
    assert speedup.high == pytest.approx(1 / ratio.low)
    assert answer.speedup("process", over="pool-map").estimate == pytest.approx(ratio.estimate)
    assert answer.ratio("pool-map", confidence=0.99).confidence == 0.99


def test_what_could_not_be_measured_has_no_ratio_and_says_why(answer: Answer) -> None:
    failed = next(result for result in answer.run.results if result.failure is not None)
    assert failed.failure is not None
    with pytest.raises(NotMeasured, match="could not be measured") as raised:
        answer.ratio(failed.case.id)
    assert failed.failure.message in str(raised.value)
    with pytest.raises(NotMeasured):
        answer.speedup("process", over=failed.case.label)


def test_the_fastest_is_the_case_with_the_smallest_median(answer: Answer) -> None:
    assert answer.fastest.case.label == "pool-map"
    empty = Answer(replace(answer.run, results=[replace(result, median=None) for result in answer.run.results]))
    with pytest.raises(NotMeasured):
        _ = empty.fastest


def test_it_is_saved_and_never_overwrites(answer: Answer, tmp_path: Path) -> None:
    first, second = (answer.save(tmp_path / "runs" / "mine.json") for _ in range(2))
    assert (first.name, second.name) == ("mine.json", "mine-2.json")
    assert read_run(first) == answer.run


def test_it_shows_itself_as_the_command_line_shows_a_run(answer: Answer, tmp_path: Path) -> None:
    path = answer.save(tmp_path / "run.json")
    shown = CliRunner().invoke(cli, ["show", str(path)])
    assert shown.exit_code == 0
    assert sorted(filter(None, repr(answer).splitlines())) == sorted(
        filter(None, (shown.stdout + shown.stderr).splitlines())
    )
    assert str(answer) == repr(answer)
    assert max(map(len, repr(answer).splitlines())) <= 100


def test_facts_are_shown_too() -> None:
    run = read_run(Path(__file__).parents[2] / "results" / "example-semantics.json")
    assert "statements hold" in repr(Answer(run))
    assert "statements hold" in Answer(run)._repr_html_()


class Elements(HTMLParser):
    """The elements of a piece of a page, and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs
        if tag not in ("br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("run", [example_run(), hostile_run()], ids=["example", "hostile"])
def test_a_notebook_is_shown_tables_and_pictures_in_which_nothing_can_act(run: Run) -> None:
    page = Answer(run)._repr_html_()
    seen = Elements(page)
    assert seen.open == []
    assert {"table", "img", "p"} <= set(seen.names)
    assert not set(seen.names) & {"script", "iframe", "object", "svg", "link", "style", "a"}
    assert not any(name.startswith("on") for name, _ in seen.attributes)
    sources = [value for name, value in seen.attributes if name == "src"]
    assert all(value is not None and value.startswith("data:image/svg+xml;base64,") for value in sources)
    assert not re.search("https?:", page)
    assert "\x1b" not in page


def test_without_the_extra_there_are_tables_and_no_pictures(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    for name in [name for name in sys.modules if name.startswith(("concbench.report.html", "concbench.report.charts"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "altair", None)  # as if it were not installed
    page = answer._repr_html_()
    assert "<table>" in page
    assert "<img" not in page
