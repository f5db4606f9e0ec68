"""A report in a browser: its charts are drawn, it loads nothing, and it works in the dark and on a narrow page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from concbench.model.result import Failure
from concbench.model.run import Run
from concbench.runs.writing import write_run
from tests.builders import case
from tests.e2e.command import Command, usually
from tests.recorded import region, straggling, task
from tests.recorded import traced_run as recorded_run
from tests.report.charts.traced import large_run, traced_run
from tests.report.runs import advised_run, chunks_run, sharing_run, tried

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TIMELINE = "Timeline of ProcessPoolExecutor at job.py:41"
LABELS = r"([text, label]) => document.querySelector(label).innerText.trim().split(/\s+/).sort().join(' ')"
"""The words of a chart in order, as a zoomed axis draws its labels in another one; to be compared with `text`."""
EVIL = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=f"no browser: none of {', '.join(NAMES)} is on the PATH")


@dataclass
class Visit:
    """A page with all its charts drawn, and what it did besides."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def brightness(self) -> float:
        """Of the background, from 0 to 255."""
        colour = str(self.page.evaluate("getComputedStyle(document.body).backgroundColor"))
        return max(float(part) for part in colour.strip("rgb()").split(","))


Visiting = Callable[..., Visit]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser with a new and empty profile."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, *(["--no-sandbox"] if root else [])], headless=True
        )
        yield found
        found.close()


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Visiting]:
    """Makes a report of some runs with the installed command, and opens it."""
    pages: list[Page] = []

    def visiting(*runs: Run, dark: bool = False, width: int = 1100) -> Visit:
        paths = [write_run(run, tmp_path / f"run-{number}.json").name for number, run in enumerate(runs)]
        ended = Command(tmp_path).run("report", *paths, "-o", "report.html")
        assert ended.returncode == 0, ended.stderr
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light")
        pages.append(page)
        found = Visit(page, (tmp_path / "report.html").as_uri())
        page.on("request", lambda request: found.requests.append(request.url))
        page.on("console", lambda message: found.complaints.append(message.text))
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        page.on("dialog", lambda dialog: found.complaints.append(dialog.message))
        page.goto(found.address)
        page.wait_for_selector("html[data-charts=drawn]", state="attached")
        return found

    yield visiting
    for page in pages:
        page.close()


def hostile_run() -> Run:
    run = traced_run()
    first, second, third = run.results
    results = [
        replace(first, case=replace(first.case, row=EVIL, subject=EVIL)),
        second,
        replace(third, failure=Failure(kind="raised", message=EVIL, traceback=EVIL)),
    ]
    table = replace(run.tables[0], title=EVIL, reference=results[0].case.id)
    return replace(run, tables=[table], results=results, question=EVIL, comparisons=[], claims=[])


def test_all_charts_are_drawn_and_nothing_is_loaded(visit: Visiting) -> None:
    found = visit(traced_run(), sharing_run(), chunks_run())
    charts = found.page.locator(".chart")
    assert charts.count() > 15
    assert found.page.locator(".chart[data-drawn]").count() == charts.count()
    assert found.page.locator(".chart :is(svg, canvas)").count() == charts.count()
    assert found.requests == [found.address]
    assert found.complaints == []


def test_a_traced_program_is_drawn_and_its_timeline_can_be_zoomed(visit: Visiting) -> None:
    found = visit(straggling())
    page = found.page
    assert page.locator(".chart[data-drawn] :is(svg, canvas)").count() == 4
    chart = page.get_by_role("img", name=TIMELINE)
    chart.scroll_into_view_if_needed()
    box = chart.locator("svg").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    whole = " ".join(sorted(chart.inner_text().split()))
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    label = f".chart[aria-label^='{TIMELINE}']"
    page.wait_for_function(f"{LABELS} !== text", arg=[whole, label])
    page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + 20)
    page.wait_for_function(f"{LABELS} === text", arg=[whole, label])
    assert found.requests == [found.address]
    assert found.complaints == []


@pytest.mark.thorough
def test_a_hundred_thousand_tasks_are_drawn_on_a_small_page(visit: Visiting, tmp_path: Path) -> None:
    tasks = [task(1e-5 * at, 1e-5 * at + 8e-6, at % 2) for at in range(100_000)]
    found = visit(recorded_run(region(tasks)))
    assert found.page.locator(".chart[data-drawn] canvas").count() == 1
    assert (tmp_path / "report.html").stat().st_size < 5_000_000
    assert found.complaints == []


@pytest.mark.thorough
def test_folded_timelines_are_drawn_when_they_are_unfolded(visit: Visiting) -> None:
    page = visit(large_run(5)).page
    assert page.locator(".folded .chart").count() == 5
    assert page.locator(".folded .chart[data-drawn]").count() == 0
    page.locator(".folded > summary").click()
    page.wait_for_selector(".folded .chart[data-drawn] svg")
    box = page.locator(".folded .chart[data-drawn] svg").first.bounding_box()
    assert box is not None
    assert box["width"] > 500


@pytest.mark.thorough
@pytest.mark.parametrize("tasks", [40, 4_000])
def test_hovering_a_task_shows_its_facts(tasks: int, visit: Visiting) -> None:
    page = visit(traced_run(tasks)).page
    chart = page.get_by_role("img", name="Timeline of pool-map")
    chart.scroll_into_view_if_needed()
    box = chart.locator("svg, canvas").bounding_box()
    assert box is not None
    tip = page.locator("#tip")
    for step in range(40):  # between two tasks there is nothing to show
        page.mouse.move(box["x"] + box["width"] * 0.15 + step, box["y"] + 20)
        if tip.is_visible():
            break
    text = tip.inner_text()
    assert f" of {tasks} on worker " in text
    assert text.endswith(("takes 10 ms", "takes 0.01 s"))


@pytest.mark.thorough
def test_no_text_of_a_picture_is_cut_off(browser: Browser, tmp_path: Path) -> None:
    run = traced_run()
    long = replace(run.results[1], case=case("short/executor-processes workers 16 chunksize 1"))
    run = replace(run, results=[run.results[0], long], comparisons=[], claims=[])
    path = write_run(run, tmp_path / "run.json").name
    ended = Command(tmp_path).run("report", path, "--format", "svg", "--chart", "short-wall", "-o", "pictures")
    assert ended.returncode == 0, ended.stderr
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.goto((tmp_path / "pictures" / "short-wall.svg").as_uri())
    boxes = "[...document.querySelectorAll('text')].map(it => it.getBoundingClientRect())"
    places = page.evaluate(f"{boxes}.map(it => [it.left, it.right])")
    page.close()
    assert len(places) > 3
    assert min(left for left, _ in places) >= 0
    assert max(right for _, right in places) <= 760


@pytest.mark.thorough
def test_it_is_dark_if_the_reader_prefers_that_and_changes_while_it_is_open(visit: Visiting) -> None:
    found = visit(traced_run(), dark=True)
    label = "document.querySelector('.chart svg .role-axis-label text')"
    assert found.brightness() < 60
    dark = found.page.evaluate(f"getComputedStyle({label}).fill")
    found.page.emulate_media(color_scheme="light")
    assert found.brightness() > 200
    # Its pictures are drawn again, one by one: in between there may be none.
    found.page.wait_for_function(f"dark => {label} && getComputedStyle({label}).fill !== dark", arg=dark)
    assert found.complaints == []


@pytest.mark.thorough
def test_a_narrow_page_does_not_scroll_sideways_and_cuts_off_no_legend(visit: Visiting) -> None:
    found = visit(hostile_run(), sharing_run(), width=400)
    found.page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    assert found.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    words = "[...document.querySelectorAll('.chart svg .role-legend-label text')]"
    short = f"{words}.filter(it => it.textContent.length < 30)"
    rights = found.page.evaluate(f"{short}.map(it => it.getBoundingClientRect().right)")
    assert len(rights) > 20
    repeated = "legend => new Set(legend).size < legend.length"
    labels = (
        "[...document.querySelectorAll('.chart svg')].map(it => [...it.querySelectorAll('.role-legend-label text')])"
    )
    assert not found.page.evaluate(f"{labels}.map(it => it.map(text => text.textContent)).some({repeated})")
    assert max(rights) <= 400
    assert found.complaints == []


def long_named_run() -> Run:
    """Two cases with names that are wider than a phone."""
    run = traced_run()
    first, second, third = run.results
    rows = [f"executor-processes workers 16 chunksize 1 start_method forkserver {word}" for word in ("one", "two")]
    results = [replace(each, case=replace(each.case, row=row)) for each, row in zip((first, second), rows, strict=True)]
    table = replace(run.tables[0], reference=results[0].case.id)
    comparison = replace(run.comparisons[0], case=results[1].case.id, reference=results[0].case.id)
    return replace(run, tables=[table], results=[*results, third], comparisons=[comparison], claims=[])


def drawn_names(page: Page) -> str:
    """All texts of all charts, without the spaces at which they are broken into lines."""
    texts = page.evaluate("[...document.querySelectorAll('.chart svg text')].map(it => it.textContent)")
    return "|".join(texts).replace(" ", "")


@pytest.mark.parametrize(
    ("width", "dark"),
    usually((400, True), among=[(width, dark) for width in (400, 800, 1280) for dark in (False, True)]),
)
@pytest.mark.thorough
def test_names_of_rows_are_whole_and_nothing_is_wider_than_the_page(width: int, dark: bool, visit: Visiting) -> None:
    page = visit(long_named_run(), dark=dark, width=width).page
    texts = drawn_names(page)
    assert "…" not in texts
    assert texts.count("executor-processesworkers16chunksize1start_methodforkservertwo") >= 3
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shown = "[...document.querySelectorAll('.chart svg text, .hero, .hero p, .ticks span')]"
    boxes = f"{shown}.map(it => it.getBoundingClientRect())"
    assert max(page.evaluate(f"{boxes}.map(it => it.right)")) <= width
    assert min(page.evaluate(f"{boxes}.map(it => it.left)")) >= 0


@pytest.mark.thorough
def test_names_move_above_their_marks_when_the_page_gets_narrow(visit: Visiting) -> None:
    page = visit(traced_run(), width=1000).page
    chart = page.get_by_role("img", name="Wall time").locator("svg")
    before = chart.bounding_box()
    page.set_viewport_size({"width": 400, "height": 900})
    page.wait_for_function(
        "before => document.querySelector('[aria-label^=\"Wall time\"] svg').getBoundingClientRect().height > before",
        arg=before["height"] if before else 0,
    )
    assert "pool-map" in drawn_names(page)


@pytest.mark.thorough
def test_the_answer_comes_first_with_both_timelines(visit: Visiting) -> None:
    page = visit(traced_run(), width=400).page
    card = page.get_by_role("group", name="The answer in short")
    assert "Confirmed" in card.inner_text()
    assert "× faster" in card.inner_text().replace("\n", " ")
    assert card.get_by_role("img").count() == 2
    box = card.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 900  # all of it on the first screen


@pytest.mark.parametrize("clipboard", [True, pytest.param(False, marks=pytest.mark.thorough)])
@pytest.mark.thorough
def test_a_program_is_copied_by_a_button_that_says_so(clipboard: bool, visit: Visiting) -> None:
    found = visit(advised_run(tried("pool-map", 0.05, workers=2), tried("serial", 0.1)))
    page, program = found.page, found.page.locator("pre").first
    if not clipboard:  # as in browsers that keep it from files
        page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.get_by_role("button", name="Copy this program").first.click()
    page.wait_for_function("() => document.getElementById('said').textContent === 'The program is on the clipboard.'")
    page.evaluate("document.body.append(document.createElement('textarea'))")
    page.locator("textarea").focus()
    page.keyboard.press("ControlOrMeta+V")
    assert page.locator("textarea").input_value() == program.inner_text()
    assert "import" in program.inner_text()
    assert found.complaints == []


@pytest.mark.thorough
def test_a_table_that_is_too_wide_scrolls_by_keyboard_and_keeps_the_names_of_its_rows(visit: Visiting) -> None:
    page = visit(traced_run(), width=400).page
    table = page.locator(".scroll").first
    name = table.locator("tbody th").first
    before = name.bounding_box()
    assert before is not None
    table.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.scroll').scrollLeft > 0")
    after = name.bounding_box()
    assert after is not None
    assert after["x"] == before["x"]
    assert "radial-gradient" in table.evaluate("it => getComputedStyle(it).backgroundImage")


def test_foreign_text_is_text(visit: Visiting) -> None:
    found = visit(hostile_run())
    assert found.page.locator("img").count() == 0
    assert found.page.locator("h1").inner_text() == EVIL
    assert EVIL in found.page.locator(".failures").inner_text()
    assert EVIL in found.page.locator("pre").inner_text()
    assert found.requests == [found.address]
    assert found.complaints == []


@pytest.mark.thorough
def test_it_can_be_read_by_keyboard(visit: Visiting) -> None:
    page = visit(traced_run()).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.locator("figure summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("figure details[open] table").first.is_visible()


@pytest.mark.thorough
def test_paper_has_light_colours_and_no_chart_is_cut(visit: Visiting) -> None:
    found = visit(traced_run(4_000), dark=True)
    found.page.emulate_media(media="print")
    found.page.set_viewport_size({"width": 700, "height": 1000})
    assert found.brightness() == 255
    widths = "[...document.querySelectorAll('.chart :is(svg, canvas)')].map((it) => it.getBoundingClientRect().right)"
    assert max(found.page.evaluate(widths)) <= 700
