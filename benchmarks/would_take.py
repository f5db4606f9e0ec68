"""Does what concbench says something would take come true? Every such sentence of suites and functions, measured.

    python -m benchmarks.would_take --into would.jsonl [--part 3/8]
    python -m benchmarks.would_take --table would.jsonl

Each command is run with `--verify`, which measures what is advised in turns with the case as it was. A core may be
faster by then: what was predicted is compared with what was measured as a multiple of the case as it was.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

from tabulate import tabulate

from benchmarks.field import ALL, FUNCTIONS, FieldFunction, ended, is_here, surroundings
from benchmarks.projects import CONCBENCH, add_line, read_lines
from concbench.model.run import Advice, Run
from concbench.report.blocks import Paragraph
from concbench.report.document import ReportOptions, document
from concbench.report.units import seconds
from concbench.runs.reading import read_run

SUITES = ("apply-vs-async", "chunksize", "gil", "payload", "pool-vs-process", "scaling", "threads-vs-processes")
"""Those that run tasks."""
OWN = "ordinary.py"
FUNCTIONS_OF_FIELD = ("json", "regex", "array", "frame", "sqlite", "compression", "urllib", "thumbnails")
ORDINARY = (
    FieldFunction(name="digest", file=OWN, function="digest", items="200", about="hashing 512 KB"),
    FieldFunction(name="file", file=OWN, function="words_in_a_file", items="100", about="reading a file of 200 KB"),
    FieldFunction(name="queens", file=OWN, function="queens", items="90", about="recursion in pure Python"),
    FieldFunction(name="page", file=OWN, function="page", items="2000", about="building a text"),
)
WOULD = "would take"
LISTED, MOST = 0.15, 0.30
"""What is off by more than the first is listed; nothing may be off by more than the second."""
BUDGET = 15.0


@dataclass(frozen=True, kw_only=True)
class Said:
    """A prediction that was printed, and what was measured. Times in seconds of wall time."""

    source: str
    """The suite or the function."""
    case: str
    what: str
    """The setting that was advised."""
    predicted: float
    before: float
    """What the case took in the run that predicted it."""
    measured: float
    beside: float
    """What the case took beside that."""

    @property
    def error(self) -> float:
        """By which share too much was predicted, relative to the case as it was; negative: too little.

        >>> said = Said(source="", case="", what="", predicted=0.5, before=1.0, measured=0.8, beside=2.0)
        >>> round(said.error, 3)  # half of it was predicted, and it took two fifths
        0.25
        """
        return (self.predicted / self.before) / (self.measured / self.beside) - 1


def functions() -> list[FieldFunction]:
    """Those of them whose libraries are installed."""
    known = {each.name: each for each in ALL}
    return [each for each in (*(known[name] for name in FUNCTIONS_OF_FIELD), *ORDINARY) if is_here(each)]


def commands(budget: float) -> Iterator[tuple[str, FieldFunction | None, list[str]]]:
    """What is run: a name, the function where it is one, and the words."""
    for name in SUITES:
        yield name, None, ["run", name, "--budget", f"{budget:g}"]
    for function in functions():
        words = ["compare", "--workload", function.address, *function.words(), "--budget", f"{budget:g}"]
        yield function.name, function, words


def run_of(words: Sequence[str], function: FieldFunction | None, environment: Mapping[str, str]) -> Run:
    """Run a command, in a folder that holds nothing but the function's file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if function is not None:
            shutil.copy(FUNCTIONS / function.file, folder)
        status, complaint = ended([CONCBENCH, *words, "--verify", "--json", "run.json"], folder, dict(environment))
        if not (folder / "run.json").exists():
            raise AssertionError(f"{words} ended with {status}: {complaint}")
        return read_run(folder / "run.json")


def said(source: str, run: Run) -> Iterator[Said]:
    """All that a run predicts and has tried."""
    walls = {each.case.id: median(s.wall for s in each.samples) for each in run.results if each.samples}
    for advice in run.advice:
        beside = beside_of(run, advice)
        if beside is not None and {advice.case, advice.tried, beside} <= walls.keys():
            yield Said(
                source=source,
                case=advice.case,
                what=f"--chunksize {advice.chunksize}",
                predicted=advice.predicted,
                before=walls[advice.case],
                measured=walls[advice.tried],
                beside=walls[beside],
            )


def beside_of(run: Run, advice: Advice) -> str | None:
    """The id of the case as it was, beside which the advice was tried; None where it was not."""
    tried = next((each.case.table for each in run.results if each.case.id == advice.tried), None)
    return next((each.reference for each in run.tables if each.name == tried), None)


def unverified(run: Run) -> list[str]:
    """Paragraphs that say what something would take, beyond those whose advice was tried."""
    plain = replace(run, advice=[])
    texts = [each.text for each in document(plain, ReportOptions(why=True)) if isinstance(each, Paragraph)]
    tried = [f"--chunksize {advice.chunksize} {WOULD}" for advice in run.advice]
    return [text for text in texts if WOULD in text and not any(words in text for words in tried)]


def table(lines: Sequence[Said]) -> str:
    """The predictions, the worst first."""
    rows = [
        (
            each.source,
            each.case,
            each.what,
            seconds(each.predicted),
            seconds(each.predicted / each.before * each.beside),
            seconds(each.measured),
            f"{100 * each.error:+.0f} %",
        )
        for each in sorted(lines, key=lambda each: -abs(each.error))
    ]
    headers = ("of", "case", "advice", "would take", "on the cores as measured", "took", "error")
    return tabulate(rows, headers, tablefmt="github", disable_numparse=True)


def main() -> int:
    """Measure, or print the table; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, help="Run the commands, and append their predictions to this file.")
    parser.add_argument("--part", default="1/1", metavar="N/M", help="Only the N-th of M portions of the commands.")
    parser.add_argument("--budget", type=float, default=BUDGET, help="Seconds for each command.")
    parser.add_argument("--table", type=Path, metavar="FILE", help="Print what there is; fail where it is far off.")
    arguments = parser.parse_args()
    if arguments.into is not None:
        arguments.into.touch()
        number, of = map(int, arguments.part.split("/"))
        with surroundings() as environment:
            for name, function, words in list(commands(arguments.budget))[number - 1 :: of]:
                run = run_of(words, function, environment)
                found = list(said(name, run))
                print(f"{name}: {len(found)} predictions measured", file=sys.stderr)
                for sentence in unverified(run):
                    print(f"{name}, not measured: {sentence}", file=sys.stderr)
                for each in found:
                    add_line(arguments.into, asdict(each))
    if arguments.table is None:
        return 0
    lines = [Said(**line) for line in read_lines(arguments.table)]
    listed = [each for each in lines if abs(each.error) > LISTED]
    print(f"{len(lines)} sentences measured, {len(listed)} of them off by more than {100 * LISTED:g} %")
    print(table(listed))
    return 1 if any(abs(each.error) > MOST for each in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
