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
from concbench.stats.intervals import mean_interval
from tests.builders import example_run, hostile_run, result, run, steady
from tests.laws import Law, predicting, with_costs

HOSTILE = '<script>alert(1)</script>"\x1b[31m'


@pytest.fixture
def answer() -> Answer:
    return Answer(example_run())


def test_a_case_is_found_by_its_row_and_by_its_table_and_row(answer: Answer) -> None:
    assert answer.result("pool-map") is answer.result("short/pool-map")
    with pytest.raises(UnknownName, match="did you mean 'pool-map'"):
        answer.result("pool-mop")


def test_a_row_that_two_tables_have_needs_its_table(answer: Answer) -> None:
    found = answer.run
    found.tables.append(replace(found.tables[0], name="long"))
    found.results.append(replace(found.results[0], case=replace(found.results[0].case, group="long")))
    with pytest.raises(UnknownName, match="there is no single case 'process'"):
        answer.result("process")
    assert answer.result("long/process").case.table == "long"
    with pytest.raises(ValueError, match="2 tables"):
        _ = answer.fastest


def test_a_whole_job_is_predicted_from_a_sample(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    predicting(monkeypatch, Law(task=0.001))
    found = Answer(with_costs(answer.run)).predict("pool-map", items=100_000, workers=4)
    assert found.wall.low < found.wall.estimate < found.wall.high
    assert (found.job.items, found.settings.workers, found.settings.chunksize) == (100_000, 4, 13)
    assert "items" in found.beyond
    with pytest.raises(NotMeasured, match="it holds no costs"):
        answer.predict()


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
    assert sorted(filter(None, str(answer).splitlines())) == sorted(
        filter(None, (shown.stdout + shown.stderr).splitlines())
    )
    assert f"{answer}" == str(answer)
    assert max(map(len, str(answer).splitlines())) <= 100


def test_facts_are_shown_too() -> None:
    found = Answer(read_run(Path(__file__).parents[2] / "results" / "example-semantics.json"))
    assert "statements hold" in str(found)
    assert "statements hold" in found._repr_html_()
    assert repr(found) == "Answer(semantics, 101 facts)"


# At a prompt


def measured(*walls: float) -> Answer:
    """An answer on two rows that take so long."""
    return Answer(
        run([result(f"cpu/{name}", steady(wall)) for name, wall in zip(("serial", "thread"), walls, strict=True)])
    )


@pytest.mark.parametrize(
    ("walls", "shown"),
    [
        ((0.24, 0.01), "Answer(24.0\N{MULTIPLICATION SIGN} faster: thread vs serial, 2 cases)"),
        ((0.01, 0.02), "Answer(2.00\N{MULTIPLICATION SIGN} faster: serial vs thread, 2 cases)"),
        ((0.01, 0.01), "Answer(serial as fast as thread, 2 cases)"),
    ],
)
def test_an_answer_is_shown_at_a_prompt_by_what_came_out(walls: tuple[float, float], shown: str) -> None:
    assert repr(measured(*walls)) == shown


def test_an_answer_that_is_undecided_or_empty_says_so() -> None:
    few = [result("cpu/serial", [[0.01]]), result("cpu/thread", [[0.012]])]
    assert repr(Answer(run(few))) == "Answer(serial vs thread: too close to call, 2 cases)"
    assert repr(Answer(run(few[:1]))) == "Answer(compare-cpu, 1 case)"
    assert repr(Answer(run())) == "Answer(compare-cpu, 0 facts)"


def test_what_an_answer_holds_is_shown_in_a_line(answer: Answer) -> None:
    assert repr(answer.run) == "Run('pool-vs-process', 2026-11-23T04:55:00+00:00, 3 results, 4 blocks)"
    assert repr(answer.result("pool-map")) == "Result('short/pool-map', 0.0818 s, 8 samples)"
    assert repr(answer.result("ray")) == "Result('short/ray', failure: unavailable)"
    assert repr(answer.ratio("pool-map")) == "Interval(0.196, 95 % interval 0.196 to 0.196, 4 blocks)"
    assert repr(mean_interval([0.25])) == "Interval(0.25, no interval, 1 block)"
    assert repr(answer.result("process").samples[0]).count("\n") == 0


@pytest.mark.parametrize("part", ["trace", "watch"])
def test_no_line_holds_all_that_was_recorded(part: str, answer: Answer) -> None:
    assert len(repr(getattr(answer.result("pool-map"), part))) < 400


def test_a_line_holds_no_control_characters_of_a_file() -> None:
    found = Answer(hostile_run())
    assert repr(found).isprintable()
    assert repr(found.run).isprintable()
    assert all(repr(each).isprintable() for each in found.run.results)


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


@pytest.mark.parametrize("found", [example_run(), hostile_run()], ids=["example", "hostile"])
def test_a_notebook_is_shown_tables_and_pictures_in_which_nothing_can_act(found: Run) -> None:
    page = Answer(found)._repr_html_()
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
