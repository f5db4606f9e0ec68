"""What `concbench predict` promises: an answer for every job, figures with ranges and what they rest on, or why not."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from concbench.model.run import Recommendation, Run
from concbench.runs.writing import write_run
from tests.builders import result, run
from tests.cli.calling import concbench, mistake
from tests.laws import Law, predicting, with_costs
from tests.report.runs import messages_run

TASKS = {"workload": "mine.py:parse", "tasks": 60, "task_time": 0.0003}


def parsed(**more: object) -> Run:
    """60 documents of 0.3 ms: a plain loop is best, and a pool was measured beside it."""
    rows = [
        result("parse/serial", [[0.018]] * 3, **TASKS),  # type: ignore[arg-type]  # fields of the workload
        result("parse/pool-map", [[0.040]] * 3, workers=2, chunksize=15, **TASKS),  # type: ignore[arg-type]  # as above
    ]
    recommended = Recommendation(case=rows[0].case.id, compared=[rows[1].case.id], equal=[])
    found = replace(with_costs(run(rows)), recommendations=[recommended])
    return replace(found, **more)  # type: ignore[arg-type]  # its fields


@pytest.fixture(autouse=True)
def saved_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    predicting(monkeypatch, Law(task=0.0003, start=0.015))
    write_run(parsed(), Path("run.json"))


def said(*words: str) -> str:
    """What it prints, on one line."""
    found = concbench("predict", "run.json", *words)
    assert found.exit_code == 0, found.output
    return " ".join(found.stdout.split())


BOTH = ("--strategy", "serial", "--strategy", "pool-map")


def test_without_any_option_it_is_what_was_measured() -> None:
    assert said().startswith("Measured: serial took 18.0 ms for 60 tasks. It cost")


def test_a_whole_job_is_answered_by_what_is_fastest_then() -> None:
    text = said(*BOTH, "--items", "60000")
    assert text.startswith(
        "Fastest: pool-map with 2 workers and chunksize 15 would take about 9.14 s (8.87 to 9.41) for 60,000 tasks, "
        "extrapolated along items; serial would take 1.97 times as long."
    )
    assert "The 2 cores are what saturates: more workers would gain nothing." in text


def test_several_values_are_rows_and_each_job_has_its_best() -> None:
    table = json_of(*BOTH, "--items", "60,1e3,6e4")
    assert [(each["items"], each["strategy"], each["basis"]) for each in table] == [
        (60, "serial", "measured"),
        (60, "pool-map", "measured"),
        (1000, "serial", "extrapolated"),
        (1000, "pool-map", "extrapolated"),
        (60_000, "serial", "extrapolated"),
        (60_000, "pool-map", "extrapolated"),
    ]
    text = said(*BOTH, "--items", "60,1e3,6e4")
    assert text.count("Fastest: ") == 3
    assert text.count(" * ") >= 3


def json_of(*words: str) -> list[dict[str, object]]:
    found = concbench("predict", "run.json", *words, "--json", "-")
    assert found.exit_code == 0, found.output
    predictions: list[dict[str, object]] = json.loads(found.stdout)["predictions"]
    return predictions


def test_settings_that_were_not_asked_for_are_those_of_the_row() -> None:
    (found,) = json_of("--strategy", "pool-map", "--workers", "8", "--items", "600")
    assert found["settings"] == {"workers": 8, "chunksize": 15}
    assert {"items", "workers"} <= set(found["extrapolated_along"])  # type: ignore[call-overload]  # a list of words
    (auto,) = json_of("--strategy", "pool-map", "--chunksize", "auto")
    assert auto["settings"] == {"workers": 2}


def test_workers_that_exist_already_cost_no_start() -> None:
    cold, warm = (
        float(json_of("--strategy", "pool-map", "--items", "90", *more)[0]["wall"]["estimate"])  # type: ignore[index]  # a range
        for more in ((), ("--warm",))
    )
    assert cold - warm == pytest.approx(0.03)
    assert "Warm: the workers exist already" in concbench("predict", "run.json", "--warm").stderr


def test_what_does_not_fit_into_the_memory_is_never_the_answer() -> None:
    text = said("--strategy", "pool-map", "--workers", "2,64", "--items", "60000", "--memory", "500MB")
    assert "along items: pool-map with 2 workers and chunksize 15 would take about" in text
    assert "It fits into 500 MB; up to 15 workers would." in text
    assert "! may not fit into 500 MB" in text
    assert said("--strategy", "pool-map", "--workers", "64", "--memory", "500MB").startswith(
        "Too large: nothing that was asked"
    )


def test_more_cores_are_answered_with_what_that_assumes_and_too_many_are_refused() -> None:
    found = concbench("predict", "run.json", "--strategy", "pool-map", "--workers", "32", "--cores", "32")
    assert "Extrapolated along workers and cores: " in " ".join(found.stdout.split())
    assert "several sockets (NUMA), memory bandwidth and shared caches" in " ".join(found.stderr.split())
    assert "2 cores were measured, and nothing is known of 512" in mistake("predict", "run.json", "--cores", "512")


@pytest.mark.parametrize(
    ("made", "words", "why"),
    [
        (parsed(costs=[]), (), "it holds no costs of its machine and its tasks"),
        (messages_run(), (), "it ran no tasks, and nothing else is predicted"),
        (parsed(), ("--strategy", "pol-map"), "did you mean 'pool-map'?"),
        (parsed(), ("--table", "other"), "table"),
        (parsed(), ("--side", "3.14"), "side"),
        (parsed(), ("--items", "1:60", "--workers", "1:2", *BOTH), "ask for at most 64"),
        (parsed(), ("--items", "a few"), "is not a whole number"),
    ],
)
def test_what_it_cannot_know_is_refused_in_a_sentence(
    made: Run, words: tuple[str, ...], why: str, tmp_path: Path
) -> None:
    path = write_run(made, tmp_path / "other.json")
    assert why in mistake("predict", str(path), *words)


def test_of_several_tables_one_has_to_be_named() -> None:
    two = parsed(recommendations=[])
    other = result("other/serial", [[0.1]] * 3, **TASKS)  # type: ignore[arg-type]  # fields of the workload
    path = write_run(with_costs(run([*two.results, other])), Path("two.json"))
    assert "choose one with --table, of parse, other" in mistake("predict", str(path))
    assert concbench("predict", str(path), "--table", "other").exit_code == 0


def test_comma_separated_values_have_a_row_for_each_prediction() -> None:
    found = concbench("predict", "run.json", *BOTH, "--items", "1e5", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(found.stdout)))
    assert [row["strategy"] for row in rows] == ["serial", "pool-map"]
    assert all(float(row["time_low"]) < float(row["time"]) < float(row["time_high"]) for row in rows)
    assert rows[0]["extrapolated_along"] == "items"


def test_a_document_is_written_once() -> None:
    assert concbench("predict", "run.json", "--json", "out.json").exit_code == 0
    assert json.loads(Path("out.json").read_text(encoding="utf-8"))["predictions"]
    assert "out.json already exists" in mistake_after_output("predict", "run.json", "--json", "out.json")


def mistake_after_output(*words: str) -> str:
    found = concbench(*words)
    assert found.exit_code == 2
    return found.stderr


def test_figures_come_first_and_what_they_assume_last() -> None:
    found = concbench("predict", "run.json", *BOTH, "--items", "6e4")
    assert found.stdout.index("Fastest") < found.stdout.index("strategy")
    assert "Of the machine of the run: Example CPU" in found.stderr


def test_an_engine_is_predicted_by_its_rows_and_no_error_is_said_to_be_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    phases = {"start": 0.6, "run": 0.1, "stop": 0.1}
    cold = result("parse/loky", [[0.79], [0.8], [0.81]], workers=2, sample=phases, **TASKS)  # type: ignore[arg-type]  # fields of the workload
    warm = result("parse/loky warm", [[0.1]] * 3, subject="loky", workers=2, warm=True, **TASKS)  # type: ignore[arg-type]  # as above
    write_run(with_costs(run([*parsed().results, cold, warm], suite="compare-parse")), Path("engines.json"))
    found = concbench("predict", "engines.json", "--strategy", "loky", "--items", "600")
    assert found.exit_code == 0, found.output
    text = " ".join(found.stdout.split())
    assert text.startswith("Predicted: loky with 2 workers would take about 1.70 s (")
    assert "ranges of loky: by their own rows, with what these leave open; no error of that is known" in text
    assert "by the errors that the model is known to have" not in text
    refused = concbench("predict", "engines.json", "--strategy", "loky", "--workers", "8")
    assert refused.exit_code == 2
    assert "only with the settings that it was measured with" in refused.output
