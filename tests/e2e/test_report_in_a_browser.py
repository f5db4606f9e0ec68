"""A report in a browser: its charts are drawn, it asks for nothing, and it holds in the dark and on a narrow page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from concbench.model import Failure, Run
from concbench.runs.writing import write_run
from tests.e2e.command import Command
from tests.report.html.traced import traced_run
from tests.report.sharing import sharing_run

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
HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
DRAWN = "html[data-charts=drawn]"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason=f"there is no browser: none of {', '.join(NAMES)} is on the PATH"
)


@dataclass
class Seen:
    """What a page did besides being shown."""

    requests: list[str]
    complaints: list[str]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with a new and empty profile."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, *(["--no-sandbox"] if root else [])], headless=True
        )
        yield found
        found.close()


def report(folder: Path, *runs: Run) -> str:
    """Make a report with the installed command; returns its address."""
    paths = [write_run(run, folder / f"run-{number}.json").name for number, run in enumerate(runs)]
    ended = Command(folder).run("report", *paths, "-o", "report.html")
    assert ended.returncode == 0, ended.stderr
    return (folder / "report.html").as_uri()


def opened(browser: Browser, address: str, *, dark: bool = False, width: int = 1100) -> tuple[Page, Seen]:
    """Open a page and wait until its charts are drawn."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light")
    seen = Seen([], [])
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("console", lambda message: seen.complaints.append(message.text))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("dialog", lambda dialog: seen.complaints.append(dialog.message))
    page.goto(address)
    page.wait_for_selector(DRAWN, state="attached")
    return page, seen


def hostile_run() -> Run:
    run = traced_run()
    run.cases[0].id, run.cases[0].subject = f"short/{HOSTILE}", HOSTILE
    run.parts = [replace(run.parts[0], title=HOSTILE, reference=run.cases[0].id)]
    run.cases[2].error = Failure(kind="raised", message=HOSTILE, traceback=HOSTILE)
    run.question = HOSTILE
    run.comparisons, run.claims = [], []
    return run


def brightness(page: Page) -> float:
    """How bright the page's background is, from 0 to 255."""
    colour = str(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    return max(float(part) for part in colour.strip("rgb()").split(","))


def is_narrow(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_all_charts_are_drawn_and_nothing_is_asked_of_anybody(browser: Browser, tmp_path: Path) -> None:
    address = report(tmp_path, traced_run(), sharing_run())
    page, seen = opened(browser, address)
    charts = page.locator(".chart")
    assert charts.count() > 15
    assert page.locator(".chart[data-drawn]").count() == charts.count()
    assert page.locator(".chart :is(svg, canvas)").count() == charts.count()
    assert seen.requests == [address]
    assert seen.complaints == []
    page.close()


@pytest.mark.parametrize("tasks", [40, 4_000])
def test_hovering_a_task_shows_its_facts(tasks: int, browser: Browser, tmp_path: Path) -> None:
    page, _ = opened(browser, report(tmp_path, traced_run(tasks)))
    chart = page.get_by_role("img", name="Timeline of pool-map")
    chart.scroll_into_view_if_needed()
    box = chart.locator("svg, canvas").bounding_box()
    assert box is not None
    tip = page.locator("#tip")
    for step in range(40):  # between two tasks there is nothing to show
        page.mouse.move(box["x"] + box["width"] * 0.5 + step, box["y"] + 20)
        if tip.is_visible():
            break
    text = tip.inner_text()
    assert f" of {tasks} on worker " in text
    assert text.endswith(("takes 10 ms", "takes 0.01 s"))
    page.close()


def test_no_text_of_a_picture_is_cut_off(browser: Browser, tmp_path: Path) -> None:
    run = traced_run()
    run.cases[1].id = "short/executor-processes workers 16 chunksize 1"
    run.comparisons, run.claims = [], []
    path = write_run(run, tmp_path / "run.json").name
    ended = Command(tmp_path).run("report", path, "--format", "svg", "--chart", "short-wall", "-o", "pictures")
    assert ended.returncode == 0, ended.stderr
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.goto((tmp_path / "pictures" / "short-wall.svg").as_uri())
    places = "[...document.querySelectorAll('text')].map(text => text.getBoundingClientRect())"
    assert page.evaluate(f"{places}.length") > 3
    assert page.evaluate(f"Math.min(...{places}.map(place => place.left))") >= 0
    assert page.evaluate(f"Math.max(...{places}.map(place => place.right))") <= 760
    page.close()


def test_it_is_dark_where_that_is_wished_for_and_changes_while_it_is_open(browser: Browser, tmp_path: Path) -> None:
    page, seen = opened(browser, report(tmp_path, traced_run()), dark=True)
    label = "document.querySelector('.chart svg .role-axis-label text')"
    assert brightness(page) < 60
    dark = page.evaluate(f"getComputedStyle({label}).fill")
    page.emulate_media(color_scheme="light")
    assert brightness(page) > 200
    # Its pictures are drawn again, one by one: in between there may be none.
    page.wait_for_function(f"dark => {label} && getComputedStyle({label}).fill !== dark", arg=dark)
    assert seen.complaints == []
    page.close()


def test_a_narrow_page_does_not_scroll_sideways(browser: Browser, tmp_path: Path) -> None:
    page, seen = opened(browser, report(tmp_path, hostile_run(), sharing_run()), width=400)
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    assert is_narrow(page)
    assert seen.complaints == []
    page.close()


def test_foreign_text_is_text(browser: Browser, tmp_path: Path) -> None:
    address = report(tmp_path, hostile_run())
    page, seen = opened(browser, address)
    assert page.locator("img").count() == 0
    assert page.locator("h1").inner_text() == HOSTILE
    assert HOSTILE in page.locator(".failures").inner_text()
    assert HOSTILE in page.locator("pre").inner_text()
    assert seen.requests == [address]
    assert seen.complaints == []
    page.close()


def test_it_is_read_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    page, _ = opened(browser, report(tmp_path, traced_run()))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.locator("figure summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("figure details[open] table").first.is_visible()
    page.close()


def test_paper_has_light_colours_and_no_chart_is_cut(browser: Browser, tmp_path: Path) -> None:
    page, _ = opened(browser, report(tmp_path, traced_run(4_000)), dark=True)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 1000})
    assert brightness(page) == 255
    widths = "[...document.querySelectorAll('.chart :is(svg, canvas)')].map((it) => it.getBoundingClientRect().right)"
    assert max(page.evaluate(widths)) <= 700
    page.close()
