"""What the charts promise: the figures of the run, nothing that is missing, and no text of a run in an expression."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from concbench.model import Part, Run
from concbench.report.html.breakdown_chart import breakdown_chart
from concbench.report.html.chart import Chart
from concbench.report.html.charts import ALL_MARKS, marks_each, part_charts
from concbench.report.html.look import PART_COLOURS, dressed
from concbench.report.html.lost_chart import lost_chart
from concbench.report.html.marks import MOST_MARKS
from concbench.report.html.pictures import all_charts
from concbench.report.html.ratio_chart import ratio_chart
from concbench.report.html.side_by_side import Named, cautions, differences, shared
from concbench.report.html.sweep_chart import size_scale, sweep_charts
from concbench.report.html.wall_chart import wall_chart
from concbench.report.html.watch_chart import watch_charts
from concbench.report.swept import swept
from concbench.stats.breakdown import PARTS
from tests.example_run import example_run
from tests.report.html.traced import large_run, traced_run
from tests.report.over_runs import chunks_run
from tests.report.runs import failed_run
from tests.report.sharing import counters_run, messages_run, sharing_run
from tests.runs.blocks_run import run_with, steady


def part_of(run: Run) -> Part:
    return run.parts[0]


def named(charts: list[Chart]) -> list[str]:
    return [chart.name for chart in charts]


def test_a_part_has_its_charts_in_order() -> None:
    run = traced_run()
    assert named(list(part_charts(part_of(run), run))) == [
        "short-wall",
        "short-ratios",
        "short-breakdown",
        "short-timeline-process",
        "short-timeline-pool-map",
        "short-cpu",
        "short-memory",
    ]


def test_what_was_not_measured_has_no_chart() -> None:
    run = failed_run()
    run.cases = [replace(case, trace=None) for case in run.cases]
    assert list(part_charts(part_of(run), run)) == []


def test_wall_times_have_their_intervals_and_the_ideal() -> None:
    run = example_run()
    chart = wall_chart(part_of(run), run.cases, run)
    assert chart is not None
    assert chart.data["rows"]["case"] == ["process", "pool-map"]
    assert chart.data["rows"]["low"] == [0.405, 0.0801]
    assert chart.data["ideals"]["ideal"] == [0.05, 0.05]
    assert "Fastest is pool-map with 81.8 ms ±2%, slowest process with 413 ms ±2%." in chart.finding
    assert chart.table.rows[1] == ["pool-map", "81.8 ms ±2%", "80.1 ms", "83.4 ms", "50.0 ms"]


def test_ratios_have_their_verdicts() -> None:
    run = example_run()
    chart = ratio_chart(part_of(run), run.cases, run)
    assert chart is not None
    assert chart.data["rows"]["verdict"] == ["faster"]
    assert "pool-map takes 0.198 times (95 % interval 0.191 to 0.206) the time of process: faster." in chart.finding


def test_where_the_time_went_adds_up() -> None:
    run = traced_run()
    chart = breakdown_chart(part_of(run), run.cases, run)
    assert chart is not None
    assert set(chart.data["rows"]["part"]) <= set(PARTS.values()) == set(PART_COLOURS)
    median = run.cases[0].median
    assert median is not None
    rows = chart.data["rows"]
    ends = [end for case, end in zip(rows["case"], rows["end"], strict=True) if case == "process"]
    assert max(map(float, ends)) == pytest.approx(1000 * median.estimate)


def test_cpu_and_memory_are_those_of_the_watch() -> None:
    run = example_run()
    cpu, memory = watch_charts(part_of(run), run.cases)
    assert cpu.data["rows"]["value"] == pytest.approx([165, 165, 170])
    assert memory.data["rows"]["value"] == pytest.approx([32.506, 32.506])
    assert "held most: 32.5 MB of PSS" in memory.finding


def test_lost_updates_are_shares_of_all() -> None:
    run = counters_run()
    chart = lost_chart(part_of(run), run.cases)
    assert chart is not None
    assert chart.data["rows"]["share"] == [0, 0.25, 1 / 20_000, 0]
    assert chart.finding == "2 cases of 4 lost updates; 2 kept all."
    assert lost_chart(part_of(example_run()), example_run().cases) is None


def test_channels_over_sizes_of_messages() -> None:
    run = messages_run()
    for case in run.cases:
        case.settings = run.cases[-1].settings
    (found,) = swept(run)
    assert found.axis == "payload"
    assert [(line.name, [size for size, _, _ in line.points]) for line in found.lines] == [("os-pipe", [16, 2**20])]
    (chart,) = sweep_charts(run)
    assert chart.title == "By the size of messages"


def test_one_subject_with_several_crews_is_a_sweep_and_different_subjects_are_none() -> None:
    run = example_run()
    case = run.cases[1]
    more = replace(case, id="short/pool-map 4", settings=replace(case.settings, workers=4))
    assert swept(run) == []
    run.cases.append(more)
    (found,) = swept(run)
    assert found.axis == "workers"
    assert [size for size, _, _ in found.lines[0].points] == [2, 4]


def test_who_does_not_heed_a_setting_is_drawn_at_one_height_and_auto_is_no_place_on_the_line() -> None:
    run = chunks_run()
    (chart,) = sweep_charts(run)
    assert chart.data["rows"]["size"] == [1, 8]
    assert chart.data["level"]["subject"] == ["serial"]
    assert [row[0] for row in chart.table.rows] == ["pool-map", "serial"]
    assert chart.title == "By the chunksize: cpu, 8 tasks of 1.00 ms, 2 workers"


def test_one_number_makes_no_line() -> None:
    run = chunks_run()
    run.cases = [each for each in run.cases if each.settings.chunksize != 8]
    assert list(sweep_charts(run)) == []


def test_sizes_that_are_far_from_each_other_are_on_a_logarithmic_scale() -> None:
    assert size_scale([1, 20])[0].to_dict().get("type") is None
    assert size_scale([1, 21])[0].to_dict()["type"] == "log"
    low, high = size_scale([1, 2, 4])[1]
    assert 0 < low < 1
    assert 4 < high < 5


def test_two_runs_share_cases_and_differ_by_ratios() -> None:
    before = run_with({"serial": steady(0.4), "pool-map": steady(0.1)})
    after = run_with({"serial": steady(0.4), "pool-map": steady(0.2)})
    for run in (before, after):
        for case in run.cases[:2]:
            case.median = example_run().cases[0].median
    runs = [Named("before", before), Named("after", after)]
    assert [one.case.subject for one in shared(runs)] == ["serial", "pool-map"]
    slower = differences(runs)[1].change
    assert slower.ratio is not None
    assert (slower.case, slower.verdict, round(slower.ratio.estimate, 2)) == ("short/pool-map", "slower", 2.0)
    assert any("not measured side by side" in sentence for sentence in cautions(runs))


def test_runs_of_different_machines_are_compared_with_a_warning() -> None:
    after = example_run()
    after.environment = replace(after.environment, cpu_model="Another CPU")
    told = list(cautions([Named("before", example_run()), Named("after", after)]))
    assert "The machine differs: Example CPU @ 2.40 GHz in before, Another CPU in after." in told


def test_many_timelines_share_what_a_page_can_draw() -> None:
    assert marks_each(traced_run()) == MOST_MARKS
    assert marks_each(large_run(100)) * 100 <= ALL_MARKS * 1.01


def expressions(value: Any) -> list[str]:
    """Every expression in a specification."""
    if isinstance(value, dict):
        own = [value[key] for key in ("expr", "labelExpr", "calculate", "filter", "signal", "test") if key in value]
        return [*map(json.dumps, own), *(found for inner in value.values() for found in expressions(inner))]
    if isinstance(value, list):
        return [found for inner in value for found in expressions(inner)]
    return []


def test_no_text_of_a_run_is_part_of_an_expression_or_decides_an_order() -> None:
    run = replace(sharing_run(), suite="x")
    for case in run.cases:
        case.id, case.subject = f"{case.part}/EVIL{case.subject}", f"EVIL{case.subject}"
    for _, chart in all_charts([Named("EVIL", run), Named("EVIL2", run)]):
        assert not any("EVIL" in expression for expression in expressions(dressed(chart.spec)))
        assert '"sort":["' not in json.dumps(chart.spec, separators=(",", ":"))
