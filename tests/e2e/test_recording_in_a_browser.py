"""A recording in a browser: it plays what was on the terminal when, once, and stands still where that is preferred."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from docs.recording import Header, Recording, drawn
from tests.e2e import test_report_in_a_browser as report

pytestmark = report.pytestmark
browser = report.browser
COUNT = Recording(
    Header(width=20, height=6, command="count"),
    [(0.0, "o", "1 of 2\r"), (1.0, "o", "2 of 2\r"), (2.0, "o", "\x1b[2K\x1b[32mdone\x1b[m\r\n")],
)
SEEN = """
    [...document.querySelectorAll("text")]
        .filter(text => getComputedStyle(text).visibility == "visible")
        .map(text => text.textContent)
"""


@pytest.fixture
def picture(tmp_path: Path) -> str:
    """The address of the picture of a command that counts."""
    path = tmp_path / "count.svg"
    path.write_text(drawn(COUNT), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser: Browser, picture: str) -> Iterator[Page]:
    """The picture, stopped at its start."""
    with browser.new_page() as found:
        found.goto(picture)
        wind(found, 0.0)
        yield found


def wind(page: Page, seconds: float) -> None:
    """Stop all animations where they are after so long."""
    page.evaluate(
        "at => document.getAnimations().forEach(each => { each.pause(); each.currentTime = at })", 1000 * seconds
    )


@pytest.mark.parametrize(
    ("seconds", "seen"),
    [
        (0.5, ["$ count"]),
        (1.5, ["$ count", "1 of 2"]),
        (2.5, ["$ count", "2 of 2"]),
        (3.5, ["$ count", "done"]),
        (60.0, ["$ count", "done"]),
    ],
)
def test_each_line_is_seen_for_its_time(page: Page, seconds: float, seen: list[str]) -> None:
    wind(page, seconds)
    assert page.evaluate(SEEN) == seen


def test_who_prefers_less_motion_sees_the_last_screen_at_once(browser: Browser, picture: str) -> None:
    with browser.new_page(reduced_motion="reduce") as page:
        page.goto(picture)
        assert page.evaluate("document.getAnimations().length") == 0
        assert page.evaluate(SEEN) == ["$ count", "done"]


def test_its_colours_are_the_readers(browser: Browser, picture: str) -> None:
    papers, greens = [], []
    for scheme in ("light", "dark"):
        with browser.new_page(color_scheme=scheme) as page:
            page.goto(picture)
            papers.append(page.evaluate("getComputedStyle(document.querySelector('.paper')).fill"))
            greens.append(page.evaluate("getComputedStyle(document.querySelector('.green')).fill"))
    assert papers == ["rgb(246, 248, 250)", "rgb(13, 17, 23)"]
    assert len(set(greens)) == 2
