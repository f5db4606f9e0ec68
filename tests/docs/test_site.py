"""The documentation site builds without a warning, opens without a complaint, and searches without a network."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from playwright.sync_api import sync_playwright

import concbench
from concbench.cli.main import COMMANDS, cli
from tests.docs.pages import ROOT
from tests.e2e.test_report_in_a_browser import CHROMIUM, FLAGS, NAMES


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site that was built strictly, as `make docs` does."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def anchors(page: Path) -> set[str]:
    """Where links can lead to on a page."""
    return {*re.findall(r' id="([^"]+)"', page.read_text(encoding="utf-8"))}


def test_every_option_of_every_command_is_in_the_reference(site: Path) -> None:
    context = click.Context(cli)
    options = {
        f"cmdoption-concbench-{name}-{min(parameter.opts, key=len).lstrip('-')}"
        for name in COMMANDS
        if (command := cli.get_command(context, name)) is not None
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.hidden
    }
    assert len(options) > len(COMMANDS)
    assert options - anchors(site / "reference" / "commands.html") == set()


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    names = {f"concbench.{name}" for name in concbench.PUBLIC}
    assert names - anchors(site / "reference" / "python.html") == set()


@pytest.mark.skipif(CHROMIUM is None, reason=f"no browser: none of {', '.join(NAMES)} is on the PATH")
def test_every_page_opens_without_a_complaint_and_the_search_works_without_a_network(site: Path) -> None:
    complaints: list[str] = []
    elsewhere: list[str] = []
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, *(["--no-sandbox"] if root else [])], headless=True
        )
        page = browser.new_page(viewport={"width": 400, "height": 900})
        page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("request", lambda asked: elsewhere.append(asked.url) if asked.url.startswith("http") else None)
        opened = sorted(site.rglob("*.html"))
        assert len(opened) > 20
        for path in opened:
            page.goto(path.as_uri())
            assert page.locator("h1, #search-results").count() >= 1, path
            wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wider <= 0, f"{path} is {wider} px wider than a phone"
        page.goto((site / "index.html").as_uri())
        page.locator("input[name=q]").fill("chunksize", force=True)  # in a drawer, at this width
        page.locator("input[name=q]").press("Enter")
        found = page.locator("#search-results li a")
        found.nth(3).wait_for(state="attached")  # the page lists what it finds one by one; fewer than four is a failure
        browser.close()
    assert complaints == []
    assert elsewhere == []
