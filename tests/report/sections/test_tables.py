"""What the tables of a run promise: a row for every result, the columns of its experiment, explained marks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from concbench.analysis.analysis import analyse
from concbench.model.case import Workload
from concbench.model.result import Result
from concbench.model.run import Run
from concbench.report import blocks
from concbench.report.experiments.counters import lost_updates
from concbench.report.experiments.view import rate_cell
from concbench.report.sections.tables import BEST, Sort, in_order, table, words
from tests.builders import MIB, case, change, example_run, failed_run, gate_run, result, run, steady, watch
from tests.report.runs import EXPERIMENTS, counters_run, messages_run, startups_run, turns_run

every_experiment = pytest.mark.parametrize("build", EXPERIMENTS)


def only(found: Run, place: int = 0, sort: Sort = "given") -> tuple[str, blocks.Table]:
    """The heading and the table of one of a run's tables."""
    heading, figures = table(analyse(found), found.tables[place], sort)
    assert isinstance(heading, blocks.Heading)
    assert isinstance(figures, blocks.Table)
    return heading.text, figures


def rows(found: Run, place: int = 0, sort: Sort = "given") -> list[dict[str, str]]:
    """The rows of a table, as cells by header."""
    _, figures = only(found, place, sort)
    return [dict(zip(figures.headers, row, strict=True)) for row in figures.rows]


def title(found: Run, place: int = 0) -> str:
    return only(found, place)[0]


def with_results(found: Run, change_one: Callable[[Result], Result]) -> Run:
    return replace(found, results=[change_one(each) for each in found.results])


def with_case(found: Run, workload: dict[str, object], **settings: object) -> Run:
    """The run, whose cases all have other sizes or settings."""
    return with_results(
        found,
        lambda each: replace(
            each,
            case=replace(
                each.case,
                workload=replace(each.case.workload, **workload),  # type: ignore[arg-type]  # they are its fields
                settings=replace(each.case.settings, **settings),  # type: ignore[arg-type]  # they are its fields
            ),
        ),
    )


# Tasks


def test_tasks_have_their_time_their_phases_and_their_costs() -> None:
    process, pool = rows(example_run())
    times, costs = ("median", "vs process", "start+run+stop", "ideal"), ("CPU", "CPU%", "PSS", "procs")
    assert list(process) == ["strategy", *times, *costs]
    assert [pool[name] for name in times] == ["81.8 ms ±2% *", "5.05× faster ±4%", "12+58+11 ms", "61%"]
    assert [pool[name] for name in costs] == ["140 ms", "173%", "33 MB", "3"]
    assert (process["vs process"], process["start+run+stop"], process["PSS"]) == ("1", "0+412+1.0 ms", "-")


def test_memory_is_called_rss_where_there_is_no_pss() -> None:
    without = with_results(example_run(), lambda each: replace(each, watch=each.watch and watch(peak_pss=None)))
    assert rows(without)[1]["RSS"] == "61 MB"  # 58 MiB
    assert "PSS" not in rows(without)[1]


def test_what_failed_is_a_row_without_figures_and_has_its_reason() -> None:
    _, figures = only(example_run())
    assert figures.failures == (("ray", "unavailable: ray is not installed; try: pip install 'concbench[ray]'"),)
    _, figures = only(failed_run())
    assert figures.rows == ()
    assert [reason for _, reason in figures.failures] == [
        f"{kind}: case {number} did not work" for number, kind in enumerate(("raised", "timeout", "unavailable"))
    ]


def test_a_table_without_results_has_a_heading_only() -> None:
    found = replace(example_run(), results=[])
    (heading,) = table(analyse(found), found.tables[0])
    assert heading == blocks.Heading("100 CPU tasks of 1 ms on 2 workers", name="short")


def test_several_interpreters_are_a_column_but_the_sides_of_a_gate_are_not() -> None:
    sides = run([result("short/pool-map", steady(0.01), side=side) for side in ("3.13", "3.14")])
    assert [list(row.values())[:2] for row in rows(sides)] == [["pool-map", "3.13"], ["pool-map", "3.14"]]
    gate = gate_run(change("short/pool-map"))
    assert [next(iter(row.values())) for row in rows(gate)] == ["pool-map base", "pool-map head"]
    assert "python" not in rows(gate)[0]


# Notes


def test_a_noisy_row_is_marked_and_the_mark_explained() -> None:
    noisy = run([result("a/serial", steady(0.1)), result("a/thread", [[0.18, 0.36, 0.18]] * 4)])
    assert [row["median"].endswith(" ~") for row in rows(noisy)] == [False, True]
    assert only(noisy)[1].notes == ("* fastest", "~ noisy: single samples scatter by more than 25 %")
    assert only(run([result("a/serial", steady(0.1))]))[1].notes == ()


def test_no_row_has_more_than_all_of_its_ideal() -> None:
    found = run([result("a/serial", [[0.1]] * 3, ideal=0.134)])
    assert rows(found)[0]["ideal"] == "100%+"
    assert only(found)[1].notes == ("+ faster than the ideal, which comes from a slower serial pass",)


def test_a_ratio_that_disagrees_with_the_medians_is_explained() -> None:
    """The other ran in the last, fast rounds only: its median is smaller, and beside serial it is slower."""
    found = run([result("a/serial", [[0.2], [0.2], [0.1]]), result("a/thread", [[None], [None], [0.15]])])
    assert only(found)[1].notes == (
        "* fastest, or too close to call",
        "? undecided: it may be as fast",
        "vs serial compares two rows round by round; a median is over all rounds of its own row",
    )


# What stands out


def test_the_fastest_is_marked_and_what_ties_with_it_too() -> None:
    clear = run([result("a/serial", steady(0.1)), result("a/thread", steady(0.05))])
    assert (only(clear)[1].best, only(clear)[1].notes) == ((1,), ("* fastest",))
    close = run([result("a/serial", steady(0.1)), result("a/thread", steady(0.1)), result("a/pool-map", steady(0.3))])
    assert (only(close)[1].best, only(close)[1].notes) == ((0, 1), ("* fastest, or too close to call",))
    assert [row["median"].endswith(BEST) for row in rows(close)] == [True, True, False]


def test_a_store_that_loses_updates_is_not_the_fastest_however_fast_it_is() -> None:
    found = counters_run()
    slower = replace(found.results[0], samples=tuple(replace(each, each=1.0) for each in found.results[0].samples))
    marked = run([slower, *found.results[1:]], titles={"processes": "Stores"})
    assert [row["store"] for row in rows(marked) if row["step"].endswith(BEST)] == ["value lock"]
    assert only(marked)[1].notes[0] == "* fastest, of those that lost no updates"


def test_nothing_stands_out_where_nothing_is_compared() -> None:
    assert only(run([result("a/serial", steady(0.1))]))[1].best == ()
    gate = gate_run(change("short/pool-map"))
    assert only(gate)[1].best == ()
    apart = run([result("a/serial", steady(0.1)), result("a/thread", steady(0.05))])
    apart = replace(apart, tables=[replace(each, reference=None) for each in apart.tables])
    assert only(apart)[1].best == ()


def test_comparisons_are_sorted_by_time_and_suites_are_not() -> None:
    found = run([result("a/serial", steady(0.1)), result("a/thread", steady(0.05))])
    compared = replace(found, suite="compare-cpu")

    def order(of: Run) -> list[str]:
        _, figures = table(analyse(of), of.tables[0])
        assert isinstance(figures, blocks.Table)
        return [row[0] for row in figures.rows]

    assert order(replace(found, suite="pools")) == ["serial", "thread"]
    assert order(compared) == ["thread", "serial"]
    assert order(replace(compared, axes=["workers"])) == ["serial", "thread"]


def test_a_header_is_explained_below_the_first_table_that_has_it() -> None:
    found = run([result(f"{table}/serial", steady(0.1)) for table in ("a", "b")])
    first, second = (list(words(analyse(found), each)) for each in found.tables)
    (said,) = first
    assert isinstance(said, blocks.Paragraph)
    assert said.kind == "note"
    assert "ideal: the least possible time" in said.text
    assert second == []
    channels = messages_run()
    (said,) = words(analyse(channels), channels.tables[0])
    assert isinstance(said, blocks.Paragraph)
    assert "99 %: 99 of 100 round trips" in said.text
    assert "ideal" not in said.text
    assert list(words(analyse(failed_run()), failed_run().tables[0])) == []


# Other experiments


def test_a_channel_has_round_trips_and_a_stream_one_way() -> None:
    first, second, _ = rows(messages_run())
    assert list(first) == [
        "channel",
        "round trip",
        "99 %",
        "vs os-pipe",
        "one way",
        "bandwidth",
        "CPU%",
        "PSS",
        "procs",
    ]
    assert list(first.values())[:6] == ["os-pipe", "12.3 µs ±5% *", "45.6 µs", "1", "500k/s", "7.63 MiB/s"]
    assert second["vs os-pipe"].startswith("4.00× slower")
    large = rows(messages_run(), place=1)[0]
    assert (large["one way"], large["bandwidth"]) == ("1.00k/s", "1000 MiB/s")  # 1 ms for each MiB
    assert large["99 %"] == "-"  # too few round trips


def test_a_store_has_steps_and_the_updates_that_it_lost() -> None:
    local, value, raw, guarded = rows(counters_run())
    assert list(local) == ["store", "step", "vs local", "rate", "lost updates", "CPU%", "PSS", "procs"]
    assert (local["step"], local["rate"], local["lost updates"]) == ("50.0 ns ±5% *", "20.0M/s", "none")
    assert value["lost updates"] == "40,000 of 160,000 (25%)"  # 5,000 in each of 8 samples
    assert raw["lost updates"] == "8 of 160,000 (<0.01%)"
    assert guarded["store"] == "value lock"


def test_lost_updates_are_those_of_all_samples_workers_and_steps() -> None:
    value = counters_run().results[1]
    assert lost_updates(value) == (8 * 5_000, 8 * 10_000 * 2)
    assert lost_updates(replace(value, samples=tuple(replace(each, lost=None) for each in value.samples))) is None


def test_a_primitive_has_turns() -> None:
    lock, event = rows(turns_run())
    assert list(lock) == ["primitive", "turn", "vs lock", "rate", "CPU%", "PSS", "procs"]
    assert (lock["turn"], lock["rate"], event["rate"]) == ("2.00 µs ±5% *", "500k/s", "25.0k/s")


def test_a_kind_of_worker_has_what_one_more_takes_in_time_and_memory() -> None:
    found = rows(startups_run())
    assert list(found[0]) == ["worker", "one more", "vs thread", "rate", "memory each", "PSS", "procs"]
    assert (found[0]["one more"], found[0]["rate"]) == ("80.0 µs ±5% *", "12.5k/s")
    assert [row["memory each"] for row in found] == ["20 kB", "2.0 MB", "-"]  # the last host's own was not read


def test_memory_each_is_never_negative() -> None:
    shrunk = with_results(startups_run(), lambda each: replace(each, watch=watch(peak_pss=10 * MIB)))
    assert {row["memory each"] for row in rows(shrunk)} == {"0 B"}


@every_experiment
def test_noise_is_that_of_what_is_shown_and_not_of_whole_samples(build: Callable[[], Run]) -> None:
    def scattered(field: str) -> Run:
        return with_results(
            build(),
            lambda each: replace(
                each,
                samples=tuple(replace(s, **{field: 10.0**s.round * 1e-6}) for s in each.samples),  # type: ignore[arg-type]  # a time
            ),
        )

    assert not any("~" in cell for row in rows(scattered("wall")) for cell in row.values())
    assert any("~" in cell for row in rows(scattered("each")) for cell in row.values())


def test_a_rate_is_a_dash_where_nothing_was_measured() -> None:
    assert [rate_cell(each) for each in (None, 0.0, 0.004, 1e-7)] == ["-", "-", "250/s", "10.0M/s"]


# Titles


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (messages_run(), "Small messages: 300 round trips of 16 B, and a stream one way"),
        (counters_run(), "A counter that processes share: 2 workers; 10,000 steps each"),
        (turns_run(), "Primitives, contended: at most 4 workers; 250 turns each"),
        (startups_run(), "One more worker, until it is ready: 4 workers"),
        (with_case(turns_run(), {"tasks": 1}, workers=1), "Primitives, contended: 1 worker; 1 turn each"),
        (with_case(turns_run(), {}, workers=None), "Primitives, contended: 250 turns each"),
        (with_case(messages_run(), {"tasks": 1, "payload": 1500}),
         "Small messages: 1 round trip of 1.46 KiB, and a stream one way"),
        (with_case(messages_run(), {}, cores="one"),
         "Small messages: 300 round trips of 16 B, and a stream one way; both ends on one core"),
        (with_case(example_run(), {"payload": 65536, "memory": 8_000_000}),
         "100 CPU tasks of 1 ms on 2 workers: 100 tasks of 1.00 ms; 65.5 kB each way; 8.00 MB each; 2 workers"),
        (with_case(example_run(), {"tasks": 1}, workers=1),
         "100 CPU tasks of 1 ms on 2 workers: 1 task of 1.00 ms; 1 worker"),
    ],
)  # fmt: skip
def test_a_title_says_how_much_work_and_how_many_workers(found: Run, expected: str) -> None:
    assert title(found) == expected


def test_a_title_leaves_out_workers_that_differ() -> None:
    assert title(run([result("a/x", steady(1), workers=2), result("a/y", steady(1), workers=3)])) == "a: 8 tasks"


def test_tasks_of_a_function_are_as_long_as_the_row_of_serial_says() -> None:
    """Timing it once gave 3.92 ms a task, which nobody believes above `serial 105 ms` for 48 tasks."""
    work = Workload(name="mine:work", tasks=48, task_time=0.00392, busy=1.0)
    serial = result(case("a/serial", workload=work), [[0.105]] * 3)
    pool = result(case("a/pool-map", workload=work), [[0.06]] * 3)
    assert title(run([serial, pool])) == "a: 48 tasks of 2.19 ms"
    assert title(run([pool])) == "a: 48 tasks of 3.92 ms"


def test_tasks_of_a_length_that_was_asked_for_say_what_they_took_in_serial() -> None:
    work = Workload(name="cpu", tasks=48, task_time=0.001, loops=1)
    found = run([result(case("a/serial", workload=work), [[0.105]] * 3)])
    assert title(found) == "a: 48 tasks of 1.00 ms (2.19 ms each in serial)"


# Order


def test_rows_can_be_sorted_and_those_without_the_figure_come_last() -> None:
    found = with_results(
        example_run(), lambda each: replace(each, watch=watch(peak_pss=10)) if each.case.row == "process" else each
    )
    orders: dict[Sort, list[str]] = {
        "given": ["process", "pool-map", "ray"],
        "name": ["pool-map", "process", "ray"],
        "time": ["pool-map", "process", "ray"],
        "cpu": ["pool-map", "process", "ray"],
        "memory": ["process", "pool-map", "ray"],
        "ideal": ["pool-map", "process", "ray"],
    }
    for sort, names in orders.items():
        assert [each.case.row for each in in_order(found.results, sort, analyse(found))] == names
    backwards = list(reversed(found.results))
    assert [each.case.row for each in in_order(backwards, "time", analyse(found))] == ["pool-map", "process", "ray"]


def test_rows_sorted_by_time_stand_in_the_order_of_their_ratios() -> None:
    """One that ran in the first, slow round only has a larger median than one that is slower beside the reference."""
    found = run(
        [
            result("a/serial", [[0.19], [0.1], [0.1]]),
            result("a/process", [[0.16]] * 3),
            result("a/thread", [[0.2]]),
        ]
    )
    assert [row["strategy"] for row in rows(found, sort="time")] == ["serial", "thread", "process"]


# Warm workers


def test_warm_workers_are_in_the_title_and_below_stands_what_is_timed_and_what_is_not_warm() -> None:
    found = run(
        [
            result("cpu/serial", [[0.1]] * 3),
            result("cpu/pool-map", [[0.05]] * 3, workers=2, warm=True),
            result("cpu/process", [[0.3]] * 3),
            result("cpu/thread", [[0.2]] * 3),
        ]
    )
    text, figures = only(found)
    assert text.endswith("; 2 warm workers")
    assert figures.notes[-2:] == (
        "warm: workers start before the first sample, and only running the tasks is timed",
        "not warm: process and thread start workers in each sample, and that is timed",
    )
    cold = with_case(found, {}, warm=False)
    assert "warm" not in title(cold) + " ".join(only(cold)[1].notes)


def test_rows_that_are_there_cold_and_warm_are_told_apart_by_their_names() -> None:
    found = run(
        [
            result("cpu/serial", [[0.1]] * 3),
            result("cpu/pool-map", [[0.07]] * 3, workers=2),
            result("cpu/pool-map warm", [[0.05]] * 3, workers=2, warm=True),
        ]
    )
    text, figures = only(found)
    assert text.endswith("; 2 workers")
    assert figures.notes[-1] == "all other workers start in each sample, and that is timed"


# Engines


def test_what_rows_with_engines_differ_in_is_said_below() -> None:
    found = run(
        [
            result("cpu/serial", [[0.1]] * 3),
            result("cpu/pool-map", [[0.07]] * 3, workers=2, start_method="forkserver", tasks=80),
            result("cpu/mpire", [[0.05]] * 3, workers=2, start_method="fork", tasks=80),
            result("cpu/ray", [[0.05]] * 3, workers=2, tasks=80),
        ]
    )
    _, figures = only(found)
    assert figures.notes[-3:] == (
        "start method: forkserver in pool-map; fork in mpire; spawn in ray",
        "chunksize: 10 in pool-map; 1 in mpire and ray",
        "inner threads: as many as they choose in pool-map and mpire; 1 in ray",
    )


def test_modules_that_a_fork_server_imports_ahead_are_named() -> None:
    found = run([result("cpu/pool-map", [[0.05]] * 3, workers=2, forkserver_preload=("json", "numpy"))])
    assert only(found)[1].notes == ("forkserver imports json and numpy before it starts workers",)
