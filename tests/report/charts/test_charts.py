"""What the charts promise: the figures of the run, nothing that is missing, and no text of a run in an expression."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from concbench.analysis.analysis import analyse
from concbench.analysis.breakdown import PARTS
from concbench.model.run import Recommendation, Run
from concbench.report.blocks import Chart
from concbench.report.charts import plots
from concbench.report.charts.chart import Plot
from concbench.report.charts.pictures import all_plots
from concbench.report.charts.runs import NamedRun, cautions, comparison_plots, differences, shared_cases
from concbench.report.charts.style import LINE_BREAK, PART_COLOURS, Rows
from concbench.report.charts.sweep import size_axis
from concbench.report.charts.wall import extremes
from tests.builders import example_run, failed_run, hostile_run, interval, result, run, steady
from tests.report.charts.traced import traced_run
from tests.report.runs import chunks_run, counters_run, messages_run, sharing_run


def plots_of(run: Run, kind: Any) -> list[Plot]:
    return plots(Chart(kind, run.tables[0].name), analyse(run))


def plot_of(run: Run, kind: Any) -> Plot:
    (plot,) = plots_of(run, kind)
    return plot


def sweeps(run: Run) -> list[Plot]:
    return [plot for plot in all_plots(run) if plot.name.startswith("sweep")]


def test_a_run_has_its_charts_in_order() -> None:
    assert [plot.name for plot in all_plots(traced_run())] == [
        "short-timeline-process",
        "short-timeline-pool-map",
        "short-breakdown",
        "short-wall",
        "short-ratios",
        "short-cpu",
        "short-memory",
    ]


def test_what_was_not_measured_has_no_chart() -> None:
    assert list(all_plots(failed_run())) == []


def test_wall_times_have_their_intervals_and_the_ideal() -> None:
    plot = plot_of(example_run(), "wall")
    assert plot.data["rows"]["case"] == ["process", "pool-map"]
    assert plot.data["rows"]["low"] == [0.405, 0.0801]
    assert plot.data["ideals"]["ideal"] == [0.05, 0.05]
    assert plot.finding.startswith("Fastest: pool-map, 81.8 ms ±2%; slowest: process, 413 ms ±2%.")
    assert plot.table.rows[1] == ("pool-map", "81.8 ms ±2%", "80.1 ms", "83.4 ms", "50.0 ms")


def test_what_is_recommended_is_named_and_no_other_fastest() -> None:
    found = run([result("short/executor-threads", steady(0.101)), result("short/pool-map", steady(0.1))])
    assert extremes(found.results, analyse(found)).startswith("Fastest: pool-map")
    first, second = found.results
    recommended = replace(
        found, recommendations=[Recommendation(case=first.case.id, compared=[], equal=[second.case.id])]
    )
    assert extremes(recommended.results, analyse(recommended)).startswith("Recommended: executor-threads")


def test_what_takes_as_long_is_not_called_fastest_and_slowest() -> None:
    found = run([result("short/executor-threads", steady(0.1)), result("short/pool-map", steady(0.1))])
    assert extremes(found.results, analyse(found)) == "All take 100 ms ±2%."


def test_ratios_have_their_verdicts() -> None:
    plot = plot_of(example_run(), "ratio")
    assert plot.data["rows"]["verdict"] == ["faster"]
    assert "pool-map is 5.05× faster than process (95 % interval 4.85× to 5.24×)." in plot.finding


def test_where_the_time_went_adds_up() -> None:
    found = traced_run()
    rows = plot_of(found, "breakdown").data["rows"]
    assert set(rows["part"]) <= set(PARTS.values()) == set(PART_COLOURS)
    ends = [float(end) for case, end in zip(rows["case"], rows["end"], strict=True) if case == "process"]
    assert found.results[0].median is not None
    assert max(ends) == pytest.approx(1000 * found.results[0].median.estimate)


def test_cpu_and_memory_are_those_of_the_watch() -> None:
    cpu, memory = plots_of(example_run(), "watch")
    assert cpu.data["rows"]["value"] == pytest.approx([165, 165, 170])
    assert memory.data["rows"]["value"] == pytest.approx([32.506, 32.506])
    assert "used the most memory: 32.5 MB of PSS" in memory.finding


def test_lost_updates_are_shares_of_all() -> None:
    plot = plot_of(counters_run(), "lost")
    assert plot.data["rows"]["share"][:2] == [0, 0.25]
    assert plot.finding == "2 of 4 cases lost updates."
    assert plots_of(example_run(), "lost") == []


def test_channels_have_a_chart_over_the_size_of_messages() -> None:
    (plot,) = sweeps(messages_run())
    assert plot.data["rows"]["subject"] == ["os-pipe"] * 2
    assert plot.data["rows"]["size"] == [16, 2**20]
    assert plot.title == "Time of a round trip by the size of messages"


def test_subjects_that_do_not_depend_on_a_setting_are_level_and_auto_is_no_place_on_the_line() -> None:
    (plot,) = sweeps(chunks_run())
    assert plot.data["rows"]["size"] == [1, 8]
    assert plot.data["constant"]["subject"] == ["serial"]
    assert [row[0] for row in plot.table.rows] == ["pool-map", "serial"]
    assert plot.title == "Wall time by the chunksize: cpu, 8 tasks of 1.00 ms, 2 workers"


def test_a_caption_names_what_is_fastest_where_a_line_ends_or_turns() -> None:
    assert sweeps(chunks_run())[0].finding == (
        "Fastest with chunksize 1: serial, 7.99 ms ±1%; with chunksize 8: serial, 7.99 ms ±1%."
    )
    (plot,) = sweeps(messages_run())
    assert plot.finding == "For messages of 16 B: os-pipe, 12.3 µs ±5%; for messages of 1 MiB: os-pipe, 2.00 ms ±5%."


def test_measured_and_traced_times_are_on_one_scale() -> None:
    found = traced_run()
    timelines = [plots(Chart("timeline", "short", each.case.id), analyse(found))[0] for each in found.results[:2]]
    assert (
        timelines[0].spec["layer"][0]["encoding"]["x"]["scale"]
        == timelines[1].spec["layer"][0]["encoding"]["x"]["scale"]
    )
    assert float(timelines[1].data["median"]["at"][0]) == pytest.approx(81.8)


def test_names_that_are_too_long_stand_above_their_marks_and_others_where_a_page_puts_them() -> None:
    short, long = (
        Rows(["process", "pool-map"]),
        Rows(["executor-processes workers 16 chunksize 1 start_method forkserver"]),
    )
    assert not short.stacked
    assert short.heights == (short.height, short.stacked_height)
    assert long.stacked
    assert (long.heights, long.height) == ((), long.stacked_height)
    lines = str(long.data["names"]["lines"][0]).split(LINE_BREAK)
    assert len(lines) == 2
    assert " ".join(lines) == long.names[0]


def test_one_number_makes_no_line() -> None:
    found = chunks_run()
    assert sweeps(replace(found, results=[each for each in found.results if each.case.settings.chunksize != 8])) == []


def test_sizes_that_are_far_from_each_other_are_on_a_logarithmic_scale() -> None:
    assert size_axis("tasks", [1, 20])[0].to_dict().get("type") is None
    assert size_axis("tasks", [1, 21])[0].to_dict()["type"] == "log"
    low, high = size_axis("tasks", [1, 2, 4])[0].to_dict()["domain"]
    assert 0 < low < 1
    assert 4 < high < 5


def test_runs_side_by_side_share_cases_and_differ_by_ratios() -> None:
    before = run([result("short/serial", steady(0.4)), result("short/pool-map", steady(0.1))])
    after = run([result("short/serial", steady(0.4)), result("short/pool-map", steady(0.2)), result("short/new")])
    runs = [NamedRun("before", before), NamedRun("after", after)]
    assert [one.result.case.subject for one in shared_cases(runs)] == ["serial", "pool-map"]
    slower = differences(runs)[1].change
    assert slower.ratio is not None
    assert (slower.case, slower.verdict, round(slower.ratio.estimate, 2)) == ("short/pool-map", "slower", 2.0)
    times, ratios = comparison_plots(runs)
    assert times.data["rows"]["run"] == ["before", "after"] * 2
    assert "1 slower" in ratios.finding


def test_runs_of_different_machines_are_compared_with_a_warning() -> None:
    after = example_run()
    after = replace(after, environment=replace(after.environment, cpu_model="Another CPU"))
    found = list(cautions([NamedRun("before", example_run()), NamedRun("after", after)]))
    assert any("measured at different times" in caution for caution in found)
    assert "The machine differs: Example CPU @ 2.40 GHz in before, Another CPU in after." in found


def test_an_interval_that_reaches_anywhere_does_not_stretch_the_scale() -> None:
    wide = result("short/serial", [[0.1]], median=replace(interval(0.1), low=1e-90, high=1e90))
    plot = plot_of(run([wide]), "wall")
    low, high = plot.spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert 0.001 < low < high < 10


def expressions(value: Any) -> list[str]:
    """Every expression in a specification."""
    if isinstance(value, dict):
        own = [value[key] for key in ("expr", "labelExpr", "calculate", "filter", "signal", "test") if key in value]
        return [*map(json.dumps, own), *(found for inner in value.values() for found in expressions(inner))]
    if isinstance(value, list):
        return [found for inner in value for found in expressions(inner)]
    return []


def test_no_text_of_a_run_is_part_of_an_expression_or_decides_an_order() -> None:
    found = sharing_run()
    evil = [
        replace(each, case=replace(each.case, row=f"EVIL{each.case.row}", subject=f"EVIL{each.case.subject}"))
        for each in found.results
    ]
    runs = [NamedRun("EVIL", replace(found, results=evil)), NamedRun("EVIL2", hostile_run())]
    drawn = [*comparison_plots([runs[0], runs[0]]), *(plot for each in runs for plot in all_plots(each.run))]
    assert len(drawn) > 10
    for plot in drawn:
        assert not any("EVIL" in expression for expression in expressions(plot.spec))
        assert '"sort":["' not in json.dumps(plot.spec, separators=(",", ":"))
