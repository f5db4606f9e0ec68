"""What the options of a measuring command become: two typed objects, with sensible defaults."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from concbench.cli.main import cli
from concbench.cli.options import AUTOMATIC, Output, measures
from concbench.session.options import AXES, JOB_OPTIONS, OPTIONS, Axis, Given, JobGiven, Options
from concbench.session.quantities import Count

gathered: list[tuple[Options, Output]] = []


@click.command()
@click.argument("word", required=False)
@measures()
def probe(word: str | None, options: Options, output: Output) -> None:
    gathered.append((options, output))
    click.echo(word)


def invoke(*words: str) -> Result:
    return CliRunner().invoke(probe, words)


def options_of(*words: str) -> tuple[Options, Output]:
    gathered.clear()
    result = invoke(*words)
    assert result.exit_code == 0, result.output
    return gathered[0]


def help_of(command: str) -> str:
    return CliRunner().invoke(cli, [command, "--help"]).output


def test_without_options_the_suite_and_the_interpreter_decide() -> None:
    options, output = options_of()
    assert options == Options(seed=options.seed, command=sys.argv[1:])
    assert output == Output()
    assert (options.timeout, options.interpreters, options.plan().launch.python) == (60.0, (), sys.executable)
    assert (output.form, output.sort, output.save, output.json) == ("text", None, None, None)


def test_every_run_draws_another_seed() -> None:
    assert len({options_of()[0].seed for _ in range(5)}) > 1


def test_a_seed_can_be_given() -> None:
    assert options_of("--seed", "0")[0].seed == 0


def test_times_sizes_and_numbers_arrive_in_seconds_and_bytes() -> None:
    options, _ = options_of(
        *("--workers", "2", "--tasks", "4", "--task-time", "20ms", "--payload", "64KiB", "--memory", "8MB"),
        *("--chunksize", "3", "--start-method", "spawn", "--maxtasksperchild", "7", "--limit", "9", "--cores", "any"),
        *("--inner-threads", "1"),
        *("--blocks", "1", "--rounds", "2", "--budget", "2min", "--timeout", "1.5", "--quick", "--tutorial"),
        *("--task-output", "tasks.txt", "--seed", "5", "--verify"),
    )
    assert options == Options(
        workers=2,
        tasks=4,
        task_time=0.02,
        payload=65536,
        memory=8_000_000,
        chunksize=3,
        start_method="spawn",
        maxtasksperchild=7,
        limit=9,
        inner_threads=1,
        cores="any",
        blocks=1,
        rounds=2,
        budget=120.0,
        timeout=1.5,
        quick=True,
        tutorial=True,
        verify=True,
        task_output=Path("tasks.txt"),
        seed=5,
        command=sys.argv[1:],
    )


def test_several_values_become_axes_and_one_value_stays_an_option() -> None:
    options, _ = options_of(
        "--task-time", "10us:1ms:log:3", "--workers", "1:3", "--chunksize", "auto,7", "--tasks", "4,4"
    )
    assert options.axes == (
        Axis("workers", (1, 2, 3)),
        Axis("chunksize", (None, 7)),
        Axis("task_time", (pytest.approx(1e-5), pytest.approx(1e-4), 1e-3)),  # type: ignore[arg-type]  # it equals one
    )
    assert (options.workers, options.chunksize, options.task_time, options.tasks) == (None, None, None, 4)
    assert options_of("--workers", "auto")[0].axes == ()


def test_every_row_of_the_table_is_an_option_of_run_with_its_help() -> None:
    text = " ".join(help_of("run").split())
    for name, option in OPTIONS.items():
        assert f" --{name.replace('_', '-')} " in text
        assert option.help in text
        assert f"[default: {option.default}]" in text or not option.default
    assert [each.name for each in fields(Given)] == list(OPTIONS)
    assert [name for name, option in OPTIONS.items() if option.axis] == [name for name in OPTIONS if name in AXES]


@pytest.mark.parametrize("command", ["run", "compare"])
def test_the_help_says_once_that_there_may_be_several(command: str) -> None:
    text = " ".join(help_of(command).split())
    assert text.count("1,7,auto") == text.count("10us:100ms:log") == 1
    assert all(f"--{name.replace('_', '-')}" in text.partition("Each of")[2] for name in AXES)


def test_an_option_that_means_something_else_to_a_command_says_so() -> None:
    assert "Try only these numbers of workers" in help_of("advise")
    assert "[default: 15s, or 56s" in help_of("advise").partition("--budget")[2].partition("--timeout")[0]
    assert "[default: 12s; 6s per benchmark]" in help_of("check").partition("--budget")[2].partition("--timeout")[0]


def test_what_says_how_a_run_is_shown_is_gathered_too() -> None:
    _, output = options_of("--format", "github", "--sort", "time", "-v", "--save", "mine", "--json", "-")
    assert output == Output(form="github", sort="time", verbose=True, save="mine", json="-")
    assert options_of("-q")[1].quiet


def test_save_needs_no_name() -> None:
    assert options_of("--save")[1].save == AUTOMATIC
    assert options_of("--save", "--quick")[1].save == AUTOMATIC
    assert options_of("word", "--save")[1].save == AUTOMATIC


@pytest.mark.parametrize("words", [("--quiet", "--verbose"), ("--precision", "2%", "--blocks", "3")])
def test_what_contradicts_each_other_is_refused(words: tuple[str, ...]) -> None:
    result = invoke(*words)
    assert result.exit_code == 2
    assert "contradict each other" in result.stderr or "--precision: it takes as many blocks as" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("--tasks", "0"),
        ("--workers", "many"),
        ("--seed", "99999999999999999999999"),
        ("--tasks", "99999999999999999999"),
        ("--timeout", "0"),
        ("--timeout", "1e15"),
        ("--payload", "1e400"),
        ("--precision", "2"),
        ("--start-method", "spoon"),
        ("--format", "unsafehtml"),
        ("--sort", "beauty"),
    ],
)
def test_a_value_that_makes_no_sense_is_a_usage_error_that_names_its_option(words: tuple[str, str]) -> None:
    result = invoke(*words)
    assert result.exit_code == 2
    assert f"Invalid value for '{words[0]}'" in result.stderr
    assert words[1] in result.stderr


def test_an_interpreter_is_looked_for_before_anything_is_measured() -> None:
    (found,) = options_of("--python", sys.executable)[0].interpreters
    assert found.python == sys.executable
    result = invoke("--python", "no-such-python")
    assert result.exit_code == 2
    assert "--python: there is no interpreter 'no-such-python'" in " ".join(result.output.split())


def test_what_advice_is_about_has_options_that_no_other_command_has() -> None:
    text = " ".join(help_of("advise").split())
    for name, option in JOB_OPTIONS.items():
        assert f" --{name.replace('_', '-')} " in text
        assert option.help in text
    assert "--for-items" not in help_of("run")
    assert "Advise only what fits into this much memory" not in help_of("compare")
    assert [each.name for each in fields(JobGiven)] == list(JOB_OPTIONS)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--memory", "0"), "--memory: nothing fits into 0 bytes"),
        (("--for-items", "0"), "'0' is not a whole number from 1"),
        (("--for-items", "1.5e0"), "'1.5e0' is not a whole number from 1"),
        (("--for-cores", "two"), "'two' is not a whole number"),
        (("--max-workers", "1.5"), "'1.5' is not a whole number"),
    ],
)
def test_a_job_that_can_not_be_is_refused(words: tuple[str, ...], problem: str) -> None:
    result = CliRunner().invoke(cli, ["advise", "json:dumps", *words])
    assert result.exit_code == 2
    assert problem in result.output


@pytest.mark.parametrize(("text", "items"), [("1e6", 1_000_000), ("2.5E3", 2500), ("60000", 60_000)])
def test_a_large_number_of_items_may_be_written_with_an_exponent(text: str, items: int) -> None:
    kind = JOB_OPTIONS["for_items"].kind
    assert isinstance(kind, Count)
    assert kind.parse(text) == items
