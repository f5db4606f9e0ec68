"""What a decision promises: enough for a script to act on, with the figures of the report; its page's examples work."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from click import unstyle

from concbench.model.run import Recommendation, Run
from concbench.report import decision
from concbench.report.decision import Choice, Decision, decision_of
from concbench.report.document import document
from concbench.report.terminal import terminal_text
from concbench.runs.writing import write_run
from tests.builders import change, example_run, failed_run, gate_run, hostile_run, not_measured, result, run, steady
from tests.cli.calling import concbench
from tests.docs.pages import programs

PAGE = "docs/reference/json.md"


def compared(*walls: float) -> Run:
    """Rows that were measured side by side: `serial`, `thread` with 8 workers, and more threads."""
    names = ("serial", "thread", "thread 16", "thread 32")
    return run(
        [
            result(f"sleep/{name}", steady(wall), cpu=0.1, workers=None if name == "serial" else 8)
            for name, wall in zip(names, walls, strict=False)
        ]
    )


def advised(*walls: float) -> Run:
    """The same as advice, which recommends the second row."""
    found = compared(*walls)
    ids = [each.case.id for each in found.results]
    advice = Recommendation(case=ids[1], compared=[ids[0]], equal=ids[2:])
    return replace(found, recommendations=[advice])


@pytest.mark.parametrize("found", [compared(0.1, 0.0125), advised(0.1, 0.0125)])
def test_what_to_use_has_its_strategy_its_settings_and_how_much_faster_it_is(found: Run) -> None:
    (chosen,) = decision_of(found).chosen
    assert (chosen.strategy, chosen.settings, chosen.python) == ("thread", {"workers": 8}, "3.13.5")
    assert chosen.seconds is not None
    assert chosen.seconds.estimate == pytest.approx(0.0125, rel=0.01)
    (other,) = chosen.versus
    assert (other.strategy, other.settings, other.verdict) == ("serial", {}, "faster")
    assert other.factor.low is not None
    assert other.factor.high is not None
    assert other.factor.low < other.factor.estimate < other.factor.high
    assert other.factor.estimate == pytest.approx(8, rel=0.01)
    assert chosen.cpu == pytest.approx(0.1 * 0.0125, rel=0.05)


def test_what_is_as_fast_is_named() -> None:
    assert decision_of(advised(0.1, 0.0125, 0.0125)).chosen[0].as_fast == ["sleep/thread 16"]
    assert decision_of(compared(0.1, 0.0125, 0.0125)).chosen[0].as_fast == ["sleep/thread 16"]


def test_a_factor_is_the_one_of_the_table() -> None:
    found = compared(0.1, 0.0125)
    (of_table,) = decision_of(found).comparisons
    assert of_table.factor == decision_of(found).chosen[0].versus[0].factor
    assert of_table.factor.estimate == pytest.approx(1 / found.comparisons[0].ratio.estimate)
    assert of_table.verdict == found.comparisons[0].verdict


def test_the_answer_is_what_the_report_begins_with() -> None:
    found = example_run()
    answer = decision_of(found).answer
    assert answer
    report = " ".join(unstyle(terminal_text(document(found))).split())
    assert all(word in report for word in re.split(r"(?<=[.:]) ", answer))


def test_of_a_suite_the_claims_have_outcomes_and_factors() -> None:
    found = decision_of(example_run())
    (claim,) = found.claims
    assert (claim.outcome, claim.case, claim.reference) == ("confirmed", "short/pool-map", "short/process")
    assert claim.factor is not None
    assert claim.factor.estimate == pytest.approx(1 / 0.198)
    assert found.chosen == []
    assert list(found.failed) == ["short/ray"]
    assert found.warnings == example_run().warnings


def test_of_a_gate_the_changes_have_verdicts() -> None:
    found = decision_of(gate_run(change(verdict="slower"), not_measured("thumbnails/thread"), complete=False))
    assert [(each.verdict, each.metric, bool(each.ratio), each.why) for each in found.changes] == [
        ("slower", "wall", True, ""),
        ("undecided", "wall", False, "base: SyntaxError: invalid syntax"),
    ]
    assert not found.complete
    assert found.answer.startswith("FAILED: ")


def test_where_nothing_was_measured_there_is_nothing_to_use() -> None:
    found = decision_of(failed_run())
    assert (found.chosen, found.comparisons) == ([], [])
    assert len(found.failed) == 3


@pytest.mark.parametrize(
    "found", [example_run(), hostile_run(), failed_run(), gate_run(change()), advised(1, 2, 3), run()]
)
def test_any_run_is_a_decision(found: Run, tmp_path: Path) -> None:
    assert json.loads(decision.document(found))["schema"] == 1
    path = write_run(found, tmp_path / "run.json")
    done = concbench("export", str(path), "--to", "decision")
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout) == json.loads(decision.document(found))


# The page


@pytest.mark.parametrize("model", [Decision, Choice])
def test_every_field_is_on_the_page(model: Any) -> None:
    page = (Path(__file__).parents[2] / PAGE).read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| (`[^|]*) \|", page, re.MULTILINE))))
    assert {each.name for each in fields(model)} <= named


@pytest.fixture
def in_a_folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    (tmp_path / "decision.json").write_text(decision.document(request.param), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("in_a_folder", "printed"),
    [
        (compared(0.1, 0.0125), "use thread with {'workers': 8}\n"),
        (compared(0.1, 0.09), "stay with a plain loop\n"),
        (compared(0.1, 0.3), "stay with a plain loop\n"),
    ],
    indirect=["in_a_folder"],
)
def test_the_python_of_the_page_acts_on_a_decision(in_a_folder: Path, printed: str) -> None:
    (program,) = programs(PAGE, "python")
    done = subprocess.run([sys.executable, "-c", program], cwd=in_a_folder, capture_output=True, text=True, check=True)
    assert done.stdout == printed


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed: apt-get install jq")
@pytest.mark.parametrize(
    ("in_a_folder", "best", "worth_it"),
    [(compared(0.1, 0.0125), "thread 8", True), (compared(0.1, 0.3), "serial default", False)],
    indirect=["in_a_folder"],
)
def test_the_jq_of_the_page_acts_on_a_decision(in_a_folder: Path, best: str, worth_it: bool) -> None:
    (script,) = programs(PAGE, "sh")
    done = subprocess.run(["sh", "-c", script], cwd=in_a_folder, capture_output=True, text=True, check=False)
    *_, named, verdict = done.stdout.splitlines()
    assert (named, verdict, done.returncode) == (best, json.dumps(worth_it), 0 if worth_it else 1)
