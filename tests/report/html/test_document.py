"""What a report promises: one file that needs nothing else, everything in it, and foreign text shown as text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings

from concbench.model import Run
from concbench.report.html.document import document
from concbench.report.html.embedding import as_data
from concbench.report.html.side_by_side import Named
from tests.example_run import example_run
from tests.report.gate_runs import change, gate_run
from tests.report.html.traced import traced_run
from tests.report.runs import failed_run, hostile_run
from tests.report.sharing import facts_run, sharing_run
from tests.runs.any_run import runs

HOSTILE = "<script>alert(1)</script></script><!--\u2028\u2029\u202e\u200f'\"&{{ 7*7 }}{% x %}" + "long" * 200
LARGEST = 3_000_000


def page(*found: Run) -> str:
    return document([Named(f"run-{number}", run) for number, run in enumerate(found, 1)])


class Outline(HTMLParser):
    """What a browser makes of a page, as far as the tests ask."""

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


def test_a_report_holds_everything_that_the_run_has() -> None:
    text = Outline(page(traced_run())).text
    for words in (
        "Is a pool worth it, or is one process per task good enough?",
        "confirmed",
        "a pool beats one process per task on short CPU tasks",
        "short/pool-map takes 0.198 times (95 % interval 0.191 to 0.206) the time of short/process: faster.",
        "the load was 1.3 when the run began: close what else is running",
        "ray is not installed; try: pip install 'concbench[ray]'",
        "Timeline of pool-map",
        "CPU over time",
        "Example CPU @ 2.40 GHz",
        "seed 20261123",
    ):
        assert words in text


def test_what_failed_is_shown_with_its_reason() -> None:
    text = Outline(page(failed_run())).text
    for number, kind in enumerate(("raised", "timeout", "unavailable")):
        assert f"{kind} case {number} did not work" in text


def test_facts_changes_and_crossings_have_their_places() -> None:
    text = Outline(page(sharing_run(), facts_run(), gate_run(change(verdict="slower")))).text
    assert "shared-memory is faster than pipe from messages of" in text
    assert "The statement on closed holds." in text
    assert "1 regression in 1 case." in text
    assert "processes/value lost 40,000 of 160,000 updates." in text


@pytest.mark.parametrize("count", [1, 2])
def test_headings_are_in_order_and_every_chart_has_words(count: int) -> None:
    outline = Outline(page(*[traced_run() for _ in range(count)]))
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(outline.headings, outline.headings[1:], strict=False))
    assert len(outline.images) >= 7 * count
    assert all(len(label) > 40 for label in outline.images)
    assert len(set(outline.ids)) == len(outline.ids)
    assert {link.removeprefix("#") for link in outline.links if link.startswith("#")} <= set(outline.ids)


def test_nothing_is_asked_of_anybody_else() -> None:
    outline = Outline(page(traced_run(), sharing_run()))
    assert all(link.startswith("#") or link == "data:," for link in outline.links)


def test_a_default_run_is_small() -> None:
    assert len(page(traced_run(10_000)).encode()) < LARGEST


def test_data_can_not_end_its_script() -> None:
    text = str(as_data({"name": HOSTILE}))
    assert not re.search("[<>&\u2028\u2029\u202e]", text)
    assert json.loads(text) == {"name": HOSTILE}


def hostile_everywhere() -> Run:
    run = hostile_run()
    for case in run.cases:
        case.id, case.subject, case.part = f"{HOSTILE}/{case.id}", HOSTILE + case.subject, HOSTILE
    run.parts = [replace(run.parts[0], name=HOSTILE, title=HOSTILE)]
    run.suite = run.question = run.started = HOSTILE
    run.command = [HOSTILE]
    run.warnings = [HOSTILE]
    run.environment = replace(run.environment, versions={HOSTILE: HOSTILE}, build=HOSTILE)
    return run


def test_foreign_text_is_shown_and_never_obeyed() -> None:
    text = page(hostile_everywhere(), replace(traced_run(), question=HOSTILE))
    harmless = Outline(page(traced_run(), traced_run()))
    outline = Outline(text)
    assert set(outline.scripts) == {"application/json", None}
    assert outline.scripts.count(None) == harmless.scripts.count(None) == 2
    assert "<script>alert" not in text
    assert not re.search("[\u2028\u2029\u202e\u200f]", text)
    assert "<script>alert(1)</script>" in outline.text
    assert "{{ 7*7 }}" in outline.text


@given(run=runs())
@settings(max_examples=5)
def test_any_run_that_can_be_read_can_be_reported(run: Run) -> None:
    assert page(run, example_run()).rstrip().endswith("</html>")
