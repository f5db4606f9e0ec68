"""What the tables of channels, stores, primitives and workers promise: the columns that their experiment has."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.model import Case, Run, Sample
from concbench.report.sharing_columns import lost_of, rate_cell
from concbench.report.tables import FORMATS, TEXT, Sort, tables
from concbench.report.tabulated import TEXTS
from tests.example_run import MIB
from tests.report.runs import HOSTILE, durations, interval, memories, relative
from tests.report.sharing import counters_run, messages_run, sharing_run, startups_run, turns_run, watch

BUILDERS = (messages_run, counters_run, turns_run, startups_run)
every_kind = pytest.mark.parametrize("build", BUILDERS)


def printed(run: Run, form: str = TEXT, sort: Sort = "given", width: int = 100) -> str:
    return "\n".join(tables(run, form, sort, width))


def cells(run: Run, part: int = 0, sort: Sort = "given") -> list[dict[str, str]]:
    """The rows of one part's table, as cells by their headers."""
    table = list(tables(run, "tsv", sort))[2 * part + 1]
    headers, *rows = [[cell.strip() for cell in line.split("\t")] for line in table.splitlines()]
    return [dict(zip(headers, row, strict=True)) for row in rows]


def headers(run: Run) -> list[str]:
    return list(cells(run)[0])


# Columns


def test_a_channel_has_round_trips_and_a_stream_one_way() -> None:
    first, second, _, missing = cells(messages_run())
    assert list(first) == [
        *("channel", "round trip", "99 %", "x os-pipe", "one way", "bandwidth"),
        *("CPU%", "PSS", "procs", "problem"),
    ]
    assert (first["channel"], first["round trip"], first["99 %"]) == ("os-pipe", "12.3 µs ±5%", "45.6 µs")
    assert (first["x os-pipe"], second["x os-pipe"]) == ("1", "4.00 ±5%")
    assert (missing["round trip"], missing["one way"], missing["bandwidth"]) == ("-", "-", "-")
    assert missing["problem"] == "unavailable: it needs Python 3.14"


def test_the_stream_is_told_in_messages_and_in_bytes_a_second() -> None:
    small, large = cells(messages_run())[0], cells(messages_run(), part=1)[0]
    assert (small["one way"], small["bandwidth"]) == ("500k/s", "7.63 MiB/s")  # 2 µs for each 16 bytes
    assert (large["one way"], large["bandwidth"]) == ("1.00k/s", "1000 MiB/s")  # 1 ms for each MiB


def test_too_few_round_trips_have_a_dash_for_a_99th_percentile() -> None:
    assert {row["99 %"] for row in cells(messages_run(), part=1)} == {"-"}


def test_a_store_has_steps_and_the_updates_that_it_lost() -> None:
    local, value, raw, guarded = cells(counters_run())
    assert list(local) == ["store", "step", "x local", "rate", "lost updates", "CPU%", "PSS", "procs"]
    assert (local["step"], local["rate"]) == ("50.0 ns ±5%", "20.0M/s")
    assert value["lost updates"] == "40,000 of 160,000 (25%)"  # 5,000 in each of 8 samples
    assert raw["lost updates"] == "8 of 160,000 (<0.01%)"
    assert local["lost updates"] == guarded["lost updates"] == "none"
    assert (guarded["store"], guarded["x local"]) == ("value lock", "80.0 ±5%")


def test_a_store_whose_updates_were_not_counted_has_a_dash() -> None:
    run = counters_run()
    run.cases[0].samples = [replace(sample, lost=None) for sample in run.cases[0].samples]
    assert cells(run)[0]["lost updates"] == "-"
    assert lost_of(run.cases[0]) is None


def test_lost_updates_are_those_of_all_samples_workers_and_steps() -> None:
    value = counters_run().cases[1]
    assert lost_of(value) == (8 * 5_000, 8 * 10_000 * 2)
    alone = replace(value, settings=replace(value.settings, workers=None))
    assert lost_of(alone) == (8 * 5_000, 8 * 10_000)


def test_a_primitive_has_turns() -> None:
    lock, event = cells(turns_run())
    assert list(lock) == ["primitive", "turn", "x lock", "rate", "CPU%", "PSS", "procs"]
    assert (lock["turn"], lock["rate"]) == ("2.00 µs ±5%", "500k/s")
    assert (event["turn"], event["x lock"], event["rate"]) == ("40.0 µs ±5%", "20.0 ±5%", "25.0k/s")


def test_a_kind_of_worker_has_what_one_more_takes_in_time_and_memory() -> None:
    thread, forked, spawned = cells(startups_run())
    assert list(thread) == ["worker", "one more", "x thread", "rate", "memory each", "PSS", "procs"]
    assert (thread["one more"], thread["rate"]) == ("80.0 µs ±5%", "12.5k/s")
    assert [thread["memory each"], forked["memory each"]] == ["20 kB", "2.0 MB"]  # 80 kB and 8 MB more, for 4
    assert [forked["worker"], spawned["worker"]] == ["process fork", "process spawn"]
    assert [forked["procs"], spawned["procs"]] == ["5", "5"]


def test_memory_each_is_a_dash_where_it_is_not_known_and_never_negative() -> None:
    run = startups_run()
    assert cells(run)[2]["memory each"] == "-"  # the host's own memory was not read
    run.cases[0].watch = None
    run.cases[1].watch = replace(watch(), peak_pss=None)
    run.cases[2].watch = watch(peak=10 * MIB, base=14 * MIB)
    assert [row["memory each"] for row in cells(run)] == ["-", "-", "0 B"]


@every_kind
def test_the_median_is_of_each_and_not_of_the_sample(build: Callable[[], Run]) -> None:
    run = build()
    text = printed(run)
    assert "100 ms" not in text  # what every sample took
    assert "ideal" not in text
    assert "start+run+stop" not in text


@every_kind
def test_a_row_whose_times_of_each_scatter_is_marked_however_even_its_samples(build: Callable[[], Run]) -> None:
    run = build()
    assert "~" not in printed(run)
    run.cases[0].samples = [replace(sample, each=(1 + sample.round) * 1e-6) for sample in run.cases[0].samples]
    text = printed(run)
    assert f"{run.cases[0].label} " in text
    assert text.count(" ~") >= 1
    assert "\n~ noisy: " in text


@every_kind
def test_samples_that_scatter_do_not_mark_a_row_whose_times_of_each_are_even(build: Callable[[], Run]) -> None:
    run = build()
    for case in run.cases:
        case.samples = [replace(sample, wall=10.0**sample.round) for sample in case.samples]
    assert "~" not in printed(run)


def test_a_rate_is_a_dash_where_nothing_was_measured() -> None:
    assert [rate_cell(each) for each in (None, 0.0, 0.004, 1e-7)] == ["-", "-", "250/s", "10.0M/s"]
    run = turns_run()
    run.cases[1].median = None
    assert cells(run)[1]["rate"] == "-"


# Titles


def title(run: Run) -> str:
    return printed(run).splitlines()[0]


def test_the_title_says_how_many_messages_of_which_size() -> None:
    run = messages_run()
    assert title(run) == "Small messages: 300 round trips of 16 B, and a stream one way"
    assert "\nLarger messages: 8 round trips of 1 MiB, and a stream one way\n" in printed(run)
    for case in run.cases:
        case.workload = replace(case.workload, tasks=1, payload=1500)
    assert ": 1 round trip of 1.46 KiB, and a stream" in title(run)


def test_the_title_says_how_many_workers_take_how_many_steps() -> None:
    assert title(counters_run()) == "A counter that processes share: 2 workers; 10,000 steps each"


def test_the_title_says_how_many_workers_at_most_where_they_differ() -> None:
    assert title(turns_run()) == "Primitives, contended: at most 4 workers; 250 turns each"
    run = turns_run()
    for case in run.cases:
        case.settings = replace(case.settings, workers=1)
        case.workload = replace(case.workload, tasks=1)
    assert title(run) == "Primitives, contended: 1 worker; 1 turn each"


def test_the_title_says_how_many_steps_most_stores_take() -> None:
    run = counters_run()
    run.cases[0].workload = replace(run.cases[0].workload, tasks=77)
    assert title(run).endswith("; 10,000 steps each")


def test_the_title_leaves_workers_out_where_nobody_says() -> None:
    run = turns_run()
    for case in run.cases:
        case.settings = replace(case.settings, workers=None)
    assert title(run) == "Primitives, contended: 250 turns each"


def test_the_title_says_how_many_workers_are_started() -> None:
    assert title(startups_run()) == "One more worker, until it is ready: 4 workers"


# Order and width


def test_sort_orders_by_name_by_the_time_of_each_and_by_memory() -> None:
    run = counters_run()
    run.cases[3].watch = watch(peak=1)
    names: dict[Sort, list[str]] = {
        "given": ["local", "value", "raw-value", "value lock"],
        "name": ["local", "raw-value", "value", "value lock"],
        "time": ["local", "raw-value", "value", "value lock"],
        "memory": ["value lock", "local", "value", "raw-value"],
        "ideal": ["local", "value", "raw-value", "value lock"],  # there is none
    }
    for sort, expected in names.items():
        assert [row["store"] for row in cells(run, sort=sort)] == expected


def test_what_was_not_measured_comes_last() -> None:
    assert [row["channel"] for row in cells(messages_run(), sort="time")][-1] == "interpreter-queue"


@pytest.mark.parametrize("width", [80, 100])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, printed(sharing_run(), width=width).splitlines())) <= width


@st.composite
def any_figures(draw: st.DrawFn) -> Run:
    """The runs by hand, with figures as some machine may give them."""
    run = draw(st.sampled_from(BUILDERS))()
    for case in run.cases:
        if case.error is None:
            case.median = interval(draw(durations), draw(relative))
            case.samples = draw(st.lists(any_samples(case), min_size=1, max_size=3, unique_by=lambda each: each.round))
            case.watch = watch(draw(memories), draw(memories), draw(st.integers(1, 999)))
    ratios = st.floats(-3, 4).map(lambda exponent: 10.0**exponent)
    run.comparisons = [replace(each, ratio=interval(draw(ratios), draw(relative))) for each in run.comparisons]
    return run


def any_samples(case: Case) -> st.SearchStrategy[Sample]:
    updates = case.workload.tasks * (case.settings.workers or 1)
    return st.builds(
        replace,
        st.just(case.samples[0]),
        round=st.integers(0, 9),
        each=durations,
        each_p99=st.none() | durations,
        stream=st.none() | durations,
        lost=st.none() | st.integers(0, updates),
    )


@pytest.mark.parametrize("width", [80, 100])
@given(run=any_figures())
def test_no_line_is_wider_than_the_terminal_whatever_the_figures(width: int, run: Run) -> None:
    assert max(map(len, printed(run, width=width).splitlines())) <= width


@every_kind
def test_a_narrow_terminal_has_every_column_and_every_name_in_each_piece(build: Callable[[], Run]) -> None:
    run = build()
    text = printed(run, width=60)
    first_header = headers(run)[0]
    shown = "\n".join(line for line in text.splitlines() if line.startswith(first_header))
    for header in headers(run):
        assert header in shown or header == "problem"
    pieces = [block for block in re.split("\n\n|\n(?=[A-Z])", text) if first_header in block]
    assert len(pieces) >= 2


# Foreign text


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_shows_every_case(form: str) -> None:
    text = printed(sharing_run(), form).replace("\\_", "_")
    for case in sharing_run().cases:
        assert case.label in text


def hostile(build: Callable[[], Run]) -> Run:
    """A run whose names are somebody's who means harm."""
    run = build()
    part = run.parts[0].name
    for case in run.cases:
        case.subject = HOSTILE
        case.id = f"{case.part}/{case.label}{HOSTILE}"
    run.parts = [replace(each, title=f"title {HOSTILE}", reference=None) for each in run.parts]
    run.parts[0] = replace(run.parts[0], reference=next(case.id for case in run.cases if case.part == part))
    return run


@every_kind
@pytest.mark.parametrize("form", FORMATS)
def test_no_control_character_reaches_the_terminal(build: Callable[[], Run], form: str) -> None:
    for block in tables(hostile(build), form):
        assert all(line.replace("\t", "").isprintable() for line in block.split("\n"))


@every_kind
@pytest.mark.parametrize("form", ["html", "github", "pipe"])
def test_no_markup_is_left_in_html_and_markdown(build: Callable[[], Run], form: str) -> None:
    text = printed(hostile(build), form)
    assert "<script>" not in text
    assert TEXTS[form]("<script>") in text


@every_kind
def test_a_pipe_in_a_name_begins_no_new_cell(build: Callable[[], Run]) -> None:
    for table in list(tables(hostile(build), "github"))[1::2]:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
