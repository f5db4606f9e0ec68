"""Searches for contradictions: all that concbench says of a run is held against what else it says of it.

    python -m benchmarks.contradictions RUN.json [RUN.json ...]

Prints every contradiction that it finds, and exits with 1 where there is one. It reads what readers read: the cells
of tables and the words of sentences, and knows nothing of how these were made. What it looks for:

- rows that are not in the order of their ratios, and a recommended row that is not the first, or not the best;
- an ideal above 100 %, a ± above 100 %, an interval of fewer than three blocks;
- seconds, CPU time and memory in a sentence that are not those of the table, and parts that add up to more;
- a chunksize that is advised although a row shows it to be slower, or that would beat the ideal;
- factors below 1, factors that are not within their own interval, and `faster`, `slower`, `as long` and `undecided`
  where the interval or the rounds say something else; `not conclusively` of what is clear;
- a fastest, at the beginning, that its table does not mark, another factor than that of its row, and unmarked ties;
- an interpreter that a verdict calls slower or names as the one to use, against the marks of the table;
- tasks in a title that are longer or shorter than the row of `serial` has them;
- marks of the fastest that a sentence on crossings contradicts, and a fastest beside another recommended one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import click

from concbench.analysis.analysis import Analysis, analyse
from concbench.model import run as model
from concbench.model.run import Run
from concbench.report import blocks
from concbench.report.sections import advice, answer, axes, claims, reasons, tables
from concbench.report.terminal import terminal
from concbench.runs.reading import UnreadableRun, read_run

WIDE = 100_000
"""Letters of a line: nothing that is read here is broken."""
NUMBER = r"\d[\d,]*(?:\.\d+)?"
TIME = rf"{NUMBER} (?:s|ms|µs|ns)"
SIZE = rf"{NUMBER} (?:B|kB|MB|GB|KiB|MiB|GiB)"
UNITS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}
SIZES = {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30}
REACH = rf"(?: ±(?P<half>[\d.]+)%| \((?P<low>{NUMBER})(?: \S+)?-(?P<high>{NUMBER})(?: \S+)?\))?"
CELL = re.compile(rf"^(?P<time>{TIME}){REACH}(?: ~)?(?P<mark> [*?])?$")
WAY = r"(?:faster|slower)"
RATIO = re.compile(
    rf"^(?:1|same(?: ±(?P<within>[\d.]+)%)?|(?P<factor>{NUMBER})×(?: (?P<way>{WAY}))?"
    rf"(?: ±(?P<half>[\d.]+)%| \((?P<least>{NUMBER})-(?P<most>{NUMBER})\))?(?P<open> \?)?)$"
)
END = rf"{NUMBER}×(?: {WAY})?"
BEHIND = (
    rf"(?:95 % interval (?P<low>{END}) to (?P<high>{END})|(?P<least>{END}) to (?P<most>{END}) in (?P<rounds>{NUMBER}) "
)
BEHIND += r"rounds|1 round|too few rounds[^)]*)"
FACTOR = rf"(?:(?P<factor>{NUMBER})× (?P<way>{WAY})|(?P<even>as fast))"
CLEAR = {1: 10.0, 2: 3.0}
TOOK = re.compile(
    rf"^(?P<case>.+?) took (?P<took>{TIME}) \(ideal (?P<ideal>{TIME})\)(?:: (?P<parts>[^.]*(?:\.\d[^.]*)*))?\."
)
ADVISED = re.compile(rf"--chunksize (?P<size>{NUMBER}) (?P<how>would take about|took) (?P<time>{TIME})")
TURN = re.compile(
    rf"would be faster for (?P<way>fewer|more) than about (?P<items>{NUMBER}) tasks?"
    rf"(?: \((?P<low>{NUMBER}) to (?P<high>{NUMBER})\))?: predicted; (?P<run>{NUMBER}) were run"
)
ALONE = re.compile(rf"running serially \((?P<time>{TIME})\)|the tasks take (?P<else>{TIME}) serially")
DECIDED = re.compile(rf"^ *(?P<case>.+?) (?:is|was) {FACTOR}(?: than (?P<other>.+?)| as (?P<same>.+?))? \({BEHIND}\)")
SAME = re.compile(rf"^ *(?P<case>.+?) takes as long(?: as (?P<other>.+?))?, within (?P<margin>[\d.]+) % \({BEHIND}\)")
OPEN = re.compile(
    rf"^ *(?P<case>.+?) (?:is|was) between (?P<from>{END}) and (?P<to>{END})(?: than (?P<other>.+?))? "
    rf"(?:\([\d.]+ % interval\)|in (?P<rounds>{NUMBER}) rounds): (?:undecided|too few to decide)"
)
ONCE = re.compile(
    rf"^ *(?P<case>.+?) was (?P<factor>{NUMBER})× (?P<way>{WAY})(?: than (?P<other>.+?))? in the only round: too few"
)
UNDECIDED = re.compile(r": (?:undecided|too few to decide)")
TAKES = re.compile(
    rf"(?:^|\. )(?P<name>(?:(?!\. ).)+?) takes (?P<time>{TIME})(?: ±[\d.]+%| \([^)]*\))? for (?P<tasks>{NUMBER}) tasks?"
)
FASTEST = re.compile(
    rf"^(?:Fastest: (?P<name>.+?), (?P<time>{TIME}) (?:for|a) [^:]*?|Too close to call: (?P<close>.+?) took least, .*?)"
    rf"(?:: {FACTOR} than (?P<other>.+?) \({BEHIND}\))?(?: \(.*\))?\.$"
)
TIES = re.compile(r"(?:^|\. )As fast, or too close to call: (?P<names>.+?)[.;]")
CHOICE = re.compile(rf"^(?:Stay on|Switch to) (?P<sides>.+?): (?P<rest>.*{NUMBER}×.*)$")
PYTHON = "python"
"""The header of the interpreters, where there are several."""
TASKS = re.compile(rf": (?P<tasks>{NUMBER}) tasks? of (?P<asked>{TIME})(?: \((?P<seen>{TIME}) each in serial\))?")
ROUNDING = 0.006
"""Of a number with three digits; of one with two it is ten times as much."""
NOISE = 0.2
"""The share by which tasks of a title and the row of `serial` may differ."""


@dataclass
class Table:
    """A table as it is shown: its title, its headers, and the cells of each row by header; and the sentences below."""

    title: str
    headers: list[str]
    rows: list[dict[str, str]]
    sentences: list[str] = field(default_factory=list)

    def named(self, name: str) -> dict[str, str] | None:
        """The row of a name."""
        return next((row for row in self.rows if row[self.headers[0]] == name), None)

    @property
    def ratio(self) -> str | None:
        """The header of the ratios."""
        return next((header for header in self.headers[1:] if header.startswith("vs ")), None)


@dataclass(frozen=True)
class Statements:
    """All that is said of a run, as text."""

    tables: list[Table]
    by_time: list[Table]
    along_axes: list[Table]
    crossings: list[str]
    claims: list[str]
    advice: list[tuple[str, list[str]]]
    findings: list[str]
    """What stands above the charts of its page."""
    answers: list[str] = field(default_factory=list)
    """What it begins with."""


def statements(run: Run) -> Statements:
    """All that is said of a run."""
    analysis = analyse(run)
    return Statements(
        tables=[shown(analysis, table, "given") for table in run.tables],
        by_time=[shown(analysis, table, "time") for table in run.tables],
        along_axes=[
            as_text(block, []) for block in axes.tables_along_axes(analysis) if isinstance(block, blocks.Table)
        ],
        crossings=[terminal(block, WIDE) for block in claims.crossings(run)],
        claims=[click.unstyle(terminal(block, WIDE)) for block in claims.claims(run)],
        advice=list(advised(analysis)),
        findings=list(findings(analysis)),
        answers=[each.text for each in answer.answer(analysis) if isinstance(each, blocks.Paragraph)],
    )


def shown(analysis: Analysis, table: model.Table, sort: tables.Sort) -> Table:
    """One table of a run with all sentences below it."""
    below = reasons.reasons(analysis, table, why=True)
    sentences = [each.text for each in below if isinstance(each, blocks.Paragraph)]
    found = next((each for each in tables.table(analysis, table, sort) if isinstance(each, blocks.Table)), None)
    return Table("", ["strategy"], [], sentences) if found is None else as_text(found, sentences)


def as_text(block: blocks.Table, sentences: list[str]) -> Table:
    """A block as the table that it shows."""
    rows = [dict(zip(block.headers, row, strict=False)) for row in block.rows]
    return Table(block.title, list(block.headers), rows, sentences)


def advised(analysis: Analysis) -> Iterator[tuple[str, list[str]]]:
    """The first paragraph of each recommendation, and the sentences below it and among the reasons."""
    sentences: list[str] = []
    for block in advice.recommendations(analysis):
        if isinstance(block, blocks.Paragraph) and block.kind == "answer":
            sentences = [each.text for each in advice.reasons(analysis)]
            yield block.text, sentences
        elif isinstance(block, blocks.Paragraph):
            sentences.append(block.text)


def findings(analysis: Analysis) -> Iterator[str]:
    """What the page says above its charts of times; nothing without the extra that draws them."""
    try:
        from concbench.report.charts.wall import extremes
    except ModuleNotFoundError:
        return
    for table in analysis.run.tables:
        known = [each for each in analysis.rows(table) if each.median is not None]
        if known:
            yield extremes(known, analysis)


def number(text: str) -> float:
    """A number with thousands set apart."""
    return float(text.replace(",", ""))


def amount(text: str) -> float:
    """Seconds, or bytes, of an amount with its unit."""
    value, unit = text.split(" ")
    return number(value) * {**UNITS, **SIZES}[unit]


def seconds_of(cell: str) -> float | None:
    """The seconds of a cell of medians; None if there are none."""
    found = CELL.match(cell)
    return amount(found["time"]) if found else None


def ratio_of(cell: str) -> tuple[float, float, float] | None:
    """The ratio of a cell, and the least and the most that it may be; of the `same`, all that it may be is known."""
    found = RATIO.match(cell)
    if found is None:
        return None
    if found["factor"] is None:
        within = 1 + float(found["within"] or 0) / 100
        return 1.0, 1 / within, within
    ratio = as_ratio(found["factor"], found["way"])
    if found["half"]:
        return ratio, ratio / (1 + float(found["half"]) / 100), ratio * (1 + float(found["half"]) / 100)
    if found["least"]:
        ends = sorted(as_ratio(found[end], found["way"]) for end in ("least", "most"))
        return ratio, ends[0], ends[1]
    return ratio, ratio, ratio


def as_ratio(factor: str, way: str | None) -> float:
    """A factor as a multiple of the other's time."""
    return 1 / number(factor) if way == "faster" else number(factor)


def end_of(text: str, way: str | None) -> float:
    """An end of an interval as a multiple of the other's time; `way` is the direction where it has none of its own."""
    factor, _, own = text.partition("×")
    return as_ratio(factor, own.strip() or way)


def contradictions(run: Run) -> list[str]:
    """A sentence for each contradiction in what is said of a run."""
    said = statements(run)
    found = [*in_figures(said), *in_order(said), *in_titles(said), *in_reasons(said), *in_claims(said)]
    found += [*in_advice(said), *in_marks(said), *in_findings(said), *in_answers(said)]
    found += in_interpreters(said)
    return list(dict.fromkeys(found))


def in_figures(said: Statements) -> Iterator[str]:
    """Figures that say nothing: more than all of the ideal, and intervals that hold anything."""
    for table in [*said.tables, *said.along_axes]:
        for row in table.rows:
            for header, cell in row.items():
                half = re.search(r"±>?([\d.]+)%", cell)
                if half and float(half[1]) > 100:
                    yield f"{name_in(table, row)}: {header} {cell}: an interval that says nothing"
            ideal = re.match(r"(\d+)%", row.get("ideal", ""))
            if ideal and int(ideal[1]) > 100:
                yield f"{name_in(table, row)}: {ideal[0]} of the ideal"
    for sentence in [*said.claims, *(each for _, sentences in said.advice for each in sentences), *said.findings]:
        if "no interval" in sentence:
            yield f"an interval that does not exist is mentioned: {sentence}"
        for low, high in re.findall(rf"interval ({END}) to ({END})\)", sentence):
            ends = end_of(low, "slower"), end_of(high, "slower")
            if max(ends) / min(ends) > 1000:
                yield f"an interval that says nothing: {sentence}"
    for sentence in [*said.claims, *said.answers, *(text for _, all_of in said.advice for text in all_of)]:
        for text in re.findall(rf"({NUMBER})×", sentence):
            if number(text) < 1:
                yield f"a factor below 1: {sentence}"


def name_in(table: Table, row: dict[str, str]) -> str:
    """Where a row is."""
    return f"{table.title!r}, {row[table.headers[0]]}"


def in_order(said: Statements) -> Iterator[str]:
    """Rows that are sorted by time and do not stand in the order of their ratios, or, without any, of medians."""
    for table in said.by_time:
        yield from unsorted_rows(table, table.rows)
    if said.advice:
        for table in said.tables:
            first, *others = table.rows or [{}]
            if table.ratio and first and first[table.ratio] != "1":
                yield f"{name_in(table, first)}: the first row is not what the others are compared with"
            yield from unsorted_rows(table, others)


def unsorted_rows(table: Table, rows: Sequence[dict[str, str]]) -> Iterator[str]:
    """Pairs of rows of which the latter is faster."""
    if table.ratio is None:
        return
    known = [(row, found) for row in rows if (found := ratio_of(row[table.ratio])) is not None]
    for (row, this), (other, next_) in pairwise(known):
        ratio, less = (this[1] if row[table.ratio].startswith("same") else this[0]), next_[0]
        less = next_[2] if other[table.ratio].startswith("same") else less
        if less < ratio * (1 - 2 * ROUNDING):
            yield f"{name_in(table, other)}: {less} stands below {ratio}, {row[table.headers[0]]}"


def in_titles(said: Statements) -> Iterator[str]:
    """Titles whose tasks are not those of the row of `serial`."""
    for table in said.tables:
        found, serial = TASKS.search(table.title), table.named("serial")
        took = seconds_of(serial[table.headers[1]]) if serial and "median" in serial else None
        if found and took:
            all_of_them = number(found["tasks"]) * amount(found["seen"] or found["asked"])
            if not 1 / (1 + NOISE) <= all_of_them / took <= 1 + NOISE:
                yield f"{table.title!r} above serial {serial[table.headers[1]] if serial else ''}"


def in_reasons(said: Statements) -> Iterator[str]:
    """Sentences on where the time of a case went that its row contradicts."""
    for table in said.tables:
        also = [each for _, sentences in said.advice for each in sentences if " took " in each]
        for sentence in [*table.sentences, *also]:
            found = TOOK.match(sentence)
            row = table.named(found["case"]) if found else None
            if found is None or row is None:
                continue
            yield from in_one_reason(sentence, found, row, table)


def in_one_reason(sentence: str, found: re.Match[str], row: dict[str, str], table: Table) -> Iterator[str]:
    """What is wrong with one such sentence."""
    took, ideal = amount(found["took"]), amount(found["ideal"])
    if not row[table.headers[1]].startswith(found["took"]):
        yield f"{name_in(table, row)} has {row[table.headers[1]]}: {sentence}"
    if ideal > took * (1 + ROUNDING):
        yield f"the ideal is longer than what it took: {sentence}"
    parts = sum(amount(text) for text in re.findall(TIME, found["parts"] or ""))
    if parts > took * (1 + 4 * ROUNDING):
        yield f"the parts add up to more than it took: {sentence}"
    advice = ADVISED.search(sentence)
    if advice:
        predicted = amount(advice["time"])
        if not ideal * (1 - 2 * ROUNDING) <= predicted < took:
            yield f"what is predicted is no gain, or beats the ideal: {sentence}"
        subject = found["case"].split(" ")[0]
        for other in table.rows:
            words = other[table.headers[0]].split(" ")
            tried = dict(pairwise(words[1:])).get("chunksize")
            slower = (seconds_of(other[table.headers[1]]) or 0.0) > took * (1 + ROUNDING)
            if advice["how"] != "took" and words[0] == subject and tried == advice["size"] and slower:
                yield f"{name_in(table, other)} has {other[table.headers[1]]}: {sentence}"
        if advice["how"] == "took" and not any(
            each[table.headers[1]].startswith(advice["time"]) for each in table.rows
        ):
            yield f"no row took as long: {sentence}"
    serial, alone = table.named("serial"), ALONE.search(sentence)
    if serial and alone and not serial[table.headers[1]].startswith(alone["time"] or alone["else"]):
        yield f"serial has {serial[table.headers[1]]}: {sentence}"
    for text in re.findall(rf"({NUMBER}) times as long as alone", sentence):
        if number(text) < 1:
            yield f"slower is faster: {sentence}"


def in_claims(said: Statements) -> Iterator[str]:
    """Factors that their interval contradicts, and outcomes that the sentence contradicts."""
    for paragraph in said.claims:
        outcome, _, rest = paragraph.partition(":")
        sentence = rest.rpartition("\n")[2]
        found = compared(sentence)
        if found is None:
            continue
        yield from in_comparison(found, sentence, paragraph)
        if (outcome == "UNDECIDED") != bool(UNDECIDED.search(sentence)):
            yield f"the outcome is not that of the verdict: {paragraph}"
        other = found.groupdict().get("other")
        for table in said.tables:
            row = row_of(found["case"].rpartition("/")[2], table)
            if row and other and table.ratio == f"vs {other.rpartition('/')[2]}" and "/" not in found["case"]:
                shown, stated = ratio_of(row[table.ratio]), found.groupdict().get("factor")
                ratio = as_ratio(stated, found["way"]) if stated else None
                if shown and ratio and len(said.tables) == 1 and abs(shown[0] / ratio - 1) > ROUNDING:
                    yield f"{name_in(table, row)} has {row[table.ratio]}: {paragraph}"


def compared(sentence: str) -> re.Match[str] | None:
    """A comparison in a sentence: decided, the same, or undecided."""
    return SAME.match(sentence) or OPEN.match(sentence) or ONCE.match(sentence) or DECIDED.match(sentence)


def in_comparison(found: re.Match[str], sentence: str, text: str) -> Iterator[str]:
    """What contradicts a comparison: its interval, or its rounds."""
    parts = found.groupdict()
    if found.re is OPEN:
        low, high = between(found["from"], found["to"])
        if not found["rounds"] and not low <= 1 <= high:
            yield f"the interval is beyond 1: {text}"
        if found["rounds"] and clear_of((low, high), int(number(found["rounds"]))):
            yield f"all rounds agree: {text}"
        return
    way = parts.get("way")
    if found.re is ONCE:
        ratio = as_ratio(found["factor"], way)
        if clear_of((ratio, ratio), 1):
            yield f"the only round is clear: {text}"
        return
    ratio = as_ratio(found["factor"], way) if parts.get("factor") else 1.0
    shown = [found[name] for name in (("low", "high") if found["low"] else ("least", "most"))]
    ends = between(shown[0], shown[1], way) if shown[0] and shown[1] else None
    if ends and not ends[0] * (1 - ROUNDING) <= ratio <= ends[1] * (1 + ROUNDING) and found.re is DECIDED:
        yield f"the figure is not within its own ends: {text}"
    if found.re is SAME:
        if ends and found["low"] and not 1 / 1.06 <= ends[0] <= ends[1] <= 1.06:
            yield f"the interval reaches beyond the margin: {text}"
    elif UNDECIDED.search(sentence):
        if ends and found["rounds"] and clear_of(ends, int(number(found["rounds"]))):
            yield f"all rounds agree: {text}"
    elif ends and found["low"] and ends[0] * (1 + ROUNDING) < 1 < ends[1] * (1 - ROUNDING):
        yield f"the interval holds 1: {text}"


def between(first: str, last: str, way: str | None = None) -> tuple[float, float]:
    """Two ends as ratios, in order; a direction that only the latter has is that of both."""
    known = way or (last.partition("× ")[2] or None)
    low, high = sorted((end_of(first, known), end_of(last, known)))
    return low, high


def clear_of(ends: tuple[float, float], rounds: int) -> str | None:
    """What all rounds agree on by a factor of two, going by their range in a sentence, whose numbers are rounded."""
    factor = CLEAR.get(rounds, 2.0) * (1 + ROUNDING)
    return "slower" if ends[0] > factor else "faster" if ends[1] < 1 / factor else None


def row_of(name: str, table: Table) -> dict[str, str] | None:
    """The row that a sentence means, whose settings it may have in words: `pool-map with 2 workers and chunksize 8`."""
    row = table.named(name)
    if row is not None:
        return row
    subject, _, settings = name.partition(" with ")
    words = [" ".join(reversed(each.split(" "))) if each.split(" ")[0].isdigit() else each
             for each in re.split(r", | and ", settings.partition(" under ")[0])]  # fmt: skip
    named = [word.replace("worker ", "workers ") for word in words if word]
    for kept in (named, [word for word in named if not word.startswith("workers")]):
        row = table.named(" ".join([subject, *kept]))
        if row is not None:
            return row
    return None


def in_advice(said: Statements) -> Iterator[str]:
    """Sentences of advice that the table contradicts."""
    for first, sentences in said.advice:
        takes = TAKES.search(first)
        for table in said.tables:
            row = row_of(takes["name"], table) if takes else None
            if takes is None or row is None:
                if "was not measured" not in first:
                    yield f"what is recommended has no row: {first}"
                continue
            if not row[table.headers[1]].startswith(takes["time"]):
                yield f"{name_in(table, row)} has {row[table.headers[1]]}: {first}"
            if not row[table.headers[1]].endswith(" *"):
                yield f"{name_in(table, row)} is not marked: {first}"
            yield from in_lead(first, table)
            for sentence in first.partition(takes[0])[2].split("; ")[1:]:
                yield from in_other(sentence, table, first)
            for sentence in sentences:
                yield from in_one_advice(sentence, row, table)


def in_lead(text: str, table: Table) -> Iterator[str]:
    """What the row of `serial` contradicts in the beginning of a recommendation."""
    serial = table.named("serial")
    found = re.match(rf"^[^:]+: {FACTOR} than serial", text)
    shown = ratio_of(serial[table.ratio]) if serial and table.ratio else None
    if found and shown and serial and abs(shown[0] * as_ratio(found["factor"], found["way"]) - 1) > ROUNDING:
        yield f"{name_in(table, serial)} has {shown[0]}: {text}"
    cell = serial[table.ratio] if serial and table.ratio else ""
    if "not conclusively faster than serial" in text and " slower" in cell and not cell.endswith("?"):
        yield f"{name_in(table, serial or {})} has {cell}: {text}"


def in_other(sentence: str, table: Table, text: str) -> Iterator[str]:
    """What its row contradicts in what is said of another case."""
    found = compared(sentence)
    row = row_of(found["case"], table) if found else None
    if found is None or row is None or table.ratio is None:
        return
    yield from in_comparison(found, sentence, text)
    shown = ratio_of(row[table.ratio])
    stated = as_ratio(found["factor"], found["way"]) if found.re in (DECIDED, ONCE) and found["factor"] else None
    if shown and stated and abs(shown[0] / stated - 1) > ROUNDING:
        yield f"{name_in(table, row)} has {row[table.ratio]}: {text}"
    if shown and bool(UNDECIDED.search(sentence)) != row[table.ratio].endswith("?"):
        yield f"{name_in(table, row)} has {row[table.ratio]}: {text}"


def in_one_advice(sentence: str, row: dict[str, str], table: Table) -> Iterator[str]:
    """What a row contradicts in a sentence of advice."""
    yield from in_costs(sentence, row, table)
    turn = TURN.search(sentence)
    if turn:
        ends = [number(turn[name]) for name in ("low", "items", "high") if turn[name]]
        passed = max(ends) > number(turn["run"]) if turn["way"] == "fewer" else min(ends) < number(turn["run"])
        if passed or ends != sorted(ends):
            yield f"the turn is already passed: {sentence}"


def in_costs(sentence: str, row: dict[str, str], table: Table) -> Iterator[str]:
    """CPU time and memory that are not those of the row."""
    costs = re.search(r"It costs ", sentence)
    if costs:
        for header, pattern in (("CPU", rf"({TIME}) of CPU time"), ("PSS", rf"({SIZE}) of memory")):
            cell, text = row.get(header, "-"), re.search(pattern, sentence)
            if text and cell != "-" and abs(amount(text[1]) / max(1e-12, amount(cell)) - 1) > ROUNDING:
                yield f"{name_in(table, row)} has {header} {cell}: {sentence}"


def in_answers(said: Statements) -> Iterator[str]:
    """A fastest that its table does not mark, another factor than that of its row, and ties that are not marked."""
    for place, sentence in enumerate(said.answers):
        found = FASTEST.match(sentence)
        if found is None or len(said.tables) != 1:
            continue
        (table,) = said.tables
        if PYTHON in table.headers:
            continue
        row = row_of(found["name"] or found["close"], table)
        if row is None:
            yield f"what is fastest has no row: {sentence}"
            continue
        time = table.headers[1]
        if found["name"] and not row[time].startswith(found["time"]):
            yield f"{name_in(table, row)} has {row[time]}: {sentence}"
        below = said.answers[place + 1] if place + 1 < len(said.answers) else ""
        yield from in_costs(below, row, table)
        ties = TIES.search(below)
        names = re.split(r", | and (?!chunksize)", ties["names"]) if ties else []
        marked = [each for each in table.rows if each[time].endswith(" *")]
        if row not in marked or (len(names) < 5 and len(marked) != 1 + len(names)):
            yield f"{len(marked)} rows are marked: {sentence} {below}"
        if found["factor"] and table.ratio:
            yield from in_factor(found, row, table, sentence)


def in_interpreters(said: Statements) -> Iterator[str]:
    """A verdict on interpreters that the marks of the table contradict."""
    for sentence in said.answers:
        found = CHOICE.match(sentence)
        if found is None or len(said.tables) != 1 or PYTHON not in said.tables[0].headers:
            continue
        rows = said.tables[0].rows
        marked = {row[PYTHON] for row in rows if any(cell.endswith(" *") for cell in row.values())}
        if marked and not set(found["sides"].split(" or ")) & marked:
            yield f"{' and '.join(sorted(marked))} are marked as the fastest: {sentence}"
        for side in re.findall(rf"(\S+) is {NUMBER}× slower", found["rest"]):
            if side in marked:
                yield f"{side} is marked as the fastest: {sentence}"


def in_factor(found: re.Match[str], row: dict[str, str], table: Table, sentence: str) -> Iterator[str]:
    """A factor that is neither that of the row nor that of the other one, if the row is the reference."""
    assert table.ratio is not None
    cell, ratio = row[table.ratio], as_ratio(found["factor"], found["way"])
    if cell == "1":
        other = row_of(found["other"], table)
        cell, ratio = (other[table.ratio] if other else "-"), 1 / ratio
    shown = ratio_of(cell)
    if found["way"] != "faster" or (shown and abs(shown[0] / ratio - 1) > ROUNDING):
        yield f"{name_in(table, row)} has {cell}: {sentence}"


def in_marks(said: Statements) -> Iterator[str]:
    """Sentences on crossings that the marks of the fastest contradict."""
    for sentence in said.crossings:
        undecided = re.match(r"(?:.*: )?It is undecided whether (.+) overtakes? (.+) between ", sentence)
        always = re.match(r"(?:.*: )?(.+) (?:is|are) (always|never) faster than (.+?) (?:for|with) ", sentence)
        for table in said.along_axes:
            marked = {header for row in table.rows for header, cell in row.items() if cell.endswith(" *")}
            for name in named_in(undecided or always):
                if undecided and {name, undecided[2]} <= marked and len(said.along_axes) == 1:
                    yield f"both are marked as the fastest somewhere: {sentence}"
                if always and len(said.along_axes) == 1:
                    wrong = always[3] if always[2] == "always" else name
                    if wrong in marked and {name, always[3]} <= set(table.headers):
                        yield f"{wrong} is marked as the fastest somewhere: {sentence}"


def named_in(found: re.Match[str] | None) -> list[str]:
    """The subjects that a sentence begins with."""
    return re.split(r", | and ", found[1]) if found else []


def in_findings(said: Statements) -> Iterator[str]:
    """A fastest of the page that is not what is recommended, or not the fastest of its table."""
    recommended = [takes["name"] for first, _ in said.advice if (takes := TAKES.search(first))]
    for finding in said.findings:
        found = re.match(rf"(Fastest|Recommended): (.+?), ({TIME})", finding)
        if found is None:
            continue
        if recommended and not any(
            row_of(name, table) == table.named(found[2]) for name in recommended for table in said.tables
        ):
            yield f"what is recommended is {recommended[0]}: {finding}"
        for table in said.by_time:
            row = table.named(found[2])
            if row and not recommended and table.ratio and len(said.by_time) == 1:
                known = [(each[0], other) for other in table.rows if (each := ratio_of(other[table.ratio])) is not None]
                own = ratio_of(row[table.ratio])
                if own and min(known, key=lambda each: each[0])[0] < own[0] * (1 - ROUNDING):
                    yield f"{name_in(table, min(known, key=lambda each: each[0])[1])} is faster: {finding}"


def main(paths: Sequence[str]) -> int:
    """Print the contradictions in what is said of some saved runs; return 1 where there are any, 2 without a run."""
    if not paths:
        print(__doc__)
        return 2
    total = 0
    for path in paths:
        try:
            run = read_run(Path(path))
        except UnreadableRun as error:
            print(f"{path}: {error}", file=sys.stderr)
            return 2
        found = contradictions(run)
        total += len(found)
        for sentence in found:
            print(f"{path}: {sentence}")
    print(f"{total} contradictions in {len(paths)} runs", file=sys.stderr)
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
