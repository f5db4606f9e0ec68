"""Commands become rows: one for each combination of parameters, under the name that one would type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from concbench.model.case import CommandLine
from concbench.registry import UnknownName
from concbench.session.cases import select
from concbench.session.commands import Commands, comparison_of_commands, merged, parameter, variable
from concbench.session.errors import WrongSetting
from concbench.session.options import Axis, Options
from concbench.suites.suite import Suite


def given(texts: Iterable[str], parameters: Mapping[str, tuple[str, ...]]) -> Commands:
    return Commands(lines=tuple(CommandLine(text=text) for text in texts), parameters=parameters)


def suite(
    *texts: str, workers: int | None = None, reference: str | None = None, **parameters: tuple[str, ...]
) -> Suite:
    return comparison_of_commands(given(texts, parameters), workers, reference)


def labels(found: Suite, options: Options) -> list[str]:
    return [case.label for case in select(found.tables, options).cases]


def test_each_combination_is_a_row_that_reads_as_it_would_be_typed() -> None:
    found = suite("gzip -{level} {file}", "xz -{level} {file}", "true", level=("1", "9"), file=("a", "b"))
    assert labels(found, Options()) == [
        *("gzip -1 a", "gzip -1 b", "gzip -9 a", "gzip -9 b"),
        *("xz -1 a", "xz -1 b", "xz -9 a", "xz -9 b", "true"),
    ]


def test_workers_are_an_axis_where_there_are_several() -> None:
    several = Options(axes=(Axis("workers", (1, 2)),))
    found = suite("make -j {workers}")
    cases = select(found.tables, several).cases
    assert [(case.label, case.settings.workers, case.along) for case in cases] == [
        ("make -j 1", 1, {"workers": 1}),
        ("make -j 2", 2, {"workers": 2}),
    ]
    assert labels(suite("make -j {workers}", workers=3), Options(workers=3)) == ["make -j 3"]


def test_an_option_that_no_command_has_a_place_for_is_warned_of() -> None:
    assert "--workers has no effect" in " ".join(select(suite("make").tables, Options(workers=3)).warnings)


@pytest.mark.parametrize(
    ("texts", "parameters", "words"),
    [
        (["sh -c 'unclosed"], {}, "command: \"sh -c 'unclosed\" can't be split into words: No closing quotation"),
        ([" "], {}, "command: it is empty"),
        (["true"], {"level": ("1",)}, "parameter: no command has {level}: true"),
        (["{a}{b}"], {"a": tuple("abcdefghijklmnopqrstu"), "b": tuple("abcdefghijklmnopqrstu")}, "441 combinations"),
    ],
)
def test_what_can_not_be_is_refused(texts: list[str], parameters: dict[str, tuple[str, ...]], words: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        comparison_of_commands(given(texts, parameters))
    assert words in str(refused.value)


@pytest.mark.parametrize("text", ["level", "=1", "level=", "1level=1", "workers=1,2"])
def test_a_parameter_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(WrongSetting):
        parameter(text)


def test_a_range_counts_and_a_list_is_as_it_is() -> None:
    assert parameter("n=1:3,8") == ("n", ("1", "2", "3", "8"))
    assert parameter("url=http://a:80,b") == ("url", ("http://a:80", "b"))
    with pytest.raises(WrongSetting, match="given twice"):
        merged([("n", ("1",)), ("n", ("2",))])


def test_a_variable_has_a_name() -> None:
    assert variable("A=b=c") == ("A", "b=c")
    with pytest.raises(WrongSetting):
        variable("A")


def test_a_folder_and_a_file_have_to_be_there() -> None:
    with pytest.raises(WrongSetting, match="there is no folder"):
        comparison_of_commands(Commands(lines=(CommandLine(text="true", folder="/no/such/folder"),)))
    with pytest.raises(WrongSetting, match="there is no file"):
        comparison_of_commands(Commands(lines=(CommandLine(text="true", input="/no/such/file"),)))


def test_the_reference_is_the_first_or_the_one_that_is_named() -> None:
    assert suite("true", "false").tables[0].reference == "true"
    assert suite("true", "false", reference="false").tables[0].reference == "false"
    with pytest.raises(UnknownName):
        suite("true", "false", reference="flase")
