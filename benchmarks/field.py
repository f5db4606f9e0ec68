"""Functions of the kind that people have, under the commands that people use: what came out, and how long it took.

    python -m benchmarks.field
    python -m benchmarks.field --only thumbnails --commands compare,check -o field.jsonl
    python -m benchmarks.field --table field.jsonl

Each command is a line of the file, so that a long measurement can be made in pieces; the table shows the last one of
each. A gate compares a function with itself: what it calls slower is a false alarm.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from math import log10
from pathlib import Path
from statistics import median

from tabulate import tabulate

from benchmarks.field_functions.database import fill
from benchmarks.projects import CONCBENCH, add_line, commit, read_lines, write_gate
from benchmarks.slow_server import slow_server
from concbench.model.run import Run
from concbench.runs.reading import read_run

HERE = Path(__file__).parent
FUNCTIONS = HERE / "field_functions"
PATIENCE = 300.0
"""Seconds after which a command counts as hanging."""
CONTRADICTIONS = "benchmarks.contradictions"
"""The module that looks for sentences of a run that its figures contradict."""


@dataclass(frozen=True, kw_only=True)
class FieldFunction:
    """A function, what it is called with, and how a gate runs it."""

    name: str
    file: str
    function: str
    about: str
    items: str
    """A count, or the function of the same file that makes the items."""
    expect: str | None = None
    init: str | None = None
    gated: str | None = None
    """The function that a gate calls with 0, 1, 2, …; None: the same."""
    strategy: str = "serial"
    """That a gate runs it with."""
    tasks: int = 8
    """That a gate runs."""
    needs: str | None = None
    """A library without which it is left out."""

    def words(self, tasks: int | None = None) -> list[str]:
        """What `compare` and `advise` get after its name; `tasks` replaces items that are a count."""
        items = f"{self.file}:{self.items}" if not self.items.isdigit() else self.items if tasks is None else str(tasks)
        words = ["--items", items]
        words += ["--expect", f"{self.file}:{self.expect}"] if self.expect else []
        words += ["--init", f"{self.file}:{self.init}"] if self.init else []
        return words

    @property
    def address(self) -> str:
        """What it is called on a command line, in the folder of its file."""
        return f"{self.file}:{self.function}"


ALL = (
    FieldFunction(
        name="array", file="arrays.py", function="spectrum", items="64", needs="numpy", strategy="executor-threads",
        about="NumPy: matrix product and FFT, 200 by 200",
    ),
    FieldFunction(
        name="shared-array", file="arrays.py", function="loudest", items="32", needs="numpy", strategy="pool-map",
        about="NumPy: look-up in a global array of 80 MB",
    ),
    FieldFunction(
        name="frame", file="frames.py", function="by_shop", items="months", expect="has_all_shops", needs="pandas",
        gated="by_shop_of", strategy="pool-map", about="pandas: frame in, group-by, frame out",
    ),
    FieldFunction(
        name="series", file="frames.py", function="smoothed", items="24", needs="pandas", strategy="serial",
        about="pandas: a Series with missing values",
    ),
    FieldFunction(
        name="polars", file="columns.py", function="by_route", items="hours", needs="polars", gated="by_route_of",
        strategy="threadpool-map", about="polars: group-by, with its own threads",
    ),
    FieldFunction(
        name="tensor", file="tensors.py", function="infer", items="32", needs="torch", strategy="serial",
        about="PyTorch: a small network, a tensor out",
    ),
    FieldFunction(
        name="thumbnails", file="pictures.py", function="thumbnail", items="photographs", expect="is_small",
        gated="thumbnail_of", needs="PIL", strategy="executor-threads", about="Pillow: JPEG bytes to PNG bytes",
    ),
    FieldFunction(
        name="sqlite", file="database.py", function="spent", items="48", init="connect",
        gated="spent_with_a_new_connection", strategy="executor-threads", tasks=16,
        about="sqlite: a connection for each worker, by `--init`",
    ),
    FieldFunction(
        name="regex", file="texts.py", function="busiest", items="log_files", gated="busiest_of", strategy="pool-map",
        about="regular expressions over 24 log files",
    ),
    FieldFunction(
        name="compression", file="texts.py", function="packed", items="32", strategy="executor-threads",
        about="zlib: 1 MB a task",
    ),
    FieldFunction(
        name="json", file="texts.py", function="there_and_back", items="documents", gated="there_and_back_of",
        strategy="executor-processes", about="json: dumps and loads of 100 KB",
    ),
    FieldFunction(
        name="decimals", file="texts.py", function="total", items="24", strategy="pool-map",
        about="decimals and dates of 2,000 lines",
    ),
    FieldFunction(
        name="urllib", file="web.py", function="fetch", items="64", strategy="executor-threads", tasks=16,
        about="urllib: a page that takes 30 ms",
    ),
    FieldFunction(
        name="httpx", file="web_client.py", function="fetch", items="64", needs="httpx", strategy="threadpool-map",
        tasks=16, about="httpx: a client that all tasks share",
    ),
    FieldFunction(
        name="httpx-async", file="web_client.py", function="fetch_later", items="64", needs="httpx",
        strategy="asyncio-gather", tasks=16, about="httpx: `async def`, a client for each task",
    ),
    FieldFunction(
        name="method", file="objects.py", function="tokenizer.encode", items="64", strategy="pool-map",
        about="a method of an object that the module holds",
    ),
    FieldFunction(
        name="closure", file="objects.py", function="count_o", items="32", strategy="thread",
        about="a closure: it can't be pickled",
    ),
    FieldFunction(
        name="without-eq", file="objects.py", function="walk", items="64", strategy="executor-processes",
        about="results of a class without `__eq__`",
    ),
    FieldFunction(
        name="random", file="odd_results.py", function="pi", items="32", expect="is_about_pi", strategy="pool-map",
        about="random results, with `--expect`",
    ),
    FieldFunction(
        name="nan", file="odd_results.py", function="mean", items="64", strategy="pool-map",
        about="results that hold NaN",
    ),
    FieldFunction(
        name="large-results", file="odd_results.py", function="rendered", items="8", strategy="executor-threads",
        about="200 MB of results, 25 MB each",
    ),
    FieldFunction(
        name="program", file="surroundings.py", function="run_program", items="48", strategy="executor-threads",
        about="`subprocess.run` of a small program",
    ),
    FieldFunction(
        name="log", file="surroundings.py", function="log_and_sum", items="64", strategy="serial",
        about="logs a line a task",
    ),
    FieldFunction(
        name="cache", file="surroundings.py", function="steps", items="48", strategy="serial",
        about="remembers what it returned (`lru_cache`)",
    ),
    FieldFunction(
        name="table", file="surroundings.py", function="looked_up", items="48", strategy="pool-map",
        about="look-ups in a dict of 50 MB",
    ),
)  # fmt: skip
COMMANDS = ("compare", "advise", "check")


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What a command did with a function."""

    function: str
    command: str
    seconds: float
    status: int | None
    """The exit status; None where it had to be killed."""
    outcome: str
    """The best row, what is recommended, or the verdict."""
    contradictions: int | None
    """Found in what it said; None where nothing looked for them."""
    said: str
    """The end of what it wrote to stderr."""


def is_here(function: FieldFunction) -> bool:
    """Whether what a function needs is installed."""
    return function.needs is None or importlib.util.find_spec(function.needs) is not None


@contextmanager
def surroundings() -> Iterator[dict[str, str]]:
    """Provide what the functions need around them: a server and a database; yields the environment that names them."""
    with slow_server() as address, tempfile.TemporaryDirectory() as folder:
        database = str(Path(folder, "field.sqlite"))
        fill(database)
        yield {**os.environ, "FIELD_SERVER": address, "FIELD_DATABASE": database}


def tried(function: FieldFunction, command: str, environment: dict[str, str]) -> Tried:
    """Run a command on a function, in a folder that holds nothing but its file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(FUNCTIONS / function.file, folder)
        if command == "check":
            make_repository(folder, function)
        words = {
            "compare": ["compare", "--workload", function.address, *function.words(), "--quick"],
            "advise": ["advise", function.address, *function.words(), "--budget", "10s"],
            "check": ["check", "--against", "HEAD"],
        }[command]
        began = time.perf_counter()
        status, said = ended([CONCBENCH, *words, "--json", "run.json"], folder, environment)
        seconds = time.perf_counter() - began
        document = folder / "run.json"
        run = read_run(document) if document.exists() else None
        return Tried(
            function=function.name,
            command=command,
            seconds=seconds,
            status=status,
            outcome=OUTCOMES[command](run) if run else "no run",
            contradictions=contradictions(document) if run else None,
            said=said[-4000:],
        )


def make_repository(folder: Path, function: FieldFunction) -> None:
    """Make a folder a repository of one commit, with a gate."""
    workload = f"{function.file.removesuffix('.py')}:{function.gated or function.function}"
    write_gate(folder, "field", workload, function.tasks, function.strategy)
    (folder / ".gitignore").write_text("__pycache__/\nrun.json\n")
    commit(folder, "all")


def ended(words: list[str], folder: Path, environment: dict[str, str]) -> tuple[int | None, str]:
    """Run a command to its end, or for as long as patience lasts; returns its exit status and its stderr."""
    with tempfile.TemporaryFile("w+") as said:
        with subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=said) as process:
            try:
                status: int | None = process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                status = None
                process.terminate()  # it ends what it has started
            finally:
                if process.poll() is None and status is not None:
                    process.kill()
        said.seek(0)
        return status, said.read()


def contradictions(document: Path) -> int | None:
    """Count the contradictions of a run with what is said of it; None where there is nothing that looks for them."""
    if importlib.util.find_spec(CONTRADICTIONS) is None:
        return None
    command = [sys.executable, "-m", CONTRADICTIONS, str(document)]
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, check=False)
    return 0 if done.returncode == 0 else len(done.stdout.splitlines())


def best_row(run: Run) -> str:
    """The fastest row, and how many have no figures."""
    walls = {
        result.case.label: median(sample.wall for sample in result.samples) for result in run.results if result.samples
    }
    failures = [result.failure for result in run.results if result.failure is not None]
    failed = [failure for failure in failures if failure.kind != "unavailable"]
    if not walls:
        return f"nothing measured: {shortened(failed[0].message) if failed else '?'}"
    best = min(walls, key=walls.__getitem__)
    words = best if "serial" not in walls or best == "serial" else f"{best}, {factor(walls['serial'] / walls[best])}"
    return f"{words}; {len(failed)} of {len(run.results)} rows failed" if failed else words


def recommended(run: Run) -> str:
    """What is recommended."""
    if run.recommendations:
        return next(result.case.label for result in run.results if result.case.id == run.recommendations[0].case)
    return next((f"nothing: {shortened(each.failure.message)}" for each in run.results if each.failure), "nothing")


def verdicts(run: Run) -> str:
    """What a gate found of each figure."""
    failed = [f"{each.case.side}: {shortened(each.failure.message)}" for each in run.results if each.failure]
    return ", ".join(failed or (f"{change.metric} {change.verdict}" for change in run.changes))


def shortened(message: str) -> str:
    """The beginning of a message, on one line that no table breaks."""
    line = " ".join(message.split()).replace("|", "/")
    return line if len(line) <= 80 else f"{line[:79]}…"


def factor(times: float) -> str:
    """How many times faster something is, with two digits.

    >>> factor(1.234), factor(31.4)
    ('1.2× faster', '31× faster')
    """
    return f"{times:.{max(0, 1 - int(log10(times)))}f}× faster"


OUTCOMES: dict[str, Callable[[Run], str]] = {"compare": best_row, "advise": recommended, "check": verdicts}


def table(lines: list[Tried]) -> str:
    """What came out as Markdown: a row a function."""
    last = {(line.function, line.command): line for line in lines}
    rows = []
    for function in ALL:
        cells = [cell(last[function.name, command]) for command in COMMANDS if (function.name, command) in last]
        if not cells:
            continue
        counts = [last[key].contradictions for key in last if key[0] == function.name]
        known = [count for count in counts if count is not None]
        cells = [cell(last.get((function.name, command))) for command in COMMANDS]
        rows.append((function.about, *cells, str(sum(known)) if len(known) == len(counts) else "?"))
    headers = ("function", "`compare --quick`", "`advise --budget 10s`", "`check`, nothing changed", "contradictions")
    return tabulate(rows, headers, tablefmt="github", disable_numparse=True)


def cell(line: Tried | None) -> str:
    """What a command did, in a few words."""
    if line is None:
        return ""
    if line.status is None:
        return f"no end after {PATIENCE:.0f} s"
    return f"{line.outcome} ({line.seconds:.0f} s{f', exit {line.status}' if line.status else ''})"


def main() -> None:
    """Try the functions, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=[each.name for each in ALL], metavar="NAME")
    parser.add_argument("--commands", default=",".join(COMMANDS), help="Of these, with commas between.")
    parser.add_argument("-o", "--into", type=Path, help="Append a line for each command to this file.")
    parser.add_argument("--table", type=Path, metavar="FILE", help="Run nothing; print the table of what there is.")
    arguments = parser.parse_args()
    if arguments.table:
        print(table([Tried(**line) for line in read_lines(arguments.table)]))
        return
    commands = arguments.commands.split(",")
    if unknown := set(commands) - set(COMMANDS):
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(COMMANDS)}")
    lines = []
    with surroundings() as environment:
        for function in ALL:
            if (arguments.only and function.name not in arguments.only) or not is_here(function):
                continue
            for command in commands:
                lines.append(tried(function, command, environment))
                print(f"{function.name}, {command}: {cell(lines[-1])}", file=sys.stderr)
                if arguments.into:
                    add_line(arguments.into, asdict(lines[-1]))
    print(table(lines))


if __name__ == "__main__":
    main()
