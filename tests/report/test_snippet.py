"""What a snippet promises its readers: plain Python, laid out as a formatter would, and no name becomes other code."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.model import Settings
from concbench.report.snippet import PROGRAMS, snippet
from concbench.report.snippets.names import TAKEN, NoSnippet, own
from tests.report.snippets import EVERYTHING, OWN, case, written

LONG = "thumbnails_of_all_pictures.making_them_small_and_sharp"
RUFF = Path(sys.executable).with_name("ruff")


def variations() -> Iterator[str]:
    """Every strategy's snippet, short and long, in all of its forms."""
    for strategy in OWN:
        for settings in (Settings(), EVERYTHING):
            for coroutine in (False, True):
                for init in (None, "mine:get_ready", "json:dumps"):
                    yield written(strategy, settings, coroutine=coroutine, init=init)
                    yield written(strategy, settings, coroutine=coroutine, init=init, items="mine:Pool")
                yield written(strategy, settings, coroutine=coroutine, name="tools/mine.py:Shape.area", items="i.jsonl")
                yield written(
                    strategy,
                    settings,
                    coroutine=coroutine,
                    name=f"{LONG}:Thumbnail.one_that_is_as_small_as_can_be",
                    init=f"{LONG}:get_all_of_the_workers_ready",
                    items=f"{LONG}:all_the_pictures_of_the_folder",
                )


def test_every_own_strategy_has_a_snippet() -> None:
    assert set(PROGRAMS) == set(OWN)


def test_a_third_partys_strategy_has_none() -> None:
    assert snippet(replace(case("serial"), subject="theirs")) is None


def test_a_workload_of_concbenchs_own_is_refused() -> None:
    with pytest.raises(NoSnippet, match="'cpu': it is no function of your own"):
        snippet(case("serial", name="cpu"))


def test_snippets_are_formatted_and_their_imports_sorted(tmp_path: Path) -> None:
    for number, text in enumerate(variations()):
        (tmp_path / f"snippet_{number}.py").write_text(text, encoding="utf-8")
    for words in (("format", "--check", "--diff"), ("check", "--extend-select", "I")):
        ended = subprocess.run(
            [RUFF, *words, "--isolated", "--no-cache", "."],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout[:3000] + ended.stderr[:1000]


def names_in(tree: ast.AST) -> Iterator[str]:
    """Every name that is used or given in a program, but for attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler):
            yield from [node.name] if node.name else []
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]


@pytest.mark.parametrize("strategy", OWN)
def test_whatever_a_snippet_calls_by_name_is_known_to_be_taken(strategy: str) -> None:
    for settings in (Settings(), EVERYTHING):
        for coroutine in (False, True):
            for items in (None, "a.jsonl"):
                text = written(
                    strategy, settings, coroutine=coroutine, name="tools/my.py:mine", init="my:mine", items=items
                )
                assert set(names_in(ast.parse(text))) - {"mine"} <= TAKEN | {"__init__", "__name__", "run"}


def test_a_function_may_be_called_like_anything_in_a_snippet() -> None:
    for name in TAKEN - {"True", "False", "None", "__debug__"}:
        text = written("pool-callback", name=f"mine:{name}", items="mine:make")
        assert f"import {name} as {name}_" in text
        assert f"                {name}_,\n" in text


def test_two_functions_of_one_name_stay_two() -> None:
    text = written("pool-map", name="mine:make", items="yours:make", init="ours:items")
    assert "from mine import make\n" in text
    assert "from yours import make as make_\n" in text
    assert "from ours import items as items_\n" in text
    assert "items = list(make_())" in text


def test_folders_that_are_named_are_imported_from_after_that_of_a_file() -> None:
    text = snippet(case("serial", name="tools/mine.py:square"), folders=["src"]) or ""
    assert 'sys.path.insert(0, "src")\nsys.path.insert(0, "tools")\n\nfrom mine import square\n' in text


@pytest.mark.parametrize(
    "name",
    [
        "mine:square()",
        "mine:square; import os",
        "mine:a\nb",
        "mine.py:x:y",
        "my-tool.py:square",
        ":square",
        "mine:",
        ".mine:square",
        "mine..other:square",
        "mine:class",
        "mine:None",
        "mine:__debug__",
        "__future__:annotations",
        "mine:ﬁnd",
        "mine:a b",
        "mine:\u202esquare",
    ],
)
@pytest.mark.parametrize("field", ["name", "items", "init"])
def test_what_is_no_name_is_refused_and_can_be_printed(name: str, field: str) -> None:
    with pytest.raises(NoSnippet) as refused:
        snippet(case("pool-map", EVERYTHING, **{field: name}))
    assert str(refused.value).isprintable()
    assert str(refused.value).endswith("is no name that Python can import")


def test_a_refusal_is_short_however_long_the_name() -> None:
    with pytest.raises(NoSnippet) as refused:
        snippet(case("pool-map", name=f"mine:{'-' * 100_000}"))
    assert len(str(refused.value)) < 300


def shape(text: str) -> list[str]:
    """What a program consists of, whatever its names and literals."""
    return [type(node).__name__ for node in ast.walk(ast.parse(text))]


any_text = st.text(st.characters(codec=None))


@given(any_text, any_text, any_text)
def test_no_text_of_a_document_becomes_code(folder: str, items: str, method: str) -> None:
    plain = written("pool-map", Settings(start_method="spawn"), name="tools/mine.py:square", items="i.jsonl")
    name = f"tools/{folder.replace('.py:', '')}/mine.py:square"
    text = written("pool-map", Settings(start_method=method), name=name, items=f"{items}.jsonl")
    if own(name).folder:
        assert shape(text) == shape(plain)
    assert all(line.isprintable() for line in text.split("\n"))
    text.encode("utf-8")


@given(any_text | st.from_regex(r"[\w:.]+"))
def test_a_name_is_imported_as_it_is_or_refused(name: str) -> None:
    try:
        text = written("serial", name=f"mine:{name}")
    except NoSnippet:
        return
    assert set(names_in(ast.parse(text))) <= TAKEN | {"__name__", name.partition(".")[0], name.partition(".")[0] + "_"}
    assert all(line.isprintable() for line in text.split("\n"))
