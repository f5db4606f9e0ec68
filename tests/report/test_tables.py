"""What tables promise: they fit, every case has its row, and foreign text is shown and not obeyed."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tabulate import tabulate_formats

from benchmarks.contradictions import read_table
from concbench.model import Case, Recommendation, Run, Sample, Workload
from concbench.report.html.wall_chart import ends_of
from concbench.report.tables import FORMATS, TEXT, Sort, tables
from concbench.report.tabulated import TEXTS
from concbench.stats.intervals import median_interval
from concbench.suites.answering import comparisons
from tests.example_run import example_run
from tests.report.gate_runs import change, gate_run
from tests.report.runs import failed_run, hostile_run, measured_runs, without_pss


def printed(run: Run, form: str = TEXT, sort: Sort = "given", width: int = 100) -> str:
    return "\n".join(tables(run, form, sort, width))


def first_words(run: Run, sort: Sort) -> list[str]:
    """The names in the first column of the text table, top to bottom."""
    names = {case.subject for case in run.cases}
    return [word for line in printed(run, sort=sort).splitlines() for word in line.split()[:1] if word in names]


def row(run: Run, subject: str, form: str = TEXT) -> str:
    return next(line for line in printed(run, form).splitlines() if line.strip("| ").startswith(subject))


# Sides


def on_two_sides(run: Run) -> Run:
    pool = run.cases[1]
    run.cases = [replace(pool, id=f"{pool.id} {side}", side=side) for side in ("base", "head")]
    run.parts = [replace(run.parts[0], reference=None)]
    run.comparisons = []
    return run


def test_which_interpreter_it_was_is_a_column() -> None:
    header, _, *rows = list(tables(on_two_sides(example_run())))[1].splitlines()[:4]
    assert header.split()[:2] == ["strategy", "python"]
    assert [row.split()[:2] for row in rows] == [["pool-map", "base"], ["pool-map", "head"]]


def test_the_sides_of_a_gate_are_not_called_interpreters() -> None:
    header, _, *rows = list(tables(on_two_sides(gate_run(change()))))[1].splitlines()[:4]
    assert "python" not in header
    assert [row.split()[:2] for row in rows] == [["pool-map", "base"], ["pool-map", "head"]]


# All formats


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_shows_every_case_and_its_time(form: str) -> None:
    text = printed(example_run(), form)
    assert all(subject in text for subject in ("process", "pool-map", "ray"))
    assert "413 ms" in text
    assert "81.8 ms" in text


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_why_when_every_case_failed(form: str) -> None:
    text = printed(failed_run(), form)
    for number, kind in enumerate(("raised", "timeout", "unavailable")):
        assert f"{kind}: case {number} did not work" in text


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_can_show_a_part_without_cases(form: str) -> None:
    run = example_run()
    run.cases, run.comparisons, run.claims = [], [], []
    run.parts = [replace(run.parts[0], reference=None, title="Nothing yet")]
    assert printed(run, form).startswith("Nothing yet")


def test_formats_that_escape_nothing_are_not_offered() -> None:
    assert set(tabulate_formats) - set(FORMATS) == {"unsafehtml", "latex_raw"}


# The text table


@pytest.mark.parametrize("width", [80, 100, 120])
@given(run=measured_runs())
def test_no_line_is_wider_than_the_terminal(width: int, run: Run) -> None:
    assert max(map(len, printed(run, width=width).splitlines())) <= width


@given(run=measured_runs(), width=st.integers(60, 160))
def test_a_table_that_was_cut_has_all_its_columns_and_every_name_again(run: Run, width: int) -> None:
    whole, cut = printed(run, width=1000), printed(run, width=width)
    headers = whole.splitlines()[1].split()
    assert sorted(set(headers)) == sorted({word for line in cut.splitlines() for word in line.split()} & set(headers))
    pieces = sum(line.startswith("strategy") for line in cut.splitlines())
    for case in run.cases:
        times = 1 if case.error else pieces
        assert sum(line.startswith(f"{case.subject} ") for line in cut.splitlines()) >= times


def test_a_table_that_is_too_wide_is_cut_between_time_and_cost() -> None:
    text = printed(example_run(), width=80)
    heads = [line.split() for line in text.splitlines() if line.startswith("strategy")]
    assert [words[-1] for words in heads] == ["ideal", "procs"]


def test_a_table_that_fits_is_one() -> None:
    text = printed(example_run(), width=120)
    assert sum(line.startswith("strategy") for line in text.splitlines()) == 1


def test_the_reference_is_1_and_the_others_are_multiples_of_it() -> None:
    header = next(line for line in printed(example_run()).splitlines() if "x process" in line)
    end = header.index("x process") + len("x process")
    assert row(example_run(), "process")[:end].split()[-1] == "1"
    assert row(example_run(), "pool-map")[:end].split()[-2:] == ["0.198", "±4%"]


def test_a_failed_case_has_its_kind_and_reason_in_place_of_figures() -> None:
    assert re.fullmatch(
        r"ray +unavailable: ray is not installed; try: pip install 'concbench\[ray\]'", row(example_run(), "ray")
    )


def test_a_long_reason_is_wrapped_beside_its_name() -> None:
    run = example_run()
    assert run.cases[2].error is not None
    run.cases[2].error = replace(run.cases[2].error, message="reason " * 30)
    lines = printed(run).splitlines()
    begin = lines.index(row(run, "ray"))
    assert len(lines) > begin + 2
    assert all(line.startswith(" " * len("pool-map  ") + "reason") for line in lines[begin + 1 :])
    assert " ".join(lines[begin:]).split().count("reason") == 30


def noisy(run: Run) -> Run:
    """The run, with single samples of its second case that differ by a factor of 2 from round to round."""
    run.cases[1].samples = [
        Sample(block=block, round=number, start=0, run=wall, stop=0, wall=wall, cpu=0.1)
        for block in range(4)
        for number, wall in enumerate((0.08, 0.16, 0.08))
    ]
    return run


def test_a_noisy_row_is_marked_and_the_mark_explained() -> None:
    text = printed(noisy(example_run()))
    assert " ~ " in row(noisy(example_run()), "pool-map")
    assert " ~ " not in row(noisy(example_run()), "process")
    assert text.splitlines()[-1].startswith("~ noisy: ")


def test_without_noise_there_is_no_mark() -> None:
    assert "~" not in printed(example_run())


def test_memory_is_pss_where_the_system_has_it() -> None:
    text = printed(example_run())
    assert " PSS " in text
    assert "33 MB" in row(example_run(), "pool-map")  # 31 MiB


def test_memory_is_called_rss_where_there_is_no_pss() -> None:
    run = example_run()
    assert run.cases[1].watch is not None
    run.cases[1].watch = without_pss(run.cases[1].watch)
    text = printed(run)
    assert " RSS " in text
    assert " PSS " not in text
    assert "61 MB" in row(run, "pool-map")  # 58 MiB


def test_phases_share_the_unit_of_the_longest() -> None:
    assert "12+58+11 ms" in row(example_run(), "pool-map")
    assert "0+412+1.0 ms" in row(example_run(), "process")


# The title


def test_the_title_says_how_much_work_and_how_many_workers() -> None:
    run = example_run()
    run.parts = [replace(run.parts[0], title="Short tasks.")]
    assert printed(run).splitlines()[0] == "Short tasks: 100 tasks of 1.00 ms; 2 workers"


def test_one_task_and_one_worker_are_one() -> None:
    run = example_run()
    for case in run.cases:
        case.workload = replace(case.workload, tasks=1)
        case.settings = replace(case.settings, workers=1)
    assert "1 task of 1.00 ms; 1 worker\n" in printed(run)


def test_the_title_leaves_out_workers_that_differ() -> None:
    run = example_run()
    run.cases[1].settings = replace(run.cases[1].settings, workers=3)
    assert "worker" not in printed(run).splitlines()[0].partition(":")[2]


def test_the_title_names_payload_and_memory_where_there_is_any() -> None:
    run = example_run()
    for case in run.cases:
        case.workload = replace(case.workload, payload=65536, memory=8_000_000)
    assert printed(run).splitlines()[0].endswith("; 65.5 kB each way; 8.00 MB each; 2 workers")


def test_a_long_title_is_wrapped_in_text_and_whole_elsewhere() -> None:
    run = example_run()
    run.parts = [replace(run.parts[0], title="word " * 30)]
    assert max(map(len, printed(run, width=80).splitlines())) <= 80
    assert printed(run, "github").splitlines()[0].count("word") == 30


# Order


def test_sort_orders() -> None:
    run = example_run()
    assert run.cases[1].watch is not None
    run.cases[0].watch = replace(run.cases[1].watch, peak_pss=10)
    assert first_words(run, "given") == ["process", "pool-map", "ray"]
    assert first_words(run, "name") == ["pool-map", "process", "ray"]
    assert first_words(run, "time") == ["pool-map", "process", "ray"]
    assert first_words(run, "cpu") == ["pool-map", "process", "ray"]
    assert first_words(run, "memory") == ["process", "pool-map", "ray"]
    assert first_words(run, "ideal") == ["pool-map", "process", "ray"]


def test_rows_without_the_figure_come_last() -> None:
    run = example_run()
    run.cases[1].watch = None
    run.cases[0], run.cases[2] = run.cases[2], run.cases[0]
    found = [line.split()[1] for line in printed(run, "github", "time").splitlines() if line.startswith("| ")][1:]
    assert found == ["pool-map", "process", "ray"]


# Foreign text


@pytest.mark.parametrize("form", FORMATS)
def test_no_control_character_reaches_the_terminal(form: str) -> None:
    for block in tables(hostile_run(), form):
        assert all(line.replace("\t", "").isprintable() for line in block.split("\n"))
        assert "\\x1b[31mred" in html.unescape(block) or "\\textbackslash" in block


@pytest.mark.parametrize("form", ["html", "github", "pipe"])
def test_no_markup_is_left_in_html_and_markdown(form: str) -> None:
    text = printed(hostile_run(), form)
    assert "<script>" not in text
    assert text.count(TEXTS[form]("<script>")) >= 4  # title, header, and a cell of each case


@pytest.mark.parametrize("form", ["github", "pipe"])
def test_a_pipe_in_a_name_begins_no_new_cell(form: str) -> None:
    rows = [line for block in list(tables(hostile_run(), form))[1::2] for line in block.splitlines()]
    cells = {len(re.findall(r"(?<!\\)\|", line)) for line in rows}
    assert len(rows) == 5
    assert len(cells) == 1


def test_a_newline_in_a_name_begins_no_new_row() -> None:
    assert len(printed(hostile_run(), "tsv").splitlines()) == 1 + 1 + 3


# What a table says of itself


def timed(run: Run, subject: str, wall: float, blocks: int = 3) -> Case:
    """A case of the example run that took so long in every block."""
    case = next(case for case in run.cases if case.error is None)
    samples = [
        Sample(block=block, round=0, start=0.0, run=wall, stop=0.0, wall=wall, cpu=None) for block in range(blocks)
    ]
    return replace(case, id=f"short/{subject}", subject=subject, samples=samples, median=median_interval(samples))


def run_with(*cases: Case) -> Run:
    run = example_run()
    part = replace(run.parts[0], name="short", reference=cases[0].id)
    return replace(run, parts=[part], cases=list(cases), comparisons=comparisons([part], cases, 1.0))


def test_tasks_of_a_function_are_as_long_as_the_row_of_serial_has_them() -> None:
    """Its one examination took 3.92 ms a task, and above `serial 105 ms` nobody believes that of 48 tasks."""
    run = example_run()
    work = Workload(name="mine:work", tasks=48, task_time=0.00392, busy=1.0)
    cases = [replace(timed(run, name, wall), workload=work) for name, wall in (("serial", 0.105), ("pool-map", 0.06))]
    assert "48 tasks of 2.19 ms" in printed(run_with(*cases))
    assert "48 tasks of 3.92 ms" in printed(run_with(cases[1]))


def test_tasks_that_were_asked_for_are_told_with_what_they_took_in_serial() -> None:
    run = example_run()
    work = Workload(name="cpu", tasks=48, task_time=0.001, loops=1)
    cases = [replace(timed(run, name, wall), workload=work) for name, wall in (("serial", 0.105), ("pool-map", 0.06))]
    assert "48 tasks of 1.00 ms (2.19 ms each in serial)" in printed(run_with(*cases))


def test_rows_stand_in_the_order_of_their_ratios() -> None:
    """A row that ran in the first, slow rounds only has a larger median than one that is slower beside it."""
    run = example_run()
    best, early, late = timed(run, "serial", 0.1), timed(run, "thread", 0.2, blocks=1), timed(run, "process", 0.16)
    early.samples = [replace(early.samples[0], wall=0.2)]
    best.samples = [replace(each, wall=wall) for each, wall in zip(best.samples, (0.19, 0.1, 0.1), strict=True)]
    found = run_with(best, late, early)
    assert [row["strategy"] for row in rows_of(found)] == ["serial", "thread", "process"]


def rows_of(run: Run) -> list[dict[str, str]]:
    title, figures = tables(run, TEXT, "time", 10_000)
    return read_table(title, figures, []).rows


def test_no_row_has_more_than_all_of_its_ideal() -> None:
    run = run_with(replace(timed(example_run(), "serial", 0.1), ideal=0.134))
    assert "100%+" in printed(run)
    assert "faster than its ideal, which rests on a serial pass that was slower" in printed(run)


def test_the_page_names_what_is_recommended_and_no_other_fastest() -> None:
    run = run_with(timed(example_run(), "executor-threads", 0.101), timed(example_run(), "pool-map", 0.1))
    assert ends_of(run.cases, run).startswith("Fastest is pool-map")
    run.recommendations = [Recommendation(case=run.cases[0].id, compared=[], equal=[run.cases[1].id])]
    assert ends_of(run.cases, run).startswith("Recommended is executor-threads")
