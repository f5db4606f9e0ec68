"""Where a run document goes, and what is refused before anything is measured."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest

from concbench.cli.options import AUTOMATIC, Output
from concbench.cli.saving import check_targets, chosen_path, save
from concbench.runs.reading import read_run
from tests.example_run import example_run

DEFAULT = Path("results/pool-vs-process-20261123-045500.json")


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def files() -> list[Path]:
    return sorted(path for path in Path().rglob("*") if path.is_file())


def refusal(output: Output) -> str:
    with pytest.raises(click.UsageError) as caught:
        check_targets(output)
    return caught.value.message


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (Output(), [DEFAULT]),
        (Output(save=AUTOMATIC), [DEFAULT]),
        (Output(save="mine"), [Path("results/mine.json")]),
        (Output(save="v1.2"), [Path("results/v1.2.json")]),
        (Output(save="mine.json"), [Path("mine.json")]),
        (Output(save="a/b.json"), [Path("a/b.json")]),
        (Output(save="a/b"), [Path("a/b")]),
        (Output(json="out.json"), [Path("out.json")]),
        (Output(json="-"), []),
        (Output(json="-", save="mine"), [Path("results/mine.json")]),
        (Output(json="-", save=AUTOMATIC), [DEFAULT]),
        (Output(json="out.json", save="mine"), [Path("out.json"), Path("results/mine.json")]),
    ],
)
def test_where_a_run_goes(output: Output, expected: list[Path]) -> None:
    check_targets(output)
    assert save(example_run(), output) == expected
    assert files() == sorted(expected)
    for path in expected:
        assert read_run(path) == example_run()


def test_an_absolute_path_is_taken_as_it_is(tmp_path: Path) -> None:
    assert chosen_path(Output(save=str(tmp_path / "mine"))) == tmp_path / "mine"


def test_a_second_run_of_the_same_second_gets_a_name_of_its_own() -> None:
    assert save(example_run(), Output()) != save(example_run(), Output())
    assert len(files()) == 2


@pytest.mark.parametrize(
    ("output", "option", "path"),
    [
        (Output(save="mine"), "--save", "results/mine.json"),
        (Output(save="mine.json"), "--save", "mine.json"),
        (Output(json="out.json"), "--json", "out.json"),
    ],
)
def test_a_run_that_exists_is_never_overwritten(output: Output, option: str, path: str) -> None:
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_text("precious")
    assert refusal(output) == f"{option}: {Path(path)} exists already, and a run is never overwritten"
    assert Path(path).read_text() == "precious"


def test_a_file_in_the_place_of_a_folder_is_refused() -> None:
    Path("results").write_text("")
    assert refusal(Output(save="mine")).endswith("results is not a folder")
    assert refusal(Output(json="results/deep/er.json")).endswith("results is not a folder")


def test_a_name_that_is_too_long_is_refused() -> None:
    assert "can't be written" in refusal(Output(save="x" * 5000))


def test_a_folder_that_may_not_be_written_to_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    assert refusal(Output(save="mine")).endswith("is not a folder that you may write to")


def test_checking_creates_nothing() -> None:
    check_targets(Output(save="deep/er/mine.json", json="out.json"))
    assert list(Path().iterdir()) == []
