"""Commands from Python: `compare` and `advise` take them instead of a function."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import concbench
from concbench import Command, WrongSetting

WAITING = f"""{sys.executable} -c "import time; time.sleep(0.1 / {{workers}})" """


def test_commands_are_compared(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("one two " * 10_000)
    zipped = Command("gzip -{level} -c words.txt", parameters={"level": (1, 9)}, working_directory=tmp_path)
    read = Command("cat", input=tmp_path / "words.txt")
    answer = concbench.compare([zipped, read], reference="cat", blocks=1, rounds=1)
    assert [result.case.label for result in answer.run.results] == [
        *("gzip -1 -c words.txt", "gzip -9 -c words.txt"),
        "cat",
    ]
    assert all(result.failure is None for result in answer.run.results)
    assert "gzip -9 -c words.txt" in str(answer)


def test_a_command_has_a_row_for_each_number_of_workers() -> None:
    answer = concbench.compare(Command(WAITING), workers=(1, 2), blocks=1, rounds=1)
    assert [result.case.settings.workers for result in answer.run.results] == [1, 2]


def test_the_fewest_workers_that_are_enough_are_recommended() -> None:
    answer = concbench.advise(Command(WAITING), workers=(1, 2, 4), budget=2.0)
    assert answer.recommended.case.settings.workers in (1, 2, 4)
    assert "worker" in str(answer)


def test_variables_and_what_surrounds_a_command_are_passed_on(tmp_path: Path) -> None:
    command = Command(
        'test "$SIZE" = 3 && cat prepared',
        shell=True,
        env={"SIZE": "3"},
        setup="mkdir -p here",
        prepare="touch prepared",
        cleanup="rmdir here",
        working_directory=tmp_path,
    )
    answer = concbench.compare(command, blocks=1, rounds=1)
    assert [result.failure for result in answer.run.results] == [None]
    assert [path.name for path in tmp_path.iterdir()] == ["prepared"]


@pytest.mark.parametrize(
    ("command", "given", "complaint"),
    [
        (Command("true"), {"items": 3}, "items: it needs a function, and this is a command"),
        (Command("true"), {"strategies": ["serial"]}, "strategies: it needs a function"),
        (Command("make -j {workers}"), {}, "workers: a command has {workers}: say how many"),
        (Command("true", parameters={"level": (1,)}), {}, "parameter: no command has {level}"),
        (Command("a {n}", parameters={"n": ()}), {}, "parameter: n has no values"),
        (Command("a {n}", parameters={"n-1": (1,)}), {}, "parameter: 'n-1' is no name"),
        ([Command("a {n}", parameters={"n": (1,)}), Command("b {n}", parameters={"n": (2,)})], {}, "the same"),
        ([Command("env", env={"A": "1"}), Command("env", env={"A": "2"})], {}, "two commands read 'env'"),
    ],
)
def test_what_can_not_be_is_refused(command: Command, given: dict[str, object], complaint: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        concbench.compare(command, **given)  # type: ignore[arg-type]  # any of several
    assert complaint in str(refused.value)


def test_advice_is_about_one_command_and_its_workers() -> None:
    with pytest.raises(WrongSetting, match="one command at a time"):
        concbench.advise([Command("a {workers}"), Command("b {workers}")])  # type: ignore[arg-type]  # what is refused
    with pytest.raises(WrongSetting, match="only the number of workers"):
        concbench.advise(Command("a {workers}"), for_cores=3)
