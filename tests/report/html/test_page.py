"""What a page promises: one file that needs nothing else, everything in it, and foreign text shown as text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings

from concbench.model.run import Run
from concbench.report.charts.runs import NamedRun
from concbench.report.html.page import as_data, page
from tests.builders import change, example_run, failed_run, gate_run, hostile_run, result, run, steady
from tests.recorded import region, straggling, task
from tests.recorded import traced_run as recorded_run
from tests.report.charts.traced import large_run, traced_run
from tests.report.runs import advised_run, facts_run, sharing_run, tried
from tests.runs.any_run import runs

EVIL = "<script>alert(1)</script></script><!--\u2028\u2029\u202e\u200f'\"&{{ 7*7 }}{% x %}" + "long" * 200
LARGEST = 3_000_000


def html(*found: Run) -> str:
    return page([NamedRun(f"run-{number}", run) for number, run in enumerate(found, 1)])


@cache
def of_a_traced_run() -> str:
    """A page that many tests look at, made once."""
    return html(traced_run())


class Outline(HTMLParser):
    """The parts of a page that the tests ask for, as a browser reads it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.scripts: list[str | None] = []
        self.images: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.inside = tag
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "script":
            self.scripts.append(found.get("type"))
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if found.get("role") == "img":
            self.images.append(str(found.get("aria-label")))
        self.links += [str(found[name]) for name in ("src", "href", "action", "data") if name in found]

    def handle_data(self, data: str) -> None:
        if self.inside not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_a_page_holds_everything_that_the_run_has() -> None:
    text = Outline(of_a_traced_run()).text
    places = [
        text.index(words)
        for words in (
            "Is a pool worth it, or is one process per task good enough?",
            "✓ Confirmed a pool beats one process per task on short CPU tasks",
            "the load was 1.3 when the run began: close what else is running",
            "confirmed a pool beats one process per task on short CPU tasks "
            "pool-map is 5.05× faster than process (95 % interval 4.85× to 5.24×).",
            "start+run+stop",
            "ray unavailable: ray is not installed; try: pip install 'concbench[ray]'",
            "Timeline of pool-map",
            "Wall time Fastest: pool-map",
            "CPU over time",
            "seed 20261123",
            "GCC 14.2.0",
        )
    ]
    assert places == sorted(places)


def test_the_card_is_above_everything_or_in_the_section_of_its_run() -> None:
    alone, both = of_a_traced_run(), html(traced_run(), facts_run(), traced_run())
    assert alone.count('class="hero') == 1
    assert alone.index('class="hero') < alone.index("<nav")
    assert both.count('class="hero') == 2
    assert both.index("<nav") < both.index('class="hero')


def test_many_timelines_are_folded() -> None:
    assert 'class="folded"' not in html(large_run(4))
    assert html(large_run(5)).count('class="folded"') == 1
    assert "Timelines of 5 cases" in html(large_run(5))


def test_a_page_of_a_traced_program_has_its_regions_their_parts_and_their_timelines() -> None:
    text = Outline(html(straggling())).text
    places = [
        text.index(words)
        for words in (
            "Where does the time go in job.py?",
            "opened in workers of ProcessPoolExecutor at job.py:41",
            "Where the time went ProcessPoolExecutor at job.py:41 took 2.00 s:",
            "'the large one'",
            "Timeline of ProcessPoolExecutor at job.py:41",
            "Timeline of Semaphore at job.py:50",
            "One run of the program",
            "The processes of the program",
        )
    ]
    assert places == sorted(places)


def test_two_traces_side_by_side_say_what_changed_and_many_timelines_are_folded() -> None:
    text = Outline(html(straggling(), straggling())).text
    assert "run-2 after run-1" in text
    assert "About as long: it took 2.60 s after 2.60 s." in text
    many = recorded_run(*(region([task(0, 1)], line=at) for at in range(5)))
    assert "Timelines of 5 regions" in html(many)


def test_the_fastest_row_and_what_an_answer_is_about_stand_out() -> None:
    found = run([result("short/serial", steady(0.2)), result("short/thread", steady(0.1))])
    text = html(found)
    assert text.count('<tr class="best">') == 1
    assert '<p class="answer"><strong>Fastest:</strong> thread, 100 ms' in text


def test_only_programs_have_a_button_to_copy_them() -> None:
    advised = html(advised_run(tried("pool-map", 0.05, workers=2), tried("serial", 0.1)))
    assert advised.count('<button type="button" class="copy" hidden>') == 1
    assert "<button" not in html(failed_run())


def test_what_failed_is_shown_with_its_reason() -> None:
    text = Outline(html(failed_run())).text
    for number, kind in enumerate(("raised", "timeout", "unavailable")):
        assert f"{kind}: case {number} did not work" in text


def test_facts_changes_crossings_and_an_interruption_are_shown() -> None:
    gate = gate_run(change(verdict="slower"), complete=False)
    text = Outline(html(sharing_run(), facts_run(), gate)).text
    assert "shared-memory is faster than pipe for messages of 20 KiB or more" in text
    assert "The statement on closed holds." in text
    assert "failed 1 regression in 1 case." in text
    assert "processes/value lost 40,000 of 160,000 updates." in text
    assert text.count("This run was interrupted") == 1


@pytest.mark.parametrize("count", [1, 2])
def test_headings_are_in_order_and_every_chart_has_words(count: int) -> None:
    outline = Outline(html(*[traced_run()] * count))
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(outline.headings))
    assert len(outline.images) >= 7 * count
    assert all(len(label) > 40 for label in outline.images)
    assert len(set(outline.ids)) == len(outline.ids)
    assert {link.removeprefix("#") for link in outline.links if link.startswith("#")} <= set(outline.ids)


def test_no_heading_stands_over_nothing() -> None:
    headings = re.findall(r"<h([3-6])[^>]*>[^<]*</h\1>\s*<(h[1-6]|/section)?", html(sharing_run(), failed_run()))
    assert len(headings) > 10
    assert not any(next_tag == "/section" or next_tag[1:] <= level for level, next_tag in headings if next_tag)


def test_nothing_is_loaded_from_elsewhere() -> None:
    outline = Outline(html(traced_run(), sharing_run()))
    assert all(link.startswith("#") or link == "data:," for link in outline.links)


def test_the_page_of_a_default_run_is_small() -> None:
    assert len(html(traced_run(10_000)).encode()) < LARGEST


def test_data_can_not_end_its_script() -> None:
    text = str(as_data({"name": EVIL}))
    assert not re.search("[<>&\u2028\u2029\u202e]", text)
    assert json.loads(text) == {"name": EVIL}


def evil_everywhere() -> Run:
    run = hostile_run()
    results = [
        replace(each, case=replace(each.case, group=EVIL, row=f"{EVIL}{number}", subject=f"{EVIL}{number}"))
        for number, each in enumerate(run.results)
    ]
    comparison = replace(run.comparisons[0], case=results[1].case.id, reference=results[0].case.id)
    claim = replace(run.claims[0].claim, sentence=EVIL)
    return replace(
        run,
        results=results,
        comparisons=[comparison],
        claims=[replace(run.claims[0], claim=claim, comparison=comparison)],
        tables=[replace(run.tables[0], name=EVIL, title=EVIL, reference=results[0].case.id)],
        suite=EVIL,
        question=EVIL,
        started=EVIL,
        command=[EVIL],
        warnings=[EVIL],
        environment=replace(run.environment, versions={EVIL: EVIL}, build=EVIL),
    )


def test_foreign_text_is_shown_and_never_obeyed() -> None:
    text = html(evil_everywhere(), replace(traced_run(), question=EVIL))
    outline, harmless = Outline(text), Outline(html(traced_run(), traced_run()))
    assert set(outline.scripts) == {"application/json", None}
    assert outline.scripts.count(None) == harmless.scripts.count(None) == 2
    assert "<script>alert" not in text
    assert not re.search("[\u2028\u2029\u202e\u200f]", text)
    for data in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text):
        assert not re.search("[\u2028\u2029\u202e\u200f]", json.dumps(json.loads(data), ensure_ascii=False))
    assert "<script>alert(1)</script>" in outline.text
    assert "{{ 7*7 }}" in outline.text


@given(run=runs())
@settings(max_examples=5)
def test_any_run_that_can_be_read_has_a_page(run: Run) -> None:
    assert html(run, example_run()).rstrip().endswith("</html>")
