"""What a report costs: building it, its size, and opening it in a browser.

    concbench compare --workload sleep --task-time 20us --tasks 10000 --strategy pool-map --save tasks.json
    python -m benchmarks.report_cost tasks.json

The first row is the report of the run as it is; the others are of runs that repeat its cases.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from tabulate import tabulate

from concbench.model.run import Run
from concbench.report.charts.runs import NamedRun
from concbench.report.html.page import page
from concbench.runs.reading import read_run

CASES = (10, 25, 50, 100)
TIMES = 5
DRAWN = "html[data-charts=drawn]"
"""A page when its last chart is drawn."""
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")


def with_cases(run: Run, number: int) -> Run:
    """The run with `number` cases in one table, which are its own under other names."""
    table = replace(run.tables[0], reference=None)
    found = [result for result in run.results if result.case.table == table.name and result.samples]
    results = [
        replace(result, case=replace(result.case, row=f"{result.case.row} {count}"))
        for count, result in enumerate(islice(cycle(found), number))
    ]
    return replace(run, tables=[table], results=results, comparisons=[], claims=[], advice=[])


def built(run: Run) -> tuple[float, str]:
    """The median seconds of building the report, and the page."""
    page([NamedRun("run", run)])  # the library of charts is read once
    took = []
    for _ in range(3):
        began = time.perf_counter()
        text = page([NamedRun("run", run)])
        took.append(time.perf_counter() - began)
    return median(took), text


def opened(text: str) -> float | None:
    """The median seconds from the navigation until all charts are drawn; None without a browser."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        return None
    from playwright.sync_api import sync_playwright  # here: it is of the extra dev, and only needed with a browser

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder, "report.html")
        file.write_text(text, encoding="utf-8")
        chromium = playwright.chromium.launch(executable_path=browser, args=list(FLAGS))
        took = []
        for _ in range(TIMES):
            tab = chromium.new_page()
            began = time.perf_counter()
            tab.goto(file.as_uri())
            tab.wait_for_selector(DRAWN, state="attached")
            took.append(time.perf_counter() - began)
            tab.close()
        chromium.close()
    return median(took)


def main() -> None:
    """Print a row for the run as it is, and for more and more cases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, metavar="RUN")
    run = read_run(parser.parse_args().run)
    rows = []
    for label, each in [("as it is", run), *((f"{number} cases", with_cases(run, number)) for number in CASES)]:
        seconds, text = built(each)
        wait = opened(text)
        tasks = sum(result.trace.tasks for result in each.results if result.trace is not None)
        shown = "no browser" if wait is None else f"{wait:.2f} s"
        rows.append((label, f"{tasks:,}", f"{seconds:.2f} s", f"{len(text.encode()) / 1e6:.2f} MB", shown))
    print(tabulate(rows, ("run", "tasks", "built in", "size", "opened in"), tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
