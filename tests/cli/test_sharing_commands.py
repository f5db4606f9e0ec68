"""What the commands answer on channels, stores, primitives and facts: what is listed, shown, measured, and refused."""

from __future__ import annotations

import json
import multiprocessing
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from concbench.api.progress import heading, progress
from concbench.channels.channel import channels
from concbench.cli.main import cli
from concbench.facts.fact import facts
from concbench.measure.plan import Now
from concbench.measure.record import Record
from concbench.model.run import Fact
from concbench.primitives.primitive import primitives
from concbench.report.markdown import TEXTS
from concbench.report.sections.facts import TITLE
from concbench.runs.reading import read_run
from concbench.runs.writing import write_run
from concbench.stores.store import stores
from concbench.strategies.strategy import strategies
from concbench.suites.suite import Suite, SuiteTable, suites
from tests.builders import HOSTILE
from tests.e2e.command import concbench as installed
from tests.report.runs import crossings, facts_run, messages_run, sharing_run

ONCE = ("--blocks", "1", "--rounds", "1")
METHODS = multiprocessing.get_all_start_methods()


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def concbench(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


# Listing


@pytest.mark.parametrize(
    ("kind", "names"), [("channels", channels.all), ("stores", stores.all), ("primitives", primitives.all)]
)
def test_channels_stores_and_primitives_are_listed_with_what_they_are(
    kind: str, names: Callable[[], dict[str, Any]]
) -> None:
    result = concbench("list", kind)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{kind.capitalize()}\n")
    assert result.stdout.rstrip() in concbench("list").stdout
    assert max(map(len, result.stdout.splitlines())) <= 100
    text = " ".join(result.stdout.split())
    for name, entry in names().items():
        why = entry.missing() if kind == "channels" else None
        assert f"{name} NOT AVAILABLE: {why}. {entry.about}" in text if why else f"{name} {entry.about}" in text
        assert entry.about


def test_suites_on_sharing_are_listed_with_their_questions() -> None:
    text = " ".join(concbench("list", "suites").stdout.split())
    for name in ("pipes", "shared-state", "locks", "startup", "semantics"):
        assert f"{name} {suites.get(name).question}" in text


# Showing


def test_a_saved_run_of_every_experiment_is_shown() -> None:
    write_run(sharing_run(), Path("run.json"))
    result = concbench("show", "run.json", "--sort", "time")
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 100
    for text in (
        "Small messages: 300 round trips of 16 B, and a stream one way",
        "40,000 of 160,000 (25%)",
        "2 of 4 statements hold, with the start methods fork and spawn.",
        "DIFFERS: The statement on waits holds.",
        "shared-memory is faster than pipe for messages of 20 KiB or more (95 % interval 16 KiB to 24 KiB).",
        "CONFIRMED: A value loses updates.\n  processes/value lost 40,000 of 160,000 updates.",
    ):
        assert text in result.stdout


def test_facts_are_shown_as_results_and_how_they_were_observed_is_not() -> None:
    write_run(facts_run(), Path("run.json"))
    result = concbench("show", "run.json")
    assert result.stdout.startswith("2 of 4 statements hold, with the start methods fork and spawn. What differs: ")
    assert "7 observations in 31.4 s" in result.stderr
    assert "observations" not in result.stdout


@pytest.mark.parametrize("form", ["html", "github"])
def test_facts_are_a_table_in_formats_for_documents_too(form: str) -> None:
    write_run(facts_run(), Path("run.json"))
    answer, empty, title, another, *rest = concbench("show", "run.json", "--format", form).stdout.splitlines()
    heading = {"html": "<h3>{}</h3>", "github": "### {}"}[form]
    assert answer.removeprefix("<p>").startswith("2 of 4 statements hold, with the start methods fork and spawn. ")
    assert (empty, title, another) == ("", heading.format(TITLE), "")
    assert rest[0].startswith("<table" if form == "html" else "|")


@pytest.mark.parametrize("form", ["html", "github"])
def test_no_text_of_a_file_is_markup_in_a_document(form: str) -> None:
    found = sharing_run()
    run = replace(
        found,
        claims=[replace(found.claims[0], claim=replace(found.claims[0].claim, sentence=HOSTILE))],
        crossings=[replace(each, subject=HOSTILE, other=HOSTILE) for each in crossings()],
        facts=[
            Fact(name="a", statement=HOSTILE, expected=HOSTILE, observed=HOSTILE, start_method=HOSTILE, note=HOSTILE)
        ],
    )
    write_run(run, Path("run.json"))
    result = concbench("show", "run.json", "--format", form)
    assert result.exit_code == 0
    assert "<script>" not in result.stdout
    assert result.stdout.count(TEXTS[form]("<script>")) >= 8
    assert all(line.isprintable() for line in result.stdout.split("\n"))


# Mistakes


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--channel", "pip"), "there is no channel 'pip'; did you mean 'pipe'?"),
        (("--store", "valeu"), "there is no store 'valeu'; did you mean 'value'?"),
        (("--store", "value", "--lock", "lokc"), "there is no primitive 'lokc'; did you mean 'lock'?"),
        (("--primitive", "barier"), "there is no primitive 'barier'; did you mean 'barrier'?"),
        (("--channel", "pipe", "--store", "value"), "got --channel and --store"),
        (("--channel", "pipe", "--strategy", "thread"), "--strategy needs --workload"),
        (("--primitive", "lock", "--lock", "lock"), "--lock needs --store"),
        (("--channel", "pipe", "--reference", "queue"), "in this comparison called 'queue'"),
    ],
)
def test_a_mistake_is_named_and_the_nearest_name_suggested(words: tuple[str, ...], hint: str) -> None:
    result = concbench("compare", *words)
    assert result.exit_code == 2
    assert hint in " ".join(result.stderr.split())
    assert result.stdout == ""
    assert not Path("results").exists()


# Measuring


@pytest.mark.parametrize(
    ("words", "experiment", "labels"),
    [
        (("--channel", "pipe", "--channel", "thread-queue"), "messages", ["os-pipe", "pipe", "thread-queue"]),
        (("--store", "value", "--lock", "none", "--lock", "lock"), "counters", ["value", "value lock"]),
        (("--primitive", "thread-lock", "--primitive", "thread-event"), "turns", ["thread-lock", "thread-event"]),
    ],
)
def test_what_is_named_is_compared_and_the_run_can_be_shown_again(
    words: tuple[str, ...], experiment: str, labels: list[str]
) -> None:
    result = concbench("compare", *words, *ONCE, "--tasks", "5", "--save", "run.json")
    assert result.exit_code == 0, result.stderr
    run = read_run(Path("run.json"))
    assert {each.case.experiment for each in run.results} == {experiment}
    assert [each.case.label for each in run.results] == labels
    for each in run.results:
        assert each.failure is None
        assert [sample.each is not None for sample in each.samples] == [True]
        assert each.median is not None
        assert each.median.estimate == pytest.approx(each.samples[0].each)
        assert f"{each.case.label} " in result.stdout
    assert concbench("show", "run.json").stdout == result.stdout


def small(name: str, *subjects: str, crossing: bool = False) -> Suite:
    """A suite as `name` is, with few subjects and two sizes only."""
    known = suites.get(name)
    tables = [
        SuiteTable(
            name=f"{size}",
            title="Messages",
            experiment="messages",
            workload="messages",
            sizes={"tasks": 3, "payload": size},
            fixed=True,
            subjects=subjects,
            reference=subjects[0],
        )
        for size in (16, 1024)
    ]
    return replace(known, tables=tuple(tables), claims=(), crossings=(subjects[:2],) if crossing else ())  # type: ignore[arg-type]  # the first two are two


MISSING_CHANNELS = [name for name, each in channels.all().items() if each.missing()]
MISSING_STRATEGIES = [name for name, each in strategies.all().items() if each.missing()]


@pytest.mark.skipif(not MISSING_CHANNELS, reason="this interpreter has all channels")
def test_a_channel_that_this_interpreter_has_not_is_a_row_of_a_suite_and_no_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing = MISSING_CHANNELS[0]
    assert missing in {row.subject for table in suites.get("pipes").tables for row in table.rows}
    monkeypatch.setitem(suites.entries, "pipes", small("pipes", "pipe", "os-pipe", missing, crossing=True))
    result = concbench("run", "pipes", *ONCE, "--save", "run.json")
    assert result.exit_code == 0, result.stderr
    assert f"{missing}  unavailable: " in result.stdout
    assert "It is undecided whether pipe overtakes os-pipe between messages of 16 B and 1 KiB." in result.stdout
    run = read_run(Path("run.json"))
    assert [each.failure.kind if each.failure else None for each in run.results] == 2 * [None, None, "unavailable"]
    assert [crossing.sizes for crossing in run.crossings] == [[16, 1024]]


@pytest.mark.skipif(not MISSING_CHANNELS, reason="this interpreter has all channels")
def test_a_channel_that_was_named_and_is_not_available_ends_with_status_3() -> None:
    result = concbench("compare", "--channel", MISSING_CHANNELS[0], "--channel", "os-pipe", *ONCE, "--tasks", "3")
    assert result.exit_code == 3
    assert f"{MISSING_CHANNELS[0]}  unavailable: " in result.stdout


@pytest.mark.skipif(not MISSING_STRATEGIES, reason="this interpreter has all strategies")
def test_a_strategy_that_was_named_and_is_not_available_ends_with_status_3() -> None:
    words = ("--workload", "sleep", "--task-time", "1ms", "--tasks", "2", "--strategy", MISSING_STRATEGIES[0])
    result = concbench("compare", *words, "--strategy", "serial", *ONCE)
    assert result.exit_code == 3
    assert f"{MISSING_STRATEGIES[0]}  unavailable: " in result.stdout


def test_a_channel_that_fails_is_a_failure_in_a_suite_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(suites.entries, "pipes", small("pipes", "os-pipe"))
    result = concbench("run", "pipes", *ONCE, "--timeout", "1ns")
    assert result.exit_code == 3
    assert "os-pipe  timeout: " in result.stdout


# Facts


def facts_under(method: str) -> list[tuple[str, str | None]]:
    return [(name, method if fact.processes else None) for name, fact in facts.all().items()]


def test_facts_are_pure_json_on_stdout_saved_and_shown_again(tmp_path: Path) -> None:
    """That some may differ is a finding, and no failure."""
    method = METHODS[0]
    words = ("--start-method", method, "--json", "-", "--save", "mine", "-v")
    ended = installed("run", "semantics", *words, folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert b"Warning" not in ended.stderr
    assert f"fact {len(facts.all())} of {len(facts.all())}, about ".encode() in ended.stderr
    found = json.loads(ended.stdout)["facts"]
    assert [(fact["name"], fact["start_method"]) for fact in found] == facts_under(method)
    run = read_run(tmp_path / "results" / "mine.json")
    assert (run.suite, run.complete, run.results, run.tables, run.blocks) == ("semantics", True, [], [], 0)
    assert [fact.observed for fact in run.facts] == [fact["observed"] for fact in found]
    shown = installed("show", "results/mine.json", folder=tmp_path).stdout.decode()
    assert f" {len(facts.all())} statements hold, with the start method {method}." in shown  # "All", or "48 of"
    assert max(map(len, shown.splitlines())) <= 100


def test_what_facts_do_not_heed_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("concbench.session.survey.observe_all", lambda *arguments: iter(()))
    result = concbench("run", "semantics", "--workers", "3", "--start-method", METHODS[0])
    assert result.exit_code == 0
    assert "Warning: --workers has no effect" in result.stderr
    assert "--start-method" not in result.stderr


def test_facts_that_were_observed_before_an_interruption_are_saved_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_plan: object, _method: object, record: Record) -> Iterator[Now]:
        record.facts.extend(facts_run().facts[:3])
        signal.raise_signal(signal.SIGINT)
        yield from ()

    monkeypatch.setattr("concbench.session.survey.observe_all", interrupted)
    result = concbench("run", "semantics", "--save", "run.json")
    assert result.exit_code == 130
    run = read_run(Path("run.json"))
    assert (run.complete, run.facts) == (False, facts_run().facts[:3])
    assert "All 2 statements hold" in result.stdout
    assert "Interrupted: not all statements were checked." in result.stderr


# Progress


def test_progress_counts_facts(capsys: pytest.CaptureFixture[str]) -> None:
    now = Now(doing="observing map-waits", case=None, block=4, blocks=49, left=3.6, unit="fact")
    assert heading(now) == "fact 5 of 49, about 4 s left: observing map-waits"
    with progress(quiet=False, verbose=True) as listen:
        listen(now)
    assert capsys.readouterr().err == "fact 5 of 49, about 4 s left\n"


def test_a_listing_names_what_third_parties_could_not_bring(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, registry in (("channels", channels), ("stores", stores), ("primitives", primitives)):
        monkeypatch.setattr(registry, "broken", {"theirs": "theirs could not be loaded"})
        assert concbench("list", kind).stderr == "Warning: theirs: theirs could not be loaded\n"


def test_the_command_prints_messages_in_a_pipe_without_escape_sequences(tmp_path: Path) -> None:
    write_run(messages_run(), tmp_path / "run.json")
    ended: subprocess.CompletedProcess[bytes] = installed("show", "run.json", folder=tmp_path)
    assert b"\x1b" not in ended.stdout + ended.stderr
    assert b"round trip" in ended.stdout
